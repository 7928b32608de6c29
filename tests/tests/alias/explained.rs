//! What happened to aliases is said in the build's own output, and by requests.

use aliasfront_tests::gateway::{Files, Image};
use serde_json::{Value, json};

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, graph, message, overridden, prebuilt, request,
    succeed, with,
};

/// All lines have room in 80 columns.
fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The only platform of an answer.
fn only(answer: &Value) -> &Value {
    assert_eq!(answer["schemaVersion"], 1, "{answer}");
    match answer["platforms"].as_array().map(Vec::as_slice) {
        Some([platform]) => platform,
        _ => panic!("not one platform: {answer}"),
    }
}

/// The stage of this name in the plan for a platform.
fn stage<'a>(plan: &'a Value, name: &str) -> &'a Value {
    let stages = plan["stages"].as_array().expect("stages");
    stages.iter().find(|stage| stage["name"] == name).unwrap_or_else(|| panic!("{name}: {plan}"))
}

#[tokio::test]
async fn the_message_tells_what_aliases_became_and_what_that_pruned() {
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    let expected = format!(
        "alias builder: BUILDER_IMAGE → {IMAGE}@{DIGEST} (linux/amd64), 2 paths verified, pruned \
         \"local_builder\" (3 steps)\n"
    );
    assert_eq!(message(&recording), expected);
}

#[tokio::test]
async fn the_message_is_of_named_contexts_too() {
    let gateway = prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("docker-image://{IMAGE}"));
    let recording = succeed(gateway).await;
    let expected = format!("alias builder: context builder → {IMAGE} (by tag) (linux/amd64)");
    assert!(message(&recording).starts_with(&expected), "{}", message(&recording));
}

#[tokio::test]
async fn each_platform_is_told() {
    let gateway = overridden(DOCKERFILE, files()).opt("platform", "linux/amd64,linux/arm64");
    let message = message(&succeed(gateway).await);
    assert_eq!(message.lines().count(), 2, "{message}");
    assert!(message.contains("(linux/arm64)"), "{message}");
}

#[tokio::test]
async fn a_step_is_named_by_what_the_alias_became_only() {
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    let names = graph(&recording).names();
    assert!(names.iter().any(|name| name.contains(&format!("FROM {IMAGE}@{DIGEST}"))), "{names:?}");
    assert!(names.iter().all(|name| !name.contains("pruned")), "{names:?}");
}

