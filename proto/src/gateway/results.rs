//! Results and errors as they go over the wire, whatever the age of the daemon, and no larger than it takes them.

use prost::Message as _;

use super::{
    MAX_MESSAGE_SIZE, Ref, RefMap, Result, ReturnRequest, SolveRequest, SolveResponse, result,
};
use crate::google::Status;
use crate::pb::Definition;
use crate::{Failure, MapEntry};

/// What is left for everything but the message where an error has to be cut, in bytes.
const ENVELOPE: usize = 1024;

impl Result {
    /// A result of one file system, by its reference. None is the empty one.
    pub fn one(reference: Option<String>) -> Self {
        Self { result: Some(result::Result::Ref(to_ref(reference))), ..Self::default() }
    }

    /// A result of several file systems, each with the key that exporters know it by: its platform, for
    /// the most part.
    pub fn several(references: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let entry = |(key, reference)| MapEntry::from((key, to_ref(reference)));
        let refs = RefMap { refs: references.into_iter().map(entry).collect() };
        Self { result: Some(result::Result::Refs(refs)), ..Self::default() }
    }

    /// Adds something that exporters and clients read.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// The result, unless it is larger than BuildKit takes it.
    pub fn fitting(self) -> std::result::Result<Self, Failure> {
        let size = self.encoded_len();
        if size <= MAX_MESSAGE_SIZE - ENVELOPE {
            return Ok(self);
        }
        Err(Failure::new(format!(
            "the result has {size} bytes, more than BuildKit takes (MAX_MESSAGE_SIZE is {MAX_MESSAGE_SIZE})"
        )))
    }
}

/// A daemon answered with several file systems where a definition has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine answered with several results")]
#[non_exhaustive]
pub struct SeveralResults;

impl SolveRequest {
    /// Asks for the result of a definition, answered as all daemons since BuildKit 0.7 do.
    pub fn new(definition: impl Into<Option<Definition>>) -> Self {
        Self {
            definition: definition.into(),
            allow_result_return: true,
            allow_result_array_ref: true,
            ..Self::default()
        }
    }
}

impl From<SeveralResults> for Failure {
    fn from(error: SeveralResults) -> Self {
        Self::new(error.to_string())
    }
}

impl SolveResponse {
    /// The reference of the one file system that a definition comes to, in whatever way the daemon, which
    /// may be an old one, says it. None is the empty file system.
    pub fn into_reference(self) -> std::result::Result<Option<String>, SeveralResults> {
        let id = match self.result.and_then(|result| result.result) {
            Some(result::Result::Ref(reference)) => reference.id,
            Some(result::Result::RefDeprecated(id)) => id,
            Some(result::Result::Refs(_) | result::Result::RefsDeprecated(_)) => {
                return Err(SeveralResults);
            }
            None => self.r#ref,
        };
        Ok(Some(id).filter(|id| !id.is_empty()))
    }

    /// The result that another frontend came to, in whatever way the daemon says it.
    pub fn into_result(self) -> Result {
        self.result.unwrap_or_else(|| Result::one(Some(self.r#ref)))
    }
}

impl ReturnRequest {
    /// What ends a build.
    ///
    /// A result that is larger than BuildKit takes it becomes an error that says so. An error that is
    /// too large loses its code frames and the end of its message: BuildKit would refuse it, and the
    /// client would see nothing of it.
    pub fn of(outcome: std::result::Result<Result, Failure>) -> Self {
        match outcome.and_then(Result::fitting) {
            Ok(result) => Self { result: Some(result), error: None },
            Err(failure) => Self { result: None, error: Some(cut(failure.into_status())) },
        }
    }
}

fn to_ref(reference: Option<String>) -> Ref {
    Ref { id: reference.unwrap_or_default(), ..Ref::default() }
}

fn cut(mut status: Status) -> Status {
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
    use crate::gateway::RefMapDeprecated;

    #[test]
    fn a_result_that_is_too_large_is_an_error_that_says_so() {
        let result = Result::one(None).metadata("result.txt", vec![b'x'; MAX_MESSAGE_SIZE]);
        let request = ReturnRequest::of(Ok(result));
        assert!(request.result.is_none());
        let error = request.error.expect("an error");
        assert!(error.message.contains("MAX_MESSAGE_SIZE"), "{}", error.message);
    }

    #[test]
    fn an_error_that_is_too_large_is_cut() {
        let request = ReturnRequest::of(Err(Failure::new("ü".repeat(MAX_MESSAGE_SIZE))));
        assert!(request.encoded_len() <= MAX_MESSAGE_SIZE);
        let error = request.error.expect("an error");
        assert!(error.message.starts_with("üüü") && error.message.len() > MAX_MESSAGE_SIZE / 2);
    }

    #[test]
    fn references_are_read_however_the_daemon_says_them() {
        let answer = |result| SolveResponse {
            r#ref: String::new(),
            result: Some(Result { result: Some(result), ..Result::default() }),
        };
        let old = SolveResponse { r#ref: "r".into(), result: None };
        let former = answer(result::Result::RefDeprecated("r".into()));
        let now = SolveResponse { result: Some(Result::one(Some("r".into()))), ..old.clone() };
        for response in [old, former, now] {
            assert_eq!(response.into_reference(), Ok(Some("r".to_owned())));
        }
        let empty = SolveResponse { r#ref: String::new(), result: Some(Result::one(None)) };
        assert_eq!(empty.into_reference(), Ok(None));
        let several = SolveResponse {
            r#ref: String::new(),
            result: Some(Result::several([("linux/amd64".to_owned(), None)])),
        };
        let formerly_several = answer(result::Result::RefsDeprecated(RefMapDeprecated::default()));
        for response in [several, formerly_several] {
            assert_eq!(response.into_reference(), Err(SeveralResults));
        }
    }

    #[test]
    fn results_of_old_daemons_are_references() {
        let old = SolveResponse { r#ref: "r".into(), result: None };
        assert_eq!(old.into_result(), Result::one(Some("r".into())));
    }
}
