//! What the manual says of a rule, as data: its page is made from it, and its examples are tried.

use crate::lint::Rule;

/// What the page of a rule says. These are constants which nothing uses at run time, so that none of their text ends up
/// in an executable.
#[derive(Debug, Clone, Copy)]
pub struct Documentation {
    /// The rule.
    pub rule: &'static Rule,
    /// What it finds: a sentence without its full stop, in Markdown.
    pub finds: &'static str,
    /// Why it matters: paragraphs of Markdown.
    pub why: &'static str,
    /// What it finds, and how that is better written.
    pub examples: &'static [Example],
    /// What else there is to say, below the examples: paragraphs of Markdown; may be empty.
    pub more: &'static str,
}

/// A build that shows a rule.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// Whether the rule finds something in it.
    pub is_found: bool,
    /// The flags of `docker buildx build`, each with its value.
    pub flags: &'static [(&'static str, &'static str)],
    /// The lines of `.dockerignore`; empty where there is none.
    pub ignored: &'static str,
    /// The Dockerfile.
    pub dockerfile: &'static str,
}

impl Example {
    /// A Dockerfile in which the rule finds something.
    pub const fn found(dockerfile: &'static str) -> Self {
        Self { is_found: true, flags: &[], ignored: "", dockerfile }
    }

    /// A Dockerfile in which no rule finds anything.
    pub const fn better(dockerfile: &'static str) -> Self {
        Self { is_found: false, ..Self::found(dockerfile) }
    }

    /// The same, built with these flags.
    #[must_use]
    pub const fn with(self, flags: &'static [(&'static str, &'static str)]) -> Self {
        Self { flags, ..self }
    }

    /// The same with these lines in `.dockerignore`.
    #[must_use]
    pub const fn ignoring(self, ignored: &'static str) -> Self {
        Self { ignored, ..self }
    }
}
