//! `AliasAsTarget`: `--target` names an overridden alias: the build only exports the prebuilt image again.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasAsTarget",
    description: "An overridden alias as the target only exports the prebuilt image again",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-as-target.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`--target` names an overridden alias: the build only exports the prebuilt image again",
    why: "`--target builder` with `BUILDER_IMAGE` set builds nothing: the result is the prebuilt image again. That is rarely
what was meant by somebody who wants to build the builder.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--target", "builder"), ("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--target", "local_builder")]),
    ],
    more: "With `--call=check`, give `--target` too: without it all stages are looked at, as if each were wanted.",
};
