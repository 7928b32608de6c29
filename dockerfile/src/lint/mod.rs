//! Lint: rules, their configuration, and what they find.

use crate::span::Lines;

/// A lint rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, as in `# check=skip=NAME`.
    pub name: &'static str,
    /// What it asks for, in a sentence.
    pub description: &'static str,
    /// Its documentation's address.
    pub url: &'static str,
    /// Whether it runs only when asked for by name.
    pub experimental: bool,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found, in a sentence.
    pub message: String,
    /// Where.
    pub lines: Vec<Lines>,
}

/// Which rules run (`# check=`, `BUILDKIT_DOCKERFILE_CHECK`, comments above instructions).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// Rules that do not run.
    pub skip: Vec<String>,
    /// No rule runs.
    pub skip_all: bool,
    /// Experimental rules that run.
    pub experimental: Vec<String>,
    /// Every experimental rule runs.
    pub experimental_all: bool,
    /// A finding fails the build.
    pub error: bool,
}
