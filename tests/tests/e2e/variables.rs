//! Global arguments where files are taken from.

use crate::{
    build::Build,
    engine::Frontend,
    prebuilt::{is_known, says, warns},
    project::Project,
};

const DOCKERFILE: &str = "\
ARG TOOLS=tools
FROM busybox:1.35 AS tools
RUN echo NONCE > /tool
FROM busybox:1.35 AS others
RUN echo others NONCE > /tool
FROM busybox:1.35 AS kiro
COPY --from=${TOOLS} /tool /copied
RUN --mount=from=$TOOLS,target=/tools cmp /tools/tool /copied
";

#[test]
#[ignore = "needs a Docker engine"]
fn a_stage_that_a_variable_names_is_built_and_others_are_not() {
    if !is_known() {
        return;
    }
    let project = Project::new(&[("Dockerfile", DOCKERFILE)]);
    for (given, built, pruned) in [(None, "tools", "others"), (Some("others"), "others", "tools")] {
        let mut build = Build::new(&project)
            .arg("BUILDKIT_DOCKERFILE_CHECK", "experimental=GlobalArgAsSource")
            .option("--output", "type=cacheonly");
        if let Some(name) = given {
            build = build.arg("TOOLS", name);
        }
        let outcome = build.succeeds();
        assert_eq!(outcome.processes("RUN --mount=from"), 1);
        assert!(outcome.mentions(&format!("[{built} ")));
        assert!(outcome.mentions(&format!("COPY --from={built} /tool /copied")));
        assert!(!outcome.mentions(&format!("[{pruned} ")), "a step of an unreached stage");
        warns(
            &outcome,
            "GlobalArgAsSource",
            &["stock frontends do not accept", "FROM ${TOOLS} AS"],
        );
    }
    // The engine's own frontend takes none, and a stage's own arguments nobody takes.
    Build::new(&project).frontend(Frontend::Builtin).fails();
    let own = DOCKERFILE.replace("COPY", "ARG OWN=tools\nCOPY").replace("${TOOLS}", "${OWN}");
    let outcome = Build::new(&Project::new(&[("Dockerfile", &own)])).fails();
    says(&outcome, &["put ARG OWN before the first FROM", "FROM ${OWN} AS <name>"]);
}
