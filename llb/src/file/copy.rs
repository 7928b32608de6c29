//! Files copied from another file system.

use buildkit_proto::pb;

use super::{Chown, owner, timestamp};
use crate::graph::Output;
use crate::path;

/// Files copied from another file system.
#[derive(Clone, Debug)]
pub struct Copy {
    pub(super) source: Option<Output>,
    src: String,
    dest: String,
    chmod: Option<Chmod>,
    chown: Option<Chown>,
    time: Option<i64>,
    include: Vec<String>,
    exclude: Vec<String>,
    required: Vec<String>,
    follow_symlinks: bool,
    dir_contents: bool,
    unpack: bool,
    create_dest_path: bool,
    wildcard: bool,
    empty_wildcard: bool,
    replace_existing: bool,
}

/// What becomes of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chmod {
    /// They become these, special bits included.
    Octal(u32),
    /// They change as by the program `chmod`, as in `u=rwX,go=rX` (BuildKit 0.17).
    Symbolic(String),
}

impl Copy {
    /// Copies `src` of `source` to `dest`. A trailing slash of `dest` says that it is a directory.
    pub fn new(
        source: impl Into<Option<Output>>,
        src: impl Into<String>,
        dest: impl Into<String>,
    ) -> Self {
        Self {
            source: source.into(),
            src: src.into(),
            dest: dest.into(),
            chmod: None,
            chown: None,
            time: None,
            include: Vec::new(),
            exclude: Vec::new(),
            required: Vec::new(),
            follow_symlinks: false,
            dir_contents: false,
            unpack: false,
            create_dest_path: false,
            wildcard: false,
            empty_wildcard: false,
            replace_existing: false,
        }
    }

    /// Changes permissions.
    #[must_use]
    pub fn chmod(mut self, chmod: impl Into<Option<Chmod>>) -> Self {
        self.chmod = chmod.into();
        self
    }

    /// Changes owners.
    #[must_use]
    pub fn chown(mut self, chown: impl Into<Option<Chown>>) -> Self {
        self.chown = chown.into();
        self
    }

    /// Sets modification times, in nanoseconds since 1970.
    #[must_use]
    pub fn time(mut self, nanoseconds: impl Into<Option<i64>>) -> Self {
        self.time = nanoseconds.into();
        self
    }

    /// Copies only what matches one of these patterns.
    #[must_use]
    pub fn include(mut self, patterns: impl IntoIterator<Item: Into<String>>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Doesn't copy what matches one of these patterns.
    #[must_use]
    pub fn exclude(mut self, patterns: impl IntoIterator<Item: Into<String>>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fails unless these paths are copied, where there are include patterns (BuildKit 0.26).
    #[must_use]
    pub fn require(mut self, paths: impl IntoIterator<Item: Into<String>>) -> Self {
        self.required.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Follows symbolic links in the source path.
    #[must_use]
    pub fn follow_symlinks(mut self) -> Self {
        self.follow_symlinks = true;
        self
    }

    /// Copies what is in a directory rather than the directory.
    #[must_use]
    pub fn dir_contents(mut self) -> Self {
        self.dir_contents = true;
        self
    }

    /// Unpacks the source if it is an archive.
    #[must_use]
    pub fn unpack(mut self, unpack: bool) -> Self {
        self.unpack = unpack;
        self
    }

    /// Creates the directories of the destination.
    #[must_use]
    pub fn create_dest_path(mut self) -> Self {
        self.create_dest_path = true;
        self
    }

    /// Takes the source path for a pattern.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    /// Doesn't fail if nothing matches the pattern.
    #[must_use]
    pub fn empty_wildcard(mut self) -> Self {
        self.empty_wildcard = true;
        self
    }

    /// Replaces what is in the way at the destination and is of another type (BuildKit 0.14).
    #[must_use]
    pub fn replace_existing(mut self) -> Self {
        self.replace_existing = true;
        self
    }

    pub(super) fn into_pb(self, cwd: &str, base: i64) -> pb::FileActionCopy {
        let (mode, mode_str) = match self.chmod {
            None => (-1, String::new()),
            Some(Chmod::Octal(mode)) => (mode.cast_signed(), String::new()),
            Some(Chmod::Symbolic(mode)) => (0, mode),
        };
        pb::FileActionCopy {
            src: path::resolve("", &self.src),
            dest: path::resolve_dest(cwd, &self.dest),
            owner: owner(self.chown, base),
            mode,
            follow_symlink: self.follow_symlinks,
            dir_copy_contents: self.dir_contents,
            attempt_unpack_docker_compatibility: self.unpack,
            create_dest_path: self.create_dest_path,
            allow_wildcard: self.wildcard,
            allow_empty_wildcard: self.empty_wildcard,
            timestamp: timestamp(self.time),
            include_patterns: self.include,
            exclude_patterns: self.exclude,
            always_replace_existing_dest_paths: self.replace_existing,
            mode_str,
            required_paths: self.required,
        }
    }
}
