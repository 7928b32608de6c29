//! What the evaluation of stages comes to: steps with everything expanded, their sources symbolic.

use std::rc::Rc;

use buildkit_dockerfile::Lines;
use buildkit_dockerfile::expand::EnvList;
use buildkit_dockerfile::instruction::{Network, Security, Sharing};

use crate::arena::id;
use crate::graph::NodeId;
use crate::options;
use aliasfront_image::git::GitRef;
use aliasfront_image::platform::Platform;

id! {
    /// A step's place in its program.
    pub struct StepId;
}

/// A file system, symbolically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// The empty one.
    #[default]
    Scratch,
    /// The main build context.
    Context,
    /// What a step leaves behind.
    Step(StepId),
}

/// A step: a vertex to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The stage it belongs to.
    pub stage: NodeId,
    /// What it does.
    pub kind: StepKind,
    /// What it is called in the progress output.
    pub name: String,
    /// The instruction it comes from, for the source map.
    pub lines: Option<Lines>,
    /// Whether it always runs.
    pub ignore_cache: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// The files that a stage starts from: the root of that stage in the graph.
    Root {
        /// The instruction's text, for images that a `FROM` names.
        command: Option<String>,
    },
    /// Runs a command.
    Run(Box<RunStep>),
    /// Changes files.
    Files(FileStep),
    /// Adds files in a layer of their own.
    Link {
        /// What the layer goes on.
        base: Files,
        /// The layer.
        layer: FileStep,
        /// The name of the group of both vertices.
        group: String,
    },
    /// Loads a git repository.
    Git {
        /// Its address.
        reference: GitRef,
        /// Whether `.git` is kept.
        keep_git_dir: bool,
        /// What its commit must be.
        checksum: Option<String>,
    },
    /// Loads a file of a web server.
    Http {
        /// Its address.
        url: String,
        /// What it is stored as.
        filename: String,
        /// What its digest must be.
        checksum: Option<String>,
    },
}

impl StepKind {
    /// Visits the steps whose files it uses.
    pub fn each_source(&self, mut visit: impl FnMut(StepId)) {
        let mut visit = |files: Files| {
            if let Files::Step(step) = files {
                visit(step);
            }
        };
        let mut of_files = |step: &FileStep| {
            visit(step.root);
            for action in &step.actions {
                if let Action::Copy(copy) = action {
                    visit(copy.from);
                }
            }
        };
        match self {
            Self::Root { .. } | Self::Git { .. } | Self::Http { .. } => {}
            Self::Files(step) => of_files(step),
            Self::Link { base, layer, group: _ } => {
                of_files(layer);
                visit(*base);
            }
            Self::Run(run) => {
                visit(run.root);
                for mount in &run.mounts {
                    visit(mount.source);
                }
            }
        }
    }
}

/// A command to run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStep {
    /// The root file system.
    pub root: Files,
    /// The command line.
    pub args: Vec<String>,
    /// The environment.
    pub env: Rc<EnvList>,
    /// The working directory.
    pub directory: String,
    /// The user, empty for root.
    pub user: String,
    /// The host name, empty for the engine's.
    pub hostname: String,
    /// The build's network mode.
    pub build_network: options::Network,
    /// The step's own network mode.
    pub network: Option<Network>,
    /// The step's security mode.
    pub security: Option<Security>,
    /// Mounts besides the root, in order.
    pub mounts: Vec<MountStep>,
    /// Secrets, in order.
    pub secrets: Vec<SecretStep>,
    /// Agent sockets, in order.
    pub ssh: Vec<SshStep>,
    /// CDI devices: name, and whether the step runs without it.
    pub devices: Vec<(String, bool)>,
    /// The platform, where the files have one.
    pub platform: Option<Platform>,
    /// The instruction's text.
    pub command: String,
}

/// A mount of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct MountStep {
    /// Where it is mounted.
    pub target: String,
    /// What is mounted.
    pub source: Files,
    /// The path in the source, empty for its root.
    pub selector: String,
    /// How.
    pub kind: MountStepKind,
    /// Whether it can only be read.
    pub read_only: bool,
}

/// The kind of a mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountStepKind {
    /// Files, changes to which are dropped.
    Bind,
    /// A directory that is kept between builds.
    Cache {
        /// Its id, with the namespace.
        id: String,
        /// What happens when two builds use it.
        sharing: Sharing,
    },
    /// Memory, with a size limit in bytes (0 for none).
    Tmpfs(i64),
}

/// A secret of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretStep {
    /// Its id.
    pub id: String,
    /// The file it is mounted as.
    pub target: Option<String>,
    /// The variable it is given as.
    pub env: Option<String>,
    /// Whether the command runs without it.
    pub optional: bool,
    /// Owner, group and mode.
    pub owner: Option<(u32, u32, u32)>,
}

/// An agent socket of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshStep {
    /// Its id, empty for the default one.
    pub id: String,
    /// Where the socket is, empty for the engine's choice.
    pub target: String,
    /// Whether the command runs without it.
    pub optional: bool,
    /// Owner, group and mode.
    pub owner: Option<(u32, u32, u32)>,
}

/// Changes to files.
#[derive(Debug, Clone, PartialEq)]
pub struct FileStep {
    /// What is changed.
    pub root: Files,
    /// The changes, in order.
    pub actions: Vec<Action>,
}

/// A change to files.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Copies files.
    Copy(Box<CopyAction>),
    /// Makes a directory, and those above it.
    MakeDirectory {
        /// Its path.
        path: String,
        /// Its mode.
        mode: u32,
        /// Whether those above it are made, too.
        parents: bool,
        /// Its owner.
        owner: Option<Owner>,
        /// Its time, seconds since 1970.
        time: Option<i64>,
    },
    /// Makes a file.
    MakeFile {
        /// Its path.
        path: String,
        /// Its mode.
        mode: u32,
        /// Its content.
        data: Vec<u8>,
    },
}

/// Who owns what a step makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// `user[:group]`, by name or number, as an instruction says it.
    Named(String),
    /// By number.
    Ids(u32, u32),
}

/// The mode of copied files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// As a number.
    Octal(u32),
    /// As `chmod` takes it.
    Symbolic(String),
}

/// Files to copy.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CopyAction {
    /// Where they are from.
    pub from: Files,
    /// Their path there, which may have wildcards.
    pub source: String,
    /// Where they go.
    pub destination: String,
    /// Their owner.
    pub owner: Option<String>,
    /// Their mode.
    pub mode: Option<Mode>,
    /// Links are followed.
    pub follow_symlinks: bool,
    /// Of a directory, what is in it is copied.
    pub contents_only: bool,
    /// Archives are unpacked.
    pub unpack: bool,
    /// The source may have wildcards, and match nothing.
    pub wildcards: bool,
    /// Only these are copied.
    pub include: Vec<String>,
    /// These are not copied.
    pub exclude: Vec<String>,
    /// These must be there.
    pub required: Vec<String>,
}
