//! The golden corpus, put through this repository's frontend.

use std::path::{Path, PathBuf};

use aliasfront_tests::frontend;
use aliasfront_tests::golden::{Case, compare};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The cases that were recorded since.
fn later_corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[tokio::test]
async fn every_case_comes_out_as_expected() {
    let mut findings = Vec::new();
    let cases =
        [corpus(), later_corpus()].map(|corpus| Case::all(&corpus, &[]).expect("the corpus"));
    for case in cases.into_iter().flatten() {
        let recording = case.run(frontend::binary()).await.expect("the frontend starts");
        if let Err(difference) = compare(&case.expected, &recording) {
            findings.push(format!("{}: {difference}", case.name));
        }
    }
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

#[tokio::test]
async fn no_case_takes_more_requests_than_the_reference() {
    let mut findings = Vec::new();
    for case in Case::all(&corpus(), &[]).expect("the corpus") {
        // Looking into the images of aliases takes requests, which tests of that count.
        let gateway =
            case.gateway().expect("the case's files").build_arg("ALIASFRONT_VERIFY", "off");
        let recording = gateway.run(frontend::binary()).await.expect("the frontend starts");
        let (ours, theirs) = (recording.counted(), case.expected.rpcs);
        if case.expected.error.is_none() && ours > theirs {
            findings.push(format!("{}: {ours}, not {theirs}: {:?}", case.name, recording.requests));
        }
    }
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}
