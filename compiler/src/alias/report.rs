//! What is said about aliases: errors, and the message at the end of a build.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::Kind;

use super::auto::{Missing, Publication};
use super::contract::{PREFIX, PUBLISH};
use super::enforce::shown;
use super::pruned::{Pruned, Pruning};
use super::source::Source;
use super::verify::{NotChecked, Problem};
use super::{Alias, image};
use crate::budget::Checks;
use crate::context::{RootSource, Within, main};
use crate::error::Error;
use crate::fingerprint::{CONTENT_LABEL, Holds, Taken};
use crate::given::{Given, Platforms};
use crate::graph::{Graph, NodeId, Reach};
use crate::shown;
use aliasfront_image::platform::Platform;

/// How many stages are named where a line lists them.
pub const MAX_LISTED: usize = 8;
/// How many sources that arguments name are told.
const MAX_SOURCES: usize = 32;
/// How an alias is written.
pub(super) const HOW_TO_ALIAS: &str =
    "write ARG NAME=<stage> before the first FROM, and FROM ${NAME} AS <alias>";
/// What is said of files that no contract holds for.
const NOT_CHECKED: &str = "not checked";

/// What the checks of an alias came to, for messages and views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The alias.
    pub alias: Alias,
    /// Whether the target needs it.
    pub reached: bool,
    /// The paths of its image that were checked, as they are written.
    pub checked: Vec<String>,
    /// What of its image is no file or directory as usual, as [`Outcome::odd`](super::verify::Outcome).
    pub odd: Vec<String>,
    /// What its image lacks and a step on top of it may make, as [`Outcome::not_checked`](super::verify::Outcome).
    pub not_checked: Vec<NotChecked>,
    /// The stages that nothing needs since the alias became something else.
    pub pruned: Pruned,
}

/// The error of an image that cannot be used, with all that is wrong with it.
pub fn error(alias: &Alias, graph: &Graph, problems: &[Problem]) -> Error {
    error_of(alias, &became(alias, graph), graph, problems)
}

/// The error of an alias, or of what is asked for by its argument, that became something that it must not be.
pub fn error_of(alias: &Alias, became: &str, graph: &Graph, problems: &[Problem]) -> Error {
    let mut message = format!("alias {}: {became} cannot be used", alias.name);
    let mut locations = Vec::new();
    let mut places = HashSet::new();
    for problem in problems {
        message.extend(["\n  - ", &text(problem, alias)]);
        for lines in &problem.lines {
            if places.insert(*lines) {
                locations.push(*lines);
            }
        }
    }
    if locations.is_empty() {
        locations.push(alias.lines);
    }
    let error = Error { locations, joins: true, ..Error::new(message) };
    let error = problems.iter().filter_map(|p| p.hint.as_deref()).fold(error, Error::and_hint);
    if problems.iter().all(|problem| problem.hint.is_some()) {
        return error;
    }
    let root = graph[alias.source].root.as_ref();
    let holds = root.and_then(|root| root.config.config.labels.get(CONTENT_LABEL));
    if holds.is_some_and(|holds| holds == Holds::Packed.as_str()) {
        // What runs commands on an image needs more of it than files.
        let runs = |id: NodeId| {
            let is_on_it = id == alias.stage || graph[id].base == Some(alias.stage);
            let mut commands = graph[id].commands.iter();
            is_on_it && commands.any(|it| matches!(it.instruction.kind, Kind::Run(_)))
        };
        let again = if graph.ids().any(runs) { Holds::Full } else { Holds::Packed };
        return error.and_hint(&format!(
            "the image is packed, from another Dockerfile: it holds what that one takes and nothing else; publish it again from this one with {PREFIX}{PUBLISH}={}; {}",
            again.as_str(),
            hint(alias, graph)
        ));
    }
    let better = match root.map(|root| &root.source) {
        Some(RootSource::Local { .. } | RootSource::Laid(_)) => "give a directory",
        Some(RootSource::Git(_)) => "give a repository",
        Some(RootSource::Http { .. }) => "give a download",
        Some(RootSource::Layout { .. }) => "give an image",
        _ => "push an image",
    };
    error.and_hint(&format!(
        "{better} that has what the build takes from it; {}",
        hint(alias, graph)
    ))
}

