//! The list of what a directory has.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use crate::entry::{Entry, Node};
use crate::escape::escaped;
use crate::hash::{Hash, Hasher};

/// What a directory has, in order. It is shown as its canonical text, and read from it with [`str::parse`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    entries: Vec<Entry>,
}

/// Entries that no directory has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidList {
    /// A path isn't one in the directory.
    #[error("{:?} is no path in the directory: empty names, \".\", \"..\" and NUL bytes are none", escaped(.path).to_string())]
    Path {
        /// The path.
        path: Vec<u8>,
    },
    /// A link leads nowhere.
    #[error("the link {} has no target", escaped(.path))]
    Target {
        /// The link's path.
        path: Vec<u8>,
    },
    /// Two entries have the same path.
    #[error("{} is there twice", escaped(.path))]
    Twice {
        /// The path.
        path: Vec<u8>,
    },
    /// The directory that an entry is in isn't an entry.
    #[error("the directory of {} is missing", escaped(.path))]
    Parent {
        /// The path of the entry.
        path: Vec<u8>,
    },
}

impl List {
    /// A list of these entries, in whatever order they come. Takes time linear in the length of all paths, but for
    /// putting them in order.
    ///
    /// # Errors
    ///
    /// No directory has these entries.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Result<Self, InvalidList> {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let mut directories = HashSet::new();
        let mut before: Option<&Entry> = None;
        for entry in &entries {
            let path = &entry.path;
            if before.is_some_and(|before| before.path == *path) {
                return Err(InvalidList::Twice { path: path.clone() });
            }
            if !path.split(|byte| *byte == b'/').all(is_name) {
                return Err(InvalidList::Path { path: path.clone() });
            }
            if let Some(slash) = path.iter().rposition(|byte| *byte == b'/')
                && !directories.contains(&path[..slash])
            {
                return Err(InvalidList::Parent { path: path.clone() });
            }
            match &entry.node {
                Node::Directory => drop(directories.insert(path.as_slice())),
                Node::Link { target } if target.is_empty() || target.contains(&0) => {
                    return Err(InvalidList::Target { path: path.clone() });
                }
                _ => {}
            }
            before = Some(entry);
        }
        Ok(Self { entries })
    }

    /// The entries, ordered by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry at a path.
    pub fn get(&self, path: &[u8]) -> Option<&Entry> {
        let place = self.entries.binary_search_by(|entry| entry.path.as_slice().cmp(path));
        place.ok().map(|index| &self.entries[index])
    }

    /// The hash of the list's text.
    pub fn hash(&self) -> Hash {
        let mut text = Hashed(Hasher::new());
        // A hash takes everything.
        let _ = write!(text, "{self}");
        text.0.finish().1
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// Text that goes into a hash as it is written.
struct Hashed(Hasher);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Whether bytes are the name of a file.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}
