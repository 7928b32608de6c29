//! A graph of vertices, with what is known about them beside their digests.

use std::collections::BTreeMap;

use bollard_buildkit_proto::pb::{ExportCache, Locations, ProgressGroup};
use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType};
use prost::{DecodeError, Message};

/// A graph: encoded [`Op`](super::Op)s, inputs before users, the last of which names the result.
#[derive(Clone, PartialEq, Message)]
pub struct Definition {
    /// The encoded vertices.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub def: Vec<Vec<u8>>,
    /// What is known about each vertex, by its digest (`sha256:…`).
    #[prost(btree_map = "string, message", tag = "2")]
    pub metadata: BTreeMap<String, OpMetadata>,
    /// Which vertex comes from where in which source file.
    #[prost(message, optional, tag = "3")]
    pub source: Option<Source>,
}

/// What is known about a vertex and isn't part of its digest.
#[derive(Clone, PartialEq, Message)]
pub struct OpMetadata {
    /// Runs the vertex even if its result is in the cache.
    #[prost(bool, tag = "1")]
    pub ignore_cache: bool,
    /// Texts for people and tools: `llb.customname` is the name of the step.
    #[prost(btree_map = "string, string", tag = "2")]
    pub description: BTreeMap<String, String>,
    /// Overrides whether the result goes into exported caches.
    #[prost(message, optional, tag = "4")]
    pub export_cache: Option<ExportCache>,
    /// The capabilities that the vertex needs.
    #[prost(btree_map = "string, bool", tag = "5")]
    pub caps: BTreeMap<String, bool>,
    /// The group that progress shows the vertex in.
    #[prost(message, optional, tag = "6")]
    pub progress_group: Option<ProgressGroup>,
    /// Limits of the container (BuildKit 0.31).
    #[prost(message, optional, tag = "7")]
    pub linux_resources: Option<LinuxResources>,
}

/// Limits of a container. Zero and the empty string mean no limit.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct LinuxResources {
    /// Bytes of memory.
    #[prost(int64, tag = "1")]
    pub memory: i64,
    /// Bytes of memory and swap together.
    #[prost(int64, tag = "2")]
    pub memory_swap: i64,
    /// Relative weight of CPU time.
    #[prost(uint64, tag = "3")]
    pub cpu_shares: u64,
    /// The scheduler's period, in microseconds.
    #[prost(uint64, tag = "4")]
    pub cpu_period: u64,
    /// CPU time per period, in microseconds.
    #[prost(int64, tag = "5")]
    pub cpu_quota: i64,
    /// The CPUs to run on, as in `0-3`.
    #[prost(string, tag = "6")]
    pub cpuset_cpus: String,
    /// The memory nodes to use, as in `0,1`.
    #[prost(string, tag = "7")]
    pub cpuset_mems: String,
}

/// Which vertex comes from where in which source file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Source {
    /// By digest of the vertex. Those that come from nowhere may be here, too.
    pub locations: BTreeMap<String, Locations>,
    /// The files, which locations refer to by index.
    pub infos: Vec<SourceInfo>,
}

const LOCATIONS: u32 = 1;
const INFOS: u32 = 2;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/// Written by hand for one difference: no value of the map is left out for being empty, as
/// [`presence`](crate::presence) explains.
impl Message for Source {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        for (digest, locations) in &self.locations {
            encoding::encode_key(LOCATIONS, WireType::LengthDelimited, buffer);
            encoding::encode_varint(entry_length(digest, locations) as u64, buffer);
            encoding::string::encode(KEY, digest, buffer);
            encoding::message::encode(VALUE, locations, buffer);
        }
        encoding::message::encode_repeated(INFOS, &self.infos, buffer);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            LOCATIONS => encoding::btree_map::merge(
                encoding::string::merge,
                encoding::message::merge,
                &mut self.locations,
                buffer,
                context,
            ),
            INFOS => encoding::message::merge_repeated(wire_type, &mut self.infos, buffer, context),
            _ => encoding::skip_field(wire_type, tag, buffer, context),
        }
    }

    fn encoded_len(&self) -> usize {
        let entries = self.locations.iter().map(|(digest, locations)| {
            let length = entry_length(digest, locations);
            encoding::key_len(LOCATIONS) + encoding::encoded_len_varint(length as u64) + length
        });
        entries.sum::<usize>() + encoding::message::encoded_len_repeated(INFOS, &self.infos)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

fn entry_length(digest: &String, locations: &Locations) -> usize {
    encoding::string::encoded_len(KEY, digest) + encoding::message::encoded_len(VALUE, locations)
}

/// A source file, with its text.
#[derive(Clone, PartialEq, Message)]
pub struct SourceInfo {
    /// The file's name, as the user knows it.
    #[prost(string, tag = "1")]
    pub filename: String,
    /// The file's bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
    /// Where the file was read from.
    #[prost(message, optional, tag = "3")]
    pub definition: Option<Definition>,
    /// The file's language, by linguist's name for it (`Dockerfile`).
    #[prost(string, tag = "4")]
    pub language: String,
}

#[cfg(test)]
mod tests {
    use bollard_buildkit_proto::pb as generated;

    use super::*;

    fn source() -> Source {
        let location =
            generated::Location { source_index: 0, ranges: vec![generated::Range::default()] };
        let somewhere = Locations { locations: vec![location] };
        Source {
            locations: BTreeMap::from([
                ("sha256:a".to_owned(), somewhere),
                ("sha256:b".to_owned(), Locations::default()),
            ]),
            infos: vec![SourceInfo { filename: "Dockerfile".to_owned(), ..SourceInfo::default() }],
        }
    }

    #[test]
    fn sources_are_read_as_they_were_written() {
        let bytes = source().encode_to_vec();
        assert_eq!(bytes.len(), source().encoded_len());
        assert_eq!(Source::decode(bytes.as_slice()).unwrap(), source());
    }

    #[test]
    fn sources_are_those_of_the_generated_code() {
        let theirs = generated::Source::decode(source().encode_to_vec().as_slice()).unwrap();
        assert_eq!(theirs.infos[0].filename, "Dockerfile");
        assert_eq!(theirs.locations["sha256:a"], source().locations["sha256:a"]);
        assert_eq!(theirs.locations.len(), 2);
        assert_eq!(Source::decode(theirs.encode_to_vec().as_slice()).unwrap(), source());
    }

    #[test]
    fn vertices_from_nowhere_have_their_value() {
        let nowhere = Source { infos: Vec::new(), ..source() };
        let nowhere = Source {
            locations: nowhere
                .locations
                .into_iter()
                .filter(|(_, at)| at.locations.is_empty())
                .collect(),
            ..nowhere
        };
        // A field of 12 bytes: the key of 8, and a value of none.
        assert_eq!(nowhere.encode_to_vec(), b"\x0a\x0c\x0a\x08sha256:b\x12\x00");
    }
}
