//! Messages as Go's `encoding/json` writes the generated structures: other names than in protobuf
//! JSON, and numbers of 64 bits as numbers. What the two have the same is left to [`ToJson`](super::ToJson).

use serde_json::Value;

use super::object::{self, Object};
use crate::pb;

/// A graph.
pub fn definition(definition: &pb::Definition) -> Value {
    Object::default()
        .list("def", definition.def.iter().map(|op| object::bytes(op)))
        .map("metadata", definition.metadata.iter().map(|(key, value)| (key, metadata(value))))
        .some("Source", definition.source.as_ref().map(source))
        .build()
}

/// What is known about a vertex.
pub fn metadata(metadata: &pb::OpMetadata) -> Value {
    Object::default()
        .bool("ignore_cache", metadata.ignore_cache)
        .strings("description", &metadata.description)
        .message("export_cache", metadata.export_cache.as_ref())
        .map("caps", metadata.caps.iter().map(|(cap, needed)| (cap, Value::Bool(*needed))))
        .message("progress_group", metadata.progress_group.as_ref())
        .some("linux_resources", metadata.linux_resources.as_ref().map(linux_resources))
        .build()
}

fn linux_resources(limits: &pb::LinuxResources) -> Value {
    Object::default()
        .number("memory", limits.memory)
        .number("memorySwap", limits.memory_swap)
        .number("cpuShares", limits.cpu_shares)
        .number("cpuPeriod", limits.cpu_period)
        .number("cpuQuota", limits.cpu_quota)
        .string("cpusetCpus", &limits.cpuset_cpus)
        .string("cpusetMems", &limits.cpuset_mems)
        .build()
}

fn source(source: &pb::Source) -> Value {
    Object::default()
        .map("locations", super::entries(&source.locations))
        .list("infos", source.infos.iter().map(source_info))
        .build()
}

fn source_info(info: &pb::SourceInfo) -> Value {
    Object::default()
        .string("filename", &info.filename)
        .bytes("data", &info.data)
        .some("definition", info.definition.as_ref().map(definition))
        .string("language", &info.language)
        .build()
}
