//! Aliases whose files are in a directory: of the main context (`context:DIRECTORY`), or a named context whose files are
//! found by their names (`layout=flat`).

use aliasfront_tests::gateway::{Files, Gateway, Recording};
use aliasfront_tests::graph::Vertex;
use serde_json::Value;

use crate::{
    AMD64, ARM64, DOCKERFILE, fail_with, graph, message, own_warnings, probed, program, request,
    succeed, with,
};

/// The context of a project that compiles outside of Docker, for two processors.
fn context() -> Files {
    let mut files = Files::default();
    for (folder, machine) in [("dist/amd64", AMD64), ("dist/arm64", ARM64)] {
        files.add_with_mode(&format!("{folder}/agentd"), program(machine), 0o755);
        files.add_with_mode(&format!("{folder}/cli"), program(machine), 0o755);
        files.add_with_mode(&format!("{folder}/build/agentd"), program(machine), 0o755);
        files.add_with_mode(&format!("{folder}/build/cli"), program(machine), 0o755);
    }
    files.add("src/main.rs", "fn main() {}");
    files
}

/// A build that takes its files from a directory of the context.
fn build(dockerfile: &str, value: &str) -> Gateway {
    Gateway::new()
        .dockerfile(dockerfile)
        .local("context", context())
        .opt("target", "kiro")
        .build_arg("BUILDER_IMAGE", value)
}

/// The copies that lay a directory's files out, `from -> to`.
fn copies(recording: &Recording, name: &str) -> Vec<String> {
    let graph = graph(recording);
    let laid = graph.vertices.iter().find(|vertex| vertex.name() == Some(name));
    let laid = laid.unwrap_or_else(|| panic!("{name} is not among {:?}", graph.names())).json();
    let actions = laid["file"]["actions"].as_array().expect("actions").clone();
    let text =
        |action: &Value, key: &str| action["copy"][key].as_str().unwrap_or_default().to_owned();
    actions.iter().map(|it| format!("{} -> {}", text(it, "src"), text(it, "dest"))).collect()
}

/// The paths that are sent of a local source.
fn sent(recording: &Recording, identifier: &str) -> Vec<String> {
    let vertices = graph(recording).vertices.iter().map(Vertex::json);
    let sources = vertices.map(|vertex| vertex["source"].clone());
    let source = sources.into_iter().find(|source| source["identifier"] == identifier);
    let paths = source.expect("the source is in the graph")["attrs"]["local.followpaths"].clone();
    paths.as_str().map_or(Vec::new(), |paths| serde_json::from_str(paths).expect("JSON"))
}

fn compiles(recording: &Recording) -> bool {
    graph(recording).names().iter().any(|name| name.contains("cargo"))
}

#[tokio::test]
async fn a_directory_of_the_context_takes_an_aliass_place() {
    let recording = succeed(build(DOCKERFILE, "context:dist/$TARGETARCH")).await;
    assert!(!compiles(&recording));
    let expected = "alias builder: BUILDER_IMAGE → context:dist/amd64 (linux/amd64), 2 paths verified, pruned \"local_builder\"";
    assert!(message(&recording).starts_with(expected), "{}", message(&recording));
    assert_eq!(
        copies(&recording, "[builder 1/1] FROM context:dist/amd64"),
        ["/dist/amd64/build/agentd -> /build/agentd", "/dist/amd64/build/cli -> /build/cli",]
    );
    // Nothing else is sent, and it is sent once: the same vertex is looked at and built from.
    let expected = ["dist/amd64/build/agentd", "dist/amd64/build/cli"];
    assert_eq!(sent(&recording, "local://context"), expected);
    let looked_at: Vec<&str> = probed(&recording).iter().map(|asked| asked.path.as_str()).collect();
    assert!(looked_at.contains(&"/dist/amd64/build/agentd"), "{looked_at:?}");
    assert!(own_warnings(&recording).is_empty());
}

