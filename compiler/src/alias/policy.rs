//! What can be said of a prebuilt image from its reference, its platform and its labels alone.

use buildkit_dockerfile::lint::Rule;

use super::Alias;
use super::contract::Verify;
use super::verify::{Problem, ProblemKind};
use crate::given::Given;
use crate::graph::Graph;
use crate::lint::rule;

/// The label that names the revision an image was made from.
pub const REVISION_LABEL: &str = "org.opencontainers.image.revision";

/// What the checks of a prebuilt image find that does not fail the build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// The image was made from another revision: what it says, and what is built.
    pub stale: Option<(String, String)>,
    /// The engine has the image from its local store.
    pub from_local_store: bool,
    /// The digest of the image that the registry has by the same tag, where that is another one.
    pub in_registry: Option<String>,
}

/// Whether the check of an alias's image depends on the revision that is built.
pub fn needs_revision(alias: &Alias, graph: &Graph) -> bool {
    let root = graph[alias.source].root.as_ref();
    let labelled = root.is_some_and(|root| root.config.config.labels.contains_key(REVISION_LABEL));
    alias.contract.verify > Verify::Off && (labelled || alias.contract.fresh)
}

/// Checks the image that an overridden alias became. `revision` is the one that is built, where it is
/// known.
pub fn check(
    alias: &Alias,
    given: &Given,
    graph: &Graph,
    revision: Option<&str>,
) -> (Vec<Problem>, Notes) {
    let mut problems = Vec::new();
    let mut notes = Notes::default();
    let node = &graph[alias.source];
    let Some(root) = &node.root else { return (problems, notes) };
    let problem = |rule: Option<&'static Rule>, message: String, hint: &str| Problem {
        kind: match rule {
            Some(_) => ProblemKind::Policy,
            None => ProblemKind::Verification,
        },
        rule,
        message,
        lines: vec![alias.lines],
        hint: Some(hint.to_owned()),
    };
    let contract = &alias.contract;
    notes.from_local_store = root
        .image
        .as_ref()
        .is_some_and(|image| image.digest.is_empty() && !image.reference.contains('@'));
    if contract.verify == Verify::Off {
        return (problems, notes);
    }

    if let Some(expected) = root.platform.as_ref().or(node.platform.as_ref()) {
        let expected = node.platform.as_ref().unwrap_or(if node.replaced_by.is_some() {
            &given.platforms.target
        } else {
            expected
        });
        let actual = &root.config.platform;
        let same = actual.os == expected.os && actual.architecture == expected.architecture;
        if root.image.is_some() && !actual.os.is_empty() && !same {
            problems.push(problem(
                None,
                format!("the image is for {}, but the alias is for {}", actual.normalize(), expected.normalize()),
                if node.platform.is_some() {
                    "push an image for this platform"
                } else {
                    "push an image for this platform, or build the alias with --platform=$BUILDPLATFORM"
                },
            ));
        }
    }
    let made_from = root.config.config.labels.get(REVISION_LABEL).filter(|label| !label.is_empty());
    match (made_from, revision) {
        (Some(made_from), Some(revision)) if !same_revision(made_from, revision) => {
            if contract.fresh {
                problems.push(problem(
                    Some(&rule::alias_stale::RULE),
                    format!(
                        "the image was made from revision {made_from}, but {revision} is being built"
                    ),
                    "rebuild the image, or override the contract with ALIASFRONT_FRESH=off",
                ));
            } else {
                notes.stale = Some((made_from.clone(), revision.to_owned()));
            }
        }
        (None, _) if contract.fresh => problems.push(problem(
            Some(&rule::alias_stale::RULE),
            format!("fresh=revision needs the label {REVISION_LABEL}, and the image has none"),
            "build the image with --label org.opencontainers.image.revision=$(git rev-parse HEAD)",
        )),
        (_, None) if contract.fresh => problems.push(problem(
            Some(&rule::alias_stale::RULE),
            "fresh=revision needs the revision that is being built, and nothing names it"
                .to_owned(),
            "set --build-arg ALIASFRONT_REVISION=$(git rev-parse HEAD)",
        )),
        _ => {}
    }
    (problems, notes)
}

/// Whether two revisions are the same commit: one may be short, or marked as dirty.
fn same_revision(a: &str, b: &str) -> bool {
    const SHORTEST: usize = 7;
    let clean = |revision: &str| revision.split('-').next().unwrap_or_default().to_owned();
    let (a, b) = (clean(a), clean(b));
    a.len().min(b.len()) >= SHORTEST && (a.starts_with(&b) || b.starts_with(&a)) || a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_may_be_short_or_dirty() {
        let full = "0123456789abcdef0123456789abcdef01234567";
        assert!(same_revision(full, "0123456"));
        assert!(same_revision(full, &format!("{full}-dirty")));
        assert!(!same_revision(full, "012345"));
        assert!(!same_revision(full, "fedcba9"));
    }
}
