//! `RUN`

use std::collections::HashMap;
use std::rc::Rc;

use aliasfront_gotext::list::quote_list;
use aliasfront_gotext::path;
use buildkit_dockerfile::expand::{Environment, Expander};
use buildkit_dockerfile::instruction::{Mount, MountKind, Run};
use buildkit_proto::caps;

use super::command::with_shell;
use super::step::{Files, MountStep, MountStepKind, RunStep, StepKind};
use super::{Evaluator, Stage, capability};
use crate::error::Error;
use crate::graph::Command;
use aliasfront_image::system::System;

/// Where a heredoc that is a script of its own is mounted.
const SCRIPT_DIRECTORY: &str = "/dev/pipes/";
/// The mode of such a script.
const SCRIPT_MODE: u32 = 0o755;
/// What secrets look like in names of steps.
const SECRET_MASK: &str = "****";

impl Evaluator<'_, '_> {
    pub(super) fn run(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        run: &Run,
    ) -> Result<(), Error> {
        let given = self.given;
        let caps = given.caps();
        let mounts = self.mounts(stage, command, run)?;
        self.report_mounts(command, &mounts);
        self.report_shell(stage, command, run, &mounts);
        // A command may read any file.
        self.program.root_paths[stage.root].insert("/".to_owned());

        let mut title = command.instruction.source.clone();
        let mut script = None;
        let mut args = run.command.args.clone();
        if let Some(first) = run.command.heredocs.first() {
            let [line] = args.as_slice() else {
                return Err(Error::new(format!(
                    "parsing produced an invalid run command: {}",
                    quote_list(&args)
                )));
            };
            if run.command.only_heredoc().is_some() {
                title.push_str(&format!(" ({})", summary(&first.content)));
                let data = first.body();
                if data.starts_with("#!")
                    && System::of(&stage.config_ref().platform.os) == System::Unix
                {
                    let files = self.inline_document(stage, &first.name, SCRIPT_MODE, &data);
                    script = Some(files);
                    args = vec![path::join(&[SCRIPT_DIRECTORY, &first.name])];
                } else {
                    args = vec![data];
                }
            } else {
                let mut text = line.clone();
                for heredoc in &run.command.heredocs {
                    text.push('\n');
                    text.push_str(&heredoc.content);
                    text.push_str(&heredoc.name);
                }
                args = vec![text];
            }
        }
        if run.command.shell {
            args = with_shell(stage, &args);
        }

        let mut step = RunStep {
            root: stage.files,
            args: args.clone(),
            env: Rc::clone(&stage.env),
            directory: stage.directory.clone(),
            user: stage.user.clone(),
            hostname: stage.hostname.clone(),
            build_network: stage.network,
            network: run.network,
            security: run.security,
            mounts: Vec::new(),
            secrets: Vec::new(),
            ssh: Vec::new(),
            devices: Vec::new(),
            platform: stage.state_platform.clone(),
            command: command.instruction.source.clone(),
        };
        if let Some(source) = script {
            step.mounts.push(MountStep {
                target: SCRIPT_DIRECTORY.to_owned(),
                source,
                selector: "/".to_owned(),
                kind: MountStepKind::Bind,
                read_only: true,
            });
        }
        self.add_mounts(stage, command, &mounts, &mut step)?;
        capability::check_run(caps, &step)?;
        if given.options().shm_size > 0 && caps.has(caps::EXEC_MOUNT_TMPFS_SIZE) {
            step.mounts.push(MountStep {
                target: "/dev/shm".to_owned(),
                source: Files::Scratch,
                selector: String::new(),
                kind: MountStepKind::Tmpfs(given.options().shm_size),
                read_only: false,
            });
        }
        if caps.has(caps::EXEC_META_CDI) {
            step.devices =
                run.devices.iter().map(|device| (device.name.clone(), !device.required)).collect();
        } else if let Some(device) = run.devices.iter().find(|device| device.required) {
            capability::check_device(caps, &device.name)?;
        }

        let expander = Expander { raw_quotes: true, skip_unset: true, ..self.expander };
        let title = self.title(expander, &title, &Masked::new(stage, &mounts))?;
        let platform = stage.state_platform.clone();
        let env = Rc::clone(&stage.env);
        let name = self.numbered(stage, &title, platform.as_ref(), Some(&env), command.trigger);
        stage.files = self.push_for(stage, command, name, StepKind::Run(Box::new(step)));
        let history = format!("RUN {} # buildkit", with_build_args(stage, &args));
        stage.commit(history, true, given.epoch);
        Ok(())
    }
}

/// The environment of a stage with its secrets masked, for names of steps.
struct Masked<'a> {
    stage: &'a Stage,
    secrets: Vec<&'a str>,
}

impl<'a> Masked<'a> {
    fn new(stage: &'a Stage, mounts: &'a [Mount]) -> Self {
        let secrets = mounts
            .iter()
            .filter(|mount| mount.kind == MountKind::Secret)
            .filter_map(|mount| mount.env.as_deref())
            .collect();
        Self { stage, secrets }
    }
}

impl Environment for Masked<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        if self.secrets.contains(&name) { Some(SECRET_MASK) } else { self.stage.env.get(name) }
    }

    fn names(&self) -> Vec<&str> {
        let mut names = self.stage.env.names();
        names.retain(|name| !self.secrets.contains(name));
        names.extend(&self.secrets);
        names
    }
}

/// The first line of a heredoc, for a name.
fn summary(content: &str) -> String {
    let content = content.trim();
    match content.split_once('\n') {
        Some((first, _)) => format!("{}...", first.strip_suffix('\r').unwrap_or(first)),
        None => content.to_owned(),
    }
}

/// A command line with the build arguments it could see, as the image's history has it.
fn with_build_args(stage: &Stage, args: &[String]) -> String {
    // An argument that is declared again keeps its place.
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (name, value) in stage.build_args.iter() {
        let value = stage.env.get(name).or(value).unwrap_or_default();
        let place = *places.entry(name).or_insert(pairs.len());
        match pairs.get_mut(place) {
            Some(known) => known.1 = value,
            None => pairs.push((name, value)),
        }
    }
    let mut text = String::new();
    if !pairs.is_empty() {
        text.push_str(&format!("|{} ", pairs.len()));
        for (name, value) in pairs {
            for part in [name, "=", value, " "] {
                text.push_str(part);
            }
        }
    }
    text.push_str(&args.join(" "));
    text
}
