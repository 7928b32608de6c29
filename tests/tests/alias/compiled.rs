//! Compile stages that are part of a build although they should not be: told, or forbidden.

use aliasfront_tests::gateway::{Gateway, Image, Rpc};

use crate::{
    DOCKERFILE, IMAGE, count, fail_with, files, no_warning, overridden, own_warnings, prebuilt,
    request, succeed, warning, with,
};

/// A service that takes its files from the compile stage: the alias is not part of its build.
const LEAKY: &str = "FROM debian AS leaky\nCOPY --from=local_builder /target/x /\n";
/// The line of that `COPY`.
const LEAK_LINE: &str = "13";

fn leaky() -> String {
    format!("{DOCKERFILE}{LEAKY}")
}

/// The rules and lines that `--call=check` finds.
async fn checked(gateway: Gateway) -> Vec<(String, i64)> {
    let (check, _) = request(gateway, "frontend.lint").await;
    let warnings = check["warnings"].as_array().cloned().unwrap_or_default();
    let line = |warning: &serde_json::Value| {
        warning["location"]["ranges"][0]["start"]["line"].as_i64().unwrap_or_default()
    };
    let rule = |warning: &serde_json::Value| warning["ruleName"].as_str().map(str::to_owned);
    warnings.iter().filter_map(|warning| Some((rule(warning)?, line(warning)))).collect()
}

#[tokio::test]
async fn a_leak_is_told_where_the_alias_is_not_part_of_the_build() {
    let dockerfile = leaky();
    let leak = ("AliasLeak".to_owned(), LEAK_LINE.to_owned());
    let by_argument = prebuilt(&dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE);
    let by_context = prebuilt(&dockerfile, files()).opt("context:builder", "docker-image://x");
    for gateway in [by_argument, by_context] {
        let gateway = gateway.opt("target", "leaky");
        let recording = succeed(gateway).await;
        warning(
            &recording,
            "AliasLeak",
            &[
                "alias builder is overridden, but stage \"leaky\" still reaches \"local_builder\"",
                "take the files from builder instead",
            ],
        );
        assert!(own_warnings(&recording).contains(&leak), "{:?}", recording.warnings);
    }
    // Building on it is told as what it is.
    let tests = format!("{DOCKERFILE}FROM local_builder AS tests\nRUN cargo test\n");
    let gateway = overridden(&tests, files()).opt("target", "tests");
    warning(&succeed(gateway).await, "AliasLeak", &["build on builder instead", "(line 12)"]);
    // The default compiles, as it should.
    no_warning(&succeed(prebuilt(&dockerfile, files())).await, "AliasLeak");
}

#[tokio::test]
async fn check_tells_the_leaks_of_every_target() {
    // The last stage leaks nothing.
    let dockerfile = format!("{}FROM scratch AS last\n", leaky());
    let gateway = prebuilt(&dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE);
    let leak = ("AliasLeak".to_owned(), 13);
    assert!(checked(gateway.clone()).await.contains(&leak));
    // Of a named target, those of that one.
    assert!(!checked(gateway.clone().opt("target", "kiro")).await.contains(&leak));
    assert!(!checked(gateway.opt("target", "local_builder")).await.contains(&leak));
    assert_eq!(checked(prebuilt(&dockerfile, files())).await, []);
}

#[tokio::test]
async fn what_is_not_compiled_by_its_name_leaks_nothing() {
    // A context takes the compile stage's place.
    let gateway = overridden(&leaky(), files())
        .opt("target", "leaky")
        .opt("context:local_builder", "docker-image://alpine");
    no_warning(&succeed(gateway).await, "AliasLeak");
    // A source by another argument, which is not given.
    let dockerfile = format!(
        "ARG TOOLS=local_builder\n{DOCKERFILE}COPY --from=${{TOOLS}} /a /\n\
         RUN --mount=from=${{TOOLS}},target=/x x\n"
    );
    let gateway = overridden(&dockerfile, files()).opt("target", "native");
    no_warning(&succeed(gateway).await, "AliasLeak");
}

