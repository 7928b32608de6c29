//! `AliasNotVerified`: the engine does not show files of the prebuilt image, so they were not checked.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasNotVerified",
    description: "The files of a prebuilt image should be checked before they are used",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-verified.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The engine does not show files of the prebuilt image, so they were not checked",
    why: "The engine answers that not even the root directory of the image is there. The build goes on: should a file be
missing, its `COPY` fails later.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias verify=config
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
    ],
    more: "Where that is expected, `verify=config` leaves the files alone and silences the rule.",
};
