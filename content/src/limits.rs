//! How much a list may come to.

/// How many entries a list has at the most.
pub const MAX_ENTRIES: u64 = 200_000;
/// How many names a path has at the most.
pub const MAX_DEPTH: u64 = 256;
/// How many bytes a path has at the most: what Linux takes in one call.
pub const MAX_PATH_LENGTH: u64 = 4096;
/// How many bytes the target of a link has at the most: what Linux takes.
pub const MAX_TARGET_LENGTH: u64 = 4096;
/// How many bytes the text of a list has at the most: it fits into one message of `BuildKit`, which has 16 MiB.
pub const MAX_LIST_SIZE: u64 = 15 << 20;

/// A limit and its name, which errors tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The name of the constant.
    pub name: &'static str,
    /// How much is allowed.
    pub most: u64,
}

/// How much a [`Walk`](crate::Walk) may come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many entries there are.
    pub entries: Limit,
    /// How many bytes the text of the list has.
    pub list_size: Limit,
    /// How many bytes all files have together, as far as that is known before they are read. `None` where whoever
    /// reads them can read any number.
    pub content: Option<Limit>,
}

impl Limit {
    /// A limit.
    pub const fn new(name: &'static str, most: u64) -> Self {
        Self { name, most }
    }
}

impl Default for Limits {
    /// [`MAX_ENTRIES`] and [`MAX_LIST_SIZE`], and any content.
    fn default() -> Self {
        Self {
            entries: Limit::new("MAX_ENTRIES", MAX_ENTRIES),
            list_size: Limit::new("MAX_LIST_SIZE", MAX_LIST_SIZE),
            content: None,
        }
    }
}
