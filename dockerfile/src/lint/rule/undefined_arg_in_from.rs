//! `UndefinedArgInFrom`: arguments in `FROM` that no `ARG` before the first `FROM` declares.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "UndefinedArgInFrom",
    description: "FROM command must use declared ARGs",
    url: "https://docs.docker.com/go/dockerfile/rule/undefined-arg-in-from/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Arguments in `FROM` that no `ARG` before the first `FROM` declares",
    why: "Only those global arguments are known in `FROM`; anything else is empty, whatever `--build-arg`
says.",
    examples: &[
        Example::found("FROM alpine:${VERSION}
"),
        Example::better("ARG VERSION=3.22
FROM alpine:${VERSION}
"),
    ],
    more: "",
};

/// The text of a finding on the argument `name`, with the declared argument nearest to it, where
/// there is one.
pub fn message(name: &str, suggestion: Option<&str>) -> String {
    let suggestion = suggestion.map(|s| format!(" (did you mean {s}?)")).unwrap_or_default();
    format!("FROM argument '{name}' is not declared{suggestion}")
}
