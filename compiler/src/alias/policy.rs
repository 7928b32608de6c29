//! What can be said of a prebuilt image from its reference, its platform and its labels alone.

use buildkit_dockerfile::lint::Rule;

use super::Alias;
use super::contract::{PREFIX, PUBLISH, Verify};
use super::verify::{Problem, ProblemKind};
use crate::fingerprint::FINGERPRINT_LABEL;
use crate::given::Given;
use crate::graph::{Graph, Root};
use crate::lint::rule;
use aliasfront_image::platform::Platform;

/// The label that names the revision an image was made from.
pub const REVISION_LABEL: &str = "org.opencontainers.image.revision";

/// What a revision ends in where files were changed since.
const DIRTY: &str = "-dirty";

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
    if let Some(publication) = alias.publication.as_ref().filter(|it| it.is_found()) {
        problems.extend(other_image(alias, &publication.fingerprint().to_string(), root));
    }
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
        if root.image.is_some() && !actual.os.is_empty() && !serves(actual, expected) {
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
        // What it is made of is what is built, whatever commit it was made from.
        _ if alias.is_found() => {}
        (Some(made_from), Some(revision)) if contract.fresh && made_from != revision => {
            problems.push(problem(
                Some(&rule::alias_stale::RULE),
                format!(
                    "the image was made from revision {made_from}, but {revision} is being built"
                ),
                freshen(made_from, revision),
            ));
        }
        (Some(made_from), Some(revision)) if !same_revision(made_from, revision) => {
            notes.stale = Some((made_from.clone(), revision.to_owned()));
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

/// What is wrong with an image whose tag is a fingerprint, where it doesn't say that it was made from that.
fn other_image(alias: &Alias, fingerprint: &str, root: &Root) -> Option<Problem> {
    let label = root.config.config.labels.get(FINGERPRINT_LABEL);
    let message = match label {
        Some(label) if label == fingerprint => return None,
        Some(label) => {
            format!("its tag says {fingerprint}, and its label {FINGERPRINT_LABEL} says {label}")
        }
        None => format!("its tag is a fingerprint, and it has no label {FINGERPRINT_LABEL}"),
    };
    Some(Problem {
        kind: ProblemKind::Policy,
        rule: None,
        message,
        lines: vec![alias.lines],
        hint: Some(format!(
            "somebody put another image there: publish it again with {PREFIX}{PUBLISH}, or leave it out with {PREFIX}AUTO=off"
        )),
    })
}

/// Whether an image for `actual` serves on `expected`: an older variant of the same processor does, a
/// newer one doesn't. Images that name no variant are for all.
fn serves(actual: &Platform, expected: &Platform) -> bool {
    let same = actual.os == expected.os && actual.architecture == expected.architecture;
    let actual_variant = actual.normalize().variant;
    same && (actual.variant.is_empty()
        || actual_variant == expected.normalize().variant
        || expected.candidates().iter().any(|candidate| {
            candidate.architecture == actual.architecture
                && candidate.normalize().variant == actual_variant
        }))
}

/// What to do about an image that isn't fresh.
fn freshen(made_from: &str, revision: &str) -> &'static str {
    if !same_revision(made_from, revision) {
        "rebuild the image from this revision"
    } else if made_from.ends_with(DIRTY) || revision.ends_with(DIRTY) {
        "commit first: what was changed since a commit is not that commit, so a revision that ends in -dirty is only fresh where both say the same"
    } else {
        "name the whole revision, in the label and in ALIASFRONT_REVISION: fresh=revision compares all of it"
    }
}

/// Whether two revisions are the same commit as far as one can tell, for a warning: one may be short, or
/// marked as dirty.
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
    fn newer_variants_do_not_serve() {
        let platform = |text: &str| Platform::parse(text).unwrap();
        for (actual, expected, fits) in [
            ("linux/arm/v7", "linux/arm/v7", true),
            ("linux/arm/v6", "linux/arm/v7", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/arm/v8", "linux/arm/v7", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm64/v9", "linux/arm64", false),
            ("linux/arm64", "linux/arm64/v9", true),
            ("linux/amd64/v3", "linux/amd64", false),
            ("linux/amd64/v3", "linux/amd64/v2", false),
            ("linux/amd64/v2", "linux/amd64/v3", true),
            ("linux/amd64", "linux/amd64/v3", true),
            ("linux/386", "linux/amd64", false),
            ("windows/amd64", "linux/amd64", false),
        ] {
            let (actual, expected) = (platform(actual), platform(expected));
            assert_eq!(serves(&actual, &expected), fits, "{actual} on {expected}");
        }
        // Many images for processors of the kind name no variant.
        assert!(serves(&Platform::new("linux", "arm", ""), &platform("linux/arm/v6")));
    }

    #[test]
    fn revisions_may_be_short_or_dirty() {
        let full = "0123456789abcdef0123456789abcdef01234567";
        assert!(same_revision(full, "0123456"));
        assert!(same_revision(full, &format!("{full}-dirty")));
        assert!(!same_revision(full, "012345"));
        assert!(!same_revision(full, "fedcba9"));
    }
}
