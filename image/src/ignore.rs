//! `.dockerignore`: which files of a context are left out, by the daemon's rules.
//!
//! The daemon turns a pattern into a regular expression, with some shortcuts. The effects of both are
//! kept: `**name` at the start of a pattern without other wildcards matches every path that ends
//! with `name`, `[^a]` matches a slash too, and where the translation goes astray (a `|` beside a `*`,
//! a `*` within brackets, a backslash before a letter) the pattern means here what it means there.
//! Nothing is left out by what is decided here: the sender of the context does that, and this only
//! warns.

mod expression;

use std::borrow::Cow;

use aliasfront_gotext::path;
use aliasfront_gotext::utf8;

use self::expression::Expression;

/// The longest line of an ignore file, in bytes.
pub const MAX_LINE: usize = 64 * 1024 - 1;

/// Why an ignore file has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIgnore {
    /// A line is longer than [`MAX_LINE`].
    #[error("bufio.Scanner: token too long")]
    LineTooLong,
    /// An exception from nothing: `!` alone.
    #[error("illegal exclusion pattern: \"!\"")]
    Exception,
    /// A pattern, which is given, is malformed.
    #[error("syntax error in pattern")]
    Pattern(String),
}

impl InvalidIgnore {
    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::LineTooLong => format!("a line may have up to {MAX_LINE} bytes"),
            Self::Exception => "write behind the ! what isn't to be ignored".to_owned(),
            Self::Pattern(pattern) => format!("the pattern is {pattern}"),
        }
    }
}

/// The patterns of an ignore file, in order. Those of exceptions start with `!`.
///
/// All of them are in one text: a file may have millions of short ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    text: String,
    /// Where in the text each ends, in bytes.
    ends: Vec<usize>,
}

impl Patterns {
    /// Reads the patterns of an ignore file.
    ///
    /// # Errors
    ///
    /// It has a line that is longer than [`MAX_LINE`].
    pub fn read(content: &[u8]) -> Result<Self, InvalidIgnore> {
        const BOM: &[u8] = b"\xef\xbb\xbf";
        let content = content.strip_prefix(BOM).unwrap_or(content);
        let mut patterns = Self::default();
        for line in content.split(|byte| *byte == b'\n') {
            if line.len() > MAX_LINE {
                return Err(InvalidIgnore::LineTooLong);
            }
            let line = utf8::decode(line);
            let pattern = line.trim();
            if line.starts_with('#') || pattern.is_empty() {
                continue;
            }
            let (exception, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => ("!", pattern.trim()),
                None => ("", pattern),
            };
            let cleaned = if pattern.is_empty() { String::new() } else { path::clean(pattern) };
            // What is absolute is so from the root of the context.
            let relative = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty());
            patterns.push([exception, relative.unwrap_or(&cleaned)]);
        }
        Ok(patterns)
    }

    /// Adds a pattern, given in pieces.
    fn push<'a>(&mut self, pieces: impl IntoIterator<Item = &'a str>) {
        self.text.extend(pieces);
        self.ends.push(self.text.len());
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The patterns in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

impl<'a> FromIterator<&'a str> for Patterns {
    fn from_iter<I: IntoIterator<Item = &'a str>>(patterns: I) -> Self {
        let mut all = Self::default();
        patterns.into_iter().for_each(|pattern| all.push([pattern]));
        all
    }
}

/// Patterns to match paths with.
#[derive(Debug, Clone)]
pub struct Matcher<'a> {
    patterns: Vec<Pattern<'a>>,
    exceptions: bool,
    everything: bool,
    index: Index,
}

#[derive(Debug, Clone)]
struct Pattern<'a> {
    text: Cow<'a, str>,
    exception: bool,
    kind: Kind,
}

/// The kinds of [`Rule`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Expression,
    Broken,
}

