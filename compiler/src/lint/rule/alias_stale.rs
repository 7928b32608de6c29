//! `AliasStale`: the prebuilt image was made from another revision than the one that is built.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasStale",
    description: "A prebuilt image should be made from the revision that is built",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-stale.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The prebuilt image was made from another revision than the one that is built",
    why: "The image has the label `org.opencontainers.image.revision`, and it names another commit than the one that is
built: the result would be made of files of two commits.

The revision that is built is what the build argument `ALIASFRONT_REVISION` says, else what the client tells
(`vcs:revision`, which buildx sends for git work trees), else the commit of a git context. A short hash and a
suffix such as `-dirty` are taken into account. Without the label or without a revision nothing is compared.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1"), ("--build-arg", "ALIASFRONT_REVISION=4c1f9e2")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1"), ("--build-arg", "ALIASFRONT_REVISION=90ab3d7")]),
    ],
    more: "Both are builds with an image whose label says `90ab3d7`. Build the image anew from the commit that is built, with
its label, and name it by digest:

```sh
docker buildx build --target local_builder --label org.opencontainers.image.revision=$(git rev-parse HEAD) --push …
```

The contract `fresh=revision` makes it an error, and compares the whole revision, `-dirty` included: see [aliases](../aliases.md#contracts).",
};
