//! `DuplicateStageName`: stages with the name of an earlier stage.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "DuplicateStageName",
    description: "Stage names should be unique",
    url: "https://docs.docker.com/go/dockerfile/rule/duplicate-stage-name/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Stages with the name of an earlier stage",
    why: "Both are built where they are needed, but the name means the later one from there on, which is
rarely what was meant.",
    examples: &[
        Example::found("FROM golang AS build
FROM rust AS build
"),
        Example::better("FROM golang AS build-go
FROM rust AS build-rust
"),
    ],
    more: "",
};

/// The text of a finding on the stage name `name`.
pub fn message(name: &str) -> String {
    format!("Duplicate stage name {}, stage names should be unique", quote(name))
}
