//! `AliasNotRepeatable`: a compile stage comes out differently from what its fingerprint covers.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasNotRepeatable",
    description: "What a fingerprint stands for should not depend on what it does not cover",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-repeatable.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A compile stage whose image is found by its fingerprint uses something that the fingerprint does not cover",
    why: "An image that is published under a fingerprint stands for everybody's build of the same sources, arguments, base
images and instructions. What comes from somewhere else can be different tomorrow, and the fingerprint would be the
same:

- `ADD` of an address without `--checksum`;
- a git repository that is named by a branch or a tag, and not by a commit;
- an image that is named by a tag and whose digest nothing tells: one that is only in the engine's local store;
- a secret: what it holds is never part of a fingerprint.

What commands load from the network is not found by this rule: no frontend can know it.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
ADD https://example.com/protoc.zip /opt/
RUN cargo build --release

# alias auto=ghcr.io/org/builder
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
"),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
ADD --checksum=sha256:24f8a1cbdf2a7ab9ac9b0a4e25d42b5ef85b3e5b6a1b3cf5d2a5ff8a1f9a2d3e https://example.com/protoc.zip /opt/
RUN cargo build --release

# alias auto=ghcr.io/org/builder
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
"),
    ],
    more: "Where a build doesn't look for a published image, the rule is silent. [Fingerprints](../fingerprint.md) has what
they cover.",
};
