//! What one file system has over another.

use buildkit_proto::caps;
use buildkit_proto::pb;

use crate::graph::Operation;
use crate::graph::{Graph, Inputs, Lowered, Output};
use crate::options::VertexOptions;

/// What `upper` has over `lower`. Over scratch, that is `upper` itself, without a vertex.
#[derive(Clone, Debug)]
pub struct Diff {
    lower: Option<Output>,
    upper: Option<Output>,
}

impl Diff {
    /// The difference between `lower` and `upper`.
    pub fn new(lower: impl Into<Option<Output>>, upper: impl Into<Option<Output>>) -> Self {
        Self { lower: lower.into(), upper: upper.into() }
    }
}

impl Operation for Diff {
    type Added = Option<Output>;

    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Option<Output> {
        let Some(lower) = self.lower else { return self.upper };
        let inputs: Vec<Output> = [Some(lower), self.upper].into_iter().flatten().collect();
        let lowered = Lowered {
            op: pb::op::Op::Diff(pb::DiffOp {
                lower: Some(pb::LowerDiffInput { input: 0 }),
                upper: Some(pb::UpperDiffInput { input: self.upper.map_or(Inputs::EMPTY, |_| 1) }),
            }),
            platform_specific: false,
            caps: [caps::DIFF_OP].into(),
            needs: inputs.clone(),
            inputs,
        };
        Some(graph.insert(lowered, options).output(0))
    }
}
