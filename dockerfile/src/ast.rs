//! What a Dockerfile says, typed: stages of instructions, words not yet expanded.
//!
//! Words keep their quotes, escapes and variables; [`crate::expand`] turns them into values once
//! their environment is known.

use crate::comments::{Comments, LooseComment};
use crate::directive::Directives;
use crate::findings::{self, TextFinding};
use crate::instruction::{Arg, Instruction, Platform};
use crate::lint::{Config, Finding};
use crate::span::Lines;
use crate::word::Word;

/// A parsed Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// The parser directives of its head.
    pub directives: Directives,
    /// The `ARG` instructions before the first `FROM`, in order, with the lines and comments each has.
    pub global_args: Vec<GlobalArg>,
    /// The stages in order; never empty.
    pub stages: Vec<Stage>,
    /// What the text-only lint rules found, in the order in which the reference reports them, whether
    /// or not they are to run.
    pub findings: Vec<TextFinding>,
    /// The comments that are above no instruction: an empty comment parts them from it, or they are at
    /// the end.
    pub loose_comments: Vec<LooseComment>,
}

impl Dockerfile {
    /// What the text-only lint rules found that run under `config` and the comments above
    /// instructions, in the order in which the reference reports it.
    pub fn lint(&self, config: &Config) -> Vec<Finding> {
        findings::running(&self.findings, config)
    }
}

/// An `ARG` instruction before the first `FROM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalArg {
    /// The lines of the instruction.
    pub lines: Lines,
    /// The comments above it.
    pub comments: Comments,
    /// The variables it declares.
    pub args: Vec<Arg>,
}

/// A stage: a `FROM` and the instructions up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The name after `AS`, in lower case.
    pub name: Option<String>,
    /// The name after `AS` as it is written.
    pub name_word: Option<Word>,
    /// The base: an image, an earlier stage, `scratch`, or an expression of global arguments.
    pub base: Word,
    /// The `--platform` flag.
    pub platform: Option<Platform>,
    /// The `FROM` instruction as one logical line, continuations joined, trimmed.
    pub source: String,
    /// The keyword as written (`FROM`, `from`).
    pub keyword: String,
    /// The lines of the `FROM` instruction.
    pub lines: Lines,
    /// The comments above `FROM`.
    pub comments: Comments,
    /// What the comment above says of the stage: the text behind `NAME ` in a line that starts so.
    pub description: Option<String>,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
}
