//! Errors as clients show them, and source maps.

use aliasfront_tests::gateway::{Fault, Gateway, Rpc};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tonic::Code;

use crate::{fail, fail_with, graph, succeed};

#[tokio::test]
async fn errors_carry_the_source() {
    let dockerfile = "FROM alpine\nRUN x\nNONSENSE \\\n  more\n";
    let recording = fail(Gateway::new().dockerfile(dockerfile)).await;
    let error = recording.error().expect("an error");
    assert_eq!(error.details[0].type_url, "github.com/moby/buildkit/errdefs.Source+json");
    let details = recording.error_details("errdefs.Source+json");
    let info = &details[0]["info"];
    assert_eq!(info["filename"], "Dockerfile");
    assert_eq!(info["language"], "Dockerfile");
    assert_eq!(info["data"], BASE64_STANDARD.encode(dockerfile));
    let loaded = recording.solves[0].graph.as_ref().expect("a graph");
    let definition = &info["definition"];
    assert_eq!(definition["def"][0], BASE64_STANDARD.encode(&loaded.vertices[0].bytes));
    let known = &definition["metadata"][&loaded.vertices[0].digest];
    assert_eq!(
        known["description"]["llb.customname"],
        "[internal] load build definition from Dockerfile"
    );
    let lines = recording.error_lines();
    assert_eq!(lines.first(), Some(&(3, 3)), "{lines:?}");
}

#[tokio::test]
async fn further_errors_follow_as_notes() {
    let dockerfile = "FROM alpine\nCOPY a\nEXPOSE nothing\nUSER\nnonsense\nRUN --netwrk=none x\n";
    let recording = fail(Gateway::new().dockerfile(dockerfile)).await;
    let message = &recording.error().expect("an error").message;
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines[0].starts_with("dockerfile parse error on line 2: COPY requires"), "{message}");
    assert!(lines[1].starts_with("hint: "), "{message}");
    assert_eq!(
        lines[2..],
        [
            "note: dockerfile parse error on line 4: USER requires exactly one argument",
            "note: dockerfile parse error on line 6: unknown flag: --netwrk (did you mean network?)",
        ],
    );
    assert_eq!(recording.error_lines(), [(2, 2)], "the frame is that of the first");
}

#[tokio::test]
async fn every_base_that_is_no_reference_is_named() {
    let dockerfile = "FROM /one\nFROM /two AS two\nFROM /three\nCOPY --from=0 a b\n";
    let recording = fail(Gateway::new().dockerfile(dockerfile)).await;
    assert_eq!(
        recording.error().expect("an error").message,
        "failed to parse stage name \"/three\": invalid reference format\n\
         note: line 1: failed to parse stage name \"/one\": invalid reference format\n\
         note: line 2: failed to parse stage name \"/two\": invalid reference format",
    );
    assert_eq!(recording.error_lines(), [(3, 3)]);
}

/// A Dockerfile with an error in its first target, the error, and the line that it is about.
const ERRORS: [(&str, &str, i64); 7] = [
    (
        "FROM alpine\nCOPY a\n",
        "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was \
         provided. Destination could not be determined",
        2,
    ),
    ("FROM alpine\n\nEXPOSE nothing\n", "invalid containerPort: nothing", 3),
    (
        "FROM alpine\nENV A=${b\n",
        "failed to process \"${b\": unsupported modifier (\u{fffd}) in substitution",
        2,
    ),
    (
        "FROM a AS a\nCOPY --from=b / /\nFROM a AS b\n",
        "cannot copy from stage \"b\", it needs to be defined before current stage \"a\"",
        2,
    ),
    (
        "FROM alpine\nUSER\n",
        "dockerfile parse error on line 2: USER requires exactly one argument",
        2,
    ),
    ("FROM ${NOPE}\n", "base name (${NOPE}) should not be blank", 1),
    // A dollar that is escaped is part of the value, which the text has.
    ("ARG API_TOKEN=\\$NOPE\nFROM $NOPE\n", "base name ($NOPE) should not be blank", 2),
];

