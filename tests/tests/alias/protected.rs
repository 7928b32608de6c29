//! The known mistakes around aliases: each is told where it is made, and only there.

use aliasfront_tests::gateway::{Files, Gateway, Image};
use serde_json::json;

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, no_warning, overridden, own_warnings, prebuilt,
    request, succeed, warning, with,
};

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const OTHER_REVISION: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// The image, made from a revision.
fn made_from(revision: &str) -> Image {
    Image::with_config(json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Labels": {"org.opencontainers.image.revision": revision}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    }))
    .digest(DIGEST)
}

#[tokio::test]
async fn a_usual_build_has_no_warnings() {
    for gateway in [prebuilt(DOCKERFILE, files()), overridden(DOCKERFILE, files())] {
        let recording = succeed(gateway).await;
        assert_eq!(own_warnings(&recording), []);
    }
}

#[tokio::test]
async fn an_argument_after_the_first_from_is_told_where_it_is() {
    let dockerfile = "\
FROM rust:1 AS local_builder
ARG BUILDER_IMAGE=local_builder
FROM ${BUILDER_IMAGE} AS builder
";
    let gateway = Gateway::new().dockerfile(dockerfile);
    let recording = fail_with(
        gateway.clone(),
        &["base name (${BUILDER_IMAGE}) should not be blank", "move it before the first FROM"],
    )
    .await;
    warning(&recording, "AliasArgAfterFrom", &["ARG BUILDER_IMAGE", "(line 2)"]);
    let (check, _) = request(gateway, "frontend.lint").await;
    let rules: Vec<_> = check["warnings"].as_array().expect("warnings").iter().collect();
    assert!(rules.iter().any(|rule| rule["ruleName"] == "AliasArgAfterFrom"), "{check}");
    assert!(!check["buildError"].is_null(), "{check}");

    // A default in FROM keeps the build from failing, and the override from doing anything.
    let dockerfile = dockerfile.replace("${BUILDER_IMAGE}", "${BUILDER_IMAGE:-local_builder}");
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    warning(&recording, "AliasArgAfterFrom", &["(line 2)"]);
    // The argument of a later stage is its own affair.
    let dockerfile = "FROM alpine:${TAG:-3}\nARG TAG\n";
    no_warning(&succeed(Gateway::new().dockerfile(dockerfile)).await, "AliasArgAfterFrom");
}

#[tokio::test]
async fn leaks_are_told_where_they_are() {
    for (line, leak) in [
        ("12", "COPY --from=local_builder /target/x /\n"),
        ("12", "RUN --mount=from=local_builder,target=/x make\n"),
        ("12", "FROM local_builder AS native\nCOPY --from=builder /build/agentd /\n"),
        ("12", "COPY --from=0 /target/x /\n"),
    ] {
        let dockerfile = format!("{DOCKERFILE}{leak}");
        let gateway = overridden(&dockerfile, files()).opt("target", "native");
        let recording = succeed(gateway).await;
        warning(&recording, "AliasLeak", &["alias builder", "local_builder"]);
        assert!(
            own_warnings(&recording).contains(&("AliasLeak".to_owned(), line.to_owned())),
            "{leak}: {:?}",
            recording.warnings
        );
        let default = prebuilt(&dockerfile, files()).opt("target", "native");
        no_warning(&succeed(default).await, "AliasLeak");
    }
    // Each of several, and by --call=check without a target as well.
    let dockerfile = format!(
        "{DOCKERFILE}COPY --from=local_builder /x /\nRUN --mount=from=local_builder,target=/x make\n"
    );
    let gateway = prebuilt(&dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE);
    let recording = succeed(gateway.clone()).await;
    let leaks: Vec<_> =
        own_warnings(&recording).into_iter().filter(|(rule, _)| rule == "AliasLeak").collect();
    assert_eq!(leaks.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>(), ["12", "13"]);
    let (check, _) = request(gateway, "frontend.lint").await;
    let warnings = check["warnings"].as_array().expect("warnings");
    assert_eq!(warnings.iter().filter(|w| w["ruleName"] == "AliasLeak").count(), 2, "{check}");
    // Another target's leak is none of this one.
    let dockerfile = format!("{DOCKERFILE}COPY --from=local_builder /target/x /\n");
    no_warning(&succeed(overridden(&dockerfile, files())).await, "AliasLeak");
    // Nor is it one to ask for the compile stage.
    let gateway = overridden(DOCKERFILE, files()).opt("target", "local_builder");
    no_warning(&succeed(gateway).await, "AliasLeak");
}

#[tokio::test]
async fn unused_arguments_are_told_with_the_nearest_name() {
    let gateway = prebuilt(DOCKERFILE, files()).build_arg("BUILDER_IMGE", IMAGE);
    let parts = ["BUILDER_IMGE is declared nowhere (did you mean BUILDER_IMAGE?)"];
    warning(&succeed(gateway).await, "UnusedBuildArg", &parts);

    let gateway = overridden(DOCKERFILE, files()).opt("target", "local_builder");
    let parts = ["BUILDER_IMAGE is used by no stage that this build needs"];
    warning(&succeed(gateway).await, "UnusedBuildArg", &parts);
}

#[tokio::test]
async fn arguments_that_something_uses_are_fine() {
    let dockerfile = "\
ARG TAG=1
ARG REGISTRY=ghcr.io
ARG BASE=${REGISTRY}/base:${TAG}
ARG TOOLS=tools
ARG PLATFORM=linux/amd64
FROM alpine AS tools
FROM --platform=${PLATFORM} ${BASE}
ARG MODE
COPY --from=${TOOLS} /t /
";
    let mut gateway = Gateway::new().dockerfile(dockerfile);
    for name in ["TAG", "REGISTRY", "MODE"] {
        gateway = gateway.build_arg(name, "x");
    }
    gateway = gateway.build_arg("TOOLS", "tools").build_arg("PLATFORM", "linux/amd64");
    // Those that no Dockerfile has to declare.
    for name in
        ["http_proxy", "NO_PROXY", "BUILDKIT_INLINE_CACHE", "ALIASFRONT_VERIFY", "TARGETARCH"]
    {
        gateway = gateway.build_arg(name, if name.starts_with("ALIAS") { "off" } else { "1" });
    }
    no_warning(&succeed(gateway.clone()).await, "UnusedBuildArg");
    // A build argument for BASE leaves those that its default uses without a use.
    let recording = succeed(gateway.build_arg("BASE", "alpine")).await;
    let unused = recording.warnings.iter().filter(|w| w.rule() == "UnusedBuildArg");
    assert_eq!(unused.count(), 2);
}

#[tokio::test]
async fn the_alias_as_target_is_told() {
    let gateway = overridden(DOCKERFILE, files()).opt("target", "builder");
    warning(&succeed(gateway).await, "AliasAsTarget", &["--target local_builder", "(line 6)"]);
    let gateway = prebuilt(DOCKERFILE, files()).opt("target", "builder");
    no_warning(&succeed(gateway).await, "AliasAsTarget");
}

#[tokio::test]
async fn a_target_that_does_more_than_to_name_an_image_is_no_alias_as_target() {
    let dockerfile = "ARG ENV=prod\nFROM alpine AS base-prod\nFROM debian AS base-dev\n\
                      FROM base-${ENV} AS final\nRUN x\n";
    let another_stage = Gateway::new().dockerfile(dockerfile).build_arg("ENV", "dev");
    no_warning(&succeed(another_stage).await, "AliasAsTarget");
    let steps = DOCKERFILE.replace("AS builder\n", "AS builder\nRUN x\n");
    let own_steps = overridden(&steps, files()).opt("target", "builder");
    no_warning(&succeed(own_steps).await, "AliasAsTarget");
}

#[tokio::test]
async fn aliases_that_are_stages_leak_nothing() {
    // The one that is overridden builds on what it is said to leak.
    let dockerfile = "ARG A=local\nFROM alpine AS local\nRUN x\nFROM local AS mid\nRUN y\n\
                      FROM ${A} AS late\nFROM scratch\nCOPY --from=late / /\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile).build_arg("A", "mid")).await;
    no_warning(&recording, "AliasLeak");
    // The other one is compiled, as it is meant to be.
    let dockerfile = "ARG BUILDER_IMAGE=local\nARG B=local\nFROM alpine AS local\nRUN x\n\
                      FROM ${BUILDER_IMAGE} AS a\nFROM ${B} AS b\nFROM scratch AS kiro\n\
                      COPY --from=a /build/agentd /\nCOPY --from=b / /b\n";
    no_warning(&succeed(overridden(dockerfile, files())).await, "AliasLeak");
}

#[tokio::test]
async fn pinned_aliases_take_no_tags() {
    let contract = with("pin=digest");
    let pinned = |image: &str| overridden(&contract, files()).build_arg("BUILDER_IMAGE", image);
    fail_with(
        pinned(IMAGE),
        &[
            "ghcr.io/org/builder:v1 has no digest, and pin=digest asks for one",
            "imagetools inspect",
        ],
    )
    .await;
    let recording = crate::fail(pinned(IMAGE)).await.0;
    warning(&recording, "AliasNotPinned", &["alias builder", "has no digest", "(line 6)"]);
    let (check, _) = request(pinned(IMAGE), "frontend.lint").await;
    assert_eq!(check["warnings"][0]["ruleName"], "AliasNotPinned", "{check}");
    let by_digest = format!("{IMAGE}@{DIGEST}");
    succeed(pinned(&by_digest)).await;
    fail_with(
        overridden(DOCKERFILE, files()).build_arg("ALIASFRONT_PIN", "digest"),
        &["has no digest"],
    )
    .await;
    // A context can pin what the argument names by its tag. Whether a policy would, only a look-up tells.
    let context = format!("docker-image://{by_digest}");
    succeed(pinned(IMAGE).opt("context:ghcr.io/org/builder:v1", &context)).await;
    let policy = pinned(IMAGE).redirect(&format!("docker-image://{IMAGE}"), &context);
    fail_with(policy, &["has no digest"]).await;
    // The default is not the image's business.
    succeed(prebuilt(&contract, files())).await;
}

#[tokio::test]
async fn images_outside_of_what_is_allowed_are_refused() {
    for (allow, fine) in [
        ("ghcr.io/org/*", true),
        ("ghcr.io/org/builder", true),
        ("ghcr.io/other/*", false),
        ("*/builder:v1", false),
        ("**/builder:v1", true),
        ("ghcr.io/org*", false),
    ] {
        let gateway = overridden(&with(&format!("allow={allow}")), files());
        if fine {
            succeed(gateway).await;
        } else {
            let part = format!("{IMAGE} is not allowed by allow={allow}");
            let recording = fail_with(gateway.clone(), &[&part]).await;
            // Nobody is asked about an image that is refused.
            assert!(recording.resolved().iter().all(|asked| !asked.contains("builder")));
            assert!(crate::probes(&recording).is_empty());
            warning(&recording, "AliasNotAllowed", &["alias builder", &part, "(line 6)"]);
            let (check, _) = request(gateway.clone(), "frontend.lint").await;
            assert_eq!(check["warnings"][0]["ruleName"], "AliasNotAllowed", "{check}");
            // It is no matter of verification, and no fallback helps.
            fail_with(gateway.build_arg("ALIASFRONT_FALLBACK", "local"), &[&part]).await;
        }
    }
    let gateway = overridden(&with("allow=ghcr.io/other/*"), files());
    // Both must allow it.
    let other = gateway.build_arg("ALIASFRONT_ALLOW", "a/*,ghcr.io/org/*");
    fail_with(other, &[&format!("{IMAGE} is not allowed by allow=ghcr.io/other/*")]).await;
    let gateway = overridden(&with("allow=ghcr.io/**"), files());
    succeed(gateway.clone().build_arg("ALIASFRONT_ALLOW", "a/*,ghcr.io/org/*")).await;
    let less = gateway.build_arg("ALIASFRONT_ALLOW", "a/*,ghcr.io/other/*");
    let part = "is not allowed by ALIASFRONT_ALLOW=a/*, ghcr.io/other/*";
    let recording =
        fail_with(less.clone(), &[part, "hint: use an image that ALIASFRONT_ALLOW"]).await;
    assert!(recording.resolved().iter().all(|asked| !asked.contains("builder")));
    warning(&recording, "AliasNotAllowed", &["alias builder", part]);
    let directory = less.opt("context:builder", "local:folder").local("folder", files());
    let parts = ["is not allowed by ALIASFRONT_ALLOW=", "let ALIASFRONT_ALLOW have context:local"];
    fail_with(directory, &parts).await;
    let context = prebuilt(&with("allow=ghcr.io/other/*"), files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("docker-image://{IMAGE}"));
    fail_with(context, &["is not allowed by allow="]).await;
}

#[tokio::test]
async fn stale_images_are_told() {
    let build = |image: &str, revision: &str| {
        overridden(DOCKERFILE, files()).image(IMAGE, made_from(image)).opt("vcs:revision", revision)
    };
    let recording = succeed(build(OTHER_REVISION, REVISION)).await;
    warning(&recording, "AliasStale", &[OTHER_REVISION, REVISION, "(line 6)"]);
    no_warning(&succeed(build(REVISION, REVISION)).await, "AliasStale");
    no_warning(&succeed(build(REVISION, &format!("{REVISION}-dirty"))).await, "AliasStale");
    // The argument wins over the client's word.
    let recording =
        succeed(build(REVISION, REVISION).build_arg("ALIASFRONT_REVISION", OTHER_REVISION)).await;
    warning(&recording, "AliasStale", &[OTHER_REVISION]);
    // Where there is nothing to compare, nothing is said.
    let no_revision = overridden(DOCKERFILE, files()).image(IMAGE, made_from(REVISION));
    no_warning(&succeed(no_revision).await, "AliasStale");
    let no_label = overridden(DOCKERFILE, files()).opt("vcs:revision", REVISION);
    no_warning(&succeed(no_label).await, "AliasStale");
}

#[tokio::test]
async fn fresh_images_are_made_from_the_revision() {
    let contract = with("fresh=revision");
    let build = |image: Image| overridden(&contract, files()).image(IMAGE, image);
    let recording = fail_with(
        build(made_from(OTHER_REVISION)).opt("vcs:revision", REVISION),
        &[&format!("was made from revision {OTHER_REVISION}, but {REVISION} is being built")],
    )
    .await;
    warning(&recording, "AliasStale", &["alias builder", "(line 6)"]);
    succeed(build(made_from(REVISION)).opt("vcs:revision", REVISION)).await;
    let dirty = format!("{REVISION}-dirty");
    for (label, revision, hint) in [
        (REVISION, &REVISION[..12], "name the whole revision"),
        (&REVISION[..12], REVISION, "name the whole revision"),
        (dirty.as_str(), REVISION, "commit first"),
        (REVISION, dirty.as_str(), "commit first"),
    ] {
        for from in ["vcs:revision", "build-arg:ALIASFRONT_REVISION"] {
            let gateway = build(made_from(label)).opt(from, revision);
            let message = format!("was made from revision {label}, but {revision} is being built");
            fail_with(gateway, &[&message, hint]).await;
        }
    }
    succeed(build(made_from(&dirty)).opt("vcs:revision", &dirty)).await;
    fail_with(build(made_from(REVISION)), &["nothing names it", "ALIASFRONT_REVISION"]).await;
    fail_with(
        build(Image::default().digest(DIGEST)).opt("vcs:revision", REVISION),
        &["the image has none"],
    )
    .await;
}

#[tokio::test]
async fn the_commit_of_a_git_context_is_the_revision() {
    // A commit is known by its name; what a branch is at, the engine tells where it can.
    for reference in [REVISION, "main"] {
        let context = format!("https://github.com/org/repo.git#{reference}");
        let git = format!("git://github.com/org/repo.git#{reference}");
        let mut repository = Files::default();
        repository.add("Dockerfile", DOCKERFILE);
        let unknown = |image: &str| {
            overridden(DOCKERFILE, files())
                .image(IMAGE, made_from(image))
                .opt("context", &context)
                .source(&git, repository.clone())
        };
        let build = |image: &str| unknown(image).revision(&git, REVISION);
        warning(&succeed(build(OTHER_REVISION)).await, "AliasStale", &[REVISION]);
        no_warning(&succeed(build(REVISION)).await, "AliasStale");
        let asked = succeed(build(OTHER_REVISION)).await.sources.len();
        assert_eq!(asked, usize::from(reference == "main"));
        if reference == "main" {
            no_warning(&succeed(unknown(OTHER_REVISION)).await, "AliasStale");
            let fresh = unknown(OTHER_REVISION).build_arg("ALIASFRONT_FRESH", "revision");
            fail_with(fresh, &["nothing names it"]).await;
            // Where it doesn't matter, nobody asks.
            let unlabelled = build(REVISION).image(IMAGE, Image::default().digest(DIGEST));
            assert!(succeed(unlabelled).await.sources.is_empty());
            let off = build(REVISION).build_arg("ALIASFRONT_VERIFY", "off");
            assert!(succeed(off).await.sources.is_empty());
        }
    }
}

#[tokio::test]
async fn images_from_the_local_store_are_told() {
    let local = overridden(DOCKERFILE, files()).image(IMAGE, Image::default().digest(""));
    let recording = succeed(local).await;
    warning(&recording, "AliasFromLocalStore", &[IMAGE, "name it by digest"]);
    no_warning(&succeed(overridden(DOCKERFILE, files())).await, "AliasFromLocalStore");
    let pinned = overridden(&with("pin=digest"), files()).image(IMAGE, Image::default().digest(""));
    fail_with(pinned, &["pin=digest"]).await;
}

#[tokio::test]
async fn rules_run_by_check_too() {
    let dockerfile = format!("{DOCKERFILE}COPY --from=local_builder /target/x /\n");
    let gateway = overridden(&dockerfile, files())
        .opt("target", "native")
        .image(IMAGE, made_from(OTHER_REVISION))
        .build_arg("ALIASFRONT_REVISION", REVISION)
        .build_arg("BULDER_IMAGE", "x");
    let (check, _) = request(gateway, "frontend.lint").await;
    let warnings = check["warnings"].as_array().expect("warnings");
    let mut rules: Vec<_> = warnings.iter().filter_map(|w| w["ruleName"].as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["AliasLeak", "AliasStale", "UnusedBuildArg"]);
}

#[tokio::test]
async fn rules_can_be_skipped_and_never_fail_a_build() {
    let dockerfile =
        format!("# check=skip=AliasLeak;error=true\n{DOCKERFILE}COPY --from=local_builder /x /\n");
    let gateway = overridden(&dockerfile, files())
        .opt("target", "native")
        .image(IMAGE, made_from(OTHER_REVISION))
        .build_arg("ALIASFRONT_REVISION", REVISION);
    let recording = succeed(gateway).await;
    no_warning(&recording, "AliasLeak");
    warning(&recording, "AliasStale", &[]);
}
