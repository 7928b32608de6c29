//! What is taken of directories whose files are laid out as the build takes them.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_dockerfile::{Kind, Lines};

use super::{EdgeKind, Origin, Program};
use crate::context::{Laid, Placement, RootSource, Within};
use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::wildcard::{self, Wildcards};
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;

/// What is used of a directory whose files are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaidOut {
    /// The paths that are taken, each with what its wildcards mean; `None` where all of it is used.
    pub taken: Option<BTreeSet<(String, Wildcards)>>,
    /// Where they are, within what the directory is in: absolute, and nothing where nothing is taken.
    pub paths: BTreeSet<String>,
    /// Whether that is the main context.
    in_context: bool,
}

/// Why more than paths is taken, and by which instruction.
type Whole = (String, Lines);

impl Program {
    /// Finds out what is taken of the directories that stages start from. All of the target is.
    ///
    /// # Errors
    ///
    /// More than paths is taken of a directory whose files are found by the last parts of those.
    pub fn lay_out(&mut self, graph: &Graph, target: NodeId) -> Result<(), Error> {
        let is_laid = |id: &NodeId| {
            let root = graph[*id].root.as_ref();
            root.is_some_and(|root| matches!(root.source, RootSource::Laid(_)))
        };
        let mut taken: BTreeMap<NodeId, BTreeSet<(String, Wildcards)>> = BTreeMap::new();
        let mut whole: BTreeMap<NodeId, Whole> = BTreeMap::new();
        for id in graph.ids() {
            let Some(root) = self.stages[id].as_ref().map(|stage| stage.root).filter(is_laid)
            else {
                continue;
            };
            taken.entry(root).or_default();
            let mut note = |reason: &str, lines| {
                let reason = format!("stage {} {reason}", quote(&graph[id].label));
                whole.entry(root).or_insert((reason, lines));
            };
            if id != root {
                note("starts from it", graph[id].lines);
            } else if id == target {
                note("is the target", graph[id].lines);
            }
            let commands = graph[id].commands.iter().map(|command| &command.instruction);
            if let Some(run) = commands.into_iter().find(|it| matches!(it.kind, Kind::Run(_))) {
                note("runs commands on it", run.lines);
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        for used in self.uses.iter().filter(|used| used.edge != EdgeKind::Base) {
            let Origin::Stage(from) = used.from else { continue };
            let Some(root) = self.stages[from].as_ref().map(|stage| stage.root) else { continue };
            let Some(taken) = taken.get_mut(&root) else { continue };
            let (directory, pattern) = wildcard::split(&used.path, used.wildcards);
            let is_many = pattern.is_some_and(|pattern| {
                pattern.contains('/')
                    || used.wildcards == Wildcards::Directories && pattern.contains("**")
            });
            if is_many || used.path == "/" || directory.is_empty() {
                let reason = format!("{} is taken", used.path);
                whole.entry(root).or_insert((reason, used.lines));
            } else {
                taken.insert((used.path.clone(), used.wildcards));
            }
        }
        for (root, mut paths) in taken {
            let Some(RootSource::Laid(laid)) = graph[root].root.as_ref().map(|it| &it.source)
            else {
                continue;
            };
            let paths = match (&laid.placement, whole.remove(&root)) {
                (Placement::Nested, Some(_)) => None,
                (Placement::Nested, None) => Some(paths),
                (Placement::Flat(_), Some((reason, lines))) => {
                    return Err(Error::new(format!(
                        "layout=flat finds files by the last parts of the paths that are taken of them, and {reason}"
                    ))
                    .at(lines)
                    .hint("take files by their paths: COPY --from, or a mount; or leave layout=flat out"));
                }
                (Placement::Flat(required), None) => {
                    paths.extend(required.iter().map(|path| (path.clone(), Wildcards::Names)));
                    Some(paths)
                }
            };
            self.laid.insert(root, LaidOut::new(laid, paths));
        }
        Ok(())
    }

    /// The paths of the main context that any stage uses.
    pub fn context_paths(&self) -> BTreeSet<String> {
        let of_context = self.uses.iter().filter(|used| used.from == Origin::Context);
        let mut paths = BTreeSet::new();
        paths.extend(of_context.map(|used| used.path.clone()));
        for laid_out in self.laid.values().filter(|laid_out| laid_out.in_context) {
            paths.extend(laid_out.paths.iter().cloned());
        }
        paths
    }
}

impl LaidOut {
    /// What is used of a directory, by the paths that are taken; `None` where all of it is.
    fn new(laid: &Laid, taken: Option<BTreeSet<(String, Wildcards)>>) -> Self {
        let place = |(taken, wildcards): &(String, Wildcards)| match laid.place(taken, *wildcards) {
            (directory, Some(pattern)) => path::join(&[&directory, &pattern]),
            (path, None) => path,
        };
        let paths = match &taken {
            Some(taken) => taken.iter().map(place).collect(),
            None => BTreeSet::from([laid.directory.clone()]),
        };
        Self { taken, paths, in_context: laid.within == Within::Context }
    }
}
