//! What steps on top of an image do to a path of it: whether one surely brings it, or may make it.
//!
//! A command may do anything. A copy brings its destination, and of what lies below that what its words say for
//! certain: a source may be a file or a directory, and only the engine knows which.

use std::collections::HashMap;

use aliasfront_gotext::path;
use buildkit_dockerfile::Lines;

use crate::budget::Checks;
use crate::eval::step::{Action, CopyAction, Files, Step, StepId, StepKind};
use crate::eval::{Evaluated, Program, Use};
use crate::graph::NodeId;
use crate::wildcard;
use aliasfront_image::system::System;

/// Whether steps make a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    /// None can: it is the image's, or it is not there.
    No,
    /// One does, whatever the image has.
    Surely,
    /// The instructions at these lines may, from the first to the last.
    Maybe(Vec<Lines>),
    /// A stage on top of the alias may, so it is that stage's affair; or finding it takes more steps than are left.
    Unknown,
}

/// The stage whose command is the last one on top of each step's image, its own among them.
#[derive(Debug, Default)]
pub(super) struct LastRuns(HashMap<StepId, Option<NodeId>>);

impl LastRuns {
    /// The stage that runs the last command on top of an image.
    pub(super) fn of(&mut self, program: &Program, files: Files, root: Files) -> Option<NodeId> {
        let mut way = Vec::new();
        let mut found = None;
        for (id, step) in down(program, files, root) {
            if let Some(known) = self.0.get(&id) {
                found = *known;
                break;
            }
            way.push(id);
            if matches!(step.kind, StepKind::Run(_)) {
                found = Some(step.stage);
                break;
            }
        }
        for id in way {
            self.0.insert(id, found);
        }
        found
    }
}

/// The steps from a file system down to the one that it starts from, which is not among them.
fn down(program: &Program, files: Files, root: Files) -> impl Iterator<Item = (StepId, &Step)> {
    let mut files = files;
    std::iter::from_fn(move || {
        let Files::Step(id) = files else { return None };
        let step = (files != root).then(|| &program.steps[id])?;
        files = match &step.kind {
            StepKind::Run(run) => run.root,
            StepKind::Files(changes) => changes.root,
            StepKind::Link { base, .. } => *base,
            // These are the start of a file system.
            StepKind::Root { .. } | StepKind::Git { .. } | StepKind::Http { .. } => return None,
        };
        Some((id, step))
    })
}

/// What the steps on top of an alias's image, which is for a system, do to the path of a use.
pub(super) fn made(
    evaluated: &Evaluated,
    used: &Use,
    (alias, root): (NodeId, Files),
    system: System,
    checks: &Checks,
) -> Made {
    let Evaluated { program, file_tests, .. } = evaluated;
    let mut may: Vec<Lines> = Vec::new();
    for (id, step) in down(program, used.files, root) {
        let outcome = match &step.kind {
            StepKind::Run(_) => (!file_tests.contains_key(&id)).then_some(false),
            StepKind::Files(changes) | StepKind::Link { layer: changes, .. } => {
                let mut outcome = None;
                for action in &changes.actions {
                    if !checks.take(1 + used.path.len()) {
                        return Made::Unknown;
                    }
                    // Windows has several ways to write a path.
                    let by_another_name = (system == System::Windows).then_some(false);
                    outcome = outcome.max(brings(program, action, &used.path)).max(by_another_name);
                }
                outcome
            }
            _ => None,
        };
        if !checks.take(1) {
            return Made::Unknown;
        }
        match outcome {
            Some(true) => return Made::Surely,
            Some(false) if step.stage != alias => return Made::Unknown,
            Some(false) => may.extend(step.lines),
            None => {}
        }
    }
    may.reverse();
    may.dedup();
    if may.is_empty() { Made::No } else { Made::Maybe(may) }
}

/// The destinations of all that the steps on top of an image copy or make, each with the lines of its instruction.
pub(super) fn destinations<'a>(
    program: &'a Program,
    used: &Use,
    root: Files,
) -> impl Iterator<Item = (&'a str, Lines)> {
    down(program, used.files, root).flat_map(|(_, step)| {
        let actions = match &step.kind {
            StepKind::Files(changes) | StepKind::Link { layer: changes, .. } => {
                &changes.actions[..]
            }
            _ => &[],
        };
        let lines = step.lines;
        actions.iter().filter_map(move |action| {
            let destination = match action {
                Action::Copy(copy) => &copy.destination,
                Action::MakeDirectory { path, .. } | Action::MakeFile { path, .. } => path,
            };
            Some((destination.as_str(), lines?))
        })
    })
}

/// Whether a change brings a path: surely, possibly, or not at all.
fn brings(program: &Program, action: &Action, path: &str) -> Option<bool> {
    match action {
        Action::MakeDirectory { path: directory, .. } => {
            is_on_the_way(path, directory).then_some(true)
        }
        Action::MakeFile { path: file, .. } => is_on_the_way(path, file).then_some(true),
        Action::Copy(copy) => copies(program, copy, path),
    }
}

