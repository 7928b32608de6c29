//! Which stages the roots of a request need, and why.

use std::collections::VecDeque;

use buildkit_dockerfile::Lines;

use super::{Graph, NodeId};
use crate::arena::Arena;

/// The stages that are reached, and how.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    reasons: Arena<NodeId, Option<Reason>>,
}

/// Why a stage is reached, by the shortest way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is a root of the request.
    Root,
    /// The other stage builds on it.
    Base(NodeId),
    /// An instruction of the other stage, at these lines, takes files from it.
    Files(NodeId, Lines),
    /// A comment above the other stage, at these lines, says that it must pass.
    Passes(NodeId, Lines),
}

impl Reach {
    /// Whether the stage is reached.
    pub fn contains(&self, id: NodeId) -> bool {
        self.reason(id).is_some()
    }

    /// Why the stage is reached.
    pub fn reason(&self, id: NodeId) -> Option<Reason> {
        self.reasons.get(id).copied().flatten()
    }

    /// The reached stages in the graph's order.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.reasons.entries().filter_map(|(id, reason)| reason.is_some().then_some(id))
    }
}

impl Graph {
    /// The stages that `roots` need, breadth first, so that each reason is the shortest.
    pub fn reach(&self, roots: &[NodeId]) -> Reach {
        self.walk_from(roots, false)
    }

    /// Likewise, with the stages that must pass, and what those need.
    pub fn reach_to_pass(&self, roots: &[NodeId]) -> Reach {
        self.walk_from(roots, true)
    }

    fn walk_from(&self, roots: &[NodeId], passes: bool) -> Reach {
        let mut reasons = self.nodes().map(|_| None);
        let mut queue = VecDeque::new();
        for &root in roots {
            if reasons[root].is_none() {
                reasons[root] = Some(Reason::Root);
                queue.push_back(root);
            }
        }
        while let Some(id) = queue.pop_front() {
            let node = &self[id];
            // A stage that a named context replaces has no base, but its instructions still count:
            // the reference reaches what they name, and the paths of the build context that those
            // stages use are part of the context's digest.
            let base = node.base.map(|base| (base, Reason::Base(id)));
            let files = node.edges.iter().map(|edge| (edge.to, Reason::Files(id, edge.lines)));
            let needs = if passes { self.needs(id) } else { &[] };
            let needs = needs.iter().map(|need| (need.to, Reason::Passes(id, need.lines)));
            for (to, reason) in base.into_iter().chain(files).chain(needs) {
                if reasons[to].is_none() {
                    reasons[to] = Some(reason);
                    queue.push_back(to);
                }
            }
        }
        Reach { reasons }
    }
}
