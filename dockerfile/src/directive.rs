//! Parser directives: `syntax`, `escape` and `check` in the head of a Dockerfile.

use crate::ast::DEFAULT_ESCAPE;
use crate::span::Lines;

/// The directives that a Dockerfile's head sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directives {
    /// `syntax=`: the frontend's image and what follows it on the line.
    pub syntax: Option<Directive>,
    /// `escape=`
    pub escape: char,
    /// `check=`: lint options.
    pub check: Option<Directive>,
}

impl Default for Directives {
    fn default() -> Self {
        Self { syntax: None, escape: DEFAULT_ESCAPE, check: None }
    }
}

/// A directive's value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The value, trimmed.
    pub value: String,
    /// Its line.
    pub lines: Lines,
}
