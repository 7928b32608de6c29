//! Contexts that a client gives names to.

use aliasfront_tests::gateway::{Gateway, Image, Recording};
use aliasfront_tests::graph::Vertex;
use serde_json::json;

use crate::{attr, fail_with, graph, source, succeed};

const IMAGE: &str = "docker-image://docker.io/library/alpine:latest";

/// A build that uses something in all the ways there are.
fn using(name: &str) -> Gateway {
    Gateway::new().dockerfile(format!(
        "FROM {name} AS from\nRUN x\nFROM scratch\nCOPY --from={name} / /copied\n\
         COPY --from=from / /\n"
    ))
}

/// The environment of the first command of a build.
fn env(recording: &Recording) -> Vec<String> {
    let json = graph(recording).vertices.iter().map(Vertex::json);
    json.filter_map(|json| json["exec"]["meta"]["env"].as_array().cloned())
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn repositories_and_downloads_are_used_everywhere() {
    for (context, identifier) in [
        ("https://github.com/org/lib.git#v1", "git://github.com/org/lib.git#v1"),
        ("git@github.com:org/lib.git#v1", "git://github.com/org/lib.git#v1"),
        ("https://example.com/lib.tar", "https://example.com/lib.tar"),
    ] {
        let recording = succeed(using("lib").opt("context:lib", context)).await;
        assert_eq!(graph(&recording).sources(), [identifier], "{context}");
        assert!(recording.lookups.is_empty(), "{context}");
    }
}

#[tokio::test]
async fn images_are_looked_up_once() {
    let recording = succeed(using("lib").opt("context:lib", "docker-image://alpine:3")).await;
    assert_eq!(recording.resolved(), ["docker.io/library/alpine:3|linux/amd64"]);
    let lookup = &recording.lookups[0];
    assert_eq!(lookup.log_name, "[context lib] load metadata for alpine:3");
}

#[tokio::test]
async fn nothing_that_is_not_reached_is_looked_up() {
    let gateway = Gateway::new()
        .dockerfile("FROM unreached\nFROM scratch AS target\nCOPY a /\n")
        .opt("context:unreached", "docker-image://secret:1")
        .opt("context:nobody", "docker-image://secret:2");
    let recording = succeed(gateway).await;
    assert!(recording.lookups.is_empty(), "{:?}", recording.lookups);
}

#[tokio::test]
async fn stages_can_be_replaced() {
    let gateway = Gateway::new()
        .dockerfile("FROM huge AS build\nRUN compile\nFROM scratch\nCOPY --from=build /a /\n")
        .opt("context:build", "docker-image://ready:1");
    let recording = succeed(gateway).await;
    assert_eq!(recording.resolved(), ["docker.io/library/ready:1|linux/amd64"]);
    assert!(graph(&recording).vertices.iter().all(|vertex| vertex.args().is_none()));
}

#[tokio::test]
async fn mounts_can_be_replaced() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nRUN --mount=from=tools,target=/t /t/run\n")
        .opt("context:tools", "docker-image://tools:2");
    let recording = succeed(gateway).await;
    assert!(
        recording.resolved().contains(&"docker.io/library/tools:2|linux/amd64".to_owned()),
        "{:?}",
        recording.resolved()
    );
}

#[tokio::test]
async fn images_can_be_named_in_full() {
    for name in ["alpine", "docker.io/library/alpine", "docker.io/library/alpine:latest"] {
        for key in ["alpine"] {
            let gateway = Gateway::new()
                .dockerfile(format!("FROM {name}\nRUN x\n"))
                .opt(&format!("context:{key}"), "docker-image://mirror.example.com/a:1");
            let recording = succeed(gateway).await;
            let resolved = recording.resolved();
            assert_eq!(resolved, ["mirror.example.com/a:1|linux/amd64"], "{name} by {key}");
        }
    }
}

#[tokio::test]
async fn a_platform_can_have_its_own() {
    let gateway = Gateway::new()
        .dockerfile("FROM base\nRUN x\n")
        .opt("platform", "linux/amd64,linux/arm64")
        .opt("context:base::linux/arm64", "docker-image://arm:1")
        .opt("context:base", "docker-image://other:1");
    let recording = succeed(gateway).await;
    assert_eq!(
        recording.resolved(),
        ["docker.io/library/arm:1|linux/arm64", "docker.io/library/other:1|linux/amd64"]
    );
}

