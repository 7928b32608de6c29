//! Aliases on the test gateway, one part in each module: which stages and arguments make one, what its image is checked
//! for, what the build says of it, and what happens where it can't be used.
//!
//! What needs a real engine is among the end-to-end tests.

mod attacks;
mod auto;
mod compiled;
mod contexts;
mod directories;
mod empty;
mod explained;
mod fallback;
mod hints;
mod loads;
mod loosened;
mod meanwhile;
mod odd;
mod own_steps;
mod platforms;
mod policies;
mod protected;
mod result;
mod shell_checks;
mod shown;
mod stages;
mod targets;
mod variables;
mod verified;

use aliasfront_tests::elf::{self, AMD64, ARM64};
use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Asked, Files, Gateway, Image, Recording, Rpc, Solved};
use aliasfront_tests::graph::Graph;
use serde_json::Value;

/// The prebuilt image, as builds name it.
const IMAGE: &str = "ghcr.io/org/builder:v1";
/// Its digest.
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The Dockerfile of most tests. A contract goes before the alias's `FROM`, in the line that is empty.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build
RUN cargo test

FROM ${BUILDER_IMAGE} AS builder
FROM debian AS kiro
COPY --from=builder /build/agentd /usr/bin/
RUN --mount=from=builder,source=/build/cli,target=/cli /cli
FROM scratch AS native
COPY --from=builder /build/agentd /build/lib.so /
";

/// Where instructions are in that Dockerfile, from 1: the `FROM` of the alias, and what takes files from it.
const ALIAS_LINE: i64 = 6;
/// Where the contract of [`with`] is.
const CONTRACT_LINE: i64 = 5;
const COPY_LINE: i64 = 8;
const MOUNT_LINE: i64 = 9;

/// A program for a processor, longer than what is read of it.
fn program(machine: u8) -> Vec<u8> {
    elf::program(machine, 4096)
}

/// The files of a prebuilt image that has all.
fn files() -> Files {
    let mut files = Files::default();
    files.add_with_mode("/build/agentd", program(AMD64), 0o755);
    files.add_with_mode("/build/cli", "#!/bin/sh\n", 0o755);
    files.add("/build/lib.so", program(AMD64));
    files
}

/// The Dockerfile with a contract.
fn with(contract: &str) -> String {
    DOCKERFILE.replacen("\n\n", &format!("\n# alias {contract}\n"), 1)
}

/// The identifier of the prebuilt image's source.
fn identifier() -> String {
    format!("docker-image://{IMAGE}@{DIGEST}")
}

/// A gateway that has the prebuilt image, with these files.
fn prebuilt(dockerfile: &str, files: Files) -> Gateway {
    Gateway::new()
        .dockerfile(dockerfile)
        .image(IMAGE, Image::default().digest(DIGEST))
        // Images that take a stage's place as named contexts are loaded by their tag.
        .source(&format!("docker-image://{IMAGE}"), files.clone())
        .source(&identifier(), files)
}

/// A build whose alias is the prebuilt image.
fn overridden(dockerfile: &str, files: Files) -> Gateway {
    prebuilt(dockerfile, files).opt("target", "kiro").build_arg("BUILDER_IMAGE", IMAGE)
}

/// Runs this repository's frontend on a gateway. The build has to succeed.
async fn succeed(gateway: Gateway) -> Recording {
    let recording = gateway.run(frontend::binary()).await.expect("the frontend starts");
    assert!(recording.result().is_some(), "{}", recording.words());
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.words());
    recording
}

/// Runs this repository's frontend on a gateway. The build has to fail; the message is returned, too.
async fn fail(gateway: Gateway) -> (Recording, String) {
    let recording = gateway.run(frontend::binary()).await.expect("the frontend starts");
    let error = recording.error().map(|error| error.message.clone());
    let message = error.unwrap_or_else(|| panic!("no error: {}", recording.words()));
    (recording, message)
}

/// The build has to fail with a message that has all of these parts.
async fn fail_with(gateway: Gateway, parts: &[&str]) -> Recording {
    let (recording, message) = fail(gateway).await;
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
    recording
}

/// The graph of a single result.
fn graph(recording: &Recording) -> &Graph {
    recording.result().and_then(|result| result.graph()).expect("a single graph")
}

/// The solves that are there to look at files of images.
fn probes(recording: &Recording) -> Vec<&Solved> {
    let is_probe = |solved: &&Solved| {
        let names = solved.graph.as_ref().map(Graph::names).unwrap_or_default();
        names.iter().any(|name| name.starts_with("[alias "))
    };
    recording.solves.iter().filter(is_probe).collect()
}

/// What was asked of the files of images.
fn probed(recording: &Recording) -> Vec<&Asked> {
    let probes = probes(recording);
    let of_probe = |asked: &&Asked| probes.iter().any(|probe| probe.id == asked.id);
    recording.files.iter().filter(of_probe).collect()
}

/// The message that is shown at the end of the build.
fn message(recording: &Recording) -> String {
    let result = recording.result().expect("a result");
    let message = result.metadata.get("frontend.result.inlinemessage").cloned();
    String::from_utf8(message.unwrap_or_default()).expect("text")
}

/// The warnings of the project's own rules, as rule and line.
fn own_warnings(recording: &Recording) -> Vec<(String, String)> {
    let own = recording.warnings.iter().filter(|warning| warning.url.contains("aliasfront"));
    own.map(|warning| {
        let line = warning.ranges.first().and_then(|range| range.split(':').next());
        (warning.rule().to_owned(), line.unwrap_or_default().to_owned())
    })
    .collect()
}

/// The only warning of this rule; it has these parts.
fn warning<'a>(recording: &'a Recording, rule: &str, parts: &[&str]) -> &'a str {
    let of_rule: Vec<_> = recording.warnings.iter().filter(|w| w.rule() == rule).collect();
    let [warning] = of_rule.as_slice() else {
        panic!("{rule}: {:?}", recording.warnings);
    };
    for part in parts {
        assert!(warning.short.contains(part), "{part:?} is not in {}", warning.short);
    }
    &warning.short
}

/// No warning of this rule.
fn no_warning(recording: &Recording, rule: &str) {
    let found = recording.warnings.iter().find(|warning| warning.rule() == rule);
    assert!(found.is_none(), "{found:?}");
}

/// The answer of a request, as JSON and as text.
async fn request(gateway: Gateway, id: &str) -> (Value, String) {
    let recording = succeed(gateway.opt("requestid", id)).await;
    let result = recording.result().expect("a result");
    assert!(result.ids.values().all(String::is_empty), "{:?}", result.ids);
    let text = result.metadata.get("result.txt").cloned().expect("text");
    (result.json("result.json").expect("JSON"), String::from_utf8(text).expect("UTF-8"))
}

/// How often a request came, without those that every build makes.
fn count(recording: &Recording, rpc: Rpc) -> usize {
    recording.count(rpc)
}
