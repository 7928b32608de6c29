//! Errors of the compiler, and lines of a Dockerfile, on their way to the client.

use aliasfront_compiler::wire::line_ranges;
use aliasfront_compiler::{Error, SourceFile};
use buildkit_dockerfile::Lines;
use buildkit_proto::pb;

pub(crate) use buildkit_proto::Failure;

/// An error of the compiler about `source`, with the code frame of each of its places.
pub(crate) fn about(error: &Error, source: &SourceFile) -> Failure {
    let places: Vec<_> = error.locations.iter().map(|lines| ranges(*lines)).collect();
    Failure::from(error).at(&source_info(source), &places)
}

/// A source file for messages.
pub(crate) fn source_info(source: &SourceFile) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: source.filename.clone(),
        data: source.data.to_vec(),
        definition: source.definition.as_ref().map(buildkit_llb::Definition::to_pb),
        language: SourceFile::LANGUAGE.to_owned(),
    }
}

/// Lines for messages: a range for each, as the reference sends them.
pub(crate) fn ranges(lines: Lines) -> Vec<pb::Range> {
    line_ranges(lines.first..=lines.last).map(pb::Range::from).collect()
}
