//! What views say of stages: how they are called, and why they are there or not.

use std::collections::HashSet;

use buildkit_dockerfile::Lines;

use super::json::{Json, Object};
use crate::alias::report::Report;
use crate::graph::{Graph, NodeId, Reach, Reason};
use crate::machine::Compilation;

/// That an instruction of one stage needs another stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The stage whose instruction it is.
    pub by: NodeId,
    /// The stage that it needs.
    pub to: NodeId,
    /// The lines of the instruction.
    pub lines: Lines,
    /// Its text.
    pub text: String,
}

/// What a stage is called: by its name, or by its place.
pub(super) fn name(graph: &Graph, id: NodeId) -> String {
    let node = &graph[id];
    match (&node.name, node.declared) {
        (Some(name), _) => name.clone(),
        (None, Some(index)) => format!("stage-{index}"),
        (None, None) => node.base_name.clone(),
    }
}

/// The stages that the Dockerfile declares.
pub(super) fn declared(graph: &Graph) -> impl Iterator<Item = NodeId> {
    graph.ids().filter(|id| graph[*id].declared.is_some())
}

/// The shortest chain of instructions that leads from a root of the request to the stage; empty for
/// roots and for stages that are not reached. Of a longer one the end, `most` instructions, and how
/// many come before.
pub(super) fn chain(graph: &Graph, reach: &Reach, id: NodeId, most: usize) -> (Vec<Link>, usize) {
    let mut links = Vec::new();
    let mut left_out = 0;
    let mut to = id;
    // Reasons lead to a root by breadth, so there is no circle among them.
    loop {
        let (by, files) = match reach.reason(to) {
            None | Some(Reason::Root) => break,
            Some(Reason::Base(by)) => (by, None),
            Some(Reason::Files(by, lines)) => (by, Some(lines)),
        };
        if links.len() < most {
            links.push(match files {
                None => base_link(graph, by, to),
                Some(lines) => files_link(graph, by, to, lines),
            });
        } else {
            left_out += 1;
        }
        to = by;
    }
    links.reverse();
    (links, left_out)
}

/// The instructions that need the stage, of all stages: reached ones or not.
pub(super) fn needed_by(graph: &Graph, id: NodeId) -> Vec<Link> {
    let mut links = Vec::new();
    for by in graph.ids() {
        let node = &graph[by];
        if node.base == Some(id) {
            links.push(base_link(graph, by, id));
        }
        let edges = node.edges.iter().filter(|edge| edge.to == id);
        links.extend(edges.map(|edge| files_link(graph, by, id, edge.lines)));
    }
    links
}

fn base_link(graph: &Graph, by: NodeId, to: NodeId) -> Link {
    let node = &graph[by];
    Link { by, to, lines: node.lines, text: node.source.clone() }
}

fn files_link(graph: &Graph, by: NodeId, to: NodeId, lines: Lines) -> Link {
    let commands = &graph[by].commands;
    // They are in the order of their lines; triggers come first and have those of the `FROM`.
    let start = commands.partition_point(|command| command.instruction.lines < lines);
    let same = commands[start..].iter().take_while(|command| command.instruction.lines == lines);
    let command = same.into_iter().find(|command| command.sources.contains(&Some(to)));
    let text = command.map(|command| command.instruction.source.clone()).unwrap_or_default();
    Link { by, to, lines, text }
}

/// Why the stages that are not reached are not.
pub(super) struct Reasons<'a> {
    compilation: &'a Compilation,
    /// The first alias that pruned a stage, by the stage.
    pruned_by: Vec<Option<&'a Report>>,
    /// The stages that need a stage, by that, in the graph's order.
    users: Vec<Vec<NodeId>>,
}

impl<'a> Reasons<'a> {
    pub(super) fn of(compilation: &'a Compilation) -> Self {
        let Compilation { graph, reach, aliases, .. } = compilation;
        let mut pruned_by = vec![None; graph.nodes().len()];
        for report in aliases.iter().filter(|report| report.pruned.count > 0) {
            // What a stage needs that an alias before pruned, was pruned by that, too.
            let mut open: Vec<NodeId> = report.alias.fallback.into_iter().collect();
            while let Some(id) = open.pop() {
                if pruned_by[id.0].is_some() || reach.contains(id) {
                    continue;
                }
                pruned_by[id.0] = Some(report);
                open.extend(graph[id].base);
                open.extend(graph[id].edges.iter().map(|edge| edge.to));
            }
        }
        let mut users = vec![Vec::new(); graph.nodes().len()];
        for by in graph.ids() {
            let node = &graph[by];
            for to in node.base.into_iter().chain(node.edges.iter().map(|edge| edge.to)) {
                if users[to.0].last() != Some(&by) {
                    users[to.0].push(by);
                }
            }
        }
        Self { compilation, pruned_by, users }
    }

    /// Why a stage is not reached.
    pub(super) fn why(&self, id: NodeId) -> String {
        let graph = &self.compilation.graph;
        let target = name(graph, self.compilation.target);
        if let Some(report) = self.pruned_by[id.0] {
            let became = crate::alias::report::became(&report.alias, graph);
            return format!("alias {} became something else: {became}", report.alias.name);
        }
        let mut known = HashSet::new();
        let users: Vec<String> = self.users[id.0].iter().map(|by| name(graph, *by)).collect();
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

/// A link in one line: `kiro, line 12: COPY --from=builder /a /a`.
pub(super) fn link_line(graph: &Graph, link: &Link) -> String {
    format!("{}, {}: {}", name(graph, link.by), link.lines, link.text)
}