/// What a path must be.
#[derive(Debug, Clone)]
enum Rule {
    /// The pattern itself.
    Exact,
    /// Something that begins so.
    Prefix,
    /// Something that ends so, or where that starts with a slash, the rest of it.
    Suffix,
    /// Something that this matches.
    Expression(Expression),
    /// The pattern comes to no expression: nobody can tell.
    Broken,
}

impl<'a> Matcher<'a> {
    /// Reads patterns.
    ///
    /// # Errors
    ///
    /// One is malformed.
    pub fn new(patterns: &'a Patterns) -> Result<Self, InvalidIgnore> {
        let given = patterns.iter().map(str::trim).filter(|given| !given.is_empty());
        let mut index = Index::default();
        let mut all = Vec::new();
        for given in given {
            all.push(Pattern::parse(given)?);
        }
        // Nothing can be told of what comes to one that is broken.
        for (at, pattern) in all.iter().enumerate().take_while(|(_, p)| p.kind != Kind::Broken) {
            index.add(at, pattern);
        }
        let everything = |text: &str| matches!(text, "*" | "**" | "**/*");
        index.sort(&all);
        Ok(Self {
            exceptions: all.iter().any(|pattern| pattern.exception),
            everything: all.iter().any(|pattern| !pattern.exception && everything(&pattern.text)),
            patterns: all,
            index,
        })
    }

    /// Whether a pattern takes back what others leave out.
    pub fn has_exceptions(&self) -> bool {
        self.exceptions
    }

