//! Messages as Go's `encoding/json` writes the generated structures: fields in their order, under their names in the
//! `.proto` file, without those that are not set, and numbers of 64 bits as numbers. Protobuf JSON is
//! [`ToJson`](super::ToJson).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Number, Value};

use crate::MapEntry;
use crate::pb;

/// A value, with the fields of objects in Go's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// Names and values, in this order.
    Object(Vec<(String, Self)>),
}

impl Json {
    fn bytes(bytes: &[u8]) -> Self {
        Self::String(BASE64.encode(bytes))
    }

    fn list<T>(items: &[T], show: fn(&T) -> Self) -> Self {
        Self::Array(items.iter().map(show).collect())
    }
}

/// The value for whom the order of fields doesn't matter.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => Self::Number(number),
            Json::String(text) => Self::String(text),
            Json::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Json::Object(fields) => {
                let mut object = Map::new();
                for (name, value) in fields {
                    object.insert(name, value.into());
                }
                Self::Object(object)
            }
        }
    }
}

/// A structure. Fields that are false, zero or without elements are left out, as by Go's `omitempty`.
#[derive(Default)]
struct Object(Vec<(String, Json)>);

impl Object {
    fn add(mut self, name: &str, is_set: bool, value: impl FnOnce() -> Json) -> Self {
        if is_set {
            self.0.push((name.to_owned(), value()));
        }
        self
    }

    fn bool(self, name: &str, value: bool) -> Self {
        self.add(name, value, || Json::Bool(true))
    }

    fn number<N: Into<Number> + Default + PartialEq>(self, name: &str, number: N) -> Self {
        self.add(name, number != N::default(), || Json::Number(number.into()))
    }

    fn string(self, name: &str, text: &str) -> Self {
        self.add(name, !text.is_empty(), || Json::String(text.to_owned()))
    }

    fn list<T>(self, name: &str, items: &[T], show: fn(&T) -> Json) -> Self {
        self.add(name, !items.is_empty(), || Json::list(items, show))
    }

    fn map<'a>(self, name: &str, entries: impl Iterator<Item = (&'a String, Json)>) -> Self {
        let fields: Vec<_> = entries.map(|(key, value)| (key.clone(), value)).collect();
        self.add(name, !fields.is_empty(), || Json::Object(fields))
    }

    /// A structure within it, which is there even if nothing in it is set.
    fn some<T>(mut self, name: &str, value: Option<&T>, show: fn(&T) -> Json) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), show(value))));
        self
    }

    fn build(self) -> Json {
        Json::Object(self.0)
    }
}

/// A graph.
pub fn definition(definition: &pb::Definition) -> Json {
    let pb::Definition { def, metadata, source } = definition;
    Object::default()
        .list("def", def, |op| Json::bytes(op))
        .map("metadata", metadata.iter().map(|(key, value)| (key, self::metadata(value))))
        .some("Source", source.as_ref(), self::source)
        .build()
}

/// What is known about a vertex.
pub fn metadata(metadata: &pb::OpMetadata) -> Json {
    let pb::OpMetadata {
        ignore_cache,
        description,
        export_cache,
        caps,
        progress_group,
        linux_resources,
    } = metadata;
    let description = description.iter().map(|(key, text)| (key, Json::String(text.clone())));
    Object::default()
        .bool("ignore_cache", *ignore_cache)
        .map("description", description)
        .some("export_cache", export_cache.as_ref(), self::export_cache)
        .map("caps", caps.iter().map(|(cap, needed)| (cap, Json::Bool(*needed))))
        .some("progress_group", progress_group.as_ref(), self::progress_group)
        .some("linux_resources", linux_resources.as_ref(), self::linux_resources)
        .build()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "shown as all others are")]
fn export_cache(cache: &pb::ExportCache) -> Json {
    let pb::ExportCache { value } = cache;
    Object::default().bool("Value", *value).build()
}

fn progress_group(group: &pb::ProgressGroup) -> Json {
    let pb::ProgressGroup { id, name, weak } = group;
    Object::default().string("id", id).string("name", name).bool("weak", *weak).build()
}

fn linux_resources(limits: &pb::LinuxResources) -> Json {
    let pb::LinuxResources {
        memory,
        memory_swap,
        cpu_shares,
        cpu_period,
        cpu_quota,
        cpuset_cpus,
        cpuset_mems,
    } = limits;
    Object::default()
        .number("memory", *memory)
        .number("memorySwap", *memory_swap)
        .number("cpuShares", *cpu_shares)
        .number("cpuPeriod", *cpu_period)
        .number("cpuQuota", *cpu_quota)
        .string("cpusetCpus", cpuset_cpus)
        .string("cpusetMems", cpuset_mems)
        .build()
}

