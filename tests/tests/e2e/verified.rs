//! Prebuilt images are checked before a step takes from them.

use crate::{
    build::Build,
    engine::{has_flag, registry},
    prebuilt::{build, images, is_known, project, says, warns},
    project::Project,
};

#[test]
#[ignore = "needs a Docker engine"]
fn a_whole_image_serves_and_the_build_says_so() {
    if !is_known() {
        return;
    }
    let project = project("require=/build/agentd,+x require=/build/*,+x");
    let outcome =
        Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &images().whole).succeeds();
    assert!(outcome.mentions(&format!("[alias builder] verify {}@sha256:", images().whole)));
    assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
    // Older clients print no message of a frontend.
    if has_flag("--call") {
        let printed = &outcome.printed;
        let became = format!("alias builder: BUILDER_IMAGE → {}@sha256:", images().whole);
        let checked = "3 paths verified, pruned \"local_builder\" (3 steps)";
        assert!(printed.contains(&became) && printed.contains(checked), "{printed}");
    }
    // Nobody looks where there is nothing to look at.
    let outcome = build(&project, "local_builder").target("kiro").succeeds();
    assert!(!outcome.mentions("verify"), "the compile stage was verified");
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_that_do_not_serve_are_errors_before_anything_runs() {
    if !is_known() {
        return;
    }
    let images = images();
    let executable = "require=/build/agentd,+x";
    for (image, contract, parts) in [
        (
            &images.incomplete,
            "verify=files",
            &["/build/cli is not there; /build has clii, agentd (needed by line 10)"][..],
        ),
        (
            &images.incomplete,
            "require=/build/agent*,+x require=/b*/nothing/*",
            &["only the last part may have wildcards"],
        ),
        (
            &images.incomplete,
            "require=/etc/*",
            &["/build/cli is not there", "/etc/* matches nothing; / has build"],
        ),
        (
            &images.plain,
            executable,
            &["/build/agentd is not executable: its mode is 0644 (needed by line 9)"],
        ),
        (
            &images.foreign,
            executable,
            &["/build/agentd is for arm64, but is used on linux/amd64 (needed by line 9)"],
        ),
        (
            &images.arm64,
            "verify=config",
            &["the image is for linux/arm64, but the alias is for linux/amd64"],
        ),
    ] {
        let project = project(contract);
        let outcome = build(&project, image).target("kiro").fails();
        says(&outcome, parts);
        if !parts[0].contains("wildcards") {
            says(&outcome, &[&format!("alias builder: BUILDER_IMAGE → {image}@sha256:")]);
        }
        assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
    }
    // Turned down, the build goes on until it can't.
    let project = project("verify=config");
    let outcome = build(&project, &images.plain).target("kiro").succeeds();
    assert!(!outcome.mentions("verify"), "files were looked at");
}

#[test]
#[ignore = "needs a Docker engine"]
fn directories_are_checked_and_sent_once() {
    if !is_known() {
        return;
    }
    let project = project("require=/build/nobody/takes/it");
    project.write("prebuilt/build/agentd", "NONCE");
    let folder = project.root().join("prebuilt").to_string_lossy().into_owned();
    let with_folder =
        || build(&project, "local_builder").target("kiro").context("builder", &folder);
    let outcome = with_folder().fails();
    says(&outcome, &["→ the directory builder cannot be used", "/build/cli is not there"]);
    project.write("prebuilt/build/cli", "NONCE");
    let outcome = with_folder().succeeds();
    let loads = outcome
        .progress
        .vertices()
        .values()
        .filter(|v| v.name == "[context builder] load from client");
    assert_eq!(loads.count(), 1, "{:?}", outcome.progress.vertices());
}

