//! `AliasShellCheck`: a `RUN` in an alias that only tests files, which a contract does without a shell.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasShellCheck",
    description: "Files of a prebuilt image are better tested by a contract than by a RUN",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-shell-check.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A `RUN` in an alias stage that does nothing but test files, which a contract does without a shell",
    why: "Such a `RUN` needs a shell in every prebuilt image, so none can be made of the executables alone, and a packed builder
can't be used. It runs after the image was pulled and unpacked, and says little of what is there instead.

A contract is checked before a step takes from the image, also without a shell, names what is missing with the lines that take
it, and knows for which processor an executable is. The finding has its lines, ready to copy.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder
RUN set -e; for bin in agentd agent-cli; do \\
        test -x \"/build/$bin\" || { echo \"$bin is missing\"; exit 1; }; \\
    done

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
"),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias require=/build/agentd,+x require=/build/agent-cli,+x
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
"),
    ],
    more: "It reads `test`, `[`, `[[`, `ls`, `stat`, `file`, `command -v` and `which`, with `echo`, `exit` and `set` around them, in
lists with `&&`, `||` and `;` and in `for` loops over words. A `RUN` that does anything else, that is content where a
test fails, or that tests what no contract says, isn't told; nor is one behind a `COPY` or another `RUN` of the alias,
which may have made what is tested.",
};
