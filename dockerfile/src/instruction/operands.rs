//! What `ADD` and `COPY` have in common.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Error;
use crate::heredoc::{Heredoc, without_tabs};
use crate::text::heredoc;
use crate::text::statement::Statement;
use crate::word::Word;

/// The operands of `ADD` and `COPY`: what they take, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operands {
    /// Source paths (for `ADD` also URLs), unexpanded, without the heredocs.
    pub sources: Vec<Word>,
    /// Heredocs given as sources, in order; `content` has its tabs dropped where `chomp` is set.
    pub contents: Vec<Heredoc>,
    /// The destination, unexpanded.
    pub destination: Word,
}

impl Operands {
    /// The delimiter of a heredoc that is none, since a blank parts it from its `<<`: both are paths.
    pub(crate) fn heredoc_not_taken(&self) -> Option<&str> {
        let paths: Vec<&str> =
            self.sources.iter().chain([&self.destination]).map(|word| word.text.as_str()).collect();
        let is_operator = |word: &str| {
            matches!(word.trim_start_matches(|c: char| c.is_ascii_digit()), "<<" | "<<-")
        };
        paths.windows(2).find_map(|pair| match pair {
            [operator, delimiter] if is_operator(operator) => Some(*delimiter),
            _ => None,
        })
    }
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
pub(super) fn parse(statement: &mut Statement, name: &str) -> Result<Operands, Error> {
    let mut words = std::mem::take(&mut statement.arguments.words);
    let destination = words.pop().unwrap_or_default();
    // A word with an error in its quotes is a path like others.
    let opens = |word: &Word| heredoc::from_word(&word.text).unwrap_or(None);
    if opens(&destination).is_some() {
        return Err(Error::new(format!("{name} cannot accept a heredoc as a destination"))
            .span(destination.span));
    }
    let mut bodies = Bodies::of(&statement.heredocs);
    let mut files = Operands { destination, ..Operands::default() };
    for word in words {
        match opens(&word) {
            Some(mut opened) => {
                opened.content = bodies.get(&opened.name, opened.chomp);
                files.contents.push(opened);
            }
            None => files.sources.push(word),
        }
    }
    Ok(files)
}

/// The bodies of heredocs by their names. Of several with one name, the last one's body counts for
/// all, and all share it: a line can open one a thousand times.
struct Bodies<'a>(HashMap<&'a str, Body>);

struct Body {
    written: Arc<str>,
    /// Without the tabs that its lines start with, once that was asked for.
    chomped: Option<Arc<str>>,
}

impl<'a> Bodies<'a> {
    fn of(heredocs: &'a [Heredoc]) -> Self {
        let body =
            |heredoc: &Heredoc| Body { written: Arc::clone(&heredoc.content), chomped: None };
        Self(heredocs.iter().map(|heredoc| (heredoc.name.as_str(), body(heredoc))).collect())
    }

    fn get(&mut self, name: &str, chomp: bool) -> Arc<str> {
        let Some(Body { written, chomped }) = self.0.get_mut(name) else {
            return Arc::default();
        };
        if !chomp {
            return Arc::clone(written);
        }
        Arc::clone(chomped.get_or_insert_with(|| without_tabs(written).into()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::instruction::Kind;

    #[test]
    fn heredocs_of_one_name_share_their_body() {
        let openers = "<<a <<-a ".repeat(500);
        let bodies = format!("{}\tbody\na\n", "a\n".repeat(999));
        for keyword in ["ADD", "COPY"] {
            let source = format!("FROM a\n{keyword} {openers}/\n{bodies}");
            let dockerfile = crate::parse(source.as_bytes()).unwrap();
            let (Kind::Add(crate::instruction::Add { files, .. })
            | Kind::Copy(crate::instruction::Copy { files, .. })) =
                &dockerfile.stages[0].instructions[0].kind
            else {
                unreachable!()
            };
            let contents: Vec<_> = files.contents.iter().map(|heredoc| &heredoc.content).collect();
            assert_eq!(contents.len(), 1000);
            assert_eq!((&**contents[0], &**contents[999]), ("\tbody\n", "body\n"));
            let places: HashSet<_> = contents.iter().map(|content| content.as_ptr()).collect();
            assert_eq!(places.len(), 2, "one with tabs and one without");
        }
    }
}
