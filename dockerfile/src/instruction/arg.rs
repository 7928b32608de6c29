//! `ARG`

use std::collections::HashMap;

use crate::error::Error;
use crate::instruction::arity::at_least_one;
use crate::span::{Position, Span};
use crate::text::statement::Statement;
use crate::word::Word;

/// A variable of `ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: Word,
    /// Its default, unexpanded, where `=` is written.
    pub default: Option<Word>,
    /// What the comment above says of it: the text behind `NAME ` in a line that starts so.
    pub description: Option<String>,
}

/// Flags mean nothing to `ARG`, and are not even checked.
pub(super) fn parse(statement: &mut Statement) -> Result<Vec<Arg>, Error> {
    let words = std::mem::take(&mut statement.arguments.words);
    at_least_one(&words, "ARG")?;
    let descriptions = descriptions(&statement.comments);
    words.into_iter().map(|word| variable(word, &descriptions)).collect()
}

fn variable(word: Word, descriptions: &HashMap<&str, &str>) -> Result<Arg, Error> {
    let (name, default) = match word.text.find('=') {
        Some(0) => return Err(Error::new("ARG names can not be blank").span(word.span)),
        Some(at) => {
            let (name, default) = split(&word, at);
            (name, Some(default))
        }
        None => (word, None),
    };
    let description = descriptions.get(name.text.as_str()).map(|text| (*text).to_owned());
    Ok(Arg { name, default, description })
}

/// What stands before and behind the `=` at byte `at` of `word`.
fn split(word: &Word, at: usize) -> (Word, Word) {
    let (name, default) = (&word.text[..at], &word.text[at + 1..]);
    let Span { start, end } = word.span;
    // Of a word over several lines only the ends are known.
    let one_line =
        start.line == end.line && (end.column - start.column) as usize == word.text.len();
    let behind = |bytes: usize| Position { line: start.line, column: start.column + bytes as u32 };
    let (name_span, default_span) = if one_line {
        (Span { start, end: behind(at) }, Span { start: behind(at + 1), end })
    } else {
        (word.span, word.span)
    };
    (
        Word { text: name.to_owned(), span: name_span },
        Word { text: default.to_owned(), span: default_span },
    )
}

/// What `comments` say of what they start with: the text behind the first space by the text before
/// it; of several the first.
pub(super) fn descriptions(comments: &[String]) -> HashMap<&str, &str> {
    comments.iter().rev().filter_map(|comment| comment.split_once(' ')).collect()
}
