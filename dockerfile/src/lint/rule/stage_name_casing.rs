//! `StageNameCasing`: stage names with upper case in them.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "StageNameCasing",
    description: "Stage names should be lowercase",
    url: "https://docs.docker.com/go/dockerfile/rule/stage-name-casing/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Stage names with upper case in them",
    why: "Stage names are compared without case, so `Builder` and `builder` are one stage. Written one way
only, they look like what they are, and a search finds them all.",
    examples: &[
        Example::found("FROM alpine AS Builder
"),
        Example::better("FROM alpine AS builder
"),
    ],
    more: "",
};

/// The text of a finding on the stage name `name`.
pub fn message(name: &str) -> String {
    format!("Stage name '{name}' should be lowercase")
}

/// Checks the words behind `FROM`.
pub(crate) fn check(words: &[&str]) -> Option<String> {
    match words {
        [_, _, name] if *name != name.to_lowercase() => Some(message(name)),
        _ => None,
    }
}
