//! Paths and the search path inside Linux images.

use super::gopath;

/// The search path of Linux images that set none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DEFAULT_PATH_WINDOWS: &str =
    r"c:\Windows\System32;c:\Windows;C:\Windows\System32\WindowsPowerShell\v1.0";

/// The value of `PATH` in an image of the operating system that sets none.
pub fn default_path_env(os: &str) -> &'static str {
    if os == "windows" { DEFAULT_PATH_WINDOWS } else { DEFAULT_PATH }
}

/// `path` as an absolute one, where a relative one starts at `parent`, itself taken from the root.
/// An absolute path stays as it is written; a joined one is cleaned. With `keep_slash`, a final `/`
/// or `/.` stays: copying to `/dir/` isn't copying to `/dir`.
pub fn normalize_path(parent: &str, path: &str, keep_slash: bool) -> String {
    let parent =
        if gopath::is_abs(parent) { parent.to_owned() } else { gopath::join(&["/", parent]) };
    let mut normal = match path {
        "" => parent,
        path if gopath::is_abs(path) => path.to_owned(),
        path => gopath::join(&[&parent, path]),
    };
    if keep_slash {
        if path.ends_with('/') {
            if !normal.ends_with('/') {
                normal.push('/');
            }
        } else if path.ends_with("/.") {
            // An absolute path still has its own "/." and gets another, which changes nothing in
            // what it names.
            if normal != "/" {
                normal.push('/');
            }
            normal.push('.');
        }
    }
    normal
}

/// The directory that `WORKDIR path` changes to from `current`.
pub fn normalize_workdir(current: &str, path: &str) -> String {
    normalize_path(current, path, false)
}

/// A destination of `COPY` or `ADD` in the working directory `directory`.
pub fn path_relative_to_workdir(directory: &str, path: &str) -> String {
    // The working directory itself is a directory, whatever it is called.
    let path = if path.is_empty() || path == "." { "./" } else { path };
    normalize_path(directory, path, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_path() {
        assert_eq!(default_path_env("linux"), DEFAULT_PATH);
        assert_eq!(default_path_env(""), DEFAULT_PATH);
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
            assert_eq!(normalize_path(parent, path, true), kept, "{parent} {path}");
            assert_eq!(normalize_path(parent, path, false), dropped, "{parent} {path}");
            assert_eq!(normalize_workdir(parent, path), dropped);
        }
    }

    #[test]
    fn destinations() {
        for (directory, path, want) in [
            ("/w", ".", "/w/"),
            ("/w", "./", "/w/"),
            ("/w", "", "/w/"),
            ("/", "./", "/"),
            ("/w", "bin", "/w/bin"),
            ("/w", "bin/", "/w/bin/"),
            ("/w", "/usr/local/bin/", "/usr/local/bin/"),
            ("/w", "/a/../b", "/a/../b"),
        ] {
            assert_eq!(path_relative_to_workdir(directory, path), want, "{directory} {path}");
        }
    }
}
