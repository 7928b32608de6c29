//! What the manual says to write works as it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{
    build::Outcome,
    engine::{self, docker, frontend, has_containerd_store, has_plugin, registry},
    prebuilt::is_known,
    project::Project,
};

/// The manual's page of aliases.
const PAGE: &str = include_str!("../../../docs/aliases.md");

/// The registry of the manual's examples.
const REGISTRY: &str = "ghcr.io/org";

/// Stages as in the manual's examples. Targets that only copy need no emulation of other platforms.
const DOCKERFILE: &str = "\
# syntax=the-frontend
ARG BUILDER_IMAGE=local_builder
FROM scratch AS local_builder
COPY agentd /build/agentd
FROM ${BUILDER_IMAGE:-local_builder} AS builder
FROM scratch AS kiro
COPY --from=builder /build/agentd /usr/local/bin/agentd
";

fn project() -> Project {
    let files = [("Dockerfile", DOCKERFILE), ("agentd", "NONCE"), ("crates/a", "NONCE")];
    let project = Project::new(&files);
    project.set_frontend(&frontend());
    project
}

/// The first block of code in this language below a heading of the page, with the registry of the tests.
fn block(heading: &str, language: &str) -> String {
    let start = format!("\n```{language}\n");
    let (_, section) = PAGE.split_once(heading).unwrap_or_else(|| panic!("no {heading}"));
    let (_, code) = section.split_once(&start).unwrap_or_else(|| panic!("no {language} there"));
    let (code, _) = code.split_once("\n```").expect("the block ends");
    code.replace(REGISTRY, &format!("{}/e2e/manual", registry()))
}

/// Runs lines for a shell in the project. They have to succeed; what they print is returned.
#[track_caller]
fn shell(project: &Project, lines: &str) -> String {
    let mut command = Command::new("bash");
    command.current_dir(project.root()).args(["-euo", "pipefail", "-c"]);
    // The client that tests run may have another name than the manual's.
    let client = docker();
    let program = client.get_program().to_string_lossy().into_owned();
    command.arg(format!("docker() {{ {program} \"$@\"; }}\n{lines}"));
    command.env("COMMIT", project.nonce());
    let output = command.output().expect("bash runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines}\n{said}");
    String::from_utf8(output.stdout).expect("text")
}

/// Whether a program is there.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

fn json(path: &Path) -> Value {
    let text = fs::read(path).expect("the file is there");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
#[ignore = "needs a Docker engine"]
fn one_job_hands_the_digest_to_the_next() {
    if !is_known() || !has("jq") {
        return;
    }
    let project = project();
    let printed = shell(&project, &block("## In CI", "sh"));
    let metadata = json(&project.root().join("kiro.json"));
    let aliases = &metadata["frontend.aliases"];
    assert_eq!(aliases["schemaVersion"], 1, "{metadata}");
    let alias = &aliases["results"][0]["aliases"][0];
    assert_eq!(alias["verifiedPaths"], serde_json::json!(["/build/agentd"]), "{metadata}");
    let digest = json(&project.root().join("builder.json"))["containerimage.digest"].clone();
    let image = format!(
        "{}/e2e/manual/builder@{}",
        registry(),
        digest.as_str().expect("the image has a digest")
    );
    // The client prints there, too, what became of aliases in words.
    let last = printed.lines().last();
    assert_eq!(last, Some(format!("builder\toverridden\t{image}").as_str()), "{printed}");
}

#[test]
#[ignore = "needs a Docker engine"]
fn bake_hands_on_a_variable_that_may_be_empty() {
    if !is_known() {
        return;
    }
    let project = project();
    let image = format!("{}/e2e/manual/baked:{}", registry(), project.nonce());
    shell(&project, &format!("docker buildx build -q --target local_builder --push -t {image} ."));
    // The next machine has it from the registry alone.
    shell(&project, &format!("docker image rm --force {image}"));
    project.write("docker-bake.hcl", &block("### Compose and bake", "hcl"));
    for (given, state) in [("", "default"), (image.as_str(), "overridden")] {
        let mut bake = docker();
        bake.current_dir(project.root()).env("BUILDER_IMAGE", given).args([
            "buildx",
            "bake",
            "--progress=rawjson",
            "--metadata-file=bake.json",
            "--set=*.output=type=cacheonly",
            "kiro",
        ]);
        let outcome = Outcome::of(&mut bake).succeeded();
        assert_eq!(outcome.progress.warnings(), Vec::<String>::new());
        let metadata = json(&project.root().join("bake.json"));
        let alias = &metadata["kiro"]["frontend.aliases"]["results"][0]["aliases"][0];
        assert_eq!(alias["state"], state, "{metadata}");
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn compose_hands_on_a_variable_that_may_be_empty() {
    if !is_known() || !has_plugin("compose") {
        return;
    }
    let project = project();
    let image = format!("{}/e2e/manual/composed:{}", registry(), project.nonce());
    shell(&project, &format!("docker buildx build -q --target local_builder --push -t {image} ."));
    let compose = block("### Compose and bake", "yaml");
    project.write("compose.yaml", &compose);
    let built = format!("{}/e2e/manual/kiro", registry());
    let mut identities = Vec::new();
    for given in ["", image.as_str()] {
        let mut build = docker();
        build.current_dir(project.root()).env("BUILDER_IMAGE", given).args([
            "compose",
            "--project-name=aliasfront-e2e-manual",
            "build",
        ]);
        let output = build.output().expect("the docker client runs");
        assert!(output.status.success(), "{given:?}: {}", String::from_utf8_lossy(&output.stderr));
        identities.push(engine::identity(&built));
    }
    // The prebuilt file is the one that was compiled.
    assert_eq!(identities[0], identities[1]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn several_platforms_take_one_builder() {
    // The client of a classic image store refuses to ask for several platforms.
    if !is_known() || !has_containerd_store() {
        return;
    }
    let project = project();
    shell(&project, &block("### Several platforms", "sh"));
    let pushed = format!("{}/e2e/manual/kiro:{}", registry(), project.nonce());
    let index = engine::pushed_manifest(&pushed);
    let has = |architecture: &str| {
        let manifests = index["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
        manifests.iter().any(|manifest| manifest["platform"]["architecture"] == architecture)
    };
    assert!(has("amd64") && has("arm64"), "{index}");
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_monorepo_names_the_commit_of_the_builders_sources() {
    if !is_known() || !has("git") {
        return;
    }
    let project = project();
    let dockerfile = DOCKERFILE.replace("FROM ${", "# alias fresh=revision\nFROM ${");
    project.write("Dockerfile", &dockerfile);
    project.set_frontend(&frontend());
    let commit = "git -c user.name=a -c user.email=a@example.com commit -q -m";
    let lines = block("### The same commit", "sh");
    shell(
        &project,
        &format!(
            "git init -q . && git add . && {commit} first\n\
             echo >> README && git add . && {commit} second\n{lines}"
        ),
    );
}
