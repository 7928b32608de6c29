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
        Object::default()
            .list("def", self.def.iter().map(|op| object::bytes(op)))
            .map("metadata", self.metadata.iter().map(|(key, value)| (key, value.to_json())))
            .message("Source", self.source.as_ref())
            .build()
    }
}

impl ToJson for pb::OpMetadata {
    fn to_json(&self) -> Value {
        Object::default()
            .bool("ignoreCache", self.ignore_cache)
            .strings("description", &self.description)
            .message("exportCache", self.export_cache.as_ref())
            .map("caps", self.caps.iter().map(|(cap, needed)| (cap, Value::Bool(*needed))))
            .message("progressGroup", self.progress_group.as_ref())
            .message("linuxResources", self.linux_resources.as_ref())
            .build()
    }
}

impl ToJson for pb::ExportCache {
    fn to_json(&self) -> Value {
        Object::default().bool("Value", self.value).build()
    }
}

impl ToJson for pb::ProgressGroup {
    fn to_json(&self) -> Value {
        Object::default()
            .string("id", &self.id)
            .string("name", &self.name)
            .bool("weak", self.weak)
            .build()
    }
}

impl ToJson for pb::LinuxResources {
    fn to_json(&self) -> Value {
        Object::default()
            .long("memory", self.memory)
            .long("memorySwap", self.memory_swap)
            .long("cpuShares", self.cpu_shares)
            .long("cpuPeriod", self.cpu_period)
            .long("cpuQuota", self.cpu_quota)
            .string("cpusetCpus", &self.cpuset_cpus)
            .string("cpusetMems", &self.cpuset_mems)
            .build()
    }
}

impl ToJson for pb::Source {
    fn to_json(&self) -> Value {
        Object::default()
            .map("locations", entries(&self.locations))
            .messages("infos", &self.infos)
            .build()
    }
}

impl ToJson for pb::Locations {
    fn to_json(&self) -> Value {
        Object::default().messages("locations", &self.locations).build()
    }
}

impl ToJson for pb::Location {
    fn to_json(&self) -> Value {
        Object::default()
            .number("sourceIndex", self.source_index)
            .messages("ranges", &self.ranges)
            .build()
    }
}

impl ToJson for pb::Range {
    fn to_json(&self) -> Value {
        Object::default()
            .message("start", self.start.as_ref())
            .message("end", self.end.as_ref())
            .build()
    }
}

impl ToJson for pb::Position {
    fn to_json(&self) -> Value {
        Object::default().number("line", self.line).number("character", self.character).build()
    }
}

impl ToJson for pb::SourceInfo {
    fn to_json(&self) -> Value {
        Object::default()
            .string("filename", &self.filename)
            .bytes("data", &self.data)
            .message("definition", self.definition.as_ref())
            .string("language", &self.language)
            .build()
    }
}
