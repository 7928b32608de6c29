//! The structured details that BuildKit puts into errors.
//!
//! A detail is a [`google.protobuf.Any`](Any) whose value is JSON, whatever its type says: that is
//! how containerd's `typeurl` registers BuildKit's types. Clients find in them which lines of which
//! file an error is about, or that a frontend doesn't know a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::google::Any;
use crate::json::go;
use crate::pb;

/// What the types' names start with.
const PREFIX: &str = "github.com/moby/buildkit/";
const SOURCE: &str = "errdefs.Source+json";
const SUBREQUEST: &str = "errdefs.Subrequest+json";
const FRONTEND_CAP: &str = "errdefs.FrontendCap+json";
const VERTEX: &str = "errdefs.Vertex+json";

/// What an error says beside its message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Detail {
    /// Which part of which source file the error is about.
    Source(Source),
    /// The frontend doesn't know the request of that name.
    Subrequest(Named),
    /// The frontend doesn't have the capability of that name.
    FrontendCap(Named),
    /// Which vertex failed.
    Vertex(Vertex),
    /// Something else, such as a stack trace.
    Other(Any),
}

/// A part of a source file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<SourceInfo>,
    /// The parts of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
}

/// A source file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// Its name, as the user knows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filename: String,
    /// Its bytes.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "to_base64",
        deserialize_with = "from_base64"
    )]
    pub data: Vec<u8>,
    /// Where it was read from, as [`go::definition`] writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Value>,
    /// Its language, by linguist's name for it (`Dockerfile`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// A part of a source file, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first position.
    #[serde(default)]
    pub start: Position,
    /// The last position.
    #[serde(default)]
    pub end: Position,
}

/// A position in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: i32,
    /// The column, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub character: i32,
}

/// Something with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A vertex of a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vertex {
    /// Its digest.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn to_base64<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(data))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    BASE64.decode(text).map_err(serde::de::Error::custom)
}

impl From<&pb::SourceInfo> for SourceInfo {
    fn from(info: &pb::SourceInfo) -> Self {
        Self {
            filename: info.filename.clone(),
            data: info.data.clone(),
            definition: info
                .definition
                .as_ref()
                .map(|definition| go::definition(definition).into()),
            language: info.language.clone(),
        }
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

impl Detail {
    /// The part of a source file that an error is about.
    pub fn source(info: &pb::SourceInfo, ranges: &[pb::Range]) -> Self {
        let ranges = ranges.iter().map(Range::from).collect();
        Self::Source(Source { info: Some(info.into()), ranges })
    }

    /// The frontend doesn't know a request.
    pub fn subrequest(name: impl Into<String>) -> Self {
        Self::Subrequest(Named { name: name.into() })
    }

    /// The frontend doesn't have a capability.
    pub fn frontend_cap(name: impl Into<String>) -> Self {
        Self::FrontendCap(Named { name: name.into() })
    }

    /// Reads a detail. One that doesn't read as its type says is kept as it is.
    pub fn read(any: Any) -> Self {
        let known = match any.type_url.strip_prefix(PREFIX) {
            Some(SOURCE) => parse(&any).map(Self::Source),
            Some(SUBREQUEST) => parse(&any).map(Self::Subrequest),
            Some(FRONTEND_CAP) => parse(&any).map(Self::FrontendCap),
            Some(VERTEX) => parse(&any).map(Self::Vertex),
            _ => None,
        };
        known.unwrap_or(Self::Other(any))
    }

    /// The detail as it goes over the wire.
    pub fn into_any(self) -> Any {
        match self {
            Self::Source(source) => any(SOURCE, &source),
            Self::Subrequest(request) => any(SUBREQUEST, &request),
            Self::FrontendCap(cap) => any(FRONTEND_CAP, &cap),
            Self::Vertex(vertex) => any(VERTEX, &vertex),
            Self::Other(any) => any,
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(any: &'a Any) -> Option<T> {
    serde_json::from_slice(&any.value).ok()
}

fn any(name: &str, value: &impl Serialize) -> Any {
    Any {
        type_url: format!("{PREFIX}{name}"),
        // These types have nothing that JSON can't say.
        value: serde_json::to_vec(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_gos_json() {
        let info = pb::SourceInfo {
            filename: "Dockerfile".into(),
            data: b"FROM a\n".to_vec(),
            definition: Some(pb::Definition {
                def: vec![b"op".to_vec()],
                metadata: [("sha256:1".to_owned(), pb::OpMetadata::default())].into(),
                source: None,
            }),
            language: "Dockerfile".into(),
        };
        let range = pb::Range {
            start: Some(pb::Position { line: 1, character: 0 }),
            end: Some(pb::Position { line: 1, character: 6 }),
        };
        let any = Detail::source(&info, &[range]).into_any();
        assert_eq!(any.type_url, "github.com/moby/buildkit/errdefs.Source+json");
        let json = r#"{"info":{"filename":"Dockerfile","data":"RlJPTSBhCg==","definition":{"def":["b3A="],"metadata":{"sha256:1":{}}},"language":"Dockerfile"},"ranges":[{"start":{"line":1},"end":{"line":1,"character":6}}]}"#;
        assert_eq!(String::from_utf8(any.value).unwrap(), json);
    }

    #[test]
    fn details_read_as_they_are_written() {
        let other = Any { type_url: "some/stack.Stack+json".into(), value: b"{}".to_vec() };
        let details = [
            Detail::subrequest("frontend.nope"),
            Detail::frontend_cap("x"),
            Detail::Vertex(Vertex { digest: "sha256:00".into() }),
            Detail::Source(Source::default()),
            Detail::Other(other),
        ];
        for detail in details {
            assert_eq!(Detail::read(detail.clone().into_any()), detail);
        }
    }

    #[test]
    fn what_does_not_read_is_kept() {
        for value in [&b"{"[..], b"3", br#"{"info":{"data":"%"}}"#] {
            let type_url = format!("{PREFIX}{SOURCE}");
            let any = Any { type_url, value: value.to_vec() };
            assert_eq!(Detail::read(any.clone()), Detail::Other(any));
        }
    }

    #[test]
    fn null_is_no_data() {
        let value = br#"{"info":{"filename":"f","data":null},"ranges":[{}]}"#.to_vec();
        let Detail::Source(source) =
            Detail::read(Any { type_url: format!("{PREFIX}{SOURCE}"), value })
        else {
            panic!("not read");
        };
        assert_eq!(source.info.unwrap().filename, "f");
        assert_eq!(source.ranges, [Range::default()]);
    }
}
