//! Reports the known mistakes around aliases.

use std::collections::BTreeSet;

use buildkit_dockerfile::instruction::mount_source::AUTOMATIC_ARGS;
use buildkit_dockerfile::{Comments, Kind, Lines, Word, suggest};

use super::Alias;
use super::contract::PREFIX;
use super::policy::Notes;
use super::verify::Outcome;
use crate::eval::Evaluated;
use crate::given::Given;
use crate::graph::{Graph, Reach, Reason};
use crate::lint::{Linter, rule};

/// Arguments that speak to the frontend or to the engine, or that every step has, besides the automatic
/// ones: no Dockerfile needs to declare them.
const PREDEFINED: [&str; 7] = [
    "SOURCE_DATE_EPOCH",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "all_proxy",
    "SOURCE_POLICY",
];
const BUILDKIT: &str = "BUILDKIT_";

/// An alias whose image was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its place among the aliases.
    pub index: usize,
    /// What is to be noted of its image.
    pub notes: Notes,
    /// What the check of its files came to.
    pub outcome: Outcome,
}

/// Reports what the rules find.
pub fn report(
    given: &Given,
    evaluated: &Evaluated,
    aliases: &[Alias],
    checked: &[Checked],
    lint: &mut Linter,
) {
    let Evaluated { graph, reach, target, .. } = evaluated;
    // Lint without a target visits all stages. What is leaked is what a build would leak.
    let of_target = if given.input.all_stages { graph.reach(&[*target]) } else { reach.clone() };
    for alias in aliases.iter().filter(|alias| alias.is_overridden(graph)) {
        let comments = &graph[alias.stage].comments;
        // An alias that became another stage is built. One with steps of its own is more than its image.
        let exports_again =
            alias.stage == *target && became_prebuilt(alias, graph) && !has_steps(alias, graph);
        if let Some(fallback) = alias.fallback.filter(|_| exports_again) {
            let instead = graph[fallback].label.as_str();
            let message = format!(
                "target {} is an alias for a prebuilt image, and only exports it again; to build it, use --target {instead}",
                alias.name
            );
            lint.note(&rule::alias_as_target::RULE, message, alias.lines, comments);
        }
        if of_target.contains(alias.stage) && became_prebuilt(alias, graph) {
            leak(graph, &of_target, alias, aliases, lint);
        }
    }
    for Checked { index, notes, outcome } in checked {
        let alias = &aliases[*index];
        let comments = &graph[alias.stage].comments;
        let image = alias.image(graph).unwrap_or_default();
        if let Some((made_from, revision)) = &notes.stale {
            let message = format!(
                "alias {}: {image} was made from revision {made_from}, but {revision} is being built; rebuild it",
                alias.name
            );
            lint.note(&rule::alias_stale::RULE, message, alias.lines, comments);
        }
        if notes.from_local_store {
            let message = format!(
                "alias {}: {image} is from the engine's local store, which may be older than the registry; name it by digest",
                alias.name
            );
            lint.note(&rule::alias_from_local_store::RULE, message, alias.lines, comments);
        }
        if outcome.unreadable {
            let message = format!(
                "alias {}: the engine does not show the files of {image}, so they were not checked",
                alias.name
            );
            lint.note(&rule::alias_not_verified::RULE, message, alias.lines, comments);
        }
    }
    unused_arguments(given, evaluated, lint);
    arguments_as_sources(given, lint);
}

/// Whether an alias became something that is there already: no stage of the Dockerfile.
fn became_prebuilt(alias: &Alias, graph: &Graph) -> bool {
    let node = &graph[alias.stage];
    node.replaced_by.is_some() || node.base.is_none()
}

/// Whether an alias does more than to name its image.
fn has_steps(alias: &Alias, graph: &Graph) -> bool {
    !graph[alias.stage].commands.is_empty()
}

