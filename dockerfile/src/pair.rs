//! Keys with values.

use crate::word::Word;

/// `key=value` of `ENV` and `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key, unexpanded.
    pub key: Word,
    /// The value, unexpanded.
    pub value: Word,
    /// Whether it is written in the old form, `ENV key value`, without `=`.
    pub legacy: bool,
}
