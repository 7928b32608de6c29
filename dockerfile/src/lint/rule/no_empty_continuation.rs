//! `NoEmptyContinuation`: empty lines in an instruction that goes over several lines.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "NoEmptyContinuation",
    description: "Empty continuation lines will become errors in a future release",
    url: "https://docs.docker.com/go/dockerfile/rule/no-empty-continuation/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Empty lines in an instruction that goes over several lines",
    why: r"An empty line after a line that ends in `\` does not end the instruction, although it looks so.
A comment there is fine.",
    examples: &[
        Example::found(
            r"FROM alpine
RUN apk add \

    curl
",
        ),
        Example::better(
            r"FROM alpine
RUN apk add \
    # for the health check
    curl
",
        ),
    ],
    more: "",
};

/// The text of a finding.
pub fn message() -> String {
    "Empty continuation line".into()
}
