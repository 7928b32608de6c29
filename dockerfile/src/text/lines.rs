//! The lines of a source.

use crate::limits::MAX_LINE_LENGTH;

/// The lines of a text, each with its line feed, up to the end or to a line that is too long.
#[derive(Debug)]
pub(crate) struct PhysicalLines<'a> {
    rest: &'a str,
    /// The number of the last line given out.
    pub(crate) number: u32,
    /// Whether a line was too long: it and all behind it are not read.
    pub(crate) too_long: bool,
}

impl<'a> PhysicalLines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, number: 0, too_long: false }
    }
}

impl<'a> Iterator for PhysicalLines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() || self.too_long {
            return None;
        }
        let length = self.rest.find('\n').unwrap_or(self.rest.len());
        if length > MAX_LINE_LENGTH {
            self.too_long = true;
            return None;
        }
        let (line, rest) = self.rest.split_at((length + 1).min(self.rest.len()));
        self.rest = rest;
        self.number += 1;
        Some(line)
    }
}

/// `line` without the line feed and carriage returns at its end.
pub(crate) fn trim_newline(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// Whether `line` is a comment.
pub(crate) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// What is left of a line that continues on the next one, without the escape character at its end
/// and the blanks behind that; none where the line does not continue.
///
/// An escape character behind another one does not continue the line.
pub(crate) fn strip_continuation(line: &str, escape: char) -> Option<&str> {
    let stripped = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!stripped.ends_with(escape)).then_some(stripped)
}
