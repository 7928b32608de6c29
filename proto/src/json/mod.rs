//! LLB as protobuf JSON: the form that people and tools read; and in [`go`] the other one.
//!
//! The rules are protobuf's: fields with their default value are left out, 64-bit numbers are
//! strings, bytes are base64, enumerations are names.

mod exec;
mod file;
pub mod go;
mod object;
mod vertex;

use std::fmt::Debug;

use prost::Message;
use serde_json::Value;

use self::object::Object;
use crate::{MapEntry, pb};

/// Something that has a form as protobuf JSON.
pub trait ToJson {
    /// The form as protobuf JSON.
    fn to_json(&self) -> Value;
}

/// The entries of a map. One without a value is as if it had an empty one.
fn entries<V: Debug + Default + Message + ToJson>(
    entries: &[MapEntry<V>],
) -> impl Iterator<Item = (&String, Value)> {
    entries.iter().map(|MapEntry { key, value }| {
        let value = value.as_ref().map_or_else(|| V::default().to_json(), V::to_json);
        (key, value)
    })
}

impl ToJson for pb::Definition {
    fn to_json(&self) -> Value {
        let Self { def, metadata, source } = self;
        Object::default()
            .list("def", def.iter().map(|op| object::bytes(op)))
            .map("metadata", metadata.iter().map(|(key, value)| (key, value.to_json())))
            .message("Source", source.as_ref())
            .build()
    }
}

impl ToJson for pb::OpMetadata {
    fn to_json(&self) -> Value {
        let Self { ignore_cache, description, export_cache, caps, progress_group, linux_resources } =
            self;
        Object::default()
            .bool("ignoreCache", *ignore_cache)
            .strings("description", description)
            .message("exportCache", export_cache.as_ref())
            .map("caps", caps.iter().map(|(cap, needed)| (cap, Value::Bool(*needed))))
            .message("progressGroup", progress_group.as_ref())
            .message("linuxResources", linux_resources.as_ref())
            .build()
    }
}

impl ToJson for pb::ExportCache {
    fn to_json(&self) -> Value {
        let Self { value } = self;
        Object::default().bool("Value", *value).build()
    }
}

impl ToJson for pb::ProgressGroup {
    fn to_json(&self) -> Value {
        let Self { id, name, weak } = self;
        Object::default().string("id", id).string("name", name).bool("weak", *weak).build()
    }
}

impl ToJson for pb::LinuxResources {
    fn to_json(&self) -> Value {
        let Self {
            memory,
            memory_swap,
            cpu_shares,
            cpu_period,
            cpu_quota,
            cpuset_cpus,
            cpuset_mems,
        } = self;
        Object::default()
            .long("memory", *memory)
            .long("memorySwap", *memory_swap)
            .long("cpuShares", *cpu_shares)
            .long("cpuPeriod", *cpu_period)
            .long("cpuQuota", *cpu_quota)
            .string("cpusetCpus", cpuset_cpus)
            .string("cpusetMems", cpuset_mems)
            .build()
    }
}

impl ToJson for pb::Source {
    fn to_json(&self) -> Value {
        let Self { locations, infos } = self;
        Object::default().map("locations", entries(locations)).messages("infos", infos).build()
    }
}

impl ToJson for pb::Locations {
    fn to_json(&self) -> Value {
        let Self { locations } = self;
        Object::default().messages("locations", locations).build()
    }
}

impl ToJson for pb::Location {
    fn to_json(&self) -> Value {
        let Self { source_index, ranges } = self;
        Object::default().number("sourceIndex", *source_index).messages("ranges", ranges).build()
    }
}

impl ToJson for pb::Range {
    fn to_json(&self) -> Value {
        let Self { start, end } = self;
        Object::default().message("start", start.as_ref()).message("end", end.as_ref()).build()
    }
}

impl ToJson for pb::Position {
    fn to_json(&self) -> Value {
        let Self { line, character } = self;
        Object::default().number("line", *line).number("character", *character).build()
    }
}

impl ToJson for pb::SourceInfo {
    fn to_json(&self) -> Value {
        let Self { filename, data, definition, language } = self;
        Object::default()
            .string("filename", filename)
            .bytes("data", data)
            .message("definition", definition.as_ref())
            .string("language", language)
            .build()
    }
}
