//! `ARG`

use std::collections::BTreeSet;

use buildkit_dockerfile::instruction::Arg;
use buildkit_dockerfile::lint::rule::secrets_used_in_arg_or_env as rule;

use super::outline::ArgInfo;
use super::{Evaluator, Stage, sbom};
use crate::error::Error;
use crate::graph::Command;

impl Evaluator<'_, '_> {
    /// A build argument wins over the default, the default over the global argument of that name.
    pub(super) fn arg(
        &mut self,
        stage: &mut Stage,
        command: &Command,
        args: &[Arg],
    ) -> Result<(), Error> {
        let given = self.given;
        let mut text = String::from("ARG");
        for arg in args {
            let name = &arg.name.text;
            self.report_secret("ARG", name, command);
            let set = given.build_args.get(name);
            let global = given.globals.env.get(name);
            let inherited = set.is_none() && arg.default.is_none() && global.is_some();
            let value = match (set, &arg.default) {
                (Some(set), _) => Some(set.clone()),
                (None, Some(default)) => Some(self.word(stage, command, default)?),
                (None, None) => global.map(str::to_owned),
            };
            if let Some(value) = value.as_ref().filter(|_| !sbom::is_scan_argument(name)) {
                stage.set_env(name, value);
            }
            if !inherited {
                stage.outline.declare(
                    name,
                    ArgInfo {
                        value: value.clone().unwrap_or_default(),
                        description: arg.description.clone(),
                        lines: command.instruction.lines,
                        at: arg.name.span.start,
                        uses: BTreeSet::default(),
                    },
                );
            }
            stage.outline.use_arg(name);
            text.push(' ');
            text.push_str(name);
            if let Some(value) = &value {
                text.push('=');
                text.push_str(value);
            }
            stage.add_arg(name.clone(), value);
        }
        stage.commit(text, false, given.epoch);
        Ok(())
    }

    /// `SecretsUsedInArgOrEnv`
    pub(super) fn report_secret(&mut self, keyword: &str, name: &str, command: &Command) {
        if rule::is_secret(name) {
            self.report(&rule::RULE, rule::message(keyword, name), command);
        }
    }
}
