//! Where vertices come from in source files.

use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message;

use crate::digest::Digest;

/// A source file whose text vertices refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceMap {
    /// The file's name, as the user knows it.
    pub filename: String,
    /// The file's language, by linguist's name for it (`Dockerfile`).
    pub language: String,
    /// The file's bytes.
    pub data: Arc<[u8]>,
    /// Where the file was read from.
    pub definition: Option<pb::Definition>,
}

/// A source file that a graph knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceMapId(pub(crate) u32);

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file.
    pub map: SourceMapId,
    /// The parts of it, in order.
    pub ranges: Vec<Range>,
}

/// A part of a source file, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first position.
    pub start: Position,
    /// The last position.
    pub end: Position,
}

/// A position in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: i32,
    /// The column, from 0. Zero, too, where only lines are known.
    pub character: i32,
}

impl SourceMap {
    /// The digest of all that is said of the file. The encoding keeps maps sorted, so equal files
    /// have equal ones.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.to_pb().encode_to_vec())
    }

    pub(crate) fn to_pb(&self) -> pb::SourceInfo {
        pb::SourceInfo {
            filename: self.filename.clone(),
            data: self.data.to_vec(),
            definition: self.definition.clone(),
            language: self.language.clone(),
        }
    }
}

impl Range {
    /// Whole lines, from 1.
    pub fn lines(first: i32, last: i32) -> Self {
        let at = |line| Position { line, character: 0 };
        Self { start: at(first), end: at(last) }
    }
}

impl From<Position> for pb::Position {
    fn from(position: Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}

impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        Self { start: Some(range.start.into()), end: Some(range.end.into()) }
    }
}

impl From<&pb::Range> for Range {
    fn from(range: &pb::Range) -> Self {
        let position = |position: Option<pb::Position>| {
            position.map_or_else(Position::default, |position| Position {
                line: position.line,
                character: position.character,
            })
        };
        Self { start: position(range.start), end: position(range.end) }
    }
}

impl From<&pb::SourceInfo> for SourceMap {
    fn from(info: &pb::SourceInfo) -> Self {
        Self {
            filename: info.filename.clone(),
            language: info.language.clone(),
            data: info.data.clone().into(),
            definition: info.definition.clone(),
        }
    }
}
