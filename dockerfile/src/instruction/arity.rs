//! How many arguments an instruction takes.

use crate::error::Error;
use crate::text::statement::Statement;
use crate::word::Word;

/// The only argument.
pub(super) fn exactly_one(statement: &mut Statement, name: &str) -> Result<Word, Error> {
    match statement.arguments.words.pop() {
        Some(word) if statement.arguments.words.is_empty() => Ok(word),
        _ => Err(Error::new(format!("{name} requires exactly one argument"))),
    }
}

/// Checks that there are arguments.
pub(super) fn at_least_one<T>(arguments: &[T], name: &str) -> Result<(), Error> {
    if arguments.is_empty() {
        return Err(Error::new(format!("{name} requires at least one argument")));
    }
    Ok(())
}
