//! `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, `SHELL` and `STOPSIGNAL`

use aliasfront_gotext::list::quote_list;
use buildkit_dockerfile::instruction::{self, CommandLine};
use buildkit_dockerfile::lint::rule;
use buildkit_dockerfile::{Lines, Word};

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;
use aliasfront_image::config::Healthcheck;
use aliasfront_image::signal;
use aliasfront_image::system::System;

impl Evaluator<'_, '_> {
    pub(super) fn cmd(&mut self, stage: &mut Stage, command: &Command, line: &CommandLine) {
        let before = stage.cmd.replace(command.instruction.lines);
        self.report_repeated(before, command);
        let args = self.command_line(stage, command, line);
        stage.commit(format!("CMD {}", quote_list(&args)), false, self.given.epoch);
        let config = &mut stage.config().config;
        config.cmd = args;
        config.args_escaped = true;
    }

    pub(super) fn entrypoint(&mut self, stage: &mut Stage, command: &Command, line: &CommandLine) {
        let before = stage.entrypoint.replace(command.instruction.lines);
        self.report_repeated(before, command);
        let args = self.command_line(stage, command, line);
        let text = format!("ENTRYPOINT {}", quote_list(&args));
        stage.commit(text, false, self.given.epoch);
        let own_cmd = stage.cmd.is_some();
        let config = &mut stage.config().config;
        config.entrypoint = args;
        if !own_cmd {
            config.cmd.clear();
        }
    }

    pub(super) fn healthcheck(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        check: &instruction::Healthcheck,
    ) {
        let before = stage.healthcheck.replace(command.instruction.lines);
        self.report_repeated(before, command);
        let check = Healthcheck {
            test: check.test.clone(),
            interval: check.interval,
            timeout: check.timeout,
            start_period: check.start_period,
            start_interval: check.start_interval,
            retries: check.retries.into(),
        };
        let text = format!("HEALTHCHECK {}", check.to_history());
        stage.commit(text, false, self.given.epoch);
        stage.config().config.healthcheck = Some(check);
    }

    pub(super) fn shell(&mut self, stage: &mut Stage, shell: &[String]) {
        stage.commit(format!("SHELL [{}]", shell.join(" ")), false, self.given.epoch);
        stage.config().config.shell = shell.to_vec();
    }

    pub(super) fn stopsignal(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        signal: &Word,
    ) -> Result<(), Error> {
        let name = self.word(stage, command, signal)?;
        signal::parse(&name).map_err(|error| {
            Error::new(error.to_string())
                .span(signal.span)
                .hint("use a name such as SIGTERM, or a number")
        })?;
        stage.commit(format!("STOPSIGNAL {name}"), false, self.given.epoch);
        stage.config().config.stop_signal = name;
        Ok(())
    }

    /// The command line of `CMD` or `ENTRYPOINT`, with the shell before it where it has no JSON form.
    fn command_line(
        &mut self,
        stage: &Stage,
        command: &Command,
        line: &CommandLine,
    ) -> Vec<String> {
        if !line.shell {
            return line.args.clone();
        }
        if stage.config_ref().config.shell.is_empty() {
            let message = rule::json_args_recommended::message(&command.instruction.keyword);
            self.report(&rule::json_args_recommended::RULE, message, command);
        }
        with_shell(stage, &line.args)
    }

    /// `MultipleInstructionsDisallowed`, at the instruction that has no effect.
    fn report_repeated(&mut self, before: Option<Lines>, command: &Command) {
        let Some(before) = before else { return };
        let instruction = &command.instruction;
        self.lint.report(
            &rule::multiple_instructions_disallowed::RULE,
            rule::multiple_instructions_disallowed::message(&instruction.keyword),
            before,
            &instruction.comments,
        );
    }
}

/// The stage's shell, with the arguments as one.
pub(super) fn with_shell(stage: &Stage, args: &[String]) -> Vec<String> {
    let config = stage.config_ref();
    let mut line = config.config.shell.clone();
    if line.is_empty() {
        line.extend(System::of(&config.platform.os).shell().iter().map(|&arg| arg.to_owned()));
    }
    line.push(args.join(" "));
    line
}
