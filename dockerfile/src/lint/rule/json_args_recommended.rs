//! `JSONArgsRecommended`: `CMD` and `ENTRYPOINT` in shell form.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "JSONArgsRecommended",
    description: "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    url: "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`CMD` and `ENTRYPOINT` in shell form",
    why: "The shell is the container's first process then. It takes the signals that stop a container and
does not pass them on: the program is killed after the grace period instead of ending by itself.
Where the shell is wanted, a `SHELL` instruction before says so.",
    examples: &[
        Example::found("FROM alpine
ENTRYPOINT my-program start
"),
        Example::better(r#"FROM alpine
ENTRYPOINT ["my-program", "start"]
"#),
    ],
    more: "",
};

/// The text of a finding on the instruction `keyword`, as it is written.
pub fn message(keyword: &str) -> String {
    format!(
        "JSON arguments recommended for {keyword} to prevent unintended behavior related to OS \
         signals"
    )
}
