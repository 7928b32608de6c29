//! Progress records of a build, as `docker buildx build --progress=rawjson` prints them.
//!
//! What a build did is read from these records and never from words in a log: a vertex that ran has a completion
//! without `cached`, a vertex that was reused has `cached`, and a vertex that wasn't reached has neither.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write as _,
};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

/// One vertex, as far as the records told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vertex {
    /// What the frontend called it, such as `[kiro 2/4] COPY --from=builder /build/agentd /usr/local/bin/agentd`.
    pub name: String,
    /// Digests of the vertices that it takes from; none for sources and for the engine's own work.
    pub inputs: Vec<String>,
    /// It was started.
    pub started: bool,
    /// It was completed, by whatever means.
    pub completed: bool,
    /// The engine took its result from the cache.
    pub cached: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// What kind of work a vertex is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A process: `RUN`.
    Exec,
    /// A change to files: `COPY`, `ADD`, `WORKDIR`.
    File,
    /// Something read from outside: an image, a context.
    Source,
    /// The engine's and the frontend's own work: loading definitions, looking images up, verifying what an alias
    /// leads to, exporting.
    Internal,
}

impl Vertex {
    /// Ran here and now, to its end.
    pub fn executed(&self) -> bool {
        self.completed && !self.cached && self.error.is_none()
    }

    /// What kind of work this is. Only steps of a stage have inputs; the name tells processes from copies.
    pub fn kind(&self) -> Kind {
        let step = self.name.split_once("] ").map_or("", |(_, step)| step);
        let word = step.split_whitespace().next().unwrap_or_default();
        if word == "verify" {
            Kind::Internal
        } else if !self.inputs.is_empty() {
            if word.eq_ignore_ascii_case("RUN") { Kind::Exec } else { Kind::File }
        } else if word.eq_ignore_ascii_case("RUN") {
            // A process on an empty base has nothing to take from.
            Kind::Exec
        } else if ["COPY", "ADD", "WORKDIR"].iter().any(|file| word.eq_ignore_ascii_case(file)) {
            Kind::File
        } else if word == "FROM" || self.name.contains("context ") && !step.starts_with("load ") {
            Kind::Source
        } else {
            Kind::Internal
        }
    }

    /// A process that runs cargo.
    pub fn is_cargo(&self) -> bool {
        self.kind() == Kind::Exec
            && self
                .name
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                .any(|word| word == "cargo")
    }
}

/// How a build's steps (processes and changes to files) went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps that ran.
    pub executed: usize,
    /// Steps that were taken from the cache.
    pub cached: usize,
    /// Those that ran and are processes with cargo in them.
    pub cargo: usize,
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    vertexes: Vec<VertexRecord>,
    #[serde(default)]
    warnings: Vec<WarningRecord>,
    #[serde(default)]
    statuses: Vec<StatusRecord>,
}

#[derive(Deserialize)]
struct WarningRecord {
    /// What it says, in base64.
    #[serde(default)]
    short: String,
}

/// How far a part of a vertex's work is.
#[derive(Deserialize)]
struct StatusRecord {
    /// The part: the digest of a blob that is pulled, among others.
    #[serde(default)]
    id: String,
    /// How many of its bytes are done.
    #[serde(default)]
    current: u64,
}

/// What the digests of blobs start with.
const BLOB: &str = "sha256:";

#[derive(Deserialize)]
struct VertexRecord {
    digest: String,
    #[serde(default)]
    inputs: Vec<String>,
    #[serde(default)]
    name: String,
    started: Option<String>,
    completed: Option<String>,
    #[serde(default)]
    cached: bool,
    #[serde(default)]
    error: String,
}

/// All records of one build.
#[derive(Debug, Default)]
pub struct Progress {
    vertices: BTreeMap<String, Vertex>,
    warnings: Vec<String>,
    blobs: BTreeMap<String, u64>,
    messages: String,
    open: String,
}

impl Progress {
    /// Reads a whole output.
    pub fn read(output: &str) -> Self {
        let mut progress = Self::default();
        for line in output.lines() {
            progress.push_line(line);
        }
        progress
    }

