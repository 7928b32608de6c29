//! What is wrong with a Dockerfile, where, and what to do about it.

use crate::span::{Lines, Span};

/// An error in a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What is wrong, in the reference's words where tools match on them, with the suggestion.
    pub message: String,
    /// The lines of the instruction it is about, where there is one.
    pub lines: Option<Lines>,
    /// The offending word, where it is known.
    pub span: Option<Span>,
    /// What to do next, where the message does not say it.
    pub hint: Option<String>,
    /// Errors that a parser met in other instructions, which have nothing to do with this one.
    pub others: Box<[Self]>,
}

impl Error {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            lines: None,
            span: None,
            hint: None,
            others: Box::default(),
        }
    }

    /// Sets the instruction's lines where none are set yet.
    #[must_use]
    pub fn at(mut self, lines: Lines) -> Self {
        self.lines.get_or_insert(lines);
        self
    }

    /// Sets the offending word where none is set yet.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// Says what to do next where nothing says so yet.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }
}