    /// Whether the patterns leave out this path and everything below it, whatever wildcards in it and in exceptions stand
    /// for. Takes steps as [`Self::matches_or_parent_matches`] does.
    pub fn leaves_out_all_of(&self, path: &str, steps: &mut usize) -> Option<bool> {
        if !self.matches_or_parent_matches(path, steps)? {
            return Some(false);
        }
        for exception in self.patterns.iter().filter(|pattern| pattern.exception) {
            take(steps, exception.text.len() + path.len())?;
            if may_reach_into(&exception.text, path) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Whether one pattern leaves out everything in the root.
    pub fn ignores_everything(&self) -> bool {
        self.everything
    }

    /// Whether the patterns leave this path out, or a directory above it. The last one that says
    /// something about it decides; with one that cannot be told nothing is.
    ///
    /// Takes what that costs from `steps`, in characters that are compared; `None` where it costs more.
    pub fn matches_or_parent_matches(&self, path: &str, steps: &mut usize) -> Option<bool> {
        let subject = Subject::new(path);
        if !self.exceptions {
            return self.matches_any(&subject, steps);
        }
        let mut ignored = false;
        for pattern in &self.patterns {
            // Only one of the other kind has something to say.
            if pattern.exception != ignored {
                continue;
            }
            if pattern.kind == Kind::Broken {
                return Some(false);
            }
            ignored ^= pattern.matches(&subject, steps)?;
        }
        Some(ignored)
    }

    /// Whether one of the patterns matches, where none is an exception.
    fn matches_any(&self, subject: &Subject<'_>, steps: &mut usize) -> Option<bool> {
        let Index {
            exact, prefixes, prefix_lengths, suffixes, suffix_lengths, pieces, loose, ..
        } = &self.index;
        let find = |list: &[usize], wanted: &str| {
            list.binary_search_by(|at| self.patterns[*at].affix().cmp(wanted)).is_ok()
        };
        for text in subject.texts() {
            take(steps, text.len() + 1)?;
            if find(exact, text) || find(suffixes, &format!("/{text}")) {
                return Some(true);
            }
            for length in suffix_lengths.iter().take_while(|length| **length <= text.len()) {
                take(steps, 1)?;
                let suffix = text.get(text.len() - length..);
                if suffix.is_some_and(|suffix| find(suffixes, suffix)) {
                    return Some(true);
                }
            }
            for length in prefix_lengths.iter().take_while(|length| **length <= text.len()) {
                take(steps, 1)?;
                let prefix = text.get(..*length);
                if prefix.is_some_and(|prefix| find(prefixes, prefix)) {
                    return Some(true);
                }
            }
        }
        let mut candidates = loose.clone();
        for text in [subject.path, subject.directory.as_str()] {
            for piece in (1..=PIECE).flat_map(|length| text.as_bytes().windows(length)) {
                take(steps, 1)?;
                let piece = packed(piece);
                let start = pieces.partition_point(|(known, _)| *known < piece);
                let same = pieces[start..].iter().take_while(|(known, _)| *known == piece);
                for (_, at) in same {
                    take(steps, 1)?;
                    candidates.push(*at);
                }
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        for at in candidates {
            if self.patterns[at].matches(subject, steps)? {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// Which of many patterns can match a path at all, where none is an exception. Patterns are named by
/// their place.
#[derive(Debug, Clone, Default)]
struct Index {
    /// Those without wildcards, by their text.
    exact: Vec<usize>,
    /// Those that say how a path begins, by that, and the lengths of that, in bytes.
    prefixes: Vec<usize>,
    prefix_lengths: Vec<usize>,
    /// Those that say how a path ends, likewise.
    suffixes: Vec<usize>,
    suffix_lengths: Vec<usize>,
    /// The others by one of their pieces that a path must have.
    pieces: Vec<(u64, usize)>,
    /// Those that have no such piece.
    loose: Vec<usize>,
    /// How many patterns have a piece, by a hash of it: a rare one tells more.
    frequencies: Vec<u32>,
}

/// The length of the pieces that patterns are found by, in bytes, where they have such a long one.
const PIECE: usize = size_of::<u64>() - 1;
/// How many counts of pieces there are.
const FREQUENCIES: usize = 1 << 16;
/// What stands for any directories.
const DIRECTORIES: &str = "**";

/// A piece of a path as a number, with its length.
fn packed(piece: &[u8]) -> u64 {
    piece.iter().fold(piece.len() as u64, |packed, byte| packed << 8 | u64::from(*byte))
}

impl Index {
    fn add(&mut self, at: usize, pattern: &Pattern<'_>) {
        match pattern.kind {
            Kind::Exact => self.exact.push(at),
            Kind::Prefix => {
                self.prefixes.push(at);
                self.prefix_lengths.push(pattern.affix().len());
            }
            Kind::Suffix => {
                self.suffixes.push(at);
                self.suffix_lengths.push(pattern.affix().len());
            }
            Kind::Expression => match self.rarest(&pattern.text) {
                Some(piece) => self.pieces.push((piece, at)),
                None => self.loose.push(at),
            },
            Kind::Broken => {}
        }
    }

    /// The piece of a pattern that the fewest patterns are found by so far.
    fn rarest(&mut self, pattern: &str) -> Option<u64> {
        self.frequencies.resize(FREQUENCIES, 0);
        // Fibonacci hashing: the high bits of the product are the mixed ones.
        let slot = |piece: u64| (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize;
        let runs = literal_runs(pattern);
        let longest = runs.iter().map(String::len).max()?.min(PIECE);
        let pieces = runs.iter().flat_map(|run| run.as_bytes().windows(longest)).map(packed);
        let rarest = pieces.min_by_key(|piece| self.frequencies[slot(*piece)])?;
        self.frequencies[slot(rarest)] += 1;
        Some(rarest)
    }

    fn sort(&mut self, patterns: &[Pattern<'_>]) {
        for list in [&mut self.exact, &mut self.prefixes, &mut self.suffixes] {
            list.sort_unstable_by(|a, b| patterns[*a].affix().cmp(patterns[*b].affix()));
        }
        for lengths in [&mut self.prefix_lengths, &mut self.suffix_lengths] {
            lengths.sort_unstable();
            lengths.dedup();
        }
        self.pieces.sort_unstable();
        self.frequencies = Vec::new();
    }
}

/// The texts that whatever a pattern matches has in it; none where it has more than stars and question
/// marks, whose meaning depends on what stands around them.
fn literal_runs(pattern: &str) -> Vec<String> {
    if pattern.contains(['|', '{', '}', '\\', '[', ']', '^']) {
        return Vec::new();
    }
    let mut runs = vec![String::new()];
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '*' => {
                // Directories with a slash behind them, or nothing.
                if chars.next_if_eq(&'*').is_some() {
                    chars.next_if_eq(&'/');
                }
                runs.push(String::new());
            }
            '?' => runs.push(String::new()),
            char => {
                if let Some(run) = runs.last_mut() {
                    run.push(char);
                }
            }
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// A path with the directories above it.
struct Subject<'a> {
    path: &'a str,
    /// The nearest directory above it; empty where there is none.
    directory: String,
}

impl<'a> Subject<'a> {
    fn new(path: &'a str) -> Self {
        let directory = Some(path::dir(path)).filter(|directory| directory != ".");
        Self { path, directory: directory.unwrap_or_default() }
    }

    /// The path, and the directories above it.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let directory = Some(self.directory.as_str()).filter(|directory| !directory.is_empty());
        let above = self.directory.match_indices('/').map(|(slash, _)| &self.directory[..slash]);
        std::iter::once(self.path).chain(directory).chain(above)
    }
}

/// Takes `count` of what is left; `None` where that is less.
fn take(left: &mut usize, count: usize) -> Option<()> {
    *left = left.checked_sub(count)?;
    Some(())
}

/// Whether a pattern may match something below `path`, or what `path` stands for where it has wildcards.
fn may_reach_into(pattern: &str, path: &str) -> bool {
    let is_open = |name: &str| name.contains(['*', '?', '[', '\\']);
    let mut names = pattern.split('/');
    for of_path in path.split('/') {
        match names.next() {
            // What is above is no part of it, unless the path has wildcards.
            None => return is_open(path),
            Some(name) if name.contains("**") => return true,
            Some(name) if name == of_path || is_open(name) || is_open(of_path) => {}
            Some(_) => return false,
        }
    }
    names.next().is_some() || is_open(path)
}

impl<'a> Pattern<'a> {
    fn parse(given: &'a str) -> Result<Self, InvalidIgnore> {
        let cleaned = path::clean(given);
        let cleaned = if cleaned == given { Cow::Borrowed(given) } else { Cow::Owned(cleaned) };
        let (exception, text) = match cleaned.strip_prefix('!') {
            Some("") => {
                return Err(InvalidIgnore::Exception);
            }
            Some(text) => (true, Cow::Owned(text.to_owned())),
            None => (false, cleaned),
        };
        if !(Parser { rest: &text }).reads_well() {
            return Err(InvalidIgnore::Pattern(given.to_owned()));
        }
        let kind = match Rule::of(&text) {
            Rule::Exact => Kind::Exact,
            Rule::Prefix => Kind::Prefix,
            Rule::Suffix => Kind::Suffix,
            Rule::Expression(_) => Kind::Expression,
            Rule::Broken => Kind::Broken,
        };
        Ok(Self { text, exception, kind })
    }

    /// How what it matches begins or ends, or all of it.
    fn affix(&self) -> &str {
        match self.kind {
            Kind::Prefix => self.text.strip_suffix(DIRECTORIES),
            Kind::Suffix => self.text.strip_prefix(DIRECTORIES),
            Kind::Exact | Kind::Expression | Kind::Broken => None,
        }
        .unwrap_or(&self.text)
    }

    /// Whether it matches the path, or a directory above it; `None` where that takes more steps than
    /// are left.
    fn matches(&self, subject: &Subject<'_>, steps: &mut usize) -> Option<bool> {
        let expression = if self.kind == Kind::Expression {
            // An expression is many times the size of its text: it is made again for each of the few
            // patterns that come this far.
            take(steps, self.text.len() + 1)?;
            match Rule::of(&self.text) {
                Rule::Expression(expression) => Some(expression),
                _ => None,
            }
        } else {
            None
        };
        let affix = self.affix();
        let cost = if expression.is_some() { self.text.len() + 1 } else { 1 };
        for text in subject.texts() {
            take(steps, (text.len() + 1).saturating_mul(cost))?;
            let matches = match self.kind {
                Kind::Exact => text == affix,
                Kind::Prefix => text.starts_with(affix),
                Kind::Suffix => text.ends_with(affix) || affix.strip_prefix('/') == Some(text),
                Kind::Expression => expression.as_ref().is_some_and(|e| e.matches(text)),
                Kind::Broken => false,
            };
            if matches {
                return Some(true);
            }
        }
        Some(false)
    }
}

impl Rule {
    /// The rule that a pattern is.
    fn of(pattern: &str) -> Self {
        let mut rule = Self::Exact;
        let mut expression = String::from("^");
        let mut is_expression = false;
        let mut chars = pattern.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            match c {
                '*' if chars.next_if_eq(&'*').is_some() => {
                    chars.next_if_eq(&'/');
                    is_expression = match (chars.peek().is_none(), &rule, is_expression) {
                        (true, Self::Exact, false) => {
                            rule = Self::Prefix;
                            false
                        }
                        (true, ..) => {
                            expression.push_str(".*");
                            true
                        }
                        (false, ..) => {
                            expression.push_str("(.*/)?");
                            true
                        }
                    };
                    if first {
                        rule = Self::Suffix;
                        is_expression = false;
                    }
                }
                '*' => {
                    expression.push_str("[^/]*");
                    is_expression = true;
                }
                '?' => {
                    expression.push_str("[^/]");
                    is_expression = true;
                }
                '.' | '+' | '(' | ')' | '$' => expression.extend(['\\', c]),
                '\\' => {
                    expression.push('\\');
                    if let Some(escaped) = chars.next() {
                        expression.push(escaped);
                        is_expression = true;
                    }
                }
                '[' | ']' => {
                    expression.push(c);
                    is_expression = true;
                }
                c => expression.push(c),
            }
            first = false;
        }
        if !is_expression {
            return rule;
        }
        expression.push('$');
        Expression::compile(&expression).map_or(Self::Broken, Self::Expression)
    }
}

/// Reads a pattern as a shell does: one that is malformed so is an error.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn reads_well(mut self) -> bool {
        while let Some(c) = self.next() {
            let well_formed = match c {
                '[' => self.class().is_some(),
                '\\' => self.next().is_some(),
                _ => true,
            };
            if !well_formed {
                return false;
            }
        }
        true
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What follows a `[`.
    fn class(&mut self) -> Option<()> {
        self.eat('^');
        let mut empty = true;
        while empty || !self.eat(']') {
            empty = false;
            self.class_character()?;
            if self.eat('-') {
                self.class_character()?;
            }
        }
        Some(())
    }

    fn class_character(&mut self) -> Option<char> {
        match self.next()? {
            '-' | ']' => None,
            '\\' => self.next(),
            c => Some(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(patterns: &[&str]) -> Patterns {
        patterns.iter().copied().collect()
    }

    fn read(content: &[u8]) -> Result<Vec<String>, InvalidIgnore> {
        Patterns::read(content).map(|patterns| patterns.iter().map(str::to_owned).collect())
    }

    fn matches(matcher: &Matcher<'_>, path: &str) -> bool {
        matcher.matches_or_parent_matches(path, &mut usize::MAX.clone()).unwrap()
    }

    #[test]
    fn ignore_files_are_read_line_by_line() {
        for (content, want) in [
            (&b""[..], &[][..]),
            (b"\n\r\n \t\n", &[]),
            (b"a\nb", &["a", "b"]),
            (b"\xef\xbb\xbfa\r\nb\r", &["a", "b"]),
            (b"\xef\xbb\xbf# comment\n #not\n#\n", &["#not"]),
            (b"a\n\xef\xbb\xbfb", &["a", "\u{feff}b"]),
            (b"/a/ \n\xc2\xa0b\xc2\xa0\n", &["a", "b"]),
            (b"/\n//\n//a//b/\n", &["/", "/", "a/b"]),
            (b".\n./a\na/../b\n../c\n", &[".", "a", "b", "../c"]),
            (b"!a\n! /b/../c\n!\n! \n!!d\n!/\n", &["!a", "!c", "!", "!", "!!d", "!/"]),
            (b"**/*.md\n[a-c]?\\*", &["**/*.md", "[a-c]?\\*"]),
            (b"a\xffb", &["a\u{fffd}b"]),
        ] {
            assert_eq!(read(content).unwrap(), want, "{}", String::from_utf8_lossy(content));
        }
        let longest = "a".repeat(MAX_LINE);
        assert_eq!(read(format!("{longest}\n{longest}").as_bytes()).unwrap().len(), 2);
        let error = read(format!("x\n{longest}a").as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "bufio.Scanner: token too long");
    }

    #[test]
    fn patterns_match_paths_and_what_is_below_them() {
        for (patterns, path, want) in [
            (&[][..], "a", false),
            (&["a"], "a", true),
            (&["a"], "a/b/c", true),
            (&["a"], "b/a", false),
            (&["a"], "ab", false),
            (&["a/b"], "a", false),
            (&["./a/"], "a", true),
            (&[" a "], "a", true),
            (&["a.b"], "axb", false),
            (&["*"], "a/b", true),
            (&["*.md"], "x.md", true),
            (&["*.md"], "d/x.md", false),
            (&["*.md"], "x.md/y", true),
            (&["**"], "a/b", true),
            (&["**/"], "a", true),
            (&["**/*"], "a", true),
            (&["**/**"], "a/b/c", true),
            (&["**/*.md"], "x.md", true),
            (&["**/*.md"], "d/e/x.md", true),
            (&["**/x"], "x", true),
            (&["**/x"], "a/b/x", true),
            (&["**/x"], "ax", false),
            (&["**x"], "ax", true),
            (&["**x"], "b/ax", true),
            (&["**x*"], "ax", false),
            (&["**x*"], "a/xy", true),
            (&["a/**"], "a", false),
            (&["a/**"], "a/b/c", true),
            (&["a**"], "ab/c", true),
            (&["a/**/b"], "a/b", true),
            (&["a/**/b"], "a/x/y/b", true),
            (&["a/**/b"], "a/xb", false),
            (&["a**b"], "ab", true),
            (&["a**b"], "ax/b", true),
            (&["a**b"], "axb", false),
            (&["*a**b"], "aaab", true),
            (&["***"], "a", true),
            (&["a?c"], "abc", true),
            (&["a?c"], "a/c", false),
            (&["a?c"], "aäc", true),
            (&["a[b-d]e"], "ace", true),
            (&["a[b-d]e"], "aee", false),
            (&["a[^b]e"], "abe", false),
            (&["a[^b]e"], "a/e", true),
            (&["[a\\]]"], "]", true),
            (&["[\\^a]"], "^", true),
            (&["[z-a]"], "m", false),
            (&["a]"], "a]", true),
            (&["\\*"], "*", true),
            (&["\\*"], "a", false),
            (&["a\\b"], "ab", false),
            (&["\\a"], "a", false),
            (&["\\a"], "\x07", true),
            (&["\\d"], "7", true),
            (&["\\w*"], "ab", true),
            (&["\\w*"], "-b", false),
            (&["\\x41"], "A", true),
            (&["\\x{41}"], "A", true),
            (&["\\101"], "A", true),
            (&["\\1"], "1", false),
            (&["\\Qa*"], "a[^/]*$", true),
            (&["\\.\\-"], ".-", true),
            (&["\\_"], "_", true),
            (&["\\ä"], "ä", false),
            (&["\\pL"], "a", false),
            (&["a", "\\y"], "a", true),
            (&["\\y", "a"], "a", false),
            (&["a|b"], "a|b", true),
            (&["a|b"], "a", false),
            (&["a|b*"], "ax", true),
            (&["a|b*"], "xb", true),
            (&["a|b*"], "c", false),
            (&["a{2}?"], "aab", true),
            (&["a{2}?"], "aa{2}", false),
            (&["a{2,}b*"], "aaaab", true),
            (&["a{0,1}b*"], "b", true),
            (&["a{,2}*"], "a{,2}", true),
            (&["*{2}"], "aa", false),
            (&["a{1001}*"], "a", false),
            (&["a{2,1}*"], "aa", false),
            (&["*.{js,ts}"], "x.{js,ts}", true),
            (&["[*]"], "*", false),
            (&["[*]"], "[/]", true),
            (&["[a?]"], "a", false),
            (&["[[:alpha:]]"], "a", true),
            (&["[[:alpha:]]"], ":", false),
            (&["[[:^alpha:]]"], "a", false),
            (&["[[:nope:]]"], "n", false),
            (&["[\\d]"], "4", true),
            (&["[^\\D]"], "4", true),
            (&["^a*"], "ab", true),
            (&["a^*"], "ab", false),
            (&["*\\b"], "a", true),
            (&["*\\z"], "a", true),
            (&["a]"], "a", false),
            (&["a+(b)$"], "a+(b)$", true),
            (&["*.{js,ts}"], "x.js", false),
            (&["a", "!a/b"], "a/b", false),
            (&["a", "!a/b"], "a/c", true),
            (&["a", "!a/b", "a/b/c"], "a/b/c", true),
            (&["!a", "a"], "a", true),
            (&["*", "!keep"], "keep", false),
            (&["*", "!keep"], "other", true),
            (&["a"], "/a", false),
            (&["*"], "/a", true),
            (&["*"], "/", true),
            (&["a"], "/", false),
            (&[".."], "../a", true),
        ] {
            let patterns = list(patterns);
            let matcher = Matcher::new(&patterns).unwrap();
            assert_eq!(matches(&matcher, path), want, "{patterns:?} {path}");
        }
    }

    #[test]
    fn kinds_of_patterns_are_known() {
        for (patterns, exceptions, everything) in [
            (&["a"][..], false, false),
            (&["a", "!b"], true, false),
            (&["*"], false, true),
            (&["**/"], false, true),
            (&["./**/*"], false, true),
            (&["!*"], true, false),
            (&["*.*"], false, false),
        ] {
            let patterns = list(patterns);
            let matcher = Matcher::new(&patterns).unwrap();
            assert_eq!(matcher.has_exceptions(), exceptions, "{patterns:?}");
            assert_eq!(matcher.ignores_everything(), everything, "{patterns:?}");
        }
    }

    #[test]
    fn malformed_patterns_are_errors() {
        for pattern in [
            "[", "[a", "[a-", "[a-]", "[]a]", "[^]a]", "[-a]", "[a-]b]", "a\\", "[\\", "[a\\",
            "*[", "!a[",
        ] {
            let error = Matcher::new(&list(&[pattern])).unwrap_err();
            assert_eq!(error.to_string(), "syntax error in pattern", "{pattern}");
        }
        let error = Matcher::new(&list(&["!"])).unwrap_err();
        assert_eq!(error.to_string(), "illegal exclusion pattern: \"!\"");
    }

    #[test]
    fn many_stars_take_no_more_time() {
        let pattern = "*a".repeat(200) + "**/x" + &"**/y*".repeat(200);
        let path = "a".repeat(2_000);
        assert!(!matches(&Matcher::new(&list(&[&pattern])).unwrap(), &path));
    }

    /// Ten times the patterns take no more steps, as long as each has a piece of its own; where the
    /// steps don't suffice, nothing is said.
    #[test]
    fn many_patterns_take_few_steps() {
        let steps = |count: usize| {
            let kinds = ["dir/name", "**/name", "*.end", "dir/**/name*", "*/name*x"];
            let pattern = |index: usize| {
                let kind = kinds[index % kinds.len()];
                kind.replacen("name", &format!("name{index}"), 1)
                    .replace("end", &format!("end{index}"))
            };
            let patterns: Vec<String> = (0..count).map(pattern).collect();
            let patterns: Patterns = patterns.iter().map(String::as_str).collect();
            let matcher = Matcher::new(&patterns).unwrap();
            let mut left = usize::MAX;
            assert_eq!(matcher.matches_or_parent_matches("dir/sub/file.x", &mut left), Some(false));
            assert_eq!(matcher.matches_or_parent_matches("dir/sub/file.x", &mut 100), None);
            assert!(matches(&matcher, &format!("a/name{}", count - 4)));
            usize::MAX - left
        };
        assert!(steps(10_000) < 2 * steps(1_000), "{} {}", steps(10_000), steps(1_000));
    }

    /// The regular expression that a pattern stands for.
    fn expression(pattern: &str) -> regex::Regex {
        let mut expression = String::from("^");
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            if c == '*' && rest.starts_with('*') {
                rest = &rest[1..];
                rest = rest.strip_prefix('/').unwrap_or(rest);
                expression += if rest.is_empty() { ".*" } else { "(.*/)?" };
                continue;
            }
            match c {
                '*' => expression += "[^/]*",
                '?' => expression += "[^/]",
                '[' | ']' | '-' => expression.push(c),
                c => expression += &regex::escape(&c.to_string()),
            }
        }
        regex::Regex::new(&(expression + "$")).unwrap()
    }

    proptest! {
        #[test]
        fn agrees_with_regular_expressions(
            pattern in "([ab./]|\\*|\\*\\*|\\*\\*/|\\?|\\[a-b\\]|\\[b\\]){1,8}",
            path in "[ab./]{1,8}",
        ) {
            let pattern = path::clean(&pattern);
            let path = path::clean(&path);
            let parsed = Pattern::parse(&pattern).unwrap();
            // Where a pattern starts with two stars, the daemon may compare ends instead.
            if parsed.kind != Kind::Suffix {
                let alone = Subject { path: &path, directory: String::new() };
                let matches = parsed.matches(&alone, &mut usize::MAX.clone());
                prop_assert_eq!(matches, Some(expression(&pattern).is_match(&path)));
            }
        }

        /// One by one, as the daemon does it, without an index.
        #[test]
        fn the_index_finds_what_a_scan_finds(
            patterns in proptest::collection::vec("!?([abc./]|\\*|\\*\\*|\\*\\*/|\\?|\\[a-b\\]|abcabcabc|\\||\\{2\\}|\\\\a){1,8}", 0..6),
            path in "([abc./]|abcabcabc){1,12}",
        ) {
            let patterns = Patterns::read(patterns.join("\n").as_bytes()).unwrap();
            let Ok(matcher) = Matcher::new(&patterns) else { return Ok(()) };
            let path = path::clean(&path);
            let mut ignored = false;
            for pattern in &matcher.patterns {
                if pattern.exception != ignored {
                    continue;
                }
                if pattern.kind == Kind::Broken {
                    ignored = false;
                    break;
                }
                let matches = Subject::new(&path).texts().any(|text| {
                    let alone = Subject { path: text, directory: String::new() };
                    pattern.matches(&alone, &mut usize::MAX.clone()) == Some(true)
                });
                ignored ^= matches;
            }
            prop_assert_eq!(matches(&matcher, &path), ignored);
        }

        #[test]
        fn never_panics(patterns in proptest::collection::vec("\\PC{0,12}|[\\[\\]\\\\*!^-]{0,8}", 0..4), path in "\\PC{0,12}") {
            let read = Patterns::read(patterns.join("\n").as_bytes()).unwrap();
            if let Ok(matcher) = Matcher::new(&read) {
                matches(&matcher, &path);
            }
        }
    }
}
