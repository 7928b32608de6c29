//! What views say of stages: how they are called, and why they are there or not.

use super::json::{Json, Object};
use crate::graph::{Graph, NodeId};
use crate::machine::Compilation;

pub(super) use crate::graph::chain::{Link, chain, declared, link_line, name, needed_by};

/// Why a stage that is not reached is not.
pub(super) fn why_pruned(compilation: &Compilation, id: NodeId) -> String {
    let graph = &compilation.graph;
    let target = name(graph, compilation.target);
    let overridden = compilation.aliases.iter().find(|report| report.pruned.contains(&id));
    if let Some(report) = overridden {
        let became = crate::alias::report::became(&report.alias, graph);
        return format!("alias {} became something else: {became}", report.alias.name);
    }
    let mut users: Vec<String> = Vec::new();
    for link in needed_by(graph, id) {
        let user = name(graph, link.by);
        if !users.contains(&user) {
            users.push(user);
        }
    }
    match users.as_slice() {
        [] => "no stage builds on it or takes files from it".to_owned(),
        [user] => format!("only {user} uses it, which {target} does not need"),
        users => format!("{target} needs none of the stages that use it: {}", users.join(", ")),
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
