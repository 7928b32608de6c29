//! `USER`

use buildkit_dockerfile::Word;

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;

impl Evaluator<'_, '_> {
    pub(super) fn user(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        user: &Word,
    ) -> Result<(), Error> {
        let user = self.word(stage, command, user)?;
        stage.user.clone_from(&user);
        stage.commit(format!("USER {user}"), false, self.given.epoch);
        stage.config().config.user = user;
        Ok(())
    }
}
