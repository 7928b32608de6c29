//! Changes to files, as they go over the wire.

use buildkit_proto::caps;
use buildkit_proto::pb::{self, file_action};

use super::{Action, File};
use crate::graph::Operation;
use crate::graph::{Graph, Inputs, Lowered, Output, wire_index};
use crate::options::VertexOptions;

/// An action whose result isn't an output of the vertex.
const SKIP_OUTPUT: i64 = -1;

impl Operation for File {
    type Added = Output;

    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Output {
        let needs = self.needs();
        let mut inputs = Inputs::default();
        let base = inputs.index(graph, self.base);
        let sources: Vec<i64> =
            self.actions.iter().map(|action| inputs.index(graph, action.source())).collect();
        let count = self.actions.len();
        let mut actions = Vec::with_capacity(count);
        for ((number, action), secondary_input) in self.actions.into_iter().enumerate().zip(sources)
        {
            actions.push(pb::FileAction {
                // After the inputs, the results of earlier actions are counted.
                input: if number == 0 { base } else { wire_index(inputs.len() + number - 1) },
                secondary_input,
                output: if number + 1 == count { 0 } else { SKIP_OUTPUT },
                action: Some(action.into_pb(&self.cwd, base)),
            });
        }
        let lowered = Lowered {
            op: pb::op::Op::File(pb::FileOp { actions }),
            platform_specific: false,
            // Those of the actions' options are missing, as they are in the reference's metadata.
            caps: [caps::FILE_BASE].into(),
            needs,
            inputs: inputs.into_outputs(),
        };
        graph.insert(lowered, options).output(0)
    }
}

impl File {
    /// The file systems that it refers to, in the order in which a definition visits them: the last
    /// action's source comes first.
    fn needs(&self) -> Vec<Output> {
        let sources = self.actions.iter().rev().filter_map(Action::source);
        self.base.into_iter().chain(sources).collect()
    }
}

impl Action {
    fn source(&self) -> Option<Output> {
        match self {
            Self::Copy(copy) => copy.source,
            Self::Mkdir(_) | Self::Mkfile(_) | Self::Rm(_) | Self::Symlink(_) => None,
        }
    }

    fn into_pb(self, cwd: &str, base: i64) -> file_action::Action {
        match self {
            Self::Copy(copy) => file_action::Action::Copy(copy.into_pb(cwd, base)),
            Self::Mkdir(mkdir) => file_action::Action::Mkdir(mkdir.into_pb(cwd, base)),
            Self::Mkfile(mkfile) => file_action::Action::Mkfile(mkfile.into_pb(cwd, base)),
            Self::Rm(rm) => file_action::Action::Rm(rm.into_pb(cwd)),
            Self::Symlink(symlink) => file_action::Action::Symlink(symlink.into_pb(base)),
        }
    }
}
