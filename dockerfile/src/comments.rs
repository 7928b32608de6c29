//! The comments above an instruction, and the rules that they turn on and off.

use std::ops::Deref;

use crate::directive::{DirectiveParser, Name, first_word};
use crate::lint::{Config, Rule};
use crate::span::Lines;

/// The comments above an instruction, each without `#` and the white space around it.
///
/// Empty lines may stand between them, and between them and the instruction; an empty comment parts
/// what is above it from the instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    texts: Vec<String>,
    /// The line of each.
    lines: Vec<u32>,
    check: Option<Box<Config>>,
}

impl Comments {
    /// What `check=OPTIONS` says in the first comment that reads so. Options that are wrong say
    /// nothing.
    ///
    /// It is read once, when the comments are: an instruction can give rise to many findings.
    pub fn check(&self) -> Option<&Config> {
        self.check.as_deref()
    }

    /// The comments with the line of each.
    pub fn placed(&self) -> impl Iterator<Item = (&str, Lines)> {
        let lines = self.lines.iter().map(|line| Lines::new(*line, *line));
        self.texts.iter().map(String::as_str).zip(lines)
    }
}

impl Deref for Comments {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.texts
    }
}

impl FromIterator<LooseComment> for Comments {
    fn from_iter<I: IntoIterator<Item = LooseComment>>(comments: I) -> Self {
        let (texts, lines): (Vec<String>, Vec<u32>) =
            comments.into_iter().map(|LooseComment { text, line }| (text, line)).unzip();
        let options = texts.iter().find_map(|text| match DirectiveParser::new("").read(text) {
            Ok(Some((Name::Check, value))) => Some(first_word(value)),
            _ => None,
        });
        let check = options.and_then(|options| Config::parse(options).ok()).map(Box::new);
        Self { texts, lines, check }
    }
}

impl Config {
    /// Whether `rule` runs at an instruction with these comments above it, which may skip more rules
    /// and ask for more experimental ones; `error` in them isn't heeded.
    pub fn runs_at(&self, rule: &Rule, comments: &Comments) -> bool {
        let own = comments.check();
        if rule.experimental {
            self.wants(rule) || own.is_some_and(|own| own.wants(rule))
        } else {
            !self.skips(rule) && !own.is_some_and(|own| own.skips(rule))
        }
    }
}

/// A comment that is above no instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseComment {
    /// Its line, from 1.
    pub line: u32,
    /// Its text, without `#` and the space around it.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::{Comments, LooseComment};

    #[test]
    fn the_first_options_count() {
        let texts = ["a", "check=skip=A", "check=skip=B", "check=nonsense"].map(str::to_owned);
        let place = |(line, text): (u32, String)| LooseComment { line, text };
        let comments: Comments = (3..).zip(texts.clone()).map(place).collect();
        assert_eq!(*comments, texts);
        assert_eq!(comments.check().map(|check| check.skip.clone()), Some(["A".to_owned()].into()));
        assert_eq!(comments.placed().nth(1).map(|(_, lines)| lines.first), Some(4));
        let wrong_first: Comments = (3..).zip(texts.into_iter().rev()).map(place).collect();
        assert_eq!(wrong_first.check(), None);
    }
}
