//! The comments above an instruction, and the rules that they turn on and off.

use std::ops::Deref;

use crate::directive::{DirectiveParser, Name, first_word};
use crate::lint::{Config, Rule};

/// The comments above an instruction, each without `#` and the white space around it.
///
/// Empty lines may stand between them, and between them and the instruction; an empty comment parts
/// what is above it from the instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    texts: Vec<String>,
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
}

impl Deref for Comments {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.texts
    }
}

impl FromIterator<String> for Comments {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let texts: Vec<String> = texts.into_iter().collect();
        let options = texts.iter().find_map(|text| match DirectiveParser::new("").read(text) {
            Ok(Some((Name::Check, value))) => Some(first_word(value)),
            _ => None,
        });
        let check = options.and_then(|options| Config::parse(options).ok()).map(Box::new);
        Self { texts, check }
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
    use super::Comments;

    #[test]
    fn the_first_options_count() {
        let texts = ["a", "check=skip=A", "check=skip=B", "check=nonsense"].map(str::to_owned);
        let comments = Comments::from_iter(texts.clone());
        assert_eq!(*comments, texts);
        assert_eq!(comments.check().map(|check| check.skip.clone()), Some(["A".to_owned()].into()));
        let wrong_first: Comments = texts.into_iter().rev().collect();
        assert_eq!(wrong_first.check(), None);
    }
}
