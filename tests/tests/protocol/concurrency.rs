//! What runs at once, and what is asked once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use aliasfront_tests::gateway::{Fault, Gateway, Rpc};

use crate::succeed;

/// A Dockerfile with this many independent stages that its last one copies from.
fn fan_out(stages: usize) -> String {
    let mut text = String::new();
    for stage in 0..stages {
        write!(text, "FROM image-{stage} AS stage-{stage}\nRUN x\n").expect("a string takes all");
    }
    text += "FROM scratch\n";
    for stage in 0..stages {
        writeln!(text, "COPY --from=stage-{stage} /a /{stage}").expect("a string takes all");
    }
    text
}

#[tokio::test]
async fn look_ups_run_at_once() {
    const STAGES: usize = 12;
    let gateway = Gateway::new().dockerfile(fan_out(STAGES)).hold(Rpc::ResolveSourceMeta, STAGES);
    let recording = succeed(gateway).await;
    assert_eq!(recording.at_once[&Rpc::ResolveSourceMeta], STAGES);
    assert_eq!(recording.lookups.len(), STAGES);
}

#[tokio::test]
async fn look_ups_of_platforms_run_at_once() {
    let gateway = Gateway::new()
        .dockerfile("FROM a AS a\nFROM b\nCOPY --from=a / /\n")
        .opt("platform", "linux/amd64,linux/arm64")
        .hold(Rpc::ResolveSourceMeta, 4);
    let recording = succeed(gateway).await;
    assert_eq!(recording.at_once[&Rpc::ResolveSourceMeta], 4);
    assert_eq!(recording.lookups.len(), 4);
}

#[tokio::test]
async fn the_dockerfile_and_its_ignore_file_are_read_at_once() {
    let gateway = Gateway::new().dockerfile("FROM scratch\n").hold(Rpc::ReadFile, 2);
    let recording = succeed(gateway).await;
    assert_eq!(recording.at_once[&Rpc::ReadFile], 2);
    let paths: Vec<&str> = recording.files[..2].iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        BTreeSet::from_iter(paths),
        BTreeSet::from(["Dockerfile", "Dockerfile.dockerignore"])
    );
}

#[tokio::test]
async fn a_build_does_not_wait_for_its_warnings() {
    let gateway = Gateway::new()
        .dockerfile("from scratch\nMAINTAINER me\n")
        .misbehave(Rpc::Warn, Fault::Delay(Duration::from_millis(200)));
    let recording = succeed(gateway).await;
    assert_eq!(recording.warnings.len(), 2, "{:?}", recording.warnings);
    let last = |rpc| recording.timeline.iter().rposition(|(came, _)| *came == rpc);
    assert!(last(Rpc::Solve) < last(Rpc::Warn), "{:?}", recording.timeline);
    assert!(last(Rpc::Warn) < last(Rpc::Return), "{:?}", recording.timeline);
}

#[tokio::test]
async fn every_image_is_looked_up_once() {
    let dockerfile = "FROM a AS one\nRUN 1\nFROM a AS two\nRUN 2\nFROM a:latest AS three\n\
                      FROM docker.io/library/a\nCOPY --from=one / /\nCOPY --from=two / /\n\
                      COPY --from=three / /\nCOPY --from=a / /\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    assert_eq!(recording.lookups.len(), 1, "{:?}", recording.lookups);
}

#[tokio::test]
async fn a_platform_of_the_builder_is_shared_by_all_targets() {
    let dockerfile = "FROM --platform=$BUILDPLATFORM tools AS tools\nRUN x\n\
                      FROM base\nCOPY --from=tools /a /\n";
    let gateway = Gateway::new()
        .dockerfile(dockerfile)
        .opt("platform", "linux/amd64,linux/arm64,linux/s390x");
    let recording = succeed(gateway).await;
    let resolved = recording.resolved();
    let once: BTreeSet<&String> = resolved.iter().collect();
    assert_eq!(once.len(), resolved.len(), "{resolved:?}");
    assert_eq!(resolved.len(), 4);
}

#[tokio::test]
async fn the_ignore_file_is_read_while_images_are_looked_up() {
    let dockerfile = "FROM a AS a\nFROM b\nCOPY --from=a / /\nCOPY c /\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    let ignore_files = recording.files.iter().filter(|file| file.path == ".dockerignore").count();
    assert_eq!(ignore_files, 1);
}

#[tokio::test]
async fn the_order_of_answers_changes_nothing() {
    let gateway = || Gateway::new().dockerfile(fan_out(5));
    let usual = succeed(gateway()).await;
    let reversed = succeed(gateway().hold(Rpc::ResolveSourceMeta, 5)).await;
    let result = |recording: &aliasfront_tests::gateway::Recording| {
        let result = recording.result().expect("a result");
        (result.graphs.clone(), result.metadata.clone())
    };
    assert_eq!(result(&usual), result(&reversed));
}
