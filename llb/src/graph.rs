//! The set of vertices that definitions are taken from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use buildkit_proto::apicaps::CapSet;
use buildkit_proto::pb::{self, Platform};

use crate::digest::Digest;
use crate::options::{ProgressGroup, VertexOptions};
use crate::source_map::{SourceLocation, SourceMap, SourceMapId};

/// A growing set of vertices. Vertices refer to earlier ones only, so it has no cycles.
///
/// Each vertex is encoded once, when it is added. Vertices with the same bytes are one vertex of the
/// definition; what is said about them (names, places, whether to ignore the cache) is put together
/// there, later ones over earlier ones in the order of the definition.
#[derive(Clone, Default)]
pub struct Graph {
    platform: Platform,
    caps: Option<CapSet>,
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) blobs: Vec<Blob>,
    by_digest: HashMap<Digest, u32>,
    pub(crate) maps: Vec<SourceMap>,
    /// Where in `maps` a source file is, by the digest of all that is said of it.
    by_map_digest: HashMap<Digest, u32>,
}

/// One of the results of a vertex of a graph: a file system.
///
/// To be used with that graph only: another one has other vertices, or panics as it has fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    pub(crate) vertex: VertexRef,
    pub(crate) index: i64,
}

/// A vertex of a graph. To be used with that graph only, like an [`Output`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VertexRef(u32);

/// An added vertex.
#[derive(Clone)]
pub(crate) struct Vertex {
    /// Index of its bytes.
    pub blob: u32,
    pub metadata: pb::OpMetadata,
    pub locations: Vec<SourceLocation>,
    /// The vertices it needs, in the order in which a definition visits them.
    pub needs: Vec<VertexRef>,
}

/// The bytes of vertices that are equal.
#[derive(Clone)]
pub(crate) struct Blob {
    pub digest: Digest,
    pub bytes: Vec<u8>,
}

/// A vertex's inputs, where equal ones are one.
#[derive(Default)]
pub(crate) struct Inputs {
    outputs: Vec<Output>,
    indices: HashMap<(u32, i64), i64>,
}

impl Inputs {
    /// An input that is scratch.
    pub(crate) const EMPTY: i64 = -1;

