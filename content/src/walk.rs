//! The way through a tree, without I/O.

use std::collections::VecDeque;

use crate::entry::{Entry, Node, Special};
use crate::escape::{escaped, escaped_length};
use crate::hash::Hash;
use crate::limits::{Limit, Limits, MAX_DEPTH, MAX_PATH_LENGTH, MAX_TARGET_LENGTH};
use crate::list::{InvalidList, List, is_name};

/// How many bytes a line has beside path and target, at the most: kind, size, hash, three spaces and the line feed.
const LINE: usize = 1 + 20 + 64 + 3 + 1;

/// Makes the list of a tree, wherever that is: it says which directories to read and which files to hash, and is told
/// what was found, in any order.
///
/// ```
/// use aliasfront_content::{Found, Hash, Kind, Limits, Task, Walk};
///
/// let mut walk = Walk::new(Limits::default());
/// while let Some(task) = walk.next_task() {
///     match task {
///         Task::Read { directory, path } => {
///             let found = match path.as_slice() {
///                 b"" => vec![Found::new("src", Kind::Directory)],
///                 _ => vec![Found::new("a.c", Kind::File { is_executable: false, size: 3 })],
///             };
///             walk.read(directory, found)?;
///         }
///         Task::Hash { file, .. } => walk.hashed(file, 3, Hash::of(b"abc")),
///     }
/// }
/// let list = walk.finish()?;
/// assert_eq!(list.entries().len(), 2);
/// # Ok::<(), aliasfront_content::WalkError>(())
/// ```
#[derive(Debug)]
pub struct Walk {
    limits: Limits,
    entries: Vec<Pending>,
    /// Directories that nobody was told to read yet, by their places; `None` is the root.
    unread: VecDeque<Option<usize>>,
    /// Files that nobody was told to hash yet, by their places.
    unhashed: VecDeque<usize>,
    /// How many directories and files are still unknown.
    open: usize,
    /// At the most so many bytes the list has so far.
    list_size: u64,
    /// So many bytes the files have so far.
    content: u64,
}

/// Something to do for a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Read a directory, then call [`Walk::read`].
    Read {
        /// Which it is, for the answer.
        directory: usize,
        /// Its path; empty for the root.
        path: Vec<u8>,
    },
    /// Hash a file's content, then call [`Walk::hashed`].
    Hash {
        /// Which it is, for the answer.
        file: usize,
        /// Its path.
        path: Vec<u8>,
        /// Its size in bytes, as it was found.
        size: u64,
    },
}

/// Something in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Whether its owner may execute it.
        is_executable: bool,
        /// Its size in bytes.
        size: u64,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as it is written in it.
        target: Vec<u8>,
    },
    /// Something that has no content.
    Special(Special),
}

/// A tree that can't be listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// There are too many entries.
    #[error("there are more than {} files and directories ({})", .0.most, .0.name)]
    Entries(Limit),
    /// The list gets too long.
    #[error("the list of files would have more than {} bytes ({})", .0.most, .0.name)]
    ListSize(Limit),
    /// The files are too large.
    #[error("the files have more than {} bytes ({})", .0.most, .0.name)]
    Content(Limit),
    /// A path is too long.
    #[error("a path in {} has more than {MAX_PATH_LENGTH} bytes (MAX_PATH_LENGTH)", escaped(.directory))]
    PathLength {
        /// The directory that it is in.
        directory: Vec<u8>,
    },
    /// A target is too long.
    #[error("the target of {} has more than {MAX_TARGET_LENGTH} bytes (MAX_TARGET_LENGTH)", escaped(.path))]
    TargetLength {
        /// The link.
        path: Vec<u8>,
    },
    /// A path has too many names.
    #[error("a path in {} has more than {MAX_DEPTH} names (MAX_DEPTH)", escaped(.directory))]
    Depth {
        /// The directory that it is in.
        directory: Vec<u8>,
    },
    /// A name isn't one.
    #[error("{:?} is no name of a file", escaped(.name).to_string())]
    Name {
        /// The name.
        name: Vec<u8>,
    },
    /// What was found makes no list.
    #[error(transparent)]
    List(#[from] InvalidList),
    /// Not all tasks were done.
    #[error("the walk isn't at its end")]
    Unfinished,
}

/// An entry whose content may be unknown.
#[derive(Debug)]
struct Pending {
    path: Vec<u8>,
    /// How many names the path has.
    depth: u64,
    kind: Kind,
    hash: Option<Hash>,
}

