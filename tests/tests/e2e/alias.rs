//! Where a stage alias leads.

use crate::{
    build::{Build, bake},
    engine::{self, Frontend, frontend, pushed_digest, registry},
    prebuilt::says,
    project::Project,
};

/// The unified Dockerfile at its smallest: a stage that compiles, its alias, and who takes from it.
pub(crate) const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM busybox:1.35 AS local_builder
WORKDIR /build
COPY core.txt ./
RUN cp core.txt agentd && echo NONCE > compiled
FROM ${BUILDER_IMAGE} AS builder
FROM busybox:1.35 AS kiro
COPY --from=builder /build/agentd /usr/local/bin/agentd
RUN test -s /usr/local/bin/agentd
FROM scratch AS native
COPY --from=builder /build/agentd /agentd
";

const COMPILES: &str = "RUN cp core.txt";

pub(crate) fn project() -> Project {
    Project::new(&[("Dockerfile", DOCKERFILE), ("core.txt", "NONCE")])
}

/// A project whose builder image is in the registry already, and its name there. The project itself has another word
/// in its files than the builder image was built from, so compiling would be seen.
fn prebuilt() -> (Project, String) {
    let compiled = project();
    let image = format!("{}/e2e/builder:{}", registry(), compiled.nonce());
    Build::new(&compiled).target("local_builder").push(&image).succeeds();
    (project(), image)
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_default_compiles() {
    let project = project();
    let outcome = Build::new(&project).target("kiro").succeeds();
    assert_eq!(outcome.processes(COMPILES), 1);
    assert_eq!(outcome.processes("RUN test -s"), 1);
    let again = Build::new(&project).target("kiro").succeeds();
    assert_eq!(again.counts().executed, 0, "{:?}", again.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_tag_compiles_nothing() {
    let (project, image) = prebuilt();
    let outcome = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &image).succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_digest_compiles_nothing() {
    let (project, image) = prebuilt();
    let (name, _) = image.rsplit_once(':').expect("the image has a tag");
    let pinned = format!("{name}@{}", pushed_digest(&image));
    let outcome = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &pinned).succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_named_context_replaces_the_alias() {
    let (project, image) = prebuilt();
    let outcome = Build::new(&project)
        .target("kiro")
        .context("builder", &format!("docker-image://{image}"))
        .succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_named_context_replaces_the_image_that_the_alias_names() {
    let (project, image) = prebuilt();
    let outcome = Build::new(&project)
        .target("kiro")
        .arg("BUILDER_IMAGE", "example.invalid/org/builder:v1")
        .context("example.invalid/org/builder:v1", &format!("docker-image://{image}"))
        .succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_named_context_may_say_the_canonical_name() {
    let (project, image) = prebuilt();
    let outcome = Build::new(&project)
        .target("kiro")
        .arg("BUILDER_IMAGE", "aliasfront-e2e-builder")
        .context(
            "docker.io/library/aliasfront-e2e-builder:latest",
            &format!("docker-image://{image}"),
        )
        .succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_named_context_may_be_a_folder() {
    let project = project();
    project.write("built/build/agentd", "NONCE, built elsewhere");
    let folder = project.root().join("built");
    let outcome = Build::new(&project)
        .target("kiro")
        .context("builder", &folder.to_string_lossy())
        .succeeds();
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_folder_that_lacks_a_file_says_what_it_has() {
    let project = project();
    if frontend() == Frontend::Builtin {
        return;
    }
    project.write("built/build/agent", "NONCE, misspelt");
    let folder = project.root().join("built");
    let outcome =
        Build::new(&project).target("kiro").context("builder", &folder.to_string_lossy()).fails();
    // Older engines can't send names without contents.
    let there = if engine::version().starts_with("26.") { "" } else { "; /build has agent" };
    says(&outcome, &[&format!("/build/agentd is not there{there}")]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_named_context_may_be_another_target() {
    let project = Project::new(&[
        ("Dockerfile", DOCKERFILE),
        ("core.txt", "NONCE"),
        (
            "docker-bake.hcl",
            r#"
target "_common" {}
target "core" {
  inherits          = ["_common"]
  dockerfile-inline = <<EOF
FROM busybox:1.35
RUN mkdir /build && echo NONCE > /build/agentd
EOF
}
target "kiro" {
  inherits = ["_common"]
  target   = "kiro"
  contexts = { builder = "target:core" }
}
"#,
        ),
    ]);
    let outcome = bake(&project, &frontend(), &["kiro"], &[]);
    assert_eq!(outcome.processes("RUN mkdir /build"), 1);
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_missing_image_is_an_error_that_names_it() {
    let missing = format!("{}/e2e/there-is-no-such-image:v1", registry());
    let outcome = Build::new(&project()).target("kiro").arg("BUILDER_IMAGE", &missing).fails();
    assert!(outcome.progress.messages().contains(&missing), "{}", outcome.progress.messages());
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn an_image_without_the_files_is_an_error_that_names_them() {
    let empty = format!("{}/base/busybox:1.35", registry());
    let outcome = Build::new(&project()).target("kiro").arg("BUILDER_IMAGE", &empty).fails();
    assert!(
        outcome.progress.messages().contains("/build/agentd"),
        "{}",
        outcome.progress.messages()
    );
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_missing_image_compiles_where_its_contract_says_so() {
    if frontend() == Frontend::Builtin {
        // Contracts are comments to other frontends.
        return;
    }
    let alias = "FROM ${BUILDER_IMAGE} AS builder";
    let contract = DOCKERFILE.replace(alias, &format!("# alias fallback=local\n{alias}"));
    let project = Project::new(&[("Dockerfile", &contract), ("core.txt", "NONCE")]);
    let missing = format!("{}/e2e/there-is-no-such-image:v1", registry());
    let outcome = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &missing).succeeds();
    assert_eq!(outcome.processes(COMPILES), 1);
    assert_eq!(outcome.processes("RUN test -s"), 1);
}

#[test]
#[ignore = "needs a Docker engine"]
fn an_image_of_an_unreached_stage_is_never_looked_up() {
    let project = Project::new(&[
        (
            "Dockerfile",
            "\
FROM example.invalid/not/there:v1 AS unreached
RUN false
FROM busybox:1.35 AS reached
RUN echo NONCE
",
        ),
        ("core.txt", "NONCE"),
    ]);
    let outcome = Build::new(&project).succeeds();
    assert_eq!(outcome.counts().executed, 1, "{:?}", outcome.executed());
    assert!(!outcome.mentions("example.invalid"));
}

#[test]
#[ignore = "needs a Docker engine"]
fn executables_may_come_from_a_directory_of_the_context() {
    if frontend() == Frontend::Builtin {
        return;
    }
    let project = project();
    let flat = DOCKERFILE
        .replace("FROM ${BUILDER", "# alias layout=flat require=/build/agentd\nFROM ${BUILDER");
    project.write("Dockerfile", &flat);
    project.write("dist/linux/agentd", "NONCE, compiled elsewhere");
    project.write("dist/linux/other", "not needed");
    let build =
        || Build::new(&project).target("native").arg("BUILDER_IMAGE", "context:dist/$TARGETOS");
    let folder = project.root().join("exported");
    let outcome =
        build().option("--output", format!("type=local,dest={}", folder.display())).succeeds();
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
    let agentd = std::fs::read_to_string(folder.join("agentd")).expect("the file is exported");
    assert!(agentd.ends_with("compiled elsewhere"), "{agentd}");
    // By the name of the alias it is the same file.
    let named = Build::new(&project)
        .target("native")
        .context("builder", &project.root().join("dist/linux").to_string_lossy())
        .option("--output", format!("type=local,dest={}", folder.display()))
        .succeeds();
    assert!(!named.mentions("local_builder"), "a step of the fallback was announced");
    let same = std::fs::read_to_string(folder.join("agentd")).expect("the file is exported");
    assert_eq!(same, agentd);

    project.write(".dockerignore", "dist\n");
    let left_out = "/build/agentd is not there: .dockerignore leaves dist/linux/agentd out of the context (needed";
    says(&build().fails(), &[left_out]);
}
