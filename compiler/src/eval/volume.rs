//! `VOLUME`

use buildkit_dockerfile::Word;

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;

impl Evaluator<'_, '_> {
    pub(super) fn volume(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        volumes: &[Word],
    ) -> Result<(), Error> {
        let mut paths = Vec::with_capacity(volumes.len());
        for volume in volumes {
            paths.push(self.word(stage, command, volume)?);
        }
        // Only now: what is found in the words behind is told, too.
        if let Some((_, volume)) = paths.iter().zip(volumes).find(|(path, _)| path.is_empty()) {
            return Err(Error::new("VOLUME specified can not be an empty string")
                .span(volume.span)
                .hint("give its variable a value, or leave the volume out"));
        }
        stage.commit(format!("VOLUME [{}]", paths.join(" ")), false, self.given.epoch);
        stage.config().config.volumes.extend(paths);
        Ok(())
    }
}
