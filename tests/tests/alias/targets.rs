//! Many targets in one build.

use aliasfront_tests::gateway::{Gateway, Recording, Rpc};
use serde_json::Value;

use crate::{
    DOCKERFILE, IMAGE, count, fail_with, files, message, overridden, prebuilt, probes, request,
    succeed, warning,
};

/// A build of these targets, written out as files.
fn of_targets(gateway: Gateway, targets: &str) -> Gateway {
    gateway.build_arg("ALIASFRONT_TARGETS", targets).build_arg("ALIASFRONT_TARGETS_OUTPUT", "files")
}

fn build(targets: &str) -> Gateway {
    of_targets(prebuilt(DOCKERFILE, files()), targets)
}

/// The keys of the result's refs.
fn keys(recording: &Recording) -> Vec<&str> {
    recording.result().expect("a result").ids.keys().map(String::as_str).collect()
}

/// A value of the result's metadata.
fn json(recording: &Recording, key: &str) -> Value {
    recording.result().and_then(|result| result.json(key)).unwrap_or_else(|| panic!("no {key}"))
}

/// The ids that exporters know the results by.
fn ids(recording: &Recording) -> Vec<String> {
    let platforms = json(recording, "refs.platforms");
    let platforms = platforms["Platforms"].as_array().cloned().expect("a list");
    platforms
        .iter()
        .map(|platform| {
            assert_eq!(platform["Platform"]["os"], "linux", "{platform}");
            platform["ID"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn each_target_has_its_key_and_its_own_definition() {
    let recording = succeed(build("native,kiro")).await;
    assert_eq!(keys(&recording), ["kiro", "native"]);
    assert_eq!(ids(&recording), ["native", "kiro"]);
    let result = recording.result().expect("a result");
    for target in ["kiro", "native"] {
        let single = succeed(prebuilt(DOCKERFILE, files()).opt("target", target)).await;
        assert_eq!(result.graphs[target].head, crate::graph(&single).head, "{target}");
        assert_eq!(
            json(&recording, &format!("containerimage.config/{target}")),
            json(&single, "containerimage.config")
        );
    }
    assert!(result.json("containerimage.config").is_none());
    // Every image is looked up once.
    assert_eq!(recording.resolved().len(), 2, "{:?}", recording.resolved());
}

#[tokio::test]
async fn one_target_is_keyed_too() {
    let recording = succeed(build("kiro")).await;
    assert_eq!(keys(&recording), ["kiro"]);
    assert_eq!(ids(&recording), ["kiro"]);
}

#[tokio::test]
async fn platforms_come_behind_targets() {
    let recording = succeed(build("kiro,native").opt("platform", "linux/amd64,linux/arm64")).await;
    let expected =
        ["kiro/linux/amd64", "kiro/linux/arm64", "native/linux/amd64", "native/linux/arm64"];
    assert_eq!(keys(&recording), expected);
    assert_eq!(ids(&recording), expected);
    for key in expected {
        let config = json(&recording, &format!("containerimage.config/{key}"));
        assert!(key.ends_with(config["architecture"].as_str().expect("a name")), "{key}: {config}");
    }
}

#[tokio::test]
async fn a_platform_alone_is_in_no_key() {
    let recording = succeed(build("kiro").opt("platform", "linux/arm64")).await;
    assert_eq!(keys(&recording), ["kiro"]);
    assert_eq!(json(&recording, "containerimage.config/kiro")["architecture"], "arm64");
}

#[tokio::test]
async fn targets_share_what_is_asked_of_an_image() {
    let single = count(&succeed(overridden(DOCKERFILE, files())).await, Rpc::Solve);
    let gateway = build("kiro,native").build_arg("BUILDER_IMAGE", IMAGE);
    let recording = succeed(gateway).await;
    assert_eq!(probes(&recording).len(), 1);
    assert_eq!(count(&recording, Rpc::Solve), single + 1);
    let stats = recording.files.iter().filter(|asked| asked.rpc == Rpc::StatFile);
    assert_eq!(stats.filter(|asked| asked.path == "/build/agentd").count(), 1);
    // Both targets have two paths of the image, so that one line is true of both.
    assert_eq!(message(&recording).lines().count(), 1, "{}", message(&recording));
}

#[tokio::test]
async fn messages_name_the_targets_that_they_are_of() {
    let gateway = build("kiro,local_builder").build_arg("BUILDER_IMAGE", IMAGE);
    let message = message(&succeed(gateway).await);
    assert!(message.trim_end().ends_with("(target kiro)"), "{message}");
}

#[tokio::test]
async fn the_output_has_to_be_said() {
    let bare = || prebuilt(DOCKERFILE, files()).build_arg("ALIASFRONT_TARGETS", "kiro,native");
    let parts = [
        "ALIASFRONT_TARGETS=kiro,native is for files",
        "an exporter of images would make one index of the targets",
        "--build-arg ALIASFRONT_TARGETS_OUTPUT=files",
        "docker buildx bake",
    ];
    let recording = fail_with(bare(), &parts).await;
    assert_eq!(count(&recording, Rpc::Solve), 1, "only the Dockerfile is read");
    // No line of the Dockerfile is at fault.
    assert!(recording.error_lines().is_empty(), "{:?}", recording.error_lines());
    fail_with(bare().opt("requestid", "frontend.lint"), &parts).await;
    let image = bare().build_arg("ALIASFRONT_TARGETS_OUTPUT", "image");
    fail_with(image, &["ALIASFRONT_TARGETS_OUTPUT=image is no output", "=files"]).await;
}

#[tokio::test]
async fn said_rightly_it_is_no_finding() {
    let recording = succeed(build("kiro,native")).await;
    assert!(recording.warnings.is_empty(), "{:?}", recording.warnings);
    let (_, text) = request(build("kiro,native"), "frontend.lint").await;
    assert!(!text.contains("TARGETS"), "{text}");
}

#[tokio::test]
async fn an_empty_list_is_an_error() {
    fail_with(build(""), &["ALIASFRONT_TARGETS is empty", "omit the argument"]).await;
}

#[tokio::test]
async fn every_target_is_linted_and_told_once() {
    let dockerfile = format!("{DOCKERFILE}COPY --from=local_builder /x /\n");
    let gateway = of_targets(prebuilt(&dockerfile, files()), "local_builder,kiro,native")
        .build_arg("BUILDER_IMAGE", IMAGE)
        .build_arg("NOBODY", "1");
    let recording = succeed(gateway).await;
    warning(&recording, "AliasLeak", &["stage \"native\""]);
    // BUILDER_IMAGE is unused in one of the targets only.
    warning(&recording, "UnusedBuildArg", &["NOBODY"]);
}

#[tokio::test]
async fn attestations_are_keyed_alike() {
    let gateway = build("kiro,native").opt("attest:sbom", "generator=scanner:1");
    let recording = succeed(gateway).await;
    let result = recording.result().expect("a result");
    let keys: Vec<&str> = result.attestations.keys().map(String::as_str).collect();
    assert_eq!(keys, ["kiro", "native"]);
}

#[tokio::test]
async fn names_have_to_be_right() {
    for (targets, part) in [
        ("kiro,nativ", "target stage \"nativ\" could not be found (did you mean native?)"),
        ("kiro,,native", "has an empty name"),
        ("kiro,Kiro", "names kiro twice"),
    ] {
        fail_with(build(targets), &[part]).await;
    }
    fail_with(build("kiro").opt("target", "native"), &["both --target native and"]).await;
}

#[tokio::test]
async fn requests_are_about_one_target() {
    for request in ["frontend.plan", "frontend.why", "frontend.outline"] {
        let gateway =
            build("kiro,native").build_arg("ALIASFRONT_WHY", "kiro").opt("requestid", request);
        fail_with(gateway, &["ALIASFRONT_TARGETS is for builds", "--target"]).await;
    }
}
