//! Named contexts that take an alias's place, of every kind: checked like images, where there is something to check.

use aliasfront_tests::gateway::{CapSet, Files, Gateway, Recording, Rpc};
use aliasfront_tests::graph::{Graph, Vertex};
use bollard_buildkit_proto::pb;
use prost::Message as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    DIGEST, DOCKERFILE, IMAGE, count, fail_with, files, graph, message, own_warnings, prebuilt,
    probed, probes, program, succeed, with,
};

/// A build for the target `kiro`, with a named context for the alias.
fn build(dockerfile: &str, context: &str) -> Gateway {
    Gateway::new().dockerfile(dockerfile).opt("target", "kiro").opt("context:builder", context)
}

/// The source of a context, as a definition has it.
fn source(graph: &Graph, scheme: &str) -> Option<String> {
    let mut vertices = graph.vertices.iter();
    let vertex = vertices.find(|vertex| vertex.source().is_some_and(|s| s.starts_with(scheme)));
    vertex.map(|vertex| vertex.digest.clone())
}

/// The paths that were looked at.
fn paths(recording: &Recording) -> Vec<&str> {
    probed(recording).iter().map(|asked| asked.path.as_str()).collect()
}

#[tokio::test]
async fn an_image_without_slashes_is_told_and_held_to_its_contract() {
    let context = |contract: &str, value: &str| {
        prebuilt(&with(contract), files()).opt("target", "kiro").opt("context:builder", value)
    };
    let value = format!("docker-image:{IMAGE}");
    // Other frontends build with it, so this one does.
    let recording = succeed(context("allow=ghcr.io/org/*", &value)).await;
    assert!(graph(&recording).sources().contains(&format!("docker-image://{IMAGE}").as_str()));
    let told = format!("build context builder is {value}, which some clients take for a directory");
    crate::warning(
        &recording,
        "ContextWithoutSlashes",
        &[&told, &format!("write docker-image://{IMAGE}")],
    );
    let (check, _) = crate::request(context("allow=ghcr.io/org/*", &value), "frontend.lint").await;
    assert_eq!(check["warnings"][0]["ruleName"], "ContextWithoutSlashes", "{check}");
    let not_allowed = format!("{IMAGE} is not allowed by allow=ghcr.io/other/*");
    fail_with(context("allow=ghcr.io/other/*", &value), &[&not_allowed]).await;
    fail_with(context("pin=digest", &value), &[&format!("{IMAGE} has no digest")]).await;
    let scratch = "the empty image is not allowed by allow=";
    fail_with(context("allow=ghcr.io/org/*", "docker-image:scratch"), &[scratch]).await;
    // Whatever else it may be meant as is an error.
    for (value, parts) in [
        (format!("docker-image:/{IMAGE}"), ["invalid reference format", ""]),
        (
            format!("docker-image/{IMAGE}"),
            ["unsupported context source", "a context is docker-image://"],
        ),
        (
            format!("docker-images://{IMAGE}"),
            ["unsupported context source docker-images", "did you mean docker-image?"],
        ),
        (
            format!("Docker-Image://{IMAGE}"),
            ["unsupported context source Docker-Image", "a context is docker-image://"],
        ),
        (IMAGE.replace(":v1", ""), ["invalid context specifier", "a context is docker-image://"]),
    ] {
        fail_with(context("verify=off", &value), &parts).await;
        fail_with(context("allow=ghcr.io/org/*", &value), &[]).await;
    }
    // As the value of an argument it is no name, or one of an image that nobody has.
    for value in [format!("docker-image://{IMAGE}"), format!("docker-image:{IMAGE}")] {
        let gateway = prebuilt(DOCKERFILE, files()).opt("target", "kiro");
        fail_with(gateway.build_arg("BUILDER_IMAGE", &value), &["invalid reference format"]).await;
    }
}

#[tokio::test]
async fn images_are_checked_whatever_they_take_the_place_of() {
    let mut there = Files::default();
    there.add("/a", "");
    let context = format!("docker-image://{IMAGE}");
    let of_alias = |files| prebuilt(DOCKERFILE, files).opt("target", "kiro");
    fail_with(
        of_alias(there.clone()).opt("context:builder", &context),
        &[
            "alias builder: context builder → ghcr.io/org/builder:v1 (by tag)",
            "/build/agentd is not there",
        ],
    )
    .await;
    let by_image = of_alias(there).build_arg("BUILDER_IMAGE", "example.com/other:1");
    fail_with(
        by_image.opt("context:example.com/other:1", &context),
        &["/build/agentd is not there"],
    )
    .await;
    succeed(of_alias(files()).opt("context:builder", &context)).await;
}

#[tokio::test]
async fn layouts_of_the_client_are_looked_at_there() {
    let mut there = files();
    there.add_link("/build/cli", "nowhere");
    let layout = format!("oci-layout://docker.io/library/builder@{DIGEST}");
    let gateway = build(DOCKERFILE, &format!("oci-layout://store@{DIGEST}"));
    fail_with(
        gateway.source(&layout, there),
        &["alias builder: context builder", "/build/cli is a link to nowhere, which is not there"],
    )
    .await;
}

