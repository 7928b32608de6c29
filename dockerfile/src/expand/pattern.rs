//! Patterns of modifiers: `*` for any text and `?` for any character, both within a line.

use crate::expand::lexer::LexError;
use crate::expand::steps::Steps;

/// What one character of a text is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(char),
    /// Any character but a line feed.
    Any,
}

impl Token {
    fn matches(self, c: char) -> bool {
        match self {
            Self::Char(wanted) => wanted == c,
            Self::Any => c != '\n',
        }
    }
}

/// A pattern: segments with a `*` between each and the next. Never without a segment.
#[derive(Debug)]
pub(super) struct Pattern {
    first: Vec<Token>,
    others: Vec<Vec<Token>>,
}

impl Pattern {
    /// Reads a pattern. `\` takes the meaning from `*`, `?` and itself; before `}` and `/`, which
    /// end a modifier, it is dropped.
    pub(super) fn new(text: &str) -> Result<Self, LexError> {
        let mut parts = Vec::new();
        let mut segment = Vec::new();
        let mut chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => parts.push(std::mem::take(&mut segment)),
                '?' => segment.push(Token::Any),
                '\\' if matches!(chars.peek(), Some('}' | '/')) => {}
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '?' | '\\')) => segment.push(Token::Char(escaped)),
                    other => {
                        let other = other.unwrap_or(char::REPLACEMENT_CHARACTER);
                        return Err(LexError::Syntax(
                            format!(
                                "invalid pattern ({text}) in substitution: invalid escape '\\{other}'"
                            ),
                            "an escape character goes before * ? or itself",
                        ));
                    }
                },
                c => segment.push(Token::Char(c)),
            }
        }
        parts.push(segment);
        let first = parts.remove(0);
        Ok(Self { first, others: parts })
    }

    /// Where the match ends that starts at `start`: the shortest, or the longest.
    ///
    /// Each segment is taken where it comes first, only the last one of a longest match where it
    /// comes last. That needs no second thought: a star stays within its line, so where a segment
    /// comes first leaves the others the most room.
    fn match_at(
        &self,
        text: &[char],
        start: usize,
        longest: bool,
        steps: &mut Steps,
    ) -> Result<Match, LexError> {
        if !starts_with(text, start, &self.first, steps)? {
            return Ok(Match::None);
        }
        let mut end = start + self.first.len();
        let star = end;
        for (index, segment) in self.others.iter().enumerate() {
            let line_end = line_end(text, end);
            let last = longest && index + 1 == self.others.len();
            steps.take(line_end - end + 1)?;
            let mut found = None;
            let mut try_at = |at: usize| -> Result<bool, LexError> {
                if starts_with(text, at, segment, steps)? {
                    found = Some(at);
                }
                Ok(found.is_some())
            };
            if last {
                for at in (end..=line_end).rev() {
                    if try_at(at)? {
                        break;
                    }
                }
            } else {
                for at in end..=line_end {
                    if try_at(at)? {
                        break;
                    }
                }
            }
            match found {
                Some(at) => end = at + segment.len(),
                None => return Ok(Match::NoneOnLine { star }),
            }
        }
        Ok(Match::Ends(end))
    }

    /// The first match at or behind `from`, as long as it gets.
    pub(super) fn find(
        &self,
        text: &[char],
        from: usize,
        steps: &mut Steps,
    ) -> Result<Option<(usize, usize)>, LexError> {
        let mut start = from;
        // Where stars are known to find nothing, wherever up to here they start.
        let mut hopeless = 0;
        while start <= text.len() {
            let star = start + self.first.len();
            if star > text.len() {
                return Ok(None);
            }
            if star >= hopeless {
                match self.match_at(text, start, true, steps)? {
                    Match::Ends(end) => return Ok(Some((start, end))),
                    Match::NoneOnLine { star } => hopeless = line_end(text, star) + 1,
                    Match::None => {}
                }
            } else {
                steps.take(1)?;
            }
            start += 1;
        }
        Ok(None)
    }
}

/// The outcome of matching at a place.
enum Match {
    /// It does, up to here.
    Ends(usize),
    /// Its first segment does not match here.
    None,
    /// What follows the star at `star` is not found on that star's line.
    NoneOnLine { star: usize },
}

/// Where the line ends that byte `at` is on, or stands at the end of.
fn line_end(text: &[char], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

fn starts_with(
    text: &[char],
    at: usize,
    segment: &[Token],
    steps: &mut Steps,
) -> Result<bool, LexError> {
    let Some(text) = text.get(at..at + segment.len()) else {
        return Ok(false);
    };
    let matching = segment.iter().zip(text).take_while(|(token, c)| token.matches(**c)).count();
    steps.take(matching + 1)?;
    Ok(matching == segment.len())
}

/// `value` without what `pattern` matches at its start: as little of it as matches, or as much.
pub(super) fn trim_prefix(
    value: &str,
    pattern: &str,
    longest: bool,
    steps: &mut Steps,
) -> Result<String, LexError> {
    steps.take(value.len())?;
    let text: Vec<char> = value.chars().collect();
    let pattern = Pattern::new(pattern)?;
    Ok(match pattern.match_at(&text, 0, longest, steps)? {
        Match::Ends(end) => text[end..].iter().collect(),
        Match::None | Match::NoneOnLine { .. } => value.to_owned(),
    })
}

/// `value` without what `pattern` matches at its end: as little of it as matches, or as much.
pub(super) fn trim_suffix(
    value: &str,
    pattern: &str,
    longest: bool,
    steps: &mut Steps,
) -> Result<String, LexError> {
    let trimmed = trim_prefix(&reverse(value), &reverse_pattern(pattern), longest, steps)?;
    Ok(reverse(&trimmed))
}

fn reverse(text: &str) -> String {
    text.chars().rev().collect()
}

/// `pattern` from its end to its start, with escapes kept before what they escape.
fn reverse_pattern(pattern: &str) -> String {
    let mut units: Vec<(Option<char>, char)> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped) => units.push((Some(c), escaped)),
                None => units.push((None, c)),
            },
            c => units.push((None, c)),
        }
    }
    units.into_iter().rev().flat_map(|(escape, c)| escape.into_iter().chain([c])).collect()
}
