//! From a program to LLB: every step becomes a vertex. Nothing is decided or expanded here.

pub mod context;
mod copy;
pub mod root;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use buildkit_dockerfile::Lines;
use buildkit_llb::{
    Definition, Graph as Llb, Merge, Output, ProgressGroup, Source, SourceLocation,
};
use buildkit_llb::{SourceMap, SourceMapId, VertexOptions};
use buildkit_proto::apicaps::CapSet;

use crate::context::{MainContext, git};
use crate::error::Error;
use crate::eval::Program;
use crate::eval::step::{Files, Step, StepKind};
use crate::graph::Graph;
use crate::image::ignore::Patterns;
use crate::options::Options;
use crate::wire::{PlatformExt as _, line_ranges};

/// The key of an instruction's text in the description of its vertex.
const COMMAND: &str = "com.docker.dockerfile.v1.command";

/// What a program is emitted with.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The stages.
    pub graph: &'a Graph,
    /// What they come to.
    pub program: &'a Program,
    /// The build options.
    pub options: &'a Options,
    /// Build arguments.
    pub build_args: &'a BTreeMap<String, String>,
    /// What the engine can do.
    pub caps: &'a CapSet,
    /// The platform of vertices that have none of their own.
    pub platform: crate::image::platform::Platform,
    /// The main build context.
    pub context: &'a MainContext,
    /// The directory of a context that is not local which is the context.
    pub subdirectory: Option<&'a str>,
    /// The patterns of what a local context leaves out.
    pub excludes: &'a Patterns,
    /// The Dockerfile.
    pub source: SourceFile,
    /// What fails where a step can be no vertex, for the error.
    pub failing: Option<&'static str>,
}

/// A Dockerfile as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Its path.
    pub filename: String,
    /// Its bytes.
    pub data: Arc<[u8]>,
    /// Where it was read from.
    pub definition: Option<Definition>,
}

impl SourceFile {
    /// The language of source maps.
    pub const LANGUAGE: &'static str = "Dockerfile";

    /// The file as a source map.
    pub fn source_map(&self) -> SourceMap {
        SourceMap {
            filename: self.filename.clone(),
            language: Self::LANGUAGE.to_owned(),
            data: Arc::clone(&self.data),
            definition: self.definition.as_ref().map(Definition::to_pb),
        }
    }
}

/// The vertices of a program.
#[derive(Debug)]
pub struct Emitted {
    /// All of them, also those of stages that a definition does not need.
    pub llb: Llb,
    steps: Vec<Option<Output>>,
    context: Option<Output>,
}

impl Emitted {
    /// No vertices, for requests that need none.
    pub fn nothing(setting: &Setting<'_>) -> Self {
        Self {
            llb: Llb::new(setting.platform.to_pb()),
            steps: vec![None; setting.program.steps.len()],
            context: None,
        }
    }

    /// The output that `files` became; `None` for the empty file system.
    pub fn output(&self, files: Files) -> Option<Output> {
        match files {
            Files::Scratch => None,
            Files::Context => self.context,
            Files::Step(id) => self.steps[id.0],
        }
    }

    /// All that `files` depend on.
    pub fn definition(&self, files: Files) -> Definition {
        self.llb.definition(self.output(files))
    }
}

/// Emits all steps of a program.
///
/// # Errors
///
/// A step that cannot be a vertex, such as a command without arguments.
pub fn emit(setting: &Setting<'_>) -> Result<Emitted, Error> {
    let mut llb = Llb::new(setting.platform.to_pb()).with_caps(setting.caps.clone());
    let map = llb.add_source_map(setting.source.source_map());
    let mut emitter = Emitter {
        setting,
        map,
        emitted: Emitted {
            llb,
            steps: Vec::with_capacity(setting.program.steps.len()),
            context: None,
        },
    };
    emitter.emitted.context = emitter.context()?;
    for (index, step) in setting.program.steps.iter().enumerate() {
        let output = emitter.step(index, step)?;
        emitter.emitted.steps.push(output);
    }
    Ok(emitter.emitted)
}

struct Emitter<'a> {
    setting: &'a Setting<'a>,
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
            StepKind::Run(run) => self
                .run(run, options)
                .map_err(|error| step.lines.map_or(error.clone(), |lines| error.at(lines)))?,
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
            if root && self.setting.graph[step.stage].mounted && self.setting.failing.is_none() {
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
