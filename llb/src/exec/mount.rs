//! File systems that a command sees beside its root.

use buildkit_proto::pb;

use crate::graph::Output;

/// A file system that a command sees beside its root.
#[derive(Clone, Debug)]
pub struct Mount {
    pub(super) dest: String,
    pub(super) source: Option<Output>,
    pub(super) selector: String,
    pub(super) readonly: bool,
    pub(super) no_output: bool,
    pub(super) kind: Kind,
}

/// What becomes of what a command writes to a mount.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Bind,
    Cache { id: String, sharing: CacheSharing },
    Tmpfs { size: i64 },
}

/// What commands do that want the same cache mount at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheSharing {
    /// They use it together.
    #[default]
    Shared,
    /// Each gets its own.
    Private,
    /// They wait for each other.
    Locked,
}

impl CacheSharing {
    pub(super) fn to_pb(self) -> pb::CacheSharingOpt {
        match self {
            Self::Shared => pb::CacheSharingOpt::Shared,
            Self::Private => pb::CacheSharingOpt::Private,
            Self::Locked => pb::CacheSharingOpt::Locked,
        }
    }
}

impl Mount {
    /// Another file system; `None` is an empty one. Unless it is read-only or discarded, what the
    /// command leaves behind in it is one of its outputs.
    pub fn bind(dest: impl Into<String>, source: impl Into<Option<Output>>) -> Self {
        Self {
            dest: dest.into(),
            source: source.into(),
            selector: String::new(),
            readonly: false,
            no_output: false,
            kind: Kind::Bind,
        }
    }

    /// A directory that outlives the build, found again by its id. It starts as a copy of `source`.
    pub fn cache(
        dest: impl Into<String>,
        source: impl Into<Option<Output>>,
        id: impl Into<String>,
        sharing: CacheSharing,
    ) -> Self {
        Self { kind: Kind::Cache { id: id.into(), sharing }, ..Self::bind(dest, source) }
    }

    /// A file system in memory, of at most `size` bytes; 0 is no limit.
    pub fn tmpfs(dest: impl Into<String>, size: i64) -> Self {
        Self { kind: Kind::Tmpfs { size }, ..Self::bind(dest, None) }
    }

    /// Mounts this path of the source instead of its root.
    #[must_use]
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = path.into();
        self
    }

    /// Doesn't let the command write to it.
    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Discards what the command writes to it.
    #[must_use]
    pub fn discard(mut self) -> Self {
        self.no_output = true;
        self
    }

    /// Whether what the command leaves behind is one of its outputs.
    pub(super) fn has_output(&self) -> bool {
        !self.no_output && !self.readonly && matches!(self.kind, Kind::Bind)
    }
}