#[tokio::test]
async fn directories_are_checked_as_the_build_loads_them() {
    let dockerfile = with("require=/build/agentd,+x require=/build/nobody/takes/it");
    let mut folder = Files::default();
    folder.add_with_mode("build/agentd", program(crate::AMD64), 0o755);
    folder.add("build/cli", "");
    let gateway = build(&dockerfile, "local:folder").local("folder", folder.clone());
    let recording = succeed(gateway).await;
    let expected = "alias builder: context builder → the directory folder, 2 paths verified";
    assert!(message(&recording).starts_with(expected), "{}", message(&recording));
    // It is sent once: the same vertex is looked at and built from. So what the build takes is all that can be seen.
    let [probe] = probes(&recording)[..] else { panic!("{:?}", recording.solves) };
    let looked_at = probe.graph.as_ref().and_then(|graph| source(graph, "local://folder"));
    assert!(looked_at.is_some());
    assert_eq!(looked_at, source(graph(&recording), "local://folder"));
    assert!(!paths(&recording).contains(&"/build/nobody/takes/it"), "{:?}", paths(&recording));

    folder.add("build/agentd", program(crate::AMD64));
    let gateway = build(&dockerfile, "local:folder").local("folder", folder);
    fail_with(gateway, &["/build/agentd is not executable: its mode is 0644 (needed by line 8)"])
        .await;
    // What else is there is asked of the directory without any content, where the engine can do that.
    let mut other = Files::default();
    other.add("build/agent", "");
    other.add("build/client", "");
    let gateway = build(&dockerfile, "local:folder").local("folder", other);
    let recording = fail_with(
        gateway.clone(),
        &[
            "alias builder: context builder → the directory folder cannot be used",
            "/build/agentd is not there; /build has agent, client (needed by line 8)",
            "/build/cli is not there; /build has client, agent (needed by line 9)",
        ],
    )
    .await;
    let vertices = recording.solves.iter().flat_map(|solve| solve.graph.iter());
    let vertices = vertices.flat_map(|graph| &graph.vertices).map(Vertex::json);
    let names = |vertex: &Value| {
        let attrs = &vertex["source"]["attrs"];
        attrs["local.followpaths"] == r#"["*","build/*"]"#
            && attrs["local.metadatatransfer"] == "true"
    };
    let vertices: Vec<Value> = vertices.collect();
    assert!(vertices.iter().any(names), "{vertices:#?}");
    let old = gateway.clone().caps(CapSet::buildkit_0_13());
    let recording = fail_with(old, &["/build/agentd is not there (needed by line 8)"]).await;
    assert_eq!(paths(&recording).len(), 2, "{:?}", paths(&recording));
    let compiled = succeed(gateway.build_arg("ALIASFRONT_FALLBACK", "local")).await;
    assert!(message(&compiled).starts_with("alias builder: compiled by \"local_builder\""));
}

#[tokio::test]
async fn a_directory_that_is_used_whole_is_seen_whole() {
    let dockerfile = format!("{}FROM builder\nCOPY --from=builder /x /\n", with("require=/y"));
    let mut folder = Files::default();
    folder.add("z", "");
    let gateway = Gateway::new()
        .dockerfile(dockerfile)
        .opt("context:builder", "local:folder")
        .local("folder", folder);
    fail_with(gateway, &["/x is not there; / has z", "/y is not there; / has z"]).await;
}

#[tokio::test]
async fn repositories_and_downloads_are_looked_at() {
    let repository = "https://github.com/org/prebuilt.git";
    let download = "https://example.com/agentd";
    let dockerfile = DOCKERFILE.replace("/build/cli", "/context");
    for (context, identifier, there) in
        [(repository, "git://github.com/org/prebuilt.git", "a"), (download, download, "context")]
    {
        let gateway = build(&dockerfile, context).source_file(identifier, there, "");
        let parts = [&format!("context builder → {context}"), "/build/agentd is not there; / has "];
        let recording = fail_with(gateway.clone(), &parts).await;
        assert_eq!(probes(&recording).len(), 1);
        let gateway = gateway.source_file(identifier, "build/agentd", "");
        succeed(gateway.source_file(identifier, "context", "")).await;
    }
}

/// What a target of a bake file comes to.
pub(crate) fn bake_target() -> pb::Definition {
    let image = pb::SourceOp {
        identifier: "docker-image://docker.io/library/core:1".to_owned(),
        ..pb::SourceOp::default()
    };
    let vertex = pb::Op { op: Some(pb::op::Op::Source(image)), ..pb::Op::default() };
    let vertex = vertex.encode_to_vec();
    let digest = format!("sha256:{:x}", Sha256::digest(&vertex));
    let last = pb::Op {
        inputs: vec![pb::Input { digest: digest.clone(), index: 0 }],
        ..pb::Op::default()
    };
    pb::Definition {
        def: vec![vertex, last.encode_to_vec()],
        metadata: [(digest, pb::OpMetadata::default())].into(),
        ..pb::Definition::default()
    }
}

#[tokio::test]
async fn what_is_built_by_the_same_build_is_not_waited_for() {
    let target = bake_target();
    let contract = with("require=/build/agentd");
    let recording = succeed(build(&contract, "input:core").input("core", target)).await;
    assert!(probes(&recording).is_empty());
    assert_eq!(count(&recording, Rpc::StatFile), 0);
    let expected = "alias builder: context builder → a target of the same build, pruned";
    assert!(message(&recording).starts_with(expected), "{}", message(&recording));
    assert_eq!(own_warnings(&recording), []);
}
