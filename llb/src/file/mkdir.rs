//! A directory to create.

use buildkit_proto::pb;

use super::{Chown, owner, permissions, timestamp};
use crate::path;

/// A directory to create.
#[derive(Clone, Debug)]
pub struct Mkdir {
    path: String,
    mode: u32,
    parents: bool,
    chown: Option<Chown>,
    time: Option<i64>,
}

impl Mkdir {
    /// A directory with these permissions: the lowest nine bits of `mode`. Others (sticky,
    /// set-user-id, set-group-id) are dropped, as the reference drops them.
    pub fn new(path: impl Into<String>, mode: u32) -> Self {
        Self { path: path.into(), mode, parents: false, chown: None, time: None }
    }

    /// Creates the directories that it is in, and doesn't fail if it is there already.
    #[must_use]
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
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

    pub(super) fn into_pb(self, cwd: &str, base: i64) -> pb::FileActionMkDir {
        pb::FileActionMkDir {
            path: path::resolve(cwd, &self.path),
            mode: permissions(self.mode),
            make_parents: self.parents,
            owner: owner(self.chown, base),
            timestamp: timestamp(self.time),
        }
    }
}
