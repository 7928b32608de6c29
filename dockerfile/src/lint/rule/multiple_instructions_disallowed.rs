//! `MultipleInstructionsDisallowed`: a second `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in a stage.
//!
//! An image has one of each: the last one. The finding is on the one that is lost.
//!
//! Found:
//!
//! ```dockerfile
//! FROM alpine
//! CMD ["one"]
//! CMD ["two"]
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! FROM alpine
//! CMD ["two"]
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "MultipleInstructionsDisallowed",
    description: "Multiple instructions of the same type should not be used in the same stage",
    url: "https://docs.docker.com/go/dockerfile/rule/multiple-instructions-disallowed/",
    experimental: false,
};

/// The text of a finding on the instruction `keyword`, as it is written.
pub fn message(keyword: &str) -> String {
    format!(
        "Multiple {keyword} instructions should not be used in the same stage because only the last \
         one will be used"
    )
}
