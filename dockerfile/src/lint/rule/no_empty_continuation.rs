//! `NoEmptyContinuation`: empty lines in an instruction that goes over several lines.
//!
//! An empty line after a line that ends in `\` does not end the instruction, although it looks so.
//! A comment there is fine.
//!
//! Found:
//!
//! ```dockerfile
//! RUN apk add \
//!
//!     curl
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! RUN apk add \
//!     # for the health check
//!     curl
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "NoEmptyContinuation",
    description: "Empty continuation lines will become errors in a future release",
    url: "https://docs.docker.com/go/dockerfile/rule/no-empty-continuation/",
    experimental: false,
};

/// The text of a finding.
pub fn message() -> String {
    "Empty continuation line".into()
}
