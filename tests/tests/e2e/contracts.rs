//! Contracts hold for what is built, whatever leads there.

use serde_json::json;

use crate::{
    build::{Build, Outcome},
    engine::{docker_prints, has_containerd_store, pushed_digest, registry},
    prebuilt::{build, images, is_known, project, says},
    project::Project,
};

/// The repository of an image that is named by digest.
fn repository(pinned: &str) -> &str {
    pinned.split_once('@').expect("the image has a digest").0
}

#[test]
#[ignore = "needs a Docker engine"]
fn contexts_do_not_lead_around_a_contract() {
    if !is_known() {
        return;
    }
    let images = images();
    let allowed = repository(&images.pinned);
    let project = project(&format!("allow={allowed} pin=digest fallback=local"));
    let other = format!("docker-image://{}", images.incomplete);
    let refused = [&format!("{} is not allowed by allow={allowed}", images.incomplete)[..]];
    build(&project, &images.pinned).target("kiro").succeeds();
    // For the image's name, for the alias, and for its compile stage.
    for context in [&images.pinned[..], "builder", "local_builder"] {
        let mut build = Build::new(&project).target("kiro").context(context, &other);
        if context != "local_builder" {
            build = build.arg("BUILDER_IMAGE", &images.pinned);
        }
        says(&build.option("--output", "type=cacheonly").fails(), &refused);
    }
    // Nor does what is no image.
    let folder = Project::new(&[("build/agentd", "NONCE"), ("build/cli", "NONCE")]);
    let root = folder.root().to_string_lossy().into_owned();
    let outcome = Build::new(&project).target("kiro").context("builder", &root).fails();
    says(&outcome, &["the directory of context builder is not allowed by allow="]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn tags_in_the_graph_are_called_so() {
    if !is_known() {
        return;
    }
    let images = images();
    let context = format!("docker-image://{}", images.whole);
    let by_tag = |contract: &str| project(contract);
    let project = by_tag("");
    let build = Build::new(&project).target("kiro").context("builder", &context);
    let outcome = build.option("--output", "type=cacheonly").succeeds();
    assert!(outcome.mentions(&format!("verify {} (by tag)", images.whole)));
    let project = by_tag("pin=digest");
    let outcome = Build::new(&project).target("kiro").context("builder", &context).fails();
    says(&outcome, &["has no digest, and pin=digest asks for one"]);
}

/// A policy of the client that turns what is built into another image, after this frontend looked: by the name with
/// the digest, which nobody asks about.
#[test]
#[ignore = "needs a Docker engine"]
fn the_engine_refuses_what_takes_the_place_of_an_image_later() {
    if !is_known() {
        return;
    }
    let images = images();
    let (_, digest) = images.pinned.split_once('@').expect("the image has a digest");
    let emitted = format!("docker-image://{}@{digest}", images.whole);
    let other = format!("docker-image://{}", images.plain);
    let allowed = repository(&images.pinned);
    let policy = json!({"rules": [{
        "action": "CONVERT",
        "selector": {"identifier": emitted},
        "updates": {"identifier": other},
    }]});
    let build = |contract: &str| {
        let project = project(contract);
        project.write_bytes("policy.json", policy.to_string().as_bytes());
        let file = project.root().join("policy.json");
        let build = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &images.whole);
        let build = build.option("--output", "type=cacheonly");
        Outcome::of(build.command().env("EXPERIMENTAL_BUILDKIT_SOURCE_POLICY", file))
    };
    let repository_of_other = images.plain.rsplit_once(':').expect("a tag").0;
    assert_ne!(allowed, repository_of_other, "the images are of different repositories");
    // Nobody notices without a contract.
    build("verify=files").succeeded();
    build(&format!("allow={repository_of_other} allow={allowed}")).succeeded();
    let outcome = build(&format!("allow={allowed}"));
    assert!(!outcome.status.success(), "the build succeeded: {:?}", outcome.counts());
    says(&outcome, &[&images.plain, "denied by policy"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn instructions_of_an_image_are_refused() {
    if !is_known() {
        return;
    }
    let source = Project::new(&[
        (
            "Dockerfile",
            "FROM scratch\nCOPY --chmod=0755 a /build/agentd\nCOPY --chmod=0755 a /build/cli\nONBUILD COPY a /build/agentd\n",
        ),
        ("a", "NONCE"),
    ]);
    let image = format!("{}/e2e/onbuild:{}", registry(), source.nonce());
    Build::new(&source).push(&image).succeeds();
    if !has_containerd_store() {
        docker_prints(&["image", "rm", &image]);
    }
    let pinned = format!("{}@{}", image.rsplit_once(':').expect("a tag").0, pushed_digest(&image));
    let contract = project("pin=digest fallback=local");
    let outcome = build(&contract, &pinned).target("kiro").fails();
    says(&outcome, &["ONBUILD", "COPY a /build/agentd", "onbuild=allow"]);
    let contract = project("pin=digest onbuild=allow");
    contract.write_bytes("a", b"brought along");
    build(&contract, &pinned).target("kiro").succeeds();
}