impl Found {
    /// Something in a directory.
    pub fn new(name: impl Into<Vec<u8>>, kind: Kind) -> Self {
        Self { name: name.into(), kind }
    }
}

impl Walk {
    /// The place of the root, which is no entry.
    const ROOT: usize = usize::MAX;

    /// A walk through a tree, of which nothing is known yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: Vec::new(),
            unread: VecDeque::from([None]),
            unhashed: VecDeque::new(),
            open: 1,
            list_size: 0,
            content: 0,
        }
    }

    /// The next task that nobody was given yet. Directories come first, so that limits are known to hold before files
    /// are read. Without a task there may be some again when others are done.
    pub fn next_task(&mut self) -> Option<Task> {
        if let Some(place) = self.unread.pop_front() {
            let path = place.map_or_else(Vec::new, |place| self.entries[place].path.clone());
            return Some(Task::Read { directory: place.unwrap_or(Self::ROOT), path });
        }
        let file = self.unhashed.pop_front()?;
        let Pending { path, kind, .. } = &self.entries[file];
        let size = if let Kind::File { size, .. } = kind { *size } else { 0 };
        Some(Task::Hash { file, path: path.clone(), size })
    }

    /// Takes what is in a directory, in any order.
    ///
    /// # Errors
    ///
    /// A limit is reached, or a name isn't one.
    pub fn read(
        &mut self,
        directory: usize,
        found: impl IntoIterator<Item = Found>,
    ) -> Result<(), WalkError> {
        self.open = self.open.saturating_sub(1);
        let parent = self.entries.get(directory);
        let depth = parent.map_or(0, |parent| parent.depth) + 1;
        let parent = parent.map_or_else(Vec::new, |parent| parent.path.clone());
        for Found { name, kind } in found {
            if !is_name(&name) {
                return Err(WalkError::Name { name });
            }
            if depth > MAX_DEPTH {
                return Err(WalkError::Depth { directory: parent });
            }
            let mut path = parent.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend(&name);
            if path.len() as u64 > MAX_PATH_LENGTH {
                return Err(WalkError::PathLength { directory: parent });
            }
            self.add(Pending { path, depth, kind, hash: None })?;
        }
        Ok(())
    }

    fn add(&mut self, entry: Pending) -> Result<(), WalkError> {
        let place = self.entries.len();
        if place as u64 >= self.limits.entries.most {
            return Err(WalkError::Entries(self.limits.entries));
        }
        let mut length = LINE + escaped_length(&entry.path);
        match &entry.kind {
            Kind::Directory => {
                self.unread.push_back(Some(place));
                self.open += 1;
            }
            Kind::File { size, .. } => {
                self.unhashed.push_back(place);
                self.open += 1;
                self.content = self.content.saturating_add(*size);
            }
            Kind::Link { target } => {
                if target.len() as u64 > MAX_TARGET_LENGTH {
                    return Err(WalkError::TargetLength { path: entry.path });
                }
                length += escaped_length(target);
            }
            Kind::Special(_) => {}
        }
        self.list_size = self.list_size.saturating_add(length as u64);
        if self.list_size > self.limits.list_size.most {
            return Err(WalkError::ListSize(self.limits.list_size));
        }
        if let Some(limit) = self.limits.content.filter(|limit| self.content > limit.most) {
            return Err(WalkError::Content(limit));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Takes the hash of a file's content, and how many bytes that has: files may change while they are read, and what
    /// was read is what counts.
    pub fn hashed(&mut self, file: usize, size: u64, hash: Hash) {
        let Some(entry) = self.entries.get_mut(file) else { return };
        let Kind::File { size: found, .. } = &mut entry.kind else { return };
        *found = size;
        if entry.hash.replace(hash).is_none() {
            self.open = self.open.saturating_sub(1);
        }
    }

    /// The list.
    ///
    /// # Errors
    ///
    /// Not all tasks are done, or two entries have the same path.
    pub fn finish(self) -> Result<List, WalkError> {
        if self.open > 0 {
            return Err(WalkError::Unfinished);
        }
        let mut entries = Vec::with_capacity(self.entries.len());
        for Pending { path, kind, hash, .. } in self.entries {
            let node = match kind {
                Kind::Directory => Node::Directory,
                Kind::File { is_executable, size } => {
                    let hash = hash.ok_or(WalkError::Unfinished)?;
                    Node::File { is_executable, size, hash }
                }
                Kind::Link { target } => Node::Link { target },
                Kind::Special(special) => Node::Special(special),
            };
            entries.push(Entry { path, node });
        }
        Ok(List::new(entries)?)
    }
}
