//! The messages that carry definitions or results.

use std::collections::{BTreeMap, HashMap};

use bollard_buildkit_proto::moby::buildkit::v1::frontend::{
    Attestations, CacheOptionsEntry, Ref, RefMapDeprecated,
};
use bollard_buildkit_proto::moby::buildkit::v1::sourcepolicy::Policy;
use prost::Message;

use crate::MapEntry;
use crate::google::Status;
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
    /// The frontend's inputs, by name.
    #[prost(message, repeated, tag = "13")]
    pub frontend_inputs: Vec<MapEntry<Definition>>,
    /// Solve at once, so that errors of the definition are answered here.
    #[prost(bool, tag = "14")]
    pub evaluate: bool,
    /// Rules for the sources in it.
    #[prost(message, repeated, tag = "15")]
    pub source_policies: Vec<Policy>,
}

/// The result of a definition, or of another frontend.
#[derive(Clone, PartialEq, Message)]
pub struct SolveResponse {
    /// The reference, where the request did not allow a result.
    #[prost(string, tag = "1")]
    pub r#ref: String,
    /// The result.
    #[prost(message, optional, tag = "3")]
    pub result: Option<Result>,
}

/// File systems, and what is known about them.
#[derive(Clone, PartialEq, Message)]
pub struct Result {
    /// What exporters and clients read, by the names that they know.
    #[prost(map = "string, bytes", tag = "10")]
    pub metadata: HashMap<String, Vec<u8>>,
    /// Attestations, by the key of the file system that they are about.
    #[prost(map = "string, message", tag = "12")]
    pub attestations: HashMap<String, Attestations>,
    /// The file systems.
    #[prost(oneof = "result::Result", tags = "1, 2, 3, 4")]
    pub result: Option<result::Result>,
}

/// The kinds of results.
pub mod result {
    /// The file systems of a result. A reference without an id is the empty file system.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Result {
        /// One, as old daemons have it.
        #[prost(string, tag = "1")]
        RefDeprecated(String),
        /// Several, as old daemons have them.
        #[prost(message, tag = "2")]
        RefsDeprecated(super::RefMapDeprecated),
        /// One.
        #[prost(message, tag = "3")]
        Ref(super::Ref),
        /// Several.
        #[prost(message, tag = "4")]
        Refs(super::RefMap),
    }
}

/// References by the keys that exporters know them by: platforms, for the most part.
#[derive(Clone, PartialEq, Message)]
pub struct RefMap {
    /// By key.
    #[prost(message, repeated, tag = "1")]
    pub refs: Vec<MapEntry<Ref>>,
}

/// Ends the build.
#[derive(Clone, PartialEq, Message)]
pub struct ReturnRequest {
    /// What it made.
    #[prost(message, optional, tag = "1")]
    pub result: Option<Result>,
    /// Why it failed, where it did.
    #[prost(message, optional, tag = "2")]
    pub error: Option<Status>,
}

/// The inputs that the client gave the frontend.
#[derive(Clone, PartialEq, Message)]
pub struct InputsResponse {
    /// By name of the input.
    #[prost(message, repeated, tag = "1")]
    pub definitions: Vec<MapEntry<Definition>>,
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
