//! Instructions: one file each, with its type and its parser.
//!
//! Every variant's payload is what the parser knows from the text alone; words are unexpanded.

use crate::ast::Word;
use crate::span::Lines;

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
    /// The comment lines right above it, without `#` and the white space after it.
    pub comments: Vec<String>,
}

/// The instructions that may stand in a stage.
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

/// `--platform=VALUE` of `FROM`.
pub type Platform = Word;

/// A variable of `ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: Word,
    /// Its default, unexpanded, where `=` is written.
    pub default: Option<Word>,
    /// What the comment above says of it: the text behind `NAME ` in a line that starts so.
    pub description: Option<String>,
}

/// `key=value` of `ENV` and `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key, unexpanded.
    pub key: Word,
    /// The value, unexpanded.
    pub value: Word,
    /// Whether it is written in the old form, `ENV key value`, without `=`.
    pub legacy: bool,
}

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
    pub span: crate::span::Span,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The delimiter, without quotes.
    pub name: String,
    /// The body, as written, each line with its line feed.
    pub content: String,
    /// Whether variables in it are expanded: the delimiter is not quoted.
    pub expand: bool,
    /// `<<-`: leading tabs are dropped.
    pub chomp: bool,
    /// The file descriptor before `<<` (0 where none is written).
    pub file_descriptor: u32,
}

/// The files that `ADD` and `COPY` take, and where they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Source paths (for `ADD` also URLs), unexpanded, without the heredocs.
    pub sources: Vec<Word>,
    /// Heredocs given as sources, in order; `content` has its tabs dropped where `chomp` is set.
    pub contents: Vec<Heredoc>,
    /// The destination, unexpanded.
    pub destination: Word,
}

/// `ADD`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Add {
    /// What is copied where.
    pub files: Files,
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

/// `COPY`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copy {
    /// What is copied where.
    pub files: Files,
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

/// `HEALTHCHECK`; times in nanoseconds, 0 where they are not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", …]`.
    pub test: Vec<String>,
    /// `--interval`
    pub interval: i64,
    /// `--timeout`
    pub timeout: i64,
    /// `--start-period`
    pub start_period: i64,
    /// `--start-interval`
    pub start_interval: i64,
    /// `--retries`
    pub retries: i32,
}

/// `ONBUILD`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Onbuild {
    /// The trigger as it goes into the image config: the rest of the line, then heredoc bodies
    /// with their delimiters.
    pub expression: String,
}

/// `RUN`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The command.
    pub command: CommandLine,
    /// `--mount`, in order, unexpanded.
    pub mounts: Vec<MountFlag>,
    /// `--network`, validated (`default`, `none`, `host`), where it is given.
    pub network: Option<Network>,
    /// `--security`, validated, where it is given.
    pub security: Option<Security>,
    /// `--device`, in order.
    pub devices: Vec<Device>,
}

/// `--mount` as it stands in the text. Which fields hold variables is known; the rest is validated
/// when [`MountFlag::resolve`] has expanded them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MountFlag {
    /// The flag's value as written.
    pub value: Word,
    /// `from=`, unexpanded, where it is given.
    pub from: Option<Word>,
}

/// The network of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// The build's network mode.
    #[default]
    Default,
    /// No network.
    None,
    /// The host's network.
    Host,
}

/// The security mode of a `RUN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Confined.
    #[default]
    Sandbox,
    /// Elevated privileges (needs an entitlement).
    Insecure,
}

/// `--device` of `RUN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The device's CDI name.
    pub name: String,
    /// Whether the build goes on without it.
    pub required: bool,
}