/// Whether something at `to` means that there is something at `path`: they are the same, or that is above.
fn is_on_the_way(path: &str, to: &str) -> bool {
    let to = path::join(&["/", to]);
    path == "/" || to == path || to.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

fn copies(program: &Program, copy: &CopyAction, path: &str) -> Option<bool> {
    let to = path::join(&["/", &copy.destination]);
    // What a pattern matches, and what is left of it, may be nothing.
    let many = copy.wildcards && wildcard::first_wildcard(&copy.source).is_some();
    let filtered = !copy.include.is_empty() && copy.required.is_empty();
    let certain = !many && !filtered && copy.exclude.is_empty();
    if is_on_the_way(path, &to) {
        return Some(certain);
    }
    let below = to == "/" || path.strip_prefix(&to).is_some_and(|rest| rest.starts_with('/'));
    if !below {
        return None;
    }
    if !copy.required.is_empty() {
        let includes = copy.include.iter().map(|include| path::join(&[&to, include]));
        let surely = certain && includes.into_iter().any(|it| is_on_the_way(path, &it));
        return Some(surely);
    }
    if !copy.unpack && is_file(program, copy.from) {
        let file = path::join(&[&to, path::base(&copy.source)]);
        // Without a slash at its end, the destination may be the file, or a directory that is there.
        return (path == file).then_some(certain && copy.destination.ends_with('/'));
    }
    Some(false)
}

/// Whether a file system surely is one file: a heredoc, or a download.
fn is_file(program: &Program, files: Files) -> bool {
    let Files::Step(id) = files else { return false };
    match &program.steps[id].kind {
        StepKind::Http { .. } => true,
        StepKind::Files(changes) => {
            changes.root == Files::Scratch
                && matches!(changes.actions.as_slice(), [Action::MakeFile { .. }])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::step::FileStep;

    fn copy(source: &str, destination: &str) -> CopyAction {
        CopyAction {
            source: source.to_owned(),
            destination: destination.to_owned(),
            wildcards: true,
            from: Files::Context,
            ..CopyAction::default()
        }
    }

    #[test]
    fn a_copy_brings_what_its_words_say() {
        let mut program = Program::default();
        let file = |name: &str| Step {
            stage: crate::arena::Id::from_index(0),
            kind: StepKind::Files(FileStep {
                root: Files::Scratch,
                actions: vec![Action::MakeFile {
                    path: name.to_owned(),
                    mode: 0,
                    data: Vec::new(),
                }],
            }),
            name: String::new(),
            lines: None,
            ignore_cache: false,
        };
        let heredoc = Files::Step(program.steps.push(file("/f")));
        let excluding = CopyAction { exclude: vec!["*.md".to_owned()], ..copy("/a", "/build/") };
        let from_heredoc = CopyAction { from: heredoc, ..copy("f", "/build/") };
        let parents = CopyAction {
            include: vec!["x/y".to_owned()],
            required: vec!["/x/y".to_owned()],
            ..copy("/", "/build/")
        };
        let all_parents = CopyAction { include: vec!["x/*".to_owned()], ..copy("/", "/build/") };
        let archive = CopyAction { unpack: true, ..copy("/a.tar", "/build") };
        for (action, path, expected) in [
            (copy("/a", "/build/a"), "/build/a", Some(true)),
            (copy("/a", "/build/a"), "/build", Some(true)),
            (copy("/a", "/build/a"), "/build/a/b", Some(false)),
            (copy("/a", "/build/a"), "/build/ab", None),
            (copy("/a", "/build/a"), "/other", None),
            (copy("/a", "/build/"), "/build", Some(true)),
            (copy("/a", "/build/"), "/build/a", Some(false)),
            (copy("/a", "/build/"), "/build/b", Some(false)),
            (copy("/a", "/"), "/a", Some(false)),
            (copy("/a*", "/build/"), "/build", Some(false)),
            (copy("/a*", "/build/"), "/build/ab", Some(false)),
            (copy("/a*", "/build/"), "/other", None),
            (excluding.clone(), "/build", Some(false)),
            (excluding, "/build/x", Some(false)),
            (from_heredoc.clone(), "/build/f", Some(true)),
            (from_heredoc.clone(), "/build/g", None),
            (
                CopyAction { destination: "/build".to_owned(), ..from_heredoc.clone() },
                "/build/f",
                Some(false),
            ),
            (CopyAction { destination: "/build".to_owned(), ..from_heredoc }, "/build", Some(true)),
            (parents.clone(), "/build/x/y", Some(true)),
            (parents.clone(), "/build/x", Some(true)),
            (parents, "/build/x/y/z", Some(false)),
            (all_parents.clone(), "/build/x/y", Some(false)),
            (all_parents, "/build", Some(false)),
            (archive.clone(), "/build", Some(true)),
            (archive, "/build/in/it", Some(false)),
        ] {
            let shown = format!("{action:?} {path}");
            assert_eq!(
                brings(&program, &Action::Copy(Box::new(action)), path),
                expected,
                "{shown}"
            );
        }
    }

    #[test]
    fn a_directory_brings_those_above_it() {
        let program = Program::default();
        for (path, expected) in [
            ("/a/b", Some(true)),
            ("/a", Some(true)),
            ("/", Some(true)),
            ("/a/b/c", None),
            ("/a/bc", None),
        ] {
            let path_of = Action::MakeDirectory {
                path: "/a/b".to_owned(),
                mode: 0o755,
                parents: true,
                owner: None,
                time: None,
            };
            assert_eq!(brings(&program, &path_of, path), expected, "{path}");
        }
    }
}
