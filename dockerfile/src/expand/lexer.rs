//! The lexer behind word expansion.

use std::iter::Peekable;
use std::str::Chars;

use aliasfront_gotext::quote::quote;

use crate::error::{Error, ErrorKind};
use crate::expand::steps::Steps;
use crate::expand::{Environment, Expander, Expansion, pattern, replacement};
use crate::limits::{MAX_EXPANSION_LENGTH, MAX_EXPANSION_NESTING, exceeded_message};

/// Why a word cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LexError {
    /// The word is wrong: how, and what to do.
    Syntax(String, &'static str),
    /// The word is too much.
    Limit(String),
}

impl LexError {
    /// An error of the word, without a hint.
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self::Syntax(message.into(), "")
    }

    /// The error with the word it is about.
    fn about(self, word: &str) -> Self {
        match self {
            Self::Syntax(message, hint) => {
                Self::Syntax(format!("failed to process {}: {message}", quote(word)), hint)
            }
            limit @ Self::Limit(_) => limit,
        }
    }
}

impl From<LexError> for Error {
    fn from(error: LexError) -> Self {
        match error {
            LexError::Limit(message) => Self::new(message).kind(ErrorKind::Limit),
            LexError::Syntax(message, "") => Self::new(message).kind(ErrorKind::Expansion),
            LexError::Syntax(message, hint) => {
                Self::new(message).kind(ErrorKind::Expansion).hint(hint)
            }
        }
    }
}

/// Expands one word.
pub(crate) struct Lexer<'a> {
    expander: Expander,
    env: &'a dyn Environment,
    chars: Peekable<Chars<'a>>,
    /// Whether escape characters are kept at this point.
    raw_escapes: bool,
    /// The word that is being collected. A nested word empties it: the reference has one buffer for
    /// all levels, so that `a${b:-c}` splits to the word `c` alone.
    word: String,
    nesting: usize,
    expansion: Expansion,
    steps: Steps,
}

