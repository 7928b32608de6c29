//! `AliasNotVerified`: files of the prebuilt image were not checked, or are more than a check vouches for.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasNotVerified",
    description: "The files of a prebuilt image should be checked before they are used",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-not-verified.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "The engine does not show files of the prebuilt image, or what the build takes is no ordinary file",
    why: "The engine answers that not even the root directory of the image is there. The build goes on: should a file be
missing, its `COPY` fails later.

Or a path that the build takes is a device, a named pipe or a socket, or a file that is set-user-id or set-group-id,
which runs with its owner's rights whoever calls it. Nothing says that it is meant so, and it doesn't count as verified.",
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

# alias verify=config
FROM ${BUILDER_IMAGE} AS builder

FROM debian
COPY --from=builder /build/agentd /usr/local/bin/
").with(&[("--build-arg", "BUILDER_IMAGE=ghcr.io/org/builder:v1")]),
    ],
    more: "Where that is expected, `verify=config` leaves the files alone and silences the rule. A file that is meant to be
set-user-id is named by a contract: `require=/usr/bin/sudo,+s`.",
};
