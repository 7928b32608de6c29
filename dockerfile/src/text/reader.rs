//! Reads a source's statements.

use crate::comments::LooseComment;
use crate::directive::{DEFAULT_ESCAPE, DirectiveParser, Name};
use crate::error::{Error, ErrorKind};
use crate::heredoc::Heredoc;
use crate::limits::{
    MAX_DOCKERFILE_SIZE, MAX_HEREDOC_SIZE, MAX_INSTRUCTION_LENGTH, MAX_INSTRUCTIONS,
    MAX_LINE_LENGTH, exceeded,
};
use crate::span::{Lines, Position, Span};
use crate::text::heredoc;
use crate::text::lines::{PhysicalLines, is_comment, strip_continuation, trim_newline};
use crate::text::logical_line::LogicalLine;
use crate::text::statement::{Statement, cut};

/// What to do where there is no stage.
pub(crate) const BEGIN: &str = "a stage begins with FROM IMAGE";

/// What a source says, cut up.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The statements in order; never empty.
    pub(crate) statements: Vec<Statement>,
    /// The escape character.
    pub(crate) escape: char,
    /// The last lines of instructions that have empty continuation lines.
    pub(crate) empty_continuations: Vec<u32>,
    /// Comments that are above no instruction.
    pub(crate) loose_comments: Vec<LooseComment>,
}

/// Reads `text`. With `fixed`, it is not the Dockerfile's own text, and stands at those lines.
///
/// # Errors
/// Where a directive, the form of an instruction's arguments or a heredoc is wrong, where there
/// are no instructions, and where a limit is exceeded.
pub(crate) fn read(text: &str, fixed: Option<Lines>) -> Result<Reading, Error> {
    if text.len() > MAX_DOCKERFILE_SIZE {
        return Err(exceeded("dockerfile", MAX_DOCKERFILE_SIZE, "MAX_DOCKERFILE_SIZE"));
    }
    let mut reader = Reader {
        lines: PhysicalLines::new(text),
        directives: DirectiveParser::new("#"),
        escape: DEFAULT_ESCAPE,
        comments: Vec::new(),
        fixed,
        reading: Vec::new(),
        empty_continuations: Vec::new(),
        loose_comments: Vec::new(),
    };
    while let Some(line) = reader.lines.next() {
        let first = reader.lines.number == 1;
        let without_mark = line.strip_prefix('\u{feff}').filter(|_| first);
        reader.read_line(without_mark.unwrap_or(line))?;
    }
    let last = reader.lines.number;
    let at = |error: Error| error.at(fixed.unwrap_or(Lines::new(last, last)));
    if reader.reading.is_empty() {
        return Err(at(Error::new("file with no instructions").hint(BEGIN)));
    }
    if reader.lines.too_long {
        let message = format!("dockerfile line greater than max allowed size of {MAX_LINE_LENGTH}");
        let error = Error::new(message).kind(ErrorKind::Limit);
        return Err(at(error.hint("the limit is MAX_LINE_LENGTH; break the line")));
    }
    reader.loosen_comments();
    Ok(Reading {
        statements: reader.reading,
        loose_comments: reader.loose_comments,
        escape: reader.escape,
        empty_continuations: reader.empty_continuations,
    })
}

struct Reader<'a> {
    lines: PhysicalLines<'a>,
    directives: DirectiveParser,
    escape: char,
    /// Comments above the next instruction.
    comments: Vec<LooseComment>,
    fixed: Option<Lines>,
    reading: Vec<Statement>,
    empty_continuations: Vec<u32>,
    loose_comments: Vec<LooseComment>,
}

impl<'a> Reader<'a> {
    /// Reads the instruction that starts with `line`, with all its lines, or what else the line is.
    fn read_line(&mut self, line: &'a str) -> Result<(), Error> {
        let token = trim_newline(line).trim_start();
        let directive = self.read_directive(token)?;
        if is_comment(line) {
            if !directive {
                self.add_comment(line);
            }
            return Ok(());
        }
        let continued = strip_continuation(token, self.escape);
        if token.is_empty() {
            return Ok(());
        }
        let mut logical = LogicalLine::new(self.lines.number, self.fixed);
        let indent = line.len() - line.trim_start().len();
        logical.push(continued.unwrap_or(token), self.position(indent));
        if continued.is_some() {
            self.read_continuations(&mut logical)?;
        }
        self.read_statement(logical)
    }

    fn position(&self, column: usize) -> Position {
        Position { line: self.lines.number, column: column as u32 }
    }