#[tokio::test]
async fn local_folders_have_their_ignore_file_session_and_key() {
    let gateway = Gateway::new()
        .dockerfile("FROM scratch\nCOPY --from=lib a /\n")
        .file("lib-folder", ".dockerignore", "*.tmp\n")
        .opt("context:lib", "local:lib-folder")
        .opt("local-sessionid:lib-folder", "session-lib")
        .opt("sharedkey:localdir:lib", "key");
    let recording = succeed(gateway).await;
    let attr = |name| attr(graph(&recording), "local://lib-folder", name);
    assert_eq!(attr("local.excludepatterns"), Some(r#"["*.tmp"]"#));
    assert_eq!(attr("local.session"), Some("session-lib"));
    assert_eq!(attr("local.sharedkeyhint"), Some("context:lib-key"));
    assert_eq!(attr("local.followpaths"), Some(r#"["a"]"#));
}

#[tokio::test]
async fn the_client_can_give_definitions_with_configs() {
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {"Env": ["GIVEN=1"], "WorkingDir": "/w"},
    });
    // Go's JSON has bytes in base64.
    let metadata = json!({"containerimage.config": base64(config.to_string().as_bytes())});
    let gateway = Gateway::new()
        .dockerfile("FROM base\nRUN x\n")
        .input("their-base", source("docker-image://docker.io/library/given:1"))
        .opt("context:base", "input:their-base")
        .opt("input-metadata:their-base", &metadata.to_string());
    let recording = succeed(gateway).await;
    assert_eq!(graph(&recording).sources(), ["docker-image://docker.io/library/given:1"]);
    assert!(env(&recording).contains(&"GIVEN=1".to_owned()), "{:?}", env(&recording));
    assert!(recording.lookups.is_empty());
    let config = recording.result().and_then(|result| result.json("containerimage.config"));
    assert_eq!(config.expect("a config")["config"]["WorkingDir"], "/w");
}

/// The standard encoding, which the JSON of Go has for bytes.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[tokio::test]
async fn stores_of_the_client_are_looked_up_there() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let gateway = Gateway::new()
        .dockerfile("FROM base\nRUN x\n")
        .opt("context:base", &format!("oci-layout://store@{digest}"));
    let recording = succeed(gateway).await;
    let reference = format!("docker.io/library/base@{digest}");
    assert_eq!(recording.lookups.len(), 1);
    assert_eq!(recording.lookups[0].reference, reference);
    let graph = graph(&recording);
    let identifier = format!("oci-layout://{reference}");
    assert_eq!(attr(graph, &identifier, "oci.store"), Some("store"));
    assert_eq!(attr(graph, &identifier, "oci.session"), Some("session-1"));
}

#[tokio::test]
async fn stores_of_the_client_need_a_digest() {
    let gateway =
        Gateway::new().dockerfile("FROM base\n").opt("context:base", "oci-layout://store:tag");
    fail_with(gateway, "oci-layout reference \"store:tag\" has no digest").await;
}

#[tokio::test]
async fn specifiers_without_a_scheme_are_refused() {
    let gateway = Gateway::new().dockerfile("FROM base\n").opt("context:base", "somewhere");
    fail_with(gateway, "invalid context specifier somewhere for base").await;
}

#[tokio::test]
async fn missing_images_are_named() {
    let gateway = Gateway::new()
        .dockerfile("FROM base\n")
        .opt("context:base", "docker-image://gone:1")
        .image("docker.io/library/gone:1", Image::missing("docker.io/library/gone:1: not found"));
    let recording = crate::fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.contains("docker.io/library/gone:1: not found"), "{error}");
}

#[tokio::test]
async fn a_policy_can_turn_an_image_into_something_else() {
    let gateway = using("alpine")
        .opt("context:alpine", "docker-image://alpine")
        .redirect(IMAGE, "https://example.com/rootfs.tar");
    let recording = succeed(gateway).await;
    assert_eq!(graph(&recording).sources(), ["https://example.com/rootfs.tar"]);
}
