//! Lint: rules, their configuration, and what they find.
//!
//! Names, descriptions, addresses and texts of findings are the reference's: people configure by
//! them and tools match on them.

mod config;
mod documentation;
pub mod rule;

pub use config::Config;
pub use documentation::{Documentation, Example};

use crate::span::Lines;

/// A lint rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, as in `# check=skip=NAME`.
    pub name: &'static str,
    /// What it asks for, in a sentence.
    pub description: &'static str,
    /// Its documentation's address; empty where it has none.
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