#[tokio::test]
async fn compiling_can_be_forbidden() {
    let contract = with("compile=never");
    let parts = [
        "stage \"local_builder\" would be compiled, and compile=never of alias builder forbids that; \
         it is needed by\n  \
         - stage \"kiro\", line 8: COPY --from=builder /build/agentd /usr/bin/\n  \
         - stage \"builder\", line 6: FROM ${BUILDER_IMAGE} AS builder",
        "hint: give an image with --build-arg BUILDER_IMAGE=…, or with --build-context \
         builder=docker-image://…",
    ];
    let compiles = prebuilt(&contract, files()).opt("target", "kiro");
    let recording = fail_with(compiles.clone(), &parts).await;
    assert_eq!(recording.error_lines(), [(6, 6), (8, 8)]);
    // Nothing was asked for.
    assert_eq!(count(&recording, Rpc::ResolveSourceMeta), 0);
    assert_eq!(count(&recording, Rpc::ResolveImageConfig), 0);
    // A build argument forbids it as well.
    let by_argument = prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .build_arg("ALIASFRONT_COMPILE", "never");
    fail_with(by_argument, &["ALIASFRONT_COMPILE=never forbids that"]).await;
    let nothing = prebuilt(DOCKERFILE, files()).opt("target", "kiro");
    succeed(nothing.build_arg("ALIASFRONT_COMPILE", "allowed")).await;
    // What compiles nothing is fine, and so is to ask for the compile stage.
    for target in ["kiro", "native"] {
        succeed(overridden(&contract, files()).opt("target", target)).await;
    }
    let context = format!("docker-image://{IMAGE}");
    for name in ["builder", "local_builder"] {
        let gateway = prebuilt(&contract, files()).opt("target", "kiro");
        succeed(gateway.opt(&format!("context:{name}"), &context)).await;
    }
    succeed(prebuilt(&contract, files()).opt("target", "local_builder")).await;
}

#[tokio::test]
async fn a_forbidden_compile_stage_says_what_to_do_about_it() {
    let never =
        |dockerfile: &str| prebuilt(dockerfile, files()).build_arg("ALIASFRONT_COMPILE", "never");
    let kiro = || never(DOCKERFILE).opt("target", "kiro");
    let misspelt = "BUILDER_IMGE is declared nowhere (did you mean BUILDER_IMAGE?)";
    fail_with(kiro().build_arg("BUILDER_IMGE", IMAGE), &[misspelt]).await;
    let empty = DOCKERFILE.replace("${BUILDER_IMAGE}", "${BUILDER_IMAGE:-local_builder}");
    let gateway = never(&empty).opt("target", "kiro").build_arg("BUILDER_IMAGE", "");
    fail_with(gateway, &["the build argument BUILDER_IMAGE is empty"]).await;
    let context = kiro().opt("context:biulder", "docker-image://x");
    fail_with(context, &["the build context biulder is used by nothing (did you mean builder?)"])
        .await;
    // A leak, with its line.
    let leak = never(&leaky()).opt("target", "leaky").build_arg("BUILDER_IMAGE", IMAGE);
    let parts = [
        "stage \"leaky\", line 13: COPY --from=local_builder /target/x /",
        "hint: take the files from builder instead",
    ];
    assert_eq!(fail_with(leak, &parts).await.error_lines(), [(13, 13)]);
    // A source by an argument.
    let source = "ARG TOOLS=tools\nFROM alpine AS tools\nFROM debian\nCOPY --from=${TOOLS} /a /\n";
    let parts = [
        "stage \"tools\" would be compiled",
        "line 4: COPY --from=${TOOLS} /a /",
        "hint: give an image with --build-arg TOOLS=…",
    ];
    fail_with(never(source), &parts).await;
    succeed(never(source).build_arg("TOOLS", "busybox")).await;
}

