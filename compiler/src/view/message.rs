//! Messages of LLB as Go's `encoding/json` shows the generated structs: fields in their order, under
//! their names in the `.proto` file, without those that are not set, and numbers as numbers.
//!
//! The other form, the JSON mapping of Protocol Buffers, is [`buildkit_proto::json`].

use buildkit_proto::MapEntry;
use buildkit_proto::pb::{
    Definition, ExportCache, LinuxResources, Location, Locations, OpMetadata, Position,
    ProgressGroup, Range, Source, SourceInfo,
};

use super::json::{Json, Object};

/// A graph.
fn definition(definition: &Definition) -> Object {
    let def = definition.def.iter().map(|bytes| Json::bytes(bytes)).collect();
    Object::default()
        .filled("def", Json::Array(def))
        .filled("metadata", Json::map(&definition.metadata, metadata))
        .filled("Source", definition.source.as_ref().map(source))
}

/// What is known about a vertex.
fn metadata(metadata: &OpMetadata) -> Object {
    Object::default()
        .filled("ignore_cache", metadata.ignore_cache)
        .filled("description", Json::map(&metadata.description, |text| Json::from(text.as_str())))
        .filled("export_cache", metadata.export_cache.map(export_cache))
        .filled("caps", Json::map(&metadata.caps, |needed| *needed))
        .filled("progress_group", metadata.progress_group.as_ref().map(progress_group))
        .filled("linux_resources", metadata.linux_resources.as_ref().map(linux_resources))
}

fn export_cache(cache: ExportCache) -> Object {
    Object::default().filled("Value", cache.value)
}

fn progress_group(group: &ProgressGroup) -> Object {
    Object::default()
        .filled("id", group.id.as_str())
        .filled("name", group.name.as_str())
        .filled("weak", group.weak)
}

fn linux_resources(limits: &LinuxResources) -> Object {
    Object::default()
        .filled("memory", Json::number(limits.memory))
        .filled("memorySwap", Json::number(limits.memory_swap))
        .filled("cpuShares", Json::number(limits.cpu_shares))
        .filled("cpuPeriod", Json::number(limits.cpu_period))
        .filled("cpuQuota", Json::number(limits.cpu_quota))
        .filled("cpusetCpus", limits.cpuset_cpus.as_str())
        .filled("cpusetMems", limits.cpuset_mems.as_str())
}

/// Which vertex comes from where.
fn source(source: &Source) -> Object {
    let entries = source
        .locations
        .iter()
        .filter_map(|MapEntry { key, value }| Some((key, locations(value.as_ref()?))));
    Object::default()
        .filled("locations", Json::entries(entries))
        .filled("infos", Json::list(&source.infos, source_info))
}

/// A source file.
pub(super) fn source_info(info: &SourceInfo) -> Object {
    Object::default()
        .filled("filename", info.filename.as_str())
        .filled("data", Json::bytes(&info.data))
        .filled("definition", info.definition.as_ref().map(definition))
        .filled("language", info.language.as_str())
}

fn locations(locations: &Locations) -> Object {
    Object::default().filled("locations", Json::list(&locations.locations, location))
}

/// A place in a source file.
pub(super) fn location(location: &Location) -> Object {
    Object::default()
        .filled("sourceIndex", location.source_index)
        .filled("ranges", Json::list(&location.ranges, range))
}

fn range(range: &Range) -> Object {
    Object::default()
        .filled("start", range.start.map(position))
        .filled("end", range.end.map(position))
}

fn position(position: Position) -> Object {
    Object::default().filled("line", position.line).filled("character", position.character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(object: Object) -> String {
        let text = String::from_utf8(Json::from(object).to_bytes()).unwrap();
        text.split_whitespace().collect()
    }

    #[test]
    fn metadata_has_the_names_of_the_proto_file() {
        let known = OpMetadata {
            ignore_cache: true,
            description: [("b".to_owned(), "<".to_owned()), ("a".to_owned(), String::new())].into(),
            export_cache: Some(ExportCache { value: false }),
            caps: [("cap".to_owned(), true)].into(),
            progress_group: Some(ProgressGroup {
                id: "1".to_owned(),
                name: "n".to_owned(),
                weak: true,
            }),
            linux_resources: Some(LinuxResources {
                memory: 5,
                cpu_shares: 6,
                cpuset_cpus: "0-3".to_owned(),
                ..LinuxResources::default()
            }),
        };
        assert_eq!(
            text(metadata(&known)),
            r#"{"ignore_cache":true,"description":{"a":"","b":"\u003c"},"export_cache":{},"caps":{"cap":true},"progress_group":{"id":"1","name":"n","weak":true},"linux_resources":{"memory":5,"cpuShares":6,"cpusetCpus":"0-3"}}"#,
        );
        assert_eq!(text(metadata(&OpMetadata::default())), "{}");
    }

    #[test]
    fn definitions_keep_the_order_of_their_fields() {
        let at = |line| Some(Position { line, character: 0 });
        let ranges = vec![Range { start: at(2), end: at(3) }];
        let known = Definition {
            def: vec![b"a".to_vec(), Vec::new()],
            metadata: [("sha256:1".to_owned(), OpMetadata::default())].into(),
            source: Some(Source {
                locations: vec![MapEntry::from((
                    "sha256:1".to_owned(),
                    Locations { locations: vec![Location { source_index: 1, ranges }] },
                ))],
                infos: vec![SourceInfo {
                    filename: "Dockerfile".to_owned(),
                    data: b"FROM".to_vec(),
                    definition: Some(Definition::default()),
                    language: "Dockerfile".to_owned(),
                }],
            }),
        };
        assert_eq!(
            text(definition(&known)),
            r#"{"def":["YQ==",""],"metadata":{"sha256:1":{}},"Source":{"locations":{"sha256:1":{"locations":[{"sourceIndex":1,"ranges":[{"start":{"line":2},"end":{"line":3}}]}]}},"infos":[{"filename":"Dockerfile","data":"RlJPTQ==","definition":{},"language":"Dockerfile"}]}}"#,
        );
    }
}
