//! Paths with wildcards, as `COPY` reads them.

use aliasfront_gotext::path;

/// What wildcards in a path mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wildcards {
    /// Nothing: a mount takes its path as it is written.
    Literal,
    /// Any names: `COPY`. No wildcard stands for a slash.
    Names,
    /// Likewise, and two stars stand for any directories: `COPY --parents`.
    Directories,
}

/// What wildcards start with.
const STARTS: [char; 3] = ['*', '?', '['];
/// What takes a wildcard's meaning from it.
const ESCAPE: char = '\\';

/// Where the first wildcard of a path is, in bytes.
pub fn first_wildcard(path: &str) -> Option<usize> {
    let mut chars = path.char_indices();
    while let Some((at, char)) = chars.next() {
        if char == ESCAPE {
            chars.next();
        } else if STARTS.contains(&char) {
            return Some(at);
        }
    }
    None
}

/// Whether wildcards in a path mean something, and there are some.
pub fn has_wildcards(path: &str, wildcards: Wildcards) -> bool {
    wildcards != Wildcards::Literal && first_wildcard(path).is_some()
}

/// An absolute path as the directory that is looked into, and the pattern that is looked for there.
/// The path itself, and no pattern, where it has no wildcards, or where they mean nothing.
pub fn split(path: &str, wildcards: Wildcards) -> (String, Option<String>) {
    let Some(first) = first_wildcard(path).filter(|_| wildcards != Wildcards::Literal) else {
        return (path::clean(path), None);
    };
    let name = path[..first].rfind('/').map_or(0, |slash| slash + 1);
    let pattern = path[name..].trim_matches('/');
    let pattern = match wildcards {
        Wildcards::Directories => pattern.to_owned(),
        // To the engine that lists the directory, two stars would stand for any directories.
        _ => single_stars(pattern),
    };
    (path::join(&["/", &path[..name]]), Some(pattern))
}

/// The pattern with one star where there are several in a row.
fn single_stars(pattern: &str) -> String {
    let mut single = String::with_capacity(pattern.len());
    let (mut escaped, mut after_star) = (false, false);
    for char in pattern.chars() {
        let star = char == '*' && !escaped;
        if !(star && after_star) {
            single.push(char);
        }
        after_star = star;
        escaped = char == ESCAPE && !escaped;
    }
    single
}

/// A name as a pattern that matches it and nothing else.
pub fn escape(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for char in name.chars() {
        if STARTS.contains(&char) || char == ESCAPE {
            pattern.push(ESCAPE);
        }
        pattern.push(char);
    }
    pattern
}

/// Whether taking `taken` surely or possibly takes `path`, which has no wildcards.
pub fn may_cover(taken: &str, wildcards: Wildcards, path: &str) -> bool {
    let below = |directory: &str| {
        directory == "/" || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
    };
    match first_wildcard(taken).filter(|_| wildcards != Wildcards::Literal) {
        None => path == taken || below(taken),
        Some(first) => {
            let depth = |path: &str| path.matches('/').count();
            let tail = taken.rfind(['*', '?', ']']).map_or("", |last| &taken[last + 1..]);
            path.starts_with(&taken[..first])
                && (path.ends_with(tail)
                    || depth(path) > depth(taken)
                    || wildcards == Wildcards::Directories)
        }
    }
}

