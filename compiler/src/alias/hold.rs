//! Where contracts hold: at the source that an alias's files come from in the end, through every stage and
//! context that leads there, and whoever asks for it.
//!
//! The Dockerfile's own compile stages are no prebuilt images, so what they start from is no contract's
//! matter. A named context that takes the place of one is.

use std::collections::{BTreeMap, HashMap};

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::{Dockerfile, Lines};

use super::Alias;
use super::source::words;
use crate::arena::Arena;
use crate::args::GlobalArgs;
use crate::budget::Budget;
use crate::error::{Error, ErrorKind};
use crate::graph::{Graph, NodeId, Reach};

/// To how many sources contracts of a Dockerfile may apply, the same one through several words counted once
/// for each contract and stage.
pub const MAX_ASKERS: usize = 20_000;

/// Somebody who asks for what an alias with a contract is: the alias, or an instruction that is given the same
/// by the same argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The alias, by its place among the aliases.
    pub alias: usize,
    /// The stage that it asks for; the alias's own where that asks.
    pub start: NodeId,
    /// The stage that asks: nothing holds where nobody needs it.
    pub by: NodeId,
    /// Where it asks.
    pub lines: Lines,
}

/// That a contract holds for the source that a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The alias, by its place among the aliases.
    pub alias: usize,
    /// What is asked for.
    pub start: NodeId,
    /// The stage that the files come from in the end: it builds on no other.
    pub source: NodeId,
    /// The source, or what is asked for where stages on the way change files.
    pub seen: NodeId,
    /// Where it is asked for; the alias's own lines first, where it is reached.
    pub lines: Vec<Lines>,
}

/// Finds who asks for what aliases with contracts are, in a linked graph before triggers add to it.
///
/// # Errors
///
/// More than [`MAX_ASKERS`], or words that expand to more than a build may have.
pub fn askers(
    graph: &Graph,
    dockerfile: &Dockerfile,
    globals: &GlobalArgs,
    aliases: &[Alias],
) -> Result<Vec<Asker>, Error> {
    let with_contract = aliases.iter().enumerate().filter(|(_, alias)| alias.contract.is_there());
    let mut askers: Vec<Asker> = with_contract
        .map(|(index, alias)| Asker {
            alias: index,
            start: alias.stage,
            by: alias.stage,
            lines: alias.lines,
        })
        .collect();
    // What the aliases are given, by its text. Several aliases may be given the same.
    let mut given: HashMap<&str, Vec<usize>> = HashMap::new();
    for asker in &askers {
        given.entry(&graph[asker.start].base_name).or_default().push(asker.alias);
    }
    if given.is_empty() {
        return Ok(askers);
    }
    let expander = Expander::new(dockerfile.directives.escape);
    let mut budget = Budget::default();
    // The same word means the same wherever it stands.
    let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut contracts = |text: &'_ str| -> Result<Vec<usize>, Error> {
        let expansion = budget.expand(expander, text, &globals.env)?.unwrap_or_default();
        let of_text = given.get(expansion.text.as_str()).map_or(&[][..], Vec::as_slice);
        let shares = |index: &&usize| !aliases[**index].args.is_disjoint(&expansion.used);
        Ok(of_text.iter().filter(shares).copied().collect())
    };
    let mut more = Vec::new();
    for (by, stage) in graph.ids().zip(&dockerfile.stages) {
        let own = aliases.binary_search_by_key(&by, |alias| alias.stage);
        let base = Some((&stage.base, by, stage.lines));
        // A contract of its own says what it may be. What a build argument says of it takes nothing from another one.
        let base = base.filter(|_| !own.is_ok_and(|own| aliases[own].contract.is_written()));
        let commands = stage.instructions.iter().zip(&graph[by].commands);
        let files = commands.flat_map(|(instruction, command)| {
            let sources = words(&instruction.kind).zip(&command.sources);
            sources.filter_map(|(word, start)| Some((word?, (*start)?, instruction.lines)))
        });
        for (word, start, lines) in base.into_iter().chain(files) {
            if !word.text.contains('$') {
                continue;
            }
            if !known.contains_key(word.text.as_str()) {
                let found = contracts(&word.text).map_err(|error| error.at(lines))?;
                known.insert(&word.text, found);
            }
            let of_word = known.get(word.text.as_str()).into_iter().flatten();
            more.extend(of_word.map(|alias| Asker { alias: *alias, start, by, lines }));
            if askers.len() + more.len() > MAX_ASKERS {
                return Err(Error::new(format!(
                    "contracts apply to more than {MAX_ASKERS} sources (MAX_ASKERS)"
                ))
                .at(lines)
                .kind(ErrorKind::Limit));
            }
        }
    }
    askers.append(&mut more);
    Ok(askers)
}

