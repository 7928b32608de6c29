//! `MaintainerDeprecated`: `MAINTAINER`.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "MaintainerDeprecated",
    description: "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    url: "https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`MAINTAINER`",
    why: "It sets a field of the image that hardly any tool shows. A label can be queried, and there may be
more than one author.",
    examples: &[
        Example::found("FROM alpine
MAINTAINER jo@example.com
"),
        Example::better(r#"FROM alpine
LABEL org.opencontainers.image.authors="jo@example.com"
"#),
    ],
    more: "",
};

/// The text of a finding.
pub fn message() -> String {
    "Maintainer instruction is deprecated in favor of using label".into()
}
