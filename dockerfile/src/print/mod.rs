//! Prints what was parsed, as Dockerfile text.
//!
//! The text is canonical, not the one that was parsed: flags come in one order, white space is
//! single, continuations are joined. It parses to the same tree but for places,
//! [`Instruction::source`] and comments that are above no instruction, as long as its white space is
//! blanks and tabs: words that hold other white space of Unicode, which some instructions take for a
//! separator and others don't, may come out as others.

mod arguments;
mod flags;
mod heredoc;
mod line;

use std::fmt;

use crate::ast::{Dockerfile, GlobalArg, Stage};
use crate::directive::DEFAULT_ESCAPE;
use crate::instruction::Instruction;
use arguments::Arguments;
use flags::Flags;

impl fmt::Display for Dockerfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escape = self.directives.escape;
        if escape != DEFAULT_ESCAPE {
            writeln!(f, "# escape={escape}")?;
        }
        if let Some(syntax) = &self.directives.syntax {
            writeln!(f, "# syntax={}", syntax.value)?;
        }
        if let Some(check) = &self.directives.check {
            writeln!(f, "# check={}", check.value)?;
        }
        // Ends the directives: a comment that looks like one is none.
        writeln!(f)?;
        for arg in &self.global_args {
            write_global_arg(f, arg, escape)?;
        }
        for stage in &self.stages {
            write_stage(f, stage, escape)?;
        }
        Ok(())
    }
}

impl fmt::Display for Stage {
    /// The stage with its comments and instructions, for a Dockerfile whose escape character is `\`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_stage(f, self, DEFAULT_ESCAPE)
    }
}

impl fmt::Display for Instruction {
    /// The instruction with its comments and heredocs, for a Dockerfile whose escape character is
    /// `\`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_instruction(f, self, DEFAULT_ESCAPE)
    }
}

fn write_comments(f: &mut fmt::Formatter<'_>, comments: &[String]) -> fmt::Result {
    comments.iter().try_for_each(|comment| writeln!(f, "# {comment}"))
}

fn write_global_arg(f: &mut fmt::Formatter<'_>, arg: &GlobalArg, escape: char) -> fmt::Result {
    write_comments(f, &arg.comments)?;
    line::write(f, "ARG", &Flags::new(escape), &arguments::variables(&arg.args), escape)
}

fn write_stage(f: &mut fmt::Formatter<'_>, stage: &Stage, escape: char) -> fmt::Result {
    write_comments(f, &stage.comments)?;
    let mut flags = Flags::new(escape);
    flags.optional("platform", stage.platform.as_ref());
    let mut text = stage.base.text.clone();
    if let Some(name) = &stage.name_word {
        let lower = stage.keyword == stage.keyword.to_lowercase();
        text.push_str(if lower { " as " } else { " AS " });
        text.push_str(&name.text);
    }
    line::write(f, &stage.keyword, &flags, &Arguments::text(text), escape)?;
    stage.instructions.iter().try_for_each(|instruction| write_instruction(f, instruction, escape))
}

fn write_instruction(
    f: &mut fmt::Formatter<'_>,
    instruction: &Instruction,
    escape: char,
) -> fmt::Result {
    write_comments(f, &instruction.comments)?;
    let flags = flags::of(&instruction.kind, escape);
    let arguments = arguments::of(&instruction.kind, escape);
    line::write(f, &instruction.keyword, &flags, &arguments, escape)
}
