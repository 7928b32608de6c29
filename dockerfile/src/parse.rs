//! From a source to a Dockerfile.

use crate::ast::{Dockerfile, GlobalArg, Stage};
use crate::directive::{Directives, Name, detect};
use crate::error::Error;
use crate::findings::{self, TextFinding};
use crate::instruction::{self, Instruction, Kind, Parsed, StageHead, mount_source};
use crate::keyword::Keyword;
use crate::limits::{MAX_DOCKERFILE_SIZE, MAX_STAGES, exceeded};
use crate::lint::{Config, Finding};
use crate::source::decode;
use crate::span::Lines;
use crate::text::reader::{BEGIN, read};
use crate::text::statement::Statement;
use crate::text_rules;

/// A Dockerfile that does not parse: the error, and beside it what lint rules had found until there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Broken {
    /// The first error, as the reference finds it.
    pub error: Error,
    /// What the rules that need only the text had found, whether or not they are to run.
    pub findings: Box<[TextFinding]>,
}

impl Broken {
    /// What lint rules had found, as [`Dockerfile::lint`] gives it for a Dockerfile without errors.
    pub fn lint(&self, config: &Config) -> Vec<Finding> {
        findings::running(&self.findings, config)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self { error, findings: Box::default() }
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        broken.error
    }
}

impl Dockerfile {
    /// Parses a Dockerfile; see [`parse`].
    ///
    /// # Errors
    /// As [`parse`].
    pub fn parse(source: &[u8]) -> Result<Self, Error> {
        parse(source)
    }

    /// As [`parse`], with what lint rules found beside the error.
    ///
    /// ```
    /// use buildkit_dockerfile::Dockerfile;
    /// use buildkit_dockerfile::lint::Config;
    ///
    /// let broken = Dockerfile::read(b"FROM alpine as base\nCOPY a\n").unwrap_err();
    /// assert!(broken.error.message.contains("COPY requires at least two arguments"));
    /// assert_eq!(broken.lint(&Config::default())[0].rule.name, "FromAsCasing");
    /// ```
    ///
    /// # Errors
    /// As [`parse`].
    pub fn read(source: &[u8]) -> Result<Self, Broken> {
        let dockerfile = Self::read_any(source)?;
        if dockerfile.stages.is_empty() {
            let error = Error::new("dockerfile contains no stages to build").hint(BEGIN);
            return Err(Broken { error, findings: dockerfile.findings.into() });
        }
        Ok(dockerfile)
    }

    /// As [`read`](Self::read), but a Dockerfile may have no stage: there is nothing to build, but nothing wrong with
    /// its text.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn read_any(source: &[u8]) -> Result<Self, Broken> {
        read_any(source)
    }
}

/// Parses a Dockerfile.
///
/// # Errors
/// The first error as the reference finds it: one of the text (directives, the form of arguments,
/// heredocs) wherever it is, before one of an instruction. [`Error::others`] holds what is wrong with instructions
/// behind it; [`Dockerfile::read`] gives what lint rules found until then, too.
pub fn parse(source: &[u8]) -> Result<Dockerfile, Error> {
    Ok(Dockerfile::read(source)?)
}

fn read_any(source: &[u8]) -> Result<Dockerfile, Broken> {
    if source.is_empty() {
        return Err(Error::new("the Dockerfile cannot be empty").hint(BEGIN).into());
    }
    if source.len() > MAX_DOCKERFILE_SIZE {
        return Err(exceeded("dockerfile", MAX_DOCKERFILE_SIZE, "MAX_DOCKERFILE_SIZE").into());
    }
    let (text, broken) = decode(source);
    let reading = read(&text, None)
        .map_err(|error| Error { hint: hint_of_format(source).or(error.hint), ..error })?;
    let mut builder = Builder { escape: reading.escape, ..Builder::default() };
    builder.findings.extend(text_rules::empty_continuations(&reading.empty_continuations));
    let mut statements = reading.statements.into_iter();
    while let Some(statement) = statements.next() {
        let checked = check_encoding(&statement, &broken);
        if let Err(error) = checked.and_then(|()| builder.add(statement)) {
            let error = Error { hint: hint_of_format(source).or(error.hint), ..error };
            let others = statements.filter_map(other_error).take(MAX_OTHER_ERRORS).collect();
            let error = Error { others, ..error };
            return Err(Broken { error, findings: builder.findings.into() });
        }
    }
    builder.findings.extend(text_rules::stage_names(&builder.stages));
    builder.findings.extend(text_rules::casing(&builder.stages));
    Ok(Dockerfile {
        directives: Directives {
            syntax: detect(&text, Name::Syntax),
            escape: reading.escape,
            check: detect(&text, Name::Check),
        },
        global_args: builder.global_args,
        stages: builder.stages,
        findings: builder.findings,
        loose_comments: reading.loose_comments,
    })
}

