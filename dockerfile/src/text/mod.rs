//! From bytes to statements: lines, continuations, keywords, flags, arguments and heredocs.
//!
//! This is the first of the parser's two passes; its errors come before those of the second one,
//! [`crate::instruction`], wherever in the source they are, as they do with the reference.

pub(crate) mod arguments;
pub(crate) mod flag;
pub(crate) mod heredoc;
pub(crate) mod lines;
pub(crate) mod logical_line;
pub(crate) mod reader;
pub(crate) mod slice;
pub(crate) mod statement;
