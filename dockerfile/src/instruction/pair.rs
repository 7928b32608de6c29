//! `ENV` and `LABEL`: keys and values.

use crate::error::Error;
use crate::instruction::{arity, flags};
use crate::pair::Pair;
use crate::text::statement::Statement;

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
