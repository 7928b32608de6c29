//! BuildKit's wire: messages, capability ids and, behind a feature, the gateway client over stdio.
//!
//! | module | what is in it |
//! |---|---|
//! | [`pb`] | LLB itself: vertices, definitions, their metadata (`solver/pb/ops.proto`) |
//! | [`gateway`] | the requests and responses of `moby.buildkit.v1.frontend.LLBBridge` |
//! | [`apicaps`], [`caps`] | capabilities as the daemon announces them, their ids, and a set to ask |
//! | [`types`] | workers |
//! | [`sourcepolicy`] | source policies |
//! | [`fs`] | file information, as `ReadDir` and `StatFile` answer it |
//! | [`google`] | `google.rpc.Status` and `google.protobuf.Any` |
//! | [`errdefs`] | the structured details that BuildKit puts into errors |
//! | [`json`] | LLB as protobuf JSON, and as the JSON of Go's structs |
//! | [`MapEntry`] | maps whose values are messages |
//! | `client` | the gateway client (feature `gateway`) |
//!
//! ```
//! use buildkit_proto::apicaps::CapSet;
//! use buildkit_proto::{caps, pb};
//! use prost::Message as _;
//!
//! let image = pb::SourceOp { identifier: "docker-image://docker.io/library/alpine:3.22".into(), ..Default::default() };
//! let vertex = pb::Op { op: Some(pb::op::Op::Source(image)), ..Default::default() };
//! assert_eq!(pb::Op::decode(&*vertex.encode_to_vec())?, vertex);
//!
//! // What a daemon can do, here BuildKit 0.13.
//! let known = CapSet::of(caps::of_version(caps::LLB, 13));
//! assert!(known.has(caps::MERGE_OP));
//! # Ok::<(), prost::DecodeError>(())
//! ```
//!
//! Most messages come from `bollard-buildkit-proto`, which follows BuildKit v0.29. What v0.32 added since is written
//! here by hand, compatible on the wire and under the names that the generated code would have.

pub mod apicaps;
pub mod caps;
#[cfg(feature = "gateway")]
pub mod client;
pub mod environment;
pub mod errdefs;
mod failure;
pub mod gateway;
pub mod google;
pub mod json;
mod map_entry;
pub mod pb;

pub use self::failure::Failure;
pub use self::map_entry::MapEntry;

/// Workers, as `Ping` lists them. The version of the Dockerfile frontend, which BuildKit v0.32 tells
/// with its own, isn't among the fields.
pub mod types {
    pub use bollard_buildkit_proto::moby::buildkit::v1::types::{
        BuildkitVersion, CdiDevice, GcPolicy, WorkerRecord,
    };
}

/// Source policies: rules that allow, deny or convert sources.
pub mod sourcepolicy {
    pub use bollard_buildkit_proto::moby::buildkit::v1::sourcepolicy::*;
}

/// File information, as `ReadDir` and `StatFile` answer it.
pub mod fs {
    pub use bollard_buildkit_proto::fsutil::types::Stat;
}

/// The examples of the README, as tests.
#[cfg(all(doctest, feature = "gateway"))]
#[doc = include_str!("../README.md")]
struct Readme;
