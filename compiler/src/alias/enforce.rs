//! `allow`, `pin` and `onbuild`: what a contract says about the source that is built, checked in one place for
//! every alias and every hop that leads to a source.
//!
//! What a name tells is checked before anybody is asked about it, and again once it is known what the build's
//! graph has: a named context or a source policy may have put something else there. No fallback helps: the
//! build names something that its Dockerfile refuses.

use std::collections::BTreeSet;
use std::fmt;

use buildkit_dockerfile::lint::Rule;

use super::Alias;
use super::allow::{ContextKind, Pattern};
use super::auto::SCHEME;
use super::contract::{Contract, PREFIX};
use super::hold::{Asker, Hold};
use super::report;
use super::verify::{Problem, ProblemKind};
use crate::context::{RootSource, named};
use crate::error::Error;
use crate::given::Given;
use crate::graph::{Graph, Node, NodeId, Reach};
use crate::lint::{Linter, rule};
use aliasfront_image::reference::Reference;

/// How many triggers of an image a message shows.
const MAX_TRIGGERS_SHOWN: usize = 4;
/// How much of each, in characters.
const MAX_SHOWN: usize = 120;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What is given.
    pub given: &'a Given,
    /// The stages.
    pub graph: &'a Graph,
    /// The aliases.
    pub aliases: &'a [Alias],
    /// Where their contracts hold.
    pub holds: &'a [Hold],
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// An image of a registry, by its name.
    Image(String),
    /// A context that is none, by its key.
    Context(ContextKind, String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(name) => f.write_str(name),
            Self::Context(ContextKind::Scratch, _) => f.write_str("the empty image"),
            Self::Context(kind, key) => write!(f, "the {} of context {key}", what(*kind)),
        }
    }
}

fn what(kind: ContextKind) -> &'static str {
    match kind {
        ContextKind::Local => "directory",
        ContextKind::Git => "repository",
        ContextKind::Http => "download",
        ContextKind::Input => "target of the same build",
        ContextKind::Layout => "OCI layout",
        ContextKind::Scratch => "empty image",
    }
}

/// Fails where the repository in which an alias's image is looked for is not allowed, before anybody is asked about it.
///
/// # Errors
///
/// It is not.
pub fn repository(alias: &Alias, graph: &Graph) -> Result<(), Error> {
    let Some(auto) = &alias.auto else { return Ok(()) };
    let problems = refused_repository(alias, &auto.repository);
    if problems.is_empty() {
        return Ok(());
    }
    Err(report::error_of(alias, &format!("{SCHEME}{}", auto.repository), graph, &problems))
}

/// What `allow` has against a repository. The tag is the fingerprint, and the digest that of what is found: both are as
/// the contract wants them.
fn refused_repository(alias: &Alias, repository: &str) -> Vec<Problem> {
    // What is no name is an error of its own.
    let Ok(reference) = Reference::parse_normalized(repository) else { return Vec::new() };
    let by_argument = format!("{PREFIX}ALLOW");
    let mut problems = Vec::new();
    for (by, list) in lists(alias, &by_argument) {
        if list.iter().any(|pattern| pattern.admits_repository(&reference)) {
            continue;
        }
        let message = format!("{repository} is not allowed by {by}={}", shown_patterns(list));
        let hint = "use a repository that the contract allows".to_owned();
        let mut refused = problem(&rule::alias_not_allowed::RULE, message, hint);
        refused.lines.push(alias.lines);
        problems.push(refused);
    }
    problems
}

/// The lists of patterns that a source must be in, each with what it is called.
fn lists<'a>(
    alias: &'a Alias,
    by_argument: &'a str,
) -> impl Iterator<Item = (&'a str, &'a [Pattern])> {
    let Contract { allow, allow_by_argument, .. } = &alias.contract;
    let lists = [("allow", allow.as_slice()), (by_argument, allow_by_argument)];
    lists.into_iter().filter(|(_, list)| !list.is_empty())
}

fn shown_patterns(list: &[Pattern]) -> String {
    let patterns: Vec<String> = list.iter().map(ToString::to_string).collect();
    patterns.join(", ")
}