/// What is wrong, and who needs it.
fn text(problem: &Problem, alias: &Alias) -> String {
    let lines = problem.lines.iter().filter(|lines| **lines != alias.lines);
    let needed: Vec<String> = lines.map(ToString::to_string).collect();
    let message = shown::line(&problem.message);
    if needed.is_empty() {
        return message;
    }
    format!("{message} (needed by {})", needed.join(", "))
}

/// Why an alias falls back: all that is wrong with its image.
pub fn reason(alias: &Alias, graph: &Graph, problems: &[Problem]) -> String {
    let texts: Vec<String> = problems.iter().map(|problem| text(problem, alias)).collect();
    format!("{}: {}", what(alias, graph), texts.join("; "))
}

/// How an alias whose image does not serve can be built all the same.
pub fn hint(alias: &Alias, graph: &Graph) -> String {
    let args: Vec<&str> = alias.args.iter().map(String::as_str).collect();
    let set_by = match &graph[alias.stage].replaced_by {
        Some(context) => shown::line(&format!("--build-context {}", context.key)),
        None => format!("--build-arg {}", args.join(", ")),
    };
    if let Some(publication) = alias.publication.as_ref().filter(|it| it.is_found()) {
        return format!(
            "alias {} is {}, which was found by its fingerprint; {PREFIX}AUTO=off compiles it",
            alias.name, publication.reference
        );
    }
    let mut hint = format!("{set_by} sets alias {}", alias.name);
    let compiles = alias.fallback.filter(|_| !alias.contract.never_compile);
    if let Some(fallback) = compiles {
        hint.extend(["; leave it out to compile with stage ", &quote(&graph[fallback].label)]);
        if alias.contract.fallback_refused {
            hint.push_str(", or let the build do that with ALIASFRONT_FALLBACK=local");
        } else if !alias.contract.fallback {
            hint.push_str(
                ", or let the build do that with the comment \"# alias fallback=local\" above the alias",
            );
        }
    }
    hint
}

/// How an alias whose image isn't there for a platform can be had: from an image for that platform, or
/// from one that is there for the build platform.
pub fn platform_hint(
    alias: &Alias,
    graph: &Graph,
    platforms: &Platforms,
    elsewhere: &[Platform],
) -> String {
    let node = &graph[alias.stage];
    let needed = node.platform.as_ref().unwrap_or(&platforms.target).normalize();
    let mut all: Vec<String> = Vec::new();
    for platform in elsewhere.iter().map(Platform::normalize).chain([needed.clone()]) {
        let platform = platform.to_string();
        if !all.contains(&platform) {
            all.push(platform);
        }
    }
    let mut hint = format!(
        "push the image for {needed}, too: docker buildx build --push --platform {}",
        all.join(",")
    );
    let build = platforms.build.normalize();
    let is_for_build = elsewhere.is_empty() || elsewhere.iter().any(|on| on.normalize() == build);
    if node.platform.is_none() && needed != build && is_for_build {
        let from = format!("FROM --platform=$BUILDPLATFORM {}", node.base_expression);
        hint.extend([
            "; or, where files are only copied from it that serve on every platform, write ",
            &from,
            " AS ",
            &alias.name,
        ]);
    }
    hint
}

/// The error of a target that is to be an alias with a compile stage and is none, with `why` before it.
pub fn no_alias<'a>(
    why: &str,
    aliases: impl Iterator<Item = &'a Alias>,
    target: NodeId,
    graph: &Graph,
) -> Error {
    let target = &graph[target];
    let message = format!("{why}target {} is no alias with a compile stage", quote(&target.label));
    let with_stage = aliases.filter(|alias| alias.fallback.is_some());
    let names: Vec<&str> = with_stage.map(|alias| alias.name.as_str()).collect();
    Error::new(message).at(target.lines).hint(if names.is_empty() {
        HOW_TO_ALIAS.to_owned()
    } else {
        format!("name an alias with --target: {}", names.join(", "))
    })
}

