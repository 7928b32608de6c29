//! How a build ends: a result or an error, no larger than BuildKit takes it.

use std::process::ExitCode;

use aliasfront_compiler::Error;
use buildkit_proto::client::MAX_MESSAGE_SIZE;
use buildkit_proto::gateway::{Result, ReturnRequest};
use buildkit_proto::google::Status;
use prost::Message as _;

use crate::failure::Failure;

/// What is left for everything but the message where an error has to be cut, in bytes.
const ENVELOPE: usize = 1024;

/// What is returned for an outcome, and how the process ends then.
///
/// A result that is too large is an error that says so, and an error that is too large loses its code
/// frames, and the end of its message: one that BuildKit refuses would be lost as a whole.
pub fn request(outcome: std::result::Result<Result, Failure>) -> (ReturnRequest, ExitCode) {
    let outcome = outcome.and_then(|result| {
        if result.encoded_len() <= MAX_MESSAGE_SIZE - ENVELOPE {
            return Ok(result);
        }
        let message = format!(
            "the result has {} bytes, more than BuildKit takes (MAX_MESSAGE_SIZE is {MAX_MESSAGE_SIZE})",
            result.encoded_len()
        );
        Err(Error::new(message).hint("ask for less at once: a target with fewer stages").into())
    });
    match outcome {
        Ok(result) => (ReturnRequest { result: Some(result), error: None }, ExitCode::SUCCESS),
        Err(failure) => {
            tracing::debug!(message = %failure.message(), "the build failed");
            let error = Some(fitting(failure.into_status()));
            (ReturnRequest { result: None, error }, ExitCode::FAILURE)
        }
    }
}

fn fitting(mut status: Status) -> Status {
    if status.encoded_len() > MAX_MESSAGE_SIZE - ENVELOPE {
        status.details.clear();
        let most = status.message.len().min(MAX_MESSAGE_SIZE - ENVELOPE);
        let end = (0..=most).rev().find(|end| status.message.is_char_boundary(*end));
        status.message.truncate(end.unwrap_or_default());
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_large_is_an_error_that_says_so() {
        let mut result = Result::default();
        result.metadata.insert("result.txt".to_owned(), vec![b'x'; MAX_MESSAGE_SIZE]);
        let (request, _) = request(Ok(result));
        assert!(request.result.is_none());
        let error = request.error.expect("an error");
        assert!(error.message.contains("MAX_MESSAGE_SIZE"), "{}", error.message);
    }

    #[test]
    fn an_error_that_is_too_large_is_cut() {
        let message = "ü".repeat(MAX_MESSAGE_SIZE);
        let (request, _) = request(Err(Error::new(message).into()));
        assert!(request.encoded_len() <= MAX_MESSAGE_SIZE);
        let error = request.error.expect("an error");
        assert!(error.message.starts_with("üüü") && error.message.len() > MAX_MESSAGE_SIZE / 2);
    }
}
