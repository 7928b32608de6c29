//! The project's own lint rules that need what words come to.

use buildkit_dockerfile::Kind;
use buildkit_dockerfile::instruction::mount_source::AUTOMATIC_ARGS;
use buildkit_dockerfile::instruction::{Mount, MountKind, Run};

use super::copy::Sources;
use super::{Evaluator, Stage};
use crate::graph::Command;
use crate::lint::rule::{
    arg_not_in_stage, copy_ignored_path, keep_git_dir_without_git, path_above_root, tilde_in_path,
};
use crate::lint::shell::{self, Variables};
use aliasfront_image::git::GitRef;
use aliasfront_image::system::System;

/// What every command has in its environment, declared or not, in upper and in lower case.
const PROXIES: [&str; 5] = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];

impl Evaluator<'_, '_> {
    /// `PathAboveRoot` and `TildeInPath`, on a path that files are taken from.
    pub(super) fn report_source(&mut self, command: &Command, path: &str) {
        if path_above_root::check(path) {
            self.report(&path_above_root::RULE, path_above_root::message(path), command);
        }
        self.report_tilde(command, path);
    }

    /// `TildeInPath`
    pub(super) fn report_tilde(&mut self, command: &Command, path: &str) {
        if tilde_in_path::check(path) {
            self.report(&tilde_in_path::RULE, tilde_in_path::message(path), command);
        }
    }

    /// What is found in the paths of mounts.
    pub(super) fn report_mounts(&mut self, command: &Command, mounts: &[Mount]) {
        for mount in mounts {
            self.report_tilde(command, &mount.target);
            if mount.kind == MountKind::Bind {
                self.report_source(command, &mount.source);
            }
        }
    }

    /// `CopyIgnoredPath`, where the reference says nothing because the ignore file has exceptions.
    pub(super) fn report_left_out(&mut self, command: &Command, source: &str) {
        let path = aliasfront_gotext::path::clean(source);
        let path = path.trim_start_matches('/');
        let Some(matcher) = self.ignore else { return };
        if matches!(path, "" | ".") {
            return;
        }
        let left_out = self.lint.checks().within(|steps| matcher.leaves_out_all_of(path, steps));
        if left_out == Some(true) {
            let keyword = command.instruction.kind.keyword().as_str();
            let message = copy_ignored_path::message(keyword, path);
            self.report(&copy_ignored_path::RULE, message, command);
        }
    }

    /// `KeepGitDirWithoutGit`
    pub(super) fn report_keep_git_dir(
        &mut self,
        command: &Command,
        keeps: bool,
        sources: &Sources<'_>,
    ) {
        let is_git = |source: &str| matches!(GitRef::parse(source), Some(Ok(git)) if !git.indistinguishable_from_local);
        if let Some((first, _)) = sources.first()
            && keeps
            && !sources.iter().any(|(source, _)| is_git(source))
        {
            let message = keep_git_dir_without_git::message(first);
            self.report(&keep_git_dir_without_git::RULE, message, command);
        }
    }

    /// `ArgNotInStage`, on variables that the stage doesn't have.
    pub(super) fn report_unseen<'n>(
        &mut self,
        stage: &Stage,
        command: &Command,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        // A trigger is another Dockerfile's.
        if command.trigger {
            return;
        }
        let globals = &self.given.globals;
        for name in names {
            let global = globals.declared.get(name);
            if global.is_none() && !AUTOMATIC_ARGS.contains(&name) || declares(command, name) {
                continue;
            }
            let rule = &arg_not_in_stage::RULE;
            if self.lint.runs(rule, &command.instruction.comments)
                && self.unseen.insert((stage.id, name.to_owned()))
            {
                let message = arg_not_in_stage::message(name, global.map(|arg| arg.lines.first));
                self.report(rule, message, command);
            }
        }
    }

    /// `ArgNotInStage`, on the variables that the shell of a `RUN` expands.
    pub(super) fn report_shell(
        &mut self,
        stage: &Stage,
        command: &Command,
        run: &Run,
        mounts: &[Mount],
    ) {
        let rule = &arg_not_in_stage::RULE;
        let line = &run.command;
        if !line.shell || !self.lint.runs(rule, &command.instruction.comments) {
            return;
        }
        let config = stage.config_ref();
        let is_unix_shell = match config.config.shell.first() {
            Some(path) => shell::is_shell(path),
            None => System::of(&config.platform.os) == System::Unix,
        };
        if !is_unix_shell {
            return;
        }
        let mut variables = Variables::default();
        if let Some(script) = line.only_heredoc() {
            if shell::is_script(script.content.lines().next().unwrap_or_default()) {
                variables.read_script(&script.content);
            }
        } else {
            for text in &line.args {
                variables.read_script(text);
            }
            for heredoc in line.heredocs.iter().filter(|heredoc| heredoc.expand) {
                variables.read_heredoc(&heredoc.content);
            }
        }
        let open = variables.open().into_iter().filter(|name| {
            let declared = stage.build_args.contains(name);
            let given = mounts
                .iter()
                .any(|mount| [&mount.env, &mount.id].into_iter().flatten().any(|env| env == name));
            let proxy = PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name));
            stage.env.get(name).is_none() && !declared && !given && !proxy
        });
        let open: Vec<&str> = open.collect();
        self.report_unseen(stage, command, open);
    }
}

/// Whether an instruction declares an argument, whose default may use its own name.
fn declares(command: &Command, name: &str) -> bool {
    match &command.instruction.kind {
        Kind::Arg(args) => args.iter().any(|arg| arg.name.text == name),
        _ => false,
    }
}
