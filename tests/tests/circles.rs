//! The rooms of a crate form no circle: what one room may know of another is decided once, and not by accident.
//!
//! A room is a module at the top of a crate, a file or a folder. The imports are read from the sources, `use` and paths
//! in the code alike; comments, strings and unit tests don't count, nor does the crate's root, which names everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For each room the rooms that it imports from, with an import as an example.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests are a folder").to_owned()
}

/// The folders of all crates in the workspace and beside it.
fn crates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root()).expect("the repository can be read").flatten() {
        if entry.path().join("Cargo.toml").exists() && entry.path().join("src").exists() {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// The Rust files below `folder`, with their modules: `a/b.rs` is `["a", "b"]`, as is `a/b/mod.rs`.
fn modules(folder: &Path, above: &[String], found: &mut Vec<(PathBuf, Vec<String>)>) {
    for entry in fs::read_dir(folder).expect("sources can be read").flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let module: Vec<String> = above.iter().cloned().chain([name.clone()]).collect();
        if path.is_dir() {
            // Programs are crates of their own.
            if !above.is_empty() || name != "bin" {
                modules(&path, &module, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let of_folder = matches!(name.as_str(), "mod" | "lib" | "main");
            found.push((path, if of_folder { above.to_vec() } else { module }));
        }
    }
}

/// The source without comments, and with nothing in its strings and characters.
fn bare(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let hashes =
            rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let is_raw = rest.starts_with('r')
            && rest[1 + hashes..].starts_with('"')
            && !out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if is_raw {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            out.push_str("\"\"");
            rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len())
        } else if c == '"' {
            out.push_str("\"\"");
            1 + quoted(&rest[1..], '"')
        } else if let Some(length) = character(rest) {
            out.push_str("' '");
            length
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// How long the rest of a literal is, with the quote that ends it.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How long the character literal is that `text` starts with; `None` for a lifetime and everything else.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return Some(1 + quoted(inside, '\''));
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
}

/// A bare source without its unit tests.
fn without_tests(source: &str) -> String {
    const TESTS: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, behind)) = rest.split_once(TESTS) {
        out.push_str(before);
        // What is behind is an item, up to its brace or its semicolon.
        let mut depth = 0_usize;
        let end = behind.char_indices().find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            (depth == 0 && matches!(c, '}' | ';')).then_some(at + 1)
        });
        rest = &behind[end.unwrap_or(behind.len())..];
    }
    out.push_str(rest);
    out
}

/// The paths that a `use` names: `a::{b, c::{d, e as f}}` is `a::b`, `a::c::d` and `a::c::e`.
fn use_paths(tree: &str, above: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        found.push(format!("{above}{path}"));
        return;
    };
    let above = format!("{above}{}", before.trim());
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    use_paths(&group[start..at], &above, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The paths in a bare source that start with `crate` or `super`, of its uses and of its code.
fn paths(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut code = String::new();
    let mut rest = source;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(at) = rest.find("use ") {
        let starts_word = !rest[..at].ends_with(is_word);
        let statement = rest[at..].split_once(';').filter(|_| starts_word);
        code.push_str(&rest[..at]);
        match statement {
            Some((tree, behind)) => {
                use_paths(&tree["use ".len()..], "", &mut found);
                rest = behind;
            }
            None => rest = &rest[at + "use ".len()..],
        }
    }
    code.push_str(rest);
    let mut rest = code.as_str();
    while let Some(at) = ["crate::", "super::"].iter().filter_map(|start| rest.find(start)).min() {
        let path = &rest[at..];
        let end = path.find(|c| !is_word(c) && c != ':').unwrap_or(path.len());
        if !rest[..at].ends_with(|c: char| is_word(c) || c == ':') {
            found.push(path[..end].trim_end_matches(':').to_owned());
        }
        rest = &path[end..];
    }
    found.retain(|path| path.starts_with("crate::") || path.starts_with("super::"));
    found
}

/// Which room a path in `module` leads to; `exported` has what the crate's root takes from its rooms.
fn room_of(path: &str, module: &[String], exported: &BTreeMap<String, String>) -> Option<String> {
    let mut here = module.to_vec();
    for (index, part) in path.split("::").map(str::trim).enumerate() {
        match part {
            "crate" if index == 0 => here.clear(),
            "super" => {
                here.pop()?;
            }
            "self" | "*" => {}
            part => here.push(part.to_owned()),
        }
    }
    let first = here.first()?;
    Some(exported.get(first).unwrap_or(first).clone())
}

/// What each room of the crate in `folder` imports.
fn imports(folder: &Path) -> Imports {
    let mut files = Vec::new();
    modules(&folder.join("src"), &[], &mut files);
    let rooms: BTreeSet<String> =
        files.iter().filter_map(|(_, module)| module.first().cloned()).collect();
    let read =
        |path: &Path| without_tests(&bare(&fs::read_to_string(path).expect("a source is text")));
    let mut exported = BTreeMap::new();
    for (path, module) in &files {
        if !module.is_empty() {
            continue;
        }
        let source = read(path);
        for statement in source.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next())
        {
            let mut paths = Vec::new();
            use_paths(statement, "", &mut paths);
            for path in paths {
                let path =
                    path.trim_start_matches("crate::").trim_start_matches("self::").to_owned();
                if let Some((room, name)) = path.split_once("::")
                    && rooms.contains(room)
                {
                    let name = name.rsplit("::").next().unwrap_or(name);
                    exported.insert(name.to_owned(), room.to_owned());
                }
            }
        }
    }
    let mut imports = Imports::new();
    for (path, module) in &files {
        let Some(room) = module.first() else { continue };
        for import in paths(&read(path)) {
            let Some(other) = room_of(&import, module, &exported) else { continue };
            if other != *room && rooms.contains(&other) {
                let file = path.strip_prefix(folder).unwrap_or(path).display();
                let example = format!("{file}: {import}");
                imports.entry(room.clone()).or_default().entry(other).or_insert(example);
            }
        }
    }
    imports
}

