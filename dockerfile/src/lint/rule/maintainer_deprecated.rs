//! `MaintainerDeprecated`: `MAINTAINER`.
//!
//! It sets a field of the image that hardly any tool shows. A label can be queried, and there may be
//! more than one author.
//!
//! Found:
//!
//! ```dockerfile
//! MAINTAINER jo@example.com
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! LABEL org.opencontainers.image.authors="jo@example.com"
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "MaintainerDeprecated",
    description: "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    url: "https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/",
    experimental: false,
};

/// The text of a finding.
pub fn message() -> String {
    "Maintainer instruction is deprecated in favor of using label".into()
}
