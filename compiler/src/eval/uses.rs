//! What each stage uses: of the build context, of other stages, and of the image that it starts from.

use buildkit_dockerfile::{Kind, Lines};

use super::step::Files;
use crate::graph::{Command, NodeId};
use crate::wildcard::Wildcards;

/// That a stage uses a path of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The stage.
    pub by: NodeId,
    /// The lines of its instruction.
    pub lines: Lines,
    /// How.
    pub edge: EdgeKind,
    /// What it uses.
    pub from: Origin,
    /// The path there, absolute.
    pub path: String,
    /// What wildcards in it mean.
    pub wildcards: Wildcards,
    /// The files that it is a path of.
    pub files: Files,
}

/// What a path is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The main build context. A git address that `ADD` names counts as a path of it, as the reference
    /// counts it.
    Context,
    /// Another stage, or an image or named context that an instruction names: its node has no place
    /// among the declared stages then.
    Stage(NodeId),
    /// The image or named context that the stage itself starts from.
    Root,
}

/// How a stage uses something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// It builds on it.
    Base,
    /// `COPY` and `ADD`.
    Copy,
    /// A mount of `RUN`.
    Mount,
    /// An instruction that its base brought.
    Trigger,
}

impl EdgeKind {
    /// How an instruction uses what it takes from.
    pub(super) fn of(command: &Command) -> Self {
        match &command.instruction.kind {
            _ if command.trigger => Self::Trigger,
            Kind::Run(_) => Self::Mount,
            _ => Self::Copy,
        }
    }
}