#[tokio::test]
async fn the_plan_lists_stages_aliases_arguments_and_images() {
    let dockerfile =
        format!("{DOCKERFILE}ARG BUILDER_IMAGE\nARG MODE=fast\nARG TARGETARCH NOTHING\n");
    let gateway = overridden(&dockerfile, files()).opt("target", "native");
    let (plan, text) = request(gateway, "frontend.plan").await;
    assert_eq!(plan["target"], "native");
    let plan = only(&plan);
    assert_eq!(plan["platform"], "linux/amd64");

    let (native, builder) = (stage(plan, "native"), stage(plan, "builder"));
    let (local, kiro) = (stage(plan, "local_builder"), stage(plan, "kiro"));
    assert_eq!((&native["kept"], &native["target"]), (&true.into(), &true.into()));
    assert_eq!(builder["kept"], true);
    assert_eq!(builder["chain"][0]["stage"], "native");
    assert_eq!(builder["chain"][0]["line"], 11);
    assert_eq!(
        builder["chain"][0]["instruction"],
        "COPY --from=builder /build/agentd /build/lib.so /"
    );
    assert_eq!(builder["steps"].as_array().map(Vec::len), Some(1));
    assert_eq!((&local["kept"], &local["stepCount"]), (&false.into(), &3.into()));
    let reason = local["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("alias builder became something else"), "{reason}");
    assert_eq!(kiro["reason"], "no stage builds on it or takes files from it");

    let alias = &plan["aliases"][0];
    assert_eq!((&alias["name"], &alias["state"]), (&"builder".into(), &"overridden".into()));
    assert_eq!(alias["became"], format!("{IMAGE}@{DIGEST}"));
    assert_eq!(alias["pruned"][0], "local_builder");
    assert_eq!(alias["fallback"], "local_builder");
    assert_eq!(alias["verifiedPaths"], json!(["/build/agentd", "/build/lib.so"]));

    let args: Vec<(&str, Option<&str>, &str)> = plan["args"]
        .as_array()
        .expect("arguments")
        .iter()
        .map(|arg| {
            let text = |key: &str| arg[key].as_str();
            (text("name").unwrap_or_default(), text("stage"), text("from").unwrap_or_default())
        })
        .collect();
    assert_eq!(
        args,
        [
            ("BUILDER_IMAGE", None, "build-arg"),
            ("BUILDER_IMAGE", Some("native"), "build-arg"),
            ("MODE", Some("native"), "default"),
            ("TARGETARCH", Some("native"), "predefined"),
            ("NOTHING", Some("native"), "unset"),
        ]
    );
    assert_eq!(plan["images"].as_array().map(Vec::len), Some(1));
    assert_eq!(plan["images"][0]["digest"], DIGEST);

    fits(&text);
    let expected = "\
TARGET native for linux/amd64: 2 of 4 stages

ALIASES
  builder, overridden: BUILDER_IMAGE →
    ghcr.io/org/builder:v1@sha256:0123456789ab… (linux/amd64)
    2 paths verified
    pruned local_builder

STAGES
  pruned local_builder (3 steps)
      alias builder became something else: BUILDER_IMAGE →
        ghcr.io/org/builder:v1@sha256:0123456789ab… (linux/amd64)
  kept builder (1 step)
      native, line 11: COPY --from=builder /build/agentd /build/lib.so /
    [builder 1/1] FROM ghcr.io/org/builder:v1@sha256:0123456789ab…
  pruned kiro (3 steps)
      no stage builds on it or takes files from it
  kept native (1 step)
";
    assert!(text.starts_with(expected), "{text}");
    let arguments = "\
ARGUMENTS
  BUILDER_IMAGE=ghcr.io/org/builder:v1 (build-arg; line 1)
  BUILDER_IMAGE=ghcr.io/org/builder:v1 (build-arg; native, line 12)
  MODE=fast (default; native, line 13)
  TARGETARCH=amd64 (predefined; native, line 14)
  NOTHING (unset; native, line 14)
";
    assert!(text.contains(arguments), "{text}");
}

#[tokio::test]
async fn the_plan_of_a_default_build_says_so() {
    let gateway = prebuilt(&format!("{DOCKERFILE}ARG BUILDER_IMAGE\n"), Files::default());
    let (plan, text) = request(gateway, "frontend.plan").await;
    let plan = only(&plan);
    assert_eq!(plan["aliases"][0]["state"], "default");
    assert_eq!(plan["aliases"][0]["became"], "local_builder");
    assert_eq!(plan["args"][0]["from"], "default");
    assert_eq!(plan["args"][1]["from"], "inherited");
    let chain: Vec<&str> = stage(plan, "local_builder")["chain"]
        .as_array()
        .expect("a chain")
        .iter()
        .filter_map(|link| link["stage"].as_str())
        .collect();
    assert_eq!(chain, ["native", "builder"]);
    fits(&text);
}

#[tokio::test]
async fn the_plan_hides_secrets() {
    let dockerfile = "ARG API_TOKEN\nFROM scratch\nARG API_TOKEN\n";
    let gateway = prebuilt(dockerfile, Files::default()).build_arg("API_TOKEN", "hunter2");
    let (plan, text) = request(gateway, "frontend.plan").await;
    assert!(!plan.to_string().contains("hunter2") && !text.contains("hunter2"));
    assert_eq!(only(&plan)["args"][0]["value"], "***");
}

#[tokio::test]
async fn the_plan_tells_of_a_fallback() {
    let gateway = overridden(&with("fallback=local"), files())
        .image(IMAGE, Image::missing("ghcr.io/org/builder:v1: not found"));
    let (plan, text) = request(gateway, "frontend.plan").await;
    let plan = only(&plan);
    assert_eq!(plan["aliases"][0]["state"], "fell-back");
    assert_eq!(plan["aliases"][0]["became"], "local_builder");
    assert_eq!(stage(plan, "local_builder")["kept"], true);
    assert!(text.contains("fell back") && text.contains("not found"), "{text}");
    fits(&text);
}

#[tokio::test]
async fn why_tells_the_shortest_chain() {
    let dockerfile = format!("{DOCKERFILE}FROM local_builder AS tests\nFROM kiro\n");
    let gateway = prebuilt(&dockerfile, files()).build_arg("ALIASFRONT_WHY", "local_builder");
    let (why, text) = request(gateway, "frontend.why").await;
    assert_eq!((&only(&why)["kept"], &why["target"]), (&true.into(), &"stage-5".into()));
    let expected = "\
local_builder is kept: stage-5 needs it
  stage-5, line 13: FROM kiro
  kiro, line 8: COPY --from=builder /build/agentd /usr/bin/
  builder, line 6: FROM ${BUILDER_IMAGE} AS builder
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn why_tells_all_that_still_reaches_a_stage() {
    let dockerfile = format!("{DOCKERFILE}COPY --from=local_builder /x /\n");
    let gateway = overridden(&dockerfile, files())
        .opt("target", "native")
        .build_arg("ALIASFRONT_WHY", "Local_Builder");
    let (_, text) = request(gateway, "frontend.why").await;
    assert!(text.contains("native, line 12: COPY --from=local_builder /x /"), "{text}");

    let dockerfile = format!("{DOCKERFILE}COPY --from=builder /build/cli /\n");
    let gateway = overridden(&dockerfile, files())
        .opt("target", "native")
        .build_arg("ALIASFRONT_WHY", "builder");
    let (why, text) = request(gateway, "frontend.why").await;
    assert!(text.contains("it is also needed by\n  native, line 12: "), "{text}");
    // Whatever else there is in the Dockerfile.
    assert_eq!(only(&why)["neededBy"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn why_tells_why_a_stage_is_pruned() {
    let gateway = overridden(DOCKERFILE, files()).build_arg("ALIASFRONT_WHY", "local_builder");
    let (why, text) = request(gateway, "frontend.why").await;
    assert_eq!(only(&why)["kept"], false);
    assert!(text.starts_with("local_builder is pruned: alias builder became"), "{text}");
    fits(&text);

    let gateway = prebuilt(DOCKERFILE, files())
        .opt("target", "local_builder")
        .build_arg("ALIASFRONT_WHY", "builder");
    let (why, text) = request(gateway, "frontend.why").await;
    let reason = "local_builder needs none of the stages that use it: kiro, native";
    assert_eq!(only(&why)["reason"], reason);
    fits(&text);
    assert!(text.contains("kiro, line 9: RUN --mount=from=builder"), "{text}");
}

#[tokio::test]
async fn why_is_asked_of_the_target_itself() {
    let gateway = overridden(DOCKERFILE, files()).build_arg("ALIASFRONT_WHY", "kiro");
    let (why, text) = request(gateway, "frontend.why").await;
    assert_eq!(text, "kiro is kept: it is the target\n");
    assert_eq!(only(&why)["chain"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn why_needs_a_stage_that_is_there() {
    let gateway = overridden(DOCKERFILE, files()).opt("requestid", "frontend.why");
    fail_with(gateway.clone(), &["--build-arg ALIASFRONT_WHY=<stage>"]).await;
    let gateway = gateway.build_arg("ALIASFRONT_WHY", "local_bulder");
    fail_with(gateway, &["there is no such stage (did you mean local_builder?)"]).await;
}

#[tokio::test]
async fn of_many_pruned_stages_the_first_are_named() {
    let mut text = "ARG BUILDER_IMAGE=last\nFROM rust AS s0\n".to_owned();
    for stage in 1..30 {
        text.push_str(&format!("FROM s{} AS s{stage}\n", stage - 1));
    }
    text.push_str("FROM s29 AS last\nFROM ${BUILDER_IMAGE} AS builder\nFROM builder AS kiro\n");
    let recording = succeed(overridden(&text, files())).await;
    let expected = "pruned \"s0\" (1 step), \"s1\" (0 steps), \"s2\" (0 steps), \"s3\" (0 steps), \"s4\" (0 steps), \
                    \"s5\" (0 steps), \"s6\" (0 steps), \"s7\" (0 steps) and 23 more";
    let message = message(&recording);
    assert!(message.trim_end().ends_with(expected), "{message}");
}

#[tokio::test]
async fn of_two_aliases_the_one_that_the_target_needs_is_the_reason() {
    let dockerfile = "ARG BUILDER_IMAGE=local\nFROM alpine AS local\nRUN x\n\
                      FROM ${BUILDER_IMAGE} AS first\nFROM ${BUILDER_IMAGE} AS second\n\
                      FROM scratch AS kiro\nCOPY --from=second /build/agentd /\n";
    let (plan, text) = request(overridden(dockerfile, files()), "frontend.plan").await;
    let plan = only(&plan);
    let reason = stage(plan, "local")["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("alias second became something else"), "{text}");
    assert_eq!(plan["aliases"][0]["pruned"].as_array().map(Vec::len), Some(0), "{plan}");
}
