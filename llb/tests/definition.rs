//! Definitions: what is in them, in which order, and what is said about their vertices.

use buildkit_llb::{
    CapSet, Copy, Diff, Digest, Env, Exec, File, Graph, InvalidDefinition, LinuxResources, Local,
    Merge, Mkdir, Mount, Output, Passthrough, Platform, ProgressGroup, Range, Source,
    SourceLocation, SourceMap, VertexOptions,
};
use buildkit_proto::{caps, pb};
use prost::Message;
use serde_json::Value;

fn linux() -> Platform {
    Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() }
}

/// A graph for a daemon that can do everything.
fn graph() -> Graph {
    Graph::new(linux()).with_caps(CapSet::of(caps::LLB.iter().map(|cap| cap.id)))
}

fn image(graph: &mut Graph, name: &str) -> Output {
    graph.add(Source::image(name), VertexOptions::named(name))
}

fn ops(definition: &buildkit_llb::Definition) -> Vec<pb::Op> {
    definition.def.iter().map(|bytes| pb::Op::decode(bytes.as_slice()).unwrap()).collect()
}

/// The request `frontend.convertllb`, whose answer is recorded: a Dockerfile of two stages.
#[test]
fn a_definition_reads_as_the_recorded_json() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/expected/request-convertllb.json");
    let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();

    let mut sources = graph();
    let dockerfile = Local::new("dockerfile")
        .follow(["Dockerfile", "Dockerfile.dockerignore", "dockerfile"])
        .session("session-1")
        .shared_key("dockerfile")
        .differ(buildkit_llb::Differ::None, false);
    let name = "[internal] load build definition from Dockerfile";
    let dockerfile = sources.add(dockerfile, VertexOptions::named(name));

    let mut graph = graph();
    let map = graph.add_source_map(SourceMap {
        filename: "Dockerfile".into(),
        language: "Dockerfile".into(),
        data: b"FROM alpine AS a\nRUN x\nFROM busybox\nCOPY --from=a /x /x\n".as_slice().into(),
        definition: Some(sources.definition(dockerfile).into_pb()),
    });
    let named = |name: &str, line| {
        VertexOptions::named(name)
            .location(SourceLocation { map, ranges: vec![Range::lines(line, line)] })
    };
    let command =
        |options: VertexOptions, text| options.describe("com.docker.dockerfile.v1.command", text);
    let alpine = "docker.io/library/alpine:latest@sha256:216207a19b624bcfe94a0025a7144c246245252a4464f70577d7d6fae68f0fa8";
    let busybox = "docker.io/library/busybox:latest@sha256:3aaa7db41666cd025403681dad5910a03781710955319176fcb0aefca25795a0";
    let options = command(named(&format!("[a 1/2] FROM {alpine}"), 1), "FROM alpine AS a");
    let a = graph.add(Source::image(alpine), options);
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let run =
        Exec::new(["/bin/sh", "-c", "x"]).unwrap().env([("PATH", path)].into_iter().collect());
    let options = command(named("[a 2/2] RUN x", 2), "RUN x");
    let a = graph.add(run.root(a), options).root;
    let options = command(named(&format!("[stage-1 1/2] FROM {busybox}"), 3), "FROM busybox");
    let base = graph.add(Source::image(busybox), options);
    let copy = Copy::new(a, "/x", "/x").follow_symlinks().dir_contents().create_dest_path();
    let copy = File::on(base).copy(copy.wildcard().empty_wildcard());
    let result = graph.add(copy, named("[stage-1 2/2] COPY --from=a /x /x", 4));

    assert_eq!(graph.definition(result).to_json(), recorded["metadata"]["result.json"]);
}

#[test]
fn scratch_is_an_empty_definition() {
    let definition = Graph::default().definition(None);
    assert!(definition.is_empty());
    assert_eq!(definition.head(), None);
    assert_eq!(definition.into_pb(), pb::Definition::default());
}

#[test]
fn only_what_is_reached_is_in_it() {
    let mut graph = graph();
    let base = image(&mut graph, "a");
    let other = image(&mut graph, "b");
    let merged = graph.add(Merge::new([base, other]), VertexOptions::default()).unwrap();
    assert_eq!(graph.definition(base).def.len(), 2);
    assert_eq!(graph.definition(merged).def.len(), 4);
    assert_eq!(graph.definition(merged).head(), Some(graph.digest(merged.vertex())));
}

