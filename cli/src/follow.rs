//! Paths with what links in them lead to, as clients of BuildKit work it out before they send a directory.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use aliasfront_compiler::image::ignore::{Matcher, Patterns};
use aliasfront_compiler::wildcard::first_wildcard;
use aliasfront_gotext::path;

use crate::local::is_absent;

/// The paths below `root`, and those that links on the way lead to, sorted, none below another; `None` where they come to
/// all of it.
///
/// Links are followed within the directory. Of several paths over one link only the first is followed, as clients have it.
///
/// # Errors
///
/// A directory on the way can't be read.
pub(crate) fn follow<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a str>,
) -> io::Result<Option<Vec<String>>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = paths.into_iter().map(str::to_owned).collect();
    // The first path first: which one is followed over a link depends on it.
    open.reverse();
    while let Some(path) = open.pop() {
        one(root, &path, &mut found, &mut open)?;
    }
    if found.contains(".") {
        return Ok(None);
    }
    let mut kept: Vec<String> = Vec::new();
    for path in found {
        let is_below = kept.last().is_some_and(|last| {
            path.strip_prefix(last.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        if !is_below {
            kept.push(path);
        }
    }
    Ok(Some(kept))
}

/// Follows a path up to the first link, whose targets are open then.
fn one(
    root: &Path,
    path: &str,
    found: &mut BTreeSet<String>,
    open: &mut Vec<String>,
) -> io::Result<()> {
    let relative = path::join(&["/", path]);
    let mut rest = relative.trim_start_matches('/');
    let mut current = ".".to_owned();
    loop {
        let (name, after) = rest.split_once('/').unwrap_or((rest, ""));
        current = path::join(&[&current, name]);
        if current.is_empty() {
            ".".clone_into(&mut current);
        }
        let targets = targets(root, &current)?;
        if targets.is_none() && !after.is_empty() {
            rest = after;
            continue;
        }
        if found.insert(current) {
            let targets = targets.into_iter().flatten().rev();
            open.extend(targets.map(|target| path::join(&[&target, after])));
        }
        return Ok(());
    }
}

/// Where a link leads, or the links that a name with wildcards matches; `None` where there is no link.
fn targets(root: &Path, path: &str) -> io::Result<Option<Vec<String>>> {
    let name = path::base(path);
    if first_wildcard(name).is_none() {
        return Ok(target(root, path)?.map(|target| vec![target]));
    }
    let directory = path::dir(path);
    let names = match fs::read_dir(root.join(&directory)) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let patterns = Patterns::from_iter([name]);
    // What is no pattern matches nothing.
    let Ok(matcher) = Matcher::new(&patterns) else { return Ok(None) };
    let mut names: Vec<String> = names
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    let mut targets = Vec::new();
    for name in names {
        if matcher.matches_or_parent_matches(&name, &mut usize::MAX.clone()) == Some(true) {
            targets.extend(target(root, &path::join(&[&directory, &name]))?);
        }
    }
    Ok((!targets.is_empty()).then_some(targets))
}

/// Where a link leads, from the root; `None` where it is none.
fn target(root: &Path, path: &str) -> io::Result<Option<String>> {
    let on_disk = root.join(path);
    match fs::symlink_metadata(&on_disk) {
        Ok(metadata) if metadata.is_symlink() => {}
        Ok(_) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let target = fs::read_link(on_disk)?.to_string_lossy().into_owned();
    let from = if target.starts_with('/') { String::new() } else { path::dir(path) };
    Ok(Some(path::join(&["/", &from, &target])))
}
