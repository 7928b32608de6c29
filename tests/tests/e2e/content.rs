//! Lists of files, made by a step on real engines.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Output};

use serde_json::Value;

use crate::{
    build::{Build, Outcome},
    engine::{has_flag, registry},
    prebuilt::is_known,
    project::Project,
};

const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM scratch AS local_builder
COPY src /src
FROM ${BUILDER_IMAGE} AS builder
";

/// The step that lists the files.
const STEP: &str = "[alias builder] list the files of context";

fn project() -> Project {
    Project::new(&[
        ("Dockerfile", DOCKERFILE),
        ("src/a b.txt", "NONCE"),
        ("src/deep/b", ""),
        ("src/run", "#!/bin/sh\n"),
        ("not-copied/c", "c"),
    ])
}

/// Builds the compile stage, which is looked for where nothing is published.
fn look(project: &Project) -> Outcome {
    let auto = format!("auto:{}/e2e/nothing-{}", registry(), project.nonce());
    Build::new(project).target("builder").arg("BUILDER_IMAGE", &auto).succeeds()
}

fn listed(outcome: &Outcome) -> bool {
    assert!(outcome.mentions(STEP), "{:?}", outcome.progress.vertices().values());
    outcome.executed().iter().any(|step| step == STEP)
}

#[test]
#[ignore = "needs a Docker engine"]
fn files_are_listed_once_until_they_change() {
    if !is_known() {
        return;
    }
    let project = project();
    assert!(listed(&look(&project)));
    assert!(!listed(&look(&project)), "nothing changed");
    project.write("not-copied/c", "changed");
    assert!(!listed(&look(&project)), "a file changed that no stage takes");
    let touched = Command::new("touch").arg(project.root().join("src/run")).status();
    assert!(touched.expect("touch runs").success());
    assert!(!listed(&look(&project)), "a file was touched");

    // Another checkout, with the same content.
    let other = Project::new(&[("Dockerfile", DOCKERFILE)]);
    for path in ["src/run", "src/deep/b", "src/a b.txt"] {
        let content = fs::read(project.root().join(path)).expect("the file is there");
        other.write_bytes(path, &content);
    }
    assert!(!listed(&look(&other)), "another folder");

    project.write("src/deep/b", "changed");
    assert!(listed(&look(&project)), "a file changed");
}

#[test]
#[ignore = "needs a Docker engine"]
fn every_kind_of_file_is_listed() {
    // Older clients only show text.
    if !is_known() || !has_flag("--call") {
        return;
    }
    let project = project();
    let at = |path: &str| project.root().join(path);
    fs::set_permissions(at("src/run"), fs::Permissions::from_mode(0o744)).expect("a mode");
    fs::create_dir(at("src/empty")).expect("a folder");
    symlink("../not-copied/c", at("src/link")).expect("a link");
    fs::hard_link(at("src/run"), at("src/run2")).expect("a link");
    project.write("src/caf\u{e9}", "");
    let mut command = Build::new(&project)
        .target("builder")
        .option("--call", "fingerprint,format=json")
        .command();
    let Output { status, stdout, stderr } =
        command.env("BUILDX_EXPERIMENTAL", "1").output().expect("the docker client runs");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let answer: Value = serde_json::from_slice(&stdout).expect("JSON");
    let list = answer["fingerprints"][0]["files"][0]["list"].as_str().expect("a list");
    let hash = |path: &str| {
        let output = Command::new("sha256sum").arg(at(path)).output().expect("sha256sum runs");
        let text = String::from_utf8(output.stdout).expect("text");
        // Names with a backslash have one before the hash.
        let hash = text.trim_start_matches('\\').split(' ').next().unwrap_or_default().to_owned();
        format!("{} {hash}", fs::metadata(at(path)).expect("the file is there").len())
    };
    let expected = format!(
        "d src\nf {} src/a\\x20b.txt\nf {none} src/caf\\xc3\\xa9\nd src/deep\nf {none} src/deep/b\n\
         d src/empty\nl ../not-copied/c src/link\nx {run} src/run\nx {run} src/run2\n",
        hash("src/a b.txt"),
        none = hash("src/deep/b"),
        run = hash("src/run"),
    );
    assert_eq!(list, expected);
}
