//! `RedundantTargetPlatform`: `FROM --platform=$TARGETPLATFORM`.
//!
//! A stage is built for the target platform anyway.
//!
//! Found:
//!
//! ```dockerfile
//! FROM --platform=$TARGETPLATFORM alpine
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! FROM alpine
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "RedundantTargetPlatform",
    description: "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
    url: "https://docs.docker.com/go/dockerfile/rule/redundant-target-platform/",
    experimental: false,
};

/// The text of a finding on the flag's value `platform`, as it is written.
pub fn message(platform: &str) -> String {
    format!(
        "Setting platform to predefined {platform} in FROM is redundant as this is the default \
         behavior"
    )
}
