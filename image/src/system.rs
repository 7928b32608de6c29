//! What an image's operating system decides: paths, the search path and the shell.
//!
//! Windows has one drive in a build, `C:`, which paths in the graph don't name; backslashes become slashes. Only the
//! working directory in the image config keeps backslashes, since the host's process API wants them.

use std::fmt;

use aliasfront_gotext::path;

/// The search path of images that set none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The family that an operating system belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// Linux and all others.
    #[default]
    Unix,
    /// Windows.
    Windows,
}

/// A path that Windows images can't have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// A drive without a path, such as `C:`.
    DriveOnly(String),
    /// A path of another machine: `\\\\server\\share`.
    Unc,
    /// A path on another drive than `C:`.
    OtherDrive,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DriveOnly(path) => write!(f, "No relative path specified in {path:?}"),
            Self::Unc => f.write_str("UNC paths are not supported"),
            Self::OtherDrive => f.write_str("The specified path is not on the system drive (C:)"),
        }
    }
}

impl std::error::Error for PathError {}

impl System {
    /// The family of an operating system by its name in platforms.
    pub fn of(os: &str) -> Self {
        if os == "windows" { Self::Windows } else { Self::Unix }
    }

    /// The value of `PATH` in images that set none. Windows sets it by itself.
    pub fn search_path(self) -> Option<&'static str> {
        match self {
            Self::Unix => Some(DEFAULT_PATH),
            Self::Windows => None,
        }
    }

    /// The shell of images that set none.
    pub fn shell(self) -> &'static [&'static str] {
        match self {
            Self::Unix => &["/bin/sh", "-c"],
            Self::Windows => &["cmd", "/S", "/C"],
        }
    }

    /// The path with slashes.
    pub fn to_slash(self, path: &str) -> String {
        match self {
            Self::Unix => path.to_owned(),
            Self::Windows => path.replace('\\', "/"),
        }
    }

    /// Whether the path starts at the root.
    pub fn is_abs(self, path: &str) -> bool {
        self.without_drive(path, false).is_ok_and(|path| path::is_abs(&path))
    }

    /// The path without the drive. A Windows path is cleaned on the way; with `keep_slash`, a final slash stays.
    pub fn without_drive(self, path: &str, keep_slash: bool) -> Result<String, PathError> {
        if self == Self::Unix {
            return Ok(path.to_owned());
        }
        let path = self.to_slash(path);
        if path.len() == 2 && path.ends_with(':') {
            return Err(PathError::DriveOnly(path));
        }
        if path.starts_with("//") {
            return Err(PathError::Unc);
        }
        let rest = match path.split_once(':') {
            None => path.as_str(),
            Some((drive, rest)) if drive.eq_ignore_ascii_case("c") => rest,
            Some(_) => return Err(PathError::OtherDrive),
        };
        let mut clean = path::clean(rest);
        if keep_slash && rest.ends_with('/') && clean.len() > 1 {
            clean.push('/');
        }
        Ok(clean)
    }

    /// `path` as an absolute one with slashes, where a relative one starts at `parent`, itself taken from the root.
    /// An absolute path stays as it is written, save that Windows paths are cleaned; a joined one is cleaned. With
    /// `keep_slash`, a final `/` or `/.` stays: copying to `/dir/` isn't copying to `/dir`.
    pub fn normalize_path(
        self,
        parent: &str,
        path: &str,
        keep_slash: bool,
    ) -> Result<String, PathError> {
        let written = self.to_slash(path);
        let parent = if parent.is_empty() { "/" } else { parent };
        let parent = self.without_drive(parent, keep_slash)?;
        let parent = if path::is_abs(&parent) { parent } else { path::join(&["/", &parent]) };
        let path = if written.is_empty() { &parent } else { &written };
        let mut normal = self.without_drive(path, keep_slash)?;
        if !path::is_abs(&normal) {
            normal = path::join(&[&parent, &normal]);
        }
        if keep_slash {
            if written.ends_with('/') {
                if !normal.ends_with('/') {
                    normal.push('/');
                }
            } else if written.ends_with("/.") {
                // An absolute path still has its own "/." and gets another, which changes nothing in
                // what it names.
                if normal != "/" {
                    normal.push('/');
                }
                normal.push('.');
            }
        }
        Ok(normal)
    }

    /// The directory that `WORKDIR path` changes to from `current`, as the image config has it.
    pub fn normalize_workdir(self, current: &str, path: &str) -> Result<String, PathError> {
        let directory = self.normalize_path(current, path, false)?;
        Ok(match self {
            Self::Unix => directory,
            Self::Windows => directory.replace('/', "\\"),
        })
    }

    /// A destination of `COPY` or `ADD` in the working directory `directory`.
    pub fn path_relative_to_workdir(
        self,
        directory: &str,
        path: &str,
    ) -> Result<String, PathError> {
        let path = self.without_drive(path, true)?;
        // The working directory itself is a directory, whatever it is called.
        let path = if path.is_empty() || path == "." { "./" } else { &path };
        self.normalize_path(directory, path, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (os, path, shell) in [
            ("linux", Some(DEFAULT_PATH), "/bin/sh"),
            ("", Some(DEFAULT_PATH), "/bin/sh"),
            ("windows", None, "cmd"),
        ] {
            assert_eq!(System::of(os).search_path(), path, "{os}");
            assert_eq!(System::of(os).shell()[0], shell, "{os}");
        }
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
            assert_eq!(
                System::Unix.normalize_path(parent, path, true).as_deref(),
                Ok(kept),
                "{parent} {path}"
            );
            assert_eq!(
                System::Unix.normalize_path(parent, path, false).as_deref(),
                Ok(dropped),
                "{parent} {path}"
            );
            assert_eq!(System::Unix.normalize_workdir(parent, path).as_deref(), Ok(dropped));
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
            let found = System::Unix.path_relative_to_workdir(directory, path);
            assert_eq!(found.as_deref(), Ok(want), "{directory} {path}");
        }
    }

    #[test]
    fn windows_directories() {
        for (current, path, want) in [
            ("/", "", r"\"),
            ("/", r"C:\app", r"\app"),
            (r"\app", "sub/dir", r"\app\sub\dir"),
            (r"\app", "c:sub", r"\app\sub"),
            (r"\app", "/x/../y/", r"\y"),
        ] {
            let found = System::Windows.normalize_workdir(current, path);
            assert_eq!(found.as_deref(), Ok(want), "{current} {path}");
        }
    }

    #[test]
    fn windows_destinations() {
        for (directory, path, want) in [
            ("/w", ".", "/w/"),
            ("/w", r"ab\", "/w/ab/"),
            // The reference drops the slash behind a single letter.
            ("/w", r"a\", "/w/a"),
            ("/w", r"C:\a\..\b\", "/b/"),
            ("/w", r"\a", "/a"),
        ] {
            let found = System::Windows.path_relative_to_workdir(directory, path);
            assert_eq!(found.as_deref(), Ok(want), "{directory} {path}");
        }
    }

    #[test]
    fn windows_paths_that_cannot_be() {
        for (path, error) in [
            ("C:", PathError::DriveOnly("C:".to_owned())),
            (r"\\server\share", PathError::Unc),
            (r"d:\a", PathError::OtherDrive),
        ] {
            assert_eq!(System::Windows.normalize_workdir("/", path), Err(error.clone()));
            assert_eq!(System::Windows.path_relative_to_workdir("/", path), Err(error));
            assert!(!System::Windows.is_abs(path));
        }
    }
}