#[tokio::test]
async fn errors_name_their_lines() {
    for (dockerfile, message, line) in ERRORS {
        let gateway = Gateway::new().dockerfile(dockerfile).opt("target", "a");
        let gateway = if dockerfile.contains("AS a") { gateway } else { gateway.opt("target", "") };
        let recording = fail_with(gateway, message).await;
        let mut found = recording.error_lines();
        found.dedup();
        assert_eq!(found, [(line, line)], "{dockerfile}");
    }
}

#[tokio::test]
async fn every_vertex_knows_its_lines() {
    let dockerfile = "# comment\nFROM alpine AS base\nRUN one \\\n  two\nCOPY a /\n\
                      WORKDIR /w\nFROM base\nCOPY --link --from=base /a /b\n\
                      COPY <<EOF /c\ntext\nEOF\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    let graph = graph(&recording);
    let lines = graph.lines();
    for vertex in &graph.vertices {
        if vertex.name().is_some_and(|name| name.starts_with("[internal]")) {
            continue;
        }
        assert!(lines.contains_key(vertex.digest.as_str()), "{:?} has no lines", vertex.name());
    }
    let of = |part: &str| {
        let vertex = graph
            .vertices
            .iter()
            .find(|vertex| vertex.name().is_some_and(|name| name.contains(part)));
        lines[vertex.unwrap_or_else(|| panic!("no {part}")).digest.as_str()].clone()
    };
    assert_eq!(of("FROM docker.io/library/alpine"), [(2, 2)]);
    assert_eq!(of("RUN one"), [(3, 3), (4, 4)]);
    assert_eq!(of("COPY a /"), [(5, 5)]);
    let info = &graph.source.as_ref().expect("a source map").infos[0];
    assert_eq!(info.data, dockerfile.as_bytes());
    assert_eq!(info.filename, "Dockerfile");
    assert_eq!(info.language, "Dockerfile");
    assert!(info.definition.is_some());
}

#[tokio::test]
async fn values_of_arguments_stay_out_of_the_log() {
    for level in ["info", "warn"] {
        let gateway = Gateway::new()
            .dockerfile("FROM alpine\nARG TOKEN\nRUN x $TOKEN\nNONSENSE\n")
            .build_arg("TOKEN", "hunter2")
            .env("ALIASFRONT_LOG", level)
            .env("RUST_LOG", level);
        let recording = fail(gateway).await;
        assert!(!recording.stderr.contains("hunter2"), "{}", recording.stderr);
    }
}

#[tokio::test]
async fn details_of_the_engine_are_passed_on() {
    let gateway = || Gateway::new().dockerfile("FROM alpine\nRUN x\n");
    // The last solve is that of the result.
    let last = succeed(gateway()).await.count(Rpc::Solve);
    for code in [Code::Unknown, Code::ResourceExhausted, Code::PermissionDenied] {
        let fault = Fault::Detailed(code);
        let recording = fail(gateway().misbehave_nth(Rpc::Solve, last, fault)).await;
        assert_eq!(recording.error_code(), Some(code));
        assert_eq!(recording.error_lines(), [(Fault::LINE, Fault::LINE)]);
    }
}

#[tokio::test]
async fn an_image_that_is_missing_is_shown_where_it_is_named() {
    let fault = Fault::Code(Code::NotFound);
    let gateway = Gateway::new()
        .dockerfile("FROM scratch AS a\n\nFROM gone:1\nRUN x\n")
        .misbehave(Rpc::ResolveSourceMeta, fault);
    let recording = fail(gateway).await;
    assert_eq!(recording.error_code(), Some(Code::NotFound));
    let mut lines = recording.error_lines();
    lines.dedup();
    assert_eq!(lines, [(3, 3)]);
}
