//! Sources of files that are named by arguments: `COPY --from=${TOOLS}`. They are aliases without a
//! stage of their own: no contract holds for them, and what they become is not checked.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::{Dockerfile, Kind, Lines, Word};

use crate::args::GlobalArgs;
use crate::budget::Budget;
use crate::error::Error;
use crate::graph::{Graph, NodeId};

/// A source of files that is named by global arguments whose defaults name a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it is written.
    pub written: String,
    /// The global arguments in it.
    pub args: BTreeSet<String>,
    /// The stage whose instruction it is.
    pub by: NodeId,
    /// The lines of the instruction.
    pub lines: Lines,
    /// The stage that the arguments' defaults name.
    pub fallback: NodeId,
    /// What the files are taken from.
    pub became: NodeId,
}

/// Finds such sources in a linked graph, before triggers of images add to it.
///
/// `defaults` are the global arguments as they are when no build argument is given.
///
/// # Errors
///
/// Words that expand to more than a build may have.
pub fn find(
    graph: &Graph,
    dockerfile: &Dockerfile,
    defaults: &GlobalArgs,
) -> Result<Vec<Source>, Error> {
    let expander = Expander::new(dockerfile.directives.escape);
    let mut budget = Budget::default();
    let mut found = Vec::new();
    // The same word means the same wherever it stands.
    let mut known: BTreeMap<&str, Option<(BTreeSet<String>, NodeId)>> = BTreeMap::new();
    let declared = graph.ids().zip(&dockerfile.stages);
    for (by, stage) in declared {
        for (instruction, command) in stage.instructions.iter().zip(&graph[by].commands) {
            for (word, became) in words(&instruction.kind).zip(&command.sources) {
                let Some((word, became)) = word.filter(|word| word.text.contains('$')).zip(*became)
                else {
                    continue;
                };
                if !known.contains_key(word.text.as_str()) {
                    let expansion = budget
                        .expand(expander, &word.text, &defaults.env)
                        .map_err(|error| error.at(instruction.lines))?
                        .unwrap_or_default();
                    let used = expansion.used.into_iter().chain(expansion.unset);
                    let mut args: BTreeSet<String> = BTreeSet::new();
                    args.extend(used.filter(|name| defaults.declared.contains_key(name)));
                    let fallback = graph.find(&expansion.text);
                    let fallback = fallback.filter(|id| graph[*id].declared.is_some());
                    let meant = fallback.filter(|_| !args.is_empty()).map(|id| (args, id));
                    known.insert(&word.text, meant);
                }
                if let Some(Some((args, fallback))) = known.get(word.text.as_str()) {
                    found.push(Source {
                        written: word.text.clone(),
                        args: args.clone(),
                        by,
                        lines: instruction.lines,
                        fallback: *fallback,
                        became,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// The words that name what an instruction takes files from, side by side with its sources.
pub(super) fn words(kind: &Kind) -> impl Iterator<Item = Option<&Word>> {
    let (copy, run) = match kind {
        Kind::Copy(copy) => (Some(copy.from.as_ref()), None),
        Kind::Run(run) => (None, Some(run.mounts.iter().map(|mount| mount.from.as_ref()))),
        _ => (None, None),
    };
    copy.into_iter().chain(run.into_iter().flatten())
}
