//! The instructions by which stages need each other: why a stage is part of a build.

use buildkit_dockerfile::Lines;

use super::{Graph, NodeId, Reach, Reason};

/// That an instruction of one stage needs another stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
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
pub fn name(graph: &Graph, id: NodeId) -> String {
    let node = &graph[id];
    match (&node.name, node.declared) {
        (Some(name), _) => name.clone(),
        (None, Some(index)) => format!("stage-{index}"),
        (None, None) => node.base_name.clone(),
    }
}

/// The stages that the Dockerfile declares.
pub fn declared(graph: &Graph) -> impl Iterator<Item = NodeId> {
    graph.ids().filter(|id| graph[*id].declared.is_some())
}

/// The shortest chain of instructions that leads from a root of the request to the stage; empty for
/// roots and for stages that are not reached. Of a longer one the end, `most` instructions, and how
/// many come before.
pub fn chain(graph: &Graph, reach: &Reach, id: NodeId, most: usize) -> (Vec<Link>, usize) {
    let mut links = Vec::new();
    let mut left_out = 0;
    let mut to = id;
    // Reasons lead to a root by breadth, so there is no circle among them.
    while let Some(reason) = reach.reason(to) {
        let (Reason::Base(by) | Reason::Files(by, _) | Reason::Passes(by, _)) = reason else {
            break;
        };
        if links.len() < most {
            links.push(match reason {
                Reason::Files(_, lines) => files_link(graph, by, to, lines),
                Reason::Passes(_, lines) => needs_link(graph, by, to, lines),
                Reason::Base(_) | Reason::Root => base_link(graph, by, to),
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
pub fn needed_by(graph: &Graph, id: NodeId) -> Vec<Link> {
    let mut links = Vec::new();
    for by in graph.ids() {
        let node = &graph[by];
        if node.base == Some(id) {
            links.push(base_link(graph, by, id));
        }
        let edges = node.edges.iter().filter(|edge| edge.to == id);
        links.extend(edges.map(|edge| files_link(graph, by, id, edge.lines)));
        let needs = graph.needs(by).iter().filter(|need| need.to == id);
        links.extend(needs.map(|need| needs_link(graph, by, id, need.lines)));
    }
    links
}

fn base_link(graph: &Graph, by: NodeId, to: NodeId) -> Link {
    let node = &graph[by];
    Link { by, to, lines: node.lines, text: node.source.clone() }
}

fn needs_link(graph: &Graph, by: NodeId, to: NodeId, lines: Lines) -> Link {
    let need = graph.needs(by).iter().find(|need| need.to == to);
    let text = need.map(|need| need.text.to_string()).unwrap_or_default();
    Link { by, to, lines, text }
}

fn files_link(graph: &Graph, by: NodeId, to: NodeId, lines: Lines) -> Link {
    let commands = &graph[by].commands;
    // They are in the order of their lines; triggers come first and have those of the `FROM`.
    let start = commands.partition_point(|command| command.instruction.lines < lines);
    let mut same =
        commands[start..].iter().take_while(|command| command.instruction.lines == lines);
    let command = same.find(|command| command.sources.contains(&Some(to)));
    let text = command.map(|command| command.instruction.source.clone()).unwrap_or_default();
    Link { by, to, lines, text }
}

/// A link in one line: `kiro, line 12: COPY --from=builder /a /a`.
pub fn link_line(graph: &Graph, link: &Link) -> String {
    format!("{}, {}: {}", name(graph, link.by), link.lines, link.text)
}
