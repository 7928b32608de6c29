//! What the reference did with a case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What the reference did with a case: a file of the corpus's `expected`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Expected {
    /// The message of the error that the build ended with.
    pub error: Option<String>,
    /// That error's gRPC code.
    pub error_code: i32,
    /// How many details that error had: a stack trace, and one for every source range.
    pub error_details: usize,
    /// Per platform key: the vertices of the returned definition.
    pub refs: BTreeMap<String, Vec<ExpectedVertex>>,
    /// Per platform key: the digest of the vertex that is the result.
    pub heads: BTreeMap<String, String>,
    /// The metadata of the result.
    pub metadata: BTreeMap<String, Value>,
    /// The warnings.
    pub warnings: Vec<ExpectedWarning>,
    /// The image look-ups: `reference|platform`.
    pub resolved: Vec<String>,
    /// The builds forwarded to another frontend.
    pub forwarded: Vec<ExpectedForward>,
    /// How many `Solve` requests there were.
    pub solves: usize,
    /// How many requests there were, beside `Ping`, `Warn` and `Return`.
    pub rpcs: usize,
}

/// A vertex.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExpectedForward {
    /// The frontend.
    pub frontend: String,
    /// The options it gets.
    #[serde(default)]
    pub opts: BTreeMap<String, String>,
}

impl ExpectedVertex {
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
