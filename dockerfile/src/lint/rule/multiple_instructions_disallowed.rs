//! `MultipleInstructionsDisallowed`: a second `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in a stage.

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "MultipleInstructionsDisallowed",
    description: "Multiple instructions of the same type should not be used in the same stage",
    url: "https://docs.docker.com/go/dockerfile/rule/multiple-instructions-disallowed/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A second `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in a stage",
    why: "An image has one of each: the last one. The finding is on the one that is lost.",
    examples: &[
        Example::found(
            r#"FROM alpine
CMD ["one"]
CMD ["two"]
"#,
        ),
        Example::better(
            r#"FROM alpine
CMD ["two"]
"#,
        ),
    ],
    more: "",
};

/// The text of a finding on the instruction `keyword`, as it is written.
pub fn message(keyword: &str) -> String {
    format!(
        "Multiple {keyword} instructions should not be used in the same stage because only the last \
         one will be used"
    )
}
