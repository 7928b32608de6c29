//! Findings as SARIF 2.1.0, for code scanning.

use aliasfront_compiler::{Error, shown};
use buildkit_dockerfile::Lines;
use buildkit_dockerfile::lint::{Finding, Rule};
use serde_json::{Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The rule of what keeps the Dockerfile from being built.
const BUILD_ERROR: &str = "BuildError";

/// What was found in the Dockerfile at `path`, which is relative to where the run is.
pub fn sarif(path: &str, findings: &[Finding], error: Option<&Error>) -> Vec<u8> {
    let mut rules: Vec<&Rule> = Vec::new();
    let mut results = Vec::new();
    for Finding { rule, message, lines } in findings {
        let known = rules.iter().position(|known| known.name == rule.name);
        let index = known.unwrap_or_else(|| {
            rules.push(rule);
            rules.len() - 1
        });
        results.push(json!({
            "ruleId": rule.name,
            "ruleIndex": index,
            "level": "warning",
            "message": {"text": shown::block(message)},
            "locations": locations(path, lines),
        }));
    }
    let mut rules: Vec<Value> = rules.into_iter().map(described).collect();
    if let Some(error) = error {
        results.push(json!({
            "ruleId": BUILD_ERROR,
            "ruleIndex": rules.len(),
            "level": "error",
            "message": {"text": shown::block(&error.with_hints())},
            "locations": locations(path, &error.locations),
        }));
        rules.push(json!({
            "id": BUILD_ERROR,
            "shortDescription": {"text": "The Dockerfile can't be built."},
            "defaultConfiguration": {"level": "error"},
        }));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "aliasfront",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "results": results,
        }],
    });
    format!("{log:#}\n").into_bytes()
}

fn described(rule: &Rule) -> Value {
    let mut described = json!({
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "defaultConfiguration": {"level": "warning"},
    });
    if !rule.url.is_empty() {
        described["helpUri"] = rule.url.into();
    }
    described
}

/// The places of a result, the first of them where it is shown.
fn locations(path: &str, lines: &[Lines]) -> Value {
    let uri = uri(path);
    let file = json!({"uri": uri, "uriBaseId": "%SRCROOT%"});
    let place = |lines: &Lines| {
        json!({"physicalLocation": {
            "artifactLocation": file,
            "region": {"startLine": lines.first.max(1), "endLine": lines.last.max(1)},
        }})
    };
    match lines {
        [] => json!([{"physicalLocation": {"artifactLocation": file}}]),
        lines => lines.iter().map(place).collect(),
    }
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let escaped = path.bytes().map(|byte| {
        if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_rules_and_places() {
        let rule = &buildkit_dockerfile::lint::rule::ALL[0].rule;
        let finding = |line| Finding {
            rule,
            message: "a\u{1b}b".to_owned(),
            lines: vec![Lines::new(line, line + 1)],
        };
        let error = Error::new("no").hint("do");
        let data = sarif("./a b/Dockerfile", &[finding(1), finding(3)], Some(&error));
        let log: Value = serde_json::from_slice(&data).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 2);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        assert_eq!(results[1]["ruleIndex"], 0);
        assert_eq!(results[1]["message"]["text"], "a\\x1bb");
        let place = &results[1]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/Dockerfile");
        assert_eq!(place["region"], json!({"startLine": 3, "endLine": 4}));
        assert_eq!(results[2]["ruleId"], BUILD_ERROR);
        assert_eq!(results[2]["message"]["text"], "no\nhint: do");
    }
}
