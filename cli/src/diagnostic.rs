//! Errors for people: with the lines that they are about, and what to do.

use std::ops::Range;

use aliasfront_compiler::{Error, SourceFile, shown};
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use buildkit_dockerfile::{Lines, Position};

/// How many places an error is shown with, at the most.
const MAX_PLACES: usize = 20;

/// What stands in the source for a character that a terminal would act on.
const STAND_IN: char = '\u{fffd}';

/// An error as text, in colors or without, about a Dockerfile where there is one.
pub fn render(error: &Error, source: Option<&SourceFile>, colored: bool) -> String {
    let text = source.map(|source| Text::of(&source.data));
    let mut elements: Vec<Element<'_>> = Vec::new();
    if let (Some(source), Some(text)) = (source, &text) {
        let places = text.places(error);
        let kinds = std::iter::once(AnnotationKind::Primary)
            .chain(std::iter::repeat(AnnotationKind::Context));
        let annotations: Vec<_> = kinds.zip(places).map(|(kind, at)| kind.span(at)).collect();
        if !annotations.is_empty() {
            let snippet = Snippet::source(text.shown.as_str())
                .path(shown::line(&source.filename))
                .annotations(annotations);
            elements.push(snippet.into());
        }
    }
    let hints = error.hints().map(|hint| Level::HELP.message(shown::line(hint)).into());
    elements.extend(hints);
    let notes = error.notes.iter().map(|note| Level::NOTE.message(shown::line(note)).into());
    elements.extend(notes);
    let title = Level::ERROR.primary_title(shown::block(&error.message));
    let group = title.elements(elements);
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// A source as it is shown: nothing in it acts on a terminal.
struct Text {
    shown: String,
    /// Where its lines start, in the source and as it is shown; in bytes.
    lines: Vec<(usize, usize)>,
    source: Vec<u8>,
}

impl Text {
    fn of(source: &[u8]) -> Self {
        let mut text = Self { shown: String::new(), lines: Vec::new(), source: source.to_owned() };
        let mut start = 0;
        for line in source.split_inclusive(|byte| *byte == b'\n') {
            text.lines.push((start, text.shown.len()));
            text.shown.push_str(&line_shown(line));
            start += line.len();
        }
        text
    }

    /// What an error is about: the word first, where that is known, and then the instructions.
    fn places(&self, error: &Error) -> Vec<Range<usize>> {
        let word = error.span.and_then(|span| Some(self.at(span.start)?..self.at(span.end)?));
        let word = word.filter(|word| !word.is_empty());
        // The word is in the first of the instructions.
        let skipped = usize::from(word.is_some());
        let lines = error.locations.iter().skip(skipped).filter_map(|lines| self.range(*lines));
        word.into_iter().chain(lines).take(MAX_PLACES).collect()
    }

    /// Where a place of the source is shown.
    fn at(&self, position: Position) -> Option<usize> {
        let line = usize::try_from(position.line).ok()?.checked_sub(1)?;
        let (start, shown) = *self.lines.get(line)?;
        let column = usize::try_from(position.column).ok()?;
        let before = self.source.get(start..start.checked_add(column)?)?;
        Some((shown + line_shown(before).len()).min(self.shown.len()))
    }

    /// Where instructions are shown, without the white space around them.
    fn range(&self, lines: Lines) -> Option<Range<usize>> {
        let first = usize::try_from(lines.first).ok()?.checked_sub(1)?;
        let last = usize::try_from(lines.last).ok()?;
        let start = self.lines.get(first)?.1;
        let end = self.lines.get(last).map_or(self.shown.len(), |(_, shown)| *shown);
        let text = self.shown.get(start..end)?;
        let start = start + text.len() - text.trim_start().len();
        let text = text.trim();
        (!text.is_empty()).then(|| start..start + text.len())
    }
}

/// A piece of a line, as it is shown.
fn line_shown(line: &[u8]) -> String {
    let is_kept = |c: char| matches!(c, '\n' | '\t') || !shown::is_active(c);
    // The renderer has its own mark at the end of a line that ends with a carriage return.
    let text = String::from_utf8_lossy(line).replace("\r\n", "\n");
    text.chars().map(|c| if is_kept(c) { c } else { STAND_IN }).collect()
}

#[cfg(test)]
mod tests {
    use buildkit_dockerfile::Span;

    use super::*;

    fn source(text: &str) -> SourceFile {
        SourceFile {
            filename: "Dockerfile".to_owned(),
            data: text.as_bytes().into(),
            definition: None,
        }
    }

    #[test]
    fn a_word_is_marked_in_its_line() {
        let at = |column| Position { line: 2, column };
        let error = Error::new("no such flag: --lnk")
            .at(Lines::new(2, 2))
            .span(Span { start: at(5), end: at(10) })
            .hint("did you mean --link?");
        let text = render(&error, Some(&source("FROM scratch\nCOPY --lnk a /\n")), false);
        assert_eq!(
            text,
            "error: no such flag: --lnk\n --> Dockerfile:2:6\n  |\n2 | COPY --lnk a /\n  |      ^^^^^\n  |\n  = \
             help: did you mean --link?"
        );
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        let hostile = "FROM \u{1b}[31mx\u{9b}\u{202e} \u{e9}y\r\n";
        let error = Error::new("bad \u{1b}[2J").at(Lines::new(1, 1)).hint("\u{7}");
        let mut error = error.span(Span {
            start: Position { line: 1, column: 18 },
            end: Position { line: 1, column: 21 },
        });
        error.notes = ["\u{1b}".to_owned()].into();
        let text = render(&error, Some(&source(hostile)), false);
        assert!(!text.contains(|c| c != '\n' && shown::is_active(c)), "{text:?}");
        assert!(text.contains("\u{e9}y"), "{text}");
    }

    #[test]
    fn places_that_are_not_there_are_left_out() {
        for (text, lines) in
            [("", Lines::new(1, 1)), ("a\n", Lines::new(0, 9)), ("\n\n", Lines::new(1, 2))]
        {
            let at = |line| Position { line, column: u32::MAX };
            let error = Error::new("no").at(lines).span(Span { start: at(1), end: at(7) });
            assert_eq!(render(&error, Some(&source(text)), false), "error: no");
        }
    }
}
