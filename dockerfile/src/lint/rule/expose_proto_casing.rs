//! `ExposeProtoCasing`: protocols with upper case in `EXPOSE`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ExposeProtoCasing",
    description: "Protocol in EXPOSE instruction should be lowercase",
    url: "https://docs.docker.com/go/dockerfile/rule/expose-proto-casing/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Protocols with upper case in `EXPOSE`",
    why: "They are lowered in the image, where tools look for them.",
    examples: &[
        Example::found(
            "FROM alpine
EXPOSE 80/TCP
",
        ),
        Example::better(
            "FROM alpine
EXPOSE 80/tcp
",
        ),
    ],
    more: "",
};

/// The text of a finding on `port`, as it is written.
pub fn message(port: &str) -> String {
    format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase")
}
