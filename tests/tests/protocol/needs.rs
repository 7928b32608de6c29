//! Stages that must pass before a build has its result.

use aliasfront_tests::gateway::{Fault, Gateway, Recording, Rpc, Solved};
use serde_json::{Value, json};
use tonic::Code;

use crate::{fail, succeed};

const DOCKERFILE: &str = "\
FROM rust AS build
COPY src /src
RUN make
FROM build AS test
COPY tests /tests
RUN make test
FROM alpine AS lint
COPY src /src
RUN lint
# What is shipped.
# stage needs=test,lint
FROM debian AS app
COPY --from=build /src/app /app
";
/// Where the comment is, from 1.
const LINE: i64 = 11;

fn build(dockerfile: &str) -> Gateway {
    let gateway = Gateway::new().dockerfile(dockerfile);
    gateway.context_file("src", "a").context_file("tests", "b")
}

/// What was to be run at once: the targets, and what must pass.
fn run(recording: &Recording) -> Vec<&Solved> {
    recording.solves.iter().filter(|solved| solved.evaluate).collect()
}

fn names(solved: &Solved) -> Vec<String> {
    let graph = solved.graph.as_ref().expect("a graph");
    graph.names().iter().map(|name| (*name).to_owned()).collect()
}

/// Whether a step is part of what is run.
fn runs(recording: &Recording, step: &str) -> usize {
    run(recording).iter().filter(|it| names(it).iter().any(|name| name.contains(step))).count()
}

fn digests(solved: &Solved) -> Vec<String> {
    let graph = solved.graph.as_ref().expect("a graph");
    graph.vertices.iter().map(|vertex| vertex.digest.clone()).collect()
}

fn message(recording: &Recording) -> String {
    let result = recording.result().expect("a result");
    let text = result.metadata.get("frontend.result.inlinemessage").cloned().unwrap_or_default();
    String::from_utf8(text).expect("UTF-8")
}

async fn request(gateway: Gateway, id: &str) -> (Value, String) {
    let recording = succeed(gateway.opt("requestid", id)).await;
    let result = recording.result().expect("a result");
    let text = result.metadata.get("result.txt").cloned().expect("text");
    (result.json("result.json").expect("JSON"), String::from_utf8(text).expect("UTF-8"))
}

#[tokio::test]
async fn they_are_run_beside_the_target() {
    // None is answered before all were asked.
    let recording = succeed(build(DOCKERFILE).hold(Rpc::Solve, 3)).await;
    assert_eq!(run(&recording).len(), 3);
    for step in ["RUN make test", "RUN lint", "[app 2/2]"] {
        assert_eq!(runs(&recording, step), 1, "{step}");
    }
    let result = recording.result().and_then(|result| result.graph()).expect("a single graph");
    assert!(!result.names().iter().any(|name| name.contains("make test")));
    assert_eq!(message(&recording), "");
}

#[tokio::test]
async fn no_digest_changes() {
    let with = succeed(build(DOCKERFILE)).await;
    let plain = DOCKERFILE.replace("stage needs=test,lint", "the stage of all stages");
    let plain = succeed(build(&plain)).await;
    let of_app = |recording: &Recording| {
        let is_app = |it: &&Solved| {
            it.graph.is_some() && names(it).iter().any(|name| name.contains("[app 2/2]"))
        };
        digests(recording.solves.iter().find(is_app).expect("the target"))
    };
    assert_eq!(of_app(&with), of_app(&plain));
    assert!(run(&plain).is_empty(), "a target that needs nothing is solved when it is wanted");
    // What must pass is what it would be as the target.
    for target in ["test", "lint"] {
        let alone = succeed(build(DOCKERFILE).opt("target", target)).await;
        assert!(run(&alone).is_empty());
        let alone = digests(alone.solves.iter().max_by_key(|it| digests(it).len()).expect("one"));
        let found = run(&with).into_iter().any(|solved| digests(solved) == alone);
        assert!(found, "{target}");
    }
}

#[tokio::test]
async fn a_stage_that_fails_is_the_build_s_failure() {
    let first = succeed(build(DOCKERFILE)).await.solves.len() - 2;
    for nth in first..first + 3 {
        let fault = Fault::Detailed(Code::Unknown);
        let recording = fail(build(DOCKERFILE).misbehave_nth(Rpc::Solve, nth, fault)).await;
        let error = recording.error().expect("an error");
        assert!(error.message.starts_with(Fault::MESSAGE), "{}", error.message);
    }
}

#[tokio::test]
async fn only_what_is_built_needs_something() {
    for target in ["build", "test", "lint"] {
        let recording = succeed(build(DOCKERFILE).opt("target", target)).await;
        assert!(run(&recording).is_empty(), "{target}");
    }
    // A stage that another one takes from is built, too; and so it is by one that builds on it.
    for end in ["FROM scratch\nCOPY --from=app /app /\n", "FROM app\nRUN x\n"] {
        let recording = succeed(build(&format!("{DOCKERFILE}{end}"))).await;
        assert_eq!((run(&recording).len(), runs(&recording, "RUN lint")), (3, 1), "{end}");
    }
    // What is built anyway is not built for itself.
    let end = "COPY --from=test /x /\n";
    let recording = succeed(build(&format!("{DOCKERFILE}{end}"))).await;
    assert_eq!((run(&recording).len(), runs(&recording, "RUN make test")), (2, 1));
}

