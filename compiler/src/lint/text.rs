//! Runs those of the project's own rules that need only the text.

use std::collections::HashMap;

use buildkit_dockerfile::instruction::mount_source::AUTOMATIC_ARGS;
use buildkit_dockerfile::instruction::{Arg, CommandLine};
use buildkit_dockerfile::lint::{Config, rule as reference};
use buildkit_dockerfile::{
    Comments, Dockerfile, Instruction, Kind, Lines, Stage, directive_of_comment,
};

use super::Linter;
use super::rule::{
    automatic_arg_default, directive_not_heeded, exec_form_not_json, from_platform_ignored,
    heredoc_not_taken,
};

/// The rules that look at the whole Dockerfile: comments above an instruction mean nothing to them.
const OF_ALL: [&str; 4] = [
    reference::consistent_instruction_casing::RULE.name,
    reference::duplicate_stage_name::RULE.name,
    reference::no_empty_continuation::RULE.name,
    reference::reserved_stage_name::RULE.name,
];

/// Reports what the rules find in a Dockerfile with this source.
pub fn report(dockerfile: &Dockerfile, source: &[u8], lint: &mut Linter) {
    Directives::new(dockerfile, source).report(lint);
    for global in &dockerfile.global_args {
        automatic_defaults(&global.args, true, global.lines, &global.comments, lint);
    }
    platforms(&dockerfile.stages, lint);
    for instruction in dockerfile.stages.iter().flat_map(|stage| &stage.instructions) {
        if let Kind::Arg(args) = &instruction.kind {
            automatic_defaults(args, false, instruction.lines, &instruction.comments, lint);
        }
        json(instruction, lint);
        heredoc(instruction, lint);
    }
}

/// `AutomaticArgDefault`
fn automatic_defaults(
    args: &[Arg],
    is_global: bool,
    lines: Lines,
    comments: &Comments,
    lint: &mut Linter,
) {
    for arg in args {
        let (name, Some(default)) = (arg.name.text.as_str(), &arg.default) else { continue };
        // Before the first FROM a default that uses the argument itself has its value.
        let keeps = is_global && default.text.contains(name);
        if AUTOMATIC_ARGS.contains(&name) && !keeps {
            let message = automatic_arg_default::message(name, &default.text);
            lint.report(&automatic_arg_default::RULE, message, lines, comments);
        }
    }
}

/// `FromPlatformIgnored`
fn platforms(stages: &[Stage], lint: &mut Linter) {
    // The platform that each name's stage is built for, as it is written.
    let mut known: HashMap<&str, Option<&str>> = HashMap::new();
    for stage in stages {
        let written = stage.platform.as_ref().map(|word| word.text.as_str());
        let base = stage.base.text.as_str();
        let of_base = known.get(base).copied();
        if let (Some(written), Some(of_base)) = (written, of_base)
            && !is_same_platform(Some(written), of_base)
        {
            let message = from_platform_ignored::message(written, base, of_base);
            lint.report(&from_platform_ignored::RULE, message, stage.lines, &stage.comments);
        }
        if let Some(name) = &stage.name {
            known.insert(name, of_base.unwrap_or(written));
        }
    }
}

/// Whether two flags say the same. Without one, a stage is built for the target platform.
fn is_same_platform(one: Option<&str>, other: Option<&str>) -> bool {
    let plain = |text: Option<&str>| {
        text.unwrap_or("$TARGETPLATFORM").replace(['{', '}', '"'], "").to_lowercase()
    };
    plain(one) == plain(other)
}

/// `ExecFormNotJson`
fn json(instruction: &Instruction, lint: &mut Linter) {
    let line = |line: &CommandLine| {
        let text = line.args.first().filter(|_| line.shell && line.heredocs.is_empty());
        text.is_some_and(|text| exec_form_not_json::check(text))
    };
    let found = match &instruction.kind {
        Kind::Cmd(command) | Kind::Entrypoint(command) => line(command),
        Kind::Run(run) => line(&run.command),
        Kind::Healthcheck(check) => match check.test.as_slice() {
            [kind, text] => kind == "CMD-SHELL" && exec_form_not_json::check(text),
            _ => false,
        },
        Kind::Volume(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            exec_form_not_json::check(&words.join(" "))
        }
        _ => false,
    };
    if found {
        let is_command = !matches!(instruction.kind, Kind::Volume(_));
        let message = exec_form_not_json::message(instruction.kind.keyword().as_str(), is_command);
        lint.report(&exec_form_not_json::RULE, message, instruction.lines, &instruction.comments);
    }
}