    /// Reads one more line of output, and says which vertices it completed.
    ///
    /// A record is one line, or, from older clients, indented over several. Lines that belong to no record are the
    /// client's own messages.
    pub fn push_line(&mut self, line: &str) -> Vec<Vertex> {
        if self.open.is_empty() && !line.starts_with('{') {
            let _ = writeln!(self.messages, "{line}");
            return Vec::new();
        }
        self.open.push_str(line);
        self.open.push('\n');
        if !line.ends_with('}') || line.starts_with(' ') {
            return Vec::new();
        }
        let text = std::mem::take(&mut self.open);
        if let Ok(record) = serde_json::from_str::<Record>(&text) {
            let texts =
                record.warnings.iter().filter_map(|warning| BASE64.decode(&warning.short).ok());
            self.warnings.extend(texts.map(|text| String::from_utf8_lossy(&text).into_owned()));
            for status in record.statuses.into_iter().filter(|status| status.id.starts_with(BLOB)) {
                let pulled = self.blobs.entry(status.id).or_default();
                *pulled = status.current.max(*pulled);
            }
            record.vertexes.into_iter().filter_map(|vertex| self.merge(vertex)).collect()
        } else {
            self.messages.push_str(&text);
            Vec::new()
        }
    }

    fn merge(&mut self, record: VertexRecord) -> Option<Vertex> {
        let vertex = match self.vertices.entry(record.digest) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Vertex::default()),
        };
        let before = vertex.completed;
        if !record.name.is_empty() {
            vertex.name = record.name;
        }
        if !record.inputs.is_empty() {
            vertex.inputs = record.inputs;
        }
        // Several targets of one client report the same vertex. Whatever it was when it was completed first, it is:
        // whoever ran it completed it before anybody could take it from the cache, and old engines report what
        // was cached for one target as completed, and no more, for another.
        if !before {
            vertex.cached = record.cached;
        }
        vertex.started |= record.started.is_some();
        vertex.completed |= record.completed.is_some();
        if !record.error.is_empty() {
            vertex.error = Some(record.error);
        }
        (vertex.completed && !before).then(|| vertex.clone())
    }

    /// Every vertex that was announced, by digest.
    pub fn vertices(&self) -> &BTreeMap<String, Vertex> {
        &self.vertices
    }

    /// The steps: processes and changes to files.
    pub fn steps(&self) -> impl Iterator<Item = &Vertex> {
        self.vertices.values().filter(|vertex| matches!(vertex.kind(), Kind::Exec | Kind::File))
    }

    /// How the steps went.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in self.steps() {
            counts.executed += usize::from(step.executed());
            counts.cached += usize::from(step.cached);
            counts.cargo += usize::from(step.executed() && step.is_cargo());
        }
        counts
    }

    /// How many bytes of images were pulled: of layers, without the manifests and configs that name them.
    pub fn pulled(&self) -> u64 {
        self.blobs.values().sum()
    }

    /// What the build warned of.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What the client said beside its records: its closing error, for one.
    pub fn messages(&self) -> &str {
        &self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_LINE: &str = r#"{"vertexes":[{"digest":"sha256:a","name":"[internal] load build definition","started":"t","completed":"t"}]}
{"vertexes":[{"digest":"sha256:b","inputs":["sha256:c"],"name":"[local_builder 7/8] RUN cargo build","started":"t"}],"logs":[{"vertex":"sha256:b","data":"fQ=="}]}
{"vertexes":[{"digest":"sha256:b","inputs":["sha256:c"],"name":"[local_builder 7/8] RUN cargo build","started":"t","completed":"t"}]}
{"warnings":[{"vertex":"sha256:a","level":1,"short":"QWxpYXNMZWFr"}]}
{"vertexes":[{"digest":"sha256:d","inputs":["sha256:b"],"name":"[kiro 1/2] COPY --from=builder /a /a","started":"t","completed":"t","cached":true}]}
ERROR: something in words
"#;

    #[test]
    fn records_add_up() {
        let progress = Progress::read(ONE_LINE);
        assert_eq!(progress.counts(), Counts { executed: 1, cached: 1, cargo: 1 });
        assert_eq!(progress.messages(), "ERROR: something in words\n");
        assert_eq!(progress.warnings(), ["AliasLeak"]);
        assert_eq!(progress.vertices().len(), 3);
    }

    #[test]
    fn what_is_pulled_adds_up() {
        let status = |vertex: &str, id: &str, current: u64| {
            let status =
                serde_json::json!({"id": id, "vertex": vertex, "total": 40, "current": current});
            serde_json::json!({"statuses": [status]}).to_string() + "\n"
        };
        let records = [
            status("sha256:a", "resolve localhost:5000/a@sha256:1", 0),
            status("sha256:a", "sha256:1", 10),
            status("sha256:a", "sha256:1", 40),
            status("sha256:a", "sha256:2", 2),
            // The same blob for another image is pulled once.
            status("sha256:b", "sha256:2", 2),
            status("sha256:a", "extracting sha256:1", 0),
            status("sha256:c", "pushing layers", 7),
            status("sha256:c", "transferring context:", 5),
        ];
        assert_eq!(Progress::read(&records.concat()).pulled(), 42);
        assert_eq!(Progress::read(ONE_LINE).pulled(), 0);
    }

    #[test]
    fn indented_records_read_the_same() {
        let indented: String = ONE_LINE
            .lines()
            .map(|line| match serde_json::from_str::<serde_json::Value>(line) {
                Ok(value) => serde_json::to_string_pretty(&value).unwrap() + "\n",
                Err(_) => format!("{line}\n"),
            })
            .collect();
        let (one, many) = (Progress::read(ONE_LINE), Progress::read(&indented));
        assert_eq!(one.vertices(), many.vertices());
        assert_eq!(one.messages(), many.messages());
        assert_eq!(one.warnings(), many.warnings());
    }

    #[test]
    fn kinds_are_told_by_name_and_inputs() {
        let kind = |name: &str, inputs: &[&str]| {
            let inputs = inputs.iter().map(ToString::to_string).collect();
            Vertex { name: name.into(), inputs, ..Vertex::default() }.kind()
        };
        assert_eq!(kind("[linux/amd64 a 2/3] RUN true", &["x"]), Kind::Exec);
        assert_eq!(kind("[a 1/3] WORKDIR /b", &[]), Kind::File);
        assert_eq!(kind("[a 1/3] FROM docker.io/library/debian", &[]), Kind::Source);
        assert_eq!(kind("[context debian] localhost:5000/base/debian", &[]), Kind::Source);
        assert_eq!(
            kind("[context debian] load metadata for localhost:5000/base/debian", &[]),
            Kind::Internal
        );
        assert_eq!(kind("[alias builder] verify localhost:5000/builder", &["x"]), Kind::Internal);
        assert_eq!(kind("exporting to image", &[]), Kind::Internal);
    }

    #[test]
    fn cargo_is_a_word() {
        let run = |text: &str| {
            Vertex { name: format!("[a 1/1] RUN {text}"), ..Vertex::default() }.is_cargo()
        };
        assert!(run("--mount=type=cache,target=/x cd /x && cargo build"));
        assert!(!run("install cargo-like-thing"));
    }

    #[test]
    fn a_vertex_that_ran_stays_so() {
        let progress = Progress::read(
            r#"{"vertexes":[{"digest":"a","inputs":["b"],"name":"[a 1/1] RUN x","started":"t","completed":"t"}]}
{"vertexes":[{"digest":"a","inputs":["b"],"name":"[a 1/1] RUN x","started":"t","completed":"t","cached":true}]}"#,
        );
        assert_eq!(progress.counts(), Counts { executed: 1, cached: 0, cargo: 0 });
    }

    #[test]
    fn a_vertex_that_was_cached_stays_so() {
        let progress = Progress::read(
            r#"{"vertexes":[{"digest":"a","inputs":["b"],"name":"[a 1/1] RUN x","started":"t","completed":"t","cached":true}]}
{"vertexes":[{"digest":"a","inputs":["b"],"name":"[a 1/1] RUN x","started":"t","completed":"t"}]}"#,
        );
        assert_eq!(progress.counts(), Counts { executed: 0, cached: 1, cargo: 0 });
    }
}