/// The command that publishes the image that an alias is looked for as.
pub fn publish_command(alias: &Alias, publication: &Publication, given: &Given) -> String {
    let holds = match &*publication.recipe.taken {
        Taken::Paths(_) => Holds::Packed,
        Taken::Everything(_) => Holds::Full,
    };
    let mut command = "docker buildx build".to_owned();
    let filename = &given.input.source.filename;
    if filename != main::DEFAULT_FILENAME {
        command.extend([" -f ", filename]);
    }
    if !given.platforms.implicit {
        command.extend([" --platform ", &given.platforms.target.normalize().format_all()]);
    }
    let _ = write!(
        command,
        " --target {} --build-arg {PREFIX}{PUBLISH}={} -t {} --push .",
        alias.name,
        holds.as_str(),
        publication.reference
    );
    shown::line(&command)
}

/// The error of an alias whose image is not there, where its compile stage must not be compiled; `None` where it was not
/// looked for, or found.
pub fn not_found(alias: &Alias, given: &Given) -> Option<Error> {
    let error =
        |message: &str| Error { joins: true, ..Error::new(shown::line(message)) }.at(alias.lines);
    if let Some(why) = &alias.search_failed {
        let message = format!(
            "alias {}: its image cannot be looked for, since {why}, and compile=never forbids to compile it",
            alias.name
        );
        return Some(error(&message));
    }
    let publication = alias.publication.as_ref()?;
    let (why, hint) = match publication.missing.as_ref()? {
        Missing::NotAsked => return None,
        Missing::NotThere => {
            let command = publish_command(alias, publication, given);
            ("is not there".to_owned(), format!("publish it with: {command}"))
        }
        // It may well be published.
        Missing::Unknown(why) => (
            format!("cannot be looked for: {why}"),
            "see that this engine reaches the registry and may read the repository (docker login)"
                .to_owned(),
        ),
    };
    let message = format!(
        "alias {}: {} {why}, and compile=never forbids to compile it",
        alias.name, publication.reference
    );
    Some(error(&message).hint(hint))
}

/// Why what is published under an alias's fingerprint isn't used, where it was to be looked for and wasn't found.
pub fn unpublished(alias: &Alias) -> Option<String> {
    if let Some(why) = &alias.search_failed {
        return Some(shown::line(&format!("its image cannot be looked for: {why}")));
    }
    let publication = alias.publication.as_ref()?;
    let why = match publication.missing.as_ref()? {
        Missing::NotAsked => return None,
        Missing::NotThere => "is not published yet".to_owned(),
        Missing::Unknown(why) => format!("cannot be looked for: {why}"),
    };
    Some(shown::line(&format!("{} {why}", publication.reference)))
}

/// What an alias whose image was looked for and not found says at the end of a build.
fn compiled_instead(alias: &Alias, graph: &Graph, given: &Given) -> Option<String> {
    let why = unpublished(alias)?;
    let fallback = alias.fallback.map_or("", |id| graph[id].label.as_str());
    let mut line = format!("alias {}: compiled by {}, since {why}", alias.name, quote(fallback));
    let publication = alias.publication.as_deref();
    let not_there = publication.filter(|it| it.missing == Some(Missing::NotThere));
    if let Some(publication) = not_there {
        line.extend(["; to publish it: ", &publish_command(alias, publication, given)]);
    }
    Some(line)
}

/// What an alias became, by its argument: `BUILDER_IMAGE → ghcr.io/org/builder:v1@sha256:…`.
pub fn became(alias: &Alias, graph: &Graph) -> String {
    let args: Vec<&str> = alias.args.iter().map(String::as_str).collect();
    let by = if alias.is_found() { "auto".to_owned() } else { args.join(", ") };
    let became = stage_became(&by, alias.stage, graph);
    if alias.source == alias.stage {
        return became;
    }
    let context = graph[alias.source].replaced_by.as_ref();
    let by = context.map_or_else(String::new, |context| format!("context {} → ", context.key));
    format!("{became} → {by}{}", files(alias.source, graph))
}

