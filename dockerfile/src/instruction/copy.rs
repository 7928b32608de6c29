//! `COPY`

use crate::error::Error;
use crate::instruction::flags::{Flags, Spec};
use crate::instruction::operands::{self, Operands};
use crate::text::statement::Statement;
use crate::word::Word;

/// `COPY`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copy {
    /// What is copied where.
    pub files: Operands,
    /// `--from`: a stage, its index, an image or a named context.
    pub from: Option<Word>,
    /// `--chown`, unexpanded.
    pub chown: Option<Word>,
    /// `--chmod`, unexpanded.
    pub chmod: Option<Word>,
    /// `--link`
    pub link: bool,
    /// `--exclude`, repeatable, not expanded.
    pub exclude: Vec<Word>,
    /// `--parents`
    pub parents: bool,
}

const FLAGS: [Spec; 6] = [
    Spec::text("chown"),
    Spec::text("from"),
    Spec::text("chmod"),
    Spec::boolean("link"),
    Spec::texts("exclude"),
    Spec::boolean("parents"),
];

pub(super) fn parse(statement: &mut Statement) -> Result<Copy, Error> {
    operands::check_arity(statement, "COPY")?;
    let mut flags = Flags::check(&statement.flags, &FLAGS)?;
    Ok(Copy {
        files: operands::parse(statement, "COPY")?,
        link: flags.boolean("link") == Some(true),
        exclude: flags.texts("exclude"),
        parents: flags.boolean("parents") == Some(true),
        from: flags.non_empty_text("from"),
        chown: flags.non_empty_text("chown"),
        chmod: flags.non_empty_text("chmod"),
    })
}
