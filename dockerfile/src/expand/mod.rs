//! Word expansion: variables with their modifiers, quotes and escapes.

use std::collections::BTreeSet;

/// Where variables get their values.
pub trait Environment {
    /// The value of `name`, `None` where it is not set.
    fn get(&self, name: &str) -> Option<&str>;
    /// The names that are set, in their order.
    fn names(&self) -> Vec<&str>;
}

/// How words are expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expander {
    /// The escape character.
    pub escape: char,
    /// Keep quotes in the result.
    pub raw_quotes: bool,
    /// Keep escape characters in the result.
    pub raw_escapes: bool,
    /// Do not give quotes a meaning at all.
    pub skip_process_quotes: bool,
    /// Leave variables that are not set as they are written.
    pub skip_unset: bool,
}

/// An expanded word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// The value.
    pub text: String,
    /// Names of variables that were set when used.
    pub used: BTreeSet<String>,
    /// Names of variables that were not set when used, without a modifier that provides for it.
    pub unset: BTreeSet<String>,
}