/// Words that are being split.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    in_word: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(expander: Expander, text: &'a str, env: &'a dyn Environment) -> Self {
        Self {
            expander,
            env,
            // The reference's scanner takes this for a byte order mark.
            chars: text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable(),
            raw_escapes: expander.raw_escapes,
            word: String::new(),
            nesting: 0,
            expansion: Expansion::default(),
            steps: Steps::default(),
        }
    }

    /// The whole text, expanded, and the steps that took.
    pub(crate) fn expand(mut self, text: &str) -> (Result<Expansion, LexError>, usize) {
        let result = self.read_all(text, &mut Words::default());
        let expansion = result.map(|result| Expansion { text: result, ..self.expansion });
        (expansion, self.steps.taken())
    }

    /// The names that are used up to where the text cannot be expanded, or to its end.
    pub(crate) fn names(mut self) -> Expansion {
        let _ = self.read_to(None, self.raw_escapes, &mut Words::default());
        self.expansion
    }

    /// The whole text, expanded and split, and the steps that took.
    pub(crate) fn words(mut self, text: &str) -> (Result<Vec<String>, LexError>, usize) {
        let mut words = Words::default();
        let result = self.read_all(text, &mut words);
        (result.map(|_| words.done), self.steps.taken())
    }

    fn read_all(&mut self, text: &str, words: &mut Words) -> Result<String, LexError> {
        // What is longer can't be expanded anyway.
        let read = self.steps.take(text.len().min(MAX_EXPANSION_LENGTH));
        let result = read.and_then(|()| self.read_to(None, self.raw_escapes, words));
        result.map_err(|error| error.about(text))
    }

    /// Expands up to `stop`, which is taken too, or to the end where there is none.
    fn read_to(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        words: &mut Words,
    ) -> Result<String, LexError> {
        let outer = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.read_at_level(stop, words);
        self.raw_escapes = outer;
        result
    }

    fn read_at_level(&mut self, stop: Option<char>, words: &mut Words) -> Result<String, LexError> {
        let quotes = !self.expander.skip_process_quotes;
        let mut result = String::new();
        self.word.clear();
        while let Some(&c) = self.chars.peek() {
            if stop == Some(c) {
                self.chars.next();
                self.end_word(words);
                return Ok(result);
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    self.steps.take(value.len())?;
                    for c in value.chars() {
                        self.add(c, words);
                    }
                    result.push_str(&value);
                }
                '<' => {
                    let text = self.less_than();
                    self.add_raw(&text, words);
                    result.push_str(&text);
                }
                '\'' if quotes => {
                    let text = self.single_quote()?;
                    self.add_raw(&text, words);
                    result.push_str(&text);
                }
                '"' if quotes => {
                    let text = self.double_quote()?;
                    self.add_raw(&text, words);
                    result.push_str(&text);
                }
                _ => {
                    self.chars.next();
                    if c == self.expander.escape {
                        if self.raw_escapes {
                            self.add_raw(c.encode_utf8(&mut [0; 4]), words);
                            result.push(c);
                        }
                        let Some(escaped) = self.chars.next() else { break };
                        self.add_raw(escaped.encode_utf8(&mut [0; 4]), words);
                        result.push(escaped);
                    } else {
                        self.add(c, words);
                        result.push(c);
                    }
                }
            }
            check_length(&result)?;
        }
        if let Some(stop) = stop {
            return Err(LexError::syntax(format!(
                "unexpected end of statement while looking for matching {stop}"
            )));
        }
        self.end_word(words);
        Ok(result)
    }

    /// Adds a character that may separate words.
    fn add(&mut self, c: char, words: &mut Words) {
        if !c.is_whitespace() {
            self.add_raw(c.encode_utf8(&mut [0; 4]), words);
        } else if words.in_word && !self.word.is_empty() {
            words.done.push(std::mem::take(&mut self.word));
            words.in_word = false;
        }
    }

    /// Adds text that does not separate words.
    fn add_raw(&mut self, text: &str, words: &mut Words) {
        self.word.push_str(text);
        words.in_word = true;
    }

    /// Ends the last word.
    fn end_word(&mut self, words: &mut Words) {
        if !self.word.is_empty() {
            words.done.push(std::mem::take(&mut self.word));
            words.in_word = false;
        }
    }

    /// Text in single quotes, where everything but the quote stands for itself.
    fn single_quote(&mut self) -> Result<String, LexError> {
        let raw = self.expander.raw_quotes;
        let mut result = String::new();
        result.extend(self.chars.next().filter(|_| raw));
        for c in self.chars.by_ref() {
            if c == '\'' {
                result.extend(Some(c).filter(|_| raw));
                return Ok(result);
            }
            result.push(c);
        }
        Err(unclosed("single"))
    }

    /// Text in double quotes, where variables and some escapes have a meaning.
    fn double_quote(&mut self) -> Result<String, LexError> {
        let (raw, escape) = (self.expander.raw_quotes, self.expander.escape);
        let mut result = String::new();
        result.extend(self.chars.next().filter(|_| raw));
        while let Some(&c) = self.chars.peek() {
            if c == '$' {
                let value = self.dollar()?;
                self.steps.take(value.len())?;
                result.push_str(&value);
                check_length(&result)?;
                continue;
            }
            self.chars.next();
            if c == '"' {
                result.extend(Some(c).filter(|_| raw));
                return Ok(result);
            }
            if c != escape {
                result.push(c);
                continue;
            }
            if self.raw_escapes {
                result.push(c);
            }
            let escapable = |c: char| c == '"' || c == '$' || c == escape;
            if self.chars.peek().is_some() {
                // Before anything else the escape character stands for itself.
                result.push(self.chars.next_if(|c| escapable(*c)).unwrap_or(c));
            }
        }
        Err(unclosed("double"))
    }

    /// `<`, or `<<` with the blanks behind it, which keep a heredoc's operator and its delimiter in
    /// one word.
    fn less_than(&mut self) -> String {
        self.chars.next();
        if self.chars.next_if_eq(&'<').is_none() {
            return "<".into();
        }
        let mut result = String::from("<<");
        while let Some(blank) = self.chars.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
            result.push(blank);
        }
        result
    }

    /// What a `$` and the name behind it stand for.
    fn dollar(&mut self) -> Result<String, LexError> {
        self.chars.next();
        if self.chars.next_if_eq(&'{').is_some() {
            return self.braces();
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".into());
        }
        Ok(match self.get(&name) {
            Some(value) => value.to_owned(),
            None if self.expander.skip_unset => format!("${name}"),
            None => String::new(),
        })
    }

    /// What `${…}` stands for, from behind its brace.
    fn braces(&mut self) -> Result<String, LexError> {
        match self.chars.peek() {
            None => return Err(missing("syntax error: missing '}'")),
            Some('{' | '}' | ':') => {
                return Err(LexError::Syntax(
                    "syntax error: bad substitution".into(),
                    "write ${NAME}, or escape the dollar where it stands for itself",
                ));
            }
            Some(_) => {}
        }
        self.nesting += 1;
        if self.nesting > MAX_EXPANSION_NESTING {
            return Err(LexError::Limit(exceeded_message(
                "nesting of ${}",
                MAX_EXPANSION_NESTING,
                "MAX_EXPANSION_NESTING",
            )));
        }
        let name = self.name();
        let result = match self.chars.next() {
            Some('}') => Ok(match self.get(&name) {
                Some(value) => value.to_owned(),
                None if self.expander.skip_unset => format!("${{{name}}}"),
                None => String::new(),
            }),
            Some(':') => {
                let modifier = self.chars.next();
                self.modifier(&name, modifier, true)
            }
            modifier @ Some('+' | '-' | '?' | '#' | '%') => self.modifier(&name, modifier, false),
            Some('/') => self.replace(&name),
            modifier => Err(unsupported(modifier, false)),
        };
        self.nesting -= 1;
        result
    }

    /// What `${name<modifier>word}` stands for, from behind the modifier. With `null_is_unset` there
    /// is a colon before it, and an empty value counts as none.
    fn modifier(
        &mut self,
        name: &str,
        modifier: Option<char>,
        null_is_unset: bool,
    ) -> Result<String, LexError> {
        let trims = matches!(modifier, Some('#' | '%'));
        if trims && null_is_unset {
            return Err(unsupported(modifier, null_is_unset));
        }
        let word = self.nested('}', trims, "syntax error: missing '}'")?;
        let value = self.get(name);
        if self.expander.skip_unset && value.is_none() {
            let modifier = modifier_text(modifier, null_is_unset);
            return Ok(format!("${{{name}{modifier}{word}}}"));
        }
        let usable = value.filter(|value| !(null_is_unset && value.is_empty()));
        match modifier {
            Some('-') => Ok(usable.map_or(word, str::to_owned)),
            Some('+') => Ok(usable.map_or(String::new(), |_| word)),
            Some('?') => match (usable, value) {
                (Some(value), _) => Ok(value.to_owned()),
                (None, _) if !word.is_empty() => Err(LexError::syntax(format!("{name}: {word}"))),
                (None, Some(_)) => {
                    Err(LexError::syntax(format!("{name}: is not allowed to be empty")))
                }
                (None, None) => {
                    Err(LexError::syntax(format!("{name}: is not allowed to be unset")))
                }
            },
            Some('#') => self.trim(&word, '#', value.unwrap_or_default(), pattern::trim_prefix),
            Some('%') => self.trim(&word, '%', value.unwrap_or_default(), pattern::trim_suffix),
            _ => Err(unsupported(modifier, null_is_unset)),
        }
    }

    /// What `${name/pattern/replacement}` stands for, from behind the first slash.
    fn replace(&mut self, name: &str) -> Result<String, LexError> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let pattern = self.nested('/', true, "syntax error: missing '/' in ${}");
        let pattern = pattern.map_err(|error| match error {
            LexError::Syntax(message, hint) if hint == UNCLOSED => LexError::Syntax(
                message,
                "write ${NAME/PATTERN/REPLACEMENT}; the replacement may be empty",
            ),
            error => error,
        })?;
        let replacement = self.nested('}', true, "syntax error: missing '}'")?;
        let value = self.get(name);
        if self.expander.skip_unset && value.is_none() {
            return Ok(format!("${{{name}/{pattern}/{replacement}}}"));
        }
        let value = value.unwrap_or_default();
        replacement::replace(value, &pattern, &replacement, all, &mut self.steps)
    }

    /// Removes a pattern: the longest piece where `word` starts with another `sign`.
    fn trim(
        &mut self,
        word: &str,
        sign: char,
        value: &str,
        remove: fn(&str, &str, bool, &mut Steps) -> Result<String, LexError>,
    ) -> Result<String, LexError> {
        match word.strip_prefix(sign) {
            Some(pattern) => remove(value, pattern, true, &mut self.steps),
            None => remove(value, word, false, &mut self.steps),
        }
    }

    /// A word within braces, up to `stop`; `missing` is the error where the text ends before.
    fn nested(&mut self, stop: char, raw_escapes: bool, missing: &str) -> Result<String, LexError> {
        let result = self.read_to(Some(stop), raw_escapes, &mut Words::default());
        result.map_err(|error| match error {
            LexError::Syntax(..) if self.chars.peek().is_none() => self::missing(missing),
            error => error,
        })
    }

    /// A variable's name: letters, digits and `_`, or digits alone, or one special character.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.chars.peek() {
            Some(c) if is_digit(*c) => {
                while let Some(digit) = self.chars.next_if(|c| is_digit(*c)) {
                    name.push(digit);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.chars.next()),
            _ => {
                while let Some(c) = self.chars.next_if(|c| is_name_character(*c)) {
                    name.push(c);
                }
            }
        }
        name
    }

    /// The value of `name`; notes that it was asked for.
    fn get(&mut self, name: &str) -> Option<&'a str> {
        let value = self.env.get(name);
        let names =
            if value.is_some() { &mut self.expansion.used } else { &mut self.expansion.unset };
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
        value
    }
}

