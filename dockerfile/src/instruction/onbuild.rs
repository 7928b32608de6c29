//! `ONBUILD`

use crate::error::Error;
use crate::instruction::{Keyword, arity, flags};
use crate::text::statement::Statement;

/// `ONBUILD`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Onbuild {
    /// The trigger as it goes into the image config: the rest of the line, then heredoc bodies
    /// with their delimiters.
    pub expression: String,
}

pub(super) fn parse(statement: &mut Statement) -> Result<Onbuild, Error> {
    arity::at_least_one(&statement.arguments.words, "ONBUILD")?;
    flags::none(&statement.flags)?;
    if let Some(trigger) = statement.arguments.words.first() {
        let message = match Keyword::of(&trigger.text) {
            Some(Keyword::Onbuild) => Some((
                "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into(),
                "write ONBUILD once; a trigger can't leave another one".to_owned(),
            )),
            Some(keyword @ (Keyword::Maintainer | Keyword::From)) => {
                let hint = match keyword {
                    Keyword::From => {
                        "a trigger can't begin a stage; COPY --from=IMAGE takes files of \
                                      another image"
                    }
                    _ => "write ONBUILD LABEL org.opencontainers.image.authors=NAME",
                };
                Some((format!("{keyword} isn't allowed as an ONBUILD trigger"), hint.to_owned()))
            }
            _ => None,
        };
        if let Some((message, hint)) = message {
            return Err(Error::new(message).span(trigger.span).hint(hint));
        }
    }
    let line = &statement.line.text;
    let mut expression = strip_keyword(line).unwrap_or(line).to_owned();
    for heredoc in &statement.heredocs {
        expression.push('\n');
        expression.push_str(&heredoc.content);
        expression.push_str(&heredoc.name);
    }
    Ok(Onbuild { expression })
}

/// `line` without its keyword and the white space around that.
fn strip_keyword(line: &str) -> Option<&str> {
    let is_space = |c| matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ');
    let line = line.trim_start_matches(is_space);
    let (keyword, rest) = line.split_at_checked(Keyword::Onbuild.as_str().len())?;
    keyword
        .eq_ignore_ascii_case(Keyword::Onbuild.as_str())
        .then(|| rest.trim_start_matches(is_space))
}