/// Fails where a source is refused by its name, before anybody is asked about it.
///
/// # Errors
///
/// All that are refused, together.
pub fn by_name(setting: &Setting<'_>, lint: &mut Linter) -> Result<(), Error> {
    let unknown = |hold: &&Hold| setting.graph[hold.source].root.is_none();
    enforce(setting, lint, setting.holds.iter().filter(unknown), |hold| {
        Some((asked(setting, hold.source)?, Vec::new()))
    })
}

/// Fails where a source is refused as the build's graph has it, or brings instructions along that the contract
/// doesn't let it bring. To be called before the triggers are taken over.
///
/// # Errors
///
/// All that are refused, together.
pub fn as_emitted(setting: &Setting<'_>, lint: &mut Linter) -> Result<(), Error> {
    enforce(setting, lint, setting.holds.iter(), |hold| {
        let node = &setting.graph[hold.source];
        let root = node.root.as_ref()?;
        let contract = &setting.aliases[hold.alias].contract;
        let triggers = &root.config.config.on_build;
        let brings =
            (!triggers.is_empty() && !contract.onbuild).then(|| refused_triggers(triggers));
        Some((emitted(node)?, brings.into_iter().collect()))
    })
}

fn enforce<'a>(
    setting: &Setting<'a>,
    lint: &mut Linter,
    holds: impl Iterator<Item = &'a Hold>,
    origin: impl Fn(&Hold) -> Option<(Origin, Vec<Problem>)>,
) -> Result<(), Error> {
    let Setting { graph, aliases, .. } = *setting;
    let mut errors = Vec::new();
    for hold in holds {
        let Some((origin, more)) = origin(hold) else { continue };
        let alias = &aliases[hold.alias];
        let context = graph[hold.source].replaced_by.as_ref();
        let context = context.map(|context| context.key.as_str());
        let mut problems = refused(alias, &origin, setting.given, context);
        problems.extend(more);
        for problem in &mut problems {
            problem.lines.clone_from(&hold.lines);
            if let Some(rule) = problem.rule {
                let message = format!("alias {}: {}", alias.name, problem.message);
                lint.note(rule, message, hold.lines[0], &graph[alias.stage].comments);
            }
        }
        if !problems.is_empty() {
            let became = format!("{}{origin}", way(alias, hold, graph));
            errors.push(report::error_of(alias, &became, graph, &problems));
        }
    }
    Error::all(errors).map_or(Ok(()), Err)
}

/// How an alias leads to a source: `BUILDER_IMAGE → tools → context tools → `.
fn way(alias: &Alias, hold: &Hold, graph: &Graph) -> String {
    let mut way = String::new();
    if graph[hold.start].replaced_by.is_none() {
        let args: Vec<&str> = alias.args.iter().map(String::as_str).collect();
        way.push_str(&args.join(", "));
        way.push_str(" → ");
    }
    if hold.start != hold.source {
        way.extend([&graph[hold.source].label, " → "]);
    }
    if let Some(context) = &graph[hold.source].replaced_by {
        way.extend(["context ", &context.key, " → "]);
    }
    way
}

/// What a stage will start from, as far as the names tell.
fn asked(setting: &Setting<'_>, id: NodeId) -> Option<Origin> {
    let Setting { given, graph, .. } = *setting;
    let options = given.options();
    let node = &graph[id];
    let context = if let Some(context) = &node.replaced_by {
        context.clone()
    } else if node.base_name == named::SCRATCH {
        return Some(Origin::Context(ContextKind::Scratch, String::new()));
    } else {
        // What is no name is an error of its own.
        let name = Reference::parse_normalized(&node.base_name).ok()?.tag_name_only().to_string();
        let platform = node.platform.as_ref().unwrap_or(&given.platforms.target);
        match named::find(options, &name, Some(platform)).ok()? {
            Some(context) => context,
            None => return Some(Origin::Image(node.base_name.clone())),
        }
    };
    let given = options.contexts.get(&context.key)?;
    let (scheme, rest) = given.split_once(':')?;
    let address = rest.strip_prefix("//").unwrap_or(rest);
    let kind = match scheme {
        "docker-image" if address != named::SCRATCH => {
            return Some(Origin::Image(address.to_owned()));
        }
        "docker-image" => ContextKind::Scratch,
        "oci-layout" => ContextKind::Layout,
        "http" | "https" => ContextKind::Http,
        "local" => ContextKind::Local,
        "input" => ContextKind::Input,
        // Whatever else it is, it is no image.
        _ => ContextKind::Git,
    };
    // A repository may have the address of a download.
    (kind != ContextKind::Http).then_some(Origin::Context(kind, context.key))
}