#[test]
fn equal_vertices_are_one_and_later_words_win() {
    let mut graph = graph();
    let first = graph.add(
        Source::image("a"),
        VertexOptions::named("first").describe("only", "first").ignore_cache(true),
    );
    let group = ProgressGroup::seeded("1", "group");
    let second =
        graph.add(Source::image("a"), VertexOptions::named("second").progress_group(group.clone()));
    assert_eq!(graph.digest(first.vertex()), graph.digest(second.vertex()));
    assert_eq!(graph.len(), 1);

    // A copy's source is visited after its base.
    let file = File::on(first).copy(Copy::new(second, "/a", "/b"));
    let file = graph.add(file, VertexOptions::default());
    let definition = graph.definition(file);
    assert_eq!(definition.def.len(), 3);
    assert_eq!(ops(&definition)[1].inputs.len(), 1);
    let metadata = &definition.metadata[&graph.digest(first.vertex())];
    assert_eq!(metadata.description["llb.customname"], "second");
    assert_eq!(metadata.description["only"], "first");
    assert!(metadata.ignore_cache);
    assert_eq!(metadata.progress_group.as_ref().unwrap().id, group.id);

    // What isn't reached has nothing to say.
    let alone = graph.definition(first);
    let metadata = &alone.metadata[&graph.digest(first.vertex())];
    assert_eq!(metadata.description["llb.customname"], "first");
}

#[test]
fn the_result_needs_what_metadata_needs() {
    let mut graph = Graph::new(linux());
    let plain = graph.add(Source::image("a"), VertexOptions::default());
    let caps_of_result = |graph: &Graph, output| -> Vec<String> {
        let definition = graph.definition(output);
        let result = Digest::of(definition.def.last().unwrap());
        definition.metadata[&result].caps.keys().cloned().collect()
    };
    assert_eq!(caps_of_result(&graph, plain), [caps::CONSTRAINTS, caps::PLATFORM]);
    let mut options = VertexOptions::named("b").ignore_cache(true);
    options.export_cache = Some(false);
    let described = graph.add(Source::image("b"), options);
    assert_eq!(
        caps_of_result(&graph, described),
        [
            caps::CONSTRAINTS,
            caps::META_DESCRIPTION,
            caps::META_EXPORT_CACHE,
            caps::META_IGNORE_CACHE,
            caps::PLATFORM
        ]
    );
}

#[test]
fn scratch_is_no_part_of_merges_and_diffs() {
    let mut graph = graph();
    let a = image(&mut graph, "a");
    let b = image(&mut graph, "b");
    let none = VertexOptions::default;
    assert_eq!(graph.add(Merge::new([None::<Output>, None]), none()), None);
    assert_eq!(graph.add(Merge::new([None, Some(a)]), none()), Some(a));
    assert_eq!(graph.add(Diff::new(None, None), none()), None);
    assert_eq!(graph.add(Diff::new(None, b), none()), Some(b));
    assert_eq!(graph.len(), 2);

    let diff = graph.add(Diff::new(a, None), none()).unwrap();
    let op = pb::Op::decode(graph.bytes(diff.vertex())).unwrap();
    assert_eq!(op.inputs.len(), 1);
    let Some(pb::op::Op::Diff(diff)) = op.op else { panic!("not a diff") };
    assert_eq!((diff.lower.unwrap().input, diff.upper.unwrap().input), (0, -1));
}

#[test]
fn mounts_are_ordered_and_equal_inputs_are_one() {
    let mut graph = graph();
    let root = image(&mut graph, "a");
    let same = image(&mut graph, "a");
    let exec = Exec::new(["x"]).unwrap().root(root);
    let exec = exec
        .mount(Mount::bind("/z", None))
        .mount(Mount::bind("/b", same).selector("/s").readonly())
        .mount(Mount::bind("/c", same).discard())
        .mount(Mount::tmpfs("/t", 0));
    let added = graph.add(exec, VertexOptions::default());
    let op = pb::Op::decode(graph.bytes(added.root.unwrap().vertex())).unwrap();
    assert_eq!(op.inputs.len(), 1);
    let Some(pb::op::Op::Exec(exec)) = op.op else { panic!("not an exec") };
    let mounts: Vec<(&str, i64, i64)> =
        exec.mounts.iter().map(|mount| (mount.dest.as_str(), mount.input, mount.output)).collect();
    assert_eq!(mounts, [("/", 0, 0), ("/b", 0, -1), ("/c", 0, -1), ("/t", -1, -1), ("/z", -1, 1)]);
    assert_eq!(added.root.unwrap().index(), 0);
    assert_eq!(added.mount("/z").unwrap().index(), 1);
    assert_eq!((added.mount("/b"), added.mount("/c"), added.mount("/")), (None, None, None));
}