/// `HeredocNotTaken`
fn heredoc(instruction: &Instruction, lint: &mut Linter) {
    let Some((delimiter, takes)) = instruction.heredoc_not_taken() else { return };
    let keyword = instruction.kind.keyword().as_str();
    let message = heredoc_not_taken::message(keyword, delimiter, takes);
    lint.report(&heredoc_not_taken::RULE, message, instruction.lines, &instruction.comments);
}

/// `DirectiveNotHeeded`
struct Directives<'a> {
    dockerfile: &'a Dockerfile,
    /// The lines of the source.
    lines: Vec<&'a [u8]>,
}

impl<'a> Directives<'a> {
    fn new(dockerfile: &'a Dockerfile, source: &'a [u8]) -> Self {
        Self { dockerfile, lines: source.split(|byte| *byte == b'\n').collect() }
    }

    fn report(&self, lint: &mut Linter) {
        let rule = &directive_not_heeded::RULE;
        let stages = || self.dockerfile.stages.iter();
        let globals = self.dockerfile.global_args.iter();
        let first = globals
            .map(|global| global.lines.first)
            .chain(stages().map(|stage| stage.lines.first))
            .min()
            .unwrap_or_default();
        for comment in &self.dockerfile.loose_comments {
            let name = match directive_of_comment(&comment.text) {
                Some((name @ ("syntax" | "escape"), value))
                    if comment.line < first && is_meant(name, value) =>
                {
                    name
                }
                Some((name @ "check", value)) if Config::parse(first_word(value)).is_ok() => name,
                _ => continue,
            };
            let lines = Lines::new(comment.line, comment.line);
            lint.report(rule, directive_not_heeded::message(name), lines, &Comments::default());
        }
        let globals = self.dockerfile.global_args.iter();
        let above = globals.map(|global| (global.lines, &global.comments)).chain(
            stages().flat_map(|stage| {
                let instructions = stage.instructions.iter();
                std::iter::once((stage.lines, &stage.comments)).chain(
                    instructions.map(|instruction| (instruction.lines, &instruction.comments)),
                )
            }),
        );
        for (lines, comments) in above {
            for text in comments.iter() {
                let name = match directive_of_comment(text) {
                    Some((name @ ("syntax" | "escape"), value))
                        if lines.first == first && is_meant(name, value) =>
                    {
                        name
                    }
                    Some((name @ "check", value)) if is_for_all(first_word(value)) => name,
                    _ => continue,
                };
                let at = self.place(text, lines.first);
                lint.report(rule, directive_not_heeded::message(name), at, &Comments::default());
            }
        }
    }

    /// The line of a comment above the line `below`.
    fn place(&self, comment: &str, below: u32) -> Lines {
        let above = self.lines.get(..below.saturating_sub(1) as usize).unwrap_or_default();
        let is_above = |line: &[u8]| {
            let line = line.trim_ascii();
            line.is_empty() || line.starts_with(b"#")
        };
        let found = above
            .iter()
            .rev()
            .take_while(|line| is_above(line))
            .position(|line| line.trim_ascii().ends_with(comment.as_bytes()));
        let line = found.map_or(below, |found| below - 1 - found as u32);
        Lines::new(line, line)
    }
}

/// Whether a comment that reads like a directive is meant as one: it names an image, or an escape character.
fn is_meant(name: &str, value: &str) -> bool {
    match name {
        "escape" => matches!(value, "`" | "\\"),
        _ => !value.trim().is_empty() && !value.contains(char::is_whitespace),
    }
}

/// Whether options above an instruction ask for what only the top of the Dockerfile can have.
fn is_for_all(options: &str) -> bool {
    let Ok(config) = Config::parse(options) else { return false };
    let of_all = |name: &String| OF_ALL.contains(&name.as_str());
    config.error || !config.skip.is_empty() && config.skip.iter().all(of_all)
}

fn first_word(value: &str) -> &str {
    value.split(' ').next().unwrap_or_default()
}
