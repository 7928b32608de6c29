//! The requests and responses of `moby.buildkit.v1.frontend.LLBBridge` (`frontend/gateway/pb/gateway.proto`).
//!
//! Those that carry a [`Definition`](crate::pb::Definition) or a [`Result`] which a frontend reads or sends are this crate's own;
//! everything else is re-exported.

mod messages;
mod results;

pub use bollard_buildkit_proto::moby::buildkit::v1::frontend::{
    Attestation, AttestationChain, AttestationKind, Attestations, Blob, CacheOptionsEntry,
    ChecksumRequest, ChecksumResponse, Descriptor, EvaluateRequest, EvaluateResponse, FileRange,
    InTotoSubject, InTotoSubjectKind, InputsRequest, PingRequest, PongResponse, ReadDirRequest,
    ReadDirResponse, ReadFileRequest, ReadFileResponse, Ref, RefMapDeprecated,
    ResolveImageConfigRequest, ResolveImageConfigResponse, ResolveSourceGitRequest,
    ResolveSourceGitResponse, ResolveSourceHttpRequest, ResolveSourceHttpResponse,
    ResolveSourceImageRequest, ResolveSourceImageResponse, ResolveSourceMetaRequest,
    ResolveSourceMetaResponse, ReturnResponse, StatFileRequest, StatFileResponse, WarnResponse,
    checksum_request,
};

pub use self::messages::{
    InputsResponse, RefMap, Result, ReturnRequest, SolveRequest, SolveResponse, WarnRequest, result,
};
pub use self::results::SeveralResults;

/// The largest message that is sent or received, in bytes. BuildKit's own limit.
pub const MAX_MESSAGE_SIZE: usize = 16 << 20;
