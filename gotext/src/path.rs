//! Slash-separated paths as Go's `path` package sees them: purely by their text, without a file
//! system.

/// The shortest path that means the same: no `.`, no inner `..`, no doubled or trailing slash; `.`
/// for nothing.
pub fn clean(path: &str) -> String {
    let rooted = is_abs(path);
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(&last) if last != ".." => {
                    kept.pop();
                }
                // Above the root is the root.
                _ if rooted => {}
                _ => kept.push(".."),
            },
            name => kept.push(name),
        }
    }
    match (rooted, kept.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_owned(),
        (false, rest) => rest,
    }
}

/// The parts that aren't empty joined by slashes and [cleaned](clean); empty if all parts are.
pub fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { clean(&parts.join("/")) }
}

/// The last element of a path, trailing slashes aside: `.` for nothing, `/` for slashes only.
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// Everything before the last element, [cleaned](clean): `.` if there is nothing before it.
pub fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

/// Whether the path starts at the root.
pub fn is_abs(path: &str) -> bool {
    path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cleans() {
        for (path, want) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//", "/"),
            ("abc", "abc"),
            ("abc/def/ghi", "abc/def/ghi"),
            ("/abc", "/abc"),
            ("abc/", "abc"),
            ("abc//def//ghi", "abc/def/ghi"),
            ("//abc//", "/abc"),
            ("./a/./b/.", "a/b"),
            ("..", ".."),
            ("../../abc", "../../abc"),
            ("abc/..", "."),
            ("abc/def/../ghi/../jkl", "abc/jkl"),
            ("abc/../..", ".."),
            ("abc/../../..", "../.."),
            ("/..", "/"),
            ("/../a", "/a"),
            ("/abc/../../def", "/def"),
            ("../a/../..", "../.."),
            ("...", "..."),
            ("a/...", "a/..."),
            ("ü/../日本", "日本"),
        ] {
            assert_eq!(clean(path), want, "{path:?}");
        }
    }

    #[test]
    fn joins() {
        for (parts, want) in [
            (&[][..], ""),
            (&["", ""], ""),
            (&["a", "b"], "a/b"),
            (&["a", ""], "a"),
            (&["", "b"], "b"),
            (&["/", "a"], "/a"),
            (&["/a/", "/b/"], "/a/b"),
            (&["a/b", "../../../c"], "../c"),
            (&["linux", "arm", "v7"], "linux/arm/v7"),
        ] {
            assert_eq!(join(parts), want, "{parts:?}");
        }
    }

    #[test]
    fn bases_and_dirs() {
        for (path, want_base, want_dir) in [
            ("", ".", "."),
            (".", ".", "."),
            ("/", "/", "/"),
            ("////", "/", "/"),
            ("abc", "abc", "."),
            ("abc/def", "def", "abc"),
            ("/abc", "abc", "/"),
            ("a/b/.x", ".x", "a/b"),
            ("a/b/", "b", "a/b"),
            ("a/b/c//", "c", "a/b/c"),
            ("a/../b", "b", "."),
        ] {
            assert_eq!(base(path), want_base, "base of {path:?}");
            assert_eq!(dir(path), want_dir, "dir of {path:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent(path in "[./a-c]{0,24}") {
            let once = clean(&path);
            prop_assert_eq!(clean(&once), once.clone());
            prop_assert_eq!(is_abs(&once), is_abs(&path));
        }
    }
}
