//! `RedundantTargetPlatform`: `FROM --platform=$TARGETPLATFORM`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "RedundantTargetPlatform",
    description: "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    url: "https://docs.docker.com/go/dockerfile/rule/redundant-target-platform/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`FROM --platform=$TARGETPLATFORM`",
    why: "A stage is built for the target platform anyway.",
    examples: &[
        Example::found(
            "FROM --platform=$TARGETPLATFORM alpine
",
        ),
        Example::better(
            "FROM alpine
",
        ),
    ],
    more: "",
};

/// The text of a finding on the flag's value `platform`, as it is written.
pub fn message(platform: &str) -> String {
    format!(
        "Setting platform to predefined {platform} in FROM is redundant as this is the default \
         behavior"
    )
}