/// Which vertex comes from where.
fn source(source: &pb::Source) -> Json {
    let pb::Source { locations, infos } = source;
    let entries = locations.iter().map(|MapEntry { key, value }| {
        (key, value.as_ref().map_or_else(|| Object::default().build(), self::locations))
    });
    Object::default().map("locations", entries).list("infos", infos, source_info).build()
}

/// A source file.
pub fn source_info(info: &pb::SourceInfo) -> Json {
    let pb::SourceInfo { filename, data, definition, language } = info;
    Object::default()
        .string("filename", filename)
        .add("data", !data.is_empty(), || Json::bytes(data))
        .some("definition", definition.as_ref(), self::definition)
        .string("language", language)
        .build()
}

fn locations(locations: &pb::Locations) -> Json {
    let pb::Locations { locations } = locations;
    Object::default().list("locations", locations, location).build()
}

/// A place in a source file.
pub fn location(location: &pb::Location) -> Json {
    let pb::Location { source_index, ranges } = location;
    Object::default().number("sourceIndex", *source_index).list("ranges", ranges, range).build()
}

fn range(range: &pb::Range) -> Json {
    let pb::Range { start, end } = range;
    Object::default()
        .some("start", start.as_ref(), position)
        .some("end", end.as_ref(), position)
        .build()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "shown as all others are")]
fn position(position: &pb::Position) -> Json {
    let pb::Position { line, character } = position;
    Object::default().number("line", *line).number("character", *character).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value in one line, its strings without escapes.
    fn text(json: &Json) -> String {
        let all = |texts: Vec<String>| texts.join(",");
        match json {
            Json::Bool(value) => value.to_string(),
            Json::Number(number) => number.to_string(),
            Json::String(text) => format!("\"{text}\""),
            Json::Array(items) => format!("[{}]", all(items.iter().map(text).collect())),
            Json::Object(fields) => {
                let field = |(name, value): &(String, Json)| format!("\"{name}\":{}", text(value));
                format!("{{{}}}", all(fields.iter().map(field).collect()))
            }
        }
    }

    #[test]
    fn metadata_has_the_names_of_the_proto_file() {
        let known = pb::OpMetadata {
            ignore_cache: true,
            description: [("b".to_owned(), "<".to_owned()), ("a".to_owned(), String::new())].into(),
            export_cache: Some(pb::ExportCache { value: false }),
            caps: [("cap".to_owned(), true)].into(),
            progress_group: Some(pb::ProgressGroup {
                id: "1".to_owned(),
                name: "n".to_owned(),
                weak: true,
            }),
            linux_resources: Some(pb::LinuxResources {
                memory: 5,
                cpu_shares: 6,
                cpuset_cpus: "0-3".to_owned(),
                ..pb::LinuxResources::default()
            }),
        };
        assert_eq!(
            text(&metadata(&known)),
            r#"{"ignore_cache":true,"description":{"a":"","b":"<"},"export_cache":{},"caps":{"cap":true},"progress_group":{"id":"1","name":"n","weak":true},"linux_resources":{"memory":5,"cpuShares":6,"cpusetCpus":"0-3"}}"#,
        );
        assert_eq!(text(&metadata(&pb::OpMetadata::default())), "{}");
    }

    #[test]
    fn definitions_keep_the_order_of_their_fields() {
        let at = |line| Some(pb::Position { line, character: 0 });
        let ranges = vec![pb::Range { start: at(2), end: at(3) }];
        let known = pb::Definition {
            def: vec![b"a".to_vec(), Vec::new()],
            metadata: [("sha256:1".to_owned(), pb::OpMetadata::default())].into(),
            source: Some(pb::Source {
                locations: vec![MapEntry::from((
                    "sha256:1".to_owned(),
                    pb::Locations { locations: vec![pb::Location { source_index: 1, ranges }] },
                ))],
                infos: vec![pb::SourceInfo {
                    filename: "Dockerfile".to_owned(),
                    data: b"FROM".to_vec(),
                    definition: Some(pb::Definition::default()),
                    language: "Dockerfile".to_owned(),
                }],
            }),
        };
        let expected = r#"{"def":["YQ==",""],"metadata":{"sha256:1":{}},"Source":{"locations":{"sha256:1":{"locations":[{"sourceIndex":1,"ranges":[{"start":{"line":2},"end":{"line":3}}]}]}},"infos":[{"filename":"Dockerfile","data":"RlJPTQ==","definition":{},"language":"Dockerfile"}]}}"#;
        assert_eq!(text(&definition(&known)), expected);
        let value: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(Value::from(definition(&known)), value);
    }
}
