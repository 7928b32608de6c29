//! `WorkdirRelativePath`: a relative `WORKDIR` before any absolute one in the stage.
//!
//! It is relative to the base image's working directory, which may be another one tomorrow.
//!
//! Found:
//!
//! ```dockerfile
//! FROM nginx
//! WORKDIR html
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! FROM nginx
//! WORKDIR /usr/share/nginx/html
//! ```

use aliasfront_gotext::quote::quote;

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "WorkdirRelativePath",
    description: "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
    url: "https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/",
    experimental: false,
};

/// The text of a finding on the path `workdir`.
pub fn message(workdir: &str) -> String {
    format!(
        "Relative workdir {} can have unexpected results if the base image changes",
        quote(workdir)
    )
}
