//! From a program to LLB: every step becomes a vertex. Nothing is decided or expanded here.

pub mod context;
mod copy;
mod meanwhile;
pub mod root;
mod run;

use buildkit_dockerfile::Lines;
use buildkit_llb::{
    Definition, Digest, Graph as Llb, Merge, Output, ProgressGroup, Source, SourceLocation,
};
use buildkit_llb::{SourceMapId, VertexOptions};

use crate::arena::Arena;
use crate::context::git;
use crate::error::Error;
use crate::eval::step::{Files, Step, StepId, StepKind};
use crate::eval::{Evaluated, Program};
use crate::given::{Given, Vertices};
use crate::wire::{PlatformExt as _, line_ranges};

/// The key of an instruction's text in the description of its vertex.
const COMMAND: &str = "com.docker.dockerfile.v1.command";

/// The vertices of a program.
#[derive(Debug)]
pub struct Emitted {
    /// All of them, also those of stages that a definition does not need.
    pub llb: Llb,
    steps: Arena<StepId, Option<Output>>,
    context: Option<Output>,
    /// Vertices that no result may need, with the errors of those that do.
    broken: Vec<(Digest, Error)>,
}

impl Emitted {
    /// No vertices, for requests that need none.
    pub fn nothing(given: &Given, program: &Program) -> Self {
        Self {
            llb: Llb::new(given.platforms.target.to_pb()),
            steps: program.steps.map(|_| None),
            context: None,
            broken: Vec::new(),
        }
    }

    /// The output that `files` became; `None` for the empty file system.
    pub fn output(&self, files: Files) -> Option<Output> {
        match files {
            Files::Scratch => None,
            Files::Context => self.context,
            Files::Step(id) => self.steps[id],
        }
    }

    /// All that `files` depend on.
    pub fn definition(&self, files: Files) -> Definition {
        self.llb.definition(self.output(files))
    }

    /// Whether a definition of these vertices can be a result.
    ///
    /// # Errors
    ///
    /// It has a step that cannot be a vertex, such as a command without words.
    pub fn check(&self, definition: &Definition) -> Result<(), Error> {
        let broken =
            self.broken.iter().find(|(digest, _)| definition.metadata.contains_key(digest));
        broken.map_or(Ok(()), |(_, error)| Err(error.clone()))
    }
}

/// Emits all steps of a program. Vertices without a platform of their own have the target's.
///
/// # Errors
///
/// A frontend input that is no definition.
pub fn emit(given: &Given, evaluated: &Evaluated) -> Result<Emitted, Error> {
    let mut llb = Llb::new(given.platforms.target.to_pb()).with_caps(given.caps().clone());
    let map = llb.add_source_map(given.input.source.source_map());
    let emitted = Emitted { llb, steps: Arena::default(), context: None, broken: Vec::new() };
    let mut emitter = Emitter { given, evaluated, map, emitted };
    emitter.emitted.context = emitter.context()?;
    for (index, step) in evaluated.program.steps.iter().enumerate() {
        let output = emitter.step(index, step)?;
        emitter.emitted.steps.push(output);
    }
    Ok(emitter.emitted)
}

struct Emitter<'a> {
    given: &'a Given,
    evaluated: &'a Evaluated,
    map: SourceMapId,
    emitted: Emitted,
}

impl Emitter<'_> {
    fn step(&mut self, index: usize, step: &Step) -> Result<Option<Output>, Error> {
        let options = self.options(step);
        Ok(match &step.kind {
            StepKind::Root { command } => {
                let options = match command {
                    Some(command) => options.describe(COMMAND, command),
                    None => options,
                };
                self.root(step.stage, options)?
            }
            StepKind::Run(run) => self.run(run, step.lines, options)?,
            StepKind::Files(files) => {
                let file = self.file(files);
                Some(self.emitted.llb.add(file, options))
            }
            StepKind::Link { base, layer, group } => {
                let group = ProgressGroup::seeded(&format!("{index} {group}"), group);
                let layer_options =
                    VertexOptions { progress_group: Some(group.weak()), ..options.clone() }
                        .name(group.name.clone());
                let file = self.file(layer);
                let layer = self.emitted.llb.add(file, layer_options);
                let base = self.emitted.output(*base);
                self.emitted.llb.add(Merge::new([base, Some(layer)]), options.progress_group(group))
            }
            StepKind::Git { reference, keep_git_dir, checksum } => {
                let git = git::to_source(reference, *keep_git_dir, checksum.as_deref());
                Some(self.emitted.llb.add(git, options))
            }
            StepKind::Http { url, filename, checksum } => {
                let mut http = Source::http(url).filename(filename);
                if let Some(checksum) = checksum {
                    http = http.checksum(checksum);
                }
                // The reference describes the vertex by an empty command.
                Some(self.emitted.llb.add(http, options.describe(COMMAND, "")))
            }
        })
    }

    fn options(&self, step: &Step) -> VertexOptions {
        let mut options = VertexOptions::default().ignore_cache(step.ignore_cache);
        if !step.name.is_empty() {
            options = options.name(&step.name);
        }
        if let Some(lines) = step.lines {
            let mut location = self.location(lines);
            let root = matches!(step.kind, StepKind::Root { .. });
            // What is shown is what the reference shows.
            if root
                && self.evaluated.graph[step.stage].mounted
                && self.given.input.vertices != Vertices::Built
            {
                location.ranges.clear();
            }
            options = options.location(location);
        }
        options
    }

    fn location(&self, lines: Lines) -> SourceLocation {
        let ranges = line_ranges(lines.first..=lines.last).collect();
        SourceLocation { map: self.map, ranges }
    }
}
