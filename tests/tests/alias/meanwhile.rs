//! What runs while the images of aliases are checked.

use std::time::Duration;

use aliasfront_tests::gateway::{Fault, Gateway, Recording, Rpc, Solved};
use aliasfront_tests::graph::Vertex;
use tonic::Code;

use crate::{IMAGE, fail, fail_with, files, graph, prebuilt, request, succeed};

/// Agents on a stage that the builder has no part in, and one that takes from it twice.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build
FROM ${BUILDER_IMAGE} AS builder
FROM debian AS runtime
RUN useradd agent
RUN chown agent /work
FROM runtime AS kiro
COPY --from=builder /build/agentd /usr/bin/
RUN agentd --version
FROM alpine AS tools
RUN apk add jq
FROM scratch AS bare
COPY --from=builder /build/agentd /
COPY --from=tools /usr/bin/jq /
FROM debian AS image
COPY --from=builder /build/agentd /
";

fn build(target: &str) -> Gateway {
    prebuilt(DOCKERFILE, files()).opt("target", target).build_arg("BUILDER_IMAGE", IMAGE)
}

/// The steps that were run before the check came to its end, by their last vertex.
fn early(recording: &Recording) -> Vec<String> {
    let last = |solved: &Solved| {
        let graph = solved.graph.as_ref().expect("a graph");
        let mut named = graph.vertices.iter().filter_map(Vertex::name);
        named.next_back().unwrap_or_default().to_owned()
    };
    let is_early = |solved: &&Solved| {
        let head = solved.graph.as_ref().and_then(|it| it.head.clone());
        solved.evaluate
            && head != recording.result().and_then(|it| it.graph()).and_then(|it| it.head.clone())
    };
    let mut steps: Vec<String> = recording.solves.iter().filter(is_early).map(last).collect();
    steps.sort();
    steps
}

#[tokio::test]
async fn what_needs_nothing_of_an_alias_runs_while_that_is_checked() {
    for (target, expected) in [
        ("kiro", vec!["[runtime 3/3] RUN chown agent /work"]),
        ("bare", vec!["[tools 2/2] RUN apk add jq"]),
        // The engine leaves an image where it is until a step needs it.
        ("image", vec![]),
        ("builder", vec![]),
        ("runtime", vec![]),
    ] {
        let slow = build(target).misbehave(Rpc::StatFile, Fault::Delay(Duration::from_millis(50)));
        let recording = succeed(slow).await;
        assert_eq!(early(&recording), expected, "{target}");
        // What is built is the same as without the check.
        let unchecked = succeed(build(target).build_arg("ALIASFRONT_VERIFY", "off")).await;
        assert_eq!(early(&unchecked), Vec::<String>::new(), "{target}");
        assert_eq!(graph(&recording).head, graph(&unchecked).head, "{target}");
    }
    let answer = request(build("kiro"), "frontend.lint").await;
    assert!(answer.1.contains("Check complete") || answer.0.is_object());
    let compiled = Gateway::new().dockerfile(DOCKERFILE).opt("target", "kiro");
    assert!(early(&succeed(compiled).await).is_empty());
}

#[tokio::test]
async fn several_platforms_and_targets_run_each_step_once() {
    let both = build("").opt("platform", "linux/amd64,linux/arm64").opt("target", "kiro");
    let recording =
        both.run(aliasfront_tests::frontend::binary()).await.expect("the frontend starts");
    assert!(recording.result().is_some(), "{}", recording.words());
    let early = early(&recording);
    let of_runtime = early.iter().filter(|step| step.contains("RUN chown agent /work")).count();
    assert_eq!((early.len(), of_runtime), (2, 2), "{early:?}");
}

#[tokio::test]
async fn contracts_hold_for_what_runs_early() {
    let dockerfile =
        DOCKERFILE.replace("FROM ${BUILDER", "# alias allow=ghcr.io/org/*\nFROM ${BUILDER");
    let gateway =
        prebuilt(&dockerfile, files()).opt("target", "kiro").build_arg("BUILDER_IMAGE", IMAGE);
    let recording = succeed(gateway).await;
    let early: Vec<_> = recording.solves.iter().filter(|solved| solved.evaluate).collect();
    assert!(!early.is_empty());
    assert!(early.iter().all(|solved| solved.source_policies.len() == 1), "{early:?}");
}

#[tokio::test]
async fn a_check_that_fails_ends_the_build() {
    let gateway = prebuilt(DOCKERFILE, aliasfront_tests::gateway::Files::default())
        .opt("target", "kiro")
        .build_arg("BUILDER_IMAGE", IMAGE);
    let recording = fail_with(gateway, &["/build/agentd is not there"]).await;
    let is_built = |solved: &Solved| {
        let names =
            solved.graph.as_ref().map(aliasfront_tests::graph::Graph::names).unwrap_or_default();
        names.iter().any(|name| name.contains("RUN agentd --version"))
    };
    assert!(!recording.solves.iter().any(is_built));
    // A rule that fails the build fails it before anything runs.
    let strict =
        format!("# check=error=true\n{DOCKERFILE}FROM debian as odd\nCOPY --from=kiro / /\n");
    let gateway = prebuilt(&strict, files()).opt("target", "odd").build_arg("BUILDER_IMAGE", IMAGE);
    let (recording, _) = fail(gateway).await;
    assert!(!recording.solves.iter().any(|solved| solved.evaluate));
}

#[tokio::test]
async fn a_step_that_fails_early_is_the_builds_error() {
    let slow = || build("kiro").misbehave(Rpc::StatFile, Fault::Delay(Duration::from_millis(300)));
    let recording = succeed(slow()).await;
    let place = recording.solves.iter().position(|solved| solved.evaluate).expect("an early step");
    let failing = slow().misbehave_nth(Rpc::Solve, place + 1, Fault::Code(Code::Unknown));
    let recording = fail_with(failing, &[Fault::MESSAGE]).await;
    // Nobody waited for the check to end.
    assert!(recording.result().is_none());
}
