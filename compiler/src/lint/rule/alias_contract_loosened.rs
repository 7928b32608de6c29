//! `AliasContractLoosened`: a build argument takes something from a contract of the Dockerfile.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasContractLoosened",
    description: "Build arguments should add to the contract of an alias, and take nothing from it",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-contract-loosened.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A build argument takes something from a contract of the Dockerfile: the build fails, unless the contract says `override=allow`",
    why: "The contract above an alias says what its image must be like, for whoever builds. Were a build argument enough to
lift it, it would say nothing: whoever can name another image could lift the contract as well.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias pin=digest
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1"), ("--build-arg", "ALIASFRONT_PIN=off")]),
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias pin=digest override=allow
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1"), ("--build-arg", "ALIASFRONT_PIN=off")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

# alias allow=ghcr.io/org/*
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1"), ("--build-arg", "ALIASFRONT_ALLOW=ghcr.io/org/builder")]),
    ],
    more: "The first build fails. The second one is what `override=allow` is for: it goes on, and this warning, the plan and the
message at its end say what was loosened. [Aliases](../aliases.md#build-arguments-and-contracts) has what loosens each
contract, and what adds to it.

It is the contract that fails the build: skipping the rule takes away the finding, not the error.",
};
