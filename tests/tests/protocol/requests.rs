//! Requests other than builds.

use aliasfront_tests::gateway::{Gateway, Recording, Rpc, Warning};
use serde_json::Value;

use crate::{fail, succeed};

const DOCKERFILE: &str = "\
# what to build with
ARG TOOL=cc
FROM --platform=linux/amd64 gcc AS build
ARG TOOL
RUN --mount=type=secret,id=key,required $TOOL
# the image
FROM scratch AS app
COPY --from=build /a /
";

async fn request(id: &str) -> Recording {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("requestid", id);
    let recording = succeed(gateway).await;
    assert!(recording.result().expect("a result").graphs.is_empty(), "{id}");
    recording
}

fn json(recording: &Recording) -> Value {
    recording.result().and_then(|result| result.json("result.json")).expect("JSON")
}

#[tokio::test]
async fn the_requests_describe_themselves() {
    let described = json(&request("frontend.subrequests.describe").await);
    let names: Vec<&str> = described
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    for name in ["frontend.outline", "frontend.targets", "frontend.subrequests.describe"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}

#[tokio::test]
async fn targets_are_listed_without_looking_anything_up() {
    let recording = request("frontend.targets").await;
    let targets = json(&recording);
    let names: Vec<&str> = targets["targets"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|target| target["name"].as_str())
        .collect();
    assert_eq!(names, ["build", "app"]);
    assert!(recording.lookups.is_empty());
    let text = recording.result().and_then(|result| result.json("result.txt")).expect("text");
    assert!(text.as_str().is_some_and(|text| text.starts_with("TARGET")), "{text}");
}

#[tokio::test]
async fn a_dockerfile_without_stages_has_no_targets() {
    let gateway = Gateway::new().dockerfile("ARG A=1\n").opt("requestid", "frontend.targets");
    let recording =
        succeed(gateway.opt("frontend.caps", "moby.buildkit.frontend.subrequests")).await;
    let result = recording.result().expect("a result");
    assert!(result.json("result.json").expect("an answer")["targets"].is_null());
    assert_eq!(result.json("result.txt").expect("a text"), "TARGET DESCRIPTION\n");
}

#[tokio::test]
async fn an_outline_of_what_does_not_parse_warns_of_what_was_found_before() {
    for id in ["frontend.outline", "frontend.convertllb"] {
        let gateway = Gateway::new().dockerfile("FROM a as b\nNONSENSE\n").opt("requestid", id);
        let recording =
            fail(gateway.opt("frontend.caps", "moby.buildkit.frontend.subrequests")).await;
        let rules: Vec<&str> = recording.warnings.iter().map(Warning::rule).collect();
        assert_eq!(rules, ["FromAsCasing"], "{id}");
    }
}

#[tokio::test]
async fn outlines_have_arguments_and_secrets() {
    let outline = json(&request("frontend.outline").await);
    assert_eq!(outline["name"], "app");
    assert_eq!(outline["args"][0]["name"], "TOOL");
    assert_eq!(outline["secrets"][0]["name"], "key");
    assert_eq!(outline["secrets"][0]["required"], true);
}

#[tokio::test]
async fn lint_reports_instead_of_warning() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine AS Base\nMAINTAINER me\n")
        .opt("requestid", "frontend.lint");
    let recording = succeed(gateway).await;
    let warnings = json(&recording)["warnings"].as_array().cloned().unwrap_or_default();
    let mut rules: Vec<&str> =
        warnings.iter().filter_map(|warning| warning["ruleName"].as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["MaintainerDeprecated", "StageNameCasing"]);
    assert_eq!(recording.count(Rpc::Warn), 0);
}

#[tokio::test]
async fn lint_without_a_target_visits_every_stage() {
    let dockerfile = "FROM one AS a\nFROM two AS b\nFROM scratch\n";
    let gateway = Gateway::new().dockerfile(dockerfile).opt("requestid", "frontend.lint");
    let resolved = succeed(gateway.clone()).await.resolved();
    assert_eq!(
        resolved,
        ["docker.io/library/one:latest|linux/amd64", "docker.io/library/two:latest|linux/amd64"]
    );

    let resolved = succeed(gateway.opt("target", "b")).await.resolved();
    assert_eq!(resolved, ["docker.io/library/two:latest|linux/amd64"]);
}

#[tokio::test]
async fn lint_reports_a_dockerfile_that_does_not_parse() {
    let gateway =
        Gateway::new().dockerfile("FROM alpine\nNONSENSE\n").opt("requestid", "frontend.lint");
    let recording = succeed(gateway).await;
    let error = &json(&recording)["buildError"];
    assert!(
        error["message"].as_str().is_some_and(|message| message.contains("unknown instruction")),
        "{error}"
    );
}

#[tokio::test]
async fn unknown_requests_are_named_in_the_error() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("requestid", "frontend.unheard");
    let recording = fail(gateway).await;
    let error = recording.error().expect("an error");
    assert_eq!(error.message, "unsupported request frontend.unheard");
    let details = recording.error_details("errdefs.Subrequest+json");
    assert_eq!(details.len(), 1);
    assert_eq!(details[0]["name"], "frontend.unheard");
    assert_eq!(error.details[0].type_url, "github.com/moby/buildkit/errdefs.Subrequest+json");
}
