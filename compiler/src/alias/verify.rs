//! Whether a prebuilt image has what the build takes from it: asked for before anything runs.

use std::collections::BTreeMap;

use buildkit_dockerfile::Lines;
use buildkit_llb::{File, Graph as Llb, Mkdir, Source, VertexOptions};
use prost::Message as _;

use super::contract::Verify;
use super::{Alias, elf};
use crate::eval::Program;
use crate::facts::Facts;
use crate::graph::{Graph, Platforms, RootSource};
use crate::image::gopath;
use crate::image::platform::Platform;
use crate::question::{Entry, Fact, Key, Probe, Probed};

/// How many names are shown of a directory that lacks a path.
const MAX_NAMES: usize = 8;
/// What paths have wildcards by.
pub(super) const WILDCARDS: [char; 3] = ['*', '?', '['];
/// The bits of a mode that let somebody execute a file.
const EXECUTE_BITS: u32 = 0o111;

/// What is wrong with a prebuilt image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether `fallback=local` helps.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
    /// The instructions that it matters to.
    pub lines: Vec<Lines>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The image is not what was asked for: never used, whatever the fallback.
    Policy,
    /// The image does not serve: the fallback may.
    Verification,
}

/// A path that is needed of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    path: String,
    executable: bool,
    /// The platforms of the stages that use it; that of the alias where only the contract does.
    platforms: Vec<Platform>,
    lines: Vec<Lines>,
}

/// What is verified.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The stages.
    pub graph: &'a Graph,
    /// What they come to.
    pub program: &'a Program,
    /// The platforms.
    pub platforms: &'a Platforms,
}

/// What a verification came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// How many paths were checked.
    pub checked: usize,
    /// The engine does not show the image's files.
    pub unreadable: bool,
}

/// Verifies the files of the image that an overridden alias became; `None` where answers are open.
pub fn check(alias: &Alias, setting: Setting<'_>, facts: &mut Facts) -> Option<Outcome> {
    let mut outcome = Outcome::default();
    if alias.contract.verify < Verify::Files {
        return Some(outcome);
    }
    let needs = needs(alias, setting);
    if needs.is_empty() {
        return Some(outcome);
    }
    let Some(definition) = definition(alias, setting) else {
        // An image without layers has no file at all.
        let root = setting.graph[alias.stage].root.as_ref();
        if root.is_some_and(|root| root.source == RootSource::Scratch) {
            outcome.problems.extend(needs.iter().map(|need| Problem {
                kind: ProblemKind::Verification,
                message: format!("{} is not there: the image is empty", need.path),
                lines: need.lines.clone(),
                hint: None,
            }));
        }
        return Some(outcome);
    };
    let mut open = false;
    for need in &needs {
        let key = Key::Probe(Probe {
            definition: definition.clone(),
            path: need.path.clone(),
            header: need.executable,
        });
        match facts.ask(&key, || format!("[alias {}] verify {}", alias.name, need.path)) {
            None => open = true,
            Some(Fact::Probe(Probed::Unreadable)) => outcome.unreadable = true,
            Some(Fact::Probe(Probed::Missing { directory, names })) => {
                outcome.checked += 1;
                outcome.problems.push(missing(need, directory, names));
            }
            Some(Fact::Probe(Probed::Found(entries))) => {
                outcome.checked += 1;
                if need.executable {
                    outcome
                        .problems
                        .extend(entries.iter().flat_map(|entry| cannot_run(need, entry)));
                }
            }
            Some(other) => {
                let error = crate::context::named::unexpected(other);
                outcome.problems.push(Problem {
                    kind: ProblemKind::Verification,
                    message: format!("{} could not be looked at: {}", need.path, error.message),
                    lines: need.lines.clone(),
                    hint: None,
                });
            }
        }
    }
    (!open).then_some(outcome)
}

/// The paths that the build takes from the alias's image as it is, and those that the contract asks
/// for, each once.
fn needs(alias: &Alias, setting: Setting<'_>) -> Vec<Need> {
    let Setting { graph, program, platforms } = setting;
    let mut needs: BTreeMap<&str, Need> = BTreeMap::new();
    for used in program.uses.iter().filter(|used| used.unchanged) {
        let of_alias = program.stages[used.from.0].as_ref().is_some_and(|s| s.root == alias.stage);
        let path = up_to_wildcard(&used.path);
        if !of_alias || path == "/" {
            continue;
        }
        let need = needs.entry(path).or_insert_with(|| Need {
            path: path.to_owned(),
            executable: false,
            platforms: Vec::new(),
            lines: Vec::new(),
        });
        if !need.lines.contains(&used.lines) {
            need.lines.push(used.lines);
        }
        let platform = program.stages[used.by.0].as_ref().and_then(|stage| stage.platform.clone());
        let platform = platform.unwrap_or_else(|| platforms.target.clone());
        if !need.platforms.contains(&platform) {
            need.platforms.push(platform);
        }
    }
    for requirement in &alias.contract.require {
        let own = graph[alias.stage].root.as_ref().and_then(|root| root.platform.clone());
        let need = needs.entry(&requirement.path).or_insert_with(|| Need {
            path: requirement.path.clone(),
            executable: false,
            platforms: vec![own.unwrap_or_else(|| platforms.target.clone())],
            lines: vec![alias.lines],
        });
        need.executable |= requirement.executable;
    }
    needs.into_values().collect()
}