#[tokio::test]
async fn a_forbidden_compile_stage_is_an_error_of_check() {
    // Every stage is a target: the compile stage is one, and what needs it is one too many.
    let dockerfile = leaky();
    let never = prebuilt(&dockerfile, files()).build_arg("ALIASFRONT_COMPILE", "never");
    let gateway = never.clone().build_arg("BUILDER_IMAGE", IMAGE);
    let (check, _) = request(gateway, "frontend.lint").await;
    let message = check["buildError"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("stage \"leaky\", line 13"), "{check}");
    assert!(!message.contains("line 6"), "{check}");
    let (check, _) = request(never, "frontend.lint").await;
    let message = check["buildError"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("line 6") && message.contains("line 13"), "{check}");
    let fine = prebuilt(DOCKERFILE, files())
        .build_arg("ALIASFRONT_COMPILE", "never")
        .build_arg("BUILDER_IMAGE", IMAGE);
    let (check, _) = request(fine, "frontend.lint").await;
    assert!(check["buildError"].is_null(), "{check}");
}

#[tokio::test]
async fn where_compiling_is_forbidden_nothing_falls_back() {
    let missing = |contract: &str| {
        overridden(&with(contract), files()).image(IMAGE, Image::missing("nothing: not found"))
    };
    let gateway = missing("fallback=local").build_arg("ALIASFRONT_COMPILE", "never");
    let recording = fail_with(gateway, &["not found"]).await;
    let error = recording.error().expect("an error");
    assert!(!error.message.contains("compile with"), "{}", error.message);
    let gateway = missing("compile=never").build_arg("ALIASFRONT_FALLBACK", "local");
    fail_with(gateway, &["not found"]).await;
    let both = "compile=never and fallback=local contradict each other";
    fail_with(missing("compile=never fallback=local"), &[both]).await;
    fail_with(missing("compile=nver"), &["did you mean never?"]).await;
}

#[tokio::test]
async fn misspelt_contexts_are_told() {
    let context = "docker-image://busybox";
    for (name, meant, line) in [
        ("biulder", "builder", "6"),
        ("local-builder", "local_builder", "2"),
        ("debain", "debian", "7"),
        ("kiro2", "kiro", "7"),
        ("rust:2", "rust:1", "2"),
    ] {
        let gateway = prebuilt(DOCKERFILE, files()).opt(&format!("context:{name}"), context);
        let part = format!("build context {name} is used by nothing (did you mean {meant}?)");
        let recording = succeed(gateway.clone()).await;
        warning(&recording, "UnusedBuildContext", &[&part, &format!("(line {line})")]);
        assert!(checked(gateway).await.iter().any(|(rule, _)| rule == "UnusedBuildContext"));
    }
    // Those of quite other names are for other targets, and those of stages and images are known.
    let mut gateway = prebuilt(DOCKERFILE, files());
    for name in ["base", "src", "assets", "kiro", "Kiro", "rust", "native::linux/arm64", "scratch"]
    {
        gateway = gateway.opt(&format!("context:{name}"), context);
    }
    no_warning(&succeed(gateway).await, "UnusedBuildContext");
}

#[tokio::test]
async fn an_unused_argument_is_told_where_the_one_is_that_may_be_meant() {
    let dockerfile =
        "ARG BASE=alpine\nARG BUILDER_IMAGE=debian\nFROM $BASE AS a\nARG MODE\nFROM a\n";
    for (name, line) in [("BUILDER_IMGE", "2"), ("BUILDER_IMAGE", "2"), ("MODE2", "4")] {
        let recording = succeed(Gateway::new().dockerfile(dockerfile).build_arg(name, "x")).await;
        assert_eq!(own_warnings(&recording), [("UnusedBuildArg".to_owned(), line.to_owned())]);
    }
    // Where none is near, no line has to do with it.
    let gateway = Gateway::new().dockerfile(dockerfile).build_arg("SOMETHING_ELSE", "x");
    let recording = succeed(gateway.clone()).await;
    assert_eq!(own_warnings(&recording), [("UnusedBuildArg".to_owned(), String::new())]);
    let (check, text) = request(gateway, "frontend.lint").await;
    assert_eq!(check["warnings"][0]["ruleName"], "UnusedBuildArg");
    assert!(text.ends_with("SOMETHING_ELSE is declared nowhere\n"), "{text}");
}
