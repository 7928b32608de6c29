//! `UnusedBuildContext`: a `--build-context` that nothing uses, and whose name is nearly that of a stage or an image.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "UnusedBuildContext",
    description: "Every build context should have the name of a stage or of an image",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/unused-build-context.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A `--build-context` that nothing uses, and whose name is nearly that of a stage or an image",
    why: "A misspelt name is ignored in silence: the build compiles, and nobody knows why. The finding names what may be
meant, and is on its line.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-context", "biulder=docker-image://ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-context", "builder=docker-image://ghcr.io/org/builder:v1")]),
    ],
    more: "Contexts of quite other names are never found: whoever builds many targets, with bake for example, may give all
of them the same contexts.",
};