/// What a stage starts from, as the build's graph has it.
fn emitted(node: &Node) -> Option<Origin> {
    let root = node.root.as_ref()?;
    let key = node.replaced_by.as_ref().map_or(&node.base_name, |context| &context.key);
    let context = |kind| Some(Origin::Context(kind, key.clone()));
    match (&root.source, &root.image) {
        (RootSource::Layout { .. }, _) => context(ContextKind::Layout),
        (_, Some(image)) => Some(Origin::Image(image.reference.clone())),
        (RootSource::Image { reference, .. }, None) => Some(Origin::Image(reference.clone())),
        (RootSource::Scratch, None) => context(ContextKind::Scratch),
        (RootSource::Local { .. } | RootSource::Laid(_), None) => context(ContextKind::Local),
        (RootSource::Git(_), None) => context(ContextKind::Git),
        (RootSource::Http { .. }, None) => context(ContextKind::Http),
        (RootSource::Input(_), None) => context(ContextKind::Input),
    }
}

/// What to write in a shell to name the image of an alias by its digest: the registry is not asked for an image
/// that is refused.
fn pinned_name(alias: &Alias, name: &str, given: &Given, context: Option<&str>) -> String {
    let digest =
        format!("$(docker buildx imagetools inspect {name} --format '{{{{.Manifest.Digest}}}}')");
    let args = &given.options().build_args;
    let arg = alias.args.iter().find(|arg| args.get(*arg).is_some_and(|value| value == name));
    match (context, arg) {
        (Some(context), _) => {
            format!("write --build-context {context}=docker-image://{name}@{digest}")
        }
        (None, Some(arg)) => format!("write --build-arg {arg}={name}@{digest}"),
        (None, None) => format!("name the image as {name}@{digest}"),
    }
}

/// What a contract has against a source.
fn refused(alias: &Alias, origin: &Origin, given: &Given, context: Option<&str>) -> Vec<Problem> {
    let contract = &alias.contract;
    let mut problems = Vec::new();
    let reference = match origin {
        // What is no name is an error of its own.
        Origin::Image(name) => match Reference::parse_normalized(name) {
            Ok(reference) => Some(reference),
            Err(_) => return problems,
        },
        Origin::Context(..) => None,
    };
    if let Some(reference) = reference.as_ref().filter(|_| context.is_none())
        && alias
            .found()
            .is_some_and(|found| found.name() == reference.name() && found.tag() == reference.tag())
    {
        return refused_repository(alias, &reference.name());
    }
    let by_argument = format!("{PREFIX}ALLOW");
    for (by, list) in lists(alias, &by_argument) {
        let admits = |pattern: &Pattern| match (origin, &reference) {
            (Origin::Context(kind, _), _) => pattern.admits_context(*kind),
            (Origin::Image(_), reference) => {
                reference.as_ref().is_some_and(|reference| pattern.admits_image(reference))
            }
        };
        if list.iter().any(admits) {
            continue;
        }
        let is_written = by != by_argument;
        let hint = match origin {
            Origin::Context(kind, _) => excuse(*kind, is_written),
            Origin::Image(_) if !is_written => {
                format!("use an image that {by} allows, or allow this one there")
            }
            Origin::Image(_) if contract.may_be_loosened => {
                format!("use an image that the contract allows, or override it with {by_argument}")
            }
            Origin::Image(_) => "use an image that the contract allows".to_owned(),
        };
        let message = format!("{origin} is not allowed by {by}={}", shown_patterns(list));
        problems.push(problem(&rule::alias_not_allowed::RULE, message, hint));
    }
    match origin {
        Origin::Image(name) => {
            let is_pinned = reference.is_some_and(|reference| reference.digest().is_some());
            if contract.pin && !is_pinned {
                problems.push(problem(
                    &rule::alias_not_pinned::RULE,
                    format!("the name {name} has no digest, and pin=digest asks for one"),
                    format!(
                        "{}; a tag can change between two builds",
                        pinned_name(alias, name, given, context)
                    ),
                ));
            }
        }
        Origin::Context(kind, _) => {
            let needs_none = contract.excuses(*kind) || *kind == ContextKind::Layout;
            if contract.pin && !needs_none && problems.is_empty() {
                problems.push(problem(
                    &rule::alias_not_pinned::RULE,
                    format!("{origin} has no digest, and pin=digest asks for one"),
                    excuse(*kind, true),
                ));
            }
        }
    }
    problems
}

