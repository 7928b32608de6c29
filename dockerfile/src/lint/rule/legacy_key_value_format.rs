//! `LegacyKeyValueFormat`: `ENV key value` and `LABEL key value`.
//!
//! In this form all of the line is the one value, also what looks like a second pair.
//!
//! Found:
//!
//! ```dockerfile
//! ENV A 1 B=2
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! ENV A=1 B=2
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "LegacyKeyValueFormat",
    description: "Legacy key/value format with whitespace separator should not be used",
    url: "https://docs.docker.com/go/dockerfile/rule/legacy-key-value-format/",
    experimental: false,
};

/// The text of a finding on the instruction `keyword`, as it is written.
pub fn message(keyword: &str) -> String {
    format!(
        "\"{keyword} key=value\" should be used instead of legacy \"{keyword} key value\" format"
    )
}
