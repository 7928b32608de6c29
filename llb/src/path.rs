//! Paths in containers: slash-separated, whatever the platform. Equal to Go's package `path`, since
//! cleaned paths are part of digests.

/// The shortest path equal to `path`, by words alone: no `.`, no `..` but at the start of a relative
/// path, no doubled or trailing slash. The empty path is `.`.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `path` as it is if it is absolute, and under `dir` otherwise, cleaned.
pub(crate) fn resolve(dir: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { clean(&format!("/{dir}/{path}")) }
}

/// Like [`resolve`], but keeps a trailing slash or `/.`, which say that a copy's destination is a
/// directory.
pub(crate) fn resolve_dest(dir: &str, path: &str) -> String {
    let mut resolved = resolve(dir, path);
    if path.ends_with('/') && !resolved.ends_with('/') {
        resolved.push('/');
    } else if path.ends_with("/.") {
        if resolved != "/" {
            resolved.push('/');
        }
        resolved.push('.');
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_is_gos() {
        let cases = [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//", "/"),
            ("a//b/./c/", "a/b/c"),
            ("/../a", "/a"),
            ("../a/../..", "../.."),
            ("a/..", "."),
            ("/a/../../b", "/b"),
            ("./../x", "../x"),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path:?}");
        }
    }

    #[test]
    fn destinations_keep_what_says_directory() {
        let cases = [
            ("/", "a", "/a"),
            ("/w", "./", "/w/"),
            ("/w", ".", "/w"),
            ("/w", "a/.", "/w/a/."),
            ("/", "/.", "/."),
            ("/", "/", "/"),
            ("w", "/a//", "/a/"),
        ];
        for (dir, path, expected) in cases {
            assert_eq!(resolve_dest(dir, path), expected, "{dir:?} {path:?}");
        }
    }
}
