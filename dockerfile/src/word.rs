//! Words of the source.

use crate::span::Span;

/// A word of the source, unexpanded, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// The word as written, with quotes and variables, joined over continuation lines.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}