/// What a stage became by an argument, or by the context that takes its place.
fn stage_became(by: &str, stage: NodeId, graph: &Graph) -> String {
    let node = &graph[stage];
    let by = match &node.replaced_by {
        Some(context) => shown::line(&format!("context {}", context.key)),
        None => by.to_owned(),
    };
    let what = files(stage, graph);
    let platform = node.root.as_ref().and_then(|root| root.platform.as_ref());
    match platform.filter(|_| node.base.is_none()) {
        Some(platform) => format!("{by} → {what} ({})", platform.normalize()),
        None => format!("{by} → {what}"),
    }
}

/// What an alias became, without its argument.
pub fn what(alias: &Alias, graph: &Graph) -> String {
    files(alias.source, graph)
}

/// Where a stage's files are from.
fn files(stage: NodeId, graph: &Graph) -> String {
    let node = &graph[stage];
    let what = match (image(stage, graph), node.base) {
        (Some(image), _) if image.contains('@') => image,
        (Some(image), _) => format!("{image} (by tag)"),
        (None, Some(base)) => quote(&graph[base].label),
        (None, None) => match node.root.as_ref().map(|root| &root.source) {
            Some(RootSource::Local { local, .. }) => format!("the directory {local}"),
            Some(RootSource::Laid(laid)) => match &laid.within {
                Within::Context => node.base_name.clone(),
                Within::Local { local, .. } => format!("the directory {local}"),
            },
            Some(RootSource::Git(git)) => git.given.clone(),
            Some(RootSource::Http { url, .. }) => url.clone(),
            Some(RootSource::Input(_)) => "a target of the same build".to_owned(),
            _ => node.base_name.clone(),
        },
    };
    shown::line(&what)
}

