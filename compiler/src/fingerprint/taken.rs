//! What the stages of a Dockerfile take from an alias, whatever the target: what a packed image holds.

use std::collections::BTreeMap;
use std::rc::Rc;

use aliasfront_gotext::path;
use buildkit_dockerfile::lint::{Config, rule};
use buildkit_dockerfile::{Kind, Lines};

use crate::context::RootSource;
use crate::error::Error;
use crate::eval::{self, EdgeKind, Origin};
use crate::given::Given;
use crate::graph::{Graph, NodeId, Root};
use crate::lint::Linter;
use crate::wildcard::{self, Wildcards};
use aliasfront_gotext::quote::quote;
use aliasfront_image::config::ImageConfig;

/// What is taken from an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// These paths, each with the instructions that take it.
    Paths(BTreeMap<TakenPath, Vec<Lines>>),
    /// More than paths that the Dockerfile names, for these reasons.
    Everything(Vec<Everything>),
}

/// A path that is taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TakenPath {
    /// The path, absolute and clean.
    pub path: String,
    /// Whether its last part is a pattern.
    pub wildcard: bool,
}

/// Why more than paths is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everything {
    /// The reason.
    pub reason: String,
    /// The instruction.
    pub lines: Lines,
}

impl Taken {
    /// The paths as a recipe and a label name them; `None` where everything is taken.
    pub fn paths(&self) -> Option<impl Iterator<Item = &str>> {
        match self {
            Self::Paths(paths) => Some(paths.keys().map(|taken| taken.path.as_str())),
            Self::Everything(_) => None,
        }
    }
}

/// Finds what all stages of a linked graph take from an alias, declared on `lines`, besides the paths that its
/// contract requires of it.
///
/// Nobody is asked for that: every image is taken for one without environment and triggers. So it depends on the
/// Dockerfile and the build arguments alone, and is the same for whoever builds any target.
pub fn taken<'a>(
    given: &Given,
    graph: &Graph,
    alias: NodeId,
    required: impl Iterator<Item = &'a str>,
) -> Taken {
    let own_lines = graph[alias].lines;
    let mut everything = Vec::new();
    let mut paths: BTreeMap<TakenPath, Vec<Lines>> = BTreeMap::new();
    for path in required {
        take(path, Wildcards::Names, own_lines, &mut paths, &mut everything);
    }
    if let Err(error) = of_stages(given, graph, alias, &mut paths, &mut everything) {
        let lines = error.locations.first().copied().unwrap_or(own_lines);
        everything.push(Everything { reason: error.message, lines });
    }
    if !everything.is_empty() {
        return Taken::Everything(everything);
    }
    without_covered(&mut paths);
    Taken::Paths(paths)
}

fn of_stages(
    given: &Given,
    graph: &Graph,
    alias: NodeId,
    paths: &mut BTreeMap<TakenPath, Vec<Lines>>,
    everything: &mut Vec<Everything>,
) -> Result<(), Error> {
    let graph = with_images_unseen(given, graph, alias);
    let reach = graph.reach(&graph.ids().collect::<Vec<_>>());
    let mut lint = Linter::new(Config::default());
    let program = eval::evaluate(given, &graph, &reach, None, &mut lint)?;
    let starts_from_alias =
        |id: NodeId| program.stages[id].as_ref().is_some_and(|stage| stage.root == alias);
    for id in graph.ids().filter(|id| starts_from_alias(*id)) {
        let node = &graph[id];
        if id != alias {
            let reason = format!("stage {} starts from it", quote(&node.label));
            everything.push(Everything { reason, lines: node.lines });
        }
        for command in &node.commands {
            if matches!(command.instruction.kind, Kind::Run(_)) {
                let reason = format!("stage {} runs commands on it", quote(&node.label));
                everything.push(Everything { reason, lines: command.instruction.lines });
            }
        }
    }
    let of_alias = program.uses.iter().filter(|used| used.edge != EdgeKind::Base);
    for used in of_alias {
        let Origin::Stage(from) = used.from else { continue };
        if !starts_from_alias(from) {
            continue;
        }
        let unset = lint.findings().iter().any(|finding| {
            finding.rule == &rule::undefined_var::RULE && finding.lines.contains(&used.lines)
        });
        if unset {
            let reason = "its path has a variable that only an image may set".to_owned();
            everything.push(Everything { reason, lines: used.lines });
        } else {
            take(&used.path, used.wildcards, used.lines, paths, everything);
        }
    }
    Ok(())
}

/// The graph with the alias as an image, and every image as one that nothing is known of.
fn with_images_unseen(given: &Given, graph: &Graph, alias: NodeId) -> Graph {
    let mut graph = graph.clone();
    let platform = &given.platforms.target;
    for id in graph.ids().collect::<Vec<_>>() {
        let node = &mut graph[id];
        if id == alias {
            node.base = None;
        }
        if node.base.is_some() {
            continue;
        }
        node.root = Some(Root {
            source: RootSource::Scratch,
            config: ImageConfig::empty(platform),
            base_config: Some(Rc::new(ImageConfig::empty(platform))),
            platform: Some(platform.clone()),
            state_platform: None,
            preset: None,
            complete: node.declared.is_none() || node.replaced_by.is_some(),
            image: None,
        });
    }
    graph
}

fn take(
    path: &str,
    wildcards: Wildcards,
    lines: Lines,
    paths: &mut BTreeMap<TakenPath, Vec<Lines>>,
    everything: &mut Vec<Everything>,
) {
    let (directory, pattern) = wildcard::split(path, wildcards);
    let many = pattern.as_ref().is_some_and(|pattern| {
        pattern.contains('/') || wildcards == Wildcards::Directories && pattern.contains("**")
    });
    let reason = if many {
        format!("{path} has wildcards in directories")
    } else if directory == "/" && pattern.as_ref().is_none_or(|pattern| pattern == "*") {
        "all of it is taken".to_owned()
    } else {
        let taken = match pattern {
            Some(pattern) => {
                TakenPath { path: path::join(&[&directory, &pattern]), wildcard: true }
            }
            None => TakenPath { path: directory, wildcard: false },
        };
        let users = paths.entry(taken).or_default();
        if users.last() != Some(&lines) {
            users.push(lines);
        }
        return;
    };
    everything.push(Everything { reason, lines });
}

/// Drops what is in a directory that is taken as a whole.
fn without_covered(paths: &mut BTreeMap<TakenPath, Vec<Lines>>) {
    let covered: Vec<TakenPath> = paths
        .keys()
        .filter(|taken| {
            let above = taken.path.match_indices('/').map(|(slash, _)| &taken.path[..slash]);
            above.filter(|path| !path.is_empty()).any(|path| {
                paths.contains_key(&TakenPath { path: path.to_owned(), wildcard: false })
            })
        })
        .cloned()
        .collect();
    for taken in covered {
        paths.remove(&taken);
    }
}
