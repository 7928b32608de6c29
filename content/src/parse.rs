//! A list from its text.

use std::str::FromStr;

use crate::entry::{Entry, Node, Special};
use crate::escape::unescaped;
use crate::hash::Hash;
use crate::list::{InvalidList, List};

/// A text that is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// A line is no entry.
    #[error("line {line} of the list of files: {reason}")]
    Line {
        /// The line, counting from 1.
        line: usize,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// No directory has these entries.
    #[error("the list of files: {0}")]
    List(#[from] InvalidList),
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// There is no such kind.
    #[error("the kinds of entries are d, f, x, l, p, s, b and c")]
    Kind,
    /// It has too few fields or too many.
    #[error(
        "entries are `d PATH`, `f SIZE SHA256 PATH`, `x SIZE SHA256 PATH`, `l TARGET PATH` or `p PATH`"
    )]
    Fields,
    /// The size is none.
    #[error("a size is a decimal number without leading zeros, below 2^64")]
    Size,
    /// The hash is none.
    #[error("a hash has 64 lower-case hexadecimal digits")]
    Hash,
    /// A path or target isn't escaped, or more of it than has to be.
    #[error(r"spaces, backslashes and what isn't printable ASCII, and only those, are written as \x and two lower-case digits")]
    Escape,
    /// It isn't behind the line before it.
    #[error("lines are ordered by the bytes of their paths")]
    Order,
    /// It has no line feed.
    #[error("the last line has no line feed")]
    End,
}

impl FromStr for List {
    type Err = ParseError;

    /// Reads the canonical text of a list, and no other. Takes time and space linear in the text.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut entries: Vec<Entry> = Vec::new();
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let failed = |reason| ParseError::Line { line: index + 1, reason };
            let line = line.strip_suffix('\n').ok_or_else(|| failed(Malformed::End))?;
            let entry = entry(line).map_err(failed)?;
            // Those that are equal are an error of the list.
            if entries.last().is_some_and(|before| before.path > entry.path) {
                return Err(failed(Malformed::Order));
            }
            entries.push(entry);
        }
        Ok(Self::new(entries)?)
    }
}

fn entry(line: &str) -> Result<Entry, Malformed> {
    let (kind, fields) = line.split_once(' ').unwrap_or((line, ""));
    let name = |word: &str| unescaped(word).ok_or(Malformed::Escape);
    let fields: Vec<&str> = fields.splitn(4, ' ').collect();
    let (node, path) = match (kind, fields.as_slice()) {
        ("d", [path]) => (Node::Directory, path),
        ("f" | "x", [size, hash, path]) => {
            let hash: Hash = hash.parse().map_err(|_| Malformed::Hash)?;
            (Node::File { is_executable: kind == "x", size: number(size)?, hash }, path)
        }
        ("l", [target, path]) => (Node::Link { target: name(target)? }, path),
        ("d" | "f" | "x" | "l", _) => return Err(Malformed::Fields),
        (letter, fields) => {
            let special = Special::of_letter(letter).ok_or(Malformed::Kind)?;
            let [path] = fields else { return Err(Malformed::Fields) };
            (Node::Special(special), path)
        }
    };
    Ok(Entry { path: name(path)?, node })
}

/// A decimal number in its shortest form.
fn number(text: &str) -> Result<u64, Malformed> {
    let is_shortest = text == "0" || text.starts_with(|c: char| matches!(c, '1'..='9'));
    if !is_shortest {
        return Err(Malformed::Size);
    }
    text.parse().map_err(|_| Malformed::Size)
}
