//! Outputs that wait for others.

use buildkit_proto::caps;
use buildkit_proto::pb;

use crate::graph::Operation;
use crate::graph::{Graph, Lowered, Output};
use crate::options::VertexOptions;

/// Passes file systems through unchanged, once all that it requires is there (BuildKit 0.31).
#[derive(Clone, Debug)]
pub struct Passthrough {
    id: String,
    outputs: Vec<Output>,
    required: Vec<Output>,
}

impl Passthrough {
    /// Passes `output` through. `id` tells it apart from others with the same inputs.
    pub fn new(id: impl Into<String>, output: Output) -> Self {
        Self { id: id.into(), outputs: vec![output], required: Vec::new() }
    }

    /// Passes another output through.
    #[must_use]
    pub fn also(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }

    /// Waits for an output without passing it through.
    #[must_use]
    pub fn require(mut self, output: Output) -> Self {
        self.required.push(output);
        self
    }
}

impl Operation for Passthrough {
    /// What is passed through, in order.
    type Added = Vec<Output>;

    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Vec<Output> {
        let outputs: Vec<i64> = (0_i64..).zip(&self.outputs).map(|(index, _)| index).collect();
        let mut inputs = self.outputs;
        inputs.extend(self.required);
        let lowered = Lowered {
            op: pb::op::Op::Passthrough(pb::PassthroughOp {
                id: self.id,
                outputs: outputs.clone(),
            }),
            platform_specific: false,
            caps: [caps::PASSTHROUGH_OP].into(),
            needs: inputs.clone(),
            inputs,
        };
        let vertex = graph.insert(lowered, options);
        outputs.into_iter().map(|index| vertex.output(index)).collect()
    }
}
