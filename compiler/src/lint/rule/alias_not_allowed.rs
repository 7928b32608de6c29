//! `AliasNotAllowed`: an alias became an image that its contract does not allow: the build fails.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasNotAllowed",
    description: "An alias with allow= should become an image that it allows",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-allowed.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "An alias became an image that its contract does not allow: the build fails",
    why: "Whoever can set a build argument can replace what the compile stage makes. `allow` says which images may do that.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias allow=ghcr.io/org/*
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=docker.io/somebody/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias allow=ghcr.io/org/*
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
    ],
    more: "Several images may be allowed, each with an `allow=` in the comment. A pattern is compared with the registry, each part
of the repository, the tag and the digest: `*` stands for anything within one of them, and `**` for any number of parts
of a repository. A directory or a repository of sources is no image, and is allowed by `allow=context:*` only.

`--build-arg ALIASFRONT_ALLOW=ghcr.io/org/builder` allows less for one build: both must admit the image. It allows something
else only where the contract says [`override=allow`](alias-contract-loosened.md).

It is the contract that fails the build: skipping the rule takes away the finding, not the error.",
};
