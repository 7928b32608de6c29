//! `ArgNotInStage`: arguments that are used in a stage without an `ARG` of its own.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ArgNotInStage",
    description: "Arguments should be declared in the stage that uses them",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/arg-not-in-stage.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "Arguments that are used in a stage without an `ARG` of its own",
    why: "An `ARG` before the first `FROM` is for `FROM` lines, and the arguments that every build has, such as `TARGETARCH`,
are seen only where they are declared. In a stage such a variable is empty until the stage has an `ARG` with its
name, which needs no value. In `RUN` nobody says so: the shell takes it for empty, too.",
    examples: &[
        Example::found("ARG VERSION=1.2
FROM alpine
RUN wget https://example.com/tool-$VERSION-${TARGETARCH}
"),
        Example::better("ARG VERSION=1.2
FROM alpine
ARG VERSION
ARG TARGETARCH
RUN wget https://example.com/tool-$VERSION-${TARGETARCH}
"),
    ],
    more: "What the command sets itself (`VERSION=2 && …`, `for VERSION in …`, `read VERSION`, what a script brings that it
reads with `.` or `source`) isn't found, nor are single quotes, escaped variables, `${VERSION:-default}`, heredocs
with a quoted delimiter that aren't the script themselves, and shells other than those of Unix. A name is told once a
stage.",
};

/// The text of a finding on the variable `name`, and on the line of the global `ARG` that declares it, where it isn't one
/// that every build has.
pub fn message(name: &str, declared: Option<u32>) -> String {
    let why = declared.map_or_else(
        || "every build has it, but a stage sees it only where it is declared".to_owned(),
        |line| format!("ARG {name} on line {line} is only for FROM"),
    );
    format!("${name} is empty here: {why}; add ARG {name} to the stage, after its FROM")
}