/// A circle of rooms, where there is one: each with its import from the next.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    let mut known = BTreeSet::new();
    let mut way = Vec::new();
    imports.keys().find_map(|room| circle_from(room, imports, &mut way, &mut known))
}

fn circle_from<'a>(
    room: &'a str,
    imports: &'a Imports,
    way: &mut Vec<(&'a str, &'a str)>,
    known: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|(seen, _)| *seen == room) {
        let steps = way[start..].iter();
        return Some(steps.map(|(room, example)| format!("  {room}, in {example}")).collect());
    }
    if !known.insert(room) {
        return None;
    }
    for (other, example) in imports.get(room).into_iter().flatten() {
        way.push((room, example));
        let found = circle_from(other, imports, way, known);
        if found.is_some() {
            return found;
        }
        way.pop();
    }
    None
}

#[test]
fn rooms_form_no_circle() {
    let crates = crates();
    assert!(crates.len() > 5, "{crates:?}");
    let mut circles = String::new();
    let mut edges = 0;
    for folder in crates {
        let imports = imports(&folder);
        edges += imports.values().map(BTreeMap::len).sum::<usize>();
        if let Some(circle) = circle(&imports) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            circles.push_str(&format!("{name}:\n{}\n", circle.join("\n")));
        }
    }
    assert!(edges > 100, "only {edges} imports were found");
    assert!(circles.is_empty(), "these rooms import each other in a circle:\n{circles}");
}

#[test]
fn imports_are_read_from_code_alone() {
    let source = r##"
        //! `crate::comment`
        /* use crate::block; */
        use crate::plain::Thing;
        pub(crate) use crate::{group::{self, a as b}, other::*};
        use super::{sibling, super::above::C};
        use std::fmt;
        const TEXT: &str = "use crate::string;\" crate::string::x";
        const RAW: &str = r#"crate::raw" "#;
        fn f<'a>(c: &'a char) -> bool { *c == '"' || crate::code::g::<u8>(c) }
        #[cfg(test)]
        use crate::test_only;
        #[cfg(test)]
        mod tests { use crate::tested::Y; fn g() { { } } }
        fn h() { misuse crate ; $crate::macros::m!() }
    "##;
    let found = paths(&without_tests(&bare(source)));
    let expected = [
        "crate::plain::Thing",
        "crate::group::self",
        "crate::group::a",
        "crate::other::*",
        "super::sibling",
        "super::super::above::C",
        "crate::code::g",
        "crate::macros::m",
    ];
    assert_eq!(found, expected);
}

#[test]
fn paths_lead_to_rooms() {
    let exported = BTreeMap::from([("Error".to_owned(), "error".to_owned())]);
    let module = ["a", "b"].map(str::to_owned);
    for (path, room) in [
        ("crate::c::D", Some("c")),
        ("crate::Error", Some("error")),
        ("super::d", Some("a")),
        ("super::super::e::F", Some("e")),
        ("super::super::super::g", None),
    ] {
        assert_eq!(room_of(path, &module, &exported).as_deref(), room, "{path}");
    }
}

#[test]
fn circles_are_found() {
    let of = |edges: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (from, to) in edges {
            let example = format!("{from}.rs");
            imports.entry((*from).to_owned()).or_default().insert((*to).to_owned(), example);
        }
        circle(&imports)
    };
    assert_eq!(of(&[("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")]), None);
    let found = of(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]);
    assert_eq!(
        found,
        Some(vec!["  b, in b.rs".into(), "  c, in c.rs".into(), "  d, in d.rs".into()])
    );
}
