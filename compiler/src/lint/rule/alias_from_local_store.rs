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
    why: "Docker's own driver lets the engine use an image that is there under the name, and doesn't ask the registry. A
`builder:v1` that somebody pulled last month wins over the one that CI pushed.

- The classic image store tells that an image is its own, so every tag that is found there is told.
- The containerd image store doesn't: it answers like a registry. So the registry is asked as well, one request for
  the digest of the tag, and the finding is that it has another one. A registry that has no such tag, or can't be
  reached, is no finding: nobody can tell then. Skipping the rule, and `verify=off`, leave out the request.
- Other drivers (`docker-container`, `kubernetes`, `remote`) have no store of images: they always ask the registry.

An image by digest is never stale.",
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
