//! Files as content: which files a directory has, without anything that differs from one checkout to the next.
//!
//! A [`List`] has an [`Entry`] for each file, directory and symbolic link below a directory: its path, its kind, whether
//! its owner may execute it, its size, the hash of its content, the target of a link. Time stamps, owners and other mode
//! bits aren't in it, and its order depends on the paths alone. So two directories have the same list exactly when they
//! hold the same content.
//!
//! A list has one canonical text, with a line for each entry:
//!
//! ```
//! use aliasfront_content::{Entry, Hash, List, Node};
//!
//! let run = Node::File { is_executable: true, size: 3, hash: Hash::of(b"abc") };
//! let list = List::new([
//!     Entry::new("start", Node::Link { target: b"bin/run".to_vec() }),
//!     Entry::new("bin/run", run),
//!     Entry::new("bin", Node::Directory),
//! ])?;
//! let text = "\
//! d bin
//! x 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad bin/run
//! l bin/run start
//! ";
//! assert_eq!(list.to_string(), text);
//! assert_eq!(text.parse(), Ok(list));
//! # Ok::<(), aliasfront_content::InvalidList>(())
//! ```
//!
//! # The text
//!
//! Every entry is a line that ends with a line feed. Its fields have single spaces between them; the first is the kind:
//!
//! | line | entry |
//! |---|---|
//! | `d PATH` | a directory, also an empty one |
//! | `f SIZE SHA256 PATH` | a regular file that its owner may not execute |
//! | `x SIZE SHA256 PATH` | a regular file that its owner may execute |
//! | `l TARGET PATH` | a symbolic link |
//! | `p PATH`, `s PATH`, `b PATH`, `c PATH` | a named pipe, a socket, a block device, a character device |
//!
//! Sizes are decimal, in bytes; hashes are 64 lower-case hexadecimal digits. Paths are relative to the directory,
//! with slashes between the names, and without `.` and `..`. In paths and targets, every byte that isn't a
//! printable ASCII character, and every space and backslash, is `\x` with two lower-case hexadecimal digits; all other bytes
//! stand for themselves. Lines are ordered by the bytes of the paths, before they are escaped. Every directory that a path leads through
//! has a line of its own.
//!
//! The executable bit is the owner's, as in git: the other two follow from it and from the umask of whoever made the
//! file.
//!
//! # Where the files are
//!
//! A [`Walk`] says which directories to read and which files to hash, and makes the list of what it is told, without
//! I/O. With the feature `directory`, `directory::list` is the list of a directory on disk. [`Limits`] bound both.

mod entry;
mod escape;
mod hash;
mod limits;
mod list;
mod parse;
mod walk;

#[cfg(feature = "directory")]
pub mod directory;

pub use entry::{Entry, Node, Special};
pub use escape::escaped;
pub use hash::{Hash, Hasher, InvalidHash};
pub use limits::{
    Limit, Limits, MAX_DEPTH, MAX_ENTRIES, MAX_LIST_SIZE, MAX_PATH_LENGTH, MAX_TARGET_LENGTH,
};
pub use list::{InvalidList, List};
pub use parse::{Malformed, ParseError};
pub use walk::{Found, Kind, Task, Walk, WalkError};

/// The README's example runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
