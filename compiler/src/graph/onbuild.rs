//! Triggers: instructions that a base brings into the stages that build on it.

use std::rc::Rc;

use buildkit_dockerfile::{Kind, parse_trigger};

use super::{Graph, NodeId};
use crate::budget::Budget;
use crate::error::Error;
use crate::given::Given;

impl Graph {
    /// Takes the triggers of the base of `id` over into it, once. Returns whether they take files
    /// from somewhere: then stages may be reached that were not before.
    ///
    /// # Errors
    ///
    /// A trigger that is no instruction, or may not be one.
    pub fn take_triggers(
        &mut self,
        id: NodeId,
        given: &Given,
        budget: &mut Budget,
    ) -> Result<bool, Error> {
        if self[id].triggered {
            return Ok(false);
        }
        let triggers: Vec<String> = match self[id].base {
            Some(base) => self[base]
                .commands
                .iter()
                .filter_map(|command| match &command.instruction.kind {
                    Kind::Onbuild(onbuild) => Some(onbuild.expression.clone()),
                    _ => None,
                })
                .collect(),
            None => match &mut self[id].root {
                Some(root) => std::mem::take(&mut root.config.config.on_build),
                None => return Ok(false),
            },
        };
        self[id].triggered = true;

        let lines = self[id].lines;
        let mut new = false;
        let mut commands = Vec::with_capacity(triggers.len());
        for trigger in triggers {
            let instruction = parse_trigger(&trigger, lines)
                .map_err(|error| Error::from(error).only_at(lines))?;
            let command = self
                .link_command(id, Rc::new(instruction), true, given, budget)
                .map_err(|error| error.only_at(lines))?;
            new |= !command.sources.is_empty();
            commands.push(command);
        }
        self.triggers += commands.len();
        let node = &mut self[id];
        node.steps += commands.len();
        node.commands.splice(0..0, commands);
        Ok(new)
    }
}