/// What to do about a source that is no text in UTF-8, or one line only, because of how its editor saved it.
fn hint_of_format(source: &[u8]) -> Option<String> {
    // Without a mark, every other byte of what is mostly ASCII is zero.
    let is_utf_16 = source.starts_with(b"\xff\xfe")
        || source.starts_with(b"\xfe\xff")
        || matches!(source, [0, a, 0, b, ..] | [a, 0, b, 0, ..] if *a != 0 && *b != 0);
    if is_utf_16 {
        return Some("the file is UTF-16; save it as UTF-8".to_owned());
    }
    let text = source.trim_ascii_end();
    let is_one_line = text.contains(&b'\r') && !text.contains(&b'\n');
    is_one_line.then(|| {
        "its lines end with carriage returns only; save the file with line feeds (LF)".to_owned()
    })
}

/// Parses an `ONBUILD` trigger of an image; its place is that of the `FROM`, at `at`.
///
/// A trigger is parsed as a Dockerfile of its own: its escape character is `\`, unless it has a
/// directive itself.
///
/// # Errors
/// As [`parse`], but for the prefix with the line, and where it isn't one instruction.
pub fn parse_trigger(text: &str, at: Lines) -> Result<Instruction, Error> {
    parse_at(text, at).map_err(|error| Error { span: None, ..error })
}

fn parse_at(text: &str, at: Lines) -> Result<Instruction, Error> {
    let reading = read(text, Some(at))?;
    let [statement] = <[Statement; 1]>::try_from(reading.statements).map_err(|_| {
        Error::new("onbuild trigger should be a single expression")
            .at(at)
            .hint("give each instruction an ONBUILD of its own in the base image")
    })?;
    let keyword = statement.keyword;
    match instruction::parse(statement).map_err(|error| with_usage(error.at(at), keyword))? {
        Parsed::Instruction(instruction) => Ok(instruction),
        Parsed::Stage(_) => Err(Error::new("*instructions.Stage is not a command type")
            .at(at)
            .hint("FROM isn't allowed as an ONBUILD trigger")),
    }
}

/// Puts instructions into stages.
#[derive(Default)]
struct Builder {
    escape: char,
    global_args: Vec<GlobalArg>,
    stages: Vec<Stage>,
    findings: Vec<TextFinding>,
    /// What to do where a line behind an instruction is none, because the instruction looks as if it had a heredoc.
    heredoc: Option<String>,
}

impl Builder {
    fn add(&mut self, statement: Statement) -> Result<(), Error> {
        let (lines, span) = (statement.line.lines, statement.line.slice().trim().span());
        self.findings.extend(text_rules::before_checks(&statement));
        let keyword = statement.keyword;
        let parsed =
            parse_statement(statement).map_err(|error| match (keyword, &self.heredoc) {
                (None, Some(hint)) => Error { hint: Some(hint.clone()), ..error },
                _ => error,
            })?;
        if let Parsed::Instruction(instruction) = &parsed
            && let Some((delimiter, false)) = instruction.heredoc_not_taken()
        {
            let keyword = instruction.kind.keyword();
            self.heredoc = Some(format!(
                "{keyword} on {lines} takes no heredoc; write the lines to a file with COPY <<{delimiter}, and use that"
            ));
        }
        if let Parsed::Instruction(Instruction { kind: Kind::Run(run), .. }) = &parsed {
            let declared = self.global_args.iter().flat_map(|instruction| &instruction.args);
            let is_declared = |name: &str| declared.clone().any(|arg| arg.name.text == name);
            mount_source::check(run, is_declared, self.escape)
                .map_err(|error| with_usage(about_line(error, lines), keyword))?;
        }
        self.findings.extend(text_rules::after_checks(&parsed));
        match parsed {
            Parsed::Stage(head) => {
                if self.stages.len() >= MAX_STAGES {
                    return Err(exceeded("number of stages", MAX_STAGES, "MAX_STAGES").at(lines));
                }
                self.stages.push(begin(head));
            }
            Parsed::Instruction(instruction) => match (self.stages.last_mut(), instruction) {
                (Some(stage), instruction) => stage.instructions.push(instruction),
                (None, Instruction { kind: Kind::Arg(args), comments, .. }) => {
                    self.global_args.push(GlobalArg { lines, comments, args });
                }
                (None, instruction) => {
                    return Err(Error::new("no build stage in current context")
                        .at(lines)
                        .span(span)
                        .hint(format!("put a FROM before {}", instruction.kind.keyword())));
                }
            },
        }
        Ok(())
    }
}