/// What reached askers get: the sources for which contracts hold, as far as the graph is known. Notes in the
/// aliases what they became.
pub fn find(graph: &Graph, reach: &Reach, aliases: &mut [Alias], askers: &[Asker]) -> Vec<Hold> {
    if askers.is_empty() {
        return Vec::new();
    }
    let Leads { source, is_compiled, is_changed } = leads(graph, aliases);
    for alias in &mut *aliases {
        alias.source = alias.stage;
        alias.is_held = false;
    }
    let mut holds: BTreeMap<(usize, NodeId), Hold> = BTreeMap::new();
    for asker in askers.iter().filter(|asker| reach.contains(asker.by)) {
        let start = asker.start;
        if is_compiled[start] {
            continue;
        }
        let alias = &mut aliases[asker.alias];
        // What stages on the way change is no image's: there is nothing to hold it against.
        let seen = if is_changed[start] { start } else { source[start] };
        if asker.by == alias.stage && start == alias.stage {
            alias.source = seen;
            alias.is_held = true;
        }
        let hold = holds.entry((asker.alias, source[start])).or_insert_with(|| Hold {
            alias: asker.alias,
            start,
            source: source[start],
            seen,
            lines: Vec::new(),
        });
        if hold.lines.last() != Some(&asker.lines) {
            hold.lines.push(asker.lines);
        }
    }
    holds.into_values().collect()
}

/// What is asked for by an alias's argument, and is not what the alias itself became: to be checked as if it
/// were another alias of the same contract.
pub fn others<'a>(holds: &'a [Hold], aliases: &'a [Alias]) -> impl Iterator<Item = Alias> + 'a {
    let others = holds.iter().filter(|hold| {
        let alias = &aliases[hold.alias];
        !alias.is_held || alias.source != hold.seen
    });
    others.map(|hold| Alias {
        stage: hold.start,
        source: hold.seen,
        lines: hold.lines[0],
        ..aliases[hold.alias].clone()
    })
}

/// Where each stage's files come from.
struct Leads {
    /// The stage that it builds on in the end.
    source: Arena<NodeId, NodeId>,
    /// Whether a compile stage is on the way.
    is_compiled: Arena<NodeId, bool>,
    /// Whether a stage below it changes files.
    is_changed: Arena<NodeId, bool>,
}

fn leads(graph: &Graph, aliases: &[Alias]) -> Leads {
    let no = || graph.nodes().map(|_| false);
    let (mut is_alias, mut is_fallback) = (no(), no());
    for alias in aliases {
        is_alias[alias.stage] = true;
        if let Some(fallback) = alias.fallback {
            is_fallback[fallback] = true;
        }
    }
    let (mut is_compiled, mut is_changed) = (no(), no());
    let mut source: Arena<NodeId, NodeId> = Arena::default();
    for id in graph.ids() {
        source.push(id);
    }
    // Whether it is an alias by another name: nothing is compiled in it.
    let mut is_name = is_alias;
    // What a stage builds on is declared before it.
    for id in graph.ids() {
        let node = &graph[id];
        let Some(base) = node.base.filter(|base| *base < id) else {
            is_compiled[id] = is_fallback[id] && node.replaced_by.is_none() && !is_name[id];
            continue;
        };
        source[id] = source[base];
        let runs = graph[base].replaced_by.is_none() && graph[base].changes_files();
        is_changed[id] = is_changed[base] || runs;
        is_name[id] |= is_name[base] && !node.changes_files();
        is_compiled[id] = is_compiled[base] || (is_fallback[id] && !is_name[id]);
    }
    Leads { source, is_compiled, is_changed }
}
