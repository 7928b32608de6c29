//! What aliases became, as JSON: part of a plan, and of a build's result.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json::{Json, Object};
use super::{request, stages};
use crate::alias::Alias;
use crate::alias::auto::{Missing, Publication};
use crate::alias::contract::Loosened;
use crate::alias::pruned::Pruning;
use crate::alias::report::Report;
use crate::alias::verify::NotChecked;
use crate::budget::Checks;
use crate::machine::Compilation;

/// How many names of pruned stages are listed, over all aliases. Each alias may prune all that the one
/// before did.
const MAX_PRUNED_NAMES: usize = 100_000;

/// What an alias is in a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// What its defaults say.
    Default,
    /// What a build argument or a named context says.
    Overridden,
    /// The image that is published under the fingerprint of its compile stage.
    Found,
    /// Its fallback, although it was overridden.
    FellBack,
    /// Nothing: the target doesn't need it.
    Pruned,
}

impl State {
    /// The state for programs: one word.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Overridden => "overridden",
            Self::Found => "found",
            Self::FellBack => "fell-back",
            Self::Pruned => "pruned",
        }
    }

    /// The state for people.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::FellBack => "fell back",
            other => other.as_str(),
        }
    }
}

/// What an alias is in this build.
pub(super) fn state(compilation: &Compilation, report: &Report) -> State {
    match report {
        Report { reached: false, .. } => State::Pruned,
        Report { alias, .. } if alias.fell_back.is_some() => State::FellBack,
        Report { alias, .. } if alias.is_found() => State::Found,
        Report { alias, .. } if is_given(compilation, alias) => State::Overridden,
        Report { .. } => State::Default,
    }
}

/// Whether an alias is something else than its defaults say.
fn is_given(compilation: &Compilation, alias: &Alias) -> bool {
    let declared = &compilation.given.globals.declared;
    let given = || alias.args.iter().any(|arg| declared.get(arg).is_some_and(|arg| arg.overridden));
    let replaced = compilation.graph[alias.stage].replaced_by.is_some();
    alias.is_overridden(&compilation.graph) && (alias.fallback.is_some() || replaced || given())
}

/// The aliases of a compilation.
pub(super) fn list(compilation: &Compilation) -> Json {
    let mut pruned = PrunedNames::of(compilation);
    let aliases = compilation.aliases.iter();
    Json::Array(aliases.map(|report| alias(compilation, report, &mut pruned).into()).collect())
}

/// What the aliases of a build became, in each of its targets and on each platform, for programs;
/// `None` where the Dockerfile has no alias.
///
/// It is JSON in base64: clients that write a result's metadata down show such a value as the object
/// that it is, and other JSON as a string.
pub fn aliases<'a>(
    compilations: impl Iterator<Item = (Option<&'a str>, &'a Compilation)>,
) -> Option<Vec<u8>> {
    let mut results = Vec::new();
    for (target, compilation) in compilations {
        if compilation.aliases.is_empty() {
            return None;
        }
        let named = target.map(str::to_owned);
        let target = named.unwrap_or_else(|| stages::name(&compilation.graph, compilation.target));
        let result = Object::default()
            .with("target", target)
            .with("platform", compilation.given.platforms.target.format_all())
            .with("aliases", list(compilation));
        results.push(Json::Object(result).hidden(&compilation.secrets()));
    }
    let result = request::versioned().with("results", Json::Array(results));
    Some(STANDARD.encode(Json::Object(result).to_bytes()).into_bytes())
}

/// The names of the stages that aliases pruned: of many aliases over many stages only the first ones
/// of each, as soon as there are [`MAX_PRUNED_NAMES`].
struct PrunedNames<'a> {
    compilation: &'a Compilation,
    pruning: Pruning<'a>,
    checks: Checks,
    left: usize,
}

impl<'a> PrunedNames<'a> {
    fn of(compilation: &'a Compilation) -> Self {
        let pruning = Pruning::new(&compilation.graph, &compilation.to_pass);
        Self { compilation, pruning, checks: Checks::default(), left: MAX_PRUNED_NAMES }
    }

    fn names(&mut self, report: &Report) -> Vec<String> {
        let fits = report.pruned.count > 0 && report.pruned.count <= self.left;
        let fallback = report.alias.fallback.filter(|_| fits);
        let all = fallback.and_then(|id| self.pruning.all(id, &self.checks));
        let stages = all.unwrap_or_else(|| report.pruned.first.clone());
        self.left = self.left.saturating_sub(stages.len());
        stages.into_iter().map(|id| stages::name(&self.compilation.graph, id)).collect()
    }
}

fn alias(compilation: &Compilation, report: &Report, pruned: &mut PrunedNames<'_>) -> Object {
    let graph = &compilation.graph;
    let alias = &report.alias;
    let names = pruned.names(report);
    let publication = alias.publication.as_deref();
    let left_out = report.pruned.count - names.len();
    let texts = |texts: &mut dyn Iterator<Item = &String>| {
        Json::Array(texts.map(|text| text.as_str().into()).collect())
    };
    Object::default()
        .with("name", alias.name.as_str())
        .with("line", Json::number(alias.lines.first))
        .with("args", texts(&mut alias.args.iter()))
        .filled("fallback", alias.fallback.map(|id| stages::name(graph, id)))
        .with("state", state(compilation, report).as_str())
        .with("became", became(compilation, report))
        .filled("fingerprint", publication.map(|it| it.fingerprint().to_string()))
        .filled("publishedAs", publication.map(|it| it.reference.as_str()))
        .filled("notFound", publication.and_then(not_found).or(alias.search_failed.as_deref()))
        .filled("fellBack", alias.fell_back.as_deref())
        .with("verifiedPaths", texts(&mut report.checked.iter()))
        .filled("notVerified", texts(&mut report.odd.iter()))
        .filled("notChecked", Json::list(&report.not_checked, not_checked_json))
        .filled("loosened", Json::list(&alias.contract.loosened, loosened_json))
        .with("pruned", texts(&mut names.iter()))
        .filled("prunedLeftOut", Json::number(left_out))
}

/// Why what is published under an alias's fingerprint isn't used, where it was looked for.
fn not_found(publication: &Publication) -> Option<&str> {
    match publication.missing.as_ref()? {
        Missing::NotAsked => None,
        Missing::NotThere => Some("not published"),
        Missing::Unknown(why) => Some(why),
    }
}

/// A path that a step of the alias may make.
fn not_checked_json(not_checked: &NotChecked) -> Object {
    let lines = not_checked.makers.iter().map(|lines| Json::number(lines.first)).collect();
    Object::default().with("path", not_checked.path.as_str()).with("lines", Json::Array(lines))
}

/// What a build argument takes from the contract.
fn loosened_json(loosened: &Loosened) -> Object {
    Object::default()
        .with("argument", loosened.argument.as_str())
        .with("value", loosened.value.as_str())
        .with("contract", loosened.contract.as_str())
        .with("line", Json::number(loosened.lines.first))
}

/// What an alias became, without its argument.
fn became(compilation: &Compilation, report: &Report) -> String {
    let graph = &compilation.graph;
    let node = &graph[report.alias.stage];
    match (report.alias.image(graph), node.base) {
        (Some(image), _) => image,
        (None, Some(base)) => stages::name(graph, base),
        (None, None) => match &node.replaced_by {
            Some(context) => format!("context {}", context.key),
            None => node.base_name.clone(),
        },
    }
}
