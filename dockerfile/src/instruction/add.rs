//! `ADD`

use crate::error::Error;
use crate::instruction::flags::{Flags, Spec};
use crate::instruction::operands::{self, Operands};
use crate::text::statement::Statement;
use crate::word::Word;

/// `ADD`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Add {
    /// What is copied where.
    pub files: Operands,
    /// `--chown`, unexpanded.
    pub chown: Option<Word>,
    /// `--chmod`, unexpanded.
    pub chmod: Option<Word>,
    /// `--link`
    pub link: bool,
    /// `--exclude`, repeatable, not expanded.
    pub exclude: Vec<Word>,
    /// `--keep-git-dir`, where it is given.
    pub keep_git_dir: Option<bool>,
    /// `--checksum`, unexpanded.
    pub checksum: Option<Word>,
    /// `--unpack`, where it is given.
    pub unpack: Option<bool>,
}

const FLAGS: [Spec; 7] = [
    Spec::text("chown"),
    Spec::text("chmod"),
    Spec::boolean("link"),
    Spec::boolean("keep-git-dir"),
    Spec::text("checksum"),
    Spec::boolean("unpack"),
    Spec::texts("exclude"),
];

pub(super) fn parse(statement: &mut Statement) -> Result<Add, Error> {
    operands::check_arity(statement, "ADD")?;
    let mut flags = Flags::check(&statement.flags, &FLAGS)?;
    Ok(Add {
        files: operands::parse(statement, "ADD")?,
        link: flags.boolean("link") == Some(true),
        exclude: flags.texts("exclude"),
        keep_git_dir: flags.boolean("keep-git-dir"),
        unpack: flags.boolean("unpack"),
        chown: flags.non_empty_text("chown"),
        chmod: flags.non_empty_text("chmod"),
        checksum: flags.non_empty_text("checksum"),
    })
}
