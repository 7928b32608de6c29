//! One build for several platforms.

use std::collections::BTreeSet;

use crate::{
    build::Build,
    engine::{has_containerd_store, pushed_manifest, registry},
    prebuilt::{images, is_known, says},
    project::Project,
};

/// Targets that only copy need no emulation of the other platform.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM scratch AS local_builder
ARG TARGETARCH
COPY agentd-${TARGETARCH} /build/agentd
FROM ${BUILDER_IMAGE} AS builder
FROM busybox:1.35 AS kiro
COPY --from=builder /build/agentd /usr/local/bin/agentd
";

fn project() -> Project {
    Project::new(&[
        ("Dockerfile", DOCKERFILE),
        ("agentd-amd64", "NONCE for amd64"),
        ("agentd-arm64", "NONCE for arm64"),
    ])
}

#[test]
#[ignore = "needs a Docker engine"]
fn two_platforms_make_an_index() {
    if !has_containerd_store() {
        // The classic store can't hold the result, and the client refuses to ask for it.
        let outcome = Build::new(&project()).platforms("linux/amd64,linux/arm64").fails();
        assert!(outcome.progress.messages().contains("Multi-platform build is not supported"));
        return;
    }
    let project = project();
    let image = format!("{}/e2e/platforms:{}", registry(), project.nonce());
    let outcome = Build::new(&project).platforms("linux/amd64,linux/arm64").push(&image).succeeds();
    assert_eq!(outcome.counts().executed, 4, "{:?}", outcome.executed());
    let index = pushed_manifest(&image);
    let platforms: BTreeSet<_> = index["manifests"]
        .as_array()
        .expect("an index lists manifests")
        .iter()
        .filter_map(|manifest| manifest["platform"]["architecture"].as_str())
        .collect();
    assert_eq!(platforms, BTreeSet::from(["amd64", "arm64"]));
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_prebuilt_index_serves_two_platforms() {
    if !has_containerd_store() {
        return two_platforms_make_an_index();
    }
    let compiled = project();
    let prebuilt = format!("{}/e2e/platforms-builder:{}", registry(), compiled.nonce());
    let platforms = "linux/amd64,linux/arm64";
    Build::new(&compiled).target("local_builder").platforms(platforms).push(&prebuilt).succeeds();
    let outcome =
        Build::new(&project()).platforms(platforms).arg("BUILDER_IMAGE", &prebuilt).succeeds();
    assert_eq!(outcome.counts().executed, 2, "{:?}", outcome.executed());
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn another_platform_than_the_engines_builds() {
    let project = project();
    let outcome = Build::new(&project).platforms("linux/arm64").succeeds();
    assert_eq!(outcome.counts().executed, 2, "{:?}", outcome.executed());
    assert!(outcome.mentions("agentd-arm64"));
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_builder_for_one_platform_is_told_with_what_it_is_for() {
    if !is_known() {
        return;
    }
    let Some(index) = &images().arm64_index else { return };
    let outcome = Build::new(&project()).arg("BUILDER_IMAGE", index).fails();
    says(
        &outcome,
        &[
            &format!("{index}: no match for platform in manifest: not found"),
            "(linux/amd64 is needed, and the image is there for linux/arm64)",
            "hint: push the image for linux/amd64, too",
        ],
    );
    // Where it is for the build platform, the alias can be, too.
    let amd64 = format!("{}/e2e/platforms-amd64:{}", registry(), project().nonce());
    Build::new(&project())
        .target("local_builder")
        .platforms("linux/amd64")
        .option("--provenance", "mode=min")
        .push(&amd64)
        .succeeds();
    let both = |project: &Project| {
        let build = Build::new(project).platforms("linux/amd64,linux/arm64");
        build.arg("BUILDER_IMAGE", &amd64).option("--output", "type=cacheonly").run()
    };
    let outcome = both(&project());
    assert!(!outcome.status.success());
    says(
        &outcome,
        &[
            "(linux/arm64 is needed, and the image is there for linux/amd64)",
            "FROM --platform=$BUILDPLATFORM ${BUILDER_IMAGE} AS builder",
        ],
    );
    let advised = Project::new(&[(
        "Dockerfile",
        &DOCKERFILE.replace("FROM ${", "FROM --platform=$BUILDPLATFORM ${"),
    )]);
    both(&advised).succeeded();
}
