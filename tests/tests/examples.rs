//! The example programs of the library crates run, and do what they say.

use std::path::Path;
use std::process::{Command, Output};

use aliasfront_tests::examples::{program, sources, workspace};
use aliasfront_tests::gateway::{Gateway, Rpc};
use aliasfront_tests::graph::Graph;
use buildkit_proto::pb::Definition;
use prost::Message;
use sha2::{Digest as _, Sha256};

/// The example that is a frontend: it needs a gateway.
const FRONTEND: &str = "proto/examples/layers.rs";

/// What examples are given, beside their names.
const ARGUMENTS: [(&str, &[&str]); 3] = [
    ("compiler/examples/llb.rs", &["examples/unified/Dockerfile", "codex"]),
    ("content/examples/list.rs", &["content/src"]),
    ("dockerfile/examples/stages.rs", &["examples/unified/Dockerfile"]),
];

fn run(source: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program(source));
    command.args(arguments).current_dir(workspace()).output().expect("the example starts")
}

#[test]
fn every_example_runs_to_its_end() {
    let sources = sources().expect("the workspace");
    assert!(sources.iter().any(|source| source == Path::new(FRONTEND)));
    for source in sources.iter().filter(|source| *source != Path::new(FRONTEND)) {
        let given = ARGUMENTS.iter().find(|(of, _)| Path::new(of) == source);
        let output = run(source, given.map_or(&[], |(_, arguments)| arguments));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", source.display());
        assert!(!output.stdout.is_empty(), "{} prints nothing", source.display());
    }
}

#[test]
fn stages_of_a_dockerfile_are_printed() {
    let source = Path::new("dockerfile/examples/stages.rs");
    let output = run(source, &["examples/unified/Dockerfile"]);
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout), @r"
    local_builder starts from rust:${RUST_VERSION}-bookworm
    builder starts from ${BUILDER_IMAGE:-local_builder}
    runtime starts from debian:bookworm-slim
    node-runtime starts from node:22-bookworm-slim
    python-runtime starts from python:3.11-slim-bookworm
    kiro starts from runtime
      copies from builder
      copies from builder
    claude starts from node-runtime
      copies from builder
    codex starts from node-runtime
      copies from builder
    gemini starts from node-runtime
      copies from builder
    copilot starts from node-runtime
      copies from builder
    cursor starts from runtime
      copies from builder
    opencode starts from node-runtime
      copies from builder
    hermes starts from python-runtime
      copies from builder
    grok starts from runtime
      copies from builder
    native starts from scratch
      copies from builder
    amp starts from node-runtime
      copies from builder
    goose starts from gcr.io/distroless/static-debian12:nonroot
      copies from builder
    qwen starts from node-runtime
      copies from builder
    aider starts from python-runtime
      copies from builder
    ");
    let output = run(source, &["Makefile"]);
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("Makefile:3: dockerfile parse error on line 3:"), "{errors}");
}

#[test]
fn the_files_of_a_folder_are_listed() {
    let source = Path::new("content/examples/list.rs");
    let output = run(source, &["content/src"]);
    let list = String::from_utf8_lossy(&output.stdout);
    let limits = std::fs::read(workspace().join("content/src/limits.rs")).expect("a source");
    let line = format!("f {} {:x} limits.rs\n", limits.len(), Sha256::digest(&limits));
    assert!(list.contains(&line), "{list}");
    let hash = format!("{:x}\n", Sha256::digest(&output.stdout));
    assert_eq!(String::from_utf8_lossy(&output.stderr), hash);
    assert!(!run(source, &["no/such/folder"]).status.success());
}

#[test]
fn the_graph_of_a_dockerfile_is_printed() {
    let source = Path::new("compiler/examples/llb.rs");
    let output = run(source, &["examples/unified/Dockerfile", "native"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let vertices = json["def"].as_object().expect("vertices");
    let identifier = |vertex: &serde_json::Value| {
        let identifier = vertex["source"]["identifier"].as_str()?.to_owned();
        identifier.starts_with("docker-image://").then_some(identifier)
    };
    let images: Vec<String> = vertices.values().filter_map(identifier).collect();
    assert_eq!(
        images.len(),
        1,
        "what builds, and nothing that other stages start from: {images:?}"
    );
    let output = run(source, &["examples/unified/Dockerfile", "nope"]);
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("target stage \"nope\" could not be found"), "{errors}");
}

#[test]
fn a_graph_is_written_as_it_goes_over_the_wire() {
    let source = Path::new("llb/examples/graph.rs");
    let definition = Definition::decode(run(source, &[]).stdout.as_slice()).expect("a definition");
    let graph = Graph::new(&definition).expect("a graph");
    let steps = ["the compiler's image", "the sources", "compile", "take the program"];
    assert_eq!(graph.names(), steps);
    let json: serde_json::Value =
        serde_json::from_slice(&run(source, &["--json"]).stdout).expect("JSON");
    let vertices = json["def"].as_object().expect("vertices");
    assert!(graph.vertices.iter().all(|vertex| vertices.contains_key(&vertex.digest)));
}

#[tokio::test]
async fn a_small_frontend_builds() {
    let frontend = program(Path::new(FRONTEND));
    let file = "# syntax=layers\ndocker.io/library/a:1\ndocker.io/library/b:2\n";
    let recording = Gateway::new().dockerfile(file).run(&frontend).await.expect("it starts");
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.words());
    let result = recording.result().expect("a result");
    let graph = result.graph().expect("a graph");
    let images = ["docker-image://docker.io/library/a:1", "docker-image://docker.io/library/b:2"];
    assert_eq!(graph.sources(), images);
    assert_eq!(graph.vertices.len(), 3);
    assert!(result.metadata.contains_key("containerimage.config"));

    let recording =
        Gateway::new().dockerfile("# nothing\n").run(&frontend).await.expect("it starts");
    let error = recording.error().expect("an error");
    assert_eq!(error.message, "Dockerfile names fewer than two images");
    assert_eq!((recording.count(Rpc::Return), recording.exit_code()), (1, Some(1)));

    let recording = Gateway::new().run(&frontend).await.expect("it starts");
    let error = recording.error().expect("an error");
    assert!(error.message.contains("no such file"), "{}", error.message);
}

#[test]
fn a_small_frontend_is_small() {
    let text = std::fs::read_to_string(workspace().join(FRONTEND)).expect("the example");
    assert!(text.lines().count() < 60);
}
