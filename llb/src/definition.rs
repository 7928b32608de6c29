//! Graphs that are ready to be solved.

use std::collections::{BTreeMap, HashMap};

use buildkit_proto::apicaps::{CapError, CapSet};
use buildkit_proto::caps;
use buildkit_proto::json::{ToJson, go};
use buildkit_proto::{MapEntry, pb};
use prost::Message;
use serde_json::{Map, Value, json};

use crate::digest::{Digest, InvalidDigest};
use crate::graph::{Graph, Output, Vertex, VertexRef};
use crate::source_map::{Range, SourceLocation, SourceMap, SourceMapId};

/// A graph that is ready to be solved: encoded vertices, inputs before users, the last of which names
/// the result. Without any, it is scratch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The encoded vertices.
    pub def: Vec<Vec<u8>>,
    /// What is known about each vertex, beside its digest.
    pub metadata: BTreeMap<Digest, pb::OpMetadata>,
    /// Which vertex comes from where in which source file.
    pub source: Option<pb::Source>,
}

/// A definition that somebody else made, and that can't be taken into a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDefinition {
    /// A vertex doesn't decode.
    #[error("vertex {index} of the definition can't be decoded: {error}")]
    Vertex {
        /// Its place among the vertices, from 0.
        index: usize,
        /// What is wrong with it.
        error: prost::DecodeError,
    },
    /// An input of a vertex isn't the digest of a vertex.
    #[error("vertex {index} of the definition has an input that is none: {error}")]
    Digest {
        /// Its place among the vertices, from 0.
        index: usize,
        /// What is wrong with the digest.
        error: InvalidDigest,
    },
    /// An input of a vertex isn't among the vertices before it.
    #[error("vertex {index} of the definition needs {input}, which isn't before it")]
    MissingInput {
        /// Its place among the vertices, from 0.
        index: usize,
        /// The digest that it names as an input.
        input: Digest,
    },
    /// An input of a vertex has a negative index.
    #[error("vertex {index} of the definition needs output {output} of {input}")]
    InvalidOutput {
        /// Its place among the vertices, from 0.
        index: usize,
        /// The digest that it names as an input.
        input: Digest,
        /// The index among the input's outputs.
        output: i64,
    },
    /// The last vertex doesn't name a result.
    #[error("the last vertex of the definition has no input")]
    NoResult,
    /// A location refers to a source file that isn't there.
    #[error("failed to find source map with index {index}")]
    MissingSource {
        /// Its place among the source files, from 0.
        index: i32,
    },
}

impl Graph {
    /// Takes all that `output` depends on, and the vertex that names it as the result. The definition
    /// of `None` (scratch) is empty.
    ///
    /// Takes time linear in the size of the graph, and space linear in what is reached.
    pub fn definition(&self, output: impl Into<Option<Output>>) -> Definition {
        output.into().map_or_else(Definition::default, |output| Definition::of(self, output))
    }
}

impl Definition {
    /// All that `output` depends on.
    pub(crate) fn of(graph: &Graph, output: Output) -> Self {
        let mut collector = Collector::default();
        for vertex in order(graph, output.vertex) {
            collector.add(graph, graph.vertex(vertex));
        }
        collector.finish(graph, output)
    }

    /// The digest of the vertex that the definition returns. None if it is scratch.
    pub fn head(&self) -> Option<Digest> {
        let last = pb::Op::decode(self.def.last()?.as_slice()).ok()?;
        last.inputs.first()?.digest.parse().ok()
    }

    /// Whether the definition is scratch.
    pub fn is_empty(&self) -> bool {
        self.def.is_empty()
    }

    /// Whether a daemon can do all that the vertices say they need, and if not, what it lacks.
    pub fn check(&self, daemon: &CapSet) -> Result<(), CapError> {
        let mut needed = self.metadata.values().flat_map(|metadata| metadata.caps.keys());
        needed.try_for_each(|cap| daemon.supports(cap))
    }

    /// The definition for people and tools to read: what the request `frontend.convertllb` answers.
    ///
    /// `def` has the vertices and `source` the source files as protobuf JSON, `metadata` is what the
    /// reference's Go structures come to. Vertices that don't decode are left out; there are none in
    /// the definitions of a [`Graph`].
    pub fn to_json(&self) -> Value {
        let mut ops = Map::new();
        for bytes in &self.def {
            if let Ok(op) = pb::Op::decode(bytes.as_slice()) {
                ops.insert(Digest::of(bytes).to_string(), op.to_json());
            }
        }
        let mut infos = Map::new();
        for (digest, metadata) in &self.metadata {
            infos.insert(digest.to_string(), go::metadata(metadata).into());
        }
        json!({
            "def": ops,
            "metadata": infos,
            "source": self.source.as_ref().map_or_else(|| json!({}), ToJson::to_json),
        })
    }

