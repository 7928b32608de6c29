//! Errors on their way to the client.

use std::fmt;

use crate::errdefs::Detail;
use crate::google::{Any, Status};
use crate::pb;

/// How much source goes along with an error, in bytes: clients get it in a header of their answer, and
/// refuse headers of more than 16 MiB.
const MAX_FRAMES_SIZE: usize = 4 << 20;

/// What comes before advice, which goes below the message.
const HINT: &str = "\nhint: ";

/// gRPC's code for errors that nothing more is known about, which is what errors of frontends have.
const UNKNOWN: i32 = 2;

/// An error as `Return` takes it: a message, and details that clients render.
///
/// ```
/// use buildkit_proto::Failure;
/// use buildkit_proto::errdefs::Detail;
///
/// let failure = Failure::new("unsupported request frontend.nope")
///     .detail(Detail::subrequest("frontend.nope"))
///     .hint("ask for frontend.subrequests.describe");
/// let status = failure.into_status();
/// assert_eq!(status.code, 2);
/// assert!(status.message.ends_with("\nhint: ask for frontend.subrequests.describe"));
/// assert_eq!(status.details.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    status: Status,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self { status }
    }
}

impl Failure {
    /// An error that nothing more is known about than what `message` says.
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: Status { code: UNKNOWN, message: message.into(), details: Vec::new() } }
    }

    /// Sets the gRPC code.
    #[must_use]
    pub fn code(mut self, code: i32) -> Self {
        self.status.code = code;
        self
    }

    /// Adds the code frames of places in a source file, unless there are some already, such as those of
    /// the frontend that was asked. Each has the whole source: where all of them would come to more than
    /// 4 MiB, only the first ones are added.
    #[must_use]
    pub fn at(mut self, source: &pb::SourceInfo, places: &[Vec<pb::Range>]) -> Self {
        if !self.has_source() {
            let most = MAX_FRAMES_SIZE / source.data.len().max(1);
            let places = places.iter().take(most);
            let frames = places.map(|ranges| Detail::source(source, ranges).into_any());
            self.status.details.extend(frames);
        }
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn context(mut self, context: &str) -> Self {
        self.status.message = format!("{context}: {}", self.status.message);
        self
    }

    /// Replaces the message by what `show` makes of it.
    #[must_use]
    pub fn shown(mut self, show: impl FnOnce(&str) -> String) -> Self {
        self.status.message = show(&self.status.message);
        self
    }

    /// Says below the message what to do about it, unless a hint or a code frame does so already.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        if !self.has_source() && !self.message().contains(HINT) {
            self.status.message.push_str(HINT);
            self.status.message.push_str(hint);
        }
        self
    }

    /// Adds a line below the message: something else that is wrong.
    #[must_use]
    pub fn note(mut self, note: &str) -> Self {
        self.status.message.push_str("\nnote: ");
        self.status.message.push_str(note);
        self
    }

    /// Says that the error is about no source, unless it is about one: an engine that handed the build
    /// to this frontend would otherwise show the line that names the frontend.
    #[must_use]
    pub fn framed(self) -> Self {
        if self.has_source() {
            return self;
        }
        self.detail(Detail::source(&pb::SourceInfo::default(), &[]))
    }

    /// Adds a structured detail.
    #[must_use]
    pub fn detail(mut self, detail: Detail) -> Self {
        self.status.details.push(detail.into_any());
        self
    }

    /// Whether the error has the code frame of a source file.
    pub fn has_source(&self) -> bool {
        let is_source = |detail: &Any| matches!(Detail::read(detail.clone()), Detail::Source(_));
        self.status.details.iter().any(is_source)
    }

    /// The message, with hints and notes.
    pub fn message(&self) -> &str {
        &self.status.message
    }

    /// The error for [`ReturnRequest`](crate::gateway::ReturnRequest).
    pub fn into_status(self) -> Status {
        self.status
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(size: usize) -> pb::SourceInfo {
        pb::SourceInfo { data: vec![b'#'; size], ..pb::SourceInfo::default() }
    }

    #[test]
    fn code_frames_are_as_many_as_clients_take() {
        let places = vec![vec![pb::Range::default()]; 100];
        let status = Failure::new("no").at(&source(10), &places).into_status();
        assert_eq!(status.details.len(), 100);
        let status = Failure::new("no").at(&source(MAX_FRAMES_SIZE / 3), &places).into_status();
        assert_eq!(status.details.len(), 3);
        let failure = Failure::new("no").at(&source(0), &places[..1]);
        let status = failure.at(&source(10), &places).into_status();
        assert_eq!(status.details.len(), 1, "the first to say where it is knows best");
    }

    #[test]
    fn one_hint_is_enough() {
        let failure = Failure::new("no").context("why").note("also no").hint("a").hint("b");
        assert_eq!(failure.message(), "why: no\nnote: also no\nhint: a");
        let place = [vec![pb::Range::default()]];
        let failure = Failure::new("no").at(&source(1), &place).hint("a");
        assert_eq!(failure.message(), "no");
    }
}
