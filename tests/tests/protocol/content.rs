//! The list of a source's files: by a step of the build, or by reading files where no step can run.

use aliasfront_tests::gateway::{CapSet, Fault, Files, Gateway, Recording, Rpc, Steps};
use aliasfront_tests::graph::Vertex;
use buildkit_proto::pb::{NetMode, op};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::{fail, succeed};

const DOCKERFILE: &str = "\
ARG BUILDER=compile
FROM scratch AS compile
COPY . /src
FROM ${BUILDER} AS builder
FROM scratch
COPY --from=builder /src /src
";

const IMAGE: &str = "registry.example.com/aliasfront:1";

/// A request for the fingerprint of a stage that takes these files.
fn asked(files: Files) -> Gateway {
    Gateway::new()
        .dockerfile(DOCKERFILE)
        .local("context", files)
        .opt("target", "builder")
        .opt("requestid", "frontend.fingerprint")
}

/// The same, on an engine that says which image it runs.
fn on_image(files: Files) -> Gateway {
    asked(files).opt("source", IMAGE)
}

/// A file of each kind that a client can send, some of them too large for one request.
fn every_kind() -> Files {
    let mut files = Files::default();
    files.add("src/a", "abc");
    files.add_with_mode("src/a b", "", 0o666);
    files.add_with_mode("src/run", "#!/bin/sh\n", 0o744);
    files.add_with_mode("src/for others", "", 0o655);
    files.add("src-/\u{e9}\n", vec![b'x'; (2 << 20) + 1]);
    files.add("exact", vec![b'y'; 1 << 20]);
    files.add_link("src/link", "../a b");
    files.add_link("out", "/etc/passwd");
    files.add_directory("src/empty");
    files
}

fn listed() -> String {
    let hash = |content: &[u8]| format!("{} {:x}", content.len(), Sha256::digest(content));
    format!(
        "f {} exact\nl /etc/passwd out\nd src\nd src-\nf {} src-/\\xc3\\xa9\\x0a\nf {abc} src/a\n\
         f {none} src/a\\x20b\nd src/empty\nf {none} src/for\\x20others\nl ../a\\x20b src/link\nx {} src/run\n",
        hash(&vec![b'y'; 1 << 20]),
        hash(&vec![b'x'; (2 << 20) + 1]),
        hash(b"#!/bin/sh\n"),
        abc = hash(b"abc"),
        none = hash(b""),
    )
}

/// The list of files in an answer.
fn list(recording: &Recording) -> String {
    let answer = &recording.result().expect("an answer").metadata["result.json"];
    let answer: Value = serde_json::from_slice(answer).expect("JSON");
    answer["fingerprints"][0]["files"][0]["list"].as_str().expect("a list").to_owned()
}

/// The steps that list files, of all definitions that were solved.
fn steps(recording: &Recording) -> Vec<&Vertex> {
    let graphs = recording.solves.iter().filter_map(|solved| solved.graph.as_ref());
    let vertices = graphs.flat_map(|graph| &graph.vertices);
    vertices.filter(|vertex| vertex.args().is_some_and(|args| args[1] == "list")).collect()
}

#[tokio::test]
async fn a_step_of_the_own_image_lists_the_files() {
    let recording = succeed(on_image(every_kind())).await;
    assert_eq!(list(&recording), listed());
    let [step] = steps(&recording)[..] else { panic!("{:?}", steps(&recording)) };
    assert_eq!(step.name(), Some("[alias builder] list the files of context"));
    let Some(op::Op::Exec(exec)) = &step.op.op else { panic!("{step:?}") };
    assert_eq!(exec.network(), NetMode::None);
    let meta = exec.meta.as_ref().expect("what runs");
    assert_eq!(meta.args[1..], ["list", "/source", "/list"]);
    assert!(meta.env.is_empty(), "{:?}", meta.env);
    let mounts: Vec<_> = exec.mounts.iter().map(|it| (&*it.dest, it.readonly, it.output)).collect();
    assert_eq!(mounts, [("/", true, -1), ("/list", false, 0), ("/source", true, -1)]);
    // The image is pinned, and the source is the one that the build has.
    let mut solved = recording.solves.iter().filter_map(|solved| solved.graph.as_ref());
    let graph = solved.next_back().expect("a graph");
    let image =
        recording.lookups.iter().find(|lookup| lookup.reference == IMAGE).expect("a look-up");
    assert_eq!(image.platform, "linux/amd64");
    let sources = graph.sources();
    assert!(sources[0].starts_with(&format!("docker-image://{IMAGE}@sha256:")), "{sources:?}");
    assert_eq!(sources[1], "local://context");
    assert_eq!(recording.count(Rpc::ReadDir), 0);
    let build = Gateway::new().dockerfile(DOCKERFILE).local("context", every_kind());
    let build = succeed(build.opt("target", "builder")).await;
    let context = |recording: &Recording| {
        let graphs = recording.solves.iter().filter_map(|solved| solved.graph.as_ref());
        let mut vertices = graphs.flat_map(|graph| &graph.vertices);
        let is_context = |vertex: &&Vertex| {
            vertex.source() == Some("local://context")
                && vertex.name() == Some("[internal] load build context")
        };
        vertices.find(is_context).map(|vertex| vertex.digest.clone())
    };
    assert_eq!(context(&build), context(&recording));
    assert!(context(&build).is_some());
}