#[tokio::test]
async fn what_must_pass_may_need_something() {
    let text =
        DOCKERFILE.replace("FROM alpine AS lint", "# stage needs=spell\nFROM alpine AS lint");
    let text = text.replacen("FROM rust", "FROM alpine AS spell\nRUN spell\nFROM rust", 1);
    let recording = succeed(build(&text)).await;
    assert_eq!((run(&recording).len(), runs(&recording, "RUN spell")), (4, 1));
    // A stage may need one that builds on it.
    let text = "FROM alpine AS test\n".to_owned()
        + "# stage needs=check\nFROM alpine AS base\nRUN base\nFROM base AS check\nRUN check\nFROM base\nRUN end\n";
    let recording = succeed(build(&text)).await;
    assert_eq!((run(&recording).len(), runs(&recording, "RUN check")), (2, 1));
}

#[tokio::test]
async fn targets_and_platforms_need_them_once_each() {
    let gateway = build(DOCKERFILE).opt("platform", "linux/amd64,linux/arm64");
    assert_eq!(run(&succeed(gateway).await).len(), 6);
    let text = format!("{DOCKERFILE}# stage needs=lint\nFROM alpine AS other\nRUN other\n");
    let gateway = build(&text)
        .build_arg("ALIASFRONT_TARGETS", "app,other")
        .build_arg("ALIASFRONT_TARGETS_OUTPUT", "files");
    let recording = succeed(gateway.clone()).await;
    assert_eq!((run(&recording).len(), runs(&recording, "RUN lint")), (4, 1));
    // One that is a target is no other one.
    let recording = succeed(gateway.build_arg("ALIASFRONT_TARGETS", "app,lint")).await;
    assert_eq!((run(&recording).len(), runs(&recording, "RUN lint")), (3, 1));
}

#[tokio::test]
async fn a_build_can_leave_them_out_and_says_so() {
    let gateway = build(DOCKERFILE).build_arg("ALIASFRONT_NEEDS", "off");
    let recording = succeed(gateway.clone()).await;
    assert!(run(&recording).is_empty());
    let expected = "must pass, and left out by ALIASFRONT_NEEDS=off: \"test\", \"lint\"\n";
    assert_eq!(message(&recording), expected);
    let (_, text) = request(gateway.clone(), "frontend.plan").await;
    assert!(
        text.contains("pruned test (2 steps)\n      ALIASFRONT_NEEDS=off leaves out"),
        "{text}"
    );
    // Nothing is left out of a target that needs nothing.
    assert_eq!(message(&succeed(gateway.opt("target", "lint")).await), "");
    let recording = fail(build(DOCKERFILE).build_arg("ALIASFRONT_NEEDS", "on")).await;
    let error = &recording.error().expect("an error").message;
    assert!(
        error.starts_with("build argument ALIASFRONT_NEEDS: NEEDS=on is not one of off"),
        "{error}"
    );
}

#[tokio::test]
async fn plan_and_why_have_the_reason() {
    let (plan, text) = request(build(DOCKERFILE), "frontend.plan").await;
    assert!(text.starts_with("TARGET app for linux/amd64: 4 of 4 stages\n"), "{text}");
    let reason =
        format!("kept test (2 steps), to pass\n      app, line {LINE}: # stage needs=test,lint\n");
    assert!(text.contains(&reason), "{text}");
    let stages = &plan["platforms"][0]["stages"];
    assert_eq!(stages[1]["mustPass"], true, "{plan}");
    assert_eq!(stages[0]["mustPass"], Value::Null, "{plan}");
    let link = json!({
        "stage": "app", "needs": "test", "instruction": "# stage needs=test,lint", "line": LINE,
    });
    assert_eq!(stages[1]["chain"], json!([link]), "{plan}");
    let gateway = build(DOCKERFILE).build_arg("ALIASFRONT_WHY", "lint");
    let (why, text) = request(gateway, "frontend.why").await;
    let expected = format!(
        "lint is kept: app needs it to pass\n  app, line {LINE}: # stage needs=test,lint\n"
    );
    assert_eq!(text, expected);
    assert_eq!(why["platforms"][0]["neededBy"][0]["line"], LINE, "{why}");
}

#[tokio::test]
async fn mistakes_are_errors_with_their_lines() {
    let comment = "# stage needs=test,lint";
    for (from, to, part, line) in [
        (
            comment,
            "# stage needs=tset",
            "needs=tset: there is no such stage (did you mean test?)",
            LINE,
        ),
        (
            comment,
            "# stage need=test",
            "names no stage that must pass (did you mean stage needs=test?)",
            LINE,
        ),
        (comment, "# Stage needs=test", "(did you mean stage needs=test?)", LINE),
        (comment, "# stage needs=test, lint", "(did you mean stage needs=test,lint?)", LINE),
        (comment, "# stage needs test", "(did you mean stage needs=test?)", LINE),
        (comment, "# needs=test", "(did you mean stage needs=test?)", LINE),
        (comment, "# stage needs=", "no stage is named in the comment", LINE),
        (comment, "# stage needs=app", "stages need each other to pass: app needs app", LINE),
        ("RUN lint", "# stage needs=test\nRUN lint", "is not above its FROM", 9),
        (
            "FROM alpine AS lint",
            "# stage needs=app\nFROM alpine AS lint",
            "stages need each other to pass: lint needs app needs lint",
            7,
        ),
    ] {
        let text = DOCKERFILE.replace(from, to);
        let recording = fail(build(&text)).await;
        let error = &recording.error().expect("an error").message;
        assert!(error.contains(part), "{to}: {error}");
        assert_eq!(recording.error_lines()[0], (line, line), "{to}");
        // A check says so, and the outline is none without.
        let (found, _) = request(build(&text), "frontend.lint").await;
        let found = found["buildError"]["message"].as_str().expect("an error");
        assert!(found.contains(part), "{to}: {found}");
    }
    for prose in ["# stage needs network access", "# the stage needs=test", "# this is needed"] {
        let recording = succeed(build(&DOCKERFILE.replace(comment, prose))).await;
        assert!(run(&recording).is_empty(), "{prose}");
    }
}
