//! Many targets in one build, written out as files.

use std::fs;

use crate::{
    build::Build,
    engine::{has_containerd_store, registry},
    prebuilt::{is_known, project, says},
    project::Project,
};

/// The argument that says what comes out.
const OUTPUT: &str = "ALIASFRONT_TARGETS_OUTPUT";

#[test]
#[ignore = "needs a Docker engine"]
fn each_target_has_its_folder_and_all_are_compiled_once() {
    if !is_known() {
        return;
    }
    let project = project("");
    let all = |name: &str| {
        let folder = project.root().join(name);
        let output = format!("type=local,dest={}", folder.display());
        let build = Build::new(&project).option("--output", output);
        (build.arg("ALIASFRONT_TARGETS", "kiro,leaky,local_builder").arg(OUTPUT, "files"), folder)
    };
    let (build, out) = all("out");
    let outcome = build.succeeds();
    assert_eq!(outcome.processes("RUN echo"), 1);
    let warnings = outcome.progress.warnings();
    assert!(warnings.iter().all(|warning| !warning.contains("TARGETS")), "{warnings:#?}");
    let read =
        |path: &str| fs::read_to_string(out.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let compiled = format!("{}\n", project.nonce());
    for path in ["kiro/agentd", "kiro/cli", "leaky/leaked", "local_builder/build/agentd"] {
        assert_eq!(read(path), compiled, "{path}");
    }
    assert!(!out.join("kiro/leaked").exists());

    // What each target is, it is alone: all of it comes from the cache.
    let alone =
        Build::new(&project).target("leaky").option("--output", "type=cacheonly").succeeds();
    assert_eq!(alone.counts().executed, 0, "{:?}", alone.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn each_platform_has_its_folder_too() {
    // The client of a classic image store refuses to ask for several platforms.
    if !is_known() || !has_containerd_store() {
        return;
    }
    let dockerfile = "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nCOPY b /\n";
    let project = Project::new(&[("Dockerfile", dockerfile), ("a", "NONCE"), ("b", "NONCE")]);
    let out = project.root().join("out");
    Build::new(&project)
        .option("--output", format!("type=local,dest={}", out.display()))
        .arg("ALIASFRONT_TARGETS", "one,two")
        .arg(OUTPUT, "files")
        .platforms("linux/amd64,linux/arm64")
        .succeeds();
    for path in ["one_linux_amd64/a", "one_linux_arm64/a", "two_linux_amd64/b", "two_linux_arm64/b"]
    {
        assert!(out.join(path).exists(), "{path}");
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_are_refused_before_anything_is_pushed() {
    if !is_known() {
        return;
    }
    let project = project("");
    let image = format!("{}/e2e/many-targets:{}", registry(), project.nonce());
    let outcome = Build::new(&project).arg("ALIASFRONT_TARGETS", "kiro,leaky").push(&image).fails();
    says(&outcome, &["ALIASFRONT_TARGETS=kiro,leaky is for files", "docker buildx bake"]);
    assert_eq!(outcome.processes("RUN echo"), 0);
}
