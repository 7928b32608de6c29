//! A file, directory or link.

use std::fmt;

use crate::escape::escaped;
use crate::hash::Hash;

/// What is at a path.
///
/// It is shown as its line in the list, without the line feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path in the directory that is listed: names with slashes between them. Names are bytes, as file systems
    /// have them.
    pub path: Vec<u8>,
    /// What is there.
    pub node: Node,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Whether its owner may execute it.
        is_executable: bool,
        /// Its size in bytes.
        size: u64,
        /// The hash of its content.
        hash: Hash,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as it is written in it.
        target: Vec<u8>,
    },
    /// Something that has no content.
    Special(Special),
}

/// What has no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharacterDevice,
}

impl Entry {
    /// Something at a path.
    pub fn new(path: impl Into<Vec<u8>>, node: Node) -> Self {
        Self { path: path.into(), node }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = escaped(&self.path);
        match &self.node {
            Node::Directory => write!(f, "d {path}"),
            Node::File { is_executable, size, hash } => {
                let kind = if *is_executable { 'x' } else { 'f' };
                write!(f, "{kind} {size} {hash} {path}")
            }
            Node::Link { target } => write!(f, "l {} {path}", escaped(target)),
            Node::Special(special) => write!(f, "{} {path}", special.letter()),
        }
    }
}

impl Special {
    const ALL: [Self; 4] = [Self::Pipe, Self::Socket, Self::BlockDevice, Self::CharacterDevice];

    /// The word that its line starts with.
    fn letter(self) -> &'static str {
        match self {
            Self::Pipe => "p",
            Self::Socket => "s",
            Self::BlockDevice => "b",
            Self::CharacterDevice => "c",
        }
    }

    /// By the word that its line starts with.
    pub(crate) fn of_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|special| special.letter() == letter)
    }
}
