//! What `ADD` and `COPY` have in common.

use std::collections::HashMap;

use crate::ast::Word;
use crate::error::Error;
use crate::instruction::Heredoc;
use crate::text::heredoc;
use crate::text::statement::Statement;

/// The files that `ADD` and `COPY` take, and where they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Source paths (for `ADD` also URLs), unexpanded, without the heredocs.
    pub sources: Vec<Word>,
    /// Heredocs given as sources, in order; `content` has its tabs dropped where `chomp` is set.
    pub contents: Vec<Heredoc>,
    /// The destination, unexpanded.
    pub destination: Word,
}

/// Checks that there are a source and a destination.
pub(super) fn check_arity(statement: &Statement, name: &str) -> Result<(), Error> {
    if statement.arguments.words.len() < 2 {
        return Err(Error::new(format!(
            "{name} requires at least two arguments, but only one was provided. Destination could \
             not be determined"
        )));
    }
    Ok(())
}

/// Sorts out the arguments of the instruction `name`.
pub(super) fn parse(statement: &mut Statement, name: &str) -> Result<Files, Error> {
    let mut words = std::mem::take(&mut statement.arguments.words);
    let destination = words.pop().unwrap_or_default();
    // A word with an error in its quotes is a path like others.
    let opens = |word: &Word| heredoc::from_word(&word.text).unwrap_or(None);
    if opens(&destination).is_some() {
        return Err(Error::new(format!("{name} cannot accept a heredoc as a destination"))
            .span(destination.span));
    }
    // Of several with one name, the last one's body counts for all.
    let bodies: HashMap<&str, &str> = statement
        .heredocs
        .iter()
        .map(|heredoc| (heredoc.name.as_str(), heredoc.content.as_str()))
        .collect();
    let mut files = Files { destination, ..Files::default() };
    for word in words {
        match opens(&word) {
            Some(mut opened) => {
                let body = bodies.get(opened.name.as_str()).copied().unwrap_or_default();
                opened.content = if opened.chomp { heredoc::chomp(body) } else { body.to_owned() };
                files.contents.push(opened);
            }
            None => files.sources.push(word),
        }
    }
    Ok(files)
}
