//! `UnusedBuildArg`: a `--build-arg` that nothing in the build uses.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "UnusedBuildArg",
    description: "Every build argument should be declared by what is built",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/unused-build-arg.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "A `--build-arg` that nothing in the build uses",
    why: "A misspelt name is ignored in silence by other frontends: the build compiles, and nobody knows why. The finding
names the nearest declared argument, and is on its line. An argument that is declared, but used by no stage that this target needs, is
found too: the value that was given has no effect on this build.",
    examples: &[
        Example::found("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMGE=ghcr.io/org/builder:v1")]),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
    ],
    more: "Some arguments are there without an `ARG`, and never found: platforms, proxies, `SOURCE_DATE_EPOCH`, and everything
that starts with `BUILDKIT_` or `ALIASFRONT_`. Where one set of arguments serves many targets,
`BUILDKIT_DOCKERFILE_CHECK=skip=UnusedBuildArg` goes into that set.",
};
