//! What the reference did with a case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::gateway::{Recording, Returned, Rpc};
use crate::graph::Vertex;

/// What the reference did with a case: a file of the corpus's `expected`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Expected {
    /// The message of the error that the build ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// That error's gRPC code.
    #[serde(skip_serializing_if = "is_zero")]
    pub error_code: i32,
    /// How many details that error had: a stack trace, and one for every source range.
    #[serde(skip_serializing_if = "is_zero")]
    pub error_details: usize,
    /// The lines that the error is about, from 1 on and both ends included; recordings of old don't have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_lines: Option<Vec<(i64, i64)>>,
    /// Per platform key: the vertices of the returned definition.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refs: BTreeMap<String, Vec<ExpectedVertex>>,
    /// Per platform key: the digest of the vertex that is the result.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub heads: BTreeMap<String, String>,
    /// The metadata of the result.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
    /// The warnings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ExpectedWarning>,
    /// The image look-ups: `reference|platform`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolved: Vec<String>,
    /// The builds forwarded to another frontend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forwarded: Vec<ExpectedForward>,
    /// How many `Solve` requests there were.
    pub solves: usize,
    /// How many requests there were, beside `Ping`, `Warn` and `Return`.
    pub rpcs: usize,
}

/// A vertex.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ExpectedVertex {
    /// Its digest.
    pub digest: String,
    /// The vertex as protobuf JSON.
    pub op: Value,
    /// Its metadata as protobuf JSON.
    #[serde(default)]
    pub meta: Value,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExpectedWarning {
    /// One line.
    pub short: String,
    /// More of them.
    #[serde(default)]
    pub detail: Vec<String>,
    /// Where to read about it.
    #[serde(default)]
    pub url: String,
    /// How grave it is.
    #[serde(default)]
    pub level: i64,
    /// Where it is: `line:col-line:col`.
    #[serde(default)]
    pub ranges: Vec<String>,
}

/// A build forwarded to another frontend.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ExpectedForward {
    /// The frontend.
    pub frontend: String,
    /// The options it gets.
    #[serde(default)]
    pub opts: BTreeMap<String, String>,
}

impl Expected {
    /// What a frontend did, as the corpus has it.
    pub fn of(recording: &Recording) -> Self {
        let error = recording.error();
        let mut expected = Self {
            error: error.map(|error| error.message.clone()),
            error_code: error.map_or(0, |error| error.code),
            error_details: error.map_or(0, |error| error.details.len()),
            error_lines: error.map(|_| recording.error_lines()),
            resolved: recording.resolved(),
            solves: recording.count(Rpc::Solve),
            rpcs: recording.counted(),
            ..Self::default()
        };
        expected.warnings = recording
            .warnings
            .iter()
            .map(|warning| ExpectedWarning {
                short: warning.short.clone(),
                detail: warning.detail.clone(),
                url: warning.url.clone(),
                level: warning.level,
                ranges: warning.ranges.clone(),
            })
            .collect();
        expected.forwarded = recording
            .forwarded
            .iter()
            .map(|to| ExpectedForward { frontend: to.frontend.clone(), opts: to.opts.clone() })
            .collect();
        if let Some(result) = recording.result() {
            expected.add_result(result);
        }
        expected
    }

    fn add_result(&mut self, result: &Returned) {
        let json = |key: &String| Some((key.clone(), result.json(key)?));
        self.metadata = result.metadata.keys().filter_map(json).collect();
        for (key, graph) in &result.graphs {
            self.refs.insert(key.clone(), graph.vertices.iter().map(ExpectedVertex::of).collect());
            self.heads.extend(graph.head.iter().map(|head| (key.clone(), head.clone())));
        }
    }
}

impl ExpectedVertex {
    fn of(vertex: &Vertex) -> Self {
        let mut meta = vertex.metadata_json();
        // The ids of groups are drawn by lot.
        if let Some(group) = meta.pointer_mut("/progressGroup").and_then(Value::as_object_mut) {
            group.remove("id");
        }
        Self { digest: vertex.digest.clone(), op: vertex.json(), meta }
    }

    /// The digests of its inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        let inputs = self.op["inputs"].as_array().into_iter().flatten();
        inputs.filter_map(|input| input["digest"].as_str())
    }

    /// The name of the step, as progress shows it.
    pub fn name(&self) -> Option<&str> {
        self.meta["description"]["llb.customname"].as_str()
    }
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}
