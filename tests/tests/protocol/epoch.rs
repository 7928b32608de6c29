//! `SOURCE_DATE_EPOCH`, and where it can come from.

use aliasfront_tests::gateway::{CapSet, Gateway, Recording, Rpc};

use crate::{attr, fail_with, graph, succeed};

const REPOSITORY: &str = "git://github.com/org/app.git#main";
const COMMIT: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
                      author A <a@example.com> 1500000000 +0000\n\
                      committer C <c@example.com> 1600000000 +0200\n\nmessage\n";
const DOWNLOAD: &str = "https://example.com/app.tar";

/// The time that the exporter is told.
fn epoch(recording: &Recording) -> Option<String> {
    let result = recording.result().expect("a result");
    let bytes = result.metadata.get("source.date.epoch")?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// The value that commands see.
fn seen(recording: &Recording) -> Vec<String> {
    let args = graph(recording)
        .vertices
        .iter()
        .filter_map(|vertex| vertex.json()["exec"]["meta"]["env"].as_array().cloned());
    args.flatten()
        .filter_map(|value| value.as_str()?.strip_prefix("SOURCE_DATE_EPOCH=").map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn it_can_be_a_number() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x\n")
        .build_arg("SOURCE_DATE_EPOCH", "1234567890");
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording).as_deref(), Some("1234567890"));
    assert_eq!(seen(&recording), ["1234567890"]);
}

#[tokio::test]
async fn it_can_come_from_the_commit_of_the_context() {
    let gateway = Gateway::new()
        .opt("context", "https://github.com/org/app.git#main")
        .source_file(
            REPOSITORY,
            "Dockerfile",
            "FROM alpine\nARG SOURCE_DATE_EPOCH\nCOPY a /\nRUN x\n",
        )
        .commit(REPOSITORY, COMMIT)
        .build_arg("SOURCE_DATE_EPOCH", "context");
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording).as_deref(), Some("1600000000"));
    assert_eq!(seen(&recording), ["1600000000"]);
    assert_eq!(attr(graph(&recording), REPOSITORY, "git.mtime"), Some("commit"));
    assert_eq!(recording.sources, [REPOSITORY]);
}

#[tokio::test]
async fn it_can_come_from_the_download_that_is_the_context() {
    let gateway = Gateway::new()
        .opt("context", DOWNLOAD)
        .source_file(DOWNLOAD, "context", [0x1f, 0x8b, 0x08, 0])
        .source_file(DOWNLOAD, "Dockerfile", "FROM scratch\nCOPY a /\n")
        .last_modified(DOWNLOAD, 1_650_000_000)
        .build_arg("SOURCE_DATE_EPOCH", "context");
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording).as_deref(), Some("1650000000"));
}

#[tokio::test]
async fn it_can_come_from_a_named_context() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x\n")
        .opt("context:src", "https://github.com/org/app.git#main")
        .commit(REPOSITORY, COMMIT)
        .build_arg("SOURCE_DATE_EPOCH", "src");
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording).as_deref(), Some("1600000000"));
    assert_eq!(seen(&recording), ["1600000000"]);
}

#[tokio::test]
async fn it_can_come_from_a_stage_of_one_download() {
    let dockerfile = "FROM scratch AS src\nARG V=app\nADD https://example.com/$V.tar /\n\
                      FROM alpine\nARG SOURCE_DATE_EPOCH\nRUN x\n";
    let gateway = Gateway::new()
        .dockerfile(dockerfile)
        .last_modified(DOWNLOAD, 1_660_000_000)
        .build_arg("SOURCE_DATE_EPOCH", "src");
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording).as_deref(), Some("1660000000"));
    assert_eq!(seen(&recording), ["1660000000"]);
}

#[tokio::test]
async fn a_stage_that_does_more_is_refused() {
    let stages = [
        (
            "FROM alpine AS src\nADD https://example.com/a /\n",
            "SOURCE_DATE_EPOCH stage must use FROM scratch",
        ),
        ("FROM scratch AS src\n", "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD"),
        (
            "FROM scratch AS src\nADD https://example.com/a /\nADD https://example.com/b /\n",
            "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD",
        ),
        (
            "FROM scratch AS src\nRUN x\n",
            "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported RUN instruction",
        ),
    ];
    for (stage, message) in stages {
        let gateway = Gateway::new()
            .dockerfile(format!("{stage}FROM alpine\n"))
            .build_arg("SOURCE_DATE_EPOCH", "src");
        fail_with(gateway, message).await;
    }
}

#[tokio::test]
async fn engines_that_know_only_images_give_none() {
    let caps = CapSet::buildkit_0_13().without("source.metaresolver");
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nRUN x\n")
        .opt("context:src", "https://github.com/org/app.git#main")
        .build_arg("SOURCE_DATE_EPOCH", "src")
        .caps(caps);
    let recording = succeed(gateway).await;
    assert_eq!(epoch(&recording), None);
    assert_eq!(recording.count(Rpc::ResolveSourceMeta), 0);
}