/// Whether a name, which has no slash, matches a pattern without one.
pub fn matches_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut place) = (0, 0);
    // The last star, and how much of the name it doesn't stand for yet: it takes one more where the rest doesn't fit.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let fits = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, place));
                at += 1;
                continue;
            }
            Some(_) => name.get(place).and_then(|char| one(&pattern[at..], *char)),
            None if place == name.len() => return true,
            None => None,
        };
        match (fits, star) {
            (Some(length), _) => {
                at += length;
                place += 1;
            }
            (None, Some((after, from))) if from < name.len() => {
                star = Some((after, from + 1));
                (at, place) = (after, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// How long the part of a pattern is that matches a character, where it does.
fn one(pattern: &[char], char: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        [ESCAPE, escaped, ..] => (*escaped == char).then_some(2),
        ['[', set @ ..] => {
            let negated = set.first() == Some(&'^');
            let mut at = usize::from(negated);
            let mut found = false;
            let first = at;
            loop {
                let low = match set.get(at)? {
                    ']' if at > first => break,
                    &ESCAPE => {
                        at += 1;
                        *set.get(at)?
                    }
                    low => *low,
                };
                let mut high = low;
                if set.get(at + 1) == Some(&'-') && set.get(at + 2).is_some_and(|end| *end != ']') {
                    high = set[at + 2];
                    at += 2;
                }
                found |= (low..=high).contains(&char);
                at += 1;
            }
            (found != negated).then_some(at + 2)
        }
        [own, ..] => (*own == char).then_some(1),
        [] => None,
    }
}

/// A name that has no wildcards, without what takes a wildcard's meaning from it.
pub fn unescaped(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(char) = chars.next() {
        plain.extend(if char == ESCAPE { chars.next() } else { Some(char) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_parted_at_the_first_wildcard() {
        for (path, wildcards, directory, pattern) in [
            ("/a/b", Wildcards::Names, "/a/b", None),
            ("/a/b*", Wildcards::Names, "/a", Some("b*")),
            ("/a*/b", Wildcards::Names, "/", Some("a*/b")),
            ("/a/[xy]/b**/c", Wildcards::Names, "/a", Some("[xy]/b*/c")),
            ("/a/**/c", Wildcards::Directories, "/a", Some("**/c")),
            ("/?", Wildcards::Names, "/", Some("?")),
            ("/a/b*", Wildcards::Literal, "/a/b*", None),
            (r"/a/\[slug]", Wildcards::Names, r"/a/\[slug]", None),
            (r"/a/\***b", Wildcards::Names, "/a", Some(r"\**b")),
            (r"/a/[[]slug]", Wildcards::Names, "/a", Some("[[]slug]")),
        ] {
            let expected = (directory.to_owned(), pattern.map(str::to_owned));
            assert_eq!(split(path, wildcards), expected, "{path}");
        }
    }

    #[test]
    fn a_name_is_no_pattern() {
        for (name, pattern) in [("lib", "lib"), ("[slug]*.js", r"\[slug]\*.js"), (r"a\?", r"a\\\?")]
        {
            assert_eq!(escape(name), pattern);
            assert_eq!(first_wildcard(&escape(name)), None);
        }
    }

    #[test]
    fn directories_cover_what_is_in_them() {
        let names = Wildcards::Names;
        for (taken, wildcards, path, covered) in [
            ("/build/a", names, "/build/a", true),
            ("/build", names, "/build/a", true),
            ("/", names, "/build/a", true),
            ("/build/a", names, "/build/ab", false),
            ("/build/a*", names, "/build/ab", true),
            ("/build/*.so", names, "/build/agentd", false),
            ("/build/*.so", names, "/build/x/agentd", true),
            ("/build/a*", Wildcards::Literal, "/build/ab", false),
            ("/build/**/x", Wildcards::Directories, "/build/a/b/y/x", true),
        ] {
            assert_eq!(may_cover(taken, wildcards, path), covered, "{taken} {path}");
        }
    }

    #[test]
    fn names_match_patterns() {
        for (pattern, name, matches) in [
            ("agentd", "agentd", true),
            ("agent*", "agentd", true),
            ("*", "", true),
            ("*d", "agentdd", true),
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "axbxbx", false),
            ("agent?", "agent", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[]a]x", "]x", true),
            ("[ab", "a", false),
            (r"\*", "*", true),
            (r"\*", "a", false),
            (r"[\]]", "]", true),
        ] {
            assert_eq!(matches_name(pattern, name), matches, "{pattern} {name}");
        }
        assert_eq!(unescaped(r"\[slug]\\"), r"[slug]\");
        // As many stars as there may be take no longer than there are pairs of places.
        assert!(!matches_name(&"a*".repeat(2000), &"a".repeat(1999)));
    }
}