#[tokio::test]
async fn the_list_is_the_same_without_a_step() {
    let refused = || Steps::Refuse("exec is not allowed".to_owned());
    let mut unreadable = Files::default();
    unreadable.add("files", "f 1 2 a\n");
    let mut not_text = Files::default();
    not_text.add("files", vec![0xff]);
    for (what, gateway) in [
        ("the engine doesn't say which image it runs", asked(every_kind())),
        ("it runs none", asked(every_kind()).opt("source", "no:image:at all")),
        ("it refuses the step", on_image(every_kind()).steps(refused())),
        ("the step leaves nothing", on_image(every_kind()).steps(Steps::Leave(Files::default()))),
        ("the list isn't one", on_image(every_kind()).steps(Steps::Leave(unreadable))),
        ("the list isn't text", on_image(every_kind()).steps(Steps::Leave(not_text))),
    ] {
        let recording = succeed(gateway).await;
        assert_eq!(list(&recording), listed(), "{what}");
        assert!(recording.count(Rpc::ReadDir) > 0, "{what}");
    }
}

#[tokio::test]
async fn an_old_engine_lists_files_as_well() {
    let caps = CapSet::buildkit_0_13();
    for gateway in [on_image(every_kind()), asked(every_kind())] {
        let recording = succeed(gateway.caps(caps.clone())).await;
        assert_eq!(list(&recording), listed());
    }
}

#[tokio::test]
async fn an_empty_source_has_an_empty_list() {
    for gateway in [on_image(Files::default()), asked(Files::default())] {
        assert_eq!(list(&succeed(gateway).await), "");
    }
}

#[tokio::test]
async fn platforms_share_a_list() {
    let gateway = on_image(every_kind()).opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    assert_eq!(steps(&recording).len(), 1);
    let looked_up = recording.lookups.iter().filter(|lookup| lookup.reference == IMAGE);
    assert_eq!(looked_up.count(), 1);
}

#[tokio::test]
async fn what_the_step_finds_out_about_the_files_counts() {
    let mut left = Files::default();
    left.add("failure", "there are more than 200000 files and directories (MAX_ENTRIES)");
    let recording = fail(on_image(every_kind()).steps(Steps::Leave(left))).await;
    let error = &recording.error().expect("an error").message;
    let expected = "failed to list the files of context: \
         there are more than 200000 files and directories (MAX_ENTRIES)";
    assert!(error.contains(expected), "{error}");
    // No other way would find anything else.
    assert_eq!(recording.count(Rpc::ReadDir), 0);
}

#[tokio::test]
async fn a_path_without_end_is_an_error_of_either_way() {
    let mut files = Files::default();
    files.add(&"d/".repeat(257), "");
    for gateway in [on_image(files.clone()), asked(files)] {
        let recording = fail(gateway).await;
        let error = &recording.error().expect("an error").message;
        assert!(error.contains("has more than 256 names (MAX_DEPTH)"), "{error}");
    }
}

#[tokio::test]
async fn many_files_are_left_to_a_step() {
    let mut files = Files::default();
    for index in 0..5_001 {
        files.add(&index.to_string(), "");
    }
    let recording = succeed(on_image(files.clone())).await;
    assert_eq!(list(&recording).lines().count(), 5_001);
    let refused = Steps::Refuse("exec is not allowed".to_owned());
    let recording = fail(on_image(files).steps(refused)).await;
    let error = &recording.error().expect("an error").message;
    for part in [
        "there are more than 5000 files and directories (MAX_READ_ENTRIES)",
        "no step could list them: exec is not allowed",
        "hint: name a frontend image that the engine can run in the syntax line",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(recording.count(Rpc::ReadDir), 1);
}

#[tokio::test]
async fn files_that_cannot_be_read_are_named() {
    let gateway = asked(every_kind()).misbehave(Rpc::ReadDir, Fault::Code(Code::Unknown));
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(
        error.contains(
            "failed to list the files of context: failed to list /: ReadDir: the gateway misbehaves"
        ),
        "{error}"
    );
}