    /// Reads a directive, and says whether `token` is one.
    fn read_directive(&mut self, token: &str) -> Result<bool, Error> {
        // The reference has not counted this line yet when it finds the error; the span is right.
        let line = self.lines.number - 1;
        let span = Span { start: self.position(0), end: self.position(token.len()) };
        let at = |error: Error| error.at(self.fixed.unwrap_or(Lines::new(line, line))).span(span);
        let Some((name, value)) = self.directives.read(token).map_err(at)? else {
            return Ok(false);
        };
        if name == Name::Escape {
            self.escape = match value {
                "\\" => '\\',
                "`" => '`',
                _ => {
                    let message = format!("invalid escape token '{value}' does not match ` or \\");
                    return Err(at(Error::new(message).hint("the escape character is ` or \\")));
                }
            };
        }
        Ok(true)
    }

    /// Keeps a comment for the instruction below. An empty one parts what is above it from that.
    fn add_comment(&mut self, line: &str) {
        // The reference drops the first character, whatever it is: an indented comment keeps its `#`.
        let mut chars = line.chars();
        chars.next();
        let comment = chars.as_str().trim();
        if comment.is_empty() {
            self.loosen_comments();
        } else {
            let text = comment.to_owned();
            self.comments.push(LooseComment { line: self.lines.number, text });
        }
    }

    /// Parts the comments that were read from the instruction below.
    fn loosen_comments(&mut self) {
        self.loose_comments.append(&mut self.comments);
    }

    /// Reads the lines on which `logical` continues.
    fn read_continuations(&mut self, logical: &mut LogicalLine) -> Result<(), Error> {
        let mut has_empty_line = false;
        while let Some(line) = self.lines.next() {
            logical.extend_to(self.lines.number);
            if is_comment(line) {
                self.loose_comments.push(LooseComment {
                    line: self.lines.number,
                    text: line.trim().trim_start_matches('#').trim().to_owned(),
                });
                continue;
            }
            let token = trim_newline(line);
            if token.trim_start().is_empty() {
                has_empty_line = true;
                continue;
            }
            let continued = strip_continuation(token, self.escape);
            let piece = continued.unwrap_or(token);
            if logical.text.len() + piece.len() > MAX_INSTRUCTION_LENGTH {
                let error =
                    exceeded("instruction", MAX_INSTRUCTION_LENGTH, "MAX_INSTRUCTION_LENGTH");
                return Err(error.at(logical.lines));
            }
            logical.push(piece, self.position(0));
            if continued.is_none() {
                break;
            }
        }
        if has_empty_line {
            self.empty_continuations.push(self.lines.number);
        }
        Ok(())
    }

    /// Cuts up `logical` and reads its heredocs.
    fn read_statement(&mut self, mut logical: LogicalLine) -> Result<(), Error> {
        if self.reading.len() >= MAX_INSTRUCTIONS {
            let error = exceeded("number of instructions", MAX_INSTRUCTIONS, "MAX_INSTRUCTIONS");
            return Err(error.at(logical.lines));
        }
        let lines = logical.lines;
        let span = logical.slice().trim().span();
        let at = |error: Error| error.at(lines).span(span);
        let parts = cut(logical.slice(), self.escape).map_err(at)?;
        let keyword_text = parts.keyword_text.text.to_owned();
        let (keyword, flags, arguments) = (parts.keyword, parts.flags, parts.arguments);
        let mut heredocs = Vec::new();
        if parts.heredocs && logical.text.contains("<<") {
            for opened in heredoc::in_line(&logical.text).map_err(at)? {
                let heredoc = self.read_heredoc(opened, &mut logical);
                heredocs.push(heredoc.map_err(|error| error.span(span))?);
            }
        }
        self.reading.push(Statement {
            line: logical,
            keyword,
            keyword_text,
            flags,
            arguments,
            heredocs,
            comments: self.comments.drain(..).collect(),
        });
        Ok(())
    }

    /// Reads the body of `heredoc`.
    fn read_heredoc(
        &mut self,
        mut heredoc: Heredoc,
        logical: &mut LogicalLine,
    ) -> Result<Heredoc, Error> {
        let mut content = String::new();
        while let Some(line) = self.lines.next() {
            logical.extend_to(self.lines.number);
            let mut terminator = trim_newline(line);
            if heredoc.chomp {
                terminator = terminator.trim_start_matches('\t');
            }
            if terminator == heredoc.name {
                heredoc.content = content.into();
                return Ok(heredoc);
            }
            if content.len() + line.len() > MAX_HEREDOC_SIZE {
                let error = exceeded("heredoc", MAX_HEREDOC_SIZE, "MAX_HEREDOC_SIZE");
                return Err(error.at(logical.lines));
            }
            content.push_str(line);
        }
        let name = &heredoc.name;
        let mut hint = format!("end it with a line that is just {name}");
        if name.contains(|c: char| !c.is_alphanumeric() && c != '_') {
            // `<<EOF|sh`, or `$((1 << 2))`, which no quotes keep from being read as a heredoc.
            hint.push_str(
                "; put a blank behind the delimiter, or double quotes around a << that opens no heredoc",
            );
        }
        Err(Error::new("unterminated heredoc").at(logical.lines).hint(hint))
    }
}
