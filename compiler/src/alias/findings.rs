//! Reports the known mistakes around aliases.

use std::collections::{BTreeSet, HashMap};

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::instruction::mount_source::AUTOMATIC_ARGS;
use buildkit_dockerfile::{Comments, Dockerfile, Kind, Lines, Word};

use super::Alias;
use super::contract::PREFIX;
use super::policy::Notes;
use super::verify::Outcome;
use crate::eval::Program;
use crate::graph::{GlobalArgs, Graph, NodeId, Reach, Reason};
use crate::lint::{Linter, rule};
use crate::options::Options;

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
/// How many leaks of aliases are told: each alias may leak at each instruction.
const MAX_LEAKS: usize = 10_000;

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

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The Dockerfile.
    pub dockerfile: &'a Dockerfile,
    /// The build options.
    pub options: &'a Options,
    /// The global arguments.
    pub globals: &'a GlobalArgs,
    /// The stages.
    pub graph: &'a Graph,
    /// Which of them are reached.
    pub reach: &'a Reach,
    /// What they come to.
    pub program: &'a Program,
    /// The target.
    pub target: NodeId,
    /// Whether all stages are visited, whatever the target needs.
    pub all_stages: bool,
}

/// Reports what the rules find.
pub fn report(setting: &Setting<'_>, aliases: &[Alias], checked: &[Checked], lint: &mut Linter) {
    let graph = setting.graph;
    // Lint without a target visits all stages. What is leaked is what a build would leak.
    let of_target =
        if setting.all_stages { graph.reach(&[setting.target]) } else { setting.reach.clone() };
    let mut leaks = Leaks::new(graph, &of_target, aliases);
    for alias in aliases.iter().filter(|alias| alias.is_overridden(graph)) {
        let comments = &graph[alias.stage].comments;
        // An alias that became another stage is built. One with steps of its own is more than its image.
        let exports_again = alias.stage == setting.target
            && became_prebuilt(alias, graph)
            && !has_steps(alias, graph);
        if let Some(fallback) = alias.fallback.filter(|_| exports_again) {
            let instead = graph[fallback].label.as_str();
            let message = format!(
                "target {} is an alias for a prebuilt image, and only exports it again; to build it, use --target {instead}",
                alias.name
            );
            lint.note(&rule::alias_as_target::RULE, message, alias.lines, comments);
        }
        if of_target.contains(alias.stage) && became_prebuilt(alias, graph) {
            leaks.report(alias, lint);
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
    unused_arguments(setting, lint);
    arguments_as_sources(setting, lint);
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
struct Leaks<'a> {
    graph: &'a Graph,
    reach: &'a Reach,
    /// The places where a stage is needed, by the stage; in the graph's order.
    places: HashMap<NodeId, Vec<(NodeId, Lines)>>,
    told: usize,
}

impl<'a> Leaks<'a> {
    fn new(graph: &'a Graph, reach: &'a Reach, aliases: &[Alias]) -> Self {
        let compiled: BTreeSet<NodeId> = aliases.iter().map(|alias| alias.stage).collect();
        let fallbacks: BTreeSet<NodeId> =
            aliases.iter().filter_map(|alias| alias.fallback).collect();
        let mut places: HashMap<NodeId, Vec<(NodeId, Lines)>> = HashMap::new();
        for by in reach.iter() {
            let node = &graph[by];
            let base = node.base.filter(|_| !compiled.contains(&by));
            let base = base.map(|base| (base, node.lines));
            let files = node.edges.iter().map(|edge| (edge.to, edge.lines));
            for (to, lines) in base.into_iter().chain(files) {
                if fallbacks.contains(&to) {
                    let places = places.entry(to).or_default();
                    // What one instruction takes several times is one place.
                    if places.last() != Some(&(by, lines)) {
                        places.push((by, lines));
                    }
                }
            }
        }
        Self { graph, reach, places, told: 0 }
    }

    fn report(&mut self, alias: &Alias, lint: &mut Linter) {
        let Some(fallback) = alias.fallback else { return };
        // Whoever asks for the compile stage gets it.
        if matches!(self.reach.reason(fallback), None | Some(Reason::Root)) {
            return;
        }
        let compile = &self.graph[fallback].label;
        let places = self.places.get(&fallback).map_or(&[][..], Vec::as_slice);
        let left = MAX_LEAKS - self.told;
        for (by, lines) in places.iter().take(left) {
            let message = format!(
                "alias {} is overridden, but stage {} still reaches {compile}, so it is built anyway; take the files from {} instead",
                alias.name, self.graph[*by].label, alias.name
            );
            lint.note(&rule::alias_leak::RULE, message, *lines, &Comments::default());
            self.told += 1;
        }
    }
}

/// `UnusedBuildArg`
fn unused_arguments(setting: &Setting<'_>, lint: &mut Linter) {
    let Some(first) = setting.dockerfile.stages.first() else { return };
    let used = used_arguments(setting);
    let mut declared: BTreeSet<&str> =
        setting.globals.declared.keys().map(String::as_str).collect();
    let instructions = setting.dockerfile.stages.iter().flat_map(|stage| &stage.instructions);
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
    let given = setting.options.build_args.keys();
    for name in given.filter(|name| !used.contains(name.as_str()) && !is_for_others(name)) {
        let message = if declared.contains(name.as_str()) {
            format!("build argument {name} is used by no stage that this build needs")
        } else {
            let nearest = lint.checks().closest(name, declared.iter().copied(), false);
            let nearest =
                nearest.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            format!("build argument {name} is declared nowhere{nearest}")
        };
        lint.note(&rule::unused_build_arg::RULE, message, first.lines, &Comments::default());
    }
}

/// The arguments that reached stages use: in their `FROM`, as sources of files, by declaring them, or
/// through the default of another one.
fn used_arguments(setting: &Setting<'_>) -> BTreeSet<String> {
    let expander = Expander::new(setting.dockerfile.directives.escape);
    let mut open: Vec<String> = Vec::new();
    for id in setting.reach.iter() {
        let node = &setting.graph[id];
        open.extend(node.from_args.iter().cloned());
        for command in &node.commands {
            if let Kind::Arg(args) = &command.instruction.kind {
                open.extend(args.iter().map(|arg| arg.name.text.clone()));
            }
            for source in sources(&command.instruction.kind) {
                let expansion = expander.expand(&source.text, &setting.globals.env);
                open.extend(expansion.map(|expansion| expansion.used).unwrap_or_default());
            }
        }
    }
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(global) = setting.globals.declared.get(&name) {
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
fn arguments_as_sources(setting: &Setting<'_>, lint: &mut Linter) {
    for stage in &setting.dockerfile.stages {
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