/// What to write where something is no image and may take an image's place.
fn excuse(kind: ContextKind, is_written: bool) -> String {
    let kind = kind.as_str();
    if is_written {
        format!("give an image, or let the contract say allow=context:{kind} or allow=context:*")
    } else {
        format!("give an image, or let {PREFIX}ALLOW have context:{kind} or context:*")
    }
}

/// The aliases whose contracts the build takes something from, as far as somebody asks for what they became.
pub fn loosened<'a>(
    aliases: &'a [Alias],
    askers: &[Asker],
    reach: &Reach,
) -> impl Iterator<Item = &'a Alias> {
    let asked = askers.iter().filter(|asker| reach.contains(asker.by));
    let loosened = asked
        .map(|asker| asker.alias)
        .filter(|alias| !aliases[*alias].contract.loosened.is_empty());
    let mut asked: BTreeSet<usize> = BTreeSet::new();
    asked.extend(loosened);
    asked.into_iter().map(|alias| &aliases[alias])
}

/// Reports what build arguments take from the contract of an alias.
pub fn note_loosened(alias: &Alias, graph: &Graph, lint: &mut Linter) {
    let rule = &rule::alias_contract_loosened::RULE;
    for loosened in &alias.contract.loosened {
        let message = format!("alias {}: {loosened}", alias.name);
        lint.note(rule, message, loosened.lines, &graph[alias.stage].comments);
    }
}

/// Fails where build arguments take something from contracts that don't let them.
///
/// # Errors
///
/// All that do, together.
pub fn keep<'a>(
    loosened: impl Iterator<Item = &'a Alias>,
    graph: &Graph,
    lint: &mut Linter,
) -> Result<(), Error> {
    let mut errors = Vec::new();
    for alias in loosened.filter(|alias| !alias.contract.may_be_loosened) {
        note_loosened(alias, graph, lint);
        errors.extend(alias.contract.loosened.iter().map(|loosened| {
            let message = format!(
                "alias {}: {loosened}, and build arguments may only add to a contract",
                alias.name
            );
            // One piece of advice for all: those of several errors would be lines of their own.
            Error { joins: true, ..Error::new(message) }.at(loosened.lines).hint(
                "leave the build argument out, or write override=allow in the contract above the alias",
            )
        }));
    }
    Error::all(errors).map_or(Ok(()), Err)
}

fn problem(rule: &'static Rule, message: String, hint: String) -> Problem {
    Problem {
        kind: ProblemKind::Policy,
        rule: Some(rule),
        message,
        lines: Vec::new(),
        hint: Some(hint),
    }
}

fn refused_triggers(triggers: &[String]) -> Problem {
    let message = format!(
        "the image brings ONBUILD instructions along, and the contract does not say onbuild=allow: {}",
        shown(triggers.iter().map(String::as_str))
    );
    let hint =
        "use an image without ONBUILD, or write onbuild=allow in the contract above the alias";
    Problem {
        kind: ProblemKind::Policy,
        rule: None,
        message,
        lines: Vec::new(),
        hint: Some(hint.to_owned()),
    }
}

/// Triggers of an image in a message: the first ones, cut, and without what a terminal would obey.
pub fn shown<'a>(triggers: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = triggers.len().saturating_sub(MAX_TRIGGERS_SHOWN);
    let shown: Vec<String> = triggers
        .take(MAX_TRIGGERS_SHOWN)
        .map(|trigger| {
            let cut: String = trigger.chars().take(MAX_SHOWN).collect();
            let dots = if cut.len() < trigger.len() { "…" } else { "" };
            format!("{}{dots}", aliasfront_gotext::quote::quote(&cut))
        })
        .collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
