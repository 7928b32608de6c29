//! The test gateway itself, tested with a frontend that is made for that.

use std::time::Duration;

use aliasfront_tests::gateway::{CapSet, Fault, Gateway, Image, Missing, Recording, Rpc};
use tonic::Code;

const DOCKERFILE: &str = "FROM docker.io/library/a:1\nFROM docker.io/library/b:2\n";

async fn run(gateway: Gateway) -> Recording {
    gateway.run(env!("CARGO_BIN_EXE_fixture-frontend")).await.expect("the fixture starts")
}

fn gateway() -> Gateway {
    Gateway::new().dockerfile(DOCKERFILE)
}

#[tokio::test]
async fn a_build_is_recorded() {
    let recording = run(gateway()).await;
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.stderr);
    assert_eq!(
        recording.resolved(),
        ["docker.io/library/a:1|linux/amd64", "docker.io/library/b:2|linux/amd64"]
    );
    assert_eq!(recording.counted(), 5);
    assert_eq!(recording.solves.len(), 2);
    assert_eq!(recording.outstanding, 0);
    let result = recording.result().expect("a result");
    let graph = result.graph().expect("a graph");
    assert_eq!(graph.sources(), ["docker-image://docker.io/library/a:1"]);
    assert_eq!(graph.head.as_ref(), graph.vertices.first().map(|vertex| &vertex.digest));
    let lookup = &recording.lookups[0];
    assert_eq!(lookup.rpc, Rpc::ResolveSourceMeta);
}

#[tokio::test]
async fn an_error_is_recorded() {
    let recording = run(gateway().opt("fixture", "error")).await;
    assert_eq!(recording.error().expect("an error").message, DOCKERFILE);
    assert_eq!(recording.error_code(), Some(Code::Unknown));
    assert_eq!(recording.exit_code(), Some(1));
    assert_eq!(recording.stderr, "the fixture fails: as it should\n");
}

#[tokio::test]
async fn a_frontend_that_says_nothing_is_recorded() {
    let recording = run(gateway().opt("fixture", "silent")).await;
    assert!(recording.outcome.is_none());
    assert_eq!(recording.exit_code(), Some(0));
}

#[tokio::test]
async fn requests_can_fail() {
    let recording = run(gateway().misbehave(Rpc::Solve, Fault::Code(Code::DataLoss))).await;
    assert_eq!(recording.exit_code(), Some(1));
    assert!(recording.stderr.contains(Fault::MESSAGE), "{}", recording.stderr);
    assert!(recording.solves.is_empty());
    assert_eq!(recording.count(Rpc::Solve), 1);

    let second = Fault::Code(Code::DataLoss);
    let recording = run(gateway().misbehave_nth(Rpc::Solve, 2, second)).await;
    assert_eq!(recording.exit_code(), Some(1));
    assert_eq!(recording.solves.len(), 1);
}

#[tokio::test]
async fn answers_can_be_too_large() {
    let recording = run(gateway().misbehave(Rpc::ReadFile, Fault::Oversized)).await;
    assert_eq!(recording.exit_code(), Some(1));
    assert!(recording.stderr.contains("message length too large"), "{}", recording.stderr);
}

#[tokio::test]
async fn refs_can_be_unknown() {
    let recording = run(gateway().misbehave(Rpc::Solve, Fault::UnknownRef)).await;
    assert!(recording.stderr.contains("no such ref: no-such-ref"), "{}", recording.stderr);
}

#[tokio::test]
async fn files_can_be_missing_in_either_way() {
    for (missing, code) in [(Missing::NotFound, "not found"), (Missing::Unknown, "Unknown")] {
        let recording = run(Gateway::new().missing(missing)).await;
        assert_eq!(recording.exit_code(), Some(1));
        assert!(recording.stderr.contains(code), "{}", recording.stderr);
        assert!(recording.stderr.contains("no such file or directory"), "{}", recording.stderr);
    }
}

#[tokio::test]
async fn images_can_be_missing_and_redirected() {
    let missing = Image::missing("docker.io/library/b:2: not found");
    let recording = run(gateway().image("docker.io/library/b:2", missing)).await;
    assert!(recording.stderr.contains("docker.io/library/b:2: not found"), "{}", recording.stderr);

    let (from, to) = ("docker-image://docker.io/library/a:1", "docker-image://mirror/a:1");
    let recording = run(gateway().redirect(from, to)).await;
    assert_eq!(
        recording.result().and_then(|result| result.graph()).expect("a graph").sources(),
        [to]
    );
}

#[tokio::test]
async fn the_connection_can_be_dropped() {
    for fault in [Fault::Disconnect, Fault::CloseStdin] {
        let recording = run(gateway().misbehave(Rpc::ReadFile, fault.clone())).await;
        assert_eq!(recording.exit_code(), Some(1), "{fault:?}");
        assert!(recording.outlived_client.is_some(), "{fault:?}");
        assert_eq!(recording.outstanding, 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_frontend_that_hangs_is_killed() {
    let gateway = gateway()
        .opt("fixture", "linger")
        .misbehave(Rpc::ReadFile, Fault::Code(Code::Internal))
        .patience(Duration::from_secs(1));
    let recording = run(gateway).await;
    assert!(!recording.has_ended());
    assert!(recording.exit_code().is_none());
}

#[tokio::test]
async fn requests_can_be_held_back_until_they_are_together() {
    let recording = run(gateway().hold(Rpc::ResolveSourceMeta, 2)).await;
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.stderr);
    assert_eq!(recording.at_once[&Rpc::ResolveSourceMeta], 2);
}

#[tokio::test]
async fn old_engines_announce_less() {
    let recording = run(gateway().caps(CapSet::buildkit_0_13())).await;
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.stderr);
}
