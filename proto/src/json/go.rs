//! Messages as Go's `encoding/json` writes the generated structures: other names than in protobuf
//! JSON, and numbers of 64 bits as numbers. What the two have the same is left to [`ToJson`](super::ToJson).

use serde_json::Value;

use super::object::{self, Object};
use crate::pb;

/// A graph.
pub fn definition(definition: &pb::Definition) -> Value {
    let pb::Definition { def, metadata, source } = definition;
    Object::default()
        .list("def", def.iter().map(|op| object::bytes(op)))
        .map("metadata", metadata.iter().map(|(key, value)| (key, self::metadata(value))))
        .some("Source", source.as_ref().map(self::source))
        .build()
}

/// What is known about a vertex.
pub fn metadata(metadata: &pb::OpMetadata) -> Value {
    let pb::OpMetadata {
        ignore_cache,
        description,
        export_cache,
        caps,
        progress_group,
        linux_resources,
    } = metadata;
    Object::default()
        .bool("ignore_cache", *ignore_cache)
        .strings("description", description)
        .message("export_cache", export_cache.as_ref())
        .map("caps", caps.iter().map(|(cap, needed)| (cap, Value::Bool(*needed))))
        .message("progress_group", progress_group.as_ref())
        .some("linux_resources", linux_resources.as_ref().map(self::linux_resources))
        .build()
}

fn linux_resources(limits: &pb::LinuxResources) -> Value {
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

fn source(source: &pb::Source) -> Value {
    let pb::Source { locations, infos } = source;
    Object::default()
        .map("locations", super::entries(locations))
        .list("infos", infos.iter().map(source_info))
        .build()
}

fn source_info(info: &pb::SourceInfo) -> Value {
    let pb::SourceInfo { filename, data, definition, language } = info;
    Object::default()
        .string("filename", filename)
        .bytes("data", data)
        .some("definition", definition.as_ref().map(self::definition))
        .string("language", language)
        .build()
}
