//! `ReservedStageName`: stages named `scratch` or `context`.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ReservedStageName",
    description: "Reserved words should not be used as stage names",
    url: "https://docs.docker.com/go/dockerfile/rule/reserved-stage-name/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Stages named `scratch` or `context`",
    why: "`scratch` is the empty image and `context` the build context: a stage of that name cannot be
reached by it everywhere.",
    examples: &[
        Example::found("FROM alpine AS scratch
"),
        Example::better("FROM alpine AS base
"),
    ],
    more: "",
};

/// The text of a finding on the stage name `name`.
pub fn message(name: &str) -> String {
    format!("Stage name should not use the same name as reserved stage {}", quote(name))
}

/// Whether `name`, in lower case, means something else in `FROM` and `COPY --from`.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, "context" | "scratch")
}
