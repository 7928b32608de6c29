//! `LABEL` and `MAINTAINER`

use buildkit_dockerfile::Word;
use buildkit_dockerfile::instruction::Pair;

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;

impl Evaluator<'_, '_> {
    pub(super) fn label(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        pairs: &[Pair],
    ) -> Result<(), Error> {
        let pairs = self.pairs(stage, command, pairs)?;
        let mut text = String::from("LABEL");
        for pair in pairs {
            self.report_legacy(&pair, command);
            text.push(' ');
            text.push_str(&pair.to_string());
            stage.config().config.labels.insert(pair.key, pair.value);
        }
        stage.commit(text, false, self.given.epoch);
        Ok(())
    }

    pub(super) fn maintainer(&mut self, stage: &mut Stage, name: &Word) {
        stage.config().author.clone_from(&name.text);
        stage.commit(format!("MAINTAINER {}", name.text), false, self.given.epoch);
    }
}
