//! Caches, and the rest of the options.

use aliasfront_tests::gateway::{Gateway, Recording};
use aliasfront_tests::graph::Vertex;
use serde_json::{Value, json};

use crate::{fail_with, graph, succeed};

fn running() -> Gateway {
    Gateway::new().dockerfile("FROM alpine AS base\nRUN x\nFROM base AS Other\nRUN y\n")
}

/// The commands of a build as JSON, in order.
fn commands(recording: &Recording) -> Vec<Value> {
    let vertices = graph(recording).vertices.iter();
    vertices.filter(|vertex| vertex.args().is_some()).map(Vertex::json).collect()
}

/// The last argument of every command that ignores the cache.
fn uncached(recording: &Recording) -> Vec<&str> {
    let vertices = graph(recording).vertices.iter().filter(|vertex| vertex.metadata.ignore_cache);
    vertices.filter_map(|vertex| vertex.args()?.last().map(String::as_str)).collect()
}

#[tokio::test]
async fn caches_to_import_from_go_with_the_build() {
    let imports = json!([{"Type": "registry", "Attrs": {"ref": "ghcr.io/org/cache:1"}}]);
    let gateway =
        running().opt("cache-imports", &imports.to_string()).opt("cache-from", "org/old,org/older");
    let recording = succeed(gateway).await;
    let last = recording.solves.last().expect("a solve");
    let references: Vec<&str> =
        last.cache_imports.iter().map(|(_, attrs)| attrs["ref"].as_str()).collect();
    assert_eq!(references, ["ghcr.io/org/cache:1", "org/old", "org/older"]);
    assert!(last.cache_imports.iter().all(|(kind, _)| kind == "registry"));
}

#[tokio::test]
async fn the_cache_can_be_ignored_by_stage() {
    assert_eq!(uncached(&succeed(running()).await), Vec::<&str>::new());
    assert_eq!(uncached(&succeed(running().opt("no-cache", "")).await), ["x", "y"]);
    assert_eq!(uncached(&succeed(running().opt("no-cache", "other")).await), ["y"]);
    assert_eq!(uncached(&succeed(running().opt("no-cache", "BASE")).await), ["x"]);
}

#[tokio::test]
async fn images_are_resolved_as_asked() {
    for (value, mode) in
        [("", "default"), ("default", "default"), ("pull", "pull"), ("local", "local")]
    {
        let recording = succeed(running().opt("image-resolve-mode", value)).await;
        assert_eq!(recording.lookups[0].mode, mode, "{value}");
    }
    fail_with(running().opt("image-resolve-mode", "never"), "invalid image-resolve-mode: never")
        .await;
}

#[tokio::test]
async fn a_single_platform_can_be_returned_as_several() {
    let keys = |recording: &Recording| -> Vec<String> {
        recording.result().expect("a result").graphs.keys().cloned().collect()
    };
    assert_eq!(keys(&succeed(running()).await), [""]);
    let several = running().opt("multi-platform", "true");
    assert_eq!(keys(&succeed(several).await), ["linux/amd64"]);
    let several = running().build_arg("BUILDKIT_MULTI_PLATFORM", "1");
    assert_eq!(keys(&succeed(several).await), ["linux/amd64"]);
}

#[tokio::test]
async fn commands_get_the_names_and_limits_that_are_asked_for() {
    let gateway = running()
        .build_arg("BUILDKIT_SANDBOX_HOSTNAME", "builder")
        .opt("hostname", "ignored")
        .opt("add-hosts", "a=10.0.0.1,b=10.0.0.2")
        .opt("ulimit", "nofile=1:2")
        .opt("cgroup-parent", "/p")
        .opt("force-network-mode", "none");
    let recording = succeed(gateway).await;
    for command in commands(&recording) {
        let meta = &command["exec"]["meta"];
        assert_eq!(meta["hostname"], "builder");
        assert_eq!(meta["extraHosts"][1], json!({"Host": "b", "IP": "10.0.0.2"}));
        assert_eq!(meta["ulimit"][0], json!({"Name": "nofile", "Soft": "1", "Hard": "2"}));
        assert_eq!(meta["cgroupParent"], "/p");
        assert_eq!(command["exec"]["network"], "NONE");
    }
}

