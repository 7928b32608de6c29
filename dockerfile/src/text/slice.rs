//! A piece of a logical line.

use crate::span::Span;
use crate::text::logical_line::LogicalLine;
use crate::word::Word;

/// A piece of a logical line that knows where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice<'a> {
    pub(crate) line: &'a LogicalLine,
    /// The piece.
    pub(crate) text: &'a str,
    /// Where it starts in the line.
    pub(crate) offset: usize,
}

/// What separates a keyword from its arguments, and arguments in lists.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\x0b' | '\x0c' | '\r' | ' ')
}

impl Slice<'_> {
    /// The piece from byte `start` up to byte `end`; empty where those are no character bounds.
    pub(crate) fn part(self, start: usize, end: usize) -> Self {
        Self { text: self.text.get(start..end).unwrap_or(""), offset: self.offset + start, ..self }
    }

    /// The piece from byte `start` on.
    pub(crate) fn from(self, start: usize) -> Self {
        self.part(start, self.text.len())
    }

    /// Without white space at its ends.
    pub(crate) fn trim(self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        let trimmed = self.from(start);
        trimmed.part(0, trimmed.text.trim_end().len())
    }

    /// What stands before the first blanks, and what stands behind them, where there are any.
    pub(crate) fn split_blank_once(self) -> (Self, Option<Self>) {
        let Some(end) = self.text.find(is_blank) else {
            return (self, None);
        };
        let behind = self.from(end);
        let blanks = behind.text.len() - behind.text.trim_start_matches(is_blank).len();
        (self.part(0, end), Some(behind.from(blanks)))
    }

    /// The pieces between blanks.
    pub(crate) fn split_blank(self) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut rest = Some(self);
        while let Some(slice) = rest {
            let (piece, behind) = slice.split_blank_once();
            pieces.push(piece);
            rest = behind;
        }
        pieces
    }

    /// Where it stands.
    pub(crate) fn span(self) -> Span {
        self.line.span(self.offset..self.offset + self.text.len())
    }

    /// It as a word.
    pub(crate) fn word(self) -> Word {
        Word { text: self.text.to_owned(), span: self.span() }
    }
}
