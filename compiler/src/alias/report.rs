//! What is said about aliases: errors, and the message at the end of a build.

use super::Alias;
use super::verify::Problem;
use crate::error::Error;
use crate::given::Platforms;
use crate::graph::{Graph, NodeId, Reach, RootSource};
use aliasfront_image::platform::Platform;

/// How many stages are named where a line lists them.
const MAX_LISTED: usize = 8;

/// What the checks of an alias came to, for messages and views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The alias.
    pub alias: Alias,
    /// Whether the target needs it.
    pub reached: bool,
    /// The paths of its image that were checked, as they are written.
    pub checked: Vec<String>,
    /// The stages that nothing needs since the alias became something else.
    pub pruned: Vec<NodeId>,
}

/// The error of an image that cannot be used, with all that is wrong with it.
pub fn error(alias: &Alias, graph: &Graph, problems: &[Problem]) -> Error {
    let mut message = format!("alias {}: {} cannot be used", alias.name, became(alias, graph));
    let mut locations = Vec::new();
    for problem in problems {
        message.extend(["\n  - ", &text(problem, alias)]);
        for lines in &problem.lines {
            if !locations.contains(lines) {
                locations.push(*lines);
            }
        }
    }
    if locations.is_empty() {
        locations.push(alias.lines);
    }
    let hint = problems.iter().find_map(|problem| problem.hint.clone());
    let hint = hint.unwrap_or_else(|| {
        format!("push an image that has what the build takes from it; {}", self::hint(alias, graph))
    });
    Error { locations, joins: true, ..Error::new(message).hint(hint) }
}

/// What is wrong, and who needs it.
fn text(problem: &Problem, alias: &Alias) -> String {
    let lines = problem.lines.iter().filter(|lines| **lines != alias.lines);
    let needed: Vec<String> = lines.map(ToString::to_string).collect();
    if needed.is_empty() {
        return problem.message.clone();
    }
    format!("{} (needed by {})", problem.message, needed.join(", "))
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
        Some(context) => format!("--build-context {}", context.key),
        None => format!("--build-arg {}", args.join(", ")),
    };
    let mut hint = format!("{set_by} gives the image of alias {}", alias.name);
    if let Some(fallback) = alias.fallback {
        hint.extend(["; leave it out to compile with stage ", &graph[fallback].label]);
        if !alias.contract.fallback {
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

/// What an alias became, by its argument: `BUILDER_IMAGE → ghcr.io/org/builder:v1@sha256:…`.
pub fn became(alias: &Alias, graph: &Graph) -> String {
    let node = &graph[alias.stage];
    let args: Vec<&str> = alias.args.iter().map(String::as_str).collect();
    let by = match &node.replaced_by {
        Some(context) => format!("context {}", context.key),
        None => args.join(", "),
    };
    let what = what(alias, graph);
    let platform = node.root.as_ref().and_then(|root| root.platform.as_ref());
    match platform.filter(|_| node.base.is_none()) {
        Some(platform) => format!("{by} → {what} ({})", platform.normalize()),
        None => format!("{by} → {what}"),
    }
}

/// What an alias became, without its argument.
pub fn what(alias: &Alias, graph: &Graph) -> String {
    let node = &graph[alias.stage];
    match (alias.image(graph), node.base) {
        (Some(image), _) => image,
        (None, Some(base)) => graph[base].label.clone(),
        (None, None) => match node.root.as_ref().map(|root| &root.source) {
            Some(RootSource::Local { local, .. }) => format!("the directory {local}"),
            Some(RootSource::Git(git)) => git.given.clone(),
            Some(RootSource::Http { url, .. }) => url.clone(),
            Some(RootSource::Input(_)) => "a target of the same build".to_owned(),
            _ => node.base_name.clone(),
        },
    }
}

/// The stages that only the fallback of an overridden alias would need.
///
/// None where the alias is not reached itself: then it pruned nothing.
pub fn pruned(alias: &Alias, graph: &Graph, reach: &Reach, target: NodeId) -> Vec<NodeId> {
    let became = reach.contains(alias.stage) && alias.is_overridden(graph);
    let Some(fallback) = alias.fallback.filter(|_| became) else {
        return Vec::new();
    };
    let needed = graph.reach(&[fallback]);
    let unreached = needed.iter().filter(|id| *id != target && !reach.contains(*id));
    unreached.filter(|id| graph[*id].declared.is_some()).collect()
}

/// A list in a line, `a, b and 3 more`.
pub fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = texts.len().saturating_sub(MAX_LISTED);
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

    /// The alias in one line, for the end of a build for `platform`, where one was asked for; `None`
    /// where nothing is to be said.
    pub fn line(&self, graph: &Graph, platform: Option<&Platform>) -> Option<String> {
        let alias = &self.alias;
        if !self.reached {
            return None;
        }
        if let Some(reason) = &alias.fell_back {
            let fallback = alias.fallback.map_or("", |id| graph[id].label.as_str());
            let on = platform.map(|platform| format!(" for {}", platform.normalize()));
            let on = on.unwrap_or_default();
            return Some(format!(
                "alias {}: compiled by {fallback}{on}, since {reason}",
                alias.name
            ));
        }
        if !alias.is_overridden(graph) {
            return None;
        }
        let mut line = format!("alias {}: {}", alias.name, became(alias, graph));
        if let Some(verified) = self.verified() {
            line.extend([", ", &verified]);
        }
        if !self.pruned.is_empty() {
            let pruned = self.pruned.iter().map(|id| {
                let node = &graph[*id];
                let steps = if node.steps == 1 { "step" } else { "steps" };
                format!("{} ({} {steps})", node.label, node.steps)
            });
            line.extend([", pruned ", &listed(pruned)]);
        }
        Some(line)
    }
}
