//! `FromAsCasing`: `FROM … as` and `from … AS`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "FromAsCasing",
    description: "The 'as' keyword should match the case of the 'from' keyword",
    url: "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`FROM … as` and `from … AS`",
    why: "Both keywords work in any case; in one line they should be of one.",
    examples: &[
        Example::found(
            "FROM alpine as builder
",
        ),
        Example::better(
            "FROM alpine AS builder
",
        ),
    ],
    more: "",
};

/// The text of a finding on the keywords `FROM` and `AS`, as they are written.
pub fn message(from: &str, as_keyword: &str) -> String {
    format!("'{as_keyword}' and '{from}' keywords' casing do not match")
}

/// Checks the keyword `from` and the words behind it. A `from` of mixed case is another rule's.
pub(crate) fn check(from: &str, words: &[&str]) -> Option<String> {
    let [_, as_keyword, _, ..] = *words else { return None };
    let matches = if from == from.to_lowercase() {
        as_keyword == as_keyword.to_lowercase()
    } else {
        from != from.to_uppercase() || as_keyword == as_keyword.to_uppercase()
    };
    (!matches).then(|| message(from, as_keyword))
}
