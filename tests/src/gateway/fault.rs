//! The ways in which a gateway can misbehave.

use std::fmt;
use std::time::Duration;

use bollard_buildkit_proto::google::protobuf::Any;
use bollard_buildkit_proto::google::rpc;
use prost::Message;
use tonic::{Code, Status};

/// The requests that a frontend can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rpc {
    /// What the daemon can do, and its workers.
    Ping,
    /// The definitions that the client gives to the frontend.
    Inputs,
    /// Evaluates a definition, or forwards to another frontend.
    Solve,
    /// Looks an image up, in the older form.
    ResolveImageConfig,
    /// Looks a source up, images among them.
    ResolveSourceMeta,
    /// Reads a file of a ref.
    ReadFile,
    /// Lists a directory of a ref.
    ReadDir,
    /// Asks for one file of a ref.
    StatFile,
    /// Makes a ref that is still lazy.
    Evaluate,
    /// Tells the client a warning.
    Warn,
    /// Ends the build with a result or an error.
    Return,
}

impl Rpc {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Ping,
        Self::Inputs,
        Self::Solve,
        Self::ResolveImageConfig,
        Self::ResolveSourceMeta,
        Self::ReadFile,
        Self::ReadDir,
        Self::StatFile,
        Self::Evaluate,
        Self::Warn,
        Self::Return,
    ];

    /// Whether the corpus counts it among a case's `rpcs`: what every build does anyway isn't.
    pub fn is_counted(self) -> bool {
        !matches!(self, Self::Ping | Self::Warn | Self::Return)
    }

    /// The name that the service knows it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ping => "Ping",
            Self::Inputs => "Inputs",
            Self::Solve => "Solve",
            Self::ResolveImageConfig => "ResolveImageConfig",
            Self::ResolveSourceMeta => "ResolveSourceMeta",
            Self::ReadFile => "ReadFile",
            Self::ReadDir => "ReadDir",
            Self::StatFile => "StatFile",
            Self::Evaluate => "Evaluate",
            Self::Warn => "Warn",
            Self::Return => "Return",
        }
    }
}

impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens to a request instead of, or beside, its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this code. The message is [`Fault::MESSAGE`].
    Code(Code),
    /// It fails with this code, and with a source range among its details: line [`Fault::LINE`] of another Dockerfile.
    /// The message is [`Fault::MESSAGE`].
    Detailed(Code),
    /// The connection is dropped.
    Disconnect,
    /// The client goes: the frontend's stdin is closed, and there is no answer.
    CloseStdin,
    /// The client goes so long after the answer.
    LeaveAfter(Duration),
    /// There is no answer.
    Silence,
    /// The answer takes this long.
    Delay(Duration),
    /// The answer is larger than the largest message of 16 MiB.
    Oversized,
    /// The image config is no JSON. For image look-ups.
    MalformedConfig,
    /// The answer names a ref that doesn't exist. For `Solve`.
    UnknownRef,
    /// The answer is empty where the protocol promises something.
    EmptyAnswer,
}

impl Fault {
    /// The message of a failing request. It doesn't say which one: that is what the frontend has to add.
    pub const MESSAGE: &str = "the gateway misbehaves";

    /// The line that a [detailed](Fault::Detailed) failure is about.
    pub const LINE: i64 = 42;

    /// The failure that a request ends with, if it is one.
    pub(super) fn status(&self) -> Option<Status> {
        match self {
            Self::Code(code) => Some(Status::new(*code, Self::MESSAGE)),
            Self::Detailed(code) => {
                let position = serde_json::json!({"line": Self::LINE});
                let source = serde_json::json!({
                    "info": {"filename": "Other.Dockerfile", "data": ""},
                    "ranges": [{"start": position, "end": position}],
                });
                let detail = Any {
                    type_url: "github.com/moby/buildkit/errdefs.Source+json".to_owned(),
                    value: source.to_string().into_bytes(),
                };
                let status = rpc::Status {
                    code: i32::from(*code),
                    message: Self::MESSAGE.to_owned(),
                    details: vec![detail],
                };
                let details = status.encode_to_vec().into();
                Some(Status::with_details(*code, Self::MESSAGE, details))
            }
            _ => None,
        }
    }
}

/// All codes of gRPC that are failures.
pub const FAILURES: [Code; 16] = [
    Code::Cancelled,
    Code::Unknown,
    Code::InvalidArgument,
    Code::DeadlineExceeded,
    Code::NotFound,
    Code::AlreadyExists,
    Code::PermissionDenied,
    Code::ResourceExhausted,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::OutOfRange,
    Code::Unimplemented,
    Code::Internal,
    Code::Unavailable,
    Code::DataLoss,
    Code::Unauthenticated,
];
