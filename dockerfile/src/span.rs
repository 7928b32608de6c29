//! Places in the source text.

use std::fmt;

/// A place in the source: a line from 1, and a column from 0, in bytes of that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 0.
    pub column: u32,
}

/// A piece of the source, from `start` up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Where the piece starts.
    pub start: Position,
    /// Just behind its last byte.
    pub end: Position,
}

/// The lines of an instruction, first and last included, from 1.
///
/// This is the location that travels to clients: the reference frontend knows lines only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lines {
    /// The first line, from 1.
    pub first: u32,
    /// The last line, which is one of them.
    pub last: u32,
}

impl Lines {
    /// The lines from `first` to `last`.
    pub const fn new(first: u32, last: u32) -> Self {
        Self { first, last }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "line {}", self.first)
        } else {
            write!(f, "lines {}-{}", self.first, self.last)
        }
    }
}
