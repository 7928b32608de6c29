//! `InvalidBaseImagePlatform`: base images that are not of the platform they were asked for.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "InvalidBaseImagePlatform",
    description: "Base image platform does not match expected target platform",
    url: "",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Base images that are not of the platform they were asked for",
    why: "An image without an index comes for the one platform it has, whatever was asked; what it runs
needs emulation, or fails. Only the registry knows: the text shows nothing of it.",
    examples: &[
        Example::found("FROM example.com/only-for-arm64
").with(&[("--platform", "linux/amd64")]),
        Example::better("FROM --platform=linux/arm64 example.com/only-for-arm64 AS arm64-base
").with(&[("--platform", "linux/amd64")]),
    ],
    more: "",
};

/// The text of a finding on `image`, which is of platform `actual` where `expected` was wanted.
pub fn message(image: &str, expected: &str, actual: &str) -> String {
    format!(
        "Base image {image} was pulled with platform {}, expected {} for current build",
        quote(actual),
        quote(expected)
    )
}
