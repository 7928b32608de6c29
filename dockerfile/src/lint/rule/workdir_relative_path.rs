//! `WorkdirRelativePath`: a relative `WORKDIR` before any absolute one in the stage.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "WorkdirRelativePath",
    description: "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
    url: "https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A relative `WORKDIR` before any absolute one in the stage",
    why: "It is relative to the base image's working directory, which may be another one tomorrow.",
    examples: &[
        Example::found(
            "FROM nginx
WORKDIR html
",
        ),
        Example::better(
            "FROM nginx
WORKDIR /usr/share/nginx/html
",
        ),
    ],
    more: "",
};

/// The text of a finding on the path `workdir`.
pub fn message(workdir: &str) -> String {
    format!(
        "Relative workdir {} can have unexpected results if the base image changes",
        quote(workdir)
    )
}
