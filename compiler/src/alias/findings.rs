//! Reports the known mistakes around aliases.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_dockerfile::instruction::mount_source::AUTOMATIC_ARGS;
use buildkit_dockerfile::{Comments, Kind, Lines, Word};

use super::contract::PREFIX;
use super::policy::Notes;
use super::source::Source;
use super::verify::Outcome;
use super::{Alias, leak, near, report};
use crate::context::named;
use crate::epoch;
use crate::eval::Evaluated;
use crate::given::Given;
use crate::graph::Graph;
use crate::lint::{Linter, rule};
use aliasfront_image::reference::Reference;

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
/// Of how many contexts that nothing uses it is looked for the name that was meant, and of how many that lack slashes
/// is told.
const MAX_CONTEXTS: usize = 64;

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
    sources: &[Source],
    checked: &[Checked],
    lint: &mut Linter,
) {
    let Evaluated { graph, reach, target, .. } = evaluated;
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
    }
    leak::report(&leak::Setting { given, graph, reach, aliases, sources }, lint);
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
        if let Some(digest) = &notes.in_registry {
            let message = format!(
                "alias {}: {image} is from the engine's local store, and the registry has {digest} by that tag; name it by digest, or build with --pull",
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
        if !outcome.odd.is_empty() {
            let odd = report::listed(outcome.odd.iter().cloned(), outcome.odd.len());
            let message =
                format!("alias {}: {image} is not verified as a whole: {odd}", alias.name);
            lint.note(&rule::alias_not_verified::RULE, message, alias.lines, comments);
        }
    }
    unused_arguments(given, evaluated, lint);
    unused_contexts(given, graph, lint);
    contexts_without_slashes(given, lint);
    arguments_as_sources(given, lint);
}

/// Whether an alias became something that is there already: no stage of the Dockerfile.
pub(super) fn became_prebuilt(alias: &Alias, graph: &Graph) -> bool {
    let node = &graph[alias.stage];
    node.replaced_by.is_some() || node.base.is_none()
}

/// Whether an alias does more than to name its image.
fn has_steps(alias: &Alias, graph: &Graph) -> bool {
    !graph[alias.stage].commands.is_empty()
}

/// `UnusedBuildArg`
fn unused_arguments(given: &Given, evaluated: &Evaluated, lint: &mut Linter) {
    let is_for_others = |name: &str| {
        AUTOMATIC_ARGS.iter().chain(&PREDEFINED).any(|known| known.eq_ignore_ascii_case(name))
            || name.starts_with(BUILDKIT)
            || name.starts_with(PREFIX)
    };
    let names = given.options().build_args.keys();
    let mut names = names.filter(|name| !is_for_others(name)).peekable();
    let Some(first) = given.dockerfile().stages.first().filter(|_| names.peek().is_some()) else {
        return;
    };
    let used = used_arguments(given, evaluated);
    // Where an argument is declared first: before the stages, if it is there.
    let mut declared: BTreeMap<&str, Lines> = BTreeMap::new();
    for global in &given.dockerfile().global_args {
        for arg in &global.args {
            declared.entry(&arg.name.text).or_insert(global.lines);
        }
    }
    let instructions = given.dockerfile().stages.iter().flat_map(|stage| &stage.instructions);
    for instruction in instructions {
        if let Kind::Arg(args) = &instruction.kind {
            for arg in args {
                declared.entry(&arg.name.text).or_insert(instruction.lines);
            }
        }
    }
    for name in names.filter(|name| !used.contains(name.as_str())) {
        if let Some(lines) = declared.get(name.as_str()) {
            let message =
                format!("build argument {name} is used by no stage that this build needs");
            lint.note(&rule::unused_build_arg::RULE, message, *lines, &Comments::default());
            continue;
        }
        let message = format!("build argument {name} is declared nowhere");
        match lint.checks().closest(name, declared.keys().copied(), false) {
            Some(nearest) => {
                let lines = declared.iter().find(|(name, _)| name.eq_ignore_ascii_case(&nearest));
                let (nearest, lines) =
                    lines.map_or((nearest.as_str(), first.lines), |(name, lines)| (*name, *lines));
                let message = format!("{message} (did you mean {nearest}?)");
                lint.note(&rule::unused_build_arg::RULE, message, lines, &Comments::default());
            }
            None => lint.note_nowhere(&rule::unused_build_arg::RULE, message),
        }
    }
}

/// `UnusedBuildContext`: a context whose name is nearly that of a stage or an image. Contexts of quite
/// other names are for other targets: whoever builds many gives all of them the same ones.
fn unused_contexts(given: &Given, graph: &Graph, lint: &mut Linter) {
    if given.options().contexts.is_empty() {
        return;
    }
    let mut names: BTreeMap<String, Lines> = BTreeMap::new();
    for node in graph.nodes() {
        names.entry(node.label.clone()).or_insert(node.lines);
        if node.base.is_none()
            && let Ok(image) = Reference::parse_normalized(&node.base_name)
        {
            for name in [image.familiar(), image.clone().trim().familiar(), image.name()] {
                names.entry(name).or_insert(node.lines);
            }
            names.entry(node.base_name.clone()).or_insert(node.lines);
        }
    }
    let mut unused = BTreeSet::new();
    for key in given.options().contexts.keys() {
        let name = key.split("::").next().unwrap_or(key);
        let of_epoch = given.options().build_args.get(epoch::NAME).is_some_and(|from| from == name);
        let known = names.contains_key(name) || names.contains_key(&name.to_lowercase());
        if !known && !of_epoch {
            unused.insert(name);
        }
    }
    for name in unused.into_iter().take(MAX_CONTEXTS) {
        if let Some((nearest, lines)) = names.iter().find(|(known, _)| near::is_near(name, known)) {
            let message =
                format!("build context {name} is used by nothing (did you mean {nearest}?)");
            lint.note(&rule::unused_build_context::RULE, message, *lines, &Comments::default());
        }
    }
}

/// `ContextWithoutSlashes`
fn contexts_without_slashes(given: &Given, lint: &mut Linter) {
    let contexts = given.options().contexts.iter();
    let meant =
        contexts.filter_map(|(name, value)| Some((name, value, named::with_slashes(value)?)));
    for (name, value, meant) in meant.take(MAX_CONTEXTS) {
        let message = format!(
            "build context {name} is {value}, which some clients take for a directory; write {meant}"
        );
        lint.note_nowhere(&rule::context_without_slashes::RULE, message);
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
