//! `AliasFromLocalStore`: the engine took the prebuilt image from its local store, which may not be what the registry has.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasFromLocalStore",
    description: "A prebuilt image should come from the registry, not from the engine's own store",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-from-local-store.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The engine took the prebuilt image from its local store, which may not be what the registry has",
    why: "With Docker's classic image store, an image that is there under the name is used, and the registry isn't asked. A
`builder:v1` that somebody built last month wins over the one that CI pushed.",
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

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder@sha256:4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c4f0f1b6c")]),
    ],
    more: "`--pull` makes the engine ask the registry. The contract `pin=digest` refuses names without a digest: see
[aliases](../aliases.md#contracts).",
};
