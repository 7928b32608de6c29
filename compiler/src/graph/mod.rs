//! The stages of a Dockerfile, how they build on and copy from each other, and which are reached.

mod base;
mod build;
pub mod chain;
mod cycle;
mod link;
mod needs;
mod onbuild;
mod reach;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use buildkit_dockerfile::{Comments, Instruction, Lines};

use crate::arena::{Arena, id};
use crate::context::{ContextKey, Placement, Preset, RootSource};
use crate::error::Error;
use crate::question::ImageFact;
use aliasfront_image::config::ImageConfig;
use aliasfront_image::platform::Platform;

pub use base::Failed;
pub use needs::Need;
pub use reach::{Reach, Reason};

id! {
    /// A stage's place in its graph. The stages that the Dockerfile declares have the numbers that they
    /// have there.
    pub struct NodeId;
}

/// The stages of a compilation: first those that the Dockerfile declares, in their order, then one
/// for each image or named context that an instruction takes files from.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Arena<NodeId, Node>,
    by_name: HashMap<String, NodeId>,
    /// What a number in `COPY --from` means: `None` is the empty file system.
    numbers: Vec<Option<NodeId>>,
    triggers: usize,
    /// The stages that must pass where a stage is built.
    needs: needs::Needs,
    /// How many stages were looked at for what is wrong whatever the answers are.
    checked: usize,
}

/// A stage.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where the Dockerfile declares it; `None` for an image that an instruction takes files from.
    pub declared: Option<usize>,
    /// Its name, in lower case.
    pub name: Option<String>,
    /// What it is called in names of steps; empty where the Dockerfile has one stage only.
    pub label: String,
    /// Its base, expanded: a stage's name, `scratch`, or an image.
    pub base_name: String,
    /// Its base as it is written.
    pub base_expression: String,
    /// The stage it builds on.
    pub base: Option<NodeId>,
    /// The key of the named context that takes its place.
    pub replaced_by: Option<ContextKey>,
    /// `--platform` of its `FROM`.
    pub platform: Option<Platform>,
    /// What it does; an image's triggers come first.
    pub commands: Vec<Command>,
    /// Stages it takes files from.
    pub edges: Vec<Edge>,
    /// The lines of its `FROM`, or of the instruction that names it.
    pub lines: Lines,
    /// Whether it is an image that a mount names: the reference knows no place of it.
    pub mounted: bool,
    /// The comments above its `FROM`.
    pub comments: Comments,
    /// The text of its `FROM`.
    pub source: String,
    /// How many steps the numbering of its names counts.
    pub steps: usize,
    /// Whether it is built without cache.
    pub no_cache: bool,
    /// Global arguments that its `FROM` uses.
    pub from_args: BTreeSet<String>,
    /// How often its image was passed over, since nobody needed it before triggers came: the numbers of its steps count
    /// that.
    pub passed: usize,
    /// How files are found in a local directory that takes its place, where a contract says that.
    pub placement: Option<Placement>,
    /// What its base is to be looked up as; `None` where it is a stage, or the empty image.
    wanted: Option<base::Wanted>,
    /// What its base is, once that is known.
    pub root: Option<Root>,
    /// Whether the triggers of the stage it builds on are taken over.
    pub triggered: bool,
}

/// An instruction of a stage with the stages it takes files from.
#[derive(Debug, Clone)]
pub struct Command {
    /// The instruction.
    pub instruction: Rc<Instruction>,
    /// The stage of `COPY --from`, or those of the mounts of `RUN`, in order; `None` for nothing, or for the build
    /// context of a mount.
    pub sources: Vec<Option<NodeId>>,
    /// Whether it is a trigger of the base.
    pub trigger: bool,
}

/// That a stage takes files from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The other stage.
    pub to: NodeId,
    /// The lines of the instruction.
    pub lines: Lines,
}

/// What a stage without a base stage starts from.
#[derive(Debug, Clone)]
pub struct Root {
    /// Its files.
    pub source: RootSource,
    /// Its image config, `created` dropped, `OnBuild` still in it.
    pub config: ImageConfig,
    /// The config as the registry has it.
    pub base_config: Option<Rc<ImageConfig>>,
    /// The platform of the stage, where it is known.
    pub platform: Option<Platform>,
    /// The platform that its steps inherit, where the files have one; as it was asked for.
    pub state_platform: Option<Platform>,
    /// Environment and working directory that come with the files, before the config is applied.
    pub preset: Option<Preset>,
    /// Whether the stage is complete with it: its instructions are not run.
    pub complete: bool,
    /// The looked-up image, where it is one.
    pub image: Option<Rc<ImageFact>>,
}

impl Root {
    /// The image that the build's graph names by its tag, with the digest that was looked up.
    pub fn looked_up(&self) -> Option<(String, String)> {
        let (RootSource::Image { reference, .. } | RootSource::Layout { reference, .. }) =
            &self.source
        else {
            return None;
        };
        let digest =
            self.image.as_ref().map(|image| &image.digest).filter(|digest| !digest.is_empty())?;
        (!reference.contains('@')).then(|| (reference.clone(), digest.clone()))
    }
}

impl Graph {
    /// The stages, declared ones first.
    pub fn nodes(&self) -> &Arena<NodeId, Node> {
        &self.nodes
    }

    /// The ids of the stages in order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.nodes.ids()
    }

    /// The stage of this name, in any case.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    /// How many instructions triggers have added.
    pub fn triggers(&self) -> usize {
        self.triggers
    }

    /// The names that a user may have meant.
    pub fn labels(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.label.as_str()).filter(|l| !l.is_empty()).collect()
    }

    /// Adds a stage, and links it to the stage of its base's name where there is one.
    ///
    /// The comparison is exact although names are in lower case: `FROM Builder` is an image.
    fn add(&mut self, mut node: Node) -> NodeId {
        if node.replaced_by.is_none() {
            node.base = self.by_name.get(&node.base_name).copied();
        }
        let name = node.name.clone();
        let id = self.nodes.push(node);
        if let Some(name) = name {
            self.by_name.insert(name, id);
        }
        self.numbers.push(Some(id));
        id
    }
}

impl std::ops::Index<NodeId> for Graph {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

impl std::ops::IndexMut<NodeId> for Graph {
    fn index_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id]
    }
}

impl Node {
    /// Whether one of its instructions changes files.
    pub fn changes_files(&self) -> bool {
        self.commands.iter().any(|command| build::is_step(&command.instruction.kind))
    }

    /// An error about its base.
    fn located(&self, error: Error) -> Error {
        if self.mounted { error.at_own(self.lines) } else { error.at(self.lines) }
    }

    /// A stage that stands for the image or named context `base`.
    fn anonymous(base: String, lines: Lines) -> Self {
        Self {
            declared: None,
            name: None,
            label: String::new(),
            base_expression: base.clone(),
            base_name: base,
            base: None,
            replaced_by: None,
            platform: None,
            commands: Vec::new(),
            edges: Vec::new(),
            lines,
            mounted: false,
            comments: Comments::default(),
            source: String::new(),
            steps: 0,
            no_cache: false,
            from_args: BTreeSet::new(),
            passed: 0,
            placement: None,
            wanted: None,
            root: None,
            triggered: false,
        }
    }
}
