//! An instruction's arguments.

use crate::instruction::{Arg, CommandLine, Healthcheck, Kind, Operands, Pair};
use crate::print::heredoc;
use crate::text::heredoc as reader;
use crate::word::Word;

/// An instruction's arguments as they are written.
#[derive(Default)]
pub(super) struct Arguments {
    /// What follows the flags.
    pub(super) text: String,
    /// Heredocs' bodies, each with the line that ends it.
    pub(super) bodies: String,
    /// Whether `text` is as it was read, and may start with flags.
    pub(super) raw: bool,
}

impl Arguments {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// The arguments of an instruction, in a Dockerfile whose escape character is `escape`.
pub(super) fn of(kind: &Kind, escape: char) -> Arguments {
    match kind {
        Kind::Add(add) => files(&add.files),
        Kind::Arg(args) => variables(args),
        Kind::Cmd(command) | Kind::Entrypoint(command) => command_line(command),
        Kind::Copy(copy) => files(&copy.files),
        Kind::Env(pairs) | Kind::Label(pairs) => Arguments::text(key_values(pairs)),
        Kind::Expose(words) => Arguments::text(ports(words, escape)),
        Kind::Healthcheck(check) => Arguments::text(healthcheck(check)),
        Kind::Maintainer(word)
        | Kind::Stopsignal(word)
        | Kind::User(word)
        | Kind::Workdir(word) => Arguments::text(&word.text),
        Kind::Onbuild(trigger) => Arguments { raw: true, ..Arguments::text(&trigger.expression) },
        Kind::Run(run) => command_line(&run.command),
        Kind::Shell(args) => Arguments::text(json(args)),
        Kind::Volume(words) => Arguments::text(list(words).unwrap_or_else(|| json_words(words))),
    }
}

/// The ports of `EXPOSE`, whose order says nothing: one that ends with the escape character would continue the line, were it the last.
fn ports(words: &[Word], escape: char) -> String {
    let (first, last): (Vec<&Word>, Vec<&Word>) =
        words.iter().partition(|word| word.text.ends_with(escape));
    let texts = first.into_iter().chain(last).map(|word| word.text.as_str());
    texts.collect::<Vec<_>>().join(" ")
}

/// The variables of `ARG`.
pub(super) fn variables(args: &[Arg]) -> Arguments {
    let words = args.iter().map(|arg| match &arg.default {
        Some(default) => format!("{}={}", arg.name.text, default.text),
        None => arg.name.text.clone(),
    });
    Arguments::text(words.collect::<Vec<_>>().join(" "))
}

fn command_line(command: &CommandLine) -> Arguments {
    let text = if command.shell { command.args.join(" ") } else { json(&command.args) };
    Arguments { text, bodies: heredoc::bodies(&command.heredocs), raw: false }
}

fn healthcheck(check: &Healthcheck) -> String {
    match check.test.as_slice() {
        [kind, args @ ..] if kind == "CMD" => format!("CMD {}", json(args)),
        [kind, text] if kind == "CMD-SHELL" => format!("CMD {text}"),
        test => test.join(" "),
    }
}

fn key_values(pairs: &[Pair]) -> String {
    let pairs = pairs.iter().map(|pair| {
        let (key, value) = (&pair.key.text, &pair.value.text);
        let separator = match pair.legacy {
            false => "=",
            // An escaped blank would join key and value to one word; two blanks do not.
            true if key.ends_with(['\\', '`']) => "  ",
            true => " ",
        };
        format!("{key}{separator}{value}")
    });
    pairs.collect::<Vec<_>>().join(" ")
}

/// Sources and destination: in words, or, where they would be read as something else, in JSON.
fn files(files: &Operands) -> Arguments {
    let opened: Vec<Word> = files
        .contents
        .iter()
        .map(|heredoc| Word { text: heredoc::opener(heredoc), ..Word::default() })
        .collect();
    let words: Vec<&Word> =
        opened.iter().chain(&files.sources).chain([&files.destination]).collect();
    if let Some(text) = list(words.iter().copied())
        && opens_just(&text, files)
    {
        return Arguments { text, bodies: heredoc::source_bodies(&files.contents), raw: false };
    }
    Arguments::text(json_words(words))
}

/// Whether `text` opens the heredocs that are sources, and no other.
fn opens_just(text: &str, files: &Operands) -> bool {
    let contents = files.contents.iter().map(|heredoc| &heredoc.name);
    !text.contains("<<") && files.contents.is_empty()
        || reader::in_line(&format!("COPY {text}"))
            .is_ok_and(|opened| opened.iter().map(|heredoc| &heredoc.name).eq(contents))
}

/// `words` with spaces between them, where they are read as the same words.
fn list<'a>(words: impl IntoIterator<Item = &'a Word>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().map(|word| word.text.as_str()).collect();
    if words.iter().any(|word| word.is_empty() || word.contains(char::is_whitespace)) {
        return None;
    }
    let text = words.join(" ");
    let is_json = serde_json::from_str::<Vec<serde_json::Value>>(&text).is_ok();
    (!is_json).then_some(text)
}

fn json_words<'a>(words: impl IntoIterator<Item = &'a Word>) -> String {
    json(&words.into_iter().map(|word| word.text.clone()).collect::<Vec<_>>())
}

/// A JSON array of `strings`.
fn json(strings: &[String]) -> String {
    let strings = strings.iter().map(|text| serde_json::Value::from(text.as_str()).to_string());
    format!("[{}]", strings.collect::<Vec<_>>().join(", "))
}
