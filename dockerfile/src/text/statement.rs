//! A statement: an instruction that is cut up but not understood.

use crate::comments::Comments;
use crate::error::Error;
use crate::heredoc::Heredoc;
use crate::keyword::Keyword;
use crate::limits::{MAX_ONBUILD_NESTING, exceeded};
use crate::text::arguments::{self, Arguments};
use crate::text::flag::{self, Flag};
use crate::text::logical_line::LogicalLine;
use crate::text::slice::Slice;

/// An instruction cut up into keyword, flags, arguments and heredocs.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its lines.
    pub(crate) line: LogicalLine,
    /// The instruction, where it is a known one.
    pub(crate) keyword: Option<Keyword>,
    /// The keyword as written.
    pub(crate) keyword_text: String,
    /// The flags as given.
    pub(crate) flags: Vec<Flag>,
    /// What follows the flags.
    pub(crate) arguments: Arguments,
    /// Heredocs that it opens, with their bodies.
    pub(crate) heredocs: Vec<Heredoc>,
    /// The comment lines above it.
    pub(crate) comments: Comments,
}

/// A statement's parts.
pub(crate) struct Parts<'a> {
    pub(crate) keyword_text: Slice<'a>,
    pub(crate) keyword: Option<Keyword>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) arguments: Arguments,
    /// Whether it may open heredocs.
    pub(crate) heredocs: bool,
}

/// Cuts up `line`.
///
/// # Errors
/// What is wrong with the form of the arguments.
pub(crate) fn cut(line: Slice<'_>, escape: char) -> Result<Parts<'_>, Error> {
    let head = Head::take(line, escape);
    if head.keyword != Some(Keyword::Onbuild) || head.rest.text.is_empty() {
        let arguments = arguments::read(head.keyword, head.rest, escape)?;
        return Ok(Parts {
            heredocs: !arguments.json && opens_heredocs(head.keyword),
            arguments,
            keyword_text: head.keyword_text,
            keyword: head.keyword,
            flags: head.flags,
        });
    }
    // `ONBUILD` holds a statement itself, of which only the form matters here.
    let trigger = Head::take(head.rest, escape);
    let mut inner = &trigger;
    let mut nested;
    let mut depth = 1;
    while inner.keyword == Some(Keyword::Onbuild) && !inner.rest.text.is_empty() {
        depth += 1;
        if depth > MAX_ONBUILD_NESTING {
            return Err(exceeded("nesting of ONBUILD", MAX_ONBUILD_NESTING, "MAX_ONBUILD_NESTING"));
        }
        nested = Head::take(inner.rest, escape);
        inner = &nested;
    }
    let json = arguments::read(inner.keyword, inner.rest, escape)?.json;
    Ok(Parts {
        // Deeper ones are wrong anyway.
        heredocs: depth == 1 && !json && opens_heredocs(trigger.keyword),
        arguments: Arguments { words: vec![trigger.keyword_text.word()], ..Arguments::default() },
        keyword_text: head.keyword_text,
        keyword: head.keyword,
        flags: head.flags,
    })
}

/// Whether an instruction may open heredocs.
fn opens_heredocs(keyword: Option<Keyword>) -> bool {
    matches!(keyword, Some(Keyword::Add | Keyword::Copy | Keyword::Run))
}

/// What a statement starts with, and the rest.
struct Head<'a> {
    keyword_text: Slice<'a>,
    keyword: Option<Keyword>,
    flags: Vec<Flag>,
    /// What follows the flags, trimmed.
    rest: Slice<'a>,
}

impl<'a> Head<'a> {
    fn take(line: Slice<'a>, escape: char) -> Self {
        let (keyword_text, behind) = line.trim().split_blank_once();
        let (rest, flags) = match behind {
            Some(behind) => flag::extract(behind, escape),
            None => (keyword_text.from(keyword_text.text.len()), Vec::new()),
        };
        Self { keyword_text, keyword: Keyword::of(keyword_text.text), flags, rest: rest.trim() }
    }
}
