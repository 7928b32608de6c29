//! The flags that an instruction takes.

use crate::error::{Error, ErrorKind};
use crate::suggest::did_you_mean;
use crate::text::flag::Flag;
use crate::word::Word;

/// What a flag's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Boolean,
    Text,
    Texts,
}

/// A flag that an instruction takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec {
    name: &'static str,
    value: Value,
}

impl Spec {
    /// `--name`, `--name=true` or `--name=false`.
    pub(super) const fn boolean(name: &'static str) -> Self {
        Self { name, value: Value::Boolean }
    }

    /// `--name=value`, once.
    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, value: Value::Text }
    }

    /// `--name=value`, as often as wanted.
    pub(super) const fn texts(name: &'static str) -> Self {
        Self { name, value: Value::Texts }
    }
}

/// The flags of an instruction, checked.
#[derive(Debug)]
pub(super) struct Flags {
    given: Vec<(&'static str, Word)>,
}

impl Flags {
    /// Checks the flags `given` to an instruction that takes `specs`.
    pub(super) fn check(given: &[Flag], specs: &[Spec]) -> Result<Self, Error> {
        let mut flags = Self { given: Vec::with_capacity(given.len()) };
        for flag in given {
            flags.add(flag, specs).map_err(|message| {
                let known = specs.iter().any(|spec| spec.name == flag.name);
                let kind = if known { ErrorKind::Syntax } else { ErrorKind::UnknownFlag };
                Error::new(message).kind(kind).span(flag.span).hint(hint(specs))
            })?;
        }
        Ok(flags)
    }

    fn add(&mut self, flag: &Flag, specs: &[Spec]) -> Result<(), String> {
        let name = &flag.name;
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            let message = format!("unknown flag: --{name}");
            return Err(did_you_mean(message, name, specs.iter().map(|spec| spec.name), true));
        };
        if spec.value != Value::Texts && self.given.iter().any(|(given, _)| *given == spec.name) {
            return Err(format!("duplicate flag specified: --{name}"));
        }
        let missing = || format!("missing a value on flag: --{name}");
        let text = match (spec.value, flag.value.as_deref()) {
            (Value::Boolean, None) => "true".into(),
            (Value::Boolean, Some("")) | (Value::Text | Value::Texts, None) => {
                return Err(missing());
            }
            (Value::Boolean, Some(value)) => {
                let lower = value.to_lowercase();
                if lower != "true" && lower != "false" {
                    return Err(format!("expecting boolean value for flag --{name}, not: {value}"));
                }
                lower
            }
            (Value::Text | Value::Texts, Some(value)) => value.to_owned(),
        };
        self.given.push((spec.name, Word { text, span: flag.value_span }));
        Ok(())
    }

    /// A boolean flag, where it is given.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, word)| word.text == "true")
    }

    /// A text, where it is given.
    pub(super) fn text(&mut self, name: &str) -> Option<Word> {
        let at = self.given.iter().position(|(given, _)| *given == name)?;
        Some(self.given.swap_remove(at).1)
    }

    /// A text, where it is given and not empty: an empty one is as good as none.
    pub(super) fn non_empty_text(&mut self, name: &str) -> Option<Word> {
        self.text(name).filter(|word| !word.text.is_empty())
    }

    /// All texts of a flag that may be repeated, in order.
    pub(super) fn texts(&self, name: &str) -> Vec<Word> {
        let given = self.given.iter().filter(|(given, _)| *given == name);
        given.map(|(_, word)| word.clone()).collect()
    }
}

/// Which flags there are.
fn hint(specs: &[Spec]) -> String {
    if specs.is_empty() {
        return "it takes no flags; before an argument that starts with -- write --".into();
    }
    let flags: Vec<String> = specs
        .iter()
        .map(|Spec { name, value }| match value {
            Value::Boolean => format!("--{name}[=true|false]"),
            Value::Text | Value::Texts => format!("--{name}=VALUE"),
        })
        .collect();
    format!("it takes {}", flags.join(", "))
}

/// Checks that there are no flags.
pub(super) fn none(given: &[Flag]) -> Result<(), Error> {
    Flags::check(given, &[]).map(|_| ())
}
