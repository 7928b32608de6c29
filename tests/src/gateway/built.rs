//! What a definition comes to: the files of its sources, as far as tests gave some, with what its steps copy and make.
//!
//! Commands change nothing, unless a test says what they leave.

use std::collections::HashMap;

use buildkit_proto::pb::{Definition, FileActionCopy, Op, file_action, op};

use super::files::Files;
use super::world::World;
use crate::graph::Graph;

/// The files of a definition's result; `None` where it comes to no files that a test knows of.
pub(super) fn files(world: &World, definition: &Definition) -> Option<Files> {
    let graph = Graph::new(definition).ok()?;
    let mut built: HashMap<(String, i64), Option<Files>> = HashMap::new();
    // Archives aren't unpacked here.
    if graph.vertices.iter().any(|vertex| unpacks(&vertex.op)) {
        return None;
    }
    // Each vertex stands after those that it needs.
    for vertex in &graph.vertices {
        for (output, files) in outputs(world, &vertex.op, &built) {
            built.insert((vertex.digest.clone(), output), files);
        }
    }
    let last = definition.def.last()?;
    let last = <Op as prost::Message>::decode(last.as_slice()).ok()?;
    let head = last.inputs.first()?;
    // A source alone may be sent in other ways than as a whole.
    if graph.vertex(&head.digest)?.source().is_some() {
        return None;
    }
    built.remove(&(head.digest.clone(), head.index)).flatten()
}

type Built = HashMap<(String, i64), Option<Files>>;

/// Whether a vertex unpacks what it copies.
fn unpacks(vertex: &Op) -> bool {
    let Some(op::Op::File(file)) = &vertex.op else { return false };
    file.actions.iter().any(|action| match &action.action {
        Some(file_action::Action::Copy(copy)) => copy.attempt_unpack_docker_compatibility,
        _ => false,
    })
}

/// The files of each output of a vertex.
fn outputs(world: &World, vertex: &Op, built: &Built) -> Vec<(i64, Option<Files>)> {
    let input = |index: i64| {
        let input = vertex.inputs.get(usize::try_from(index).ok()?)?;
        built.get(&(input.digest.clone(), input.index))?.clone()
    };
    match &vertex.op {
        Some(op::Op::Source(source)) => vec![(0, world.files(&source.identifier).cloned())],
        Some(op::Op::Exec(exec)) => {
            let command = exec.meta.as_ref().map(|meta| meta.args.join(" ")).unwrap_or_default();
            let mounts = exec.mounts.iter().filter(|mount| mount.output >= 0);
            let of_mount = mounts.map(|mount| {
                let mut files = input(mount.input);
                for (_, left) in world.left.iter().filter(|(word, _)| command.contains(word)) {
                    files.get_or_insert_default().extend(left);
                }
                (mount.output, files)
            });
            of_mount.collect()
        }
        Some(op::Op::File(file)) => {
            let inputs = i64::try_from(vertex.inputs.len()).unwrap_or_default();
            let mut made: Vec<Option<Files>> = Vec::new();
            let mut outputs = Vec::new();
            for action in &file.actions {
                let of = |index: i64, made: &[Option<Files>]| match index - inputs {
                    place @ 0.. => made.get(usize::try_from(place).ok()?)?.clone(),
                    _ => input(index),
                };
                let mut files = of(action.input, &made);
                match &action.action {
                    Some(file_action::Action::Copy(copy)) => {
                        let from = of(action.secondary_input, &made).unwrap_or_default();
                        files.get_or_insert_default().copy(&from, copy);
                    }
                    Some(file_action::Action::Mkfile(mkfile)) => {
                        let mode = u32::try_from(mkfile.mode).unwrap_or_default();
                        let files = files.get_or_insert_default();
                        files.add_with_mode(&mkfile.path, mkfile.data.clone(), mode);
                    }
                    _ => {}
                }
                if action.output >= 0 {
                    outputs.push((action.output, files.clone()));
                }
                made.push(files);
            }
            outputs
        }
        Some(op::Op::Merge(merge)) => {
            let mut files = None;
            for layer in &merge.inputs {
                if let Some(layer) = input(layer.input) {
                    files.get_or_insert_with(Files::default).extend(&layer);
                }
            }
            vec![(0, files)]
        }
        _ => vec![(0, None)],
    }
}

impl Files {
    /// Adds all of other files, which take the place of those that are there.
    fn extend(&mut self, other: &Self) {
        for path in other.paths() {
            self.take(other, path, path);
        }
    }

    /// Copies as a daemon does: files as such, of directories what is in them.
    fn copy(&mut self, from: &Self, copy: &FileActionCopy) {
        for source in from.matching(&copy.src, copy.allow_wildcard) {
            let inside: Vec<(String, String)> = from
                .paths()
                .filter_map(|path| {
                    let rest = if source.is_empty() {
                        path
                    } else {
                        path.strip_prefix(&source)?.strip_prefix('/')?
                    };
                    Some((path.to_owned(), rest.to_owned()))
                })
                .collect();
            for (path, rest) in &inside {
                self.take(from, path, &format!("{}/{rest}", copy.dest));
            }
            if inside.is_empty() {
                let into = copy.dest.ends_with('/') || self.has_directory(&copy.dest);
                let name = copy.src.rsplit('/').next().filter(|_| !copy.allow_wildcard);
                let name = name.unwrap_or_else(|| source.rsplit('/').next().unwrap_or_default());
                let target = if into { format!("{}/{name}", copy.dest) } else { copy.dest.clone() };
                self.take(from, &source, &target);
            }
        }
    }
}
