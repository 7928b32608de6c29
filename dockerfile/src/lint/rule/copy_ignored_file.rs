//! `CopyIgnoredFile`: `COPY` and `ADD` of files that `.dockerignore` keeps out of the context.
//!
//! The builder never sees such a file: the build fails, or goes on without it where there is a
//! wildcard.
//!
//! Found:
//!
//! ```dockerfile
//! # .dockerignore has a line: target
//! COPY target/release/app /bin/
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! # .dockerignore has a line: target
//! COPY --from=build /src/target/release/app /bin/
//! ```

use aliasfront_gotext::quote::quote;

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "CopyIgnoredFile",
    description: "Attempting to Copy file that is excluded by .dockerignore",
    url: "https://docs.docker.com/go/dockerfile/rule/copy-ignored-file/",
    experimental: false,
};

/// The text of a finding on the path `file`; `command` is `Copy` or `Add`.
pub fn message(command: &str, file: &str) -> String {
    let file = quote(file);
    format!("Attempting to {command} file {file} that is excluded by .dockerignore")
}
