//! Why a call failed.

use std::fmt;

use prost::Message;
use tonic::{Code, Status};

use crate::errdefs::Detail;
use crate::{Failure, google};

/// A call that failed.
#[derive(Clone, Debug)]
pub struct RpcError {
    rpc: &'static str,
    // Boxed, as it is large and every call's answer has room for it.
    status: Box<Status>,
}

/// What daemons say about files that aren't there, as often as with gRPC's code for it.
const NO_SUCH_FILE: &str = "no such file or directory";
/// What operating systems say of a directory that is read like a file.
const DIRECTORY: &str = "is a directory";
/// What clients say that have no folders to read from.
const NO_LOCAL_SOURCES: &str = "no local sources enabled";

impl RpcError {
    pub(super) fn new(rpc: &'static str, status: Status) -> Self {
        Self { rpc, status: Box::new(status) }
    }

    pub(super) fn undecodable(rpc: &'static str, error: &prost::DecodeError) -> Self {
        Self::new(rpc, Status::internal(format!("the answer can't be decoded: {error}")))
    }

    /// The name of the call, as in `Solve`.
    pub fn rpc(&self) -> &'static str {
        self.rpc
    }

    /// gRPC's code.
    pub fn code(&self) -> Code {
        self.status.code()
    }

    /// What BuildKit says, without the name of the call.
    pub fn message(&self) -> &str {
        self.status.message()
    }

    /// Whether what was asked for isn't there.
    pub fn is_not_found(&self) -> bool {
        match self.code() {
            Code::NotFound => true,
            Code::Unknown => self.message().contains(NO_SUCH_FILE),
            _ => false,
        }
    }

    /// Whether a local source was asked for and the client has none, not even empty ones.
    pub fn is_without_local_sources(&self) -> bool {
        self.message().contains(NO_LOCAL_SOURCES)
    }

    /// Whether the answer is larger than a message may be, as either side finds it.
    pub fn is_too_large(&self) -> bool {
        matches!(self.code(), Code::OutOfRange | Code::ResourceExhausted)
    }

    /// Whether what was to be read is a directory.
    pub fn is_directory(&self) -> bool {
        self.code() == Code::Unknown && self.message().contains(DIRECTORY)
    }

    /// The structured details, in order. None if they can't be decoded.
    pub fn details(&self) -> Vec<Detail> {
        self.to_status().details.into_iter().map(Detail::read).collect()
    }

    /// The error as `Return` takes it, so that nothing of it is lost on the way to the client.
    pub fn to_status(&self) -> google::Status {
        let details = google::Status::decode(self.status.details())
            .map(|status| status.details)
            .unwrap_or_default();
        let code = i32::from(self.code());
        google::Status { code, message: self.message().to_owned(), details }
    }
}

impl Failure {
    /// A call that failed: what it was for, and what the other side said, details included.
    pub fn request(error: &RpcError, what: &str) -> Self {
        Self::verbatim(error).context(&format!("{what}: {}", error.rpc()))
    }

    /// A call that failed, in the words of the other side.
    pub fn verbatim(error: &RpcError) -> Self {
        error.to_status().into()
    }
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::verbatim(&error)
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rpc, self.message())
    }
}

impl std::error::Error for RpcError {}
