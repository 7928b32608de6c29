//! `AliasArgAfterFrom`: `ARG` of an alias after the first `FROM`: the alias's `FROM` cannot see it.

use buildkit_dockerfile::lint::{Documentation, Example, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "AliasArgAfterFrom",
    description: "The ARG that an alias's FROM uses must be declared before the first FROM",
    url: "https://github.com/aliasfront/aliasfront/blob/main/docs/rules/alias-arg-after-from.md",
    experimental: false,
};

/// Its page.
pub const DOCUMENTATION: Documentation = Documentation {
    rule: &RULE,
    finds: "`ARG` of an alias after the first `FROM`: the alias's `FROM` cannot see it",
    why: "An `ARG` after the first `FROM` belongs to the stage it stands in. Another stage's `FROM` doesn't see it, expands
to nothing or to the expression's own default, and the build fails or builds on something else.",
    examples: &[
        Example::found("FROM rust:1 AS local_builder
RUN cargo build --release

ARG BUILDER_IMAGE=local_builder
FROM ${BUILDER_IMAGE} AS builder
"),
        Example::better("ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build --release

FROM ${BUILDER_IMAGE} AS builder
"),
    ],
    more: "",
};
