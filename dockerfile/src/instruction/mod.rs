//! Instructions: one file each, with its type and its parser.
//!
//! Every variant's payload is what the parser knows from the text alone; words are unexpanded. This
//! is the parser's second pass: it checks the statements that the first one cut up, one by one.

mod add;
mod arg;
mod arity;
mod command_line;
mod copy;
mod device;
mod flags;
mod from;
mod healthcheck;
mod mount;
pub mod mount_source;
mod onbuild;
mod operands;
mod pair;
mod run;

pub use add::Add;
pub use arg::Arg;
pub use command_line::CommandLine;
pub use copy::Copy;
pub use device::Device;
pub(crate) use from::StageHead;
pub use healthcheck::Healthcheck;
pub use mount::{Mount, MountFlag, MountKind, Sharing};
pub use onbuild::Onbuild;
pub use operands::Operands;
pub use run::{Network, Run, Security};

use crate::comments::Comments;
use crate::error::{Error, ErrorKind};
use crate::span::Lines;
use crate::suggest::did_you_mean;
use crate::text::heredoc::heredoc_of_shell;
use crate::text::statement::Statement;
use crate::word::Word;

pub use crate::heredoc::Heredoc;
pub use crate::keyword::Keyword;
pub use crate::pair::Pair;

/// One instruction of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What it is.
    pub kind: Kind,
    /// The keyword as written (`RUN`, `run`).
    pub keyword: String,
    /// The instruction as one logical line with flags, continuations joined, trimmed, without
    /// heredoc bodies: what names of steps are made of.
    pub source: String,
    /// The lines it takes, heredoc bodies included.
    pub lines: Lines,
    /// The comments above it.
    pub comments: Comments,
}

impl Instruction {
    /// The delimiter of a heredoc that a reader sees and the parser doesn't, and whether the instruction takes heredocs:
    /// `COPY << EOF` has a blank between them, and `CMD` takes none.
    pub fn heredoc_not_taken(&self) -> Option<(&str, bool)> {
        let is_shell = match &self.kind {
            Kind::Copy(Copy { files, .. }) | Kind::Add(Add { files, .. }) => {
                return Some((files.heredoc_not_taken()?, true));
            }
            Kind::Cmd(line) | Kind::Entrypoint(line) => line.shell,
            Kind::Healthcheck(check) => check.test.first().is_some_and(|kind| kind == "CMD-SHELL"),
            _ => false,
        };
        Some((heredoc_of_shell(&self.source).filter(|_| is_shell)?, false))
    }
}

/// The instructions that may stand in a stage.
///
/// Matches on it are meant to be exhaustive: what is done with instructions should not compile without the
/// one that a later version of the language brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `ADD`
    Add(Add),
    /// `ARG`, one or more variables.
    Arg(Vec<Arg>),
    /// `CMD`
    Cmd(CommandLine),
    /// `COPY`
    Copy(Copy),
    /// `ENTRYPOINT`
    Entrypoint(CommandLine),
    /// `ENV`
    Env(Vec<Pair>),
    /// `EXPOSE`, sorted by text as the reference does.
    Expose(Vec<Word>),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `LABEL`
    Label(Vec<Pair>),
    /// `MAINTAINER` (deprecated)
    Maintainer(Word),
    /// `ONBUILD`: the trigger's text, with heredocs; parsed when a stage builds on the image.
    Onbuild(Onbuild),
    /// `RUN`
    Run(Run),
    /// `SHELL`
    Shell(Vec<String>),
    /// `STOPSIGNAL`
    Stopsignal(Word),
    /// `USER`
    User(Word),
    /// `VOLUME`
    Volume(Vec<Word>),
    /// `WORKDIR`
    Workdir(Word),
}

impl Kind {
    /// The instruction's keyword.
    pub const fn keyword(&self) -> Keyword {
        match self {
            Self::Add(_) => Keyword::Add,
            Self::Arg(_) => Keyword::Arg,
            Self::Cmd(_) => Keyword::Cmd,
            Self::Copy(_) => Keyword::Copy,
            Self::Entrypoint(_) => Keyword::Entrypoint,
            Self::Env(_) => Keyword::Env,
            Self::Expose(_) => Keyword::Expose,
            Self::Healthcheck(_) => Keyword::Healthcheck,
            Self::Label(_) => Keyword::Label,
            Self::Maintainer(_) => Keyword::Maintainer,
            Self::Onbuild(_) => Keyword::Onbuild,
            Self::Run(_) => Keyword::Run,
            Self::Shell(_) => Keyword::Shell,
            Self::Stopsignal(_) => Keyword::Stopsignal,
            Self::User(_) => Keyword::User,
            Self::Volume(_) => Keyword::Volume,
            Self::Workdir(_) => Keyword::Workdir,
        }
    }
}

