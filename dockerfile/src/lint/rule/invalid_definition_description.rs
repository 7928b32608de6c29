//! `InvalidDefinitionDescription`: comments above `ARG` and named stages that are no descriptions.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "InvalidDefinitionDescription",
    description: "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    url: "https://docs.docker.com/go/dockerfile/rule/invalid-definition-description/",
    experimental: true,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Comments above `ARG` and named stages that are no descriptions",
    why: "A comment that starts with the name of what is below describes it, and shows up in outlines and
lists of targets. This finds comments that were perhaps meant so. An empty comment line parts a
comment from the instruction.",
    examples: &[
        Example::found("# The version of Go
ARG GO_VERSION=1.25
FROM alpine
"),
        Example::better("# GO_VERSION is the version of Go to build with
ARG GO_VERSION=1.25
FROM alpine
"),
    ],
    more: "",
};

/// The text of a finding on the instruction `keyword`, of which `name` is the name to describe.
pub fn message(keyword: &str, name: &str) -> String {
    format!("Comment for {keyword} should follow the format: `# {name} <description>`")
}

/// Checks the last of `comments` above an instruction that defines `names`.
pub(crate) fn check(keyword: &str, names: &[&str], comments: &[String]) -> Option<String> {
    let first_word = comments.last()?.split(' ').next()?;
    match names {
        [] => None,
        names if names.contains(&first_word) => None,
        [name] => Some(message(keyword, name)),
        _ => Some(message(keyword, "<arg_key>")),
    }
}
