//! Warnings of builds.

use aliasfront_tests::gateway::{Gateway, Recording, Rpc, Warning};

use crate::{fail, fail_with, graph, succeed};

const DOCKERFILE: &str = "FROM alpine AS Base\nMAINTAINER me\n";

fn rules(recording: &Recording) -> Vec<&str> {
    let mut rules: Vec<&str> = recording.warnings.iter().map(Warning::rule).collect();
    rules.sort_unstable();
    rules
}

#[tokio::test]
async fn warnings_say_where_and_why() {
    let recording = succeed(Gateway::new().dockerfile(DOCKERFILE)).await;
    assert_eq!(rules(&recording), ["MaintainerDeprecated", "StageNameCasing"]);
    let warning = recording
        .warnings
        .iter()
        .find(|warning| warning.rule() == "MaintainerDeprecated")
        .expect("the warning");
    assert_eq!(
        warning.short,
        "MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)"
    );
    assert_eq!(warning.url, "https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/");
    assert_eq!(warning.level, 1);
    assert_eq!(warning.ranges, ["2:0-2:0"]);
    assert_eq!(warning.file.as_deref(), Some("Dockerfile"));
    let dockerfile = recording.solves[0].graph.as_ref().expect("a graph");
    assert_eq!(Some(&warning.digest), dockerfile.head.as_ref());
}

#[tokio::test]
async fn warnings_come_once_for_all_platforms() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    assert_eq!(rules(&recording), ["MaintainerDeprecated", "StageNameCasing"]);
    assert_eq!(recording.result().expect("a result").graphs.len(), 2);
}

#[tokio::test]
async fn each_word_and_field_that_uses_an_undefined_variable_counts() {
    for (instruction, count) in [
        ("COPY $A $A", 2),
        ("COPY $A$A /", 1),
        ("LABEL a=$A b=$A c=x", 2),
        ("RUN --mount=type=cache,id=$A,target=/t$A x", 2),
    ] {
        let dockerfile = format!("FROM alpine\n{instruction}\n");
        let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
        let rules = recording.warnings.iter().map(Warning::rule);
        assert_eq!(rules.filter(|rule| *rule == "UndefinedVar").count(), count, "{instruction}");
    }
}

#[tokio::test]
async fn undefined_variables_before_an_error_are_warned_of() {
    for instruction in ["WORKDIR $A${B:?}", "RUN --mount=type=ssh,id=$A,required=$A x"] {
        let dockerfile = format!("FROM alpine\n{instruction}\n");
        let recording = fail(Gateway::new().dockerfile(dockerfile)).await;
        let rules = rules(&recording);
        assert_eq!(rules, ["UndefinedVar", "UndefinedVar"], "{instruction}");
    }
}

#[tokio::test]
async fn a_broken_directive_comes_before_what_else_is_broken() {
    let message = "failed to parse check options: invalid check option \"bogus\"";
    for broken in ["NONSENSE", "ENV a", ""] {
        let dockerfile = format!("# check=bogus\nFROM alpine as a\n{broken}\n");
        let recording = fail_with(Gateway::new().dockerfile(dockerfile), message).await;
        assert!(recording.warnings.is_empty(), "{broken}");
    }
    let gateway = Gateway::new().dockerfile("# check=bogus\nFROM alpine\nENV a\n");
    fail_with(
        gateway.build_arg("BUILDKIT_DOCKERFILE_CHECK", "skip=all"),
        "ENV must have two arguments",
    )
    .await;
}

#[tokio::test]
async fn rules_can_be_skipped() {
    for (check, left) in [
        ("skip=StageNameCasing", vec!["MaintainerDeprecated"]),
        ("skip=StageNameCasing,MaintainerDeprecated", vec![]),
        ("skip=all", vec![]),
    ] {
        let gateway = Gateway::new().dockerfile(format!("# check={check}\n{DOCKERFILE}"));
        assert_eq!(rules(&succeed(gateway).await), left, "{check}");

        let gateway =
            Gateway::new().dockerfile(DOCKERFILE).build_arg("BUILDKIT_DOCKERFILE_CHECK", check);
        assert_eq!(rules(&succeed(gateway).await), left, "{check}");
    }
}

#[tokio::test]
async fn warnings_can_be_errors() {
    let gateway =
        Gateway::new().dockerfile(DOCKERFILE).build_arg("BUILDKIT_DOCKERFILE_CHECK", "error=true");
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.starts_with("lint violation found for rules: "), "{error}");
    assert_eq!(rules(&recording), ["MaintainerDeprecated", "StageNameCasing"]);
}

#[tokio::test]
async fn unreached_stages_are_not_judged_by_their_values() {
    let dockerfile = "FROM alpine AS unreached\nRUN x $UNDEFINED\nFROM scratch\nCOPY a /\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    assert!(rules(&recording).is_empty(), "{:?}", recording.warnings);
    assert_eq!(graph(&recording).vertices.len(), 2);
}

#[tokio::test]
async fn ignored_files_are_found_with_the_ignore_file() {
    let gateway = Gateway::new()
        .dockerfile("# check=experimental=CopyIgnoredFile\nFROM scratch\nCOPY out/a /\n")
        .context_file(".dockerignore", "out\n");
    let recording = succeed(gateway).await;
    assert_eq!(rules(&recording), ["CopyIgnoredFile"]);
    assert_eq!(recording.count(Rpc::Warn), 1);
}
