//! `WORKDIR`

use buildkit_dockerfile::Word;
use buildkit_dockerfile::lint::rule;

use super::step::{Action, FileStep, Owner, StepKind};
use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;

/// The mode of a working directory that is made.
const MODE: u32 = 0o755;

impl Evaluator<'_, '_> {
    pub(super) fn workdir(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        path: &Word,
    ) -> Result<(), Error> {
        let epoch = self.given.epoch;
        let path = self.word(stage, command, path)?;
        self.report_tilde(command, &path);
        if !stage.workdir_set && !stage.system().is_abs(&path) {
            let message = rule::workdir_relative_path::message(&path);
            self.report(&rule::workdir_relative_path::RULE, message, command);
        }
        stage.workdir_set = true;

        let directory = stage.set_directory(&path)?;
        let made = directory != "/";
        if made {
            let title = self.title(self.expander, &command.instruction.source, &*stage.env)?;
            let platform = stage.platform.clone();
            let env = std::rc::Rc::clone(&stage.env);
            let name = self.numbered(stage, &title, platform.as_ref(), Some(&env), command.trigger);
            let user = &stage.config_ref().config.user;
            let action = Action::MakeDirectory {
                path: directory.clone(),
                mode: MODE,
                parents: true,
                owner: (!user.is_empty()).then(|| Owner::Named(user.clone())),
                time: epoch.map(|epoch| epoch.unix()),
            };
            let step = FileStep { root: stage.files, actions: vec![action] };
            // A working directory is made also where the stage is built without cache: it has no
            // content that could be stale.
            stage.files = self.push(super::Step {
                stage: stage.id,
                kind: StepKind::Files(step),
                name,
                lines: Some(command.instruction.lines),
                ignore_cache: false,
            });
        }
        stage.commit(format!("WORKDIR {directory}"), made, epoch);
        Ok(())
    }
}
