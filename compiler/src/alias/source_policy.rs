//! What contracts say, as source policies that the engine enforces along with the graph: what this frontend
//! overlooks, and what a policy of the client makes of an image behind its back, the engine refuses.
//!
//! A policy speaks of all images of a graph, and not of the one that an alias became. So it denies every image but
//! those that contracts allow and those that no contract holds for. Of the latter it goes by the repository: a policy of
//! the client may turn `alpine:3@sha256:…`, which it was not asked about, back into `alpine:3`.
//!
//! Policies go along with the graph only. With a look-up of an image they would be wrong: stages with and without a
//! contract share look-ups, and of what a look-up finds, this frontend says better why it is refused.

use std::collections::BTreeSet;

use aliasfront_image::reference::Reference;
use buildkit_proto::pb;
use buildkit_proto::sourcepolicy::{MatchType, Policy, PolicyAction, Rule, Selector};
use prost::Message as _;

use super::Alias;
use super::allow::{Pattern, literal};
use super::contract::Contract;
use super::hold::Hold;
use crate::context::RootSource;
use crate::graph::{Graph, NodeId, Reach};

/// The scheme of images of registries.
const SCHEME: &str = "docker-image://";
/// How many rules a policy may have: an engine compares each image of a graph with all of them. No policy is sent where
/// there would be more.
pub const MAX_RULES: usize = 1_000;
/// The version of policies.
const VERSION: i64 = 1;

/// What the images of a graph may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourcePolicy {
    /// What no contract holds for: repositories.
    exempt: BTreeSet<String>,
    /// What contracts allow, as regular expressions of names: an image that a contract holds for is in each list.
    lists: Vec<BTreeSet<String>>,
}

impl SourcePolicy {
    /// What the contracts say that hold for sources of this graph; `None` where none says `allow` or `pin`.
    pub fn of(graph: &Graph, reach: &Reach, aliases: &[Alias], holds: &[Hold]) -> Option<Self> {
        let says = |contract: &Contract| {
            contract.pin || !contract.allow.is_empty() || !contract.allow_by_argument.is_empty()
        };
        let held = holds.iter().filter(|hold| says(&aliases[hold.alias].contract));
        let sources: BTreeSet<NodeId> = held.clone().map(|hold| hold.source).collect();
        if sources.is_empty() {
            return None;
        }
        let held: BTreeSet<usize> = held.map(|hold| hold.alias).collect();
        let contracts: Vec<&Contract> =
            held.iter().map(|alias| &aliases[*alias].contract).collect();
        let mut policy = Self::default();
        policy.lists.push(list(contracts.iter().map(|it| (&it.allow, it.pin))));
        // The build's list is another one: both must admit an image.
        if contracts.iter().any(|it| !it.allow_by_argument.is_empty()) {
            policy.lists.push(list(contracts.iter().map(|it| (&it.allow_by_argument, it.pin))));
        }
        // What was found by its fingerprint is what the contract wants, under a tag that no pattern knows, and without a
        // digest where only the engine's own store has it.
        let found = held.iter().filter_map(|alias| aliases[*alias].found());
        let found: Vec<String> = found.map(|found| found_regex(&found)).collect();
        for list in &mut policy.lists {
            list.extend(found.iter().cloned());
        }
        let others = reach.iter().filter(|id| !sources.contains(id));
        for root in others.filter_map(|id| graph[id].root.as_ref()) {
            match &root.source {
                RootSource::Image { reference, .. } => policy.exempt(reference),
                // Another frontend's graph has images of its own.
                RootSource::Input(definition) => {
                    for vertex in &definition.def {
                        let op = pb::Op::decode(vertex.as_slice()).ok().and_then(|op| op.op);
                        if let Some(pb::op::Op::Source(source)) = op
                            && let Some(reference) = source.identifier.strip_prefix(SCHEME)
                        {
                            policy.exempt(reference);
                        }
                    }
                }
                _ => {}
            }
        }
        Some(policy)
    }

    /// Lets the graph have an image that is none of the build's, such as a scanner.
    pub fn exempt(&mut self, reference: &str) {
        let name = Reference::parse_normalized(reference).map(|reference| reference.name());
        self.exempt.insert(name.unwrap_or_else(|_| reference.to_owned()));
    }

    /// The policies as the engine takes them: an image must pass each of them. None where they would have more rules
    /// than [`MAX_RULES`].
    pub fn to_pb(&self) -> Vec<Policy> {
        let rules = self.lists.iter().map(|list| list.len() + self.exempt.len() + 1);
        if rules.max().unwrap_or_default() > MAX_RULES {
            return Vec::new();
        }
        let exempt: Vec<String> = self.exempt.iter().map(|name| exempt_regex(name)).collect();
        let policy = |list: &BTreeSet<String>| {
            let allowed = exempt.iter().chain(list).map(|regex| rule(PolicyAction::Allow, regex));
            // Of the rules that match, the last one counts.
            let rules = [rule(PolicyAction::Deny, ".*")].into_iter().chain(allowed).collect();
            Policy { version: VERSION, rules }
        };
        self.lists.iter().map(policy).collect()
    }
}

/// All names of a repository.
fn exempt_regex(name: &str) -> String {
    format!("{}(?:[:@].*)?", literal(name))
}

/// An image by its tag, with any digest or none.
fn found_regex(found: &Reference) -> String {
    format!("{}(?:@.+)?", literal(&found.to_string()))
}

/// The expressions of what lists of patterns admit, each list with whether it wants a digest. A list without patterns
/// admits everything.
fn list<'a>(contracts: impl Iterator<Item = (&'a Vec<Pattern>, bool)>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (patterns, pin) in contracts {
        if patterns.is_empty() {
            all.insert(if pin { "[^@]+@.+" } else { ".+" }.to_owned());
        }
        all.extend(patterns.iter().filter_map(|pattern| pattern.to_regex(pin)));
    }
    all
}

/// A rule for the images whose names are what `regex` matches.
fn rule(action: PolicyAction, regex: &str) -> Rule {
    let selector = Selector {
        identifier: format!("^{SCHEME}{regex}$"),
        match_type: MatchType::Regex.into(),
        ..Selector::default()
    };
    Rule { action: action.into(), selector: Some(selector), ..Rule::default() }
}
