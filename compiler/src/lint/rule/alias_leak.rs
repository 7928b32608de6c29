//! `AliasLeak`: the alias is overridden, but an instruction still reaches the compile stage by its own name.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasLeak",
    description: "With an alias overridden, nothing should reach its compile stage",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-leak.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The alias is overridden, but an instruction still reaches the compile stage by its own name",
    why: "The build compiles although it was told where the executables are: one `COPY --from`, `FROM` or mount names the
compile stage itself. The finding is on that line.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
COPY --from=local_builder /build/agent-cli /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
COPY --from=builder /build/agent-cli /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
    ],
    more: "Where the stage is reached on purpose, for files that the prebuilt image doesn't have, move what makes them to a
stage of its own: compiling everything else isn't needed for them.

The target need not use the alias: whoever overrides it and still builds its compile stage is told. What an argument
names that is not given, another alias or a [variable as a source](../aliases.md#variables-where-the-files-are-taken),
is meant to be compiled, and so is the compile stage as the target itself.

`--call=check` finds what a build with the same `--target` would; without it, the leaks of every stage.

[`compile=never`](../aliases.md#where-nothing-may-be-compiled) makes an error of it.",
};