/// The first of `count` texts in a line, `a, b and 3 more`.
pub fn listed(texts: impl Iterator<Item = String>, count: usize) -> String {
    let more = count.saturating_sub(MAX_LISTED);
    let shown: Vec<String> = texts.take(MAX_LISTED).collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

impl Report {
    /// How many paths were verified; `None` where none was.
    pub fn verified(&self) -> Option<String> {
        match self.checked.len() {
            0 => None,
            1 => Some("1 path verified".to_owned()),
            count => Some(format!("{count} paths verified")),
        }
    }

    /// What is there and does not count as verified; `None` where all that is there does.
    pub fn not_verified(&self) -> Option<String> {
        let odd = (!self.odd.is_empty()).then(|| listed(self.odd.iter().cloned(), self.odd.len()));
        odd.map(|odd| format!("not verified: {odd}"))
    }

    /// What may be made by the alias's own steps, and was not checked; `None` where there is nothing.
    pub fn not_checked(&self) -> Option<String> {
        let texts = self.not_checked.iter().map(|NotChecked { path, makers }| {
            let lines = listed(makers.iter().map(ToString::to_string), makers.len());
            shown::line(&format!("{path} ({lines} may make it)"))
        });
        let listed = (!self.not_checked.is_empty()).then(|| listed(texts, self.not_checked.len()));
        listed.map(|listed| format!("{NOT_CHECKED}: {listed}"))
    }

    /// What the build takes from the contract; `None` where that is nothing.
    pub fn loosened(&self) -> Option<String> {
        let loosened = &self.alias.contract.loosened;
        let texts = loosened.iter().map(ToString::to_string);
        (!loosened.is_empty()).then(|| listed(texts, loosened.len()))
    }

    /// The alias in one line, for the end of a build; `None` where nothing is to be said.
    pub fn line(&self, graph: &Graph, given: &Given) -> Option<String> {
        let platforms = &given.platforms;
        let platform = Some(&platforms.target).filter(|_| !platforms.implicit);
        let alias = &self.alias;
        if !self.reached {
            return None;
        }
        if let Some(reason) = &alias.fell_back {
            let fallback = alias.fallback.map_or("", |id| graph[id].label.as_str());
            let on = platform.map(|platform| format!(" for {}", platform.normalize()));
            let on = on.unwrap_or_default();
            return Some(format!(
                "alias {}: compiled by {}{on}, since {reason}",
                alias.name,
                quote(fallback)
            ));
        }
        let loosened = self.loosened();
        if !alias.is_overridden(graph) && alias.source == alias.stage {
            let loosened = loosened.map(|loosened| format!("alias {}: {loosened}", alias.name));
            return compiled_instead(alias, graph, given).or(loosened);
        }
        let mut line = format!("alias {}: {}", alias.name, became(alias, graph));
        if let Some(loosened) = loosened {
            line.extend([", ", &loosened]);
        }
        if let Some(verified) = self.verified() {
            line.extend([", ", &verified]);
        }
        if let Some(odd) = self.not_verified() {
            line.extend([", ", &odd]);
        }
        if let Some(not_checked) = self.not_checked() {
            line.extend([", ", &not_checked]);
        }
        let commands = graph[alias.stage].commands.iter();
        let triggers = commands.filter(|command| command.trigger);
        let triggers: Vec<&str> =
            triggers.map(|command| command.instruction.source.as_str()).collect();
        if !triggers.is_empty() {
            line.extend([", with its ONBUILD instructions ", &shown(triggers.into_iter())]);
        }
        line.push_str(&and_pruned(&self.pruned, graph));
        Some(line)
    }
}

/// The end of a line: the stages that nothing needs.
fn and_pruned(pruned: &Pruned, graph: &Graph) -> String {
    if pruned.count == 0 {
        return String::new();
    }
    let stages = pruned.first.iter().map(|id| {
        let node = &graph[*id];
        let steps = if node.steps == 1 { "step" } else { "steps" };
        format!("{} ({} {steps})", quote(&node.label), node.steps)
    });
    format!(", pruned {}", listed(stages, pruned.count))
}

/// What no contract holds for, each in a line like an alias's: sources that arguments name, and contexts
/// in the place of compile stages.
pub fn exempt(sources: &[Source], aliases: &[Report], graph: &Graph, reach: &Reach) -> Vec<String> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    // What a contract holds for is told with its alias.
    let aliases_held = aliases.iter().map(|report| &report.alias).filter(|it| it.is_held);
    let mut held: BTreeSet<NodeId> = BTreeSet::new();
    held.extend(aliases_held.map(|it| it.source));
    let replaced =
        |id: &NodeId| reach.contains(*id) && graph[*id].replaced_by.is_some() && !held.contains(id);
    let fallbacks = aliases.iter().filter_map(|report| report.alias.fallback);
    for fallback in fallbacks.chain(sources.iter().map(|source| source.fallback)).filter(replaced) {
        if seen.insert(fallback) {
            let became = stage_became("", fallback, graph);
            let name = quote(&graph[fallback].label);
            lines.push(format!("compile stage {name}: {became}, {NOT_CHECKED}"));
        }
    }
    let mut seen = BTreeSet::new();
    let overridden =
        |source: &&Source| reach.contains(source.by) && source.became != source.fallback;
    let written = sources
        .iter()
        .filter(overridden)
        .filter(|source| seen.insert((&source.args, source.fallback)));
    let mut written = written.collect::<Vec<_>>();
    let (mut pruning, checks) = (Pruning::new(graph, reach), Checks::default());
    let more = written.len().saturating_sub(MAX_SOURCES);
    written.truncate(MAX_SOURCES);
    for source in written {
        let args: Vec<&str> = source.args.iter().map(String::as_str).collect();
        let node = &graph[source.became];
        let is_stage = node.declared.is_some() && node.replaced_by.is_none();
        let mut line = if is_stage {
            format!("source {}: {} → {}", source.written, args.join(", "), quote(&node.label))
        } else {
            let became = stage_became(&args.join(", "), source.became, graph);
            format!("source {}: {became}, {NOT_CHECKED}", source.written)
        };
        let pruned = pruning.unneeded(source.fallback, &checks);
        line.push_str(&and_pruned(&pruned, graph));
        lines.push(line);
    }
    if more > 0 {
        lines.push(format!(
            "and {more} more sources that arguments name (MAX_SOURCES is {MAX_SOURCES})"
        ));
    }
    lines
}
