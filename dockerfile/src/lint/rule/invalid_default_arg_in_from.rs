//! `InvalidDefaultArgInFrom`: bases that are no image name when no build arguments are given.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "InvalidDefaultArgInFrom",
    description: "Default value for global ARG results in an empty or invalid base image name",
    url: "https://docs.docker.com/go/dockerfile/rule/invalid-default-arg-in-from/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Bases that are no image name when no build arguments are given",
    why: "Such a Dockerfile builds only for those who know which arguments to give.",
    examples: &[
        Example::found(
            "ARG TAG
FROM alpine:${TAG}
",
        ),
        Example::better(
            "ARG TAG=latest
FROM alpine:${TAG}
",
        ),
    ],
    more: "",
};

/// The text of a finding on the base `base`, as it is written.
pub fn message(base: &str) -> String {
    format!("Default value for ARG {base} results in empty or invalid base image name")
}
