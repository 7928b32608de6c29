//! Parser directives: `syntax`, `escape` and `check` in the head of a Dockerfile.

use crate::error::Error;
use crate::source::decode;
use crate::span::Lines;

/// The character that escapes the next one and continues a line: `\`, or `` ` `` by the directive.
pub const DEFAULT_ESCAPE: char = '\\';

/// The directives that a Dockerfile's head sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directives {
    /// `syntax=`: the frontend's image and what follows it on the line.
    pub syntax: Option<Directive>,
    /// `escape=`
    pub escape: char,
    /// `check=`: lint options, up to the first space.
    pub check: Option<Directive>,
}

impl Default for Directives {
    fn default() -> Self {
        Self { syntax: None, escape: DEFAULT_ESCAPE, check: None }
    }
}

/// A directive's value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The value, trimmed.
    pub value: String,
    /// Its line, from 1.
    pub lines: Lines,
}

impl Directive {
    /// The value up to the first space: what stands behind it is a note for people.
    pub fn first_word(&self) -> &str {
        first_word(&self.value)
    }
}

/// The frontend that a source asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syntax {
    /// The frontend's image: the directive's value up to the first space.
    pub image: String,
    /// The directive's whole value.
    pub cmdline: String,
    /// Its line; 0, or 1 behind a shebang, in the JSON form, as the reference has it.
    pub lines: Lines,
}

/// The frontend that `source`, which need not be a Dockerfile, asks for.
///
/// That is a directive `# syntax=` or `// syntax=` in its head, or the key `syntax` where all of it
/// is a JSON object. A shebang line before is skipped.
pub fn detect_syntax(source: &[u8]) -> Option<Syntax> {
    let (text, _) = decode(source);
    let (text, shebang_lines) = body(&text);
    let detected = directive_value(text, "#", Name::Syntax, shebang_lines)
        .or_else(|| directive_value(text, "//", Name::Syntax, shebang_lines));
    if let Some(directive) = detected {
        let image = directive.first_word().to_owned();
        return Some(Syntax { image, cmdline: directive.value, lines: directive.lines });
    }
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    let value = object.get(Name::Syntax.as_str())?.as_str()?;
    Some(Syntax {
        image: value.to_owned(),
        cmdline: value.to_owned(),
        lines: Lines::new(shebang_lines, shebang_lines),
    })
}

/// The lint options that a directive `# check=` in the head of `source` gives, up to the first
/// space, for [`crate::lint::Config::parse`].
pub fn detect_check(source: &[u8]) -> Option<String> {
    let (text, _) = decode(source);
    detect(&text, Name::Check).map(|directive| directive.first_word().to_owned())
}

/// The directive that a comment would be at the top of the Dockerfile: its name and its value. `comment` is without `#`.
pub fn directive_of_comment(comment: &str) -> Option<(&'static str, &str)> {
    split(comment).map(|(name, value)| (name.as_str(), value))
}

/// The directive `# name=` in the head of `text`, behind a shebang line where there is one.
pub(crate) fn detect(text: &str, name: Name) -> Option<Directive> {
    let (text, shebang_lines) = body(text);
    directive_value(text, "#", name, shebang_lines)
}

/// What follows the byte order mark and the shebang line, and how many lines that skips.
fn body(text: &str) -> (&str, u32) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with("#!") {
        (text.split_once('\n').map_or("", |(_, rest)| rest), 1)
    } else {
        (text, 0)
    }
}

pub(crate) fn first_word(value: &str) -> &str {
    value.split_once(' ').map_or(value, |(first, _)| first)
}

fn directive_value(text: &str, prefix: &'static str, name: Name, before: u32) -> Option<Directive> {
    let mut parser = DirectiveParser::new(prefix);
    for (line, number) in text.split('\n').zip(before + 1..) {
        // A directive that is given twice ends the head.
        let read = parser.read(line.strip_suffix('\r').unwrap_or(line)).ok()?;
        if let Some((found, value)) = read
            && found == name
        {
            return Some(Directive { value: value.to_owned(), lines: Lines::new(number, number) });
        }
        if parser.done {
            return None;
        }
    }
    None
}

/// The names of directives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Syntax,
    Escape,
    Check,
}

impl Name {
    const ALL: [Self; 3] = [Self::Syntax, Self::Escape, Self::Check];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Escape => "escape",
            Self::Check => "check",
        }
    }
}

/// Reads directives line by line, until there is a line that is none.
#[derive(Debug)]
pub(crate) struct DirectiveParser {
    /// What a directive starts with.
    prefix: &'static str,
    seen: Vec<Name>,
    done: bool,
}

impl DirectiveParser {
    /// A parser of directives that start with `prefix`.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self { prefix, seen: Vec::new(), done: false }
    }

    /// The directive on `line`, where it is one and those before it were.
    ///
    /// # Errors
    /// Where the same directive is given again.
    pub(crate) fn read<'a>(&mut self, line: &'a str) -> Result<Option<(Name, &'a str)>, Error> {
        if self.done {
            return Ok(None);
        }
        let Some((name, value)) = line.strip_prefix(self.prefix).and_then(split) else {
            self.done = true;
            return Ok(None);
        };
        if self.seen.contains(&name) {
            let name = name.as_str();
            return Err(Error::new(format!("only one {name} parser directive can be used"))
                .hint("remove one of them, or part it from the head by an empty line"));
        }
        self.seen.push(name);
        Ok(Some((name, value)))
    }
}

/// White space within a directive.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// The parts of a directive whose text, without its prefix, is `text`.
fn split(text: &str) -> Option<(Name, &str)> {
    let (key, value) = text.trim_start().split_once('=')?;
    let key = key.trim_end_matches(is_space).to_ascii_lowercase();
    let name = Name::ALL.into_iter().find(|name| name.as_str() == key)?;
    let trimmed = value.trim_matches(is_space);
    if trimmed.is_empty() {
        // The reference's pattern wants a character, and takes the last blank where there is none.
        return value.len().checked_sub(1).and_then(|last| value.get(last..)).map(|v| (name, v));
    }
    Some((name, trimmed))
}