/// Go's `unicode.IsDigit`, but that it is ASCII's: no other digit is known to start a variable.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Go's letters and digits, and `_`. Beyond ASCII these are Rust's letters and numbers but for the
/// numbers of Latin-1, like `²`. That takes more than Go does: other numbers that aren't decimal
/// digits (`Ⅳ`, `①`), and vowel signs and the like.
pub(super) fn is_name_character(c: char) -> bool {
    c == '_' || (c.is_alphanumeric() && !matches!(c, '²' | '³' | '¹' | '¼'..='¾'))
}

/// A modifier as the reference shows it: the end of the text is U+FFFD.
fn modifier_text(modifier: Option<char>, colon: bool) -> String {
    let modifier = modifier.unwrap_or(char::REPLACEMENT_CHARACTER);
    if colon { format!(":{modifier}") } else { modifier.to_string() }
}

/// The error where the text ends within braces.
fn missing(message: &str) -> LexError {
    LexError::Syntax(message.into(), UNCLOSED)
}

/// What to do about it.
const UNCLOSED: &str = "close what ${ opens with }";

/// The error where the text ends within quotes.
fn unclosed(kind: &str) -> LexError {
    LexError::Syntax(
        format!("unexpected end of statement while looking for matching {kind}-quote"),
        "close the quote, or escape it where it stands for itself",
    )
}

fn unsupported(modifier: Option<char>, colon: bool) -> LexError {
    let modifier = modifier_text(modifier, colon);
    LexError::Syntax(
        format!("unsupported modifier ({modifier}) in substitution"),
        "the modifiers are :- - :+ + :? ? # ## % %% / and //, and a brace closes the variable",
    )
}

/// The error where an expansion gets too long.
fn check_length(text: &str) -> Result<(), LexError> {
    if text.len() > MAX_EXPANSION_LENGTH { Err(too_long()) } else { Ok(()) }
}

pub(super) fn too_long() -> LexError {
    LexError::Limit(exceeded_message("expansion", MAX_EXPANSION_LENGTH, "MAX_EXPANSION_LENGTH"))
}