#[test]
fn a_readonly_root_is_left_as_it_is() {
    let mut graph = graph();
    let root = image(&mut graph, "a");
    let exec = Exec::new(["x"]).unwrap().root(root).readonly_root();
    let added = graph.add(exec.mount(Mount::bind("/out", None)), VertexOptions::default());
    assert_eq!(added.root, Some(root));
    assert_eq!(added.mount("/out").unwrap().index(), 0);
}

#[test]
fn daemons_without_a_default_path_get_one() {
    let cases = [
        (None, "linux", false),
        (Some(CapSet::default()), "linux", true),
        (Some(CapSet::default()), "windows", false),
        (Some(CapSet::of([caps::EXEC_META_SETS_DEFAULT_PATH])), "linux", false),
    ];
    for (daemon, os, expected) in cases {
        let mut graph = Graph::new(Platform { os: os.into(), ..linux() });
        if let Some(daemon) = daemon {
            graph = graph.with_caps(daemon);
        }
        let env: Env = [("A", "1")].into_iter().collect();
        let added = graph.add(Exec::new(["x"]).unwrap().env(env), VertexOptions::default());
        let op = pb::Op::decode(graph.bytes(added.root.unwrap().vertex())).unwrap();
        let Some(pb::op::Op::Exec(exec)) = op.op else { panic!("not an exec") };
        let env = exec.meta.unwrap().env;
        assert_eq!(env.iter().any(|word| word.starts_with("PATH=")), expected, "{env:?}");
    }
}

#[test]
fn newer_operations_name_what_they_need() {
    let mut graph = graph();
    let a = image(&mut graph, "a");
    let b = image(&mut graph, "b");
    let passed = graph.add(Passthrough::new("p", a).require(b), VertexOptions::default());
    let limits = LinuxResources { memory: 1 << 30, ..LinuxResources::default() };
    let exec = Exec::new(["x"]).unwrap().root(passed[0]).valid_exit_code(3);
    let added = graph.add(exec, VertexOptions::default().linux_resources(limits.clone()));
    let definition = graph.definition(added.root);
    let metadata = |output: Output| &definition.metadata[&graph.digest(output.vertex())];
    assert!(metadata(passed[0]).caps.contains_key(caps::PASSTHROUGH_OP));
    let exec = metadata(added.root.unwrap());
    assert!(exec.caps.contains_key(caps::EXEC_META_LINUX_RESOURCES));
    assert!(exec.caps.contains_key(caps::EXEC_VALID_EXIT_CODE));
    assert_eq!(exec.linux_resources.as_ref(), Some(&limits));

    let bytes = definition.to_pb().encode_to_vec();
    assert_eq!(pb::Definition::decode(bytes.as_slice()).unwrap(), definition.to_pb());
    let digest = graph.digest(added.root.unwrap().vertex()).to_string();
    let json = &definition.to_json()["metadata"][digest]["linux_resources"];
    assert_eq!(*json, serde_json::json!({ "memory": 1 << 30 }));
}

#[test]
fn daemons_say_what_they_lack() {
    let mut graph = graph();
    let a = image(&mut graph, "a");
    let passed = graph.add(Passthrough::new("p", a), VertexOptions::default());
    let definition = graph.definition(passed[0]);
    let of_version = |minor| CapSet::of(caps::of_version(caps::LLB, minor));
    assert_eq!(definition.check(&of_version(31)), Ok(()));
    let error = definition.check(&of_version(30)).unwrap_err().to_string();
    assert_eq!(
        error,
        "passthroughop is not supported by the build server (added in BuildKit 0.31)"
    );
}

