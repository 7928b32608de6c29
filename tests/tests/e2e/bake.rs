//! `docker buildx bake`, with the engine's own frontend and with the tested one.

use crate::{
    build::Outcome,
    engine::{self, Frontend, docker, frontend, registry},
    parity::assert_cached,
    project::Project,
};

/// Targets that build on each other. `TAG` becomes the images' tag, `SYNTAX` the argument that names the frontend.
const BAKE: &str = r#"
variable "WHO" { default = "nobody" }
variable "UNCACHED" { default = "" }
target "common" {
  no-cache-filter = UNCACHED == "" ? [] : [UNCACHED]
  args = { SYNTAX }
  contexts = { "busybox:1.35" = "docker-image://REGISTRY/base/busybox:1.35" }
  output = ["type=docker"]
}
target "base" {
  inherits = ["common"]
  target = "base"
  args = { WHO = WHO }
  output = ["type=cacheonly"]
}
target "app" {
  inherits = ["common"]
  target = "app"
  contexts = { made = "target:base", folder = "./folder" }
  labels = { "org.example.made" = "by bake" }
  tags = ["aliasfront-e2e-bake-app:TAG"]
}
target "lent" {
  inherits = ["common"]
  target = "lent"
  contexts = { made = "target:base" }
  secret = ["id=token,src=token"]
  output = ["type=cacheonly"]
}
target "inline" {
  inherits = ["common"]
  dockerfile-inline = "FROM made\nRUN test $MADE = NONCE\nONBUILD RUN true\n"
  contexts = { made = "target:base" }
  tags = ["aliasfront-e2e-bake-inline:TAG"]
}
group "all" { targets = ["app", "inline", "lent"] }
"#;

const DOCKERFILE: &str = "\
FROM busybox:1.35 AS base
ARG WHO
ENV MADE=NONCE
WORKDIR /made
RUN echo $WHO > who
FROM made AS app
RUN test $MADE = NONCE && test -s who
COPY --from=folder word /
RUN --mount=from=made,target=/base,ro test -s /base/made/who
FROM made AS lent
RUN --mount=type=secret,id=token,required test -s /run/secrets/token
";

/// Bakes a target or a group, with more options.
#[track_caller]
fn bake(project: &Project, frontend: &Frontend, tag: &str, options: &[&str]) -> Outcome {
    bake_file(project, BAKE, frontend, tag, options)
}

#[track_caller]
fn bake_file(
    project: &Project,
    file: &str,
    frontend: &Frontend,
    tag: &str,
    options: &[&str],
) -> Outcome {
    let syntax = match frontend {
        Frontend::Builtin => String::new(),
        Frontend::Image(image) => format!("BUILDKIT_SYNTAX = \"{image}\""),
    };
    let file = file.replace("TAG", tag).replace("SYNTAX", &syntax).replace("REGISTRY", &registry());
    project.write("docker-bake.hcl", &file);
    let mut command = docker();
    command.current_dir(project.root()).env("WHO", project.nonce());
    command.args(["buildx", "bake", "--progress=rawjson"]).args(options);
    Outcome::of(&mut command).succeeded()
}

fn project() -> Project {
    Project::new(&[
        ("Dockerfile", DOCKERFILE),
        ("folder/word", "NONCE"),
        ("token", "NONCE"),
        (".dockerignore", "docker-bake.hcl\n"),
    ])
}

#[test]
#[ignore = "needs a Docker engine"]
fn targets_build_on_each_other() {
    let project = project();
    let [theirs, ours] = [("theirs", Frontend::Builtin), ("ours", frontend())].map(|(tag, by)| {
        let outcome = bake(&project, &by, tag, &["all"]);
        if tag == "ours" && by != Frontend::Builtin {
            assert_cached("bake", &outcome);
        }
        ["app", "inline"].map(|name| engine::identity(&format!("aliasfront-e2e-bake-{name}:{tag}")))
    });
    assert_eq!(ours, theirs);
    assert_eq!(ours[0].0["Labels"]["org.example.made"], "by bake");
}

#[test]
#[ignore = "needs a Docker engine"]
fn settings_can_be_changed_for_one_run() {
    let project = project();
    bake(&project, &frontend(), "ours", &["app"]);
    let again = bake(&project, &frontend(), "ours", &["app"]);
    assert_eq!(again.counts().executed, 0, "{:?}", again.executed());
    let other = bake(&project, &frontend(), "ours", &["app", "--set", "base.args.WHO=other NONCE"]);
    assert_eq!(other.processes("> who"), 1, "{:?}", other.executed());
    // The client takes this setting from the file alone.
    let file = BAKE.replace("default = \"\"", "default = \"app\"");
    let uncached = bake_file(&project, &file, &frontend(), "ours", &["app"]);
    assert_eq!(uncached.processes("] RUN test "), 1, "{:?}", uncached.executed());
}
