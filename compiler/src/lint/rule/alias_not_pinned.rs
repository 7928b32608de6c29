//! `AliasNotPinned`: an alias became an image by a tag, and its contract asks for a digest: the build fails.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasNotPinned",
    description: "An alias with pin=digest should become an image by digest",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-pinned.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "An alias became an image by a tag, and its contract asks for a digest: the build fails",
    why: "A tag can move between two builds, and a stale `builder:v1` in the engine's own store wins over the registry's.
`pin=digest` is for builds where that must not happen.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias pin=digest
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias pin=digest
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder@sha256:4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c")]),
    ],
    more: "The digest is what `docker buildx imagetools inspect ghcr.io/org/builder:v1` shows, and what a push prints.

`--build-arg ALIASFRONT_PIN=off` lifts the contract for one build where it says [`override=allow`](alias-contract-loosened.md).

It is the contract that fails the build: skipping the rule takes away the finding, not the error.",
};
