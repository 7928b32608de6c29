//! What engines and registries say only in words, matched here and nowhere else.

use aliasfront_compiler::Code;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{self, FailureKind};
use buildkit_proto::client::RpcError;

use crate::failure::Failure;

const DEADLINE_EXCEEDED: Code = Code::Other(4);
const PERMISSION_DENIED: Code = Code::Other(7);
const UNAVAILABLE: Code = Code::Other(14);
const UNAUTHENTICATED: Code = Code::Other(16);

/// What operating systems say of a path below a file.
const NOT_A_DIRECTORY: &str = "not a directory";

/// What is said of an image without the platform: that there is none for it counts, not that none is
/// found.
const WRONG_PLATFORM: [&str; 1] = ["no match for platform"];

const NOT_FOUND: [&str; 1] = [": not found"];

/// The words of registries, in lower case: each has its own.
const NOT_ALLOWED: [&str; 7] = [
    "insufficient_scope",
    "unauthorized",
    "authorization failed",
    "authentication required",
    "no basic auth credentials",
    "access denied",
    "403 forbidden",
];

/// What Go says of a host that doesn't answer.
const UNREACHABLE: [&str; 7] = [
    "connection refused",
    "connection reset",
    "no such host",
    "i/o timeout",
    "handshake timeout",
    "network is unreachable",
    "no route to host",
];

/// A failure as the compiler takes it; with the platforms that an image is there for, where it isn't for the one that
/// was asked for.
pub(crate) fn failed(failure: Failure, elsewhere: Option<Vec<Platform>>) -> question::Failure {
    let message = failure.message().to_owned();
    let code = Code::from_number(failure.into_status().code);
    question::Failure { kind: failure_kind(code, &message), message, code, elsewhere }
}

/// How a request failed: by what it says where that is the kind of thing that only words tell, and
/// else by its code.
pub(crate) fn failure_kind(code: Code, message: &str) -> FailureKind {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&WRONG_PLATFORM) {
        FailureKind::WrongPlatform
    } else if code == Code::NotFound || says(&NOT_FOUND) {
        FailureKind::NotFound
    } else if matches!(code, PERMISSION_DENIED | UNAUTHENTICATED) || says(&NOT_ALLOWED) {
        FailureKind::NotAllowed
    } else if matches!(code, UNAVAILABLE | DEADLINE_EXCEEDED) || says(&UNREACHABLE) {
        FailureKind::Unreachable
    } else {
        FailureKind::Other
    }
}

/// Whether a path is not there, also where something above it is a file.
pub(crate) fn is_absent(error: &RpcError) -> bool {
    error.is_not_found() || error.message().contains(NOT_A_DIRECTORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_kinds_by_their_codes_and_words() {
        for (code, message, kind) in [
            (Code::NotFound, "gone", FailureKind::NotFound),
            (Code::Unknown, "docker.io/library/gone:latest: not found", FailureKind::NotFound),
            (
                Code::NotFound,
                "no match for platform in manifest sha256:0a: not found",
                FailureKind::WrongPlatform,
            ),
            (Code::Other(7), "no", FailureKind::NotAllowed),
            (Code::Other(16), "no", FailureKind::NotAllowed),
            (
                Code::Unknown,
                "pull access denied, repository does not exist or may require authorization: \
                 server message: insufficient_scope: authorization failed",
                FailureKind::NotAllowed,
            ),
            (Code::Unknown, "unexpected status: 403 Forbidden", FailureKind::NotAllowed),
            (Code::Unknown, "unexpected status: 401 Unauthorized", FailureKind::NotAllowed),
            (Code::Other(14), "closing", FailureKind::Unreachable),
            (Code::Other(4), "context deadline exceeded", FailureKind::Unreachable),
            (
                Code::Unknown,
                "failed to do request: dial tcp: lookup ghcr.io: no such host",
                FailureKind::Unreachable,
            ),
            (
                Code::Unknown,
                "dial tcp 127.0.0.1:5000: connect: connection refused",
                FailureKind::Unreachable,
            ),
            (Code::Unknown, "unexpected status: 500 Internal Server Error", FailureKind::Other),
            (Code::Unimplemented, "not implemented", FailureKind::Other),
        ] {
            assert_eq!(failure_kind(code, message), kind, "{message}");
        }
    }
}
