//! The messages that carry definitions.

use std::collections::BTreeMap;

use bollard_buildkit_proto::moby::buildkit::v1::frontend::CacheOptionsEntry;
use bollard_buildkit_proto::moby::buildkit::v1::sourcepolicy::Policy;
use prost::Message;

use crate::pb::{Definition, Range, SourceInfo};

/// Asks for the result of a definition, or of another frontend.
#[derive(Clone, PartialEq, Message)]
pub struct SolveRequest {
    /// What to solve, where no frontend is named.
    #[prost(message, optional, tag = "1")]
    pub definition: Option<Definition>,
    /// The frontend to ask instead: `dockerfile.v0` or `gateway.v0`.
    #[prost(string, tag = "2")]
    pub frontend: String,
    /// The frontend's options.
    #[prost(btree_map = "string, string", tag = "3")]
    pub frontend_opt: BTreeMap<String, String>,
    /// The answer may be a result instead of a bare reference. Always set.
    #[prost(bool, tag = "5")]
    pub allow_result_return: bool,
    /// The answer's references may come as messages. Always set.
    #[prost(bool, tag = "6")]
    pub allow_result_array_ref: bool,
    /// Deprecated: the result is what the build returns.
    #[prost(bool, tag = "10")]
    pub r#final: bool,
    /// Deprecated: exporter attributes for a final result.
    #[prost(bytes = "vec", tag = "11")]
    pub exporter_attr: Vec<u8>,
    /// The caches to read from.
    #[prost(message, repeated, tag = "12")]
    pub cache_imports: Vec<CacheOptionsEntry>,
    /// The frontend's inputs.
    #[prost(btree_map = "string, message", tag = "13")]
    pub frontend_inputs: BTreeMap<String, Definition>,
    /// Solve at once, so that errors of the definition are answered here.
    #[prost(bool, tag = "14")]
    pub evaluate: bool,
    /// Rules for the sources in it.
    #[prost(message, repeated, tag = "15")]
    pub source_policies: Vec<Policy>,
}

/// The inputs that the client gave the frontend.
#[derive(Clone, PartialEq, Message)]
pub struct InputsResponse {
    /// By name of the input.
    #[prost(btree_map = "string, message", tag = "1")]
    pub definitions: BTreeMap<String, Definition>,
}

/// A warning for the user, on a vertex.
#[derive(Clone, PartialEq, Message)]
pub struct WarnRequest {
    /// The digest of the vertex that the warning is about.
    #[prost(string, tag = "1")]
    pub digest: String,
    /// How much of a warning it is: 1 for all of the reference's.
    #[prost(int64, tag = "2")]
    pub level: i64,
    /// One line.
    #[prost(bytes = "vec", tag = "3")]
    pub short: Vec<u8>,
    /// More lines.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub detail: Vec<Vec<u8>>,
    /// Where there is more to read.
    #[prost(string, tag = "5")]
    pub url: String,
    /// The source file that the warning is about.
    #[prost(message, optional, tag = "6")]
    pub info: Option<SourceInfo>,
    /// Where in that file.
    #[prost(message, repeated, tag = "7")]
    pub ranges: Vec<Range>,
}