#[tokio::test]
async fn flat_directories_are_found_by_names() {
    let dockerfile = with("layout=flat require=/build/agentd,+x");
    for platform in ["linux/amd64", "linux/arm64"] {
        let gateway = build(&dockerfile, "context:dist/$TARGETARCH").opt("platform", platform);
        let recording = succeed(gateway).await;
        let arch = platform.trim_start_matches("linux/");
        let steps =
            graph(&recording).names().iter().any(|name| name.contains("FROM context:dist/"));
        assert!(steps);
        let name = format!("[builder 1/1] FROM context:dist/{arch}");
        assert_eq!(
            copies(&recording, &name),
            [
                format!("/dist/{arch}/agentd -> /build/agentd"),
                format!("/dist/{arch}/cli -> /build/cli"),
            ]
        );
        let expected = [format!("dist/{arch}/agentd"), format!("dist/{arch}/cli")];
        assert_eq!(sent(&recording, "local://context"), expected);
    }
    // Each platform has a directory of its own.
    let both =
        build(&dockerfile, "context:dist/$TARGETARCH").opt("platform", "linux/amd64,linux/arm64");
    let recording =
        both.run(aliasfront_tests::frontend::binary()).await.expect("the frontend starts");
    let text = message(&recording);
    for arch in ["amd64", "arm64"] {
        assert!(
            text.contains(&format!("context:dist/{arch} (linux/{arch}), 2 paths verified")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_a_directory_lacks_is_told() {
    let dockerfile = with("layout=flat require=/build/agentd,+x");
    let mut lacking = context();
    lacking.add_with_mode("bin/agentd", program(ARM64), 0o755);
    let gateway = || build(&dockerfile, "context:bin").local("context", lacking.clone());
    fail_with(
        gateway(),
        &[
            "alias builder: BUILDER_IMAGE → context:bin (linux/amd64) cannot be used",
            "/build/cli is not there: the context has no bin/cli; /bin has agentd (needed by line 9)",
            "/bin/agentd",
            "arm64",
            "hint: give a directory that has what the build takes from it",
        ],
    )
    .await;
    // A compile stage can step in.
    let falls = gateway().build_arg("ALIASFRONT_FALLBACK", "local");
    assert!(compiles(&succeed(falls).await));

    // What the ignore file leaves out is there, and is not sent.
    let mut ignored = Files::default();
    ignored.add(".dockerignore", "dist\n");
    let gateway = build(&dockerfile, "context:dist/$TARGETARCH").local("context", ignored);
    fail_with(
        gateway,
        &["/build/agentd is not there: .dockerignore leaves dist/amd64/agentd out of the context"],
    )
    .await;
}

#[tokio::test]
async fn named_contexts_are_found_by_names_too() {
    let dockerfile = with("layout=flat");
    let mut folder = Files::default();
    folder.add_with_mode("agentd", program(AMD64), 0o755);
    folder.add_with_mode("cli", program(AMD64), 0o755);
    let named = |folder: Files| {
        Gateway::new()
            .dockerfile(dockerfile.as_str())
            .opt("target", "kiro")
            .opt("context:builder", "local:folder")
            .local("folder", folder)
    };
    let recording = succeed(named(folder)).await;
    assert!(!compiles(&recording));
    assert_eq!(
        copies(&recording, "[context builder] lay out what is taken"),
        ["/agentd -> /build/agentd", "/cli -> /build/cli"]
    );
    assert_eq!(sent(&recording, "local://folder"), ["agentd", "cli"]);
    let expected = "alias builder: context builder → the directory folder, 2 paths verified";
    assert!(message(&recording).starts_with(expected), "{}", message(&recording));

    let mut ignored = Files::default();
    ignored.add_with_mode("agentd", program(AMD64), 0o755);
    ignored.add(".dockerignore", "cli\n");
    fail_with(
        named(ignored),
        &["/build/cli is not there: .dockerignore leaves cli out of the directory"],
    )
    .await;
    // Images are laid out as the Dockerfile takes them.
    succeed(crate::overridden(&dockerfile, crate::files())).await;
}

#[tokio::test]
async fn all_of_a_directory_may_be_used_where_it_is_laid_out_so() {
    let dockerfile = format!("{DOCKERFILE}FROM builder AS whole\nRUN /build/agentd --version\n");
    let recording =
        succeed(build(&dockerfile, "context:./dist/amd64/").opt("target", "whole")).await;
    assert_eq!(copies(&recording, "[builder 1/1] FROM context:dist/amd64"), ["/dist/amd64 -> /"]);
    assert_eq!(sent(&recording, "local://context"), ["dist/amd64"]);
    let all = succeed(build(&dockerfile, "context:.").opt("target", "builder")).await;
    assert_eq!(copies(&all, "[builder 1/1] FROM context:."), ["/ -> /"]);
    assert!(sent(&all, "local://context").is_empty());

    let flat = with("layout=flat");
    for (line, reason) in [
        ("FROM builder AS x\nRUN y\n", "stage \"x\" starts from it"),
        ("FROM scratch AS x\nCOPY --from=builder / /\n", "/ is taken"),
        ("FROM scratch AS x\nCOPY --from=builder /build/*/a /\n", "/build/*/a is taken"),
    ] {
        let gateway = build(&format!("{flat}{line}"), "context:dist/amd64").opt("target", "x");
        let recording = fail_with(
            gateway,
            &[
                "layout=flat finds files by the last parts of the paths",
                reason,
                "leave layout=flat out",
            ],
        )
        .await;
        let first = if line.starts_with("FROM builder") { 12 } else { 13 };
        assert_eq!(recording.error_lines().first(), Some(&(first, first)), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_directory_is_told() {
    for (value, words) in [
        ("context:", "names no directory"),
        ("context:../x", "leads out of the context"),
        ("context:dist/$TARGETARC", "TARGETARC is not set"),
        ("context:dist/${TARGETARCH", "build argument BUILDER_IMAGE: context:dist/${TARGETARCH"),
    ] {
        fail_with(build(DOCKERFILE, value), &[words, "BUILDER_IMAGE"]).await;
    }
    let plain = "ARG BASE=alpine\nFROM ${BASE}\n";
    let gateway = Gateway::new().dockerfile(plain).build_arg("BASE", "context:dist");
    let recording = fail_with(
        gateway,
        &["BASE=\"context:dist\" is for aliases", "docker.io/library/context:dist"],
    )
    .await;
    assert_eq!(recording.error_lines(), [(1, 1)]);
}

#[tokio::test]
async fn other_arguments_may_have_such_values() {
    for value in ["context:x", "context:../..", "auto:fast", "auto:UPPER"] {
        let dockerfile = "ARG MODE=a\nFROM alpine\nARG MODE\nRUN echo $MODE\n";
        let recording =
            succeed(Gateway::new().dockerfile(dockerfile).build_arg("MODE", value)).await;
        let run =
            graph(&recording).vertices.iter().map(Vertex::json).find(|it| !it["exec"].is_null());
        let run = run.expect("a command").to_string();
        assert!(run.contains(&format!("MODE={value}")), "{run}");
    }
}

#[tokio::test]
async fn contracts_hold_for_directories() {
    let value = "context:dist/$TARGETARCH";
    let refused = with("layout=flat allow=ghcr.io/org/*");
    fail_with(build(&refused, value), &["context:dist/amd64", "is not allowed"]).await;
    let pinned = with("layout=flat pin=digest");
    fail_with(build(&pinned, value), &["has no digest, and pin=digest asks for one"]).await;
    let allowed = with("layout=flat allow=context:local pin=digest");
    succeed(build(&allowed, value)).await;
    fail_with(build(&with("layout=tree"), value), &["layout=tree is not one of flat, nested"])
        .await;
}

#[tokio::test]
async fn the_plan_shows_directories() {
    let (json, text) =
        request(build(&with("layout=flat"), "context:dist/$TARGETARCH"), "frontend.plan").await;
    assert!(text.contains("context:dist/amd64"), "{text}");
    let alias = &json["platforms"][0]["aliases"][0];
    assert_eq!(alias["became"], "context:dist/amd64", "{alias}");
}
