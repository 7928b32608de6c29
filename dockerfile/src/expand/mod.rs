//! Word expansion: variables with their modifiers, quotes and escapes.
//!
//! The rules are those of the reference's `shell` package: nearly a POSIX shell's, with its own
//! modifiers and its own quirks, which are kept, since expanded words go into digests.

mod env_list;
mod lexer;
mod pattern;
mod replacement;
mod steps;

use std::collections::BTreeSet;

pub use env_list::EnvList;
pub(crate) use lexer::LexError;

use crate::error::Error;
use lexer::Lexer;

/// Where variables get their values.
pub trait Environment {
    /// The value of `name`, `None` where it is not set.
    fn get(&self, name: &str) -> Option<&str>;
    /// The names that are set, in their order.
    fn names(&self) -> Vec<&str>;
}

/// An environment in which nothing is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unset;

impl Environment for Unset {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// How words are expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expander {
    /// The character that takes the next one's meaning away.
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
    /// What the word comes to.
    pub text: String,
    /// Names of variables that were set when used.
    pub used: BTreeSet<String>,
    /// Names of variables that were not set when used, with or without a modifier.
    pub unset: BTreeSet<String>,
}

impl Expander {
    /// An expander that gives everything its meaning and leaves nothing as it is written.
    pub const fn new(escape: char) -> Self {
        Self {
            escape,
            raw_quotes: false,
            raw_escapes: false,
            skip_process_quotes: false,
            skip_unset: false,
        }
    }

    /// Expands `word`: replaces variables, drops quotes and escapes. White space stays.
    ///
    /// # Errors
    /// Where quotes or braces are not closed, a modifier is unknown, a `?` modifier asks for an
    /// error, or a limit is exceeded ([`crate::limits`]).
    pub fn expand(&self, word: &str, env: &dyn Environment) -> Result<Expansion, Error> {
        self.expand_counted(word, env).0
    }

    /// [`Self::expand`], and how much work that was, also where it fails: bytes that were read or
    /// copied and characters that were compared with patterns. For those who expand many words.
    pub fn expand_counted(
        &self,
        word: &str,
        env: &dyn Environment,
    ) -> (Result<Expansion, Error>, usize) {
        if self.is_literal(word) {
            return (Ok(Expansion { text: word.to_owned(), ..Expansion::default() }), word.len());
        }
        let (expansion, steps) = Lexer::new(*self, word, env).expand(word);
        (expansion.map_err(Error::from), steps)
    }

    /// The variables that `word` uses, also where it does not expand: those up to there.
    pub fn names(&self, word: &str, env: &dyn Environment) -> Expansion {
        Lexer::new(*self, word, env).names()
    }

    /// Expands `text` and splits the result into words, at white space that is not quoted and came
    /// from the text or from a variable.
    ///
    /// # Errors
    /// As [`Self::expand`].
    pub fn expand_words(&self, text: &str, env: &dyn Environment) -> Result<Vec<String>, Error> {
        self.expand_words_counted(text, env).0
    }

    /// [`Self::expand_words`], and how much work that was, as [`Self::expand_counted`] has it.
    pub fn expand_words_counted(
        &self,
        text: &str,
        env: &dyn Environment,
    ) -> (Result<Vec<String>, Error>, usize) {
        let (words, steps) = Lexer::new(*self, text, env).words(text);
        (words.map_err(Error::from), steps)
    }

    /// [`Self::expand_words`] that tells apart errors of the text and exceeded limits.
    pub(crate) fn lex_words(
        self,
        text: &str,
        env: &dyn Environment,
    ) -> Result<Vec<String>, LexError> {
        Lexer::new(self, text, env).words(text).0
    }

    /// Whether nothing in `word` has a meaning.
    fn is_literal(self, word: &str) -> bool {
        !word.starts_with('\u{feff}')
            && word.len() <= crate::limits::MAX_EXPANSION_LENGTH
            && !word.contains(['$', '\'', '"', self.escape])
    }
}
