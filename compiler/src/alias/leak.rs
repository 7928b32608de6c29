//! Compile stages that are part of a build although they should not be: reached by their own name
//! where their alias is overridden, or forbidden.

use std::collections::{BTreeMap, BTreeSet};

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::{Comments, suggest};

use super::contract::{Overrides, PREFIX};
use super::findings::became_prebuilt;
use super::source::Source;
use super::{Alias, near};
use crate::error::Error;
use crate::given::Given;
use crate::graph::chain::{self, Link};
use crate::graph::{Graph, NodeId, Reach, Reason};
use crate::lint::{Linter, rule};

/// How many instructions of a chain an error lists.
const MAX_LISTED: usize = 16;
/// How many compile stages it is about.
const MAX_FORBIDDEN: usize = 8;
/// How much of an instruction it shows, in characters.
const MAX_SHOWN: usize = 120;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What the compilation is given.
    pub given: &'a Given,
    /// The stages.
    pub graph: &'a Graph,
    /// Which of them are reached. Where all stages are visited, each counts as a target.
    pub reach: &'a Reach,
    /// The aliases.
    pub aliases: &'a [Alias],
    /// The sources that are named by arguments.
    pub sources: &'a [Source],
}

impl Setting<'_> {
    /// Whether the stage is compiled, and not because it is the target: whoever asks for a compile stage
    /// gets it. One whose place a named context takes is not.
    fn is_compiled(&self, fallback: NodeId) -> bool {
        let needed = match self.reach.reason(fallback) {
            None => false,
            Some(Reason::Root) => self.given.input.all_stages,
            Some(_) => true,
        };
        needed && self.graph[fallback].replaced_by.is_none()
    }
}

/// `AliasLeak`, at each instruction that reaches the compile stage of an overridden alias by its name,
/// whether or not the target needs the alias. What an argument that is not overridden names is meant
/// to be compiled.
pub fn report(setting: &Setting<'_>, lint: &mut Linter) {
    let Setting { graph, reach, aliases, .. } = *setting;
    let mut overridden: BTreeMap<NodeId, &Alias> = BTreeMap::new();
    for alias in aliases.iter().filter(|alias| alias.is_overridden(graph)) {
        let fallback = alias.fallback.filter(|_| became_prebuilt(alias, graph));
        if let Some(fallback) = fallback.filter(|id| setting.is_compiled(*id)) {
            overridden.entry(fallback).or_insert(alias);
        }
    }
    if overridden.is_empty() {
        return;
    }
    let mut of_aliases: BTreeSet<NodeId> = BTreeSet::new();
    of_aliases.extend(aliases.iter().map(|alias| alias.stage));
    let mut by_argument: BTreeSet<(NodeId, NodeId, u32)> = BTreeSet::new();
    for source in setting.sources {
        by_argument.insert((source.by, source.became, source.lines.first));
    }
    for by in reach.iter() {
        let node = &graph[by];
        let base = node.base.filter(|_| !of_aliases.contains(&by)).map(|to| (to, node.lines, true));
        let files = node.edges.iter().map(|edge| (edge.to, edge.lines, false));
        let files = files.filter(|(to, lines, _)| !by_argument.contains(&(by, *to, lines.first)));
        let mut before = None;
        for (to, lines, is_base) in base.into_iter().chain(files) {
            // An instruction with several mounts is told once.
            let Some(alias) = overridden.get(&to).filter(|_| before != Some((to, lines))) else {
                continue;
            };
            before = Some((to, lines));
            let message = format!(
                "alias {} is overridden, but stage {} still reaches {}, so it is built anyway; {}",
                alias.name,
                quote(&chain::name(graph, by)),
                quote(&graph[to].label),
                instead(is_base, &alias.name),
            );
            lint.note(&rule::alias_leak::RULE, message, lines, &Comments::default());
        }
    }
}

/// What to write where an instruction names the compile stage.
fn instead(is_base: bool, alias: &str) -> String {
    if is_base {
        format!("build on {alias} instead")
    } else {
        format!("take the files from {alias} instead")
    }
}