#[test]
#[ignore = "needs a Docker engine"]
fn an_alias_with_steps_of_its_own_is_checked_as_far_as_that_is_known() {
    const COPY: &str = "COPY --from=builder /build/cli /cli\n";
    const FROM: &str = "FROM ${BUILDER_IMAGE} AS builder\n";
    if !is_known() {
        return;
    }
    let with = |steps: &str| {
        let project = project("verify=files");
        let path = project.root().join("Dockerfile");
        let dockerfile = std::fs::read_to_string(path).expect("the Dockerfile is there");
        let dockerfile = dockerfile.replacen(FROM, &format!("{FROM}{steps}\n"), 1);
        let more = format!("{COPY}COPY --from=builder /build/made /made\n");
        project.write("Dockerfile", &dockerfile.replacen(COPY, &more, 1));
        project.write("made", "NONCE");
        project
    };
    let said = |project: &Project| {
        let build = Build::new(project).target("kiro").arg("BUILDER_IMAGE", &images().whole);
        let outcome = build.succeeds();
        assert!(outcome.mentions(&format!("[alias builder] verify {}@sha256:", images().whole)));
        outcome.printed
    };
    for (steps, told) in [
        ("COPY made /build/", "2 paths verified, not checked: /build/made (line 8 may make it), "),
        ("COPY made /build/made", "2 paths verified, pruned"),
        ("WORKDIR /build/made", "2 paths verified, pruned"),
    ] {
        let printed = said(&with(steps));
        // Older clients print no message of a frontend.
        if has_flag("--call") {
            assert!(printed.contains(told), "{steps}: {printed}");
        }
    }
    // The images have no shell: what a RUN may make is known to be its affair, and the RUN fails.
    let made = with("RUN [\"/build/agentd\"]");
    let outcome = build(&made, &images().whole).target("kiro").fails();
    assert!(!outcome.progress.messages().contains("cannot be used"));
    let outcome = build(&with("COPY made /build/other"), &images().whole).target("kiro").fails();
    says(&outcome, &["/build/made is not there; /build has ", "(needed by line 12)"]);
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn tests_in_a_shell_are_better_a_contract() {
    const CONTRACT: &str = "require=/build/agentd,+x require=/build/cli,+x";
    const FROM: &str = "FROM ${BUILDER_IMAGE} AS builder\n";
    if !is_known() {
        return;
    }
    let project = project("verify=files");
    let path = project.root().join("Dockerfile");
    let dockerfile = std::fs::read_to_string(path).expect("the Dockerfile is there");
    let tests = "RUN for b in agentd cli; do test -x /build/$b || exit 1; done\n";
    project.write("Dockerfile", &dockerfile.replacen(FROM, &format!("{FROM}{tests}"), 1));
    // An image that lacks a file is refused before the command runs, which has no shell there either.
    let outcome = build(&project, &images().incomplete).target("kiro").fails();
    says(&outcome, &["/build/cli is not there; /build has "]);
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
    let outcome = build(&project, &images().whole).target("kiro").fails();
    warns(&outcome, "AliasShellCheck", &["needs a shell", &format!("\n# alias {CONTRACT}")]);
    // What is said is copied, and the image serves.
    let better = dockerfile.replace("verify=files", CONTRACT);
    project.write("Dockerfile", &better);
    let outcome = build(&project, &images().whole).target("kiro").succeeds();
    assert!(!outcome.progress.warnings().iter().any(|text| text.contains("AliasShellCheck")));
}

/// Agents on a stage that the builder has no part in.
const BESIDE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM busybox:1.35 AS local_builder
RUN mkdir /build && echo NONCE > /build/agentd
FROM ${BUILDER_IMAGE} AS builder
FROM busybox:1.35 AS runtime
RUN echo NONCE > /runtime && sleep 2
FROM runtime AS kiro
COPY --from=builder /build/agentd /agentd
RUN test -s /agentd && test -s /runtime
";

#[test]
#[ignore = "needs a Docker engine"]
fn what_needs_nothing_of_the_builder_runs_once_beside_the_check() {
    if !is_known() {
        return;
    }
    let project = Project::new(&[("Dockerfile", BESIDE)]);
    let image = format!("{}/e2e/beside:{}", registry(), project.nonce());
    Build::new(&project).target("local_builder").push(&image).succeeds();
    let build = |project: &Project| {
        let build = Build::new(project).target("kiro").arg("BUILDER_IMAGE", &image);
        let outcome = build.succeeds();
        assert!(!outcome.mentions("local_builder"), "a step of the fallback was announced");
        outcome
    };
    let other = Project::new(&[("Dockerfile", BESIDE)]);
    let outcome = build(&other);
    assert_eq!(outcome.processes("/runtime && sleep"), 1, "{:?}", outcome.executed());
    assert_eq!(outcome.processes("RUN test -s"), 1, "{:?}", outcome.executed());
    let again = build(&other);
    assert_eq!(again.counts().executed, 0, "{:?}", again.executed());

    let anew = Build::new(&other).target("kiro").arg("BUILDER_IMAGE", &image);
    let anew = anew.option("--no-cache-filter", "runtime").succeeds();
    assert_eq!(anew.processes("/runtime && sleep"), 1, "{:?}", anew.executed());

    // A step that fails is the build's error, with its line.
    let failing = Project::new(&[("Dockerfile", &BESIDE.replace("sleep 2", "exit 7"))]);
    let outcome = Build::new(&failing).target("kiro").arg("BUILDER_IMAGE", &image).fails();
    says(&outcome, &["exit code: 7", ">>> RUN echo"]);
}
