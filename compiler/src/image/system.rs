//! Paths and the search path inside Linux images.

use super::gopath;

const DEFAULT_PATH_UNIX: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEFAULT_PATH_WINDOWS: &str =
    r"c:\Windows\System32;c:\Windows;C:\Windows\System32\WindowsPowerShell\v1.0";

/// The value of `PATH` in an image of the operating system that sets none.
pub fn default_path_env(os: &str) -> &'static str {
    if os == "windows" { DEFAULT_PATH_WINDOWS } else { DEFAULT_PATH_UNIX }
}

/// Whether the final slash of a path, or a final `/.`, stays: copying to `/dir/` isn't copying to `/dir`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailingSlash {
    /// It stays.
    Keep,
    /// It goes.
    Drop,
}

/// `path` as an absolute one, where a relative one starts at `parent`, itself taken from the root. An absolute path
/// stays as it is written; a joined one is cleaned.
pub fn normalize_path(parent: &str, path: &str, trailing_slash: TrailingSlash) -> String {
    let parent =
        if gopath::is_abs(parent) { parent.to_owned() } else { gopath::join(&["/", parent]) };
    let mut normal = match path {
        "" => parent,
        path if gopath::is_abs(path) => path.to_owned(),
        path => gopath::join(&[&parent, path]),
    };
    if trailing_slash == TrailingSlash::Keep {
        if path.ends_with('/') {
            if !normal.ends_with('/') {
                normal.push('/');
            }
        } else if path.ends_with("/.") {
            // An absolute path still has its own "/.", and gets another: the two mean the same.
            if normal != "/" {
                normal.push('/');
            }
            normal.push('.');
        }
    }
    normal
}

/// The directory that `WORKDIR wd` changes to from `current`.
pub fn normalize_workdir(current: &str, wd: &str) -> String {
    normalize_path(current, wd, TrailingSlash::Drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_path() {
        assert_eq!(default_path_env("linux"), DEFAULT_PATH_UNIX);
        assert_eq!(default_path_env(""), DEFAULT_PATH_UNIX);
        assert_eq!(default_path_env("windows"), DEFAULT_PATH_WINDOWS);
    }

    #[test]
    fn paths() {
        for (parent, path, kept, dropped) in [
            ("", "", "/", "/"),
            ("/", "", "/", "/"),
            ("/app", "", "/app", "/app"),
            ("app", "", "/app", "/app"),
            ("", "a", "/a", "/a"),
            ("/app", "a/b", "/app/a/b", "/app/a/b"),
            ("/app", "a/", "/app/a/", "/app/a"),
            ("/app", "../b/", "/b/", "/b"),
            ("/app", ".", "/app", "/app"),
            ("/app", "./", "/app/", "/app"),
            ("/app", "a/.", "/app/a/.", "/app/a"),
            ("/", "./.", "/.", "/"),
            ("/app", "../../..", "/", "/"),
            ("/app", "/x", "/x", "/x"),
            ("/app", "/x/", "/x/", "/x/"),
            ("/app", "/x/../y", "/x/../y", "/x/../y"),
            ("/app", "/x/.", "/x/./.", "/x/."),
            ("/app", "/", "/", "/"),
            ("/app/", "a", "/app/a", "/app/a"),
        ] {
            assert_eq!(normalize_path(parent, path, TrailingSlash::Keep), kept, "{parent} {path}");
            assert_eq!(
                normalize_path(parent, path, TrailingSlash::Drop),
                dropped,
                "{parent} {path}"
            );
            assert_eq!(normalize_workdir(parent, path), dropped);
        }
    }
}
