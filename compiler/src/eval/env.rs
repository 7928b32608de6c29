//! `ENV`

use buildkit_dockerfile::instruction::Pair;
use buildkit_dockerfile::lint::rule;

use super::{Evaluator, Stage};
use crate::error::Error;
use crate::graph::Command;

impl Evaluator<'_, '_> {
    pub(super) fn env(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        pairs: &[Pair],
    ) -> Result<(), Error> {
        let pairs = self.pairs(stage, command, pairs)?;
        let mut text = String::from("ENV");
        for pair in pairs {
            self.report_legacy(&pair, command);
            self.report_secret("ENV", &pair.key, command);
            text.push(' ');
            text.push_str(&pair.to_string());
            stage.set_env(&pair.key, &pair.value);
            stage.set_config_env(&pair.key, &pair.value);
        }
        stage.commit(text, false, self.given.epoch);
        Ok(())
    }

    /// Expands all pairs in the environment before the instruction.
    pub(super) fn pairs(
        &mut self,
        stage: &Stage,
        command: &Command,
        pairs: &[Pair],
    ) -> Result<Vec<Expanded>, Error> {
        pairs
            .iter()
            .map(|pair| {
                Ok(Expanded {
                    key: self.word(stage, command, &pair.key)?,
                    value: self.word(stage, command, &pair.value)?,
                    legacy: pair.legacy,
                })
            })
            .collect()
    }

    /// `LegacyKeyValueFormat`
    pub(super) fn report_legacy(&mut self, pair: &Expanded, command: &Command) {
        if pair.legacy {
            let message = rule::legacy_key_value_format::message(&command.instruction.keyword);
            self.report(&rule::legacy_key_value_format::RULE, message, command);
        }
    }
}

/// A pair of `ENV` or `LABEL`, expanded.
pub(super) struct Expanded {
    pub key: String,
    pub value: String,
    pub legacy: bool,
}

impl std::fmt::Display for Expanded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}
