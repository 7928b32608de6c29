//! A vertex of LLB.

use bollard_buildkit_proto::pb::{
    BuildOp, DiffOp, ExecOp, FileOp, Input, MergeOp, Platform, SourceOp, WorkerConstraints,
};
use prost::Message;

/// A vertex: what to do, on which inputs.
#[derive(Clone, PartialEq, Message)]
pub struct Op {
    /// The vertices, and the outputs of them, that the operation refers to by index.
    #[prost(message, repeated, tag = "1")]
    pub inputs: Vec<Input>,
    /// The platform to run on, for operations that depend on one.
    #[prost(message, optional, tag = "10")]
    pub platform: Option<Platform>,
    /// Which workers may run it.
    #[prost(message, optional, tag = "11")]
    pub constraints: Option<WorkerConstraints>,
    /// What to do. None in a definition's last vertex, which only names the result.
    #[prost(oneof = "op::Op", tags = "2, 3, 4, 5, 6, 7, 8")]
    pub op: Option<op::Op>,
}

/// The kinds of vertices.
pub mod op {
    /// What a vertex does.
    #[expect(clippy::large_enum_variant, reason = "as generated code has it: prost boxes nothing")]
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Op {
        /// Runs a command.
        #[prost(message, tag = "2")]
        Exec(super::ExecOp),
        /// Takes an image, a local directory, a repository or a download.
        #[prost(message, tag = "3")]
        Source(super::SourceOp),
        /// Copies, creates and removes files.
        #[prost(message, tag = "4")]
        File(super::FileOp),
        /// Runs a nested build.
        #[prost(message, tag = "5")]
        Build(super::BuildOp),
        /// Lays file systems over each other.
        #[prost(message, tag = "6")]
        Merge(super::MergeOp),
        /// Takes the difference of two file systems.
        #[prost(message, tag = "7")]
        Diff(super::DiffOp),
        /// Passes inputs through, after all of them are there (BuildKit 0.31).
        #[prost(message, tag = "8")]
        Passthrough(super::PassthroughOp),
    }
}

/// Passes some of its inputs through as outputs, once all of them are there.
#[derive(Clone, PartialEq, Message)]
pub struct PassthroughOp {
    /// Tells vertices with the same inputs apart.
    #[prost(string, tag = "1")]
    pub id: String,
    /// For each output, the index of the input that it is.
    #[prost(int64, repeated, tag = "2")]
    pub outputs: Vec<i64>,
}

/// The fields of [`Op`] beside the operation.
#[derive(Clone, PartialEq, Message)]
struct Frame {
    #[prost(message, repeated, tag = "1")]
    inputs: Vec<Input>,
    #[prost(message, optional, tag = "10")]
    platform: Option<Platform>,
    #[prost(message, optional, tag = "11")]
    constraints: Option<WorkerConstraints>,
}

/// The operation of [`Op`].
#[derive(Clone, PartialEq, Message)]
struct Body {
    #[prost(oneof = "op::Op", tags = "2, 3, 4, 5, 6, 7, 8")]
    op: Option<op::Op>,
}

impl Op {
    /// The bytes that the reference's deterministic encoder gives: the operation comes after all other fields.
    ///
    /// The digest of a vertex is the SHA-256 of these bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        let frame =
            Frame { inputs: self.inputs, platform: self.platform, constraints: self.constraints };
        let body = Body { op: self.op };
        let mut bytes = frame.encode_to_vec();
        bytes.append(&mut body.encode_to_vec());
        bytes
    }
}
