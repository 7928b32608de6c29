//! Files that are copied, created and removed.

mod chown;
mod copy;
mod lower;
mod mkdir;
mod mkfile;
mod rm;
mod symlink;

use buildkit_proto::pb;

pub use self::chown::{Chown, Owner};
pub use self::copy::{Chmod, Copy};
pub use self::mkdir::Mkdir;
pub use self::mkfile::Mkfile;
pub use self::rm::Rm;
pub use self::symlink::Symlink;
use crate::graph::Output;

/// Changes to a file system, one after another, without running anything in it.
///
/// The result is one vertex, whatever the number of changes. Relative paths are taken from
/// [`File::cwd`].
#[derive(Clone, Debug)]
pub struct File {
    base: Option<Output>,
    cwd: String,
    actions: Vec<Action>,
}

/// One change.
#[derive(Clone, Debug)]
enum Action {
    Copy(Box<Copy>),
    Mkdir(Mkdir),
    Mkfile(Mkfile),
    Rm(Rm),
    Symlink(Symlink),
}

impl File {
    /// Changes to `base`; `None` is an empty file system.
    pub fn on(base: impl Into<Option<Output>>) -> Self {
        Self { base: base.into(), cwd: "/".to_owned(), actions: Vec::new() }
    }

    /// Sets the directory that relative paths are taken from. Default: the root.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<String>) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Copies files from another file system.
    #[must_use]
    pub fn copy(mut self, copy: Copy) -> Self {
        self.actions.push(Action::Copy(Box::new(copy)));
        self
    }

    /// Creates a directory.
    #[must_use]
    pub fn mkdir(mut self, mkdir: Mkdir) -> Self {
        self.actions.push(Action::Mkdir(mkdir));
        self
    }

    /// Creates a file.
    #[must_use]
    pub fn mkfile(mut self, mkfile: Mkfile) -> Self {
        self.actions.push(Action::Mkfile(mkfile));
        self
    }

    /// Removes files.
    #[must_use]
    pub fn rm(mut self, rm: Rm) -> Self {
        self.actions.push(Action::Rm(rm));
        self
    }

    /// Creates a symbolic link.
    #[must_use]
    pub fn symlink(mut self, symlink: Symlink) -> Self {
        self.actions.push(Action::Symlink(symlink));
        self
    }

    /// Whether there is nothing to do. Adding that to a graph makes a vertex all the same, one without
    /// actions: ask before, and take the base instead.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// A time as it goes over the wire, in nanoseconds since 1970. -1 is the time of the file itself.
fn timestamp(time: Option<i64>) -> i64 {
    time.unwrap_or(-1)
}

/// Permissions as they go over the wire.
fn permissions(mode: u32) -> i32 {
    (mode & 0o777).cast_signed()
}

/// An owner as it goes over the wire. Names are looked up in the input with that index.
fn owner(chown: Option<Chown>, base: i64) -> Option<pb::ChownOpt> {
    chown.map(|chown| chown.into_pb(base))
}
