//! An instruction's lines, joined.

use std::ops::Range;

use crate::span::{Lines, Position, Span};
use crate::text::slice::Slice;

/// An instruction as one line, its continuations joined, that knows where each byte comes from.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogicalLine {
    /// The joined text.
    pub(crate) text: String,
    /// The lines it takes, heredoc bodies included once they are read.
    pub(crate) lines: Lines,
    /// Where in `text` each piece starts, and where that is in the source; in order.
    pieces: Vec<Piece>,
    /// Where all of it stands, for text that is not of this source.
    fixed: Option<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    offset: usize,
    position: Position,
}

impl LogicalLine {
    /// An empty line that starts at line `first`, or, with a fixed place, stands there altogether.
    pub(crate) fn new(first: u32, fixed: Option<Lines>) -> Self {
        let lines = fixed.unwrap_or(Lines::new(first, first));
        let fixed = fixed.map(|lines| {
            let start = Position { line: lines.first, column: 0 };
            Span { start, end: start }
        });
        Self { text: String::new(), lines, pieces: Vec::new(), fixed }
    }

    /// Adds a piece of source that stands at `position`.
    pub(crate) fn push(&mut self, piece: &str, position: Position) {
        self.pieces.push(Piece { offset: self.text.len(), position });
        self.text.push_str(piece);
    }

    /// Says which line is the last one so far.
    pub(crate) fn extend_to(&mut self, last: u32) {
        if self.fixed.is_none() {
            self.lines.last = last;
        }
    }

    /// All of it.
    pub(crate) fn slice(&self) -> Slice<'_> {
        Slice { line: self, text: &self.text, offset: 0 }
    }

    /// Where the bytes of `range` stand in the source.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        if let Some(span) = self.fixed {
            return span;
        }
        // The end is just behind the last byte, not at the start of the piece behind it.
        let end = if range.end > range.start {
            let last = self.position(range.end - 1);
            Position { line: last.line, column: last.column + 1 }
        } else {
            self.position(range.end)
        };
        Span { start: self.position(range.start), end }
    }

    fn position(&self, offset: usize) -> Position {
        let behind = self.pieces.partition_point(|piece| piece.offset <= offset);
        match behind.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) => Position {
                line: piece.position.line,
                column: piece.position.column + (offset - piece.offset) as u32,
            },
            None => Position { line: self.lines.first, column: 0 },
        }
    }
}
