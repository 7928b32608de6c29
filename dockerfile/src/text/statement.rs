//! A statement: an instruction that is cut up but not understood.

use crate::error::Error;
use crate::instruction::{Heredoc, Keyword};
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
    pub(crate) comments: Vec<String>,
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
    let mut statement = Vec::new();
    let mut rest = line;
    // `ONBUILD` holds a statement itself, of which only the form matters here.
    let (arguments, json) = loop {
        let (keyword_text, behind) = rest.trim().split_blank_once();
        let keyword = Keyword::of(keyword_text.text);
        let (behind, flags) = match behind {
            Some(behind) => flag::extract(behind, escape),
            None => (keyword_text.from(keyword_text.text.len()), Vec::new()),
        };
        let behind = behind.trim();
        statement.push((keyword_text, keyword, flags));
        if keyword == Some(Keyword::Onbuild) && !behind.text.is_empty() {
            if statement.len() > MAX_ONBUILD_NESTING {
                return Err(exceeded(
                    "nesting of ONBUILD",
                    MAX_ONBUILD_NESTING,
                    "MAX_ONBUILD_NESTING",
                ));
            }
            rest = behind;
            continue;
        }
        let arguments = arguments::read(keyword, behind, escape)?;
        let json = arguments.json;
        break (arguments, json);
    };
    let heredocs = match statement.as_slice() {
        [(_, keyword, _)] | [(_, Some(Keyword::Onbuild), _), (_, keyword, _)] => {
            !json && matches!(keyword, Some(Keyword::Add | Keyword::Copy | Keyword::Run))
        }
        _ => false,
    };
    let trigger = statement.get(1).map(|(keyword, _, _)| keyword.word());
    let arguments = match trigger {
        Some(word) => Arguments { words: vec![word], ..Arguments::default() },
        None => arguments,
    };
    let (keyword_text, keyword, flags) = statement.swap_remove(0);
    Ok(Parts { keyword_text, keyword, flags, arguments, heredocs })
}
