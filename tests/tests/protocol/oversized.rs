//! Answers that would be larger than BuildKit takes.

use std::fmt::Write as _;

use aliasfront_tests::gateway::Gateway;
use serde_json::Value;

use crate::build;

/// A chain of stages, each on the one before it.
fn chain(stages: usize) -> String {
    let mut text = "FROM alpine AS s0\n".to_owned();
    for stage in 1..stages {
        writeln!(text, "FROM s{} AS s{stage}", stage - 1).expect("a string takes all");
    }
    text
}

#[tokio::test]
async fn an_error_at_many_places_of_a_long_dockerfile_arrives() {
    const STAGES: usize = 1_500;
    let mut circle = String::new();
    for stage in 0..STAGES {
        let next = (stage + 1) % STAGES;
        writeln!(
            circle,
            "FROM alpine AS stage{stage}\nCOPY --from=stage{next} /a /b # {stage:060}"
        )
        .expect("a string takes all");
    }
    let recording = build(Gateway::new().dockerfile(circle)).await;
    assert!(recording.words().contains("circular dependency"), "{}", recording.words());
    assert!(!recording.error_lines().is_empty());
}

#[tokio::test]
async fn an_error_of_a_dockerfile_that_fits_into_no_message_arrives_without_it() {
    let comment = format!("# {}\n", "x".repeat(1_000));
    let text = format!("{}FROM alpine\nCOPY --from=3 a b\n", comment.repeat(12_000));
    let recording = build(Gateway::new().dockerfile(text)).await;
    assert!(recording.words().contains("invalid stage index 3"), "{}", recording.words());
    assert!(recording.error_lines().is_empty());
}

/// The error of a build that is too large, which is as long as it takes to say what is.
async fn too_large(gateway: Gateway) -> String {
    let recording = build(gateway).await;
    assert!(recording.has_ended() && recording.exit_code() != Some(0));
    let message = recording.error().expect("an error").message.clone();
    assert!(message.contains("MAX_MESSAGE_SIZE is 16777216"), "{message:.1000}");
    assert!(message.contains("\nhint: "), "{message:.1000}");
    message
}

#[tokio::test]
async fn a_graph_that_is_too_large_is_refused_with_what_is_too_large() {
    let line = format!("{}\n", "x".repeat(1_023));
    // It goes twice in one message: as files, and in the source map.
    let file = |number: usize| format!("COPY <<E /a\n{number}\n{}E\n", line.repeat(1 << 10));
    let files: String = (0..9).map(file).collect();
    let message = too_large(Gateway::new().dockerfile(format!("FROM scratch\n{files}"))).await;
    assert!(message.starts_with("the graph of the build has 18"), "{message}");
    assert!(message.contains("the Dockerfile, which goes along with it, has 9"), "{message}");

    let patterns: String = (0..500_000).fold(String::new(), |mut text, index| {
        writeln!(text, "directory/of/files/with/long/names/{index:010}")
            .expect("a string takes all");
        text
    });
    let ignoring = Gateway::new()
        .dockerfile("FROM scratch\nCOPY a /\n")
        .context_file("a", "content")
        .context_file(".dockerignore", patterns.as_bytes()[..10 << 20].to_vec())
        .context_file("b", "");
    assert!(build(ignoring.clone()).await.error().is_none());
    let half = patterns.as_bytes()[..8 << 20].to_vec();
    let two = ignoring
        .dockerfile("FROM scratch\nCOPY a /\nCOPY --from=lib b /\n")
        .context_file(".dockerignore", half.clone())
        .opt("context:lib", "local:lib")
        .file("lib", "b", "content")
        .file("lib", ".dockerignore", half);
    let message = too_large(two).await;
    assert!(message.contains("the step \"["), "{message}");

    let variables: String =
        (0..100).map(|index| format!("ENV A{index}={}\n", "x".repeat(2_000))).collect();
    let commands = "RUN x\n".repeat(100);
    let many = Gateway::new().dockerfile(format!("FROM alpine\n{variables}{commands}"));
    let message = too_large(many).await;
    assert!(message.contains(": it has 10"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_by_name() {
    let large = vec![b'#'; 17 << 20];
    let message = too_large(Gateway::new().dockerfile(large.clone())).await;
    assert!(
        message.contains("failed to read dockerfile: Dockerfile has 17825792 bytes"),
        "{message}"
    );
    let usual = || Gateway::new().dockerfile("FROM scratch\nCOPY a /\n").context_file("a", "");
    let message = too_large(usual().context_file(".dockerignore", large.clone())).await;
    assert!(message.contains(".dockerignore has 17825792 bytes"), "{message}");
    let message = too_large(usual().file("dockerfile", "Dockerfile.dockerignore", large)).await;
    assert!(message.contains("Dockerfile.dockerignore has 17825792 bytes"), "{message}");
}

#[tokio::test]
async fn the_plan_of_a_long_chain_shows_the_end_of_each_stages_chain() {
    let recording =
        build(Gateway::new().dockerfile(chain(500)).opt("requestid", "frontend.plan")).await;
    let metadata = &recording.result().expect("a result").metadata;
    let plan: Value = serde_json::from_slice(&metadata["result.json"]).expect("JSON");
    let first = &plan["platforms"][0]["stages"][0];
    assert_eq!(first["name"], "s0");
    assert_eq!(first["chain"].as_array().map(Vec::len), Some(20));
    assert_eq!(first["chain"][19]["needs"], "s0");
    assert_eq!(first["chainLeftOut"], 499 - 20);
    let text = String::from_utf8_lossy(&metadata["result.txt"]);
    assert!(text.contains("… 479 instructions before these\n"), "{text:.2000}");
}

#[tokio::test]
async fn of_very_many_findings_the_first_are_warnings_and_the_rest_is_counted() {
    const FINDINGS: usize = 400;
    let comment = format!("# {}\n", "x".repeat(1_000));
    let text = format!("{}FROM alpine\n{}", comment.repeat(200), "ENV a b\n".repeat(FINDINGS));
    let size = text.len();
    let recording = build(Gateway::new().dockerfile(text)).await;
    let (last, shown) = recording.warnings.split_last().expect("warnings");
    assert!(shown.len() * size <= 16 << 20 && (shown.len() + 1) * size > 16 << 20);
    let rest = FINDINGS - shown.len();
    assert!(last.short.starts_with(&format!("{rest} more findings")), "{}", last.short);
    assert!(recording.result().is_some());
}
