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
