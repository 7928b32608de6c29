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

/// The delimiter of the first heredoc that a shell sees in `line`; in quotes and in arithmetic there is none.
pub(crate) fn heredoc_of_shell(line: &str) -> Option<&str> {
    let mut rest = line;
    let mut arithmetic = 0_usize;
    while let Some(at) = rest.find(['\\', '\'', '"', '<', '(', ')']) {
        let mut characters = rest[at..].chars();
        let quote = characters.next();
        rest = characters.as_str();
        match quote {
            Some('\\') => {
                characters.next();
                rest = characters.as_str();
            }
            Some('\'') => rest = rest.split_once('\'').map_or("", |(_, rest)| rest),
            Some('"') => rest = behind_double_quote(rest),
            Some('(') if rest.starts_with('(') => {
                arithmetic += 1;
                rest = &rest[1..];
            }
            Some(')') if rest.starts_with(')') => {
                arithmetic = arithmetic.saturating_sub(1);
                rest = &rest[1..];
            }
            Some('<') if rest.starts_with('<') => {
                let after = rest.trim_start_matches('<');
                let is_heredoc = rest.len() - after.len() == 1 && arithmetic == 0;
                rest = after;
                let after = after.strip_prefix('-').unwrap_or(after);
                if is_heredoc && let Some(delimiter) = delimiter(after.trim_start()) {
                    return Some(delimiter);
                }
            }
            _ => {}
        }
    }
    None
}

/// What is behind the end of a double-quoted string.
fn behind_double_quote(mut text: &str) -> &str {
    while let Some(at) = text.find(['\\', '"']) {
        let is_end = text[at..].starts_with('"');
        text = &text[at + 1..];
        if is_end {
            return text;
        }
        let mut characters = text.chars();
        characters.next();
        text = characters.as_str();
    }
    ""
}

/// The name that `text` starts with, maybe in quotes, where it may be a delimiter.
fn delimiter(text: &str) -> Option<&str> {
    let text = text.strip_prefix(['\'', '"']).unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let is_end =
        after.is_empty() || after.starts_with([' ', '\t', '\'', '"', ';', '|', '>', '&', ')']);
    (name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && is_end).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::heredoc_of_shell;

    #[test]
    fn heredocs_that_a_shell_sees() {
        for line in [
            "CMD cat <<EOF",
            "CMD cat << EOF",
            "CMD cat <<'EOF' > a",
            "CMD cat <<-EOF",
            "CMD (cat <<EOF)",
            "CMD cat 3<<EOF",
            "CMD echo 'a' \"\\\"b\" <<EOF",
        ] {
            assert_eq!(heredoc_of_shell(line), Some("EOF"), "{line}");
        }
        for line in [
            "CMD cat <<<EOF",
            "CMD cat <<< EOF",
            "CMD echo '<<EOF'",
            "CMD echo \"<<EOF\"",
            "CMD echo \"<<EOF",
            "CMD echo \\<<EOF \\",
            "CMD echo $((1 << N))",
            "CMD echo $((1<<2))",
            "CMD a <<2",
            "CMD echo é <<é",
        ] {
            assert_eq!(heredoc_of_shell(line), None, "{line}");
        }
    }
}
