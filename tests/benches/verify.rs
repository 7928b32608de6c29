//! What the check of a prebuilt image adds to a warm build: one where the engine has everything, so that the
//! frontend's own time is most of it.
//!
//! Builds with and without the check take turns in one run, and the middle one of each is compared, so that a machine
//! that does other things too tells the same share. The engine is the test gateway: what the daemon does for each
//! request is not in the numbers, how many requests there are is.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Files, Gateway, Image};

/// How many builds of each kind.
const BUILDS: usize = 40;
/// How many paths are taken from the image.
const PATHS: [usize; 3] = [1, 14, 100];

const IMAGE: &str = "ghcr.io/org/builder:v1";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A build that takes executables from an overridden alias.
fn build(paths: usize, verify: &str) -> Gateway {
    let mut files = Files::default();
    let (mut contract, mut copies) = (String::new(), String::new());
    for path in 0..paths {
        files.add_with_mode(&format!("/build/{path}"), "#!/bin/sh\n", 0o755);
        writeln!(contract, "# alias require=/build/{path},+x").expect("strings grow");
        writeln!(copies, "COPY --from=builder /build/{path} /usr/local/bin/")
            .expect("strings grow");
    }
    let dockerfile = format!(
        "ARG BUILDER_IMAGE=local_builder\nFROM rust:1 AS local_builder\nRUN cargo build\n\
         {contract}FROM ${{BUILDER_IMAGE}} AS builder\nFROM debian\n{copies}"
    );
    Gateway::new()
        .dockerfile(dockerfile)
        .image(IMAGE, Image::default().digest(DIGEST))
        .source(&format!("docker-image://{IMAGE}@{DIGEST}"), files)
        .build_arg("BUILDER_IMAGE", IMAGE)
        .build_arg("ALIASFRONT_VERIFY", verify)
}

async fn time(gateway: Gateway) -> Duration {
    let start = Instant::now();
    let recording = gateway.run(frontend::binary()).await.expect("the frontend starts");
    let time = start.elapsed();
    assert!(recording.result().is_some(), "{}", recording.words());
    time
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() {
    // Also as a test, where it has to run and not to measure.
    let builds = if std::env::args().any(|argument| argument == "--bench") { BUILDS } else { 1 };
    for paths in PATHS {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..builds {
            without.push(time(build(paths, "off")).await);
            with.push(time(build(paths, "files")).await);
        }
        let (without, with) = (median(without), median(with));
        let share = (with - without) / with * 100.0;
        println!(
            "verify/{paths:<4} {with:7.2} ms with, {without:7.2} ms without: {share:.0} % of a warm build"
        );
    }
}
