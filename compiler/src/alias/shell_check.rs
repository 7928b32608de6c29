//! Commands in aliases that only test files, which a contract does without a shell.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_dockerfile::Lines;

use super::Alias;
use super::contract::Requirement;
use crate::eval::step::{Action, Files, MountStep, MountStepKind, RunStep, StepId, StepKind};
use crate::eval::{Evaluated, Program};
use crate::graph::{Graph, NodeId};
use crate::lint::Linter;
use crate::lint::file_tests::{self, FileTests, Wanted};
use crate::lint::rule::alias_shell_check;

/// How long a line of a contract becomes, in bytes, where it may be several.
const MAX_LINE: usize = 100;

/// Finds the commands of aliases that only test files.
pub fn find(aliases: &[Alias], program: &Program) -> BTreeMap<StepId, FileTests> {
    let mut tests = BTreeMap::new();
    if aliases.is_empty() {
        return tests;
    }
    let mut stages = BTreeSet::new();
    stages.extend(aliases.iter().map(|alias| alias.stage));
    for (id, step) in program.steps.entries() {
        if let StepKind::Run(run) = &step.kind
            && stages.contains(&step.stage)
            && let Some(found) = read(run)
        {
            tests.insert(id, found);
        }
    }
    tests
}

/// What a command tests; `None` where it may do more, or sees other files than the image's.
fn read(run: &RunStep) -> Option<FileTests> {
    // Whoever builds may say how large the shared memory is.
    let is_memory = |mount: &MountStep| {
        matches!(mount.kind, MountStepKind::Tmpfs(_)) && mount.target == "/dev/shm"
    };
    let is_plain = run.mounts.iter().all(is_memory)
        && run.secrets.is_empty()
        && run.ssh.is_empty()
        && run.devices.is_empty()
        && run.security.is_none();
    is_plain.then(|| file_tests::of_arguments(&run.args, &run.directory))?
}

/// Reports the commands that a contract does without.
pub fn report(aliases: &[Alias], evaluated: &Evaluated, lint: &mut Linter) {
    let Evaluated { graph, program, file_tests: tests, .. } = evaluated;
    if tests.is_empty() || !lint.is_on() {
        return;
    }
    let mut of_stages: BTreeMap<NodeId, Vec<StepId>> = BTreeMap::new();
    for alias in aliases {
        of_stages.insert(alias.stage, Vec::new());
    }
    for (id, step) in program.steps.entries() {
        if let Some(steps) = of_stages.get_mut(&step.stage) {
            steps.push(id);
        }
    }
    for alias in aliases {
        for id in of_stages.get(&alias.stage).into_iter().flatten() {
            let step = &program.steps[*id];
            match (&step.kind, tests.get(id)) {
                (StepKind::Run(_), Some(tests)) => {
                    if let Some(lines) = step.lines {
                        report_one(alias, graph, tests, lines, lint);
                    }
                }
                // What is tested from here on may be of the stage's own making.
                (StepKind::Run(_) | StepKind::Link { .. }, _) => break,
                (StepKind::Files(changes), _) if changes.root != Files::Scratch => {
                    let makes = |action: &Action| !matches!(action, Action::MakeDirectory { .. });
                    if changes.actions.iter().any(makes) {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
}

fn report_one(alias: &Alias, graph: &Graph, tests: &FileTests, lines: Lines, lint: &mut Linter) {
    let node = &graph[alias.stage];
    let mut commands = node.commands.iter().filter(|command| !command.trigger);
    let Some(command) = commands.find(|command| command.instruction.lines == lines) else { return };
    if tests.wanted.is_empty() {
        return;
    }
    let needs = match &tests.program {
        None => "a shell".to_owned(),
        Some(program) => format!("the program {program}"),
    };
    let mut message = format!(
        "alias {}: this RUN only tests files, and needs {needs} in every prebuilt image; ",
        alias.name
    );
    let required = &alias.contract.require;
    let open: Vec<&Wanted> =
        tests.wanted.iter().filter(|wanted| !is_required(required, wanted)).collect();
    if open.is_empty() {
        message.push_str("the contract above the alias asks for all of that: omit the RUN");
    } else {
        message.push_str("write in its place, right above the alias's FROM:");
        let mut line = String::new();
        for wanted in &open {
            // What is executable is a file.
            let mark = match wanted {
                Wanted { executable: true, .. } => ",+x",
                Wanted { file: true, .. } => ",file",
                _ => "",
            };
            let word = format!(" require={}{mark}", wanted.path);
            if line.is_empty() || line.len() + word.len() > MAX_LINE {
                message.push_str(&line);
                "\n# alias".clone_into(&mut line);
            }
            line.push_str(&word);
        }
        message.push_str(&line);
        let guesses: Vec<&str> = open
            .iter()
            .filter(|wanted| wanted.is_guess)
            .map(|wanted| wanted.path.as_str())
            .collect();
        if !guesses.is_empty() {
            message.push_str(&format!(
                "\n(the directory of {} is a guess: name the one that the image has it in)",
                guesses.join(", ")
            ));
        }
    }
    let comments = &command.instruction.comments;
    lint.report(&alias_shell_check::RULE, message, lines, comments);
}

/// Whether a contract asks for a path already. Of a program that is only named its name counts.
fn is_required(required: &[Requirement], wanted: &Wanted) -> bool {
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    required.iter().any(|requirement| {
        let same = requirement.path == wanted.path
            || wanted.is_guess && base(&requirement.path) == base(&wanted.path);
        same && requirement.executable >= wanted.executable
            && (requirement.file || requirement.executable || !wanted.file)
    })
}
