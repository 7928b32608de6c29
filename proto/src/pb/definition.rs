//! A graph of vertices, with what is known about them beside their digests.

use std::collections::BTreeMap;

use bollard_buildkit_proto::pb::{ExportCache, Locations, ProgressGroup};
use prost::Message;

use crate::MapEntry;

/// A graph: encoded [`Op`](super::Op)s, inputs before users, the last of which names the result.
#[derive(Clone, PartialEq, Message)]
pub struct Definition {
    /// The encoded vertices.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub def: Vec<Vec<u8>>,
    /// What is known about each vertex, by its digest (`sha256:…`).
    #[prost(btree_map = "string, message", tag = "2")]
    pub metadata: BTreeMap<String, OpMetadata>,
    /// Which vertex comes from where in which source file.
    #[prost(message, optional, tag = "3")]
    pub source: Option<Source>,
}

/// What is known about a vertex and isn't part of its digest.
#[derive(Clone, PartialEq, Message)]
pub struct OpMetadata {
    /// Runs the vertex even if its result is in the cache.
    #[prost(bool, tag = "1")]
    pub ignore_cache: bool,
    /// Texts for people and tools: `llb.customname` is the name of the step.
    #[prost(btree_map = "string, string", tag = "2")]
    pub description: BTreeMap<String, String>,
    /// Overrides whether the result goes into exported caches.
    #[prost(message, optional, tag = "4")]
    pub export_cache: Option<ExportCache>,
    /// The capabilities that the vertex needs.
    #[prost(btree_map = "string, bool", tag = "5")]
    pub caps: BTreeMap<String, bool>,
    /// The group that progress shows the vertex in.
    #[prost(message, optional, tag = "6")]
    pub progress_group: Option<ProgressGroup>,
    /// Limits of the container (BuildKit 0.31).
    #[prost(message, optional, tag = "7")]
    pub linux_resources: Option<LinuxResources>,
}

/// Limits of a container. Zero and the empty string mean no limit.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct LinuxResources {
    /// Bytes of memory.
    #[prost(int64, tag = "1")]
    pub memory: i64,
    /// Bytes of memory and swap together.
    #[prost(int64, tag = "2")]
    pub memory_swap: i64,
    /// Relative weight of CPU time.
    #[prost(uint64, tag = "3")]
    pub cpu_shares: u64,
    /// The scheduler's period, in microseconds.
    #[prost(uint64, tag = "4")]
    pub cpu_period: u64,
    /// CPU time per period, in microseconds.
    #[prost(int64, tag = "5")]
    pub cpu_quota: i64,
    /// The CPUs to run on, as in `0-3`.
    #[prost(string, tag = "6")]
    pub cpuset_cpus: String,
    /// The memory nodes to use, as in `0,1`.
    #[prost(string, tag = "7")]
    pub cpuset_mems: String,
}

/// Which vertex comes from where in which source file.
#[derive(Clone, PartialEq, Message)]
pub struct Source {
    /// By digest of the vertex.
    #[prost(message, repeated, tag = "1")]
    pub locations: Vec<MapEntry<Locations>>,
    /// The files, which locations refer to by index.
    #[prost(message, repeated, tag = "2")]
    pub infos: Vec<SourceInfo>,
}

/// A source file, with its text.
#[derive(Clone, PartialEq, Message)]
pub struct SourceInfo {
    /// The file's name, as the user knows it.
    #[prost(string, tag = "1")]
    pub filename: String,
    /// The file's bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
    /// Where the file was read from.
    #[prost(message, optional, tag = "3")]
    pub definition: Option<Definition>,
    /// The file's language, by linguist's name for it (`Dockerfile`).
    #[prost(string, tag = "4")]
    pub language: String,
}