#[tokio::test]
async fn caches_of_mounts_have_a_namespace() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nRUN --mount=type=cache,id=k,target=/c x\n")
        .build_arg("BUILDKIT_CACHE_MOUNT_NS", "team");
    let recording = succeed(gateway).await;
    assert_eq!(commands(&recording)[0]["exec"]["mounts"][1]["cacheOpt"]["ID"], "team/k");
}

/// Options with values that make no sense, and the errors.
const WRONG: [(&str, &str, &str); 6] = [
    ("multi-platform", "perhaps", "invalid boolean value for multi-platform: perhaps"),
    ("force-network-mode", "wifi", "invalid netmode wifi"),
    ("attest:sbom", "generator", "failed to parse sbom scanner "),
    ("build-arg:SOURCE_DATE_EPOCH", "soon", "invalid SOURCE_DATE_EPOCH: soon"),
    (
        "override-copy-image",
        "x",
        "support for \"override-copy-image\" was removed in BuildKit 0.11",
    ),
    (
        "build-arg:BUILDKIT_DISABLE_FILEOP",
        "1",
        "support for \"BUILDKIT_DISABLE_FILEOP\" build-arg was removed in BuildKit 0.11",
    ),
];

#[tokio::test]
async fn wrong_values_are_named() {
    for (option, value, message) in WRONG {
        let recording = crate::fail(running().opt(option, value)).await;
        let error = &recording.error().expect("an error").message;
        assert!(error.starts_with(message), "{option}={value}: {error}");
    }
}

#[tokio::test]
async fn several_platforms_cannot_be_returned_as_one() {
    let gateway =
        running().opt("platform", "linux/amd64,linux/arm64").opt("multi-platform", "false");
    fail_with(gateway, "conflicting config: returning multiple target platforms is not allowed")
        .await;
}

#[tokio::test]
async fn every_platform_has_its_ref() {
    for dockerfile in ["FROM scratch\n", "FROM scratch\nRUN x\n"] {
        let gateway = Gateway::new().dockerfile(dockerfile);
        let recording = succeed(gateway.opt("platform", "linux/amd64,linux/arm64")).await;
        let ids = &recording.result().expect("a result").ids;
        let platforms: Vec<&String> = ids.keys().collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"], "{dockerfile}");
        // The empty file system is a ref without an id, and not no ref.
        let empty = !dockerfile.contains("RUN");
        assert!(ids.values().all(|id| id.is_empty() == empty), "{dockerfile}: {ids:?}");
    }
}

#[tokio::test]
async fn labels_of_the_client_go_into_the_image() {
    let recording = succeed(running().opt("label:org.example", "v")).await;
    let config = recording.result().and_then(|result| result.json("containerimage.config"));
    assert_eq!(config.expect("a config")["config"]["Labels"]["org.example"], "v");
}

#[tokio::test]
async fn values_may_have_any_characters() {
    let value = "a=b c\n\t\u{1F980}\"'$";
    let gateway =
        Gateway::new().dockerfile("FROM alpine\nARG VALUE\nRUN x\n").build_arg("VALUE", value);
    let recording = succeed(gateway).await;
    let env = commands(&recording)[0]["exec"]["meta"]["env"].clone();
    let expected = format!("VALUE={value}");
    assert!(env.as_array().expect("a list").contains(&json!(expected)), "{env}");
}

#[tokio::test]
async fn every_capability_that_clients_ask_for_is_there() {
    let caps = ["inputs", "subrequests", "contexts", "gitquerystring"]
        .map(|name| format!("moby.buildkit.frontend.{name}"));
    succeed(running().opt("frontend.caps", &caps.join(","))).await;
    for cap in caps {
        succeed(running().opt("frontend.caps", &cap)).await;
    }
}