    /// The index of an input, which becomes one if it isn't yet.
    pub(crate) fn index(&mut self, graph: &Graph, output: impl Into<Option<Output>>) -> i64 {
        let Some(output) = output.into() else { return Self::EMPTY };
        *self.indices.entry(graph.identity(output)).or_insert_with(|| {
            self.outputs.push(output);
            wire_index(self.outputs.len() - 1)
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.outputs.len()
    }

    pub(crate) fn into_outputs(self) -> Vec<Output> {
        self.outputs
    }
}

/// An operation, lowered to what goes over the wire.
pub(crate) struct Lowered {
    pub inputs: Vec<Output>,
    pub op: pb::op::Op,
    /// Whether the vertex carries a platform.
    pub platform_specific: bool,
    /// The capabilities it needs.
    pub caps: BTreeSet<&'static str>,
    /// The outputs it needs, in the order in which a definition visits them.
    pub needs: Vec<Output>,
}

/// What can be added to a [`Graph`].
pub trait Operation {
    /// What adding it gives: an [`Output`](crate::Output), or more than one, or an optional one where
    /// the operation may come to nothing.
    type Added;

    /// Adds the operation to the graph. [`Graph::add`] is the usual way to call this.
    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Self::Added;
}

impl Graph {
    /// An empty graph, for vertices on `platform` where they don't name another.
    pub fn new(platform: Platform) -> Self {
        Self { platform, ..Self::default() }
    }

    /// Takes account of what the daemon can do, as the reference does when it marshals: daemons that
    /// don't set a default `PATH` for commands get one in the vertex.
    #[must_use]
    pub fn with_caps(mut self, caps: CapSet) -> Self {
        self.caps = Some(caps);
        self
    }

    /// The platform of vertices that don't name another.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What the daemon can do, if that is known.
    pub fn caps(&self) -> Option<&CapSet> {
        self.caps.as_ref()
    }

    /// Adds an operation. Whatever it refers to must have been added to this graph before.
    pub fn add<O: Operation>(&mut self, operation: O, options: VertexOptions) -> O::Added {
        operation.add_to(self, options)
    }

    /// Adds a source file for vertices to refer to, once per file.
    pub fn add_source_map(&mut self, map: SourceMap) -> SourceMapId {
        let index = *self.by_map_digest.entry(map.digest()).or_insert_with(|| {
            self.maps.push(map);
            small(self.maps.len() - 1)
        });
        SourceMapId(index)
    }

    /// The digest of a vertex.
    pub fn digest(&self, vertex: VertexRef) -> Digest {
        self.blob(vertex).digest
    }

    /// The encoded vertex.
    pub fn bytes(&self, vertex: VertexRef) -> &[u8] {
        &self.blob(vertex).bytes
    }

    /// How many different vertices there are.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    /// Whether there are no vertices.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    pub(crate) fn vertex(&self, vertex: VertexRef) -> &Vertex {
        &self.vertices[vertex.index()]
    }

    fn blob(&self, vertex: VertexRef) -> &Blob {
        &self.blobs[self.vertex(vertex).blob as usize]
    }

    /// What makes an output the same as another one, of a vertex with the same bytes.
    pub(crate) fn identity(&self, output: Output) -> (u32, i64) {
        (self.vertex(output.vertex).blob, output.index)
    }

    pub(crate) fn input(&self, output: Output) -> pb::Input {
        pb::Input { digest: self.digest(output.vertex).to_string(), index: output.index }
    }

    /// Encodes a lowered operation and adds it.
    pub(crate) fn insert(&mut self, lowered: Lowered, options: VertexOptions) -> VertexRef {
        let op = pb::Op {
            inputs: lowered.inputs.iter().map(|output| self.input(*output)).collect(),
            platform: lowered
                .platform_specific
                .then(|| options.platform.unwrap_or_else(|| self.platform.clone())),
            // Always there, even if empty: so it is in the reference's digests.
            constraints: Some(pb::WorkerConstraints { filter: options.constraints }),
            op: Some(lowered.op),
        };
        let mut caps = BTreeMap::new();
        for cap in lowered.caps {
            caps.insert(cap.to_owned(), true);
        }
        let metadata = pb::OpMetadata {
            ignore_cache: options.ignore_cache,
            description: options.description,
            export_cache: options.export_cache.map(|value| pb::ExportCache { value }),
            caps,
            progress_group: options.progress_group.map(ProgressGroup::into_pb),
            linux_resources: options.linux_resources,
        };
        let needs = lowered.needs.into_iter().map(|output| output.vertex).collect();
        self.insert_bytes(op.into_bytes(), metadata, options.locations, needs)
    }

    /// Adds an encoded vertex.
    pub(crate) fn insert_bytes(
        &mut self,
        bytes: Vec<u8>,
        metadata: pb::OpMetadata,
        locations: Vec<SourceLocation>,
        needs: Vec<VertexRef>,
    ) -> VertexRef {
        let digest = Digest::of(&bytes);
        let blob = *self.by_digest.entry(digest).or_insert_with(|| {
            self.blobs.push(Blob { digest, bytes });
            small(self.blobs.len() - 1)
        });
        self.vertices.push(Vertex { blob, metadata, locations, needs });
        VertexRef(small(self.vertices.len() - 1))
    }
}

/// An index as it goes over the wire.
pub(crate) fn wire_index(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// An index as it is stored. Graphs of four billion vertices don't fit into memory.
fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Output {
    /// The vertex that the output is of.
    pub fn vertex(self) -> VertexRef {
        self.vertex
    }

    /// Which of the vertex's outputs it is.
    pub fn index(self) -> i64 {
        self.index
    }
}

impl VertexRef {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// One of the vertex's outputs.
    pub(crate) fn output(self, index: i64) -> Output {
        Output { vertex: self, index }
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").field("vertices", &self.blobs.len()).finish_non_exhaustive()
    }
}
