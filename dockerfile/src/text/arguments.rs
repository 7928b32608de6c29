//! What follows an instruction's flags, by the form that the instruction's arguments have.

use crate::ast::Word;
use crate::error::Error;
use crate::go::quote::quote;
use crate::instruction::{Keyword, Pair};
use crate::text::slice::Slice;

/// An instruction's arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    /// Words, the strings of a JSON array, or one text.
    pub(crate) words: Vec<Word>,
    /// Keys and values.
    pub(crate) pairs: Vec<Pair>,
    /// Whether they are a JSON array.
    pub(crate) json: bool,
}

impl Arguments {
    fn words(words: Vec<Word>) -> Self {
        Self { words, ..Self::default() }
    }
}

/// Reads the arguments `rest`, trimmed, of an instruction.
pub(crate) fn read(
    keyword: Option<Keyword>,
    rest: Slice<'_>,
    escape: char,
) -> Result<Arguments, Error> {
    let Some(keyword) = keyword else {
        return Ok(Arguments::default());
    };
    if rest.text.is_empty() {
        return Ok(Arguments::default());
    }
    Ok(match keyword {
        Keyword::Add | Keyword::Copy | Keyword::Volume => match json(rest)? {
            Some(arguments) => arguments,
            None => list(rest),
        },
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell => command(rest)?,
        Keyword::Expose | Keyword::From => list(rest),
        Keyword::Maintainer | Keyword::Stopsignal | Keyword::User | Keyword::Workdir => {
            Arguments::words(vec![rest.word()])
        }
        Keyword::Arg => Arguments::words(words(rest, escape).iter().map(|w| w.word()).collect()),
        Keyword::Env => pairs(rest, "ENV", escape)?,
        Keyword::Label => pairs(rest, "LABEL", escape)?,
        Keyword::Healthcheck => healthcheck(rest)?,
        // What it holds is read instead.
        Keyword::Onbuild => Arguments::default(),
    })
}

/// Words between blanks; quotes mean nothing.
fn list(rest: Slice<'_>) -> Arguments {
    Arguments::words(rest.split_blank().into_iter().map(Slice::word).collect())
}

/// A JSON array, or a command for the shell.
fn command(rest: Slice<'_>) -> Result<Arguments, Error> {
    Ok(match json(rest)? {
        Some(arguments) => arguments,
        None => Arguments::words(vec![rest.word()]),
    })
}

/// The strings of a JSON array; none where it is no JSON array.
fn json(rest: Slice<'_>) -> Result<Option<Arguments>, Error> {
    let array = rest.trim();
    if !array.text.starts_with('[') {
        return Ok(None);
    }
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(array.text) else {
        return Ok(None);
    };
    let span = array.span();
    let words = values.into_iter().map(|value| match value {
        serde_json::Value::String(text) => Ok(Word { text, span }),
        _ => Err(Error::new(
            "when using JSON array syntax, arrays must be comprised of strings only",
        )
        .span(span)
        .hint("write every element in double quotes")),
    });
    Ok(Some(Arguments {
        words: words.collect::<Result<_, _>>()?,
        json: true,
        ..Arguments::default()
    }))
}

/// A kind of check and its command.
fn healthcheck(rest: Slice<'_>) -> Result<Arguments, Error> {
    let end = rest.text.find(is_ascii_space).unwrap_or(rest.text.len());
    let behind = rest.from(end);
    let blanks = behind.text.len() - behind.text.trim_start_matches(is_ascii_space).len();
    let behind = behind.from(blanks);
    let mut arguments =
        if behind.text.is_empty() { Arguments::default() } else { command(behind)? };
    arguments.words.insert(0, rest.part(0, end).word());
    Ok(arguments)
}

fn is_ascii_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | ' ')
}

/// `key=value …`, or `key value` in the old form.
fn pairs(rest: Slice<'_>, command: &str, escape: char) -> Result<Arguments, Error> {
    let words = words(rest, escape);
    let Some(first) = words.first() else {
        return Ok(Arguments::default());
    };
    let pairs = if first.text.contains('=') {
        words.iter().map(|word| pair(*word)).collect::<Result<_, _>>()?
    } else {
        let (key, value) = rest.split_blank_once();
        let value = value.ok_or_else(|| {
            Error::new(format!("{command} must have two arguments"))
                .span(rest.span())
                .hint(format!("write {command} NAME=VALUE"))
        })?;
        vec![Pair { key: key.word(), value: value.word(), legacy: true }]
    };
    Ok(Arguments { pairs, ..Arguments::default() })
}

fn pair(word: Slice<'_>) -> Result<Pair, Error> {
    let at = word.text.find('=').ok_or_else(|| {
        let text = quote(word.text);
        Error::new(format!(
            "Syntax error - can't find = in {text}. Must be of the form: name=value"
        ))
        .span(word.span())
        .hint("a value that holds blanks needs quotes around it")
    })?;
    Ok(Pair { key: word.part(0, at).word(), value: word.from(at + 1).word(), legacy: false })
}

/// The words of `rest`: separated by white space that is neither quoted nor escaped; with their
/// quotes and escapes, but for an escape character at the very end.
fn words(rest: Slice<'_>, escape: char) -> Vec<Slice<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut end = rest.text.len();
    let mut chars = rest.text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if start.is_none() {
            if c.is_whitespace() {
                continue;
            }
            start = Some(at);
        }
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|start| rest.part(start, at)));
        } else if c == escape && quote != Some('\'') {
            if chars.next().is_none() {
                end = at;
            }
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '\'' || c == '"') {
            quote = Some(c);
        }
    }
    words.extend(start.filter(|start| *start < end).map(|start| rest.part(start, end)));
    words
}