/// The stage that a `FROM` begins, without instructions.
fn begin(head: StageHead) -> Stage {
    Stage {
        name: head.name,
        name_word: head.name_word,
        base: head.base,
        platform: head.platform,
        source: head.source,
        keyword: head.keyword,
        lines: head.lines,
        comments: head.comments,
        description: head.description,
        instructions: Vec::new(),
    }
}

/// How many errors are reported besides the first one.
const MAX_OTHER_ERRORS: usize = 8;

/// What is wrong with a statement behind the first one that is wrong.
///
/// What is no instruction at all is most likely a piece of one, and its error a consequence.
fn other_error(statement: Statement) -> Option<Error> {
    statement.keyword.and_then(|_| parse_statement(statement).err())
}

/// Checks a statement; the error is about its line.
fn parse_statement(statement: Statement) -> Result<Parsed, Error> {
    let (lines, span) = (statement.line.lines, statement.line.slice().trim().span());
    let keyword = statement.keyword;
    instruction::parse(statement)
        .map_err(|error| with_usage(about_line(error, lines).span(span), keyword))
}

/// An error with the instruction's form as its hint, where it has no better one.
fn with_usage(error: Error, keyword: Option<Keyword>) -> Error {
    match keyword {
        Some(keyword) => error.hint(format!("write {}", keyword.usage())),
        None => error,
    }
}

/// An error with the line that the reference puts before its message.
fn about_line(error: Error, lines: Lines) -> Error {
    let message = format!("dockerfile parse error on line {}: {}", lines.first, error.message);
    Error { message, ..error }.at(lines)
}

/// Refuses bytes that are not UTF-8 where they would go into the graph, which only holds UTF-8. In
/// comments and in what only the image config shows they are replaced. `broken` has the numbers of
/// the lines with such bytes.
fn check_encoding(statement: &Statement, broken: &[u32]) -> Result<(), Error> {
    if broken.is_empty() {
        return Ok(());
    }
    let Some(
        keyword @ (Keyword::Add | Keyword::Copy | Keyword::From | Keyword::Run | Keyword::Workdir),
    ) = statement.keyword
    else {
        return Ok(());
    };
    let line = statement.line.slice();
    let last = line.span().end.line;
    let is_broken = |number: u32| broken.binary_search(&number).is_ok();
    // The character that stands for such bytes may be there by itself, too.
    let in_line = line
        .text
        .match_indices(char::REPLACEMENT_CHARACTER)
        .any(|(at, found)| is_broken(line.part(at, at + found.len()).span().start.line));
    let in_bodies = || {
        let from = broken.partition_point(|number| *number <= last);
        broken.get(from).is_some_and(|number| *number <= statement.line.lines.last)
            && statement
                .heredocs
                .iter()
                .any(|heredoc| heredoc.content.contains(char::REPLACEMENT_CHARACTER))
    };
    if in_line || in_bodies() {
        return Err(about_line(
            Error::new(format!("{keyword} holds bytes that are not UTF-8"))
                .hint("save the file as UTF-8"),
            statement.line.lines,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn how_a_file_is_saved_is_told() {
        let text = "# a\nFROM alpine\nRUN true\n";
        let bytes = |order: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
            format!("{mark}{text}").encode_utf16().flat_map(order).collect()
        };
        for mark in ["", "\u{feff}"] {
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let hint = parse(&bytes(order, mark)).unwrap_err().hint;
                assert_eq!(hint.as_deref(), Some("the file is UTF-16; save it as UTF-8"));
            }
        }
        for text in [text, "FROM alpine\nRUN true\n", "FROM alpine\nRUN true"] {
            let hint = parse(text.replace('\n', "\r").as_bytes()).unwrap_err().hint;
            let expected =
                "its lines end with carriage returns only; save the file with line feeds (LF)";
            assert_eq!(hint.as_deref(), Some(expected), "{text}");
            assert!(parse(text.replace('\n', "\r\n").as_bytes()).is_ok());
        }
    }
}