    /// The definition as it goes over the wire.
    pub fn to_pb(&self) -> pb::Definition {
        self.clone().into_pb()
    }

    /// The definition as it goes over the wire.
    pub fn into_pb(self) -> pb::Definition {
        let mut metadata = BTreeMap::new();
        for (digest, of_vertex) in self.metadata {
            metadata.insert(digest.to_string(), of_vertex);
        }
        pb::Definition { def: self.def, metadata, source: self.source }
    }
}

/// The vertices that one depends on, and itself, inputs first, each once. Doesn't recurse: builds
/// are as deep as Dockerfiles are long.
fn order(graph: &Graph, head: VertexRef) -> Vec<VertexRef> {
    let mut order = Vec::new();
    // Vertices only need earlier ones.
    let mut seen = vec![false; head.index() + 1];
    let mut open = vec![(head, 0)];
    while let Some((vertex, next)) = open.last_mut() {
        if let Some(need) = graph.vertex(*vertex).needs.get(*next) {
            *next += 1;
            if !std::mem::replace(&mut seen[need.index()], true) {
                open.push((*need, 0));
            }
        } else {
            order.push(*vertex);
            open.pop();
        }
    }
    order
}

/// Puts a definition together, in its order.
#[derive(Default)]
struct Collector {
    entries: Vec<Collected>,
    /// Where in `entries` a vertex is, by the index of its bytes.
    indices: HashMap<u32, usize>,
    /// The source files, in the order in which vertices refer to them.
    maps: Vec<SourceMapId>,
    map_indices: HashMap<SourceMapId, i32>,
}

/// A vertex of a definition.
struct Collected {
    digest: Digest,
    bytes: Vec<u8>,
    metadata: pb::OpMetadata,
    locations: Vec<pb::Location>,
}

impl Collector {
    fn add(&mut self, graph: &Graph, vertex: &Vertex) {
        let locations: Vec<pb::Location> =
            vertex.locations.iter().map(|location| self.locate(location)).collect();
        if let Some(index) = self.indices.get(&vertex.blob) {
            let known = &mut self.entries[*index];
            merge(&mut known.metadata, &vertex.metadata);
            known.locations.extend(locations);
            return;
        }
        self.indices.insert(vertex.blob, self.entries.len());
        let blob = &graph.blobs[vertex.blob as usize];
        self.entries.push(Collected {
            digest: blob.digest,
            bytes: blob.bytes.clone(),
            metadata: vertex.metadata.clone(),
            locations,
        });
    }

    fn locate(&mut self, location: &SourceLocation) -> pb::Location {
        let source_index = *self.map_indices.entry(location.map).or_insert_with(|| {
            let index = i32::try_from(self.maps.len()).unwrap_or(i32::MAX);
            self.maps.push(location.map);
            index
        });
        let ranges = location.ranges.iter().map(|range| (*range).into()).collect();
        pb::Location { source_index, ranges }
    }

    fn finish(self, graph: &Graph, output: Output) -> Definition {
        let result = pb::Op { inputs: vec![graph.input(output)], ..pb::Op::default() }.into_bytes();
        let mut of_result = pb::OpMetadata::default();
        for cap in self.result_caps() {
            of_result.caps.insert(cap.to_owned(), true);
        }
        let maps = self.maps.iter().filter_map(|id| graph.maps.get(id.0 as usize));
        let infos = maps.map(SourceMap::to_pb).collect();

        let mut def = Vec::with_capacity(self.entries.len() + 1);
        let mut metadata = BTreeMap::new();
        let mut locations = BTreeMap::new();
        for entry in self.entries {
            def.push(entry.bytes);
            metadata.insert(entry.digest, entry.metadata);
            // Vertices that come from nowhere are in the reference's map, too.
            let places = pb::Locations { locations: entry.locations };
            locations.insert(entry.digest.to_string(), places);
        }
        metadata.insert(Digest::of(&result), of_result);
        def.push(result);
        Definition {
            def,
            metadata,
            source: Some(pb::Source {
                locations: locations.into_iter().map(MapEntry::from).collect(),
                infos,
            }),
        }
    }

