//! Runs the rules that need only the text, in the order in which the reference runs them.

use crate::ast::Stage;
use crate::comments::Comments;
use crate::findings::TextFinding;
use crate::instruction::{Keyword, Kind, Parsed};
use crate::lint::rule::{
    consistent_instruction_casing, duplicate_stage_name, from_as_casing,
    invalid_definition_description, maintainer_deprecated, no_empty_continuation,
    reserved_stage_name, stage_name_casing,
};
use crate::lint::{Finding, Rule};
use crate::span::Lines;
use crate::text::statement::Statement;

fn finding(rule: &'static Rule, message: String, lines: Lines, comments: &Comments) -> TextFinding {
    let finding = Finding { rule, message, lines: vec![lines] };
    TextFinding { finding, comments: comments.clone() }
}

/// Empty continuation lines, in instructions that end at `lines`.
pub(crate) fn empty_continuations(lines: &[u32]) -> impl Iterator<Item = TextFinding> {
    lines.iter().map(|line| {
        let lines = Lines::new(*line, *line);
        finding(
            &no_empty_continuation::RULE,
            no_empty_continuation::message(),
            lines,
            &Comments::default(),
        )
    })
}

/// What is found in a statement before it is checked.
pub(crate) fn before_checks(statement: &Statement) -> Vec<TextFinding> {
    let found = |rule, message| finding(rule, message, statement.line.lines, &statement.comments);
    match statement.keyword {
        Some(Keyword::Maintainer) => {
            vec![found(&maintainer_deprecated::RULE, maintainer_deprecated::message())]
        }
        Some(Keyword::From) => {
            let words: Vec<&str> =
                statement.arguments.words.iter().map(|word| word.text.as_str()).collect();
            let name = stage_name_casing::check(&words)
                .map(|message| found(&stage_name_casing::RULE, message));
            let keywords = from_as_casing::check(&statement.keyword_text, &words)
                .map(|message| found(&from_as_casing::RULE, message));
            name.into_iter().chain(keywords).collect()
        }
        _ => Vec::new(),
    }
}

/// What is found in an instruction once it is known to be right.
pub(crate) fn after_checks(parsed: &Parsed) -> Option<TextFinding> {
    let rule = &invalid_definition_description::RULE;
    let check = invalid_definition_description::check;
    let (message, lines, comments) = match parsed {
        Parsed::Stage(stage) => {
            let name = stage.name.as_deref()?;
            (check("FROM", &[name], &stage.comments)?, stage.lines, &stage.comments)
        }
        Parsed::Instruction(instruction) => {
            let Kind::Arg(args) = &instruction.kind else { return None };
            let names: Vec<&str> = args.iter().map(|arg| arg.name.text.as_str()).collect();
            let message = check("ARG", &names, &instruction.comments)?;
            (message, instruction.lines, &instruction.comments)
        }
    };
    Some(finding(rule, message, lines, comments))
}

/// What is found in the stages' names.
pub(crate) fn stage_names(stages: &[Stage]) -> Vec<TextFinding> {
    let mut findings = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for stage in stages {
        let Some(name) = stage.name.as_deref() else { continue };
        let mut found = |rule, message| {
            findings.push(finding(rule, message, stage.lines, &Comments::default()));
        };
        if reserved_stage_name::is_reserved(name) {
            found(&reserved_stage_name::RULE, reserved_stage_name::message(name));
        }
        if !seen.insert(name) {
            found(&duplicate_stage_name::RULE, duplicate_stage_name::message(name));
        }
    }
    findings
}

/// What is found in the keywords' case, over all stages.
pub(crate) fn casing(stages: &[Stage]) -> Vec<TextFinding> {
    let keywords = || {
        stages.iter().flat_map(|stage| {
            let instructions = stage.instructions.iter();
            std::iter::once((stage.keyword.as_str(), stage.lines))
                .chain(instructions.map(|i| (i.keyword.as_str(), i.lines)))
        })
    };
    let case = consistent_instruction_casing::majority(keywords().map(|(keyword, _)| keyword));
    keywords()
        .filter(|(keyword, _)| !case.is_case_of(keyword))
        .map(|(keyword, lines)| {
            let rule = &consistent_instruction_casing::RULE;
            finding(
                rule,
                consistent_instruction_casing::message(keyword, case),
                lines,
                &Comments::default(),
            )
        })
        .collect()
}
