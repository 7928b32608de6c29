//! `TildeInPath`: paths that start with `~`, which no shell expands.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "TildeInPath",
    description: "Paths should not start with a tilde",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/tilde-in-path.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Paths that start with `~`, which no shell expands",
    why: "In `COPY`, `ADD`, `WORKDIR` and `target=` of mounts `~` is a name like any other: the files end up in a directory `/~`,
or in one below the working directory, and a cache there is never used.",
    examples: &[
        Example::found("FROM golang
RUN --mount=type=cache,target=~/.cache/go-build go build
"),
        Example::better("FROM golang
RUN --mount=type=cache,target=/root/.cache/go-build go build
"),
    ],
    more: "`$HOME` helps only where the Dockerfile or the base image sets it: the builder knows no home directory.",
};

/// The text of a finding on the path `path`.
pub fn message(path: &str) -> String {
    format!(
        "~ in {path} is a directory of that name, not the home directory; write the path, such as /root"
    )
}

/// Whether `path` starts with a tilde that a shell would expand.
pub(crate) fn check(path: &str) -> bool {
    path == "~" || path.starts_with("~/")
}
