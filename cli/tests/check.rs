//! Lint on the command line: every alias both ways, in every form.

mod common;

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::common::Registry;

/// A compile stage that stays where an image takes its place, and a mistake in it.
const LEAK: &str = "ARG B=local\nFROM scratch AS local\nWORKDIR relative\nCOPY src /src\nFROM ${B} AS builder\nFROM \
                    scratch AS app\nCOPY --from=builder /src/a /\nFROM app AS leaks\nCOPY --from=local /src/b /\n";

/// The config of an image with a layer.
const CONFIG: &[u8] =
    br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:00"]}}"#;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a check of a Dockerfile. Returns its exit code and what it says.
async fn check(test: &str, dockerfile: &str, args: &str) -> (i32, String, String) {
    let path = std::env::temp_dir().join(format!("check-{test}-{}", std::process::id()));
    let folder = Folder(path);
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("Dockerfile"), dockerfile).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_aliasfront"));
    command.arg("check").args(args.split_whitespace()).current_dir(&folder.0);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |data| String::from_utf8(data).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The rules of what is found, with the messages.
fn warnings(answer: &str) -> Vec<(String, String)> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| (text(&warning["ruleName"]), text(&warning["detail"]))).collect()
}

#[tokio::test]
async fn what_hides_behind_an_alias_is_found() {
    let (code, out, err) = check("leak", LEAK, "--target leaks --format json").await;
    assert_eq!(code, 1, "{out}{err}");
    let found = warnings(&out);
    let of =
        |rule: &str| found.iter().find(|(name, _)| name == rule).map(|(_, text)| text.as_str());
    assert!(of("WorkdirRelativePath").is_some_and(|text| !text.contains("where B")), "{found:?}");
    let leak = of("AliasLeak").unwrap();
    assert!(leak.ends_with("(where B names an image)"), "{found:?}");
    assert!(!out.contains("aliasfront.invalid"), "{out}");
}

#[tokio::test]
async fn what_hides_behind_an_image_is_found() {
    let registry = Registry::default();
    let host = registry.start().await;
    registry.image("builder", Some("1"), CONFIG);
    let args =
        format!("--target app --format json --platform linux/amd64 --build-arg B={host}/builder:1");
    let (code, out, err) = check("image", LEAK, &args).await;
    assert_eq!(code, 1, "{out}{err}");
    let found = warnings(&out);
    let relative = found.iter().find(|(rule, _)| rule == "WorkdirRelativePath").unwrap();
    assert!(relative.1.ends_with("(without --build-arg B)"), "{found:?}");
    assert_eq!(registry.count("/v2/builder/manifests/1"), 1);
}

#[tokio::test]
async fn a_contract_is_for_images_that_there_are() {
    let contract =
        "# alias allow=ghcr.io/org/* pin=digest require=/src/a,+x fresh=revision\nFROM ${B}";
    let text = LEAK.replace("FROM ${B}", contract).replace("WORKDIR relative\n", "");
    let (code, out, err) = check("contract", &text, "--target app --format json").await;
    assert_eq!((code, warnings(&out)), (0, Vec::new()), "{out}{err}");
}

#[tokio::test]
async fn findings_have_forms() {
    let (code, out, _) = check("sarif", LEAK, "--target leaks --format sarif").await;
    assert_eq!(code, 1);
    let log: Value = serde_json::from_str(&out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["ruleId"] == "AliasLeak"), "{out}");
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(*place, "Dockerfile");

    let (code, out, _) = check("github", LEAK, "--target leaks --format github").await;
    assert_eq!(code, 1);
    assert!(out.lines().all(|line| line.starts_with("::warning file=Dockerfile,line=")), "{out}");

    for (format, code) in [("sarif", 3), ("github", 3), ("json", 3), ("text", 3)] {
        let args = format!("--format {format}");
        let (ended, out, err) = check("error", "FROM scratch\nCOPY\n", &args).await;
        assert_eq!(ended, code, "{out}{err}");
        // In text it is told as other errors are.
        assert_eq!(err.is_empty(), format != "text", "{err}");
        assert!(out.contains("COPY requires") || err.contains("COPY requires"), "{out}{err}");
    }
}
