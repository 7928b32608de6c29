//! Shows a build as it goes and says what it did.
//!
//! ```sh
//! docker buildx build --progress=rawjson … 2>&1 | progress [LABEL]
//! ```
//!
//! Each step is shown on stderr as it completes, after the label. The last thing, on stdout, is one line of five
//! numbers: seconds, steps executed, steps taken from the cache, executed steps that ran cargo, and megabytes pulled.

use std::{
    env,
    io::{self, BufRead as _},
    process::ExitCode,
    time::Instant,
};

use aliasfront_tests::progress::{Kind, Progress, Vertex};

/// The longest step name that is shown on one line.
const SHOWN: usize = 100;

fn show(label: &str, vertex: &Vertex, since: Instant) {
    if !matches!(vertex.kind(), Kind::Exec | Kind::File) {
        return;
    }
    let how = match (&vertex.error, vertex.cached) {
        (Some(_), _) => "failed",
        (None, true) => "cached",
        (None, false) => "ran",
    };
    let name: String =
        vertex.name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
    eprintln!("{label:>12} {:6.1}s  {how:6}  {name}", since.elapsed().as_secs_f64());
}

/// Bytes as megabytes, rounded down to a tenth.
fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 100_000).unwrap_or(u32::MAX)) / 10.0
}

fn main() -> ExitCode {
    let label = env::args().nth(1).unwrap_or_default();
    let since = Instant::now();
    let mut progress = Progress::default();
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else {
            eprintln!("progress: the records can't be read");
            return ExitCode::FAILURE;
        };
        for vertex in progress.push_line(&line) {
            show(&label, &vertex, since);
        }
    }
    eprint!("{}", progress.messages());
    let counts = progress.counts();
    println!(
        "{:.1} {} {} {} {:.1}",
        since.elapsed().as_secs_f64(),
        counts.executed,
        counts.cached,
        counts.cargo,
        megabytes(progress.pulled())
    );
    ExitCode::SUCCESS
}
