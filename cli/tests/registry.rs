//! Look-ups in registries, on one of the test's own.

mod common;

use aliasfront_cli::images::Images as _;
use aliasfront_cli::registry::Registries;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::options::ResolveMode;
use aliasfront_compiler::question::{Failure, FailureKind, Image, ImageFact};
use serde_json::json;

use crate::common::{CONFIG, INDEX, MANIFEST, Registry, digest};

fn registries() -> Registries {
    Registries::new(Platform::new("linux", "amd64", "")).unwrap()
}

async fn look_up(reference: &str, platform: &str) -> Result<ImageFact, Failure> {
    let image = Image {
        reference: reference.to_owned(),
        platform: Some(Platform::parse(platform).unwrap()),
        mode: ResolveMode::Default,
        layout: None,
    };
    registries().find(&image).await
}

#[tokio::test]
async fn an_image_is_chosen_from_an_index_as_the_engine_does() {
    let registry = Registry::default();
    let host = registry.start().await;
    let [amd64, v7, v5] = [&b"{\"a\":1}"[..], b"{\"a\":7}", b"{\"a\":5}"]
        .map(|config| (registry.image("org/app", None, config), config));
    let entry = |digest: &str, architecture: &str, variant: &str| {
        json!({"mediaType": MANIFEST, "digest": digest, "size": 1,
               "platform": {"os": "linux", "architecture": architecture, "variant": variant}})
    };
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            entry(&amd64.0, "amd64", ""),
            entry(&v5.0, "arm", "v5"),
            entry(&v7.0, "arm", "v7"),
            {"mediaType": MANIFEST, "digest": v7.0, "size": 1,
             "platform": {"os": "unknown", "architecture": "unknown"}},
        ],
    })
    .to_string();
    registry.answer("/v2/org/app/manifests/v1", 200, INDEX, index.as_str());
    let of_index = digest(index.as_bytes());
    let reference = format!("{host}/org/app:v1");
    for (platform, config) in [
        ("linux/amd64", amd64.1),
        ("linux/arm/v7", v7.1),
        ("linux/arm/v6", v5.1),
        // A machine of 64 bits runs what is for 32.
        ("linux/arm64", v7.1),
    ] {
        let found = look_up(&reference, platform).await.unwrap();
        assert_eq!((found.digest, found.config), (of_index.clone(), config.to_vec()), "{platform}");
    }
    let failure = look_up(&reference, "linux/s390x").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::WrongPlatform);
    let elsewhere = failure.elsewhere.unwrap_or_default();
    let elsewhere: Vec<String> = elsewhere.iter().map(Platform::format).collect();
    assert_eq!(elsewhere, ["linux/amd64", "linux/arm/v5", "linux/arm/v7"]);
}

#[tokio::test]
async fn an_image_alone_is_what_it_is() {
    let registry = Registry::default();
    let host = registry.start().await;
    let digest = registry.image("app", Some("latest"), b"{}");
    let found = look_up(&format!("{host}/app:latest"), "linux/arm64").await.unwrap();
    assert_eq!((found.digest, found.config), (digest, b"{}".to_vec()));
}

#[tokio::test]
async fn a_registry_that_fails_is_asked_again() {
    let registry = Registry::default();
    let host = registry.start().await;
    let path = "/v2/app/manifests/latest";
    registry.answer(path, 503, "text/plain", "busy");
    registry.answer(path, 503, "text/plain", "busy");
    registry.image("app", Some("latest"), b"{}");
    assert!(look_up(&format!("{host}/app:latest"), "linux/amd64").await.is_ok());
    assert_eq!(registry.count(path), 3);

    let path = "/v2/app/manifests/down";
    registry.answer(path, 503, "text/plain", "busy");
    let failure = look_up(&format!("{host}/app:down"), "linux/amd64").await.unwrap_err();
    assert_eq!((failure.kind, registry.count(path)), (FailureKind::Unreachable, 3));
}

#[tokio::test]
async fn failures_have_kinds() {
    let registry = Registry::default();
    let host = registry.start().await;
    let denied = r#"{"errors":[{"code":"DENIED","message":"no"}]}"#;
    registry.answer("/v2/app/manifests/secret", 403, "application/json", denied);
    registry.answer("/v2/app/manifests/odd", 200, MANIFEST, "{");
    registry.answer("/v2/app/manifests/bare", 200, MANIFEST, r#"{"schemaVersion":2}"#);
    for (tag, kind, message) in [
        ("gone", FailureKind::NotFound, "not found"),
        ("secret", FailureKind::NotAllowed, ""),
        ("odd", FailureKind::Other, "the manifest cannot be read"),
        ("bare", FailureKind::Other, "the manifest has no config"),
    ] {
        let failure = look_up(&format!("{host}/app:{tag}"), "linux/amd64").await.unwrap_err();
        assert_eq!(failure.kind, kind, "{tag}: {failure:?}");
        assert!(failure.message.contains(message), "{failure:?}");
    }
    // Nobody listens there.
    let failure = look_up("127.0.0.1:1/app:latest", "linux/amd64").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
}

#[tokio::test]
async fn a_config_is_what_its_digest_says_and_not_too_large() {
    let registry = Registry::default();
    let host = registry.start().await;
    registry.image("large", Some("latest"), &vec![b' '; 5 << 20]);
    let failure = look_up(&format!("{host}/large:latest"), "linux/amd64").await.unwrap_err();
    assert!(failure.message.contains("MAX_CONFIG_SIZE"), "{failure:?}");

    registry.image("other", Some("latest"), b"{}");
    let path = format!("/v2/other/blobs/{}", digest(b"{}"));
    registry.answers.lock().unwrap().remove(&path);
    registry.answer(&path, 200, CONFIG, "{\"os\":1}");
    let failure = look_up(&format!("{host}/other:latest"), "linux/amd64").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Other, "{failure:?}");
}