/// `AliasLeak`, at each instruction that reaches the compile stage. Another alias that is compiled by
/// the same stage is meant to be.
fn leak(graph: &Graph, reach: &Reach, alias: &Alias, aliases: &[Alias], lint: &mut Linter) {
    let Some(fallback) = alias.fallback else { return };
    // Whoever asks for the compile stage gets it.
    if matches!(reach.reason(fallback), None | Some(Reason::Root)) {
        return;
    }
    let compile = &graph[fallback].label;
    for by in reach.iter() {
        let node = &graph[by];
        let compiled = aliases.iter().any(|other| other.stage == by);
        let base = (node.base == Some(fallback) && !compiled).then_some(node.lines);
        let files = node.edges.iter().filter(|edge| edge.to == fallback).map(|edge| edge.lines);
        let mut lines: Vec<Lines> = base.into_iter().chain(files).collect();
        lines.dedup();
        for lines in lines {
            let message = format!(
                "alias {} is overridden, but stage {} still reaches {compile}, so it is built anyway; take the files from {} instead",
                alias.name, node.label, alias.name
            );
            lint.note(&rule::alias_leak::RULE, message, lines, &Comments::default());
        }
    }
}

/// `UnusedBuildArg`
fn unused_arguments(given: &Given, evaluated: &Evaluated, lint: &mut Linter) {
    let Some(first) = given.dockerfile().stages.first() else { return };
    let used = used_arguments(given, evaluated);
    let mut declared: BTreeSet<&str> = given.globals.declared.keys().map(String::as_str).collect();
    let instructions = given.dockerfile().stages.iter().flat_map(|stage| &stage.instructions);
    for instruction in instructions {
        if let Kind::Arg(args) = &instruction.kind {
            declared.extend(args.iter().map(|arg| arg.name.text.as_str()));
        }
    }
    let is_for_others = |name: &str| {
        AUTOMATIC_ARGS.iter().chain(&PREDEFINED).any(|known| known.eq_ignore_ascii_case(name))
            || name.starts_with(BUILDKIT)
            || name.starts_with(PREFIX)
    };
    let names = given.options().build_args.keys();
    for name in names.filter(|name| !used.contains(name.as_str()) && !is_for_others(name)) {
        let message = if declared.contains(name.as_str()) {
            format!("build argument {name} is used by no stage that this build needs")
        } else {
            let nearest = suggest::closest(name, declared.iter().copied(), false);
            let nearest =
                nearest.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            format!("build argument {name} is declared nowhere{nearest}")
        };
        lint.note(&rule::unused_build_arg::RULE, message, first.lines, &Comments::default());
    }
}

/// The arguments that reached stages use: in their `FROM`, as sources of files, by declaring them, or
/// through the default of another one.
fn used_arguments(given: &Given, evaluated: &Evaluated) -> BTreeSet<String> {
    let expander = given.expander();
    let mut open: Vec<String> = Vec::new();
    for id in evaluated.reach.iter() {
        let node = &evaluated.graph[id];
        open.extend(node.from_args.iter().cloned());
        for command in &node.commands {
            if let Kind::Arg(args) = &command.instruction.kind {
                open.extend(args.iter().map(|arg| arg.name.text.clone()));
            }
            for source in sources(&command.instruction.kind) {
                let expansion = expander.expand(&source.text, &given.globals.env);
                open.extend(expansion.map(|expansion| expansion.used).unwrap_or_default());
            }
        }
    }
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(global) = given.globals.declared.get(&name) {
            open.extend(global.uses.iter().filter(|uses| !used.contains(*uses)).cloned());
        }
        used.insert(name);
    }
    used
}

/// The words that name what an instruction takes files from.
fn sources(kind: &Kind) -> Vec<&Word> {
    match kind {
        Kind::Copy(copy) => copy.from.iter().collect(),
        Kind::Run(run) => run.mounts.iter().filter_map(|mount| mount.from.as_ref()).collect(),
        _ => Vec::new(),
    }
}

/// `GlobalArgAsSource`, which runs where it is asked for.
fn arguments_as_sources(given: &Given, lint: &mut Linter) {
    for stage in &given.dockerfile().stages {
        for instruction in &stage.instructions {
            let sources = sources(&instruction.kind).into_iter();
            for source in sources.filter(|source| source.text.contains('$')) {
                let message = format!(
                    "{} is a variable, which stock frontends do not accept here; write FROM {} AS <name>, and take the files from that stage",
                    source.text, source.text
                );
                let rule = &rule::global_arg_as_source::RULE;
                lint.note(rule, message, instruction.lines, &instruction.comments);
            }
        }
    }
}
