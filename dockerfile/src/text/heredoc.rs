//! Heredocs: which words open them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::Error;
use crate::expand::{Expander, LexError, Unset};
use crate::heredoc::Heredoc;

/// The heredoc that `word` opens, without its body; none where it opens none.
///
/// # Errors
/// Where the delimiter's quotes are not closed.
pub(crate) fn from_word(word: &str) -> Result<Option<Heredoc>, LexError> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (file_descriptor, operator) = word.split_at(digits);
    let Some(after) = operator.strip_prefix("<<") else {
        return Ok(None);
    };
    let (chomp, after) = match after.strip_prefix('-') {
        Some(after) => (true, after),
        None => (false, after),
    };
    let delimiter = after.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
    if delimiter.is_empty() || delimiter.contains('<') {
        return Ok(None);
    }
    // Read with quotes and without: where quotes go missing, something in it was quoted.
    let expander = Expander { skip_unset: true, ..Expander::new('\\') };
    let Ok([name]) = <[String; 1]>::try_from(expander.lex_words(delimiter, &Unset)?) else {
        return Ok(None);
    };
    let raw = Expander { raw_quotes: true, ..expander }.lex_words(delimiter, &Unset)?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    let expand = quotes(&name) == raw.iter().map(|word| quotes(word)).sum::<usize>();
    Ok(Some(Heredoc {
        name,
        content: Arc::default(),
        expand,
        chomp,
        file_descriptor: match file_descriptor {
            "" => 0,
            // A number that does not fit is as large as numbers get.
            digits => digits.parse().unwrap_or(u32::MAX),
        },
    }))
}

/// The heredocs that `line`, an instruction, opens, without their bodies.
///
/// # Errors
/// Where a delimiter's quotes are not closed. A line that is no words at all opens none.
pub(crate) fn in_line(line: &str) -> Result<VecDeque<Heredoc>, Error> {
    let expander =
        Expander { raw_quotes: true, raw_escapes: true, skip_unset: true, ..Expander::new('\\') };
    let words = match expander.lex_words(line, &Unset) {
        Ok(words) => words,
        Err(LexError::Syntax(..)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut heredocs = VecDeque::new();
    for word in words {
        heredocs.extend(from_word(&word)?);
    }
    Ok(heredocs)
}
