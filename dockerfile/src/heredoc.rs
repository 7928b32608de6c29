//! Here-documents.

use std::sync::Arc;

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter, without quotes.
    pub name: String,
    /// The body, each line with its line feed. As written in [`Run`](crate::instruction::Run) and the like; in
    /// [`Operands`](crate::instruction::Operands) it is the file's content, and what several heredocs have in common is
    /// there once.
    pub content: Arc<str>,
    /// Whether variables in it are expanded: the delimiter is not quoted.
    pub expand: bool,
    /// `<<-`: leading tabs are dropped.
    pub chomp: bool,
    /// The file descriptor before `<<` (0 where none is written).
    pub file_descriptor: u32,
}

impl Heredoc {
    /// The body without the tabs that its lines start with, where `<<-` asks for that.
    pub fn body(&self) -> String {
        if self.chomp { without_tabs(&self.content) } else { self.content.as_ref().to_owned() }
    }
}

/// `content` without the tabs that its lines start with.
pub(crate) fn without_tabs(content: &str) -> String {
    content.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}