/// The image with a step of its own on top, which shows in the progress output. The image's vertex
/// is the one of the build, so that it is pulled once.
fn definition(alias: &Alias, setting: Setting<'_>) -> Option<Vec<u8>> {
    let Setting { graph, platforms, .. } = setting;
    let root = graph[alias.stage].root.as_ref()?;
    let mut llb = Llb::new(platforms.target.to_pb());
    let (source, platform): (Source, _) = match &root.source {
        RootSource::Image { reference, platform, mode, .. } => {
            (Source::image(reference).resolve_mode(mode.to_llb()).into(), platform)
        }
        RootSource::Layout { reference, session, store, platform, .. } => {
            (Source::oci_layout(reference).store(session, store).into(), platform)
        }
        _ => return None,
    };
    let name = setting.program.stages[alias.stage.0]
        .as_ref()
        .and_then(|_| setting.program.steps.iter().find(|step| step.stage == alias.stage))
        .map_or_else(String::new, |step| step.name.clone());
    let mut options = VertexOptions::named(name);
    options.platform = platform.as_ref().map(Platform::to_pb);
    let image = llb.add(source, options);
    let step = File::on(image).mkdir(Mkdir::new("/", 0o755).parents());
    let image = alias.image(setting.graph).unwrap_or_default();
    let name = format!("[alias {}] verify {image}", alias.name);
    let output = llb.add(step, VertexOptions::named(name));
    Some(llb.definition(output).into_pb().encode_to_vec())
}

fn missing(need: &Need, directory: &str, names: &[String]) -> Problem {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    let base = gopath::base(&need.path).to_owned();
    // The nearest names first: one of them may be what was meant.
    names.sort_unstable_by_key(|name| (strsim::levenshtein(name, &base), name.to_owned()));
    let more = names.len().saturating_sub(MAX_NAMES);
    names.truncate(MAX_NAMES);
    let there = match (names.as_slice(), more) {
        ([], _) => format!("{directory} is empty or not there"),
        (names, 0) => format!("{directory} has {}", names.join(", ")),
        (names, more) => format!("{directory} has {} and {more} more", names.join(", ")),
    };
    let verb = if has_wildcard(&need.path) { "matches nothing" } else { "is not there" };
    Problem {
        kind: ProblemKind::Verification,
        message: format!("{} {verb}; {there}", need.path),
        lines: need.lines.clone(),
        hint: None,
    }
}

/// Why a file that must be executable is not, on each platform that uses it.
fn cannot_run(need: &Need, entry: &Entry) -> Vec<Problem> {
    let problem = |message: String| Problem {
        kind: ProblemKind::Verification,
        message,
        lines: need.lines.clone(),
        hint: None,
    };
    let path = &entry.path;
    if entry.is_link() {
        // Found by a wildcard, which says nothing of where the link leads.
        return Vec::new();
    }
    if !entry.is_regular() {
        return vec![problem(format!(
            "{path} is no file, and the contract asks for an executable"
        ))];
    }
    if entry.mode & EXECUTE_BITS == 0 {
        let mode = entry.mode & 0o7777;
        return vec![problem(format!("{path} is not executable: its mode is {mode:04o}"))];
    }
    let Some(architecture) = elf::architecture(&entry.header) else { return Vec::new() };
    let unfit = need.platforms.iter().filter(|platform| !elf::runs_on(&architecture, platform));
    unfit
        .map(|platform| {
            problem(format!(
                "{path} is for {architecture}, and is used on {}",
                platform.normalize()
            ))
        })
        .collect()
}

fn has_wildcard(path: &str) -> bool {
    path.contains(WILDCARDS)
}

/// The path up to its first part with wildcards: that part can be looked for in one directory.
fn up_to_wildcard(path: &str) -> &str {
    let Some(first) = path.find(WILDCARDS) else { return path };
    let end = path[first..].find('/').map_or(path.len(), |slash| first + slash);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::up_to_wildcard;

    #[test]
    fn paths_are_cut_behind_the_first_wildcard() {
        for (path, cut) in [
            ("/a/b", "/a/b"),
            ("/a/b*", "/a/b*"),
            ("/a*/b", "/a*"),
            ("/a/[xy]/b*/c", "/a/[xy]"),
            ("/?", "/?"),
        ] {
            assert_eq!(up_to_wildcard(path), cut);
        }
    }
}
