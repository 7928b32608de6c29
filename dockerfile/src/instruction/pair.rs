//! `ENV` and `LABEL`: keys and values.

use crate::ast::Word;
use crate::error::Error;
use crate::instruction::{arity, flags};
use crate::text::statement::Statement;

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

pub(super) fn parse(statement: &mut Statement, name: &str) -> Result<Vec<Pair>, Error> {
    flags::none(&statement.flags)?;
    let pairs = std::mem::take(&mut statement.arguments.pairs);
    arity::at_least_one(&pairs, name)?;
    match pairs.iter().find(|pair| pair.key.text.is_empty()) {
        Some(blank) => {
            Err(Error::new(format!("{name} names can not be blank")).span(blank.value.span))
        }
        None => Ok(pairs),
    }
}
