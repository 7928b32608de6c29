//! Dockerfiles that name another frontend.

use aliasfront_tests::gateway::{Fault, Gateway, Rpc};
use tonic::Code;

use crate::{fail, source, succeed};

const DOCKERFILE: &str = "# syntax=docker/dockerfile:1.7\nFROM alpine\n";

#[tokio::test]
async fn the_directive_is_followed_with_inputs_and_options() {
    let gateway = Gateway::new()
        .dockerfile(DOCKERFILE)
        .opt("target", "x")
        .input("lib", source("local://lib"));
    let recording = succeed(gateway).await;
    assert_eq!(recording.forwarded.len(), 1);
    let forwarded = &recording.forwarded[0];
    assert_eq!(forwarded.frontend, "gateway.v0");
    assert_eq!(forwarded.opts["source"], "docker/dockerfile:1.7");
    assert_eq!(forwarded.opts["cmdline"], "docker/dockerfile:1.7");
    assert_eq!(forwarded.opts["target"], "x");
    assert_eq!(forwarded.inputs, ["lib"]);
    assert!(recording.lookups.is_empty());
}

#[tokio::test]
async fn empty_results_are_spelled_out() {
    // The gateway refuses what daemons read as null pointers.
    let gateway = Gateway::new()
        .dockerfile("FROM scratch\nLABEL a=b\n")
        .opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    assert_eq!(recording.result().expect("a result").ids.len(), 2);
}

#[tokio::test]
async fn the_directive_is_not_followed_by_the_frontend_that_it_names() {
    let recording =
        succeed(Gateway::new().dockerfile(DOCKERFILE).opt("cmdline", "docker/dockerfile:1.7"))
            .await;
    assert!(recording.forwarded.is_empty());
    assert_eq!(recording.lookups.len(), 1);
}

#[tokio::test]
async fn errors_about_no_line_keep_the_line_that_names_the_frontend_out_of_sight() {
    // The frontend that handed the build over shows that line wherever an error has no source.
    let directly = Gateway::new().dockerfile("FROM scratch AS a\n");
    let named = directly.clone().opt("cmdline", "docker/dockerfile:1.7");
    for (key, value) in
        [("target", "nope"), ("requestid", "frontend.nope"), ("build-arg:ALIASFRONT_NOPE", "x")]
    {
        let recording = fail(named.clone().opt(key, value)).await;
        let sources = recording.error_details("errdefs.Source+json");
        assert_eq!(sources.len(), 1, "{key}: {sources:?}");
        assert_eq!(recording.error_lines(), [], "{key}");
        // Whoever calls the frontend itself gets no source that is none.
        let recording = fail(directly.clone().opt(key, value)).await;
        assert_eq!(recording.error_details("errdefs.Source+json").len(), 0, "{key}");
    }
    // An error with a line has that one.
    let gateway = Gateway::new().dockerfile("FROM scratch\nNONSENSE\n").opt("cmdline", "x");
    assert_eq!(fail(gateway).await.error_lines(), [(2, 2)]);
}

#[tokio::test]
async fn the_argument_goes_before_the_directive() {
    let gateway =
        Gateway::new().dockerfile(DOCKERFILE).build_arg("BUILDKIT_SYNTAX", "other/frontend:2 --x");
    let recording = succeed(gateway).await;
    assert_eq!(recording.forwarded[0].opts["source"], "other/frontend:2");
    assert_eq!(recording.forwarded[0].opts["cmdline"], "other/frontend:2 --x");
}

#[tokio::test]
async fn requests_are_forwarded_too() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("requestid", "frontend.outline");
    let recording = succeed(gateway).await;
    assert_eq!(recording.forwarded[0].opts["requestid"], "frontend.outline");
}

#[tokio::test]
async fn a_frontend_that_fails_is_shown_at_its_directive() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).misbehave_nth(
        Rpc::Solve,
        2,
        Fault::Code(Code::NotFound),
    );
    let recording = fail(gateway).await;
    assert_eq!(recording.error_lines(), [(1, 1)]);
    assert!(recording.error().expect("an error").message.contains(Fault::MESSAGE));
}

#[tokio::test]
async fn a_frontend_of_the_argument_that_fails_is_named() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\n")
        .build_arg("BUILDKIT_SYNTAX", "other/frontend:2")
        .misbehave_nth(Rpc::Solve, 2, Fault::Code(Code::NotFound));
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(
        error.starts_with("failed with build-arg:BUILDKIT_SYNTAX = other/frontend:2: "),
        "{error}"
    );
}

#[tokio::test]
async fn the_source_that_a_frontend_shows_is_kept() {
    let directive = Gateway::new().dockerfile(DOCKERFILE);
    let argument =
        Gateway::new().dockerfile("FROM alpine\n").build_arg("BUILDKIT_SYNTAX", "other/frontend:2");
    for gateway in [directive, argument] {
        let fault = Fault::Detailed(Code::InvalidArgument);
        let recording = fail(gateway.misbehave_nth(Rpc::Solve, 2, fault)).await;
        assert_eq!(recording.error_lines(), [(Fault::LINE, Fault::LINE)]);
        assert_eq!(recording.error_code(), Some(Code::InvalidArgument));
        assert_eq!(recording.error().expect("an error").message, Fault::MESSAGE);
    }
}

#[tokio::test]
async fn what_this_frontend_lacks_the_other_may_have() {
    let gateway = |caps: &str| Gateway::new().dockerfile(DOCKERFILE).opt("frontend.caps", caps);
    let forwarded = succeed(gateway("moby.buildkit.frontend.unheard+forward")).await;
    assert_eq!(forwarded.forwarded.len(), 1);

    let refused = fail(gateway("moby.buildkit.frontend.unheard")).await;
    assert!(refused.forwarded.is_empty());
}
