//! Paths in images, by the rules of the reference for Linux.

use super::gopath;

/// The search path of images that set none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The search path of images of this operating system that set none.
pub fn default_path_env(os: &str) -> &'static str {
    const WINDOWS: &str = r"c:\Windows\System32;c:\Windows;C:\Windows\System32\WindowsPowerShell\v1.0";
    if os == "windows" { WINDOWS } else { DEFAULT_PATH }
}

/// `path` as an absolute, clean path, taken from `parent` where it is relative.
///
/// With `keep_slash` a trailing `/` or `/.` stays: it says that the path is a directory.
pub fn normalize_path(parent: &str, path: &str, keep_slash: bool) -> String {
    let parent = if gopath::is_abs(parent) { parent.to_owned() } else { gopath::join(&["/", parent]) };
    let mut normalized = match path {
        "" => gopath::clean(&parent),
        path if gopath::is_abs(path) => gopath::clean(path),
        path => gopath::join(&[&parent, path]),
    };
    if keep_slash {
        if path.ends_with('/') && !normalized.ends_with('/') {
            normalized.push('/');
        } else if path.ends_with("/.") {
            if normalized != "/" {
                normalized.push('/');
            }
            normalized.push('.');
        }
    }
    normalized
}

/// The working directory that `WORKDIR path` gives in the directory `current`.
pub fn normalize_workdir(current: &str, path: &str) -> String {
    normalize_path(current, path, false)
}

/// A destination of `COPY` or `ADD` in the working directory `directory`.
pub fn path_relative_to_workdir(directory: &str, path: &str) -> String {
    if gopath::is_abs(path) {
        return normalize_path("/", path, true);
    }
    // The working directory itself is a directory, whatever it is called.
    let path = if path.is_empty() || path == "." { "./" } else { path };
    normalize_path(directory, path, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute() {
        for (parent, path, keep, normalized) in [
            ("/", "a", false, "/a"),
            ("/w", "a/", true, "/w/a/"),
            ("/w", "a/.", true, "/w/a/."),
            ("/w", "", false, "/w"),
            ("", "a", false, "/a"),
            ("w", "a", false, "/w/a"),
            ("/w", "/b/../c", false, "/c"),
            ("/w", "../../x", false, "/x"),
            ("/", "/.", true, "/."),
            ("/", "/", true, "/"),
        ] {
            assert_eq!(normalize_path(parent, path, keep), normalized, "{parent} {path}");
        }
    }

    #[test]
    fn destinations_keep_their_slash() {
        assert_eq!(path_relative_to_workdir("/w", "."), "/w/");
        assert_eq!(path_relative_to_workdir("/w", "./"), "/w/");
        assert_eq!(path_relative_to_workdir("/w", ""), "/w/");
        assert_eq!(path_relative_to_workdir("/w", "bin/"), "/w/bin/");
        assert_eq!(path_relative_to_workdir("/", "./"), "/");
        assert_eq!(path_relative_to_workdir("/w", "/usr/local/bin/"), "/usr/local/bin/");
    }
}
