//! What is wrong with a Dockerfile, where, and what to do about it.

use crate::span::{Lines, Span};

/// What kind of error it is, for programs that go on differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An instruction, a directive or an option that does not say what it has to.
    #[default]
    Syntax,
    /// A word that no instruction starts with.
    UnknownInstruction,
    /// A flag that the instruction does not have.
    UnknownFlag,
    /// A word that does not expand: quotes or braces that are open, a modifier that asks for an error.
    Expansion,
    /// Something is larger than [`crate::limits`] allows. The message or the hint names the limit.
    Limit,
}

/// An error in a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    /// What kind of error it is.
    pub kind: ErrorKind,
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
            kind: ErrorKind::default(),
            message: message.into(),
            lines: None,
            span: None,
            hint: None,
            others: Box::default(),
        }
    }

    /// Says what kind of error it is.
    #[must_use]
    pub fn kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
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
