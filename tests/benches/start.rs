//! How long a small build keeps its client waiting, on the test gateway: until the frontend's first request, until its
//! result, and in how many rounds of requests, one of which can't start before the one before it is answered.
//!
//! The variable `ALIASFRONT_COMPARE` names another frontend's executable to measure in turns with this one.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Fault, Gateway, Recording, Rpc};

/// The variable that names another frontend's executable.
const COMPARE: &str = "ALIASFRONT_COMPARE";
/// How often each build is measured.
const RUNS: usize = 40;
/// How late every answer comes when rounds are counted: much later than anything else takes.
const LATE: Duration = Duration::from_millis(500);

const DOCKERFILE: &str = "FROM golang AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/app\n\
                          FROM alpine\nCOPY --from=build /out/app /app\nENTRYPOINT [\"/app\"]\n";

/// What is measured of a frontend.
struct Measured {
    name: String,
    /// From the process's start to its first request, and to its result: medians.
    first_request: Duration,
    result: Duration,
    /// Requests, those that end the build included.
    requests: usize,
    rounds: u128,
}

fn gateway() -> Gateway {
    Gateway::new().dockerfile(DOCKERFILE).context_file("main.go", "package main\n")
}

/// A build without errors, as all are that are measured.
async fn run(gateway: Gateway, frontend: &Path) -> Recording {
    let recording = gateway.run(frontend).await.expect("the frontend starts");
    assert!(recording.result().is_some(), "the build fails: {}", recording.words());
    recording
}

fn first_and_last(recording: &Recording) -> (Duration, Duration) {
    let time = |entry: Option<&(Rpc, Duration)>| entry.map(|(_, time)| *time).unwrap_or_default();
    (time(recording.timeline.first()), time(recording.timeline.last()))
}

async fn measure(frontends: Vec<PathBuf>) -> Vec<Measured> {
    let mut times = vec![(Vec::new(), Vec::new()); frontends.len()];
    for _ in 0..RUNS {
        // In turns, so that what else the machine does befalls all alike.
        for (frontend, (first, last)) in frontends.iter().zip(&mut times) {
            let times = first_and_last(&run(gateway(), frontend).await);
            first.push(times.0);
            last.push(times.1);
        }
    }
    let mut measured = Vec::new();
    for (frontend, (first, last)) in frontends.iter().zip(times) {
        let late = Rpc::ALL
            .iter()
            .fold(gateway(), |gateway, rpc| gateway.misbehave(*rpc, Fault::Delay(LATE)));
        let recording = run(late, frontend).await;
        measured.push(Measured {
            name: frontend.display().to_string(),
            first_request: median(first),
            result: median(last),
            requests: recording.timeline.len(),
            // `Return` is the last round, and on its way when all others are answered.
            rounds: first_and_last(&recording).1.as_millis() / LATE.as_millis() + 1,
        });
    }
    measured
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn print(measured: &[Measured]) {
    println!(
        "{:>14} {:>10} {:>9} {:>7}  frontend",
        "first request", "result", "requests", "rounds"
    );
    for Measured { name, first_request, result, requests, rounds } in measured {
        let [first, last] = [first_request, result].map(|time| format!("{:.1} ms", millis(*time)));
        println!("{first:>14} {last:>10} {requests:>9} {rounds:>7}  {name}");
    }
    let [ours, other] = measured else { return };
    let [first, last] = [
        millis(other.first_request) / millis(ours.first_request),
        millis(other.result) / millis(ours.result),
    ]
    .map(|ratio| format!("{ratio:.1} x"));
    println!("{first:>14} {last:>10} {:>9} {:>7}  the other one's times, by ours", "", "");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn main() {
    let others = env::var_os(COMPARE).filter(|path: &OsString| !path.is_empty());
    let mut frontends = vec![frontend::binary().to_owned()];
    frontends.extend(others.map(PathBuf::from));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    print(&runtime.expect("threads can be started").block_on(measure(frontends)));
}
