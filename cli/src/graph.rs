//! The graph of stages as a picture's source: what a target is made of, what is pruned, and what aliases became.

use std::collections::{BTreeMap, BTreeSet};

use aliasfront_compiler::graph::NodeId;
use aliasfront_compiler::view::stages;
use aliasfront_compiler::{Compilation, shown};
use buildkit_dockerfile::instruction;
use serde::Serialize;

/// The version of the form in JSON.
const SCHEMA_VERSION: u32 = 1;

/// How long a name in a picture is, in characters.
const MAX_NAME: usize = 60;

/// The graph of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    schema_version: u32,
    target: String,
    platform: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// Something that has files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Node {
    id: String,
    kind: Kind,
    name: String,
    /// The first line of a stage's `FROM`.
    line: Option<u32>,
    kept: bool,
    /// How many steps a stage has.
    steps: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Target,
    Stage,
    Alias,
    Image,
    Context,
}

/// That a node is made of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Edge {
    /// The node that has the files.
    from: String,
    /// The node that takes them.
    to: String,
    kind: Use,
    /// By how many instructions.
    count: usize,
    /// Whether the node that takes them is kept.
    kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Use {
    /// A stage builds on it.
    Base,
    /// An alias became it.
    Alias,
    /// `COPY` takes files from it.
    Copy,
    /// A mount shows it to a command.
    Mount,
}

impl Picture {
    /// The graph of a compilation. Names are fit to be shown.
    pub fn of(compilation: &Compilation) -> Self {
        let Compilation { graph, reach, target, aliases, .. } = compilation;
        let secrets = compilation.secrets();
        let fit = |text: &str| shown::line(&secrets.hide(text));
        let aliases: BTreeSet<NodeId> = aliases.iter().map(|report| report.alias.stage).collect();
        let ids: BTreeMap<NodeId, String> =
            graph.ids().enumerate().map(|(index, id)| (id, format!("s{index}"))).collect();
        let mut nodes = Vec::new();
        let mut outside: BTreeMap<(Kind, String), (String, bool)> = BTreeMap::new();
        let mut edges: BTreeMap<(String, String, Use), (usize, bool)> = BTreeMap::new();
        for node in graph.ids() {
            let stage = &graph[node];
            let kept = reach.contains(node);
            let is_alias = aliases.contains(&node);
            let kind = match stage.declared {
                None => Kind::Image,
                Some(_) if node == *target => Kind::Target,
                Some(_) if is_alias => Kind::Alias,
                Some(_) => Kind::Stage,
            };
            nodes.push(Node {
                id: ids[&node].clone(),
                kind,
                name: fit(&stages::name(graph, node)),
                line: stage.declared.map(|_| stage.lines.first),
                kept,
                steps: stage.steps,
            });
            let by = if is_alias { Use::Alias } else { Use::Base };
            let base = match (&stage.replaced_by, stage.base) {
                (Some(context), _) => Some((Kind::Context, format!("context {}", context.key))),
                (None, Some(base)) => {
                    let edge =
                        edges.entry((ids[&base].clone(), ids[&node].clone(), by)).or_default();
                    *edge = (edge.0 + 1, kept);
                    None
                }
                (None, None) if stage.declared.is_some() && stage.base_name != "scratch" => {
                    Some((Kind::Image, stage.base_name.clone()))
                }
                (None, None) => None,
            };
            if let Some(base) = base {
                let next = format!("b{}", outside.len());
                let (from, any_kept) = outside.entry(base).or_insert((next, false));
                *any_kept |= kept;
                edges.insert((from.clone(), ids[&node].clone(), by), (1, kept));
            }
            for command in &stage.commands {
                let is_run = matches!(command.instruction.kind, instruction::Kind::Run(_));
                let by = if is_run { Use::Mount } else { Use::Copy };
                for from in command.sources.iter().flatten() {
                    let edge =
                        edges.entry((ids[from].clone(), ids[&node].clone(), by)).or_default();
                    *edge = (edge.0 + 1, kept);
                }
            }
        }
        let mut outside: Vec<_> = outside.into_iter().collect();
        outside.sort_by_key(|(_, (id, _))| id[1..].parse::<usize>().unwrap_or_default());
        nodes.extend(outside.into_iter().map(|((kind, name), (id, kept))| Node {
            id,
            kind,
            name: fit(&name),
            line: None,
            kept,
            steps: 0,
        }));
        let edge = |((from, to, kind), (count, kept))| Edge { from, to, kind, count, kept };
        Self {
            schema_version: SCHEMA_VERSION,
            target: fit(&stages::name(graph, *target)),
            platform: compilation.given.platforms.target.format_all(),
            nodes,
            edges: edges.into_iter().map(edge).collect(),
        }
    }

