//! The stages that nothing needs since an alias became something else.

use std::collections::HashMap;

use super::Alias;
use super::report::MAX_LISTED;
use crate::arena::Arena;
use crate::budget::Checks;
use crate::graph::{Graph, NodeId, Reach};

/// The stages that only the fallback of an overridden alias would need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The first ones in the graph's order, as many as a line lists.
    pub first: Vec<NodeId>,
    /// How many there are.
    pub count: usize,
}

/// Finds them for many aliases, whose fallbacks may build on each other.
#[derive(Debug)]
pub struct Pruning<'a> {
    graph: &'a Graph,
    reach: &'a Reach,
    /// What is known of a stage and of all that it needs.
    known: HashMap<NodeId, Pruned>,
    /// The stages that a walk has seen, by the number of the walk.
    seen: Arena<NodeId, usize>,
    walks: usize,
}

impl<'a> Pruning<'a> {
    /// For the stages of a graph, those that are reached not among them.
    pub fn new(graph: &'a Graph, reach: &'a Reach) -> Self {
        let seen = graph.nodes().map(|_| 0);
        Self { graph, reach, known: HashMap::new(), seen, walks: 0 }
    }

    /// What an alias pruned. Nothing where it is not reached itself, or where finding it takes more
    /// steps than are left.
    pub fn of(&mut self, alias: &Alias, checks: &Checks) -> Pruned {
        let became = self.reach.contains(alias.stage) && alias.is_overridden(self.graph);
        alias.fallback.filter(|_| became).map(|id| self.unneeded(id, checks)).unwrap_or_default()
    }

    /// The stages that only `fallback` would need, itself among them. Nothing where finding them takes
    /// more steps than are left.
    pub fn unneeded(&mut self, fallback: NodeId, checks: &Checks) -> Pruned {
        // Along a chain of stages that need one stage each, what is known of one gives what is known of
        // the next, however long the chain is.
        self.walks += 1;
        let mut chain = Vec::new();
        let mut next = Some(fallback).filter(|id| !self.reach.contains(*id));
        let mut found = Pruned::default();
        while let Some(id) = next {
            if let Some(known) = self.known.get(&id) {
                found = known.clone();
                break;
            }
            let needs = self.needs(id);
            if needs.len() > 1 {
                let Some(stages) = self.walk(id, checks) else { return Pruned::default() };
                found = self.summary(&stages);
                self.known.insert(id, found.clone());
                break;
            }
            // No circle is walked twice.
            if std::mem::replace(&mut self.seen[id], self.walks) == self.walks {
                break;
            }
            if !checks.take(1) {
                return Pruned::default();
            }
            chain.push(id);
            next = needs.first().copied();
        }
        for id in chain.into_iter().rev() {
            if self.graph[id].declared.is_some() {
                let place = found.first.partition_point(|known| *known < id);
                found.first.insert(place, id);
                found.first.truncate(MAX_LISTED);
                found.count += 1;
            }
            self.known.insert(id, found.clone());
        }
        found
    }

    /// All of the stages that only `fallback` would need, in the graph's order; `None` where finding them takes
    /// more steps than are left.
    pub fn all(&mut self, fallback: NodeId, checks: &Checks) -> Option<Vec<NodeId>> {
        let stages = self.walk(fallback, checks)?;
        Some(stages.into_iter().filter(|id| self.graph[*id].declared.is_some()).collect())
    }

    /// The stages that a stage needs and that are not reached, each once.
    fn needs(&self, id: NodeId) -> Vec<NodeId> {
        let node = &self.graph[id];
        let needs = node.base.into_iter().chain(node.edges.iter().map(|edge| edge.to));
        let mut needs: Vec<NodeId> = needs.filter(|id| !self.reach.contains(*id)).collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    /// A stage that is not reached, and all that it needs and that is not, in the graph's order.
    fn walk(&mut self, start: NodeId, checks: &Checks) -> Option<Vec<NodeId>> {
        self.walks += 1;
        let mut found = Vec::new();
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            let seen = std::mem::replace(&mut self.seen[id], self.walks) == self.walks;
            if seen || self.reach.contains(id) {
                continue;
            }
            let node = &self.graph[id];
            if !checks.take(1 + node.edges.len()) {
                return None;
            }
            found.push(id);
            open.extend(node.base);
            open.extend(node.edges.iter().map(|edge| edge.to));
        }
        found.sort_unstable();
        Some(found)
    }

    fn summary(&self, stages: &[NodeId]) -> Pruned {
        let declared = || stages.iter().copied().filter(|id| self.graph[*id].declared.is_some());
        Pruned { first: declared().take(MAX_LISTED).collect(), count: declared().count() }
    }
}
