//! `CopyIgnoredPath`: `COPY` and `ADD` of files that `.dockerignore` leaves out, where some of its patterns start with `!`.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "CopyIgnoredPath",
    description: "Files that are copied should not be excluded by .dockerignore",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/copy-ignored-path.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`COPY` and `ADD` of files that `.dockerignore` leaves out, where some of its patterns start with `!`",
    why: "As [CopyIgnoredFile](copy-ignored-file.md), which says nothing as soon as one pattern has a `!`. The last pattern that
matches a path decides; where no exception brings the path back, or something below it, the builder never sees it.",
    examples: &[
        Example::found("FROM alpine
COPY package.json /app/
COPY src /app/src
").ignoring("*
!src"),
        Example::better("FROM alpine
COPY package.json /app/
COPY src /app/src
").ignoring("*
!src
!package.json"),
    ],
    more: "Where an exception has wildcards, it may bring back anything that they could stand for.",
};

/// The text of a finding on the path `file` of the instruction `keyword`.
pub fn message(keyword: &str, file: &str) -> String {
    format!(
        "{keyword} of {file}, which .dockerignore leaves out: none of its patterns with ! brings it back"
    )
}