    /// The graph as JSON.
    pub fn json(&self) -> Vec<u8> {
        // Strings and numbers are JSON whatever they are.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text.into_bytes()
    }

    /// The graph as a flow chart of Mermaid, which Markdown on GitHub shows.
    pub fn mermaid(&self) -> Vec<u8> {
        let mut text = String::from("flowchart LR\n");
        for node in &self.nodes {
            let lines = node.label().into_iter().filter(|line| !line.is_empty());
            let label = lines.map(|line| entities(&line)).collect::<Vec<_>>().join("<br/>");
            let (open, close) = match node.kind {
                Kind::Image | Kind::Context => ("([", "])"),
                Kind::Alias => ("{{", "}}"),
                Kind::Target => ("[[", "]]"),
                Kind::Stage => ("[", "]"),
            };
            text.push_str(&format!("  {}{open}\"{label}\"{close}\n", node.id));
        }
        for Edge { from, to, kind, count, .. } in &self.edges {
            let arrow = if *kind == Use::Alias { "-.->" } else { "-->" };
            text.push_str(&format!("  {from} {arrow}|{}| {to}\n", label(*kind, *count)));
        }
        let pruned: Vec<&str> =
            self.nodes.iter().filter(|node| !node.kept).map(|node| node.id.as_str()).collect();
        if !pruned.is_empty() {
            text.push_str("  classDef pruned stroke-dasharray: 4,opacity: 0.5\n");
            text.push_str(&format!("  class {} pruned\n", pruned.join(",")));
        }
        text.into_bytes()
    }

    /// The graph for Graphviz.
    pub fn dot(&self) -> Vec<u8> {
        let mut text = format!(
            "digraph \"{}\" {{\n  rankdir=LR\n  node [shape=box, fontname=\"sans-serif\"]\n  edge \
             [fontname=\"sans-serif\", fontsize=10]\n",
            quoted(&self.target)
        );
        for node in &self.nodes {
            let [name, steps] = node.label();
            let steps = if steps.is_empty() { steps } else { format!(" ({steps})") };
            let label = quoted(&(name + &steps));
            let shape = match node.kind {
                Kind::Image | Kind::Context => ", shape=oval",
                Kind::Alias => ", shape=hexagon",
                Kind::Target => ", peripheries=2",
                Kind::Stage => "",
            };
            let pruned = if node.kept { "" } else { PRUNED };
            text.push_str(&format!("  {} [label=\"{label}\"{shape}{pruned}]\n", node.id));
        }
        for Edge { from, to, kind, count, kept } in &self.edges {
            let style = match (kind, kept) {
                (_, false) => PRUNED,
                (Use::Alias, true) => ", style=dashed",
                _ => "",
            };
            let label = label(*kind, *count);
            text.push_str(&format!("  {from} -> {to} [label=\"{label}\"{style}]\n"));
        }
        text.push_str("}\n");
        text.into_bytes()
    }
}

/// How what is pruned looks in Graphviz.
const PRUNED: &str = ", style=dotted, color=gray60, fontcolor=gray60";

impl Node {
    /// What stands in the node: its name, and where it is a stage, how many steps it has.
    fn label(&self) -> [String; 2] {
        let mut name: String = self.name.chars().take(MAX_NAME).collect();
        if name.len() < self.name.len() {
            name.push('…');
        }
        let steps = match self.steps {
            _ if self.line.is_none() => String::new(),
            1 => "1 step".to_owned(),
            steps => format!("{steps} steps"),
        };
        [name, steps]
    }
}

/// What stands at an edge.
fn label(kind: Use, count: usize) -> String {
    let kind = match kind {
        Use::Base => "FROM",
        Use::Alias => "alias",
        Use::Copy => "COPY",
        Use::Mount => "mount",
    };
    if count > 1 { format!("{kind} ×{count}") } else { kind.to_owned() }
}

/// Text in a label of Mermaid: nothing of it is markup.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " -_./:@…".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}

/// Text in a string of Graphviz.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(entities("a\"]<b>#&é"), "a#34;#93;#60;b#62;#35;#38;é");
        assert_eq!(quoted("a\"b\\n"), "a\\\"b\\\\n");
    }
}
