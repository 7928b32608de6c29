//! Global arguments in `COPY --from` and `RUN --mount=from`, which stock frontends reject.

use aliasfront_tests::gateway::Gateway;

use crate::{fail_with, graph, message, no_warning, succeed, warning};

const DOCKERFILE: &str = "\
ARG TOOLS=tools
ARG VERSION
FROM alpine AS tools
FROM debian AS other
FROM scratch AS copied
COPY --from=${TOOLS} /a /
FROM busybox AS mounted
RUN --mount=from=$TOOLS,target=/t /t/run
";

fn build(target: &str) -> Gateway {
    Gateway::new().dockerfile(DOCKERFILE).opt("target", target)
}

#[tokio::test]
async fn a_stage_that_a_variable_names_is_reached_and_others_are_not() {
    for target in ["copied", "mounted"] {
        let named = |name: &str| DOCKERFILE.replace("${TOOLS}", name).replace("$TOOLS", name);
        for (argument, name) in
            [(None, "tools"), (Some("other"), "other"), (Some("gcc:1"), "gcc:1")]
        {
            let mut gateway = build(target);
            if let Some(argument) = argument {
                gateway = gateway.build_arg("TOOLS", argument);
            }
            let recording = succeed(gateway).await;
            let plain = Gateway::new().dockerfile(named(name)).opt("target", target);
            let plain = succeed(plain).await;
            // A step is named by what the variable stands for.
            if target == "copied" {
                let step = format!("COPY --from={name} /a /");
                let names = graph(&recording).names();
                assert!(names.iter().any(|name| name.ends_with(&step)), "{names:?}");
            }
            // The text of the instruction is in names only.
            assert_eq!(graph(&recording).sources(), graph(&plain).sources(), "{target} {name}");
            assert_eq!(recording.resolved(), plain.resolved());
            let told = message(&recording);
            match argument {
                None => assert_eq!(told, ""),
                Some(_) => assert!(
                    told.contains("TOOLS}: TOOLS → ") || told.contains("TOOLS: TOOLS → "),
                    "{told}"
                ),
            }
            no_warning(&recording, "UndefinedVar");
        }
    }
}

#[tokio::test]
async fn the_global_argument_counts_whatever_the_stage_has() {
    let dockerfile = "\
ARG TOOLS=tools
FROM alpine AS tools
FROM debian AS other
FROM busybox
ARG TOOLS=other
RUN --mount=from=$TOOLS,target=/t /t/run
";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    let images = recording.resolved();
    assert!(images.iter().any(|image| image.contains("alpine")), "{images:?}");
    assert!(!images.iter().any(|image| image.contains("debian")), "{images:?}");
    assert_eq!(graph(&recording).sources().len(), 2);
}

#[tokio::test]
async fn variables_of_a_stage_are_errors_with_the_rewrite_that_works() {
    for instruction in ["COPY --from=${LOCAL} /a /", "RUN --mount=from=${LOCAL},target=/t x"] {
        let dockerfile =
            format!("FROM alpine AS tools\nFROM busybox\nARG LOCAL=tools\n{instruction}\n");
        let recording = fail_with(
            Gateway::new().dockerfile(dockerfile),
            &["put ARG LOCAL before the first FROM", "FROM ${LOCAL} AS <name>"],
        )
        .await;
        assert_eq!(recording.error_lines(), [(4, 4)]);
    }
}

#[tokio::test]
async fn empty_variables_are_errors() {
    let dockerfile = DOCKERFILE.replace("${TOOLS}", "${VERSION}");
    let gateway = Gateway::new().dockerfile(dockerfile).opt("target", "copied");
    fail_with(gateway, &["${VERSION} expands to nothing", "--build-arg"]).await;
}

#[tokio::test]
async fn the_rule_against_it_runs_where_it_is_asked_for() {
    no_warning(&succeed(build("copied")).await, "GlobalArgAsSource");
    let gateway =
        build("copied").build_arg("BUILDKIT_DOCKERFILE_CHECK", "experimental=GlobalArgAsSource");
    let recording = succeed(gateway).await;
    let found: Vec<_> =
        recording.warnings.iter().filter(|w| w.rule() == "GlobalArgAsSource").collect();
    assert_eq!(found.len(), 2, "{:?}", recording.warnings);
    assert!(found[0].short.contains("write FROM ${TOOLS} AS <name>"), "{}", found[0].short);
    let dockerfile =
        "# check=experimental=all\nFROM alpine AS a\nFROM scratch\nCOPY --from=a /a /\n";
    no_warning(&succeed(Gateway::new().dockerfile(dockerfile)).await, "GlobalArgAsSource");
    let dockerfile =
        "# check=experimental=all\nARG X=a\nFROM alpine AS a\nFROM scratch\nCOPY --from=$X /a /\n";
    warning(
        &succeed(Gateway::new().dockerfile(dockerfile)).await,
        "GlobalArgAsSource",
        &["(line 5)"],
    );
}
