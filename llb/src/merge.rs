//! File systems laid over each other.

use buildkit_proto::caps;
use buildkit_proto::pb;

use crate::graph::Operation;
use crate::graph::{Graph, Lowered, Output};
use crate::options::VertexOptions;

/// Lays file systems over each other, later ones on top, without copying.
///
/// Scratch among them has no effect and is left out; if fewer than two are left, so is the vertex.
#[derive(Clone, Debug)]
pub struct Merge {
    inputs: Vec<Option<Output>>,
}

impl Merge {
    /// Merges `inputs`, lowest first.
    pub fn new(inputs: impl IntoIterator<Item: Into<Option<Output>>>) -> Self {
        Self { inputs: inputs.into_iter().map(Into::into).collect() }
    }
}

impl Operation for Merge {
    type Added = Option<Output>;

    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Option<Output> {
        let inputs: Vec<Output> = self.inputs.into_iter().flatten().collect();
        if inputs.len() < 2 {
            return inputs.first().copied();
        }
        // The reference gives every input its own entry here, equal ones too.
        let merged = (0_i64..).zip(&inputs).map(|(input, _)| pb::MergeInput { input }).collect();
        let lowered = Lowered {
            inputs: inputs.clone(),
            op: pb::op::Op::Merge(pb::MergeOp { inputs: merged }),
            platform_specific: false,
            caps: [caps::MERGE_OP].into(),
            needs: inputs,
        };
        Some(graph.insert(lowered, options).output(0))
    }
}
