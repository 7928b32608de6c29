//! What a client asks about a Dockerfile instead of building it.

use std::process::Output;

use serde_json::Value;

use crate::{
    alias,
    build::Build,
    engine::{docker_prints, has_flag},
    project::Project,
};

/// Asks, and returns what the client printed. Nothing is built.
#[track_caller]
fn ask(project: &Project, request: &str) -> String {
    // Older clients know the same question by another name, as an experiment.
    let flag = if has_flag("--call") { "--call" } else { "--print" };
    let mut command = Build::new(project).option(flag, request).command();
    let Output { status, stdout, stderr } =
        command.env("BUILDX_EXPERIMENTAL", "1").output().expect("the docker client runs");
    assert!(status.success(), "{request}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the docker client prints text")
}

fn ask_json(project: &Project, request: &str) -> Value {
    let answer = ask(project, &format!("{request},format=json"));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{request}: {error}: {answer}"))
}

#[test]
#[ignore = "needs a Docker engine"]
fn targets_are_listed() {
    let answer = ask_json(&alias::project(), "targets");
    let names: Vec<_> = answer["targets"]
        .as_array()
        .expect("the answer lists targets")
        .iter()
        .filter_map(|target| target["name"].as_str())
        .collect();
    assert_eq!(names, ["local_builder", "builder", "kiro", "native"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_outline_names_the_alias_argument() {
    let answer = ask_json(&alias::project(), "outline");
    let arguments: Vec<_> = answer["args"]
        .as_array()
        .expect("the answer lists arguments")
        .iter()
        .map(|argument| (argument["name"].as_str(), argument["value"].as_str()))
        .collect();
    assert_eq!(arguments, [(Some("BUILDER_IMAGE"), Some("local_builder"))]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn findings_are_listed() {
    if !has_flag("--check") {
        // The client is older than the question.
        assert!(docker_prints(&["buildx", "version"]).contains("0.13"));
        return;
    }
    let project = Project::new(&[("Dockerfile", "from busybox:1.35 AS some\nRUN true\n")]);
    let mut command = Build::new(&project).option("--call", "check,format=json").command();
    let output = command.output().expect("the docker client runs");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    let rules: Vec<_> = answer["warnings"]
        .as_array()
        .expect("the answer lists warnings")
        .iter()
        .filter_map(|warning| warning["ruleName"].as_str())
        .collect();
    assert!(rules.contains(&"FromAsCasing"), "{rules:?}");
}
