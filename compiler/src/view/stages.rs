//! What views say of stages: how they are called, and why they are there or not.

use std::collections::HashSet;

use super::json::{Json, Object};
use crate::alias::contract::{NEEDS, PREFIX};
use crate::alias::report::Report;
use crate::arena::Arena;
use crate::graph::{Graph, NodeId};
use crate::machine::Compilation;

pub use crate::graph::chain::{Link, chain, declared, link_line, name, needed_by};

/// Why the stages that are not reached are not.
#[derive(Debug)]
pub struct Reasons<'a> {
    compilation: &'a Compilation,
    /// The first alias that pruned a stage, by the stage.
    pruned_by: Arena<NodeId, Option<&'a Report>>,
    /// The stages that need a stage, by that, in the graph's order.
    users: Arena<NodeId, Vec<NodeId>>,
}

impl<'a> Reasons<'a> {
    /// The reasons in a compilation.
    pub fn of(compilation: &'a Compilation) -> Self {
        let Compilation { graph, to_pass: reach, aliases, .. } = compilation;
        let mut pruned_by = graph.nodes().map(|_| None);
        for report in aliases.iter().filter(|report| report.pruned.count > 0) {
            // What a stage needs that an alias before pruned, was pruned by that, too.
            let mut open: Vec<NodeId> = report.alias.fallback.into_iter().collect();
            while let Some(id) = open.pop() {
                if pruned_by[id].is_some() || reach.contains(id) {
                    continue;
                }
                pruned_by[id] = Some(report);
                open.extend(graph[id].base);
                open.extend(graph[id].edges.iter().map(|edge| edge.to));
            }
        }
        let mut users = graph.nodes().map(|_| Vec::new());
        for by in graph.ids() {
            let node = &graph[by];
            for to in node.base.into_iter().chain(node.edges.iter().map(|edge| edge.to)) {
                if users[to].last() != Some(&by) {
                    users[to].push(by);
                }
            }
        }
        Self { compilation, pruned_by, users }
    }

    /// Why a stage is not reached.
    pub fn why(&self, id: NodeId) -> String {
        let graph = &self.compilation.graph;
        let target = name(graph, self.compilation.target);
        if let Some(report) = self.pruned_by[id] {
            let became = crate::alias::report::became(&report.alias, graph);
            return format!("alias {} became something else: {became}", report.alias.name);
        }
        if self.compilation.left_out.contains(&id) {
            return format!("{PREFIX}{NEEDS}=off leaves out what must pass");
        }
        let mut known = HashSet::new();
        let users: Vec<String> = self.users[id].iter().map(|by| name(graph, *by)).collect();
        let users: Vec<&str> =
            users.iter().map(String::as_str).filter(|user| known.insert(*user)).collect();
        match users.as_slice() {
            [] => "no stage builds on it or takes files from it".to_owned(),
            [user] => format!("only {user} uses it, which {target} does not need"),
            users => format!("{target} needs none of the stages that use it: {}", users.join(", ")),
        }
    }
}

/// A chain as JSON.
pub(super) fn chain_json(graph: &Graph, chain: &[Link]) -> Json {
    Json::list(chain, |link| {
        Object::default()
            .with("stage", name(graph, link.by))
            .with("needs", name(graph, link.to))
            .with("instruction", link.text.as_str())
            .with("line", Json::number(link.lines.first))
    })
}
