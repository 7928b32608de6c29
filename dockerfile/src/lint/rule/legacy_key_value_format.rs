//! `LegacyKeyValueFormat`: `ENV key value` and `LABEL key value`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "LegacyKeyValueFormat",
    description: "Legacy key/value format with whitespace separator should not be used",
    url: "https://docs.docker.com/go/dockerfile/rule/legacy-key-value-format/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`ENV key value` and `LABEL key value`",
    why: "In this form all of the line is the one value, also what looks like a second pair.",
    examples: &[
        Example::found(
            "FROM alpine
ENV A 1 B=2
",
        ),
        Example::better(
            "FROM alpine
ENV A=1 B=2
",
        ),
    ],
    more: "",
};

/// The text of a finding on the instruction `keyword`, as it is written.
pub fn message(keyword: &str) -> String {
    format!(
        "\"{keyword} key=value\" should be used instead of legacy \"{keyword} key value\" format"
    )
}
