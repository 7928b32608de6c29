//! Falling back: an alias whose prebuilt image cannot be had becomes its compile stage.

use aliasfront_gotext::quote::quote;

use crate::alias::Alias;
use crate::error::{Error, FailureKind};
use crate::graph::Graph;
use crate::lint::{Linter, rule};

/// Whether the look-up of an alias's image failed in a way for which `fallback=local` is there: the
/// image is not there, not for this platform, or not to be read.
pub(super) fn may_fall_back(alias: &Alias, graph: &Graph, error: &Error) -> bool {
    let serves = match error.failure {
        Some(FailureKind::NotFound | FailureKind::NotAllowed | FailureKind::WrongPlatform) => false,
        Some(FailureKind::Unreachable | FailureKind::Other) | None => true,
    };
    !serves && alias.contract.fallback && alias.fallback.is_some() && alias.is_overridden(graph)
}

/// Makes an alias its fallback, and says so.
pub(super) fn fall_back(alias: &mut Alias, graph: &mut Graph, reason: String, lint: &mut Linter) {
    let Some(fallback) = alias.fallback else { return };
    graph.fall_back(alias.stage, fallback);
    lint.note(
        &rule::alias_fell_back::RULE,
        format!(
            "alias {} is compiled by stage {}, since its image cannot be used: {reason}",
            alias.name,
            quote(&graph[fallback].label)
        ),
        alias.lines,
        &graph[alias.stage].comments,
    );
    alias.fell_back = Some(reason);
}
