//! Flags between an instruction's keyword and its arguments.

use crate::span::Span;
use crate::text::slice::Slice;

/// A flag as it is given.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    /// Its name, without the dashes.
    pub(crate) name: String,
    /// What stands behind `=`, where there is one, without quotes and escapes.
    pub(crate) value: Option<String>,
    /// Where it stands.
    pub(crate) span: Span,
    /// Where its value stands, quotes included; empty where it has none.
    pub(crate) value_span: Span,
}

/// What a word of flags is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Blank,
    Word,
    Quote(char),
}

/// Takes the flags off the start of `line`; gives them and the rest.
///
/// The reference reads flags byte by byte, each byte a Latin-1 character: a flag that is not ASCII
/// comes out differently from how it is written, and so does the path or pattern in it. Digests
/// depend on that, so it is done here too.
pub(crate) fn extract(line: Slice<'_>, escape: char) -> (Slice<'_>, Vec<Flag>) {
    let bytes = line.text.as_bytes();
    let mut flags = Vec::new();
    let mut phase = Phase::Blank;
    let mut word = Builder::default();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let c = char::from(byte);
        match phase {
            Phase::Blank => {
                if c.is_whitespace() {
                    at += 1;
                    continue;
                }
                if c != '-' || bytes.get(at + 1) != Some(&b'-') {
                    return (rest(line, at), flags);
                }
                word = Builder::new(at);
                phase = Phase::Word;
                continue;
            }
            Phase::Word if c.is_whitespace() => {
                if word.text == "--" {
                    return (rest(line, at), flags);
                }
                flags.push(word.finish(line, at));
                word = Builder::default();
                phase = Phase::Blank;
            }
            Phase::Word if c == '\'' || c == '"' => phase = Phase::Quote(c),
            Phase::Quote(quote) if c == quote => phase = Phase::Word,
            Phase::Word | Phase::Quote(_) => {
                if c == escape {
                    // An escape character at the end is dropped, and ends a quote.
                    at += 1;
                    let Some(&escaped) = bytes.get(at) else { break };
                    word.push(char::from(escaped), at);
                } else {
                    word.push(c, at);
                }
            }
        }
        at += 1;
    }
    if phase != Phase::Blank && word.text != "--" {
        flags.push(word.finish(line, line.text.len()));
    }
    (line.from(line.text.len()), flags)
}

/// The rest of `line` from byte `at`, or from the next character's start where that is in one.
fn rest(line: Slice<'_>, at: usize) -> Slice<'_> {
    let start = (at..=line.text.len()).find(|at| line.text.is_char_boundary(*at));
    line.from(start.unwrap_or(line.text.len()))
}

/// A flag that is being read.
#[derive(Default)]
struct Builder {
    text: String,
    /// Where it starts.
    start: usize,
    /// Where its value starts.
    value_start: Option<usize>,
}

impl Builder {
    /// A flag that starts at byte `start`.
    fn new(start: usize) -> Self {
        // Most flags fit.
        Self { text: String::with_capacity(64), start, value_start: None }
    }

    fn push(&mut self, c: char, at: usize) {
        if c == '=' && self.value_start.is_none() {
            self.value_start = Some(at + 1);
        }
        self.text.push(c);
    }

    fn finish(self, line: Slice<'_>, end: usize) -> Flag {
        let mut name = self.text;
        let value = name.find('=').map(|at| {
            let value = name.split_off(at + 1);
            name.pop();
            value
        });
        if name.starts_with("--") {
            name.drain(..2);
        }
        let span = |start: usize| line.line.span(line.offset + start..line.offset + end);
        Flag {
            name,
            value,
            span: span(self.start),
            value_span: span(self.value_start.unwrap_or(end)),
        }
    }
}
