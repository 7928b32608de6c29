//! Files to remove.

use buildkit_proto::pb;

use crate::path;

/// Files to remove.
#[derive(Clone, Debug)]
pub struct Rm {
    path: String,
    allow_not_found: bool,
    wildcard: bool,
}

impl Rm {
    /// The file or directory at `path`.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), allow_not_found: false, wildcard: false }
    }

    /// Doesn't fail if it isn't there.
    #[must_use]
    pub fn allow_not_found(mut self) -> Self {
        self.allow_not_found = true;
        self
    }

    /// Takes the path for a pattern.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    pub(super) fn into_pb(self, cwd: &str) -> pb::FileActionRm {
        pb::FileActionRm {
            path: path::resolve(cwd, &self.path),
            allow_not_found: self.allow_not_found,
            allow_wildcard: self.wildcard,
        }
    }
}
