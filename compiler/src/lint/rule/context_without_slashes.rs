//! `ContextWithoutSlashes`: a build context is an image without the two slashes behind `docker-image:`.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ContextWithoutSlashes",
    description: "The address of a build context that is an image should have its slashes",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/context-without-slashes.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A build context is an image without the two slashes behind `docker-image:` or `oci-layout:`",
    why: "Frontends read `docker-image:NAME` as the image of that name. Clients such as buildx take it for a directory of that
name. So what is built depends on who reads the line.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-context", "builder=docker-image:ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-context", "builder=docker-image://ghcr.io/org/builder:v1")]),
    ],
    more: "It is found where a client hands the address on as it is, as `buildctl --opt context:NAME=…` does. A
[contract](../aliases.md#contracts) holds for such an image as for any other.",
};
