//! `FROM`

use aliasfront_gotext::quote::quote;

use crate::comments::Comments;
use crate::error::Error;
use crate::instruction::Platform;
use crate::instruction::arg::descriptions;
use crate::instruction::flags::{Flags, Spec};
use crate::span::Lines;
use crate::text::statement::Statement;
use crate::word::Word;

const FLAGS: [Spec; 1] = [Spec::text("platform")];

/// What `FROM` says of the stage that it begins; the fields are those of [`Stage`](crate::Stage).
pub(crate) struct StageHead {
    pub(crate) name: Option<String>,
    pub(crate) name_word: Option<Word>,
    pub(crate) base: Word,
    pub(crate) platform: Option<Platform>,
    pub(crate) source: String,
    pub(crate) keyword: String,
    pub(crate) lines: Lines,
    pub(crate) comments: Comments,
    pub(crate) description: Option<String>,
}

pub(super) fn parse(statement: &mut Statement) -> Result<StageHead, Error> {
    let words = std::mem::take(&mut statement.arguments.words);
    let (base, name_word) = match <[Word; 3]>::try_from(words) {
        Ok([base, keyword, name]) if keyword.text.eq_ignore_ascii_case("as") => (base, Some(name)),
        Ok(_) => return Err(wrong_arity()),
        Err(words) => match <[Word; 1]>::try_from(words) {
            Ok([base]) => (base, None),
            Err(_) => return Err(wrong_arity()),
        },
    };
    let name = name_word.as_ref().map(stage_name).transpose()?;
    let mut flags = Flags::check(&statement.flags, &FLAGS)?;
    let description = name.as_deref().and_then(|name| {
        descriptions(&statement.comments).get(name).map(|text| (*text).to_owned())
    });
    Ok(StageHead {
        name,
        name_word,
        base,
        platform: flags.non_empty_text("platform"),
        source: statement.line.take_source(),
        keyword: statement.keyword_text.clone(),
        lines: statement.line.lines,
        comments: std::mem::take(&mut statement.comments),
        description,
    })
}

fn wrong_arity() -> Error {
    Error::new("FROM requires either one or three arguments")
}

/// The name that `word` gives a stage: in lower case, a letter first, then letters, digits, `-`, `_`
/// and `.`.
fn stage_name(word: &Word) -> Result<String, Error> {
    let name = word.text.to_lowercase();
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
    if !valid {
        let name = quote(&word.text);
        return Err(Error::new(format!(
            "invalid name for build stage: {name}, name can't start with a number or contain symbols"
        ))
        .span(word.span)
        .hint("begin with a letter, and go on with letters, digits, - _ and ."));
    }
    Ok(name)
}
