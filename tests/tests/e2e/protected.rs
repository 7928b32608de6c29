//! The known mistakes around aliases, told by builds and by `--call=check`.

use std::process::Command;

use serde_json::Value;

use crate::{
    build::Build,
    engine::{docker_prints, has_containerd_store, has_flag},
    prebuilt::{REVISION, build, images, is_known, project, says, warns},
    project::Project,
};

/// The rules that `--call=check` finds broken; none where the client is older than the question.
fn checked(build: Build<'_>) -> Option<Vec<String>> {
    if !has_flag("--check") {
        return None;
    }
    let output = build.option("--call", "check,format=json").command().output();
    let output = output.expect("the docker client runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let answer: Value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text}: {}", String::from_utf8_lossy(&output.stderr)));
    let warnings = answer["warnings"].as_array().cloned().unwrap_or_default();
    let rules = warnings.iter().filter_map(|warning| warning["ruleName"].as_str());
    Some(rules.map(str::to_owned).collect())
}

/// The build warns, and so does the check.
#[track_caller]
fn told<'a>(build: impl Fn() -> Build<'a>, rule: &str, parts: &[&str]) {
    warns(&build().option("--output", "type=cacheonly").run(), rule, parts);
    if let Some(rules) = checked(build()) {
        assert!(rules.iter().any(|known| known == rule), "{rule} is not in {rules:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn mistakes_in_the_dockerfile_and_on_the_command_line_are_told() {
    if !is_known() {
        return;
    }
    let project = project("");
    let whole = || Build::new(&project).arg("BUILDER_IMAGE", &images().whole);
    let parts = [
        "alias builder is overridden, but stage \"leaky\" still reaches \"local_builder\"",
        "(line 12)",
    ];
    told(|| whole().target("leaky"), "AliasLeak", &parts);
    // The last stage is the target where none is given, and check looks at every one.
    told(whole, "AliasLeak", &parts);
    // The alias need not be part of the build.
    let other = Project::new(&[(
        "Dockerfile",
        "ARG BUILDER_IMAGE=local\nFROM busybox:1.35 AS local\nRUN echo NONCE > /x\n\
         FROM ${BUILDER_IMAGE} AS builder\nFROM scratch AS service\nCOPY --from=local /x /\n",
    )]);
    let service = || Build::new(&other).target("service").arg("BUILDER_IMAGE", &images().whole);
    told(service, "AliasLeak", &["stage \"service\" still reaches \"local\"", "(line 7)"]);
    let forbidden = service().arg("ALIASFRONT_COMPILE", "never").fails();
    says(
        &forbidden,
        &[
            "stage \"local\" would be compiled, and ALIASFRONT_COMPILE=never forbids that",
            "stage \"service\", line 7: COPY --from=local /x /",
            "hint: take the files from builder instead",
        ],
    );
    told(
        || whole().target("kiro").context("biulder", "docker-image://busybox:1.35"),
        "UnusedBuildContext",
        &["did you mean builder?"],
    );
    told(
        || whole().target("builder"),
        "AliasAsTarget",
        &["only exports it again", "--target local_builder", "(line 7)"],
    );
    told(
        || Build::new(&project).target("native").target("kiro").arg("BUILDER_IMGE", "x"),
        "UnusedBuildArg",
        &["BUILDER_IMGE is declared nowhere (did you mean BUILDER_IMAGE?)"],
    );

    let late =
        "FROM busybox:1.35 AS local\nARG BUILDER_IMAGE=local\nFROM ${BUILDER_IMAGE} AS builder\n";
    let late = Project::new(&[("Dockerfile", late)]);
    let outcome = Build::new(&late).fails();
    says(&outcome, &["base name (${BUILDER_IMAGE}) should not be blank", "before the first FROM"]);
    told(|| Build::new(&late), "AliasArgAfterFrom", &["ARG BUILDER_IMAGE", "(line 3)"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn misspelt_contracts_are_errors() {
    if !is_known() {
        return;
    }
    for (contract, part) in [
        ("requires=/build/agentd", "did you mean require?"),
        ("verify=file", "did you mean files?"),
        ("pin: digest", "did you mean pin=digest?"),
    ] {
        let outcome = build(&project(contract), &images().whole).target("kiro").fails();
        says(&outcome, &[part]);
    }
    let project = project("");
    let outcome = build(&project, &images().whole).arg("ALIASFRONT_VERFIY", "off").fails();
    says(&outcome, &["unknown build argument ALIASFRONT_VERFIY (did you mean ALIASFRONT_VERIFY?)"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_that_the_contract_refuses_are_refused() {
    if !is_known() {
        return;
    }
    let images = images();
    let pin = project("pin=digest fallback=local");
    let outcome = build(&pin, &images.whole).target("kiro").fails();
    says(&outcome, &[&images.whole, "has no digest, and pin=digest asks for one"]);
    told(
        || Build::new(&pin).target("kiro").arg("BUILDER_IMAGE", &images.whole),
        "AliasNotPinned",
        &["alias builder: "],
    );
    build(&pin, &images.pinned).target("kiro").succeeds();

    let allow = project("allow=ghcr.io/org/* fallback=local");
    let outcome = build(&allow, &images.pinned).target("kiro").fails();
    says(&outcome, &[&images.pinned, "is not allowed by allow=ghcr.io/org/*"]);
    told(
        || Build::new(&allow).target("kiro").arg("BUILDER_IMAGE", &images.pinned),
        "AliasNotAllowed",
        &["alias builder: "],
    );
    let (repository, _) = images.pinned.split_once('@').expect("the image has a digest");
    let allowed =
        || build(&allow, &images.pinned).target("kiro").arg("ALIASFRONT_ALLOW", repository);
    says(&allowed().fails(), &["is not allowed by allow=ghcr.io/org/*"]);
    let loosened = project("allow=ghcr.io/org/* override=allow");
    let build = || {
        let build = Build::new(&loosened).target("kiro").arg("BUILDER_IMAGE", &images.pinned);
        build.arg("ALIASFRONT_ALLOW", repository)
    };
    build().succeeds();
    let told_as = format!("ALIASFRONT_ALLOW={repository} loosens allow=ghcr.io/org/*");
    told(build, "AliasContractLoosened", &["alias builder: ", &told_as]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn build_arguments_take_nothing_from_a_contract() {
    if !is_known() {
        return;
    }
    let images = images();
    let project = project("pin=digest verify=files");
    let loosened = |argument: &str, value: &str| {
        let build = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &images.pinned);
        build.arg(argument, value).fails()
    };
    for (argument, value, contract) in
        [("ALIASFRONT_PIN", "off", "pin=digest"), ("ALIASFRONT_VERIFY", "off", "verify=files")]
    {
        let parts = [
            &format!("alias builder: {argument}={value} loosens {contract}")[..],
            "hint: leave the build argument out, or write override=allow",
        ];
        says(&loosened(argument, value), &parts);
    }
    build(&project, &images.pinned).target("kiro").arg("ALIASFRONT_PIN", "digest").succeeds();
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_of_another_revision_are_told_or_refused() {
    if !is_known() {
        return;
    }
    let images = images();
    let project = project("");
    // What buildx tells of a work tree.
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"])
            .args(arguments)
            .current_dir(project.root())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let whole = || Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &images.whole);
    // Nothing tells what is built.
    says(&whole().arg("ALIASFRONT_FRESH", "revision").fails(), &["nothing names it"]);
    project.set_frontend(&crate::engine::frontend());
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "All of it"]);
    let head = git(&["rev-parse", "HEAD"]);
    let parts = [&format!("was made from revision {REVISION}, but {head} is being built")];
    told(whole, "AliasStale", &parts.map(|part| &**part));
    let fresh = || whole().arg("ALIASFRONT_FRESH", "revision");
    says(&fresh().fails(), &parts.map(|part| &**part));
    fresh().arg("ALIASFRONT_REVISION", REVISION).succeeds();
    let unlabelled = Build::new(&project).target("kiro").arg("BUILDER_IMAGE", &images.foreign);
    says(
        &unlabelled.arg("ALIASFRONT_FRESH", "revision").fails(),
        &[
            "fresh=revision needs the label org.opencontainers.image.revision, and the image has none",
        ],
    );
}

#[test]
#[ignore = "needs a Docker engine"]
fn images_of_the_engines_own_store_are_told_or_refused() {
    if !is_known() {
        return;
    }
    // An image that no registry has.
    let local = "aliasfront-e2e-local/builder:v1";
    let source = Project::new(&[
        ("Dockerfile", "FROM scratch\nCOPY a /build/agentd\nCOPY a /build/cli\n"),
        ("a", "NONCE"),
    ]);
    Build::new(&source).tag(local).succeeds();
    let project = project("");
    let outcome = build(&project, local).target("kiro").succeeds();
    if !has_containerd_store() {
        warns(&outcome, "AliasFromLocalStore", &[local, "name it by digest"]);
    }
    let outcome = build(&project, local).target("kiro").arg("ALIASFRONT_PIN", "digest").fails();
    says(&outcome, &["has no digest, and pin=digest asks for one"]);
    docker_prints(&["image", "rm", local]);
}
