//! `UndefinedVar`: variables that neither `ARG` nor `ENV` nor the base image defines.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "UndefinedVar",
    description: "Variables should be defined before their use",
    url: "https://docs.docker.com/go/dockerfile/rule/undefined-var/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Variables that neither `ARG` nor `ENV` nor the base image defines",
    why: "They expand to nothing, and a path or a flag is not what it looks like. Arguments declared before
the first `FROM` need an `ARG` of their own in the stage.",
    examples: &[
        Example::found("FROM alpine
COPY $SOURCE /src
"),
        Example::better("FROM alpine
ARG SOURCE=.
COPY $SOURCE /src
"),
    ],
    more: "",
};

/// The text of a finding on the variable `name`, with the known variable nearest to it, where there
/// is one.
pub fn message(name: &str, suggestion: Option<&str>) -> String {
    let suggestion = suggestion.map(|s| format!(" (did you mean ${s}?)")).unwrap_or_default();
    format!("Usage of undefined variable '${name}'{suggestion}")
}