/// `--platform=VALUE` of `FROM`.
pub type Platform = Word;

/// What a statement turns out to be.
pub(crate) enum Parsed {
    /// `FROM`
    Stage(StageHead),
    /// Anything else.
    Instruction(Instruction),
}

/// Checks a statement.
pub(crate) fn parse(mut statement: Statement) -> Result<Parsed, Error> {
    let statement = &mut statement;
    let Some(keyword) = statement.keyword else {
        let name = &statement.keyword_text;
        let message = format!("unknown instruction: {name}");
        let names = Keyword::ALL.map(Keyword::as_str);
        let span = statement.line.slice().trim().split_blank_once().0.span();
        return Err(Error::new(did_you_mean(message, name, names, false))
            .kind(ErrorKind::UnknownInstruction)
            .span(span)
            .hint(format!("the instructions are {}", names.join(", "))));
    };
    let kind = match keyword {
        Keyword::From => return from::parse(statement).map(Parsed::Stage),
        Keyword::Add => Kind::Add(add::parse(statement)?),
        Keyword::Arg => Kind::Arg(arg::parse(statement)?),
        Keyword::Cmd => Kind::Cmd(command_line::parse(statement)?),
        Keyword::Copy => Kind::Copy(copy::parse(statement)?),
        Keyword::Entrypoint => Kind::Entrypoint(command_line::parse(statement)?),
        Keyword::Env => Kind::Env(pair::parse(statement, "ENV")?),
        Keyword::Expose => Kind::Expose(expose(statement)?),
        Keyword::Healthcheck => Kind::Healthcheck(healthcheck::parse(statement)?),
        Keyword::Label => Kind::Label(pair::parse(statement, "LABEL")?),
        Keyword::Maintainer => Kind::Maintainer(one_word(statement, "MAINTAINER")?),
        Keyword::Onbuild => Kind::Onbuild(onbuild::parse(statement)?),
        Keyword::Run => Kind::Run(run::parse(statement)?),
        Keyword::Shell => Kind::Shell(shell(statement)?),
        // Flags mean nothing to it, and are not even checked.
        Keyword::Stopsignal => Kind::Stopsignal(arity::exactly_one(statement, "STOPSIGNAL")?),
        Keyword::User => Kind::User(one_word(statement, "USER")?),
        Keyword::Volume => Kind::Volume(volume(statement)?),
        Keyword::Workdir => Kind::Workdir(one_word(statement, "WORKDIR")?),
    };
    Ok(Parsed::Instruction(Instruction {
        kind,
        keyword: std::mem::take(&mut statement.keyword_text),
        source: statement.line.take_source(),
        lines: statement.line.lines,
        comments: std::mem::take(&mut statement.comments),
    }))
}

/// An instruction that takes one argument and no flags.
fn one_word(statement: &mut Statement, name: &str) -> Result<Word, Error> {
    let word = arity::exactly_one(statement, name)?;
    flags::none(&statement.flags)?;
    Ok(word)
}

/// `EXPOSE`
fn expose(statement: &mut Statement) -> Result<Vec<Word>, Error> {
    let mut ports = std::mem::take(&mut statement.arguments.words);
    arity::at_least_one(&ports, "EXPOSE")?;
    flags::none(&statement.flags)?;
    aliasfront_gotext::sort::stable_by(&mut ports, |a, b| a.text.cmp(&b.text));
    Ok(ports)
}

/// `SHELL`
fn shell(statement: &mut Statement) -> Result<Vec<String>, Error> {
    flags::none(&statement.flags)?;
    let words = std::mem::take(&mut statement.arguments.words);
    arity::at_least_one(&words, "SHELL")?;
    if !statement.arguments.json {
        let span = words.first().map(|word| word.span).unwrap_or_default();
        return Err(Error::new("SHELL requires the arguments to be in JSON form").span(span));
    }
    Ok(words.into_iter().map(|word| word.text).collect())
}

/// `VOLUME`
fn volume(statement: &mut Statement) -> Result<Vec<Word>, Error> {
    let volumes = std::mem::take(&mut statement.arguments.words);
    arity::at_least_one(&volumes, "VOLUME")?;
    flags::none(&statement.flags)?;
    let trimmed = volumes.into_iter().map(|Word { text, span }| match text.trim() {
        "" => Err(Error::new("VOLUME specified can not be an empty string").span(span)),
        text => Ok(Word { text: text.to_owned(), span }),
    });
    trimmed.collect()
}
