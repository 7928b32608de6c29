//! What is at a path of a list of files, as an engine tells it.

use std::collections::BTreeMap;

use aliasfront_compiler::image::ignore::{Matcher, Patterns};
use aliasfront_compiler::question::{Entry, Probe, Probed};
use aliasfront_content::{List, Node, Special};
use aliasfront_gotext::file_mode::{CHARACTER_DEVICE, DEVICE, DIRECTORY, LINK, NAMED_PIPE, SOCKET};
use aliasfront_gotext::path;

/// How many symbolic links one path may lead over.
const MAX_LINKS: usize = 255;

const ROOT: &str = "/";

/// Looks at a path, or for what a pattern matches in a directory.
pub(crate) fn look(list: &List, probe: &Probe) -> Probed {
    let Some(pattern) = &probe.pattern else {
        return match resolve(list, &probe.path) {
            Some(real) => {
                let mode = mode(list, &real);
                let path = probe.path.clone();
                Probed::Found(vec![Entry { path, mode, ..Entry::default() }])
            }
            None => missing(list, probe, path::dir(&probe.path)),
        };
    };
    let matches = match resolve(list, &probe.path) {
        Some(directory) => matches(list, &directory, pattern),
        None => BTreeMap::new(),
    };
    if matches.is_empty() {
        return missing(list, probe, probe.path.clone());
    }
    let entry = |(name, (mode, link)): (String, (u32, String))| Entry {
        path: path::join(&[&probe.path, &name]),
        mode,
        link,
    };
    Probed::Found(matches.into_iter().map(entry).collect())
}

/// What is at a path, links followed.
pub(crate) fn stat(list: &List, path: &str) -> Option<Entry> {
    let real = resolve(list, path)?;
    Some(Entry { path: path.to_owned(), mode: mode(list, &real), ..Entry::default() })
}

/// The names in each directory, whose paths are absolute.
pub(crate) fn names(list: &List) -> BTreeMap<String, Vec<String>> {
    let mut directories = BTreeMap::from([(ROOT.to_owned(), Vec::new())]);
    for entry in list.entries() {
        let path = path::join(&[ROOT, &String::from_utf8_lossy(&entry.path)]);
        let names = directories.entry(path::dir(&path)).or_default();
        names.push(path::base(&path).to_owned());
        if entry.node == Node::Directory {
            directories.entry(path).or_default();
        }
    }
    directories
}

/// Where a path leads, without links and without a slash before it; `None` where there is nothing.
pub(crate) fn resolve(list: &List, path: &str) -> Option<String> {
    let mut open: Vec<String> = parts(path);
    let mut real = String::new();
    let mut links = 0;
    while let Some(name) = open.pop() {
        if name == ".." {
            real.truncate(real.rfind('/').unwrap_or(0));
            continue;
        }
        let next = if real.is_empty() { name } else { format!("{real}/{name}") };
        match &list.get(next.as_bytes())?.node {
            Node::Link { target } if links < MAX_LINKS => {
                links += 1;
                let target = String::from_utf8_lossy(target);
                if target.starts_with('/') {
                    real.clear();
                }
                open.extend(parts(&target));
            }
            Node::Link { .. } => return None,
            _ => real = next,
        }
    }
    Some(real)
}

/// The names in a path, the last one first.
fn parts(path: &str) -> Vec<String> {
    let names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    names.rev().map(str::to_owned).collect()
}

/// The mode of what is at a path, as Go's `fs.FileMode`.
fn mode(list: &List, path: &str) -> u32 {
    match list.get(path.as_bytes()).map(|entry| &entry.node) {
        // The root is no entry.
        None | Some(Node::Directory) => DIRECTORY | 0o755,
        Some(Node::File { is_executable: true, .. }) => 0o755,
        Some(Node::File { .. }) => 0o644,
        Some(Node::Link { .. }) => LINK | 0o777,
        Some(Node::Special(Special::Pipe)) => NAMED_PIPE | 0o644,
        Some(Node::Special(Special::Socket)) => SOCKET | 0o755,
        Some(Node::Special(Special::BlockDevice)) => DEVICE | 0o644,
        Some(Node::Special(Special::CharacterDevice)) => DEVICE | CHARACTER_DEVICE | 0o644,
    }
}

/// Where a link leads; nothing of what is none.
fn link(list: &List, path: &str) -> String {
    match list.get(path.as_bytes()).map(|entry| &entry.node) {
        Some(Node::Link { target }) => String::from_utf8_lossy(target).into_owned(),
        _ => String::new(),
    }
}

/// What a pattern matches directly in a directory, and the directories there in which it matches something, with their
/// modes, and where links lead.
fn matches(list: &List, directory: &str, pattern: &str) -> BTreeMap<String, (u32, String)> {
    let patterns = Patterns::from_iter([pattern]);
    // What is no pattern matches nothing.
    let Ok(matcher) = Matcher::new(&patterns) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for entry in list.entries() {
        let path = String::from_utf8_lossy(&entry.path);
        let below = match directory {
            "" => Some(&*path),
            _ => path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(below) = below else { continue };
        if matcher.matches_or_parent_matches(below, &mut usize::MAX.clone()) == Some(true) {
            let name = below.split('/').next().unwrap_or(below);
            let path = path::join(&[directory, name]);
            found.entry(name.to_owned()).or_insert_with(|| (mode(list, &path), link(list, &path)));
        }
    }
    found
}

/// What there is in the place of a path: what the directory has, or the root where there is no such directory. Of a source
/// that isn't there as a whole nobody can tell.
fn missing(list: &List, probe: &Probe, directory: String) -> Probed {
    if !probe.tree.whole {
        return Probed::Missing { directory, names: [].into(), link: None };
    }
    let names_by_directory = names(list);
    for directory in [directory, ROOT.to_owned()] {
        let real = resolve(list, &directory).map(|real| path::join(&[ROOT, &real]));
        let Some(names) = real.and_then(|real| names_by_directory.get(&real)) else { continue };
        let own = path::join(&[&directory, path::base(&probe.path)]) == probe.path;
        let at = probe.path.trim_start_matches('/');
        let link = list.get(at.as_bytes()).filter(|_| own).and_then(|entry| match &entry.node {
            Node::Link { target } => Some(String::from_utf8_lossy(target).into_owned()),
            _ => None,
        });
        return Probed::Missing { directory, names: names.clone().into(), link };
    }
    Probed::Unreadable
}
