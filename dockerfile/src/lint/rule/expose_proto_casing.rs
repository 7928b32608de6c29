//! `ExposeProtoCasing`: protocols with upper case in `EXPOSE`.
//!
//! They are lowered in the image, where tools look for them.
//!
//! Found:
//!
//! ```dockerfile
//! EXPOSE 80/TCP
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! EXPOSE 80/tcp
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ExposeProtoCasing",
    description: "Protocol in EXPOSE instruction should be lowercase",
    url: "https://docs.docker.com/go/dockerfile/rule/expose-proto-casing/",
    experimental: false,
};

/// The text of a finding on `port`, as it is written.
pub fn message(port: &str) -> String {
    format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase")
}
