//! Stages that must pass before a build has its result.

use crate::{
    build::Build,
    engine::has_flag,
    prebuilt::{is_known, says},
    project::Project,
};

const DOCKERFILE: &str = "\
FROM busybox:1.35 AS build
RUN echo NONCE > /built
FROM build AS test
RUN test -s /built && sleep 1
FROM busybox:1.35 AS lint
RUN echo NONCE lint
# stage needs=test,lint
FROM scratch AS app
COPY --from=build /built /built
";

fn build(project: &Project) -> Build<'_> {
    Build::new(project).target("app").option("--output", "type=cacheonly")
}

#[test]
#[ignore = "needs a Docker engine"]
fn they_are_built_beside_the_target_and_have_to_succeed() {
    if !is_known() {
        return;
    }
    let project = Project::new(&[("Dockerfile", DOCKERFILE)]);
    let outcome = build(&project).arg("ALIASFRONT_NEEDS", "off").succeeds();
    assert!(!outcome.mentions("test -s") && !outcome.mentions("lint"));
    // Older clients print no message of a frontend.
    if has_flag("--call") {
        let expected = "must pass, and left out by ALIASFRONT_NEEDS=off: \"test\", \"lint\"";
        assert!(outcome.printed.contains(expected), "{}", outcome.printed);
    }
    let outcome = build(&project).succeeds();
    let executed = outcome.executed();
    for step in ["test -s /built", "lint"] {
        assert!(executed.iter().any(|name| name.contains(step)), "{step}: {executed:?}");
    }
    // No step of the target is another one.
    assert!(!executed.iter().any(|name| name.contains("> /built")), "{executed:?}");
    // All is in the cache.
    assert_eq!(build(&project).succeeds().counts().executed, 0);
}

#[test]
#[ignore = "needs a Docker engine"]
fn one_that_fails_is_the_error_with_its_lines() {
    if !is_known() {
        return;
    }
    let failing = DOCKERFILE.replace("RUN echo NONCE lint", "RUN echo NONCE lint && exit 7");
    let project = Project::new(&[("Dockerfile", &failing)]);
    let outcome = build(&project).fails();
    says(&outcome, &["lint && exit 7", "did not complete successfully: exit code: 7"]);
    says(&outcome, &["Dockerfile:7\n"]);
    build(&project).arg("ALIASFRONT_NEEDS", "off").succeeds();
    build(&project).target("build").succeeds();
    let misspelt = DOCKERFILE.replace("needs=test", "needs=tset");
    let outcome = build(&Project::new(&[("Dockerfile", &misspelt)])).fails();
    says(&outcome, &["needs=tset: there is no such stage (did you mean test?)"]);
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}
