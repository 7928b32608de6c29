//! Several platforms: what is told of one is told of all.

use aliasfront_tests::gateway::{Files, Gateway, Image};
use serde_json::{Value, json};

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail, files, overridden, prebuilt, request, succeed, warning, with,
};

const BOTH: &str = "linux/amd64,linux/arm64";

/// What is said of each platform in an answer.
fn platforms(answer: &Value) -> &[Value] {
    answer["platforms"].as_array().expect("a list of platforms")
}

/// A Dockerfile whose alias is overridden on one of two platforms only: there is a context for it there.
fn differing() -> Gateway {
    prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .opt("platform", BOTH)
        .opt("context:builder::linux/arm64", &format!("docker-image://{IMAGE}"))
}

#[tokio::test]
async fn the_plan_is_of_all_platforms() {
    let (plan, text) = request(differing(), "frontend.plan").await;
    assert_eq!(plan["target"], "kiro");
    let of_each: Vec<_> = platforms(&plan)
        .iter()
        .map(|plan| (plan["platform"].clone(), plan["aliases"][0]["state"].clone()))
        .collect();
    let expected = [("linux/amd64", "default"), ("linux/arm64", "overridden")];
    assert_eq!(of_each, expected.map(|(on, state)| (json!(on), json!(state))));
    let of_amd64 = text.find("TARGET kiro for linux/amd64: 3 of 4 stages\n");
    let of_arm64 = text.find("\n\nTARGET kiro for linux/arm64: 2 of 4 stages\n");
    assert!(of_amd64 == Some(0) && of_arm64.is_some(), "{text}");
    assert!(text.contains("docker.io/library/debian:latest for linux/arm64"), "{text}");
}

#[tokio::test]
async fn why_is_told_of_all_platforms() {
    let gateway = differing().build_arg("ALIASFRONT_WHY", "local_builder");
    let (why, text) = request(gateway, "frontend.why").await;
    let kept: Vec<_> = platforms(&why).iter().map(|why| why["kept"].clone()).collect();
    assert_eq!(kept, [true, false]);
    let amd64 = "ON linux/amd64\nlocal_builder is kept: kiro needs it\n";
    assert!(text.starts_with(amd64), "{text}");
    assert!(text.contains("\n\nON linux/arm64\nlocal_builder is pruned: "), "{text}");
}

#[tokio::test]
async fn what_is_the_same_everywhere_is_told_once() {
    let gateway = prebuilt(DOCKERFILE, files()).opt("target", "kiro").opt("platform", BOTH);
    let (why, text) =
        request(gateway.build_arg("ALIASFRONT_WHY", "local_builder"), "frontend.why").await;
    assert_eq!(platforms(&why).len(), 2);
    assert!(text.starts_with("local_builder is kept: kiro needs it\n"), "{text}");
    assert_eq!(text.matches("is kept").count(), 1, "{text}");
}

/// A gateway whose prebuilt image is not there on either platform, for other reasons.
fn failing() -> Gateway {
    overridden(&with("require=/build/tool"), files())
        .opt("platform", BOTH)
        .opt("context:builder::linux/arm64", "docker-image://ghcr.io/org/other:v1")
        .image("ghcr.io/org/other:v1", Image::missing("ghcr.io/org/other:v1: not found"))
}

