//! A symbolic link to create.

use buildkit_proto::pb;

use super::{Chown, owner, timestamp};

/// A symbolic link to create (BuildKit 0.19). Its paths are written as they are.
#[derive(Clone, Debug)]
pub struct Symlink {
    target: String,
    path: String,
    chown: Option<Chown>,
    time: Option<i64>,
}

impl Symlink {
    /// A link at `path` that leads to `target`.
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self { target: target.into(), path: path.into(), chown: None, time: None }
    }

    /// Sets the owner.
    #[must_use]
    pub fn chown(mut self, chown: impl Into<Option<Chown>>) -> Self {
        self.chown = chown.into();
        self
    }

    /// Sets the modification time, in nanoseconds since 1970.
    #[must_use]
    pub fn time(mut self, nanoseconds: impl Into<Option<i64>>) -> Self {
        self.time = nanoseconds.into();
        self
    }

    pub(super) fn into_pb(self, base: i64) -> pb::FileActionSymlink {
        pb::FileActionSymlink {
            oldpath: self.target,
            newpath: self.path,
            owner: owner(self.chown, base),
            timestamp: timestamp(self.time),
        }
    }
}