#[test]
fn imported_definitions_keep_their_bytes() {
    let mut theirs = graph();
    let base = image(&mut theirs, "a");
    let map = theirs.add_source_map(SourceMap {
        filename: "f".into(),
        language: String::new(),
        data: b"text".as_slice().into(),
        definition: None,
    });
    let location = SourceLocation { map, ranges: vec![Range::lines(1, 1)] };
    let made = theirs.add(
        File::on(base).mkdir(Mkdir::new("/d", 0o755)),
        VertexOptions::named("mkdir").location(location),
    );
    let definition = theirs.definition(made).into_pb();

    let mut ours = graph();
    let imported = ours.import(&definition).unwrap().unwrap();
    assert_eq!(ours.definition(imported).into_pb(), definition);
    assert_eq!(ours.import(&pb::Definition::default()), Ok(None));
}

#[test]
fn broken_definitions_are_errors() {
    let mut graph = graph();
    let base = image(&mut graph, "a");
    let good = graph.definition(base).into_pb();
    let import = |def: Vec<Vec<u8>>, source| {
        let definition = pb::Definition { def, source, ..pb::Definition::default() };
        Graph::default().import(&definition).unwrap_err()
    };
    let result = |digest: &str, index| {
        let inputs = vec![pb::Input { digest: digest.to_owned(), index }];
        pb::Op { inputs, ..pb::Op::default() }.into_bytes()
    };
    let digest = graph.digest(base.vertex());
    let vertex = good.def[0].clone();

    let error = import(vec![vec![0xff]], None);
    assert!(matches!(error, InvalidDefinition::Vertex { index: 0, .. }), "{error}");
    let error = import(vec![vertex.clone(), result("sha256:x", 0)], None);
    assert!(matches!(error, InvalidDefinition::Digest { index: 1, .. }), "{error}");
    let error = import(vec![result(&digest.to_string(), 0)], None);
    assert_eq!(error, InvalidDefinition::MissingInput { index: 0, input: digest });
    let error = import(vec![vertex.clone(), result(&digest.to_string(), -1)], None);
    assert_eq!(error, InvalidDefinition::InvalidOutput { index: 1, input: digest, output: -1 });
    assert_eq!(import(vec![vertex.clone()], None), InvalidDefinition::NoResult);
    let location = pb::Location { source_index: 1, ranges: Vec::new() };
    let locations = pb::Locations { locations: vec![location] };
    let source =
        pb::Source { locations: vec![(digest.to_string(), locations).into()], infos: Vec::new() };
    let error = import(vec![vertex, result(&digest.to_string(), 0)], Some(source));
    assert_eq!(error, InvalidDefinition::MissingSource { index: 1 });
}

/// Builds are as deep as Dockerfiles are long: nothing recurses, and nothing is quadratic.
#[test]
fn builds_may_be_deep() {
    const STEPS: usize = 5_000;
    let mut graph = graph();
    let context = graph.add(Source::local("context"), VertexOptions::default());
    let mut state = Some(image(&mut graph, "a"));
    for step in 0..STEPS {
        let file = File::on(state).copy(Copy::new(context, format!("/{step}"), "/"));
        let copied = graph.add(file, VertexOptions::named(step.to_string()));
        let run = Exec::new(["/bin/sh", "-c", "true"]).unwrap().root(copied);
        state = graph.add(run, VertexOptions::named(step.to_string())).root;
    }
    let definition = graph.definition(state).into_pb();
    assert_eq!(definition.def.len(), 2 * STEPS + 3);
    let imported = Graph::default().import(&definition).unwrap();
    assert!(imported.is_some());
}

/// Source files are found by their digests, whatever they differ in; a search through all that are
/// known would compare a billion pairs here.
#[test]
fn many_source_files_are_imported_once_each() {
    const COUNT: usize = 50_000;
    let mut graph = graph();
    let info = |index: usize, name: &str| SourceMap {
        filename: name.into(),
        language: "Dockerfile".into(),
        data: b"FROM a\n".as_slice().into(),
        definition: Some(pb::Definition {
            def: vec![index.to_le_bytes().to_vec()],
            ..pb::Definition::default()
        }),
    };
    let first: Vec<_> = (0..COUNT).map(|index| graph.add_source_map(info(index, "a"))).collect();
    let again: Vec<_> = (0..COUNT).map(|index| graph.add_source_map(info(index, "a"))).collect();
    assert_eq!(first, again);
    assert!(!first.contains(&graph.add_source_map(info(0, "b"))));
    let different: std::collections::HashSet<_> = first.into_iter().collect();
    assert_eq!(different.len(), COUNT);
}