    /// The capabilities that are not any one vertex's.
    fn result_caps(&self) -> Vec<&'static str> {
        let mut needed = vec![caps::CONSTRAINTS, caps::PLATFORM];
        let any =
            |is: fn(&pb::OpMetadata) -> bool| self.entries.iter().any(|entry| is(&entry.metadata));
        if any(|metadata| metadata.ignore_cache) {
            needed.push(caps::META_IGNORE_CACHE);
        }
        if any(|metadata| !metadata.description.is_empty()) {
            needed.push(caps::META_DESCRIPTION);
        }
        if any(|metadata| metadata.export_cache.is_some()) {
            needed.push(caps::META_EXPORT_CACHE);
        }
        needed
    }
}

/// Puts what is said about equal vertices together.
fn merge(known: &mut pb::OpMetadata, later: &pb::OpMetadata) {
    known.ignore_cache |= later.ignore_cache;
    let description = later.description.iter();
    known.description.extend(description.map(|(key, text)| (key.clone(), text.clone())));
    known.caps.extend(later.caps.keys().map(|cap| (cap.clone(), true)));
    known.export_cache = later.export_cache.or(known.export_cache);
    if let Some(group) = &later.progress_group {
        known.progress_group = Some(group.clone());
    }
    if let Some(resources) = &later.linux_resources {
        known.linux_resources = Some(resources.clone());
    }
}

impl Graph {
    /// Takes the vertices of a definition that somebody else made into the graph, as they are: their
    /// bytes and digests don't change. Gives what the definition returns; none if that is scratch.
    pub fn import(
        &mut self,
        definition: &pb::Definition,
    ) -> Result<Option<Output>, InvalidDefinition> {
        let Some((result, vertices)) = definition.def.split_last() else { return Ok(None) };
        let maps = self.import_maps(definition.source.as_ref());
        let places: HashMap<&str, &pb::Locations> = definition
            .source
            .iter()
            .flat_map(|source| &source.locations)
            .filter_map(|entry| Some((entry.key.as_str(), entry.value.as_ref()?)))
            .collect();
        let mut imported = Imported::default();
        for (index, bytes) in vertices.iter().enumerate() {
            let inputs = imported.inputs(index, bytes)?;
            let digest = Digest::of(bytes);
            let key = digest.to_string();
            let locations = places
                .get(key.as_str())
                .map_or(Ok(Vec::new()), |locations| import_locations(locations, &maps))?;
            let metadata = definition.metadata.get(&key).cloned().unwrap_or_default();
            let needs = inputs.into_iter().map(Output::vertex).collect();
            let vertex = self.insert_bytes(bytes.clone(), metadata, locations, needs);
            imported.vertices.insert(digest, vertex);
        }
        let inputs = imported.inputs(vertices.len(), result)?;
        inputs.first().copied().map(Some).ok_or(InvalidDefinition::NoResult)
    }

    fn import_maps(&mut self, source: Option<&pb::Source>) -> Vec<SourceMapId> {
        let infos = source.map_or(&[][..], |source| &source.infos);
        infos.iter().map(|info| self.add_source_map(info.into())).collect()
    }
}

fn import_locations(
    locations: &pb::Locations,
    maps: &[SourceMapId],
) -> Result<Vec<SourceLocation>, InvalidDefinition> {
    let import = |location: &pb::Location| {
        let index = location.source_index;
        let map = usize::try_from(index).ok().and_then(|index| maps.get(index));
        let map = *map.ok_or(InvalidDefinition::MissingSource { index })?;
        Ok(SourceLocation { map, ranges: location.ranges.iter().map(Range::from).collect() })
    };
    locations.locations.iter().map(import).collect()
}

/// The vertices that have been taken from a definition so far.
#[derive(Default)]
struct Imported {
    vertices: HashMap<Digest, VertexRef>,
}

impl Imported {
    fn inputs(&self, index: usize, bytes: &[u8]) -> Result<Vec<Output>, InvalidDefinition> {
        let op =
            pb::Op::decode(bytes).map_err(|error| InvalidDefinition::Vertex { index, error })?;
        let resolve = |input: &pb::Input| {
            let digest: Digest =
                input.digest.parse().map_err(|error| InvalidDefinition::Digest { index, error })?;
            let vertex = self
                .vertices
                .get(&digest)
                .ok_or(InvalidDefinition::MissingInput { index, input: digest })?;
            if input.index < 0 {
                let output = input.index;
                return Err(InvalidDefinition::InvalidOutput { index, input: digest, output });
            }
            Ok(vertex.output(input.index))
        };
        op.inputs.iter().map(resolve).collect()
    }
}
