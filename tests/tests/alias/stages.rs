//! What an alias stage may look like.

use aliasfront_tests::gateway::{Gateway, Image};
use serde_json::json;

use crate::{
    DIGEST, IMAGE, fail_with, files, graph, message, own_warnings, prebuilt, probes, succeed,
};

fn build(dockerfile: &str) -> Gateway {
    prebuilt(dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE)
}

#[tokio::test]
async fn an_alias_of_an_alias_is_what_the_first_one_is() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local
ARG TOOLS=builder
FROM rust:1 AS local
FROM ${BUILDER_IMAGE} AS builder
FROM ${TOOLS} AS tools
FROM scratch
COPY --from=tools /build/agentd /build/nothing /
";
    fail_with(build(dockerfile), &["alias builder", "/build/nothing is not there"]).await;
    let recording = succeed(build(&dockerfile.replace("nothing", "cli"))).await;
    assert!(message(&recording).contains("2 paths verified"), "{}", message(&recording));
    assert_eq!(message(&recording).lines().count(), 1);
    assert_eq!(own_warnings(&recording), []);
    // The second one can be overridden alone.
    let gateway = prebuilt(dockerfile, files()).build_arg("TOOLS", IMAGE);
    fail_with(gateway, &["alias tools", "/build/nothing is not there"]).await;
}

#[tokio::test]
async fn a_name_may_be_made_of_several_arguments() {
    let dockerfile = "\
ARG REGISTRY=local
ARG NAME=builder
FROM rust:1 AS local_builder
FROM ${REGISTRY}_${NAME} AS builder
FROM scratch
COPY --from=builder /build/nothing /
";
    // The default is found through both.
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    assert_eq!(message(&recording), "");
    let gateway = Gateway::new().dockerfile(dockerfile).build_arg("REGISTRY", "ghcr.io/org/x");
    let recording = succeed(gateway).await;
    let message = message(&recording);
    assert!(
        message.starts_with("alias builder: NAME, REGISTRY → ghcr.io/org/x_builder"),
        "{message}"
    );
}

#[tokio::test]
async fn an_alias_may_have_a_default_in_its_from() {
    let dockerfile = "\
ARG BUILDER_IMAGE
FROM rust:1 AS local
FROM ${BUILDER_IMAGE:-local} AS builder
FROM scratch
COPY --from=builder /build/nothing /
";
    succeed(Gateway::new().dockerfile(dockerfile)).await;
    fail_with(build(dockerfile), &["alias builder", "/build/nothing is not there"]).await;
}

#[tokio::test]
async fn stages_on_an_alias_take_its_files() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local
FROM rust:1 AS local
FROM ${BUILDER_IMAGE} AS builder
FROM builder AS unchanged
ENV A=b
FROM builder AS changed
RUN make /made
FROM scratch
COPY --from=unchanged /build/nothing /
COPY --from=changed /made /
";
    let recording = fail_with(build(dockerfile), &["/build/nothing is not there"]).await;
    assert_eq!(recording.error_lines(), [(9, 9)]);
    succeed(build(&dockerfile.replace("nothing", "cli"))).await;
}

#[tokio::test]
async fn triggers_of_the_image_are_part_of_the_stage() {
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "config": {"OnBuild": ["COPY --from=helper /h /h", "RUN make /made"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    let dockerfile = "\
ARG BUILDER_IMAGE=local
FROM rust:1 AS local
FROM alpine AS helper
FROM ${BUILDER_IMAGE} AS builder
FROM scratch
COPY --from=builder /made /
";
    let gateway = build(dockerfile).image(IMAGE, Image::with_config(config).digest(DIGEST));
    let recording = succeed(gateway).await;
    assert!(graph(&recording).sources().iter().any(|source| source.contains("alpine")));
    let expected = "not checked: /made (line 4 may make it)";
    assert!(message(&recording).contains(expected), "{}", message(&recording));
}

#[tokio::test]
async fn a_contract_without_a_compile_stage_holds_for_the_image() {
    let dockerfile = format!(
        "ARG BUILDER_IMAGE={IMAGE}\n# alias require=/build/nothing\nFROM ${{BUILDER_IMAGE}} AS builder\n\
         FROM scratch\nCOPY --from=builder /build/cli /\n"
    );
    let gateway = prebuilt(&dockerfile, files());
    fail_with(gateway, &["/build/nothing is not there"]).await;
    let recording = succeed(prebuilt(&dockerfile.replace("nothing", "cli"), files())).await;
    assert!(message(&recording).contains("1 path verified"), "{}", message(&recording));
}

#[tokio::test]
async fn a_contract_above_another_stage_is_an_error() {
    let dockerfile = "# alias require=/a\nFROM alpine AS base\n";
    let part = "the contract above stage base is for an alias, and its FROM uses no global ARG";
    fail_with(Gateway::new().dockerfile(dockerfile), &[part]).await;
}

#[tokio::test]
async fn an_alias_may_be_another_stage() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local
FROM rust:1 AS local
FROM alpine AS other
FROM ${BUILDER_IMAGE} AS builder
FROM scratch
COPY --from=builder /a /
";
    let gateway = Gateway::new().dockerfile(dockerfile).build_arg("BUILDER_IMAGE", "other");
    let recording = succeed(gateway).await;
    let expected = "alias builder: BUILDER_IMAGE → \"other\", pruned \"local\" (1 step)\n";
    assert_eq!(message(&recording), expected);
    assert!(probes(&recording).is_empty());
}