#[tokio::test]
async fn what_is_wrong_with_images_is_told_of_all_platforms() {
    let (_, message) = fail(failing()).await;
    for part in ["/build/tool is not there", "ghcr.io/org/other:v1: not found"] {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
    for call in ["frontend.plan", "frontend.why"] {
        let gateway = failing().opt("requestid", call).build_arg("ALIASFRONT_WHY", "kiro");
        let (_, asked) = fail(gateway).await;
        assert_eq!(asked, message, "{call}");
    }
}

#[tokio::test]
async fn other_errors_of_further_platforms_are_noted() {
    // Each platform builds on a base of its own, and neither is there.
    let dockerfile = "ARG TARGETARCH\nFROM base-${TARGETARCH}\n";
    let missing =
        |name: &str| Image::missing(&format!("docker.io/library/{name}:latest: not found"));
    let gateway = Gateway::new()
        .dockerfile(dockerfile)
        .image("docker.io/library/base-amd64:latest", missing("base-amd64"))
        .image("docker.io/library/base-arm64:latest", missing("base-arm64"))
        .opt("platform", BOTH);
    let (recording, message) = fail(gateway).await;
    assert!(message.starts_with("docker.io/library/base-amd64:latest: not found"), "{message}");
    let note = "\nnote: on linux/arm64: docker.io/library/base-arm64:latest: not found";
    assert!(message.ends_with(note), "{message}");
    assert_eq!(recording.error_lines().len(), 1, "{:?}", recording.error_lines());
}

#[tokio::test]
async fn the_same_error_everywhere_is_told_once() {
    let gateway = overridden(DOCKERFILE, Files::default())
        .image(IMAGE, Image::missing(&format!("{IMAGE}: not found")))
        .opt("platform", BOTH);
    let (_, message) = fail(gateway).await;
    assert_eq!(message.matches("not found").count(), 1, "{message}");
}

#[tokio::test]
async fn a_build_with_several_platforms_has_all_in_its_result() {
    let recording = succeed(differing()).await;
    let aliases = crate::result::aliases(&recording);
    let of_each: Vec<_> = aliases["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| (result["platform"].clone(), result["aliases"][0]["became"].clone()))
        .collect();
    assert_eq!(
        of_each,
        [(json!("linux/amd64"), json!("local_builder")), (json!("linux/arm64"), json!(IMAGE)),]
    );
}

#[tokio::test]
async fn an_index_without_the_platform_is_told_with_what_it_has_and_the_ways_out() {
    let only_amd64 = || Image::default().digest(DIGEST).for_platforms(&["linux/amd64"]);
    let gateway = || overridden(DOCKERFILE, files()).image(IMAGE, only_amd64());
    let (recording, message) = fail(gateway().opt("platform", BOTH)).await;
    let expected = format!(
        "{IMAGE}: no match for platform in manifest: not found (linux/arm64 is needed, and the image is there \
         for linux/amd64)\nhint: push the image for linux/arm64, too: docker buildx build --push --platform \
         linux/amd64,linux/arm64; or, where files are only copied from it that serve on every platform, write \
         FROM --platform=$BUILDPLATFORM ${{BUILDER_IMAGE}} AS builder"
    );
    assert_eq!(message, expected);
    assert_eq!(recording.error_lines(), [(6, 6)]);

    // Where the image is taken for the build platform, that works, and for another it is no advice.
    let pinned = DOCKERFILE.replace("FROM ${B", "FROM --platform=$BUILDPLATFORM ${B");
    succeed(gateway().dockerfile(pinned.as_str()).opt("platform", BOTH)).await;
    let pinned = DOCKERFILE.replace("FROM ${B", "FROM --platform=linux/s390x ${B");
    let (_, message) = fail(gateway().dockerfile(pinned.as_str())).await;
    assert!(message.contains("--platform linux/amd64,linux/s390x"), "{message}");
    assert!(!message.contains("BUILDPLATFORM"), "{message}");

    // A context for the alias is an image, too.
    let context = prebuilt(DOCKERFILE, files())
        .image(IMAGE, only_amd64())
        .opt("target", "kiro")
        .opt("platform", BOTH)
        .opt("context:builder", &format!("docker-image://{IMAGE}"));
    let (_, message) = fail(context).await;
    assert!(
        message.contains("linux/arm64 is needed, and the image is there for linux/amd64"),
        "{message}"
    );
    assert!(message.contains("hint: push the image for linux/arm64, too"), "{message}");
}

#[tokio::test]
async fn the_build_platform_is_no_advice_where_the_image_lacks_it() {
    let image = Image::default().digest(DIGEST).for_platforms(&["linux/arm64"]);
    let gateway = overridden(DOCKERFILE, files()).image(IMAGE, image);
    let (_, message) = fail(gateway.clone()).await;
    assert!(
        message.contains("linux/amd64 is needed, and the image is there for linux/arm64"),
        "{message}"
    );
    assert!(!message.contains("BUILDPLATFORM"), "{message}");

    // Of an unusual one only what is needed can be told.
    let image = Image::default().digest(DIGEST).for_platforms(&["linux/riscv64"]);
    let (_, message) = fail(gateway.image(IMAGE, image)).await;
    assert!(message.contains("not found (linux/amd64 is needed)\n"), "{message}");
}

#[tokio::test]
async fn a_base_image_without_the_platform_is_told_with_what_it_has() {
    let gateway = Gateway::new()
        .dockerfile("FROM debian\n")
        .image(
            "docker.io/library/debian:latest",
            Image::default().for_platforms(&["linux/arm64", "linux/amd64"]),
        )
        .opt("platform", "linux/arm/v7");
    let (recording, message) = fail(gateway).await;
    assert_eq!(
        message,
        "docker.io/library/debian:latest: no match for platform in manifest: not found (linux/arm/v7 is \
         needed, and the image is there for linux/amd64)\nhint: docker buildx imagetools inspect \
         docker.io/library/debian:latest lists its platforms"
    );
    assert_eq!(recording.error_lines(), [(1, 1)]);
}

#[tokio::test]
async fn an_alias_that_may_fall_back_tells_why() {
    let image = Image::default().digest(DIGEST).for_platforms(&["linux/arm64"]);
    let gateway = overridden(&with("fallback=local"), files()).image(IMAGE, image);
    let recording = succeed(gateway).await;
    let parts = ["linux/amd64 is needed, and the image is there for linux/arm64"];
    warning(&recording, "AliasFellBack", &parts);
}
