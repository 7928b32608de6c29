//! `AliasFellBack`: the prebuilt image could not be used, and the compile stage took its place, as `fallback=local` allows.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasFellBack",
    description: "A prebuilt image that cannot be used makes the build compile",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-fell-back.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The prebuilt image could not be used, and the compile stage took its place, as `fallback=local` allows",
    why: "The build compiles, as the contract allows, and the finding says why: the image isn't there, can't be read, isn't
for the platform, or lacks what the build takes from it.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias fallback=local
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias fallback=local
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
"),
    ],
    more: "Push an image that serves, or omit `BUILDER_IMAGE` to compile without this finding. Where compiling should be an
error, as in CI, omit the contract, or set `--build-arg ALIASFRONT_FALLBACK=off`.",
};
