//! The build context, and where the Dockerfile comes from.

use aliasfront_tests::gateway::{Gateway, Missing, Recording, Rpc};
use aliasfront_tests::graph::Graph;
use tonic::Code;

use crate::{attr, attrs, fail, fail_with, graph, source, succeed};

const CONTEXT: &str = "local://context";

fn copying() -> Gateway {
    Gateway::new().dockerfile("FROM scratch\nCOPY a /\n")
}

/// The graph of the nth solve, which is the Dockerfile's for the first.
fn solved(recording: &Recording, nth: usize) -> &Graph {
    recording.solves[nth].graph.as_ref().expect("a graph")
}

/// The solves that read the context's ignore file.
fn ignore_file_solves(recording: &Recording) -> usize {
    let paths = |graph: &Graph| attr(graph, CONTEXT, "local.followpaths").map(str::to_owned);
    recording
        .solves
        .iter()
        .filter_map(|solve| solve.graph.as_ref())
        .filter(|graph| graph.sources() == [CONTEXT])
        .filter(|graph| paths(graph).as_deref() == Some(r#"[".dockerignore"]"#))
        .count()
}

#[tokio::test]
async fn only_what_reached_stages_copy_is_transferred() {
    let dockerfile = "FROM scratch AS unreached\nCOPY huge /\n\
                      FROM scratch AS base\nCOPY z y /\n\
                      FROM base\nCOPY a /\nADD b/c /\n";
    let recording = succeed(Gateway::new().dockerfile(dockerfile)).await;
    let paths = attr(graph(&recording), CONTEXT, "local.followpaths");
    assert_eq!(paths, Some(r#"["a","b/c","y","z"]"#));
}

#[tokio::test]
async fn a_copy_of_all_follows_no_paths() {
    let recording = succeed(Gateway::new().dockerfile("FROM scratch\nCOPY a /\nCOPY . /\n")).await;
    assert_eq!(attr(graph(&recording), CONTEXT, "local.followpaths"), None);
}

#[tokio::test]
async fn the_ignore_file_excludes() {
    let gateway = copying().context_file(".dockerignore", "# logs\n*.log\n\n!keep.log\n./out/\n");
    let recording = succeed(gateway).await;
    let excluded = attr(graph(&recording), CONTEXT, "local.excludepatterns");
    assert_eq!(excluded, Some(r#"["*.log","!keep.log","out"]"#));
    assert_eq!(ignore_file_solves(&recording), 1);
}

#[tokio::test]
async fn the_ignore_file_beside_the_dockerfile_goes_first() {
    let gateway = copying()
        .file("dockerfile", "Dockerfile.dockerignore", "mine\n")
        .context_file(".dockerignore", "theirs\n");
    let recording = succeed(gateway).await;
    let excluded = attr(graph(&recording), CONTEXT, "local.excludepatterns");
    assert_eq!(excluded, Some(r#"["mine"]"#));
    assert_eq!(ignore_file_solves(&recording), 0);
}

#[tokio::test]
async fn the_ignore_file_is_read_even_if_nothing_copies() {
    let recording = succeed(Gateway::new().dockerfile("FROM alpine\nRUN x\n")).await;
    assert_eq!(ignore_file_solves(&recording), 1);
}

#[tokio::test]
async fn directories_are_no_ignore_files() {
    let gateway = copying()
        .file("dockerfile", "Dockerfile.dockerignore/a", "x\n")
        .context_file(".dockerignore/a", "x\n");
    let recording = succeed(gateway).await;
    assert_eq!(attr(graph(&recording), CONTEXT, "local.excludepatterns"), None);
}

#[tokio::test]
async fn missing_files_are_missing_in_either_way() {
    for missing in [Missing::NotFound, Missing::Unknown] {
        let recording = succeed(copying().missing(missing)).await;
        assert_eq!(graph(&recording).sources(), [CONTEXT]);

        let recording = fail(Gateway::new().missing(missing)).await;
        // In the engine's words, with its code, as the reference hands them on.
        let error = &recording.error().expect("an error").message;
        let (message, hint) = error.split_once("\nhint: ").expect("a hint");
        assert_eq!(message, "open /Dockerfile: no such file or directory");
        assert!(hint.starts_with("name the Dockerfile with --file"), "{hint}");
        assert_eq!(
            recording.error_code(),
            Some(match missing {
                Missing::NotFound => Code::NotFound,
                _ => Code::Unknown,
            })
        );
    }
}

#[tokio::test]
async fn the_dockerfile_may_be_written_in_lower_case() {
    for missing in [Missing::NotFound, Missing::Unknown] {
        let gateway =
            Gateway::new().missing(missing).file("dockerfile", "dockerfile", "FROM alpine\n");
        let recording = succeed(gateway).await;
        let paths = attr(solved(&recording, 0), "local://dockerfile", "local.followpaths");
        assert_eq!(paths, Some(r#"["Dockerfile","Dockerfile.dockerignore","dockerfile"]"#));
    }
}

#[tokio::test]
async fn the_dockerfile_may_have_any_name() {
    let gateway = Gateway::new()
        .opt("filename", "docker/app.Dockerfile")
        .file("dockerfile", "docker/app.Dockerfile", "FROM scratch\nCOPY a /\n")
        .file("dockerfile", "docker/app.Dockerfile.dockerignore", "x\n");
    let recording = succeed(gateway).await;
    let dockerfile = solved(&recording, 0);
    let paths = attr(dockerfile, "local://dockerfile", "local.followpaths");
    assert_eq!(paths, Some(r#"["docker/app.Dockerfile","docker/app.Dockerfile.dockerignore"]"#));
    assert_eq!(dockerfile.names(), ["[internal] load build definition from docker/app.Dockerfile"]);
    assert_eq!(attr(graph(&recording), CONTEXT, "local.excludepatterns"), Some(r#"["x"]"#));
}

#[tokio::test]
async fn each_local_source_has_its_session() {
    let gateway = copying()
        .opt("local-sessionid:dockerfile", "session-d")
        .opt("local-sessionid:context", "session-c");
    let recording = succeed(gateway).await;
    let session = |graph, local| attr(graph, local, "local.session");
    assert_eq!(session(solved(&recording, 0), "local://dockerfile"), Some("session-d"));
    assert_eq!(session(solved(&recording, 1), CONTEXT), Some("session-c"));
    assert_eq!(session(graph(&recording), CONTEXT), Some("session-c"));
}

#[tokio::test]
async fn the_dockerfile_can_be_local_while_the_context_is_not() {
    let gateway = Gateway::new()
        .opt("dockerfilekey", "here")
        .opt("context", "https://github.com/org/app.git#main")
        .file("here", "Dockerfile", "FROM scratch\nCOPY a /\n")
        .source_file("git://github.com/org/app.git#main", "Dockerfile", "FROM not-this\n");
    let recording = succeed(gateway).await;
    assert_eq!(solved(&recording, 0).sources(), ["local://here"]);
    assert_eq!(graph(&recording).sources(), ["git://github.com/org/app.git#main"]);
}

#[tokio::test]
async fn the_option_that_names_the_context_can_be_named() {
    let gateway = Gateway::new()
        .opt("contextkey", "elsewhere")
        .opt("elsewhere", "https://github.com/org/app.git#main")
        .source_file("git://github.com/org/app.git#main", "Dockerfile", "FROM scratch\nCOPY a /\n");
    let recording = succeed(gateway).await;
    assert_eq!(graph(&recording).sources(), ["git://github.com/org/app.git#main"]);
}

/// A context in a repository: its URL, the identifier that it comes to, and an attribute that it has.
type Repository = (&'static str, &'static str, (&'static str, &'static str));

const REPOSITORIES: [Repository; 7] = [
    (
        "https://github.com/org/app.git",
        "git://github.com/org/app.git",
        ("git.fullurl", "https://github.com/org/app.git"),
    ),
    (
        "https://github.com/org/app.git#v1.2:sub/dir",
        "git://github.com/org/app.git#v1.2:sub/dir",
        ("git.fullurl", "https://github.com/org/app.git"),
    ),
    (
        "https://github.com/org/app.git?ref=v2&subdir=sub",
        "git://github.com/org/app.git#v2:sub",
        ("git.fullurl", "https://github.com/org/app.git"),
    ),
    (
        "https://github.com/org/app.git?branch=next&keep-git-dir=true",
        "git://github.com/org/app.git#refs/heads/next",
        ("git.keepgitdir", "true"),
    ),
    (
        "https://github.com/org/app.git?tag=v3&submodules=false",
        "git://github.com/org/app.git#refs/tags/v3",
        ("git.skipsubmodules", "true"),
    ),
    (
        "https://github.com/org/app.git?ref=main&checksum=0123456789abcdef0123456789abcdef01234567",
        "git://github.com/org/app.git#main",
        ("git.checksum", "0123456789abcdef0123456789abcdef01234567"),
    ),
    (
        "github.com/org/app",
        "git://github.com/org/app",
        ("git.fullurl", "https://github.com/org/app"),
    ),
];

#[tokio::test]
async fn contexts_can_be_repositories() {
    for (url, identifier, (name, value)) in REPOSITORIES {
        let gateway = Gateway::new().opt("context", url).source_file(
            identifier,
            "Dockerfile",
            "FROM scratch\nCOPY a /\n",
        );
        let recording = succeed(gateway).await;
        let graph = graph(&recording);
        assert_eq!(graph.sources(), [identifier], "{url}");
        assert_eq!(attr(graph, identifier, name), Some(value), "{url}: {name}");
        assert_eq!(ignore_file_solves(&recording), 0, "{url}");
    }
}

#[tokio::test]
async fn the_history_of_a_repository_can_be_kept() {
    let identifier = "git://github.com/org/app.git#main";
    let gateway = Gateway::new()
        .opt("context", "https://github.com/org/app.git#main")
        .build_arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1")
        .source_file(identifier, "Dockerfile", "FROM scratch\nCOPY a /\n");
    let recording = succeed(gateway).await;
    assert_eq!(attr(graph(&recording), identifier, "git.keepgitdir"), Some("true"));
}

#[tokio::test]
async fn repositories_with_queries_that_are_unknown_are_refused() {
    let gateway = Gateway::new().opt("context", "https://github.com/org/app.git?colour=red");
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.contains("colour"), "{error}");
}

const DOWNLOAD: &str = "https://example.com/download";

/// The first block of a tar archive with one file.
fn tar_header() -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    header[..10].copy_from_slice(b"Dockerfile");
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(b"00000000000");
    header[136..147].copy_from_slice(b"00000000000");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[tokio::test]
async fn contexts_can_be_archives_on_the_web() {
    let archives: [(&str, Vec<u8>); 4] = [
        ("gzip", vec![0x1f, 0x8b, 0x08, 0, 0, 0]),
        ("bzip2", b"BZh91AY".to_vec()),
        ("xz", vec![0xfd, b'7', b'z', b'X', b'Z', 0, 0]),
        ("tar", tar_header()),
    ];
    for (kind, start) in archives {
        let gateway = Gateway::new()
            .opt("context", DOWNLOAD)
            .source_file(DOWNLOAD, "context", start)
            .source_file(DOWNLOAD, "Dockerfile", "FROM scratch\nCOPY a /\n");
        let recording = succeed(gateway).await;
        let graph = graph(&recording);
        assert_eq!(attr(graph, DOWNLOAD, "http.filename"), Some("context"), "{kind}");
        let unpacks = |graph: &Graph| {
            graph.vertices.iter().any(|vertex| {
                vertex.json()["file"]["actions"][0]["copy"]["attemptUnpackDockerCompatibility"]
                    == true
            })
        };
        assert!(unpacks(graph), "{kind}");
        let first = recording.files.first().expect("a read");
        assert_eq!(first.range, Some((0, 1024)), "{kind}");
    }
}

#[tokio::test]
async fn what_the_client_pipes_in_can_be_the_context() {
    // The client serves its stdin, which the engine downloads from it.
    let url = "http://buildkit-session/abc";
    let gateway = Gateway::new()
        .opt("context", url)
        .source_file(url, "context", tar_header())
        .source_file(url, "Dockerfile", "FROM scratch\nCOPY a /\n");
    assert_eq!(graph(&succeed(gateway).await).sources(), [url]);
}

#[tokio::test]
async fn a_dockerfile_can_be_on_the_web() {
    let gateway = Gateway::new().opt("context", DOWNLOAD).source_file(
        DOWNLOAD,
        "context",
        "FROM scratch\nCOPY context /\n",
    );
    let recording = succeed(gateway).await;
    assert_eq!(graph(&recording).sources(), [DOWNLOAD]);
    assert_eq!(graph(&recording).vertices.len(), 2);
}

#[tokio::test]
async fn a_directory_of_the_context_can_be_the_context() {
    let gateway = Gateway::new()
        .opt("context", DOWNLOAD)
        .opt("contextsubdir", "sub/dir")
        .source_file(DOWNLOAD, "context", tar_header())
        .source_file(DOWNLOAD, "Dockerfile", "FROM scratch\nCOPY a /\n");
    let recording = succeed(gateway).await;
    let copied = graph(&recording).vertices.iter().any(|vertex| {
        let copy = &vertex.json()["file"]["actions"][0]["copy"];
        copy["src"] == "/sub/dir" && copy["dirCopyContents"] == true && copy["dest"] == "/"
    });
    assert!(copied, "{:?}", graph(&recording).names());
}

#[tokio::test]
async fn the_client_can_give_the_context_as_a_definition() {
    let gateway = copying().input("context", source("git://example.com/app.git"));
    let recording = succeed(gateway).await;
    assert_eq!(graph(&recording).sources(), ["git://example.com/app.git"]);
    assert_eq!(solved(&recording, 0).sources(), ["local://dockerfile"]);
    assert_eq!(ignore_file_solves(&recording), 0);
}

#[tokio::test]
async fn the_client_can_give_the_dockerfile_as_a_definition() {
    let gateway = || {
        Gateway::new()
            .input("dockerfile", source("local://other"))
            .file("other", "Dockerfile", "FROM other\n")
            .file("dockerfile", "Dockerfile", "FROM usual\n")
            .file("forced", "Dockerfile", "FROM forced\n")
    };
    let recording = succeed(gateway()).await;
    assert_eq!(recording.resolved(), ["docker.io/library/other:latest|linux/amd64"]);

    let recording = succeed(gateway().opt("dockerfilekey", "forced")).await;
    assert_eq!(recording.resolved(), ["docker.io/library/forced:latest|linux/amd64"]);
}

#[tokio::test]
async fn inputs_are_not_empty() {
    for (input, dockerfile) in [
        ("context", "FROM scratch\n"),
        ("dockerfile", "FROM scratch\n"),
        ("lib", "# syntax=docker/dockerfile:1.7\nFROM scratch\n"),
    ] {
        let gateway =
            Gateway::new().dockerfile(dockerfile).input(input, crate::pb::Definition::default());
        let message =
            "failed to get frontend inputs: invalid nil input definition to definition op";
        fail_with(gateway, message).await;
    }
}

#[tokio::test]
async fn a_client_without_folders_has_no_ignore_file() {
    let gateway = |dockerfile: &str| {
        Gateway::new()
            .missing(Missing::NoLocalSources)
            .input("dockerfile", source("local://other"))
            .file("other", "Dockerfile", dockerfile)
            .file("other", "Dockerfile.dockerignore", "")
    };
    for dockerfile in ["FROM alpine\n", "FROM alpine\nCOPY a /\n"] {
        let recording = succeed(gateway(dockerfile)).await;
        assert_eq!(ignore_file_solves(&recording), 1, "{dockerfile}");
    }
    let named = gateway("FROM alpine\nCOPY --from=lib a /\n").opt("context:lib", "local:lib");
    succeed(named).await;
}

#[tokio::test]
async fn the_client_is_asked_once_for_all_that_it_gives() {
    let gateway = Gateway::new()
        .dockerfile("FROM one AS one\nRUN x\nFROM two\nCOPY --from=one /a /\nCOPY b /\n")
        .input("context", source("git://example.com/app.git"))
        .input("first", source("docker-image://docker.io/library/first:1"))
        .input("second", source("docker-image://docker.io/library/second:1"))
        .opt("context:one", "input:first")
        .opt("context:two", "input:second")
        .opt("platform", "linux/amd64,linux/arm64");
    assert_eq!(succeed(gateway).await.count(Rpc::Inputs), 1);
}

#[tokio::test]
async fn engines_without_inputs_are_not_asked_for_them() {
    use aliasfront_tests::gateway::CapSet;
    let caps = CapSet::buildkit_0_32().without("frontend.inputs");
    let recording = succeed(copying().caps(caps)).await;
    assert_eq!(recording.count(Rpc::Inputs), 0);
    assert!(attrs(graph(&recording), CONTEXT).contains_key("local.session"));
}
