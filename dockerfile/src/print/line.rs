//! An instruction's lines.

use std::fmt;

use crate::limits::MAX_LINE_LENGTH;
use crate::print::arguments::Arguments;
use crate::print::flags::Flags;
use crate::text::lines::strip_continuation;

/// Writes an instruction: its line, broken where it would be too long, and its heredocs' bodies.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    keyword: &str,
    flags: &Flags,
    arguments: &Arguments,
    escape: char,
) -> fmt::Result {
    let mut line = format!("{keyword}{}", flags.text());
    let mut bodies = arguments.bodies.as_str();
    if !arguments.text.is_empty() {
        // What looks like a flag but is none stands behind the end of the flags.
        line.push_str(if arguments.text.starts_with("--") && !arguments.raw {
            " -- "
        } else {
            " "
        });
        // A trigger's text has its heredocs' bodies already.
        let (first, rest) = arguments.text.split_once('\n').unwrap_or((&arguments.text, bodies));
        line.push_str(first);
        bodies = rest;
    }
    // An escape character at the very end can only come from a continuation at the end of the file.
    if strip_continuation(&line, escape).is_some() {
        if !line.ends_with([' ', '\t']) {
            line.push(' ');
        }
        line.push(escape);
    }
    write_broken(f, &line, escape)?;
    f.write_str(bodies)?;
    if bodies.is_empty() || bodies.ends_with('\n') { Ok(()) } else { writeln!(f) }
}

/// Writes `line`, continued on more lines where one would be too long.
fn write_broken(f: &mut fmt::Formatter<'_>, line: &str, escape: char) -> fmt::Result {
    let mut rest = line;
    while rest.len() > MAX_LINE_LENGTH {
        let Some(end) = break_before(rest, MAX_LINE_LENGTH - 1, escape) else { break };
        let (piece, behind) = rest.split_at(end);
        writeln!(f, "{piece}{escape}")?;
        rest = behind;
    }
    writeln!(f, "{rest}")
}

/// The last place up to byte `limit` where `line` may be broken: not behind an escape character, which
/// would escape the one that continues the line, and not where the next line would look like a
/// comment, or empty.
fn break_before(line: &str, limit: usize, escape: char) -> Option<usize> {
    (1..=limit).rev().find(|end| {
        line.is_char_boundary(*end)
            && !line[..*end].ends_with(escape)
            && line[*end..].starts_with(|c: char| !c.is_whitespace() && c != '#')
    })
}
