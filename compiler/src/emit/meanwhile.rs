//! What a build may run while the images of aliases are checked: steps that need nothing of them.

use buildkit_llb::Definition;

use super::Emitted;
use crate::arena::Arena;
use crate::eval::Evaluated;
use crate::eval::step::{Files, StepId, StepKind};
use crate::graph::NodeId;

/// How many definitions are handed out: each is a request, with all that its step depends on.
const MAX_DEFINITIONS: usize = 8;

/// What is known of a step.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Whether the target needs it.
    needed: bool,
    /// Whether it needs something of what is being checked.
    waits: bool,
    /// Whether another step that may run needs it, and so runs it.
    covered: bool,
}

impl Emitted {
    /// The steps that the target needs and that need nothing of the roots of these stages: commands and changes of files,
    /// each with all that it depends on, and none that another one depends on.
    ///
    /// Bare sources are none of them. An engine leaves an image where it is until a step looks into it, and a step that
    /// is in its cache never does.
    pub fn meanwhile(&self, evaluated: &Evaluated, checked: &[NodeId]) -> Vec<Definition> {
        let Evaluated { program, target, .. } = evaluated;
        let mut known: Arena<StepId, Known> = program.steps.map(|_| Known::default());
        for id in checked {
            if let Files::Step(step) = program.root_files[*id] {
                known[step].waits = true;
            }
        }
        for (id, step) in program.steps.entries() {
            let mut waits = known[id].waits;
            step.kind.each_source(|source| waits |= known[source].waits);
            known[id].waits = waits;
        }
        if let Some(Files::Step(last)) = program.stages[*target].as_ref().map(|stage| stage.files) {
            known[last].needed = true;
        }
        let mut heads = Vec::new();
        for (id, step) in program.steps.entries().rev() {
            let Known { needed, waits, covered } = known[id];
            if !needed {
                continue;
            }
            let is_work =
                matches!(step.kind, StepKind::Run(_) | StepKind::Files(_) | StepKind::Link { .. });
            let runs = is_work && !waits;
            step.kind.each_source(|source| {
                known[source].needed = true;
                known[source].covered |= runs || covered;
            });
            if runs && !covered && !matches!(step.kind, StepKind::Link { .. }) {
                heads.push(id);
            }
        }
        let definitions = heads.into_iter().map(|id| self.definition(Files::Step(id)));
        definitions
            .filter(|definition| self.check(definition).is_ok())
            .take(MAX_DEFINITIONS)
            .collect()
    }
}
