//! What a gateway saw of a build.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::Duration;

use bollard_buildkit_proto::google::rpc::Status;
use bollard_buildkit_proto::moby::buildkit::v1::frontend::Attestations;
use bollard_buildkit_proto::moby::buildkit::v1::sourcepolicy::Policy;
use bollard_buildkit_proto::pb::Range;
use serde_json::Value;
use tonic::Code;

use super::fault::Rpc;
use crate::graph::Graph;

/// What a gateway saw of a build.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// How often each request came.
    pub requests: BTreeMap<Rpc, usize>,
    /// All requests in the order they came, with the time since the process was started.
    pub timeline: Vec<(Rpc, Duration)>,
    /// How many requests of each kind were in flight at once, at most.
    pub at_once: BTreeMap<Rpc, usize>,
    /// The definitions to evaluate, in the order they came.
    pub solves: Vec<Solved>,
    /// The builds forwarded to another frontend.
    pub forwarded: Vec<Forwarded>,
    /// The image look-ups, in the order they came.
    pub lookups: Vec<Lookup>,
    /// The other sources looked up, in the order they came: identifiers.
    pub sources: Vec<String>,
    /// The files asked for, in the order they came.
    pub files: Vec<Asked>,
    /// The warnings.
    pub warnings: Vec<Warning>,
    /// What the build ended with.
    pub outcome: Option<Outcome>,
    /// How the process ended; None if it had to be killed.
    pub exit: Option<ExitStatus>,
    /// How long the process went on after the client was gone, where that happened.
    pub outlived_client: Option<Duration>,
    /// Requests without an answer after the process ended and the connection with it.
    pub outstanding: usize,
    /// What the process said to its log.
    pub stderr: String,
}

/// A definition that was evaluated.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The ref that was answered: empty for the empty definition.
    pub id: String,
    /// The definition; None if it can't be read.
    pub graph: Option<Graph>,
    /// Whether the result was wanted at once.
    pub evaluate: bool,
    /// The types and attributes of the caches to import from.
    pub cache_imports: Vec<(String, BTreeMap<String, String>)>,
    /// The source policies that came along.
    pub source_policies: Vec<Policy>,
}

/// A build forwarded to another frontend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The frontend.
    pub frontend: String,
    /// The options it gets.
    pub opts: BTreeMap<String, String>,
    /// The names of the inputs it gets.
    pub inputs: Vec<String>,
}

/// A look-up of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The request it came by.
    pub rpc: Rpc,
    /// The reference, without a scheme.
    pub reference: String,
    /// The platform wanted: `os/arch[/variant]`.
    pub platform: String,
    /// The way to resolve: `default`, `pull` or `local`.
    pub mode: String,
    /// The line that progress shows.
    pub log_name: String,
}

/// A file or directory that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How it was.
    pub rpc: Rpc,
    /// Of which ref.
    pub id: String,
    /// Its path.
    pub path: String,
    /// The first byte wanted and how many, where not all.
    pub range: Option<(i64, i64)>,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// One line.
    pub short: String,
    /// More of them.
    pub detail: Vec<String>,
    /// Where to read about it.
    pub url: String,
    /// How grave it is.
    pub level: i64,
    /// The vertex that it belongs to.
    pub digest: String,
    /// Where it is in the source: `line:col-line:col`.
    pub ranges: Vec<String>,
    /// The name of the source file.
    pub file: Option<String>,
}

/// What a build ended with.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A result.
    Result(Returned),
    /// An error.
    Error(Status),
}

/// The result of a build.
#[derive(Clone, Debug, Default)]
pub struct Returned {
    /// The ids of its refs by platform; the key of a single one is empty.
    pub ids: BTreeMap<String, String>,
    /// The graphs of its refs, by platform; the key of a single one is empty. The empty file system has none.
    pub graphs: BTreeMap<String, Graph>,
    /// What is known about it.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Attestations, by platform.
    pub attestations: BTreeMap<String, Attestations>,
}

impl Recording {
    /// How often a request came.
    pub fn count(&self, rpc: Rpc) -> usize {
        self.requests.get(&rpc).copied().unwrap_or_default()
    }

    /// How many requests came, of the kinds that the corpus counts.
    pub fn counted(&self) -> usize {
        self.requests.iter().filter(|(rpc, _)| rpc.is_counted()).map(|(_, count)| count).sum()
    }

    /// The image look-ups as `reference|platform`, sorted.
    pub fn resolved(&self) -> Vec<String> {
        let mut resolved: Vec<String> = self
            .lookups
            .iter()
            .map(|lookup| format!("{}|{}", lookup.reference, lookup.platform))
            .collect();
        resolved.sort();
        resolved
    }

    /// Whether the process ended by itself.
    pub fn has_ended(&self) -> bool {
        self.exit.is_some()
    }

    /// The process's exit code, if it ended by itself and not by a signal.
    pub fn exit_code(&self) -> Option<i32> {
        self.exit.and_then(|exit| exit.code())
    }

    /// The result, if the build ended with one.
    pub fn result(&self) -> Option<&Returned> {
        match &self.outcome {
            Some(Outcome::Result(result)) => Some(result),
            _ => None,
        }
    }

    /// The error, if the build ended with one.
    pub fn error(&self) -> Option<&Status> {
        match &self.outcome {
            Some(Outcome::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// The error's code, if the build ended with one.
    pub fn error_code(&self) -> Option<Code> {
        self.error().map(|error| Code::from(error.code))
    }

    /// The details of the error whose type ends in `name`, as the JSON that they are.
    pub fn error_details(&self, name: &str) -> Vec<Value> {
        let details = self.error().into_iter().flat_map(|error| &error.details);
        details
            .filter(|detail| detail.type_url.ends_with(name))
            .map(|detail| {
                serde_json::from_slice(&detail.value).unwrap_or_else(|error| {
                    Value::String(format!("the detail is no JSON: {error}"))
                })
            })
            .collect()
    }

    /// The lines that the error is about (counting from 1, both ends included), as its details say.
    pub fn error_lines(&self) -> Vec<(i64, i64)> {
        let line = |range: &Value, end: &str| range[end]["line"].as_i64().unwrap_or_default();
        self.error_details("errdefs.Source+json")
            .iter()
            .filter_map(|source| source["ranges"].as_array())
            .flatten()
            .map(|range| (line(range, "start"), line(range, "end")))
            .collect()
    }

    /// All that the process said in words: the error that it returned and its log.
    pub fn words(&self) -> String {
        let error = self.error().map(|error| error.message.as_str()).unwrap_or_default();
        format!("{error}\n{}", self.stderr)
    }
}

impl Returned {
    /// The graph of a single result.
    pub fn graph(&self) -> Option<&Graph> {
        self.graphs.get("")
    }

    /// A value of the metadata as JSON, or as a string where it isn't that.
    pub fn json(&self, key: &str) -> Option<Value> {
        let bytes = self.metadata.get(key)?;
        let text = || Value::String(String::from_utf8_lossy(bytes).into_owned());
        Some(serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
    }
}

impl Warning {
    /// The rule that it is of.
    pub fn rule(&self) -> &str {
        self.short.split(':').next().unwrap_or_default()
    }
}

/// A range as `line:col-line:col`.
pub(super) fn range_text(range: &Range) -> String {
    let (start, end) = (range.start.unwrap_or_default(), range.end.unwrap_or_default());
    format!("{}:{}-{}:{}", start.line, start.character, end.line, end.character)
}
