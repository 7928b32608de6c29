//! Which stages an instruction takes files from.

use std::rc::Rc;

use buildkit_dockerfile::expand::{EnvList, Expansion};
use buildkit_dockerfile::instruction::{Copy, Run, mount_source};
use buildkit_dockerfile::{Instruction, Kind, Lines, Word};

use super::{Command, Edge, Graph, Node, NodeId};
use crate::args::GlobalArgs;
use crate::budget::Budget;
use crate::context::named;
use crate::error::Error;
use crate::given::Given;

impl Graph {
    /// Links an instruction of stage `id` to the stages it takes files from, and adds stages for
    /// the images it names.
    pub(super) fn link_command(
        &mut self,
        id: NodeId,
        instruction: Rc<Instruction>,
        trigger: bool,
        given: &Given,
        budget: &mut Budget,
    ) -> Result<Command, Error> {
        let lines = instruction.lines;
        let sources = match &instruction.kind {
            Kind::Copy(copy) => self.link_copy(copy, lines, given, budget)?,
            Kind::Run(run) => self.link_run(run, lines, given, budget)?,
            _ => Vec::new(),
        };
        for source in sources.iter().flatten() {
            self[id].edges.push(Edge { to: *source, lines });
        }
        Ok(Command { instruction, sources, trigger })
    }

    fn link_copy(
        &mut self,
        copy: &Copy,
        lines: Lines,
        given: &Given,
        budget: &mut Budget,
    ) -> Result<Vec<Option<NodeId>>, Error> {
        let Some(from) = copy.from.as_ref().filter(|from| !from.text.is_empty()) else {
            return Ok(Vec::new());
        };
        let name = copy_source(from, given, budget)
            .map_err(|error| error.at_own(lines).span(from.span))?;
        if let Ok(index) = name.parse::<i64>() {
            let numbered = usize::try_from(index).ok().and_then(|index| self.numbers.get(index));
            let source = numbered.copied().ok_or_else(|| {
                Error::new(format!("invalid stage index {index}"))
                    .at_own(lines)
                    .span(from.span)
                    .hint("stages count from 0; a name after AS keeps working when stages move")
            })?;
            // What no FROM declares takes another number each time that it is named.
            if source.is_none_or(|id| self[id].declared.is_none()) {
                self.numbers.push(source);
            }
            return Ok(vec![source]);
        }
        Ok(vec![Some(self.named_or_image(name, lines))])
    }

    fn link_run(
        &mut self,
        run: &Run,
        lines: Lines,
        given: &Given,
        budget: &mut Budget,
    ) -> Result<Vec<Option<NodeId>>, Error> {
        let mut sources = Vec::with_capacity(run.mounts.len());
        for mount in &run.mounts {
            let Some(from) = mount.from.as_ref().filter(|from| !from.text.is_empty()) else {
                // A mount without a source is linked to a stage named like the empty image, should
                // someone have called one so. If not, it takes a number all the same.
                let source = self.find(named::SCRATCH);
                if source.is_none() {
                    self.numbers.push(None);
                }
                sources.push(source);
                continue;
            };
            let from = mount_source(from, given, budget)
                .map_err(|error| error.at(lines).span(mount.value.span))?;
            let source = self.named_or_image(from, lines);
            self[source].mounted = self[source].declared.is_none();
            sources.push(Some(source));
        }
        Ok(sources)
    }

    /// The stage of this name, or a new one that stands for the image or context of this name.
    fn named_or_image(&mut self, name: String, lines: Lines) -> NodeId {
        match self.find(&name) {
            Some(id) => id,
            None => self.add(Node::anonymous(name, lines)),
        }
    }
}

/// The source of `COPY --from`: as it is written, or expanded from global arguments, which only
/// this frontend does.
fn copy_source(from: &Word, given: &Given, budget: &mut Budget) -> Result<String, Error> {
    let plain = expand(&from.text, given, budget, &EnvList::default())?;
    if plain.text == from.text {
        return Ok(plain.text);
    }
    let error = "variable expansion is not supported for --from, define a new stage with FROM using \
                 ARG from global scope as a workaround";
    expand_global(&from.text, given, budget, error)
}

/// The source of a mount's `from`, likewise. The parser let only global arguments through, but in triggers of images.
fn mount_source(from: &Word, given: &Given, budget: &mut Budget) -> Result<String, Error> {
    if !mount_source::has_variable(&from.text) {
        return Ok(from.text.clone());
    }
    expand_global(&from.text, given, budget, mount_source::MESSAGE)
}

/// Expands `text`, within the budget.
fn expand(
    text: &str,
    given: &Given,
    budget: &mut Budget,
    env: &EnvList,
) -> Result<Expansion, Error> {
    Ok(budget.expand(given.expander(), text, env)??)
}

/// Expands `text` where all it uses are global arguments.
fn expand_global(
    text: &str,
    given: &Given,
    budget: &mut Budget,
    error: &str,
) -> Result<String, Error> {
    let expansion = expand(text, given, budget, &given.globals.env)?;
    let mut names = expansion.used.iter().chain(&expansion.unset);
    let of_a_stage = names.clone().filter(|name| !is_global(name, &given.globals)).min();
    if names.next().is_some() && of_a_stage.is_none() {
        if expansion.text.is_empty() {
            return Err(Error::new(format!(
                "{text} expands to nothing, so there is nothing to take files from"
            ))
            .hint("give the ARG a default, or set it with --build-arg"));
        }
        return Ok(expansion.text);
    }
    let hint = mount_source::hint(of_a_stage.map(String::as_str));
    Err(Error::new(error).hint(hint))
}

fn is_global(name: &str, globals: &GlobalArgs) -> bool {
    globals.declared.contains_key(name) || globals.env.get(name).is_some()
}
