//! A file to create.

use buildkit_proto::pb;

use super::{Chown, owner, permissions, timestamp};
use crate::path;

/// A file to create, or to replace.
#[derive(Clone, Debug)]
pub struct Mkfile {
    path: String,
    mode: u32,
    data: Vec<u8>,
    chown: Option<Chown>,
    time: Option<i64>,
}

impl Mkfile {
    /// A file with these permissions and contents.
    pub fn new(path: impl Into<String>, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode, data: data.into(), chown: None, time: None }
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

    pub(super) fn into_pb(self, cwd: &str, base: i64) -> pb::FileActionMkFile {
        pb::FileActionMkFile {
            path: path::resolve(cwd, &self.path),
            mode: permissions(self.mode),
            data: self.data,
            owner: owner(self.chown, base),
            timestamp: timestamp(self.time),
        }
    }
}
