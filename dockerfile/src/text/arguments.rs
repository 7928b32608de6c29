//! What follows an instruction's flags, by the form that the instruction's arguments have.

use aliasfront_gotext::json::replace_lone_surrogates;
use aliasfront_gotext::quote::quote;

use crate::error::Error;
use crate::keyword::Keyword;
use crate::pair::Pair;
use crate::text::slice::Slice;
use crate::word::Word;

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
    let span = array.span();
    let strings_only = || {
        Error::new("when using JSON array syntax, arrays must be comprised of strings only")
            .span(span)
            .hint("write every element in double quotes")
    };
    let text = replace_lone_surrogates(array.text.into());
    let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(&text) else {
        // Arrays that are too deep for values are arrays all the same, up to the depth that Go reads.
        let deep = (JSON_VALUE_DEPTH..=MAX_JSON_DEPTH).contains(&json_depth(&text))
            && serde_json::from_str::<Vec<serde::de::IgnoredAny>>(&text).is_ok();
        return if deep { Err(strings_only()) } else { Ok(None) };
    };
    let words = values.into_iter().map(|value| match value {
        serde_json::Value::String(text) => Ok(Word { text, span }),
        _ => Err(strings_only()),
    });
    Ok(Some(Arguments {
        words: words.collect::<Result<_, _>>()?,
        json: true,
        ..Arguments::default()
    }))
}

/// How deep arrays and objects may be for `serde_json` to make values of them, with the outermost.
const JSON_VALUE_DEPTH: usize = 128;
/// How deep they may be for Go's `encoding/json`.
const MAX_JSON_DEPTH: usize = 10_000;

/// How deep arrays and objects are within each other in `text`.
fn json_depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string) = (0_usize, 0, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
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

#[cfg(test)]
mod tests {
    use crate::instruction::Kind;

    /// What `CMD` with these arguments comes to: its words, and whether they are for the shell.
    fn cmd(arguments: &str) -> Result<(Vec<String>, bool), String> {
        let source = format!("FROM a\nCMD {arguments}\n");
        let dockerfile = crate::parse(source.as_bytes()).map_err(|error| error.message)?;
        let Kind::Cmd(line) = &dockerfile.stages[0].instructions[0].kind else { unreachable!() };
        Ok((line.args.clone(), line.shell))
    }

    #[test]
    fn halves_of_characters_in_json() {
        for (json, text) in [
            (r"\ud800", "\u{fffd}"),
            (r"\uDC00a", "\u{fffd}a"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ud800\u0041", "\u{fffd}A"),
            (r"\\ud800", r"\ud800"),
            (r"\\\ud800\n", "\\\u{fffd}\n"),
        ] {
            let read = cmd(&format!("[\"{json}\"]"));
            assert_eq!(read, Ok((vec![text.to_owned()], false)), "{json}");
        }
        for wrong in [r#"["\ud80"]"#, r#"["\u+123"]"#, r"[\ud800]"] {
            assert_eq!(cmd(wrong), Ok((vec![wrong.to_owned()], true)));
        }
    }

    #[test]
    fn deep_json() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let error = "when using JSON array syntax, arrays must be comprised of strings only";
        for depth in [2, 127, 128, 129, 10_000] {
            assert_eq!(cmd(&nested(depth)), Err(error.to_owned()), "{depth}");
        }
        assert_eq!(cmd(&nested(10_001)).map(|(_, shell)| shell), Ok(true));
        let open = "[".repeat(200);
        assert_eq!(cmd(&open), Ok((vec![open.clone()], true)));
    }
}
