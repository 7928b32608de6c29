//! Stages that are evaluated: what checks, emission and views look at.

use std::collections::BTreeMap;

use aliasfront_image::ignore::Patterns;

use super::Program;
use super::step::StepId;
use crate::graph::{Graph, NodeId, Reach};
use crate::lint::file_tests::FileTests;

/// The stages of a compilation, evaluated.
#[derive(Debug)]
pub struct Evaluated {
    /// The stages, and what their bases are.
    pub graph: Graph,
    /// Which of them are reached, and why.
    pub reach: Reach,
    /// The target.
    pub target: NodeId,
    /// What the reached stages come to.
    pub program: Program,
    /// The patterns of what a local main context leaves out.
    pub excludes: Patterns,
    /// The commands of aliases that only test files, so that they make none.
    pub file_tests: BTreeMap<StepId, FileTests>,
}
