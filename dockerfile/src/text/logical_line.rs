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
    /// Where the first piece is in the source.
    first: Position,
    /// Where in `text` each other piece starts, and where that is in the source; in order.
    others: Vec<Piece>,
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
        Self { lines, fixed, ..Self::default() }
    }

    /// Adds a piece of source that stands at `position`.
    pub(crate) fn push(&mut self, piece: &str, position: Position) {
        if self.text.is_empty() {
            self.first = position;
        } else {
            self.others.push(Piece { offset: self.text.len(), position });
        }
        self.text.push_str(piece);
    }

    /// Says which line is the last one so far.
    pub(crate) fn extend_to(&mut self, last: u32) {
        if self.fixed.is_none() {
            self.lines.last = last;
        }
    }

    /// Takes its text, trimmed.
    pub(crate) fn take_source(&mut self) -> String {
        let mut text = std::mem::take(&mut self.text);
        if text.starts_with(char::is_whitespace) {
            return text.trim().to_owned();
        }
        text.truncate(text.trim_end().len());
        text
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
        let behind = self.others.partition_point(|piece| piece.offset <= offset);
        let first = Piece { offset: 0, position: self.first };
        let Piece { offset: start, position } = behind
            .checked_sub(1)
            .and_then(|index| self.others.get(index))
            .copied()
            .unwrap_or(first);
        Position { line: position.line, column: position.column + (offset - start) as u32 }
    }
}
