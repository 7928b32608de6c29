//! `CopyIgnoredFile`: `COPY` and `ADD` of files that `.dockerignore` keeps out of the context.

use aliasfront_gotext::quote::quote;

use crate::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "CopyIgnoredFile",
    description: "Attempting to Copy file that is excluded by .dockerignore",
    url: "https://docs.docker.com/go/dockerfile/rule/copy-ignored-file/",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`COPY` and `ADD` of files that `.dockerignore` keeps out of the context",
    why:
        "The builder never sees such a file: the build fails, or goes on without it where there is a
wildcard.",
    examples: &[
        Example::found(
            "FROM alpine
COPY target/release/app /bin/
",
        )
        .ignoring("target"),
        Example::better(
            "FROM rust AS build
WORKDIR /src
COPY . .
RUN cargo build --release

FROM alpine
COPY --from=build /src/target/release/app /bin/
",
        )
        .ignoring("target"),
    ],
    more: "",
};

/// The text of a finding on the path `file`; `command` is `Copy` or `Add`.
pub fn message(command: &str, file: &str) -> String {
    let file = quote(file);
    format!("Attempting to {command} file {file} that is excluded by .dockerignore")
}
