//! `FromPlatformFlagConstDisallowed`: `FROM --platform=` with a platform instead of a variable.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "FromPlatformFlagConstDisallowed",
    description: "FROM --platform flag should not use a constant value",
    url: "https://docs.docker.com/go/dockerfile/rule/from-platform-flag-const-disallowed/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`FROM --platform=` with a platform instead of a variable",
    why: "The stage is of that platform in every build, also in one for another. Where that is meant, a
stage name with the system or the architecture in it says so.",
    examples: &[
        Example::found("FROM --platform=linux/amd64 alpine AS base
"),
        Example::better("FROM alpine AS base
"),
    ],
    more: "",
};

/// The text of a finding on the flag's value `platform`.
pub fn message(platform: &str) -> String {
    format!("FROM --platform flag should not use constant value {}", quote(platform))
}
