//! `ExposeInvalidFormat`: addresses and mappings in `EXPOSE`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ExposeInvalidFormat",
    description: "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
    url: "https://docs.docker.com/go/dockerfile/rule/expose-invalid-format/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Addresses and mappings in `EXPOSE`",
    why: "An image says which ports its container listens on. Where those are reached is for whoever runs
it to say; in `EXPOSE` it has no effect.",
    examples: &[
        Example::found("FROM alpine
EXPOSE 127.0.0.1:80:8080
"),
        Example::better("FROM alpine
EXPOSE 8080
"),
    ],
    more: "",
};

/// The text of a finding on `port`, as it is written.
pub fn message(port: &str) -> String {
    format!(
        "EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'"
    )
}
