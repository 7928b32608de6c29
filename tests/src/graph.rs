//! Definitions as graphs of vertices, and vertices as protobuf JSON.

mod json;

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use buildkit_proto::MapEntry;
use buildkit_proto::pb::{Definition, Op, OpMetadata, Source, op};
use prost::Message;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A definition, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Its vertices in their order, without the last one, which only names the result.
    pub vertices: Vec<Vertex>,
    /// The digest of the vertex that is the result. None in the empty definition, which is the empty file system.
    pub head: Option<String>,
    /// Which vertex comes from where in which source file.
    pub source: Option<Source>,
}

/// A vertex of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// The digest of its bytes (`sha256:…`).
    pub digest: String,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// What they mean.
    pub op: Op,
    /// What is known about it beside its digest.
    pub metadata: OpMetadata,
}

impl Graph {
    /// Takes a definition apart. The error says which vertex can't be read, or would bring a
    /// daemon down.
    pub fn new(definition: &Definition) -> Result<Self, String> {
        let mut graph = Self { source: definition.source.clone(), ..Self::default() };
        let locations = definition.source.iter().flat_map(|source| &source.locations);
        if let Some(entry) = locations.into_iter().find(|entry| entry.value.is_none()) {
            return Err(format!("vertex {}: its locations are nil to a daemon", entry.key));
        }
        for bytes in &definition.def {
            let digest = format!("sha256:{:x}", Sha256::digest(bytes));
            let op = Op::decode(bytes.as_slice())
                .map_err(|error| format!("vertex {digest}: {error}"))?;
            let metadata = definition.metadata.get(&digest).cloned().unwrap_or_default();
            graph.vertices.push(Vertex { digest, bytes: bytes.clone(), op, metadata });
        }
        if let Some(last) = graph.vertices.pop_if(|last| last.op.op.is_none()) {
            graph.head = last.op.inputs.first().map(|input| input.digest.clone());
        }
        Ok(graph)
    }

    /// The vertex with a digest.
    pub fn vertex(&self, digest: &str) -> Option<&Vertex> {
        self.vertices.iter().find(|vertex| vertex.digest == digest)
    }

    /// The names of the steps, in order.
    pub fn names(&self) -> Vec<&str> {
        self.vertices.iter().filter_map(Vertex::name).collect()
    }

    /// The identifiers of the sources, in order.
    pub fn sources(&self) -> Vec<&str> {
        self.vertices.iter().filter_map(Vertex::source).collect()
    }

    /// The lines of the source file (counting from 1, both ends included) that each vertex comes from, by digest.
    pub fn lines(&self) -> BTreeMap<&str, Vec<(i32, i32)>> {
        let locations = self.source.iter().flat_map(|source| &source.locations);
        locations
            .map(|MapEntry { key: digest, value: locations }| {
                let locations = locations.iter().flat_map(|locations| &locations.locations);
                let ranges = locations.flat_map(|location| &location.ranges);
                let lines = ranges.map(|range| {
                    (range.start.map_or(0, |at| at.line), range.end.map_or(0, |at| at.line))
                });
                (digest.as_str(), lines.collect())
            })
            .collect()
    }
}

impl Vertex {
    /// The name of the step, as progress shows it.
    pub fn name(&self) -> Option<&str> {
        self.metadata.description.get("llb.customname").map(String::as_str)
    }

    /// The identifier of the source, if it is one.
    pub fn source(&self) -> Option<&str> {
        match &self.op.op {
            Some(op::Op::Source(source)) => Some(&source.identifier),
            _ => None,
        }
    }

    /// The arguments of the command, if it runs one.
    pub fn args(&self) -> Option<&[String]> {
        match &self.op.op {
            Some(op::Op::Exec(exec)) => exec.meta.as_ref().map(|meta| meta.args.as_slice()),
            _ => None,
        }
    }

    /// The vertex as protobuf JSON, the way the corpus has it.
    pub fn json(&self) -> Value {
        json::op(&self.op)
    }

    /// The vertex's metadata as protobuf JSON, the way the corpus has it.
    pub fn metadata_json(&self) -> Value {
        json::metadata(&self.metadata)
    }

    /// The bytes, for two vertices that differ and mean the same.
    pub fn base64(&self) -> Value {
        json!(BASE64_STANDARD.encode(&self.bytes))
    }
}
