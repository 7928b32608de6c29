//! What became of aliases is in the build's result, for programs.

use std::collections::BTreeSet;

use aliasfront_tests::gateway::{Image, Recording};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{DIGEST, DOCKERFILE, IMAGE, files, overridden, prebuilt, succeed, with};

/// What the result says of aliases. Clients show a value that is base64 of a JSON object as that object.
pub(crate) fn aliases(recording: &Recording) -> Value {
    let result = recording.result().expect("a result");
    let value = result.metadata.get("frontend.aliases").expect("aliases in the result");
    let json = STANDARD.decode(value).expect("base64");
    serde_json::from_slice(&json).expect("JSON")
}

/// The only alias of the only result.
fn only(recording: &Recording) -> Value {
    let aliases = aliases(recording);
    assert_eq!(aliases["schemaVersion"], 1);
    assert_eq!(aliases["results"].as_array().map(Vec::len), Some(1), "{aliases}");
    assert_eq!(aliases["results"][0]["target"], "kiro");
    assert_eq!(aliases["results"][0]["platform"], "linux/amd64");
    let of_result = &aliases["results"][0]["aliases"];
    assert_eq!(of_result.as_array().map(Vec::len), Some(1), "{aliases}");
    of_result[0].clone()
}

#[tokio::test]
async fn an_overridden_alias_is_told_with_what_was_verified() {
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    let expected = json!({
        "name": "builder",
        "line": 6,
        "args": ["BUILDER_IMAGE"],
        "fallback": "local_builder",
        "state": "overridden",
        "became": format!("{IMAGE}@{DIGEST}"),
        "verifiedPaths": ["/build/agentd", "/build/cli"],
        "pruned": ["local_builder"],
    });
    assert_eq!(only(&recording), expected);
}

#[tokio::test]
async fn an_alias_that_fell_back_is_told_with_the_reason() {
    let missing = Image::missing(&format!("{IMAGE}: not found"));
    let gateway = overridden(&with("fallback=local"), files()).image(IMAGE, missing);
    let alias = only(&succeed(gateway).await);
    assert_eq!((&alias["state"], &alias["became"]), (&json!("fell-back"), &json!("local_builder")));
    assert_eq!(alias["fellBack"], format!("{IMAGE}: not found"));
}

#[tokio::test]
async fn an_alias_by_default_is_told_too() {
    let alias = only(&succeed(prebuilt(DOCKERFILE, files()).opt("target", "kiro")).await);
    assert_eq!((&alias["state"], &alias["became"]), (&json!("default"), &json!("local_builder")));
    assert_eq!(alias["verifiedPaths"], json!([]));
}

#[tokio::test]
async fn a_dockerfile_without_aliases_has_nothing_to_tell() {
    let recording = succeed(prebuilt("FROM alpine\n", files())).await;
    let metadata = &recording.result().expect("a result").metadata;
    assert!(!metadata.contains_key("frontend.aliases"), "{metadata:?}");
}

/// The names of all fields in a JSON value.
fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            names.extend(object.keys().cloned());
            object.values().for_each(|value| fields(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

#[tokio::test]
async fn every_field_is_in_the_manual() {
    let page = include_str!("../../../docs/json.md");
    let missing = Image::missing(&format!("{IMAGE}: not found"));
    let dockerfile = with("fallback=local").replace("AS kiro\n", "AS kiro\nARG BUILDER_IMAGE\n");
    let gateway = overridden(&dockerfile, files()).image(IMAGE, missing);
    let why = |stage: &str| gateway.clone().build_arg("ALIASFRONT_WHY", stage);
    let mut names = BTreeSet::new();
    fields(&aliases(&succeed(gateway.clone()).await), &mut names);
    fields(&aliases(&succeed(overridden(DOCKERFILE, files())).await), &mut names);
    for (request, gateway) in [
        ("frontend.plan", gateway.clone()),
        ("frontend.plan", overridden(DOCKERFILE, files())),
        ("frontend.why", why("local_builder")),
        ("frontend.why", why("native")),
    ] {
        fields(&crate::request(gateway, request).await.0, &mut names);
    }
    // It was a good part of what there is.
    assert!(names.len() >= 30, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/json.md does not say what {name} is");
    }
}
