//! `CMD`, `ENTRYPOINT`, and what `RUN` runs.

use crate::error::Error;
use crate::instruction::{Heredoc, flags};
use crate::span::Span;
use crate::text::heredoc;
use crate::text::statement::Statement;

/// `CMD`, `ENTRYPOINT` and the command of `RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandLine {
    /// In exec form the JSON array's strings; in shell form one string, the rest of the line (or none).
    pub args: Vec<String>,
    /// Whether it is in shell form, and the shell goes before it.
    pub shell: bool,
    /// Heredocs that the line opens.
    pub heredocs: Vec<Heredoc>,
    /// Where the command's text stands.
    pub span: Span,
}

impl CommandLine {
    /// The heredoc that is all of the command: `RUN <<EOF`, without a program that reads it.
    pub fn only_heredoc(&self) -> Option<&Heredoc> {
        let (first, [line]) = (self.heredocs.first()?, self.args.as_slice()) else { return None };
        matches!(heredoc::from_word(line), Ok(Some(_))).then_some(first)
    }
}

/// A command without flags.
pub(super) fn parse(statement: &mut Statement) -> Result<CommandLine, Error> {
    flags::none(&statement.flags)?;
    Ok(read(statement))
}

/// The command in the arguments.
pub(super) fn read(statement: &mut Statement) -> CommandLine {
    let words = std::mem::take(&mut statement.arguments.words);
    CommandLine {
        span: words.first().map(|word| word.span).unwrap_or_default(),
        args: words.into_iter().map(|word| word.text).collect(),
        shell: !statement.arguments.json,
        heredocs: std::mem::take(&mut statement.heredocs),
    }
}
