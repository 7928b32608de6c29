//! `AutomaticArgDefault`: defaults for arguments that every build has, such as `TARGETARCH`.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AutomaticArgDefault",
    description: "Arguments that every build has should be declared without a default",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/automatic-arg-default.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Defaults for arguments that every build has, such as `TARGETARCH`",
    why: "The default takes the place of the real value: with `ARG TARGETARCH=amd64` a stage is told `amd64` on every platform,
and what it builds or downloads is for the wrong one.",
    examples: &[
        Example::found("FROM alpine
ARG TARGETARCH=amd64
RUN wget https://example.com/tool-$TARGETARCH
"),
        Example::better("FROM alpine
ARG TARGETARCH
RUN wget https://example.com/tool-$TARGETARCH
"),
    ],
    more: "Before the first `FROM`, `ARG TARGETPLATFORM=${TARGETPLATFORM:-linux/amd64}` keeps the value, and isn't found.",
};

/// The text of a finding on the argument `name` with the default `default`, as it is written.
pub fn message(name: &str, default: &str) -> String {
    format!(
        "{default} takes the place of the value that {name} has in every build; write ARG {name}"
    )
}