/// Fails where a compile stage is part of the build, and the contract of its alias or the build forbids
/// that. The error tells why the stage is there.
///
/// # Errors
///
/// The first such stages, together.
pub fn forbid(setting: &Setting<'_>, overrides: &Overrides) -> Result<(), Error> {
    let of_aliases = setting.aliases.iter().filter(|alias| alias.contract.never_compile);
    let of_aliases = of_aliases.filter_map(|alias| Some((alias.fallback?, Some(alias))));
    let of_sources = setting.sources.iter().filter(|_| overrides.never_compile());
    let of_sources = of_sources.map(|source| (source.fallback, None));
    let mut seen = BTreeSet::new();
    let mut forbidden = of_aliases
        .chain(of_sources)
        .filter(|(fallback, _)| setting.is_compiled(*fallback) && seen.insert(*fallback));
    let mut error: Option<Error> = None;
    for (fallback, alias) in forbidden.by_ref().take(MAX_FORBIDDEN) {
        if let Some(found) = part_of_build(setting, fallback, alias, overrides) {
            error = Some(match error {
                Some(error) => error.and(found),
                None => found,
            });
        }
    }
    error.map_or(Ok(()), Err)
}

/// The error of a compile stage that must not be part of the build; `None` where nothing needs it.
fn part_of_build(
    setting: &Setting<'_>,
    fallback: NodeId,
    alias: Option<&Alias>,
    overrides: &Overrides,
) -> Option<Error> {
    let Setting { graph, reach, .. } = *setting;
    let (links, left_out) = if setting.given.input.all_stages {
        // Where every stage counts as a target, each that needs it is one too many.
        let mut links = chain::needed_by(graph, fallback);
        let left_out = links.len().saturating_sub(MAX_LISTED);
        links.truncate(MAX_LISTED);
        (links, left_out)
    } else {
        chain::chain(graph, reach, fallback, MAX_LISTED)
    };
    let last = links.last()?;
    let by = match alias {
        Some(alias) if !overrides.never_compile() => {
            format!("compile=never of alias {}", alias.name)
        }
        _ => format!("{PREFIX}COMPILE=never"),
    };
    let name = quote(&graph[fallback].label);
    let mut message =
        format!("stage {name} would be compiled, and {by} forbids that; it is needed by");
    if left_out > 0 {
        message.push_str("\n  - …");
    }
    for link in &links {
        let text = link.text.lines().next().unwrap_or_default();
        let cut: String = text.chars().take(MAX_SHOWN).collect();
        let dots = if cut.len() < link.text.len() { "…" } else { "" };
        let name = quote(&chain::name(graph, link.by));
        message.push_str(&format!("\n  - stage {name}, {}: {cut}{dots}", link.lines));
    }
    let mut error = Error { joins: true, ..Error::new(message) };
    for link in links.iter().rev() {
        if !error.locations.contains(&link.lines) {
            error = error.and_at(link.lines);
        }
    }
    Some(error.hint(advice(setting, last, alias)))
}

/// What to do about the instruction that needs a compile stage.
fn advice(setting: &Setting<'_>, link: &Link, alias: Option<&Alias>) -> String {
    let graph = setting.graph;
    let of_alias = setting.aliases.iter().find(|alias| alias.stage == link.by);
    let of_source = setting.sources.iter().find(|source| {
        source.by == link.by && source.lines == link.lines && source.became == link.to
    });
    let (args, context) = match (of_alias, of_source) {
        (Some(alias), _) if graph[link.by].lines == link.lines => (&alias.args, Some(&alias.name)),
        (_, Some(source)) => (&source.args, None),
        _ => {
            return match alias {
                Some(alias) => {
                    let node = &graph[link.by];
                    let is_base = node.base == Some(link.to) && node.lines == link.lines;
                    instead(is_base, &alias.name)
                }
                None => "name it by its argument instead".to_owned(),
            };
        }
    };
    let given = setting.given.options().build_args.keys();
    let misspelt = given.filter(|name| !args.contains(*name)).find_map(|name| {
        Some((name, suggest::closest(name, args.iter().map(String::as_str), false)?))
    });
    if let Some((name, near)) = misspelt {
        return format!("the build argument {name} is declared nowhere (did you mean {near}?)");
    }
    if let Some(name) = args
        .iter()
        .find(|arg| setting.given.options().build_args.get(*arg).is_some_and(String::is_empty))
    {
        return format!("the build argument {name} is empty; give it the name of an image");
    }
    if let Some(context) = context {
        let keys = setting.given.options().contexts.keys();
        let names = keys.map(|key| key.split("::").next().unwrap_or(key));
        if let Some(name) = names.into_iter().find(|name| near::is_near(name, context)) {
            return format!(
                "the build context {name} is used by nothing (did you mean {context}?)"
            );
        }
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match context {
        Some(context) => format!(
            "give an image with --build-arg {}=…, or with --build-context {context}=docker-image://…",
            args.join(", ")
        ),
        None => format!("give an image with --build-arg {}=…", args.join(", ")),
    }
}
