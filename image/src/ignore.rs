//! `.dockerignore`: which files of a context are left out, by the daemon's rules.
//!
//! The daemon turns a pattern into a regular expression, with some shortcuts. The effects of both are
//! kept: `**name` at the start of a pattern without other wildcards matches every path that ends
//! with `name`, `[^a]` matches a slash too, and where the translation goes astray (a `|` beside a `*`,
//! a `*` within brackets, a backslash before a letter) the pattern means here what it means there.
//! Nothing is left out by what is decided here: the sender of the context does that, and this only
//! warns.

mod expression;

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

/// Reads the patterns of an ignore file. Those of exceptions start with `!`.
///
/// # Errors
///
/// It has a line that is longer than [`MAX_LINE`].
pub fn read(content: &[u8]) -> Result<Vec<String>, InvalidIgnore> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let content = content.strip_prefix(BOM).unwrap_or(content);
    let mut patterns = Vec::new();
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
        patterns.push(format!("{exception}{}", relative.unwrap_or(&cleaned)));
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
    rule: Rule,
}

/// What a path must be.
#[derive(Debug, Clone)]
enum Rule {
    /// The pattern itself.
    Exact,
    /// Something that begins so.
    Prefix(String),
    /// Something that ends so, or where that starts with a slash, the rest of it.
    Suffix(String),
    /// Something that this matches.
    Expression(Expression),
    /// The pattern comes to no expression: nobody can tell.
    Broken,
}

impl Matcher {
    /// Reads patterns.
    ///
    /// # Errors
    ///
    /// One is malformed.
    pub fn new(patterns: &[String]) -> Result<Self, InvalidIgnore> {
        let given = patterns.iter().map(|given| given.trim()).filter(|given| !given.is_empty());
        Ok(Self { patterns: given.map(Pattern::parse).collect::<Result<_, _>>()? })
    }

    /// Whether a pattern takes back what others leave out.
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// Whether the patterns leave out this path and everything below it, whatever wildcards in it and in exceptions stand
    /// for.
    pub fn leaves_out_all_of(&self, path: &str) -> bool {
        let exceptions = self.patterns.iter().filter(|pattern| pattern.exception);
        self.matches_or_parent_matches(path)
            && !exceptions.into_iter().any(|exception| may_reach_into(&exception.text, path))
    }

    /// Whether one pattern leaves out everything in the root.
    pub fn ignores_everything(&self) -> bool {
        let everything = |text: &str| matches!(text, "*" | "**" | "**/*");
        self.patterns.iter().any(|pattern| !pattern.exception && everything(&pattern.text))
    }

    /// Whether the patterns leave this path out, or a directory above it. The last one that says
    /// something about it decides; with one that cannot be told nothing is.
    pub fn matches_or_parent_matches(&self, path: &str) -> bool {
        let directory = path::dir(path);
        let parents: Vec<&str> = match directory.as_str() {
            "." => Vec::new(),
            directory => {
                let above = directory.match_indices('/').map(|(slash, _)| &directory[..slash]);
                above.chain([directory]).collect()
            }
        };
        let mut ignored = false;
        for pattern in &self.patterns {
            // Only one of the other kind has something to say.
            if pattern.exception != ignored {
                continue;
            }
            if matches!(pattern.rule, Rule::Broken) {
                return false;
            }
            ignored ^=
                pattern.matches(path) || parents.iter().any(|parent| pattern.matches(parent));
        }
        ignored
    }
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

impl Pattern {
    fn parse(given: &str) -> Result<Self, InvalidIgnore> {
        let cleaned = path::clean(given);
        let (exception, text) = match cleaned.strip_prefix('!') {
            Some("") => {
                return Err(InvalidIgnore::Exception);
            }
            Some(text) => (true, text),
            None => (false, cleaned.as_str()),
        };
        if !(Parser { rest: text }).reads_well() {
            return Err(InvalidIgnore::Pattern(given.to_owned()));
        }
        Ok(Self { text: text.to_owned(), exception, rule: Rule::of(text) })
    }

    fn matches(&self, path: &str) -> bool {
        match &self.rule {
            Rule::Exact => path == self.text,
            Rule::Prefix(prefix) => path.starts_with(prefix),
            Rule::Suffix(suffix) => {
                path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path)
            }
            Rule::Expression(expression) => expression.matches(path),
            Rule::Broken => false,
        }
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
                            let prefix = pattern.strip_suffix("**").unwrap_or(pattern);
                            rule = Self::Prefix(prefix.to_owned());
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
                        rule = Self::Suffix(pattern.get(2..).unwrap_or_default().to_owned());
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

    fn matcher(patterns: &[&str]) -> Result<Matcher, InvalidIgnore> {
        Matcher::new(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
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
            let matcher = matcher(patterns).unwrap();
            assert_eq!(matcher.matches_or_parent_matches(path), want, "{patterns:?} {path}");
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
            let matcher = matcher(patterns).unwrap();
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
            let error = matcher(&[pattern]).unwrap_err();
            assert_eq!(error.to_string(), "syntax error in pattern", "{pattern}");
        }
        let error = matcher(&["!"]).unwrap_err();
        assert_eq!(error.to_string(), "illegal exclusion pattern: \"!\"");
    }

    #[test]
    fn many_stars_take_no_more_time() {
        let pattern = "*a".repeat(200) + "**/x" + &"**/y*".repeat(200);
        let path = "a".repeat(2_000);
        assert!(!matcher(&[&pattern]).unwrap().matches_or_parent_matches(&path));
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
            if !matches!(parsed.rule, Rule::Suffix(_)) {
                prop_assert_eq!(parsed.matches(&path), expression(&pattern).is_match(&path));
            }
        }

        #[test]
        fn never_panics(patterns in proptest::collection::vec("\\PC{0,12}|[\\[\\]\\\\*!^-]{0,8}", 0..4), path in "\\PC{0,12}") {
            let read = read(patterns.join("\n").as_bytes()).unwrap();
            if let Ok(matcher) = Matcher::new(&read) {
                let _ = matcher.matches_or_parent_matches(&path);
            }
        }
    }
}
