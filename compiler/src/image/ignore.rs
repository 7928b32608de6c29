//! `.dockerignore`: which files of a context are left out, by the daemon's rules.

use super::gopath;
use crate::error::Error;

/// Reads the patterns of an ignore file.
///
/// # Errors
///
/// It is not text.
pub fn read(content: &[u8]) -> Result<Vec<String>, Error> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let content = content.strip_prefix(BOM).unwrap_or(content);
    let text = String::from_utf8_lossy(content);
    let mut patterns = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (exception, pattern) = match line.strip_prefix('!') {
            Some(pattern) => ("!", pattern.trim()),
            None => ("", line),
        };
        let mut pattern = if pattern.is_empty() { String::new() } else { gopath::clean(pattern) };
        if pattern.len() > 1 && pattern.starts_with('/') {
            pattern.remove(0);
        }
        patterns.push(format!("{exception}{pattern}"));
    }
    Ok(patterns)
}

/// Patterns to match paths with.
#[derive(Debug, Clone)]
pub struct Matcher {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    exception: bool,
    tokens: Vec<Token>,
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This character.
    Literal(char),
    /// One character but a slash.
    One,
    /// Any characters but slashes.
    Star,
    /// Any characters.
    Deep,
    /// Any characters that end with a slash, or none.
    Directories,
    /// One character of these ranges, or none of them.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Matcher {
    /// Reads patterns.
    ///
    /// # Errors
    ///
    /// One that matches nothing.
    pub fn new(patterns: &[String]) -> Result<Self, Error> {
        let mut parsed = Vec::with_capacity(patterns.len());
        for given in patterns {
            let given = given.trim();
            if given.is_empty() {
                continue;
            }
            let cleaned = gopath::clean(given);
            let (exception, text) = match cleaned.strip_prefix('!') {
                Some("") => return Err(Error::new("illegal exclusion pattern: \"!\"")),
                Some(text) => (true, text),
                None => (false, cleaned.as_str()),
            };
            let tokens = tokens(text).ok_or_else(|| {
                Error::new("syntax error in pattern").hint(format!("the pattern is {text:?}"))
            })?;
            parsed.push(Pattern { text: text.to_owned(), exception, tokens });
        }
        Ok(Self { patterns: parsed })
    }

    /// Whether a pattern takes back what others leave out.
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// Whether one pattern leaves everything out.
    pub fn ignores_everything(&self) -> bool {
        self.patterns.iter().any(|pattern| {
            !pattern.exception && matches!(pattern.text.as_str(), "*" | "**" | "**/*")
        })
    }

    /// Whether the patterns leave this path out, or a directory above it.
    pub fn matches_or_parent_matches(&self, path: &str) -> bool {
        let mut matched = false;
        for pattern in self.patterns.iter().filter(|_| true) {
            if pattern.exception != matched {
                continue;
            }
            if pattern.matches(path) || parents(path).any(|parent| pattern.matches(parent)) {
                matched = !pattern.exception;
            }
        }
        matched
    }
}

/// The directories above a path, the highest first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.char_indices()
        .filter(|(index, c)| *c == '/' && *index > 0)
        .map(|(index, _)| &path[..index])
}

impl Pattern {
    /// Whether the pattern matches the whole path.
    ///
    /// Keeps the set of places in the pattern that the path so far can have come to, so that the
    /// time is that of the path times the pattern, whatever stars there are.
    fn matches(&self, path: &str) -> bool {
        let tokens = &self.tokens;
        let mut places = vec![false; tokens.len() + 1];
        places[0] = true;
        skip_empty(tokens, &mut places);
        for c in path.chars() {
            let mut next = vec![false; tokens.len() + 1];
            for (place, token) in tokens.iter().enumerate() {
                if !places[place] {
                    continue;
                }
                match token {
                    Token::Literal(literal) => next[place + 1] |= *literal == c,
                    Token::One => next[place + 1] |= c != '/',
                    Token::Star => next[place] |= c != '/',
                    Token::Deep => next[place] = true,
                    Token::Directories => {
                        next[place] = true;
                        next[place + 1] |= c == '/';
                    }
                    Token::Class { negated, ranges } => {
                        let within =
                            ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
                        next[place + 1] |= within != *negated;
                    }
                }
            }
            // Directories end with a slash: from within one, only a slash leads out.
            skip_empty_after(tokens, &mut next, &places);
            places = next;
        }
        places[tokens.len()]
    }
}

/// Marks what can be reached without a character.
fn skip_empty(tokens: &[Token], places: &mut [bool]) {
    for (place, token) in tokens.iter().enumerate() {
        if places[place] && matches!(token, Token::Star | Token::Deep | Token::Directories) {
            places[place + 1] = true;
        }
    }
}

/// Marks what can be reached without a character, but not out of directories that were entered.
fn skip_empty_after(tokens: &[Token], next: &mut [bool], before: &[bool]) {
    for (place, token) in tokens.iter().enumerate() {
        let skips = match token {
            Token::Star | Token::Deep => true,
            Token::Directories => !before[place],
            _ => false,
        };
        if next[place] && skips {
            next[place + 1] = true;
        }
    }
}

/// Takes a pattern apart; `None` where it is malformed.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                let slash = chars.peek() == Some(&'/');
                if slash {
                    chars.next();
                }
                if chars.peek().is_none() { Token::Deep } else { Token::Directories }
            }
            '*' => Token::Star,
            '?' => Token::One,
            '[' => class(&mut chars)?,
            '\\' => Token::Literal(chars.next()?),
            c => Token::Literal(c),
        });
    }
    Some(tokens)
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let first = match chars.next()? {
            ']' if !ranges.is_empty() => return Some(Token::Class { negated, ranges }),
            ']' | '-' => return None,
            '\\' => chars.next()?,
            c => c,
        };
        let last = if chars.next_if_eq(&'-').is_some() {
            match chars.next()? {
                '\\' => chars.next()?,
                ']' | '-' => return None,
                c => c,
            }
        } else {
            first
        };
        ranges.push((first, last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_are_read_line_by_line() {
        let content = b"\xef\xbb\xbf# no\n /a/ \n\n!b\n! /c/../d\n/\n# x\r\n*.md\r\n";
        assert_eq!(read(content).unwrap(), ["a", "!b", "!d", "/", "*.md"]);
    }

    #[test]
    fn patterns_match_paths_and_what_is_below_them() {
        for (patterns, path, matched) in [
            (&["a"][..], "a", true),
            (&["a"], "a/b/c", true),
            (&["a"], "b/a", false),
            (&["*.md"], "x.md", true),
            (&["*.md"], "d/x.md", false),
            (&["**/*.md"], "d/e/x.md", true),
            (&["**/*.md"], "x.md", true),
            (&["a/**"], "a/b/c", true),
            (&["**"], "a", true),
            (&["a/**/b"], "a/b", true),
            (&["a/**/b"], "a/x/y/b", true),
            (&["a/**/b"], "a/xb", false),
            (&["a?c"], "abc", true),
            (&["a[b-d]e"], "ace", true),
            (&["a[^b]e"], "abe", false),
            (&["\\*"], "*", true),
            (&["\\*"], "a", false),
            (&["a", "!a/b"], "a/b", false),
            (&["*", "!keep"], "other", true),
        ] {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            let matcher = Matcher::new(&patterns).unwrap();
            assert_eq!(matcher.matches_or_parent_matches(path), matched, "{patterns:?} {path}");
        }
    }

    #[test]
    fn malformed_patterns_are_errors() {
        for pattern in ["[", "[a", "a\\", "!", "[]a]"] {
            assert!(Matcher::new(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
    }
}
