//! With `fallback=local`, an image that does not serve makes the alias its compile stage.

use aliasfront_tests::gateway::{Fault, Files, Gateway, Image, Recording, Rpc};
use serde_json::json;
use tonic::Code;

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, graph, message, overridden, prebuilt, succeed,
    warning, with,
};

/// The build compiled: it is the one that it is without an override, and says why.
async fn compiled(recording: &Recording, reason: &str) {
    let default = succeed(prebuilt(DOCKERFILE, files()).opt("target", "kiro")).await;
    assert_eq!(graph(recording).head, graph(&default).head);
    warning(recording, "AliasFellBack", &["compiled by stage \"local_builder\"", reason]);
    let message = message(recording);
    assert!(
        message.starts_with("alias builder: compiled by \"local_builder\", since "),
        "{message}"
    );
    assert!(message.contains(reason), "{message}");
}

/// Builds whose image does not serve, and why.
fn unfit(dockerfile: &str) -> Vec<(Gateway, &'static str)> {
    let build = || overridden(dockerfile, files());
    let arm = json!({
        "architecture": "arm64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    let mut other = Files::default();
    other.add("/other", "");
    let no_platform = "no match for platform in manifest: not found";
    let denied = "failed to authorize: 403 Forbidden";
    let unauthorized = "unexpected status from HEAD request to http://r/v2/: 401 Unauthorized";
    vec![
        (build().image(IMAGE, Image::missing("ghcr.io/org/builder:v1: not found")), "not found"),
        (build().image(IMAGE, Image::missing(no_platform)), "no match for platform"),
        (build().image(IMAGE, Image::failing(denied)), "403 Forbidden"),
        (build().image(IMAGE, Image::failing(unauthorized)), "401 Unauthorized"),
        (build().image(IMAGE, Image::with_config(arm).digest(DIGEST)), "is for linux/arm64"),
        (overridden(dockerfile, other), "/build/agentd is not there"),
    ]
}

#[tokio::test]
async fn what_does_not_serve_is_compiled() {
    for (gateway, reason) in unfit(&with("fallback=local")) {
        compiled(&succeed(gateway).await, reason).await;
    }
}

#[tokio::test]
async fn never_without_the_contract() {
    for (gateway, reason) in unfit(DOCKERFILE) {
        fail_with(gateway, &[reason]).await;
    }
    for (gateway, reason) in unfit(&with("fallback=local")) {
        fail_with(gateway.build_arg("ALIASFRONT_FALLBACK", "off"), &[reason]).await;
    }
}

#[tokio::test]
async fn the_build_argument_allows_it() {
    for (gateway, reason) in unfit(DOCKERFILE) {
        compiled(&succeed(gateway.build_arg("ALIASFRONT_FALLBACK", "local")).await, reason).await;
    }
}

#[tokio::test]
async fn codes_tell_what_may_be_compiled() {
    let failing = |code| {
        overridden(&with("fallback=local"), files())
            .misbehave_nth(Rpc::ResolveSourceMeta, 1, Fault::Code(code))
            .opt("context:debian", "local:debian")
            .opt("context:rust:1", "local:rust")
    };
    for code in [Code::Unauthenticated, Code::PermissionDenied, Code::NotFound] {
        let recording = succeed(failing(code)).await;
        warning(&recording, "AliasFellBack", &["compiled by stage \"local_builder\""]);
    }
    // Nor is anything said of it by words that only sound like it.
    let helper = "error getting credentials: exec: executable file not found in $PATH";
    let gateway = overridden(&with("fallback=local"), files());
    fail_with(gateway.image(IMAGE, Image::failing(helper)), &[helper]).await;
    // A registry that is down says nothing of the image.
    for code in [Code::Unavailable, Code::Unknown] {
        fail_with(failing(code), &[Fault::MESSAGE]).await;
    }
}

#[tokio::test]
async fn named_contexts_fall_back_too() {
    let gateway = prebuilt(&with("fallback=local"), files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("docker-image://{IMAGE}"))
        .image(IMAGE, Image::missing("ghcr.io/org/builder:v1: not found"));
    let recording = succeed(gateway).await;
    compiled(&recording, "not found").await;
    // Steps are numbered as if the alias never had been replaced.
    let names = graph(&recording).names();
    assert!(names.iter().all(|name| !name.contains("/0]")), "{names:?}");
}

#[tokio::test]
async fn several_aliases_fall_back() {
    let dockerfile = "\
ARG ONE=local
ARG TWO=local
FROM alpine AS local
# alias fallback=local
FROM ${ONE} AS one
# alias fallback=local
FROM ${TWO} AS two
FROM scratch
COPY --from=one /a /
COPY --from=two /b /
";
    let mut other = Files::default();
    other.add("/other", "");
    let gateway = prebuilt(dockerfile, other).build_arg("ONE", IMAGE).build_arg("TWO", IMAGE);
    let recording = succeed(gateway).await;
    assert_eq!(message(&recording).lines().count(), 2, "{}", message(&recording));
    let sources = graph(&recording).sources();
    assert!(sources.len() == 1 && sources[0].contains("library/alpine"), "{sources:?}");
}

#[tokio::test]
async fn triggers_of_the_image_go_with_it() {
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {"OnBuild": ["RUN brought-along"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    let mut other = Files::default();
    other.add("/other", "");
    let dockerfile = with("fallback=local require=/build/agentd onbuild=allow");
    let gateway =
        overridden(&dockerfile, other).image(IMAGE, Image::with_config(config).digest(DIGEST));
    let recording = succeed(gateway).await;
    compiled(&recording, "/build/agentd is not there").await;
    let names = graph(&recording).names();
    assert!(names.iter().all(|name| !name.contains("brought-along")), "{names:?}");
}

#[tokio::test]
async fn one_platform_may_fall_back_and_says_so() {
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    for platforms in ["linux/amd64,linux/arm64", "linux/arm64,linux/amd64"] {
        let image = Image::with_config(config.clone()).digest(DIGEST);
        let gateway = overridden(&with("fallback=local"), files())
            .image(IMAGE, image)
            .opt("platform", platforms);
        let recording = succeed(gateway).await;
        warning(&recording, "AliasFellBack", &["compiled by stage \"local_builder\""]);
        let message = message(&recording);
        assert!(
            message.contains("compiled by \"local_builder\" for linux/arm64, since"),
            "{message}"
        );
        assert!(message.contains("(linux/amd64), 2 paths verified"), "{message}");
    }
}

#[tokio::test]
async fn there_has_to_be_a_stage_to_fall_back_to() {
    let dockerfile = "ARG IMAGE=alpine\n# alias fallback=local\nFROM ${IMAGE} AS builder\nRUN x\n";
    let expected = ["fallback=local above stage builder has no stage", "the default of IMAGE"];
    fail_with(Gateway::new().dockerfile(dockerfile), &expected).await;
}

#[tokio::test]
async fn as_many_aliases_as_there_are_may_fall_back() {
    const ALIASES: usize = 120;
    let mut dockerfile = "ARG BUILDER_IMAGE=local\nFROM alpine AS local\nRUN x\n".to_owned();
    for alias in 0..ALIASES {
        dockerfile
            .push_str(&format!("# alias fallback=local\nFROM ${{BUILDER_IMAGE}} AS a{alias}\n"));
    }
    dockerfile.push_str("FROM scratch AS kiro\n");
    for alias in 0..ALIASES {
        dockerfile.push_str(&format!("COPY --from=a{alias} /x /x{alias}\n"));
    }
    let missing = Image::missing("ghcr.io/org/builder:v1: not found");
    let recording = succeed(overridden(&dockerfile, files()).image(IMAGE, missing)).await;
    let fallen = recording.warnings.iter().filter(|warning| warning.rule() == "AliasFellBack");
    assert_eq!(fallen.count(), ALIASES);
}
