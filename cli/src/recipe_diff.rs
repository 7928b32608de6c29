//! What made a fingerprint another one: two answers of `fingerprint --format json` beside each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aliasfront_compiler::shown;
use aliasfront_content::{Entry, List, Node};
use serde::Deserialize;

/// An answer of `fingerprint --format json`, as far as it is compared.
#[derive(Debug, Deserialize)]
struct Answer {
    fingerprints: Vec<Fingerprint>,
}

#[derive(Debug, Deserialize)]
struct Fingerprint {
    alias: String,
    platform: String,
    #[serde(rename = "fingerprint")]
    hash: String,
    recipe: String,
    files: Vec<Files>,
}

#[derive(Debug, Deserialize)]
struct Files {
    source: String,
    list: String,
}

/// What starts the lines of a recipe whose vertices are lists of files.
const FILES: &str = " files ";

/// Tells what differs between two answers; nothing where nothing does.
///
/// # Errors
///
/// Which of them can't be read, and why.
pub fn diff(before: &[u8], after: &[u8]) -> Result<String, String> {
    let read = |data: &[u8], which: &str| {
        serde_json::from_slice::<Answer>(data).map_err(|error| {
            format!("the {which} answer is none of fingerprint --format json: {error}")
        })
    };
    let (before, after) = (read(before, "earlier")?, read(after, "new")?);
    let key = |one: &Fingerprint| (one.alias.clone(), one.platform.clone());
    let earlier: BTreeMap<_, _> = before.fingerprints.iter().map(|one| (key(one), one)).collect();
    let mut text = String::new();
    for new in &after.fingerprints {
        match earlier.get(&key(new)) {
            Some(old) if old.hash == new.hash => {}
            Some(old) => one(&mut text, old, new)?,
            None => line(&mut text, 0, &format!("{} for {}: new", new.alias, new.platform)),
        }
    }
    let new: BTreeSet<_> = after.fingerprints.iter().map(key).collect();
    for ((alias, platform), _) in earlier.iter().filter(|(key, _)| !new.contains(*key)) {
        line(&mut text, 0, &format!("{alias} for {platform}: gone"));
    }
    Ok(text)
}

/// Adds a line. Names of files and arguments are whatever somebody wrote.
fn line(text: &mut String, indent: usize, line: &str) {
    // Writing to a string doesn't fail.
    let _ = writeln!(text, "{:indent$}{}", "", shown::line(line));
}

fn one(text: &mut String, old: &Fingerprint, new: &Fingerprint) -> Result<(), String> {
    line(text, 0, &format!("{} for {}: another fingerprint", new.alias, new.platform));
    let lists = |one: &Fingerprint| -> Result<Vec<(String, List)>, String> {
        let lists = one.files.iter().map(|files| {
            let list = files.list.parse::<List>();
            Ok((files.source.clone(), list.map_err(|error| format!("{}: {error}", files.source))?))
        });
        lists.collect()
    };
    let (old_lists, new_lists) = (lists(old)?, lists(new)?);
    // In the order of the recipe: the same source may be there with several lists.
    for (index, (source, list)) in new_lists.iter().enumerate() {
        let before = old_lists.get(index).filter(|(known, _)| known == source);
        let empty = List::default();
        files(text, source, before.map_or(&empty, |(_, list)| list), list);
    }
    // Where a list differs, that is told above.
    let is_step = |line: &&str| !(line.starts_with("vertex ") && line.contains(FILES));
    let lines = |one: &'_ Fingerprint| -> Vec<String> {
        one.recipe.lines().filter(is_step).map(str::to_owned).collect()
    };
    let (old, new) = (lines(old), lines(new));
    let only = |some: &[String], others: &[String]| -> Vec<String> {
        let others: BTreeSet<&String> = others.iter().collect();
        some.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    for gone in only(&old, &new) {
        line(text, 2, &format!("- {gone}"));
    }
    for added in only(&new, &old) {
        line(text, 2, &format!("+ {added}"));
    }
    Ok(())
}

fn files(text: &mut String, source: &str, old: &List, new: &List) {
    let mut lines = Vec::new();
    let shown = |entry: &Entry| aliasfront_content::escaped(&entry.path).to_string();
    for entry in new.entries() {
        let path = shown(entry);
        match old.get(&entry.path) {
            Some(before) if before == entry => {}
            Some(before) => lines.push(format!("{path}: {}", change(&before.node, &entry.node))),
            None => lines.push(format!("{path}: new")),
        }
    }
    for entry in old.entries().iter().filter(|entry| new.get(&entry.path).is_none()) {
        lines.push(format!("{}: gone", shown(entry)));
    }
    if !lines.is_empty() {
        line(text, 2, &format!("files of {source}"));
    }
    for changed in lines {
        line(text, 4, &changed);
    }
}

fn change(old: &Node, new: &Node) -> &'static str {
    match (old, new) {
        (Node::File { hash: old, .. }, Node::File { hash: new, is_executable, .. })
            if old == new =>
        {
            if *is_executable {
                "executable now"
            } else {
                "not executable any more"
            }
        }
        (Node::File { .. }, Node::File { .. }) => "another content",
        (Node::Link { .. }, Node::Link { .. }) => "leads elsewhere",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(fingerprint: &str, recipe: &str, list: &str) -> Vec<u8> {
        let one = json!({
            "alias": "builder",
            "platform": "linux/amd64",
            "fingerprint": fingerprint,
            "recipe": recipe,
            "files": [{"source": "context", "list": list}],
        });
        json!({"fingerprints": [one]}).to_string().into_bytes()
    }

    #[test]
    fn what_differs_is_told() {
        let hash = |digit: &str| digit.repeat(64);
        let (a, b) = (hash("a"), hash("b"));
        let before = answer(
            "1",
            &format!("vertex 0 files {a}\nvertex 1 step [0.0] {{}}\n"),
            &format!("f 1 {a} changed\nf 1 {a} gone\nl x link\nf 1 {a} mode\nf 1 {a} same\n"),
        );
        let after = answer(
            "2",
            &format!("vertex 0 files {b}\nvertex 1 step [0.0] {{\"a\u{1b}\":1}}\n"),
            &format!("f 1 {b} changed\nl y link\nx 1 {a} mode\nf 1 {a} n\\x1bew\nf 1 {a} same\n"),
        );
        assert_eq!(
            diff(&before, &after).unwrap(),
            "builder for linux/amd64: another fingerprint\n  files of context\n    changed: another content\n    \
             link: leads elsewhere\n    mode: executable now\n    n\\x1bew: new\n    gone: gone\n  \
             - vertex 1 step [0.0] {}\n  + vertex 1 step [0.0] {\"a\\x1b\":1}\n"
        );
        assert_eq!(diff(&before, &before).unwrap(), "");
        let none = br#"{"fingerprints":[]}"#;
        assert_eq!(diff(&before, none).unwrap(), "builder for linux/amd64: gone\n");
        assert_eq!(diff(none, &before).unwrap(), "builder for linux/amd64: new\n");
        assert!(diff(b"{}", none).unwrap_err().contains("earlier"));
    }
}
