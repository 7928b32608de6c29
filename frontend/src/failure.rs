//! Errors on their way to the client.

use aliasfront_compiler::wire::line_ranges;
use aliasfront_compiler::{Error, SourceFile};
use buildkit_dockerfile::Lines;
use buildkit_proto::client::RpcError;
use buildkit_proto::errdefs::Detail;
use buildkit_proto::google::{Any, Status};
use buildkit_proto::pb;

/// How much source goes along with an error, in bytes: clients get it in a header of their answer, and
/// refuse headers of more than 16 MiB.
const MAX_FRAMES_SIZE: usize = 4 << 20;

/// What comes before advice, which goes below the message.
const HINT: &str = "\nhint: ";

/// An error as `Return` takes it: a message, and details that clients render.
#[derive(Debug, Clone)]
pub struct Failure {
    status: Status,
}

impl Failure {
    /// An error of the compiler about `source`, with the code frame of each of its places.
    pub fn compile(error: &Error, source: Option<&SourceFile>) -> Self {
        let mut message = error.message.clone();
        if let Some(hint) = &error.hint {
            message.push_str(HINT);
            message.push_str(hint);
        }
        for note in &*error.notes {
            message.push_str("\nnote: ");
            message.push_str(note);
        }
        let details = source.map(|source| frames(source, &error.locations)).unwrap_or_default();
        Self { status: Status { code: error.code.number(), message, details } }
    }

    /// An error of the compiler that is about no source.
    pub fn plain(error: &Error) -> Self {
        Self::compile(error, None)
    }

    /// A request that failed: what it was for, and what the other side said, details included.
    pub fn request(error: &RpcError, what: &str) -> Self {
        let mut status = error.to_status();
        status.message = format!("{what}: {}: {}", error.rpc(), status.message);
        Self { status }
    }

    /// A request that failed, in the words of the other side.
    pub fn verbatim(error: &RpcError) -> Self {
        Self { status: error.to_status() }
    }

    /// Adds the code frame of a place in `source`, unless the other side sent one.
    #[must_use]
    pub fn at(mut self, source: &SourceFile, lines: Lines) -> Self {
        if !self.has_source() {
            self.status.details.extend(frames(source, &[lines]));
        }
        self
    }

    /// Puts `context: ` before the message.
    #[must_use]
    pub fn context(mut self, context: &str) -> Self {
        self.status.message = format!("{context}: {}", self.status.message);
        self
    }

    /// Says below the message what to make of it, unless a hint or a code frame does so already.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        if !self.has_source() && !self.message().contains(HINT) {
            self.status.message.push_str(HINT);
            self.status.message.push_str(hint);
        }
        self
    }

    /// Adds a structured detail.
    #[must_use]
    pub fn detail(mut self, detail: Detail) -> Self {
        self.status.details.push(detail.into_any());
        self
    }

    /// Whether the error has the code frame of a source.
    pub fn has_source(&self) -> bool {
        self.status
            .details
            .iter()
            .any(|detail| matches!(Detail::read(detail.clone()), Detail::Source(_)))
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.status.message
    }

    /// The error for `Return`.
    pub fn into_status(self) -> Status {
        self.status
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::plain(&error)
    }
}

/// The code frames of places in `source`, the first ones where all of them are too many: each has the
/// whole source.
fn frames(source: &SourceFile, places: &[Lines]) -> Vec<Any> {
    let info = source_info(source);
    let most = MAX_FRAMES_SIZE / source.data.len().max(1);
    let places = places.iter().take(most);
    places.map(|lines| Detail::source(&info, &ranges(*lines)).into_any()).collect()
}

/// A source file for messages.
pub fn source_info(source: &SourceFile) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: source.filename.clone(),
        data: source.data.to_vec(),
        definition: source.definition.as_ref().map(buildkit_llb::Definition::to_pb),
        language: SourceFile::LANGUAGE.to_owned(),
    }
}

/// Lines for messages: a range for each, as the reference sends them.
pub fn ranges(lines: Lines) -> Vec<pb::Range> {
    line_ranges(lines.first..=lines.last).map(pb::Range::from).collect()
}
