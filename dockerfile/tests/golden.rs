//! The golden corpus: each Dockerfile parses, or fails with the error that is recorded.

use std::path::{Path, PathBuf};

use buildkit_dockerfile::{Dockerfile, lint::Config};
use serde_json::Value;

/// A case of the corpus.
struct Case {
    name: String,
    source: Vec<u8>,
    expected: Value,
}

/// The cases that have a Dockerfile of the usual name.
fn cases() -> Vec<Case> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(golden.join("cases"))
        .expect("the corpus is there")
        .map(|entry| entry.expect("a case's folder can be read").path())
        .collect();
    folders.sort();
    let cases: Vec<Case> = folders
        .iter()
        .filter_map(|folder| {
            let name = folder.file_name()?.to_str()?.to_owned();
            let source = std::fs::read(folder.join("dockerfile/Dockerfile")).ok()?;
            let expected = std::fs::read(golden.join(format!("expected/{name}.json"))).ok()?;
            Some(Case { name, source, expected: serde_json::from_slice(&expected).ok()? })
        })
        // A marker of those that build from somewhere else.
        .filter(|case| !case.source.starts_with(b"UNUSED"))
        .collect();
    assert!(cases.len() > 130, "only {} cases", cases.len());
    cases
}

/// Errors of the text: every one that the reference's parser words.
fn is_of_the_text(error: &str) -> bool {
    [
        "dockerfile parse error",
        "Syntax error",
        "the Dockerfile cannot be empty",
        "file with no instructions",
        "no build stage in current context",
        "unterminated heredoc",
        "when using JSON array syntax",
    ]
    .iter()
    .any(|start| error.starts_with(start))
}

#[test]
fn parses_or_fails_as_recorded() {
    let mut failures = 0;
    for Case { name, source, expected } in cases() {
        // What goes to another frontend is never parsed.
        if expected["forwarded"].as_array().is_some_and(|forwarded| !forwarded.is_empty()) {
            continue;
        }
        let recorded = expected["error"].as_str().filter(|error| is_of_the_text(error));
        let error = Dockerfile::parse(&source).err().map(|error| error.message);
        assert_eq!(error.as_deref(), recorded, "{name}");
        failures += usize::from(recorded.is_some());
    }
    assert!(failures >= 19, "only {failures} recorded errors of the text");
}

/// The rules that need only the text.
const TEXT_RULES: [&str; 8] = [
    "NoEmptyContinuation",
    "StageNameCasing",
    "FromAsCasing",
    "MaintainerDeprecated",
    "InvalidDefinitionDescription",
    "DuplicateStageName",
    "ReservedStageName",
    "ConsistentInstructionCasing",
];

#[test]
fn finds_what_is_recorded() {
    let mut found = 0;
    for Case { name, source, expected } in cases() {
        let Ok(dockerfile) = Dockerfile::parse(&source) else { continue };
        let Some(warnings) = expected["warnings"].as_array() else { continue };
        // Sub-requests report what they find elsewhere.
        if name.starts_with("subrequest-") || expected["error"].is_string() {
            continue;
        }
        let recorded: Vec<String> = warnings
            .iter()
            .filter_map(|warning| warning["short"].as_str())
            .filter(|short| TEXT_RULES.iter().any(|rule| short.starts_with(rule)))
            .map(str::to_owned)
            .collect();
        let check = buildkit_dockerfile::detect_check(&source).unwrap_or_default();
        let findings: Vec<String> = dockerfile
            .lint(&Config::parse(&check).expect("the corpus has valid options"))
            .iter()
            .map(|f| format!("{}: {} (line {})", f.rule.name, f.message, f.lines[0].first))
            .collect();
        assert_eq!(findings, recorded, "{name}");
        found += findings.len();
    }
    assert!(found >= 4, "only {found} findings");
}
