//! Both drivers of the compiler, the gateway's and the command line's, over the golden corpus: the same Dockerfile, options
//! and facts give the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aliasfront_cli::check::{self, WithAny};
use aliasfront_cli::images::Known;
use aliasfront_cli::llb;
use aliasfront_cli::local::Local;
use aliasfront_cli::outside::Outside;
use aliasfront_cli::request::Request;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, FailureKind, Image, ImageFact};
use aliasfront_compiler::view::request::Kind;
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_compiler::{Code, Error, Purpose, shown};
use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Files, Gateway, Outcome};
use aliasfront_tests::golden::Case;
use aliasfront_tests::graph::Graph;
use buildkit_dockerfile::Dockerfile;
use buildkit_proto::pb::Definition;
use prost::Message as _;

/// The session that the gateway's builds are of.
const SESSION: &str = "session-1";
const WHY: &str = "build-arg:ALIASFRONT_WHY";

/// Cases that end with words of the engine, which nobody else has.
const ENGINE_WORDS: [&str; 1] = ["places-missing-dockerfile"];

/// How many cases are compared at least: those that need no other frontend, no repository and no web server.
const LEAST: usize = 170;
/// How many of them come to a graph, at least.
const LEAST_GRAPHS: usize = 125;

/// An answer, or the words of the error.
type Answer = Result<BTreeMap<String, Vec<u8>>, String>;

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpora = ["golden", "corpus"].map(|corpus| Case::all(&folder.join(corpus), &[]));
    corpora.into_iter().flat_map(|cases| cases.expect("the corpus")).collect()
}

/// The local sources of a case that the command line can build; `None` where it takes more.
fn locals(case: &Case) -> Option<BTreeMap<String, PathBuf>> {
    let is_remote = |key: &str| case.opts().get(key).is_some_and(|value| value.contains("://"));
    // What another frontend builds, or what this one can't do, only a daemon knows of.
    let is_forwarded =
        !case.expected.forwarded.is_empty() || case.opts().contains_key("frontend.caps");
    if is_forwarded
        || ENGINE_WORDS.contains(&case.name.as_str())
        || is_remote("context")
        || case.opts().contains_key("contextkey")
    {
        return None;
    }
    case.locals().expect("the case's files")
}

/// The gateway of a case, and the frontend's options of a request to it.
fn asked(case: &Case, kind: Kind, stage: &str) -> (Gateway, BTreeMap<String, String>) {
    let mut opts = case.opts().clone();
    opts.insert("requestid".to_owned(), kind.request().name.to_owned());
    if kind == Kind::Why {
        opts.insert(WHY.to_owned(), stage.to_owned());
    }
    let gateway = case.gateway().expect("the case's files").opts(opts.clone());
    (gateway, opts)
}

fn request(opts: BTreeMap<String, String>, locals: &BTreeMap<String, PathBuf>) -> Request {
    let local = |(name, path): (&String, &PathBuf)| (name.clone(), Local::Directory(path.clone()));
    Request {
        opts,
        locals: locals.iter().map(local).collect(),
        session: SESSION.to_owned(),
        platform: Platform::new("linux", "amd64", ""),
    }
}

/// The images of a gateway, as the command line looks them up.
fn images(gateway: Gateway) -> Known<impl Fn(&Image) -> Result<ImageFact, Failure>> {
    Known(move |image: &Image| {
        let platform = image.platform.as_ref().map(Platform::to_pb);
        let reference = image.reference.clone();
        match gateway.look_up(&reference, platform.as_ref()) {
            Ok((digest, config)) => Ok(ImageFact { reference, digest, config }),
            Err(status) => Err(Failure {
                kind: FailureKind::NotFound,
                message: status.message().to_owned(),
                code: Code::from_number(status.code().into()),
                elsewhere: None,
            }),
        }
    })
}

/// What the gateway's driver answers; `None` where it hands the build to another frontend.
async fn by_gateway(gateway: Gateway) -> Option<Answer> {
    let recording = gateway.run(frontend::binary()).await.expect("the frontend starts");
    if !recording.forwarded.is_empty() {
        return None;
    }
    Some(match recording.outcome.expect("the build ends") {
        Outcome::Result(returned) => Ok(returned.metadata),
        Outcome::Error(status) => Err(status.message),
    })
}

/// What the command line's driver answers.
async fn by_cli(request: Request, gateway: Gateway, kind: Kind) -> Answer {
    let words = |error: Error| shown::block(buildkit_proto::Failure::from(error).message());
    let outside = Outside::new(request.locals.clone(), images(gateway));
    let job = request.job().map_err(words)?;
    job.answer(kind, &outside).await.result.map_err(words)
}

/// The stages of a case that are asked about: a few of them.
fn stages(case: &Case) -> Vec<String> {
    const MOST: usize = 3;
    let text = case.dockerfile().unwrap_or_default();
    let names = Dockerfile::read_any(text.as_bytes())
        .map(|dockerfile| dockerfile.stages.into_iter().filter_map(|stage| stage.name).collect());
    let mut names: Vec<String> = names.unwrap_or_default();
    names.truncate(MOST);
    names
}

#[tokio::test]
async fn every_answer_is_the_same() {
    let kinds =
        [Kind::Plan, Kind::Outline, Kind::Targets, Kind::Lint, Kind::ConvertLlb, Kind::Fingerprint];
    let mut compared = 0;
    let mut differences = Vec::new();
    for case in cases() {
        let Some(locals) = locals(&case) else { continue };
        let why = stages(&case).into_iter().map(|stage| (Kind::Why, stage));
        let questions = kinds.iter().map(|kind| (*kind, String::new())).chain(why);
        for (kind, stage) in questions {
            let (gateway, opts) = asked(&case, kind, &stage);
            let Some(expected) = by_gateway(gateway.clone()).await else { break };
            let answer = by_cli(request(opts, &locals), gateway, kind).await;
            compared += usize::from(kind == Kind::Plan);
            if answer != expected {
                let text = |answer: &Answer| match answer {
                    Ok(metadata) => metadata
                        .iter()
                        .map(|(key, value)| format!("{key}: {}", String::from_utf8_lossy(value)))
                        .collect::<Vec<_>>()
                        .join("\n"),
                    Err(error) => format!("error: {error}"),
                };
                let lines = aliasfront_tests::diff::lines(&text(&expected), &text(&answer));
                differences.push(format!("{} {kind:?} {stage}\n{lines}", case.name));
            }
        }
    }
    assert!(differences.is_empty(), "{}\n{}", differences.len(), differences.join("\n"));
    assert!(compared >= LEAST, "{compared} cases are compared");
}

#[tokio::test]
async fn every_graph_is_the_same() {
    let mut compared = 0;
    let mut differences = Vec::new();
    for case in cases() {
        let Some(locals) = locals(&case) else { continue };
        let mut opts = case.opts().clone();
        if opts.contains_key("requestid") {
            continue;
        }
        let gateway = case.gateway().expect("the case's files");
        let recording = gateway.clone().run(frontend::binary()).await.expect("the frontend starts");
        // What it fails with is compared elsewhere.
        let Some(Outcome::Result(returned)) = &recording.outcome else { continue };
        // One for each target is what a build gives, and no request.
        if opts.remove("build-arg:ALIASFRONT_TARGETS").is_some() {
            continue;
        }
        let request = request(opts, &locals);
        let outside = Outside::new(request.locals.clone(), images(gateway));
        let job = request.job().expect("a job");
        let compilations = job.compilations(Purpose::Build, &outside).await.result;
        let compilations = compilations.expect("the build compiles");
        // Only platforms tell graphs apart.
        let ours = compilations.iter().filter(|compilation| !compilation.definition.is_empty());
        let ours = ours.map(|compilation| {
            let data = if compilations.len() == 1 {
                llb::protobuf(&compilations).expect("a definition")
            } else {
                compilation.definition.to_pb().encode_to_vec()
            };
            Graph::new(&Definition::decode(data.as_slice()).expect("a definition"))
                .expect("a graph")
        });
        let ours: Vec<Graph> = ours.collect();
        let theirs: Vec<Graph> = returned.graphs.values().cloned().collect();
        compared += 1;
        let is_same = ours.len() == theirs.len() && theirs.iter().all(|graph| ours.contains(graph));
        if !is_same {
            differences.push(case.name.clone());
        }
    }
    assert!(differences.is_empty(), "{differences:?}");
    assert!(compared >= LEAST_GRAPHS, "{compared} cases are compared");
}

/// A folder of its own, removed with what is in it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn local_directories_are_looked_into_alike() {
    let folder = Folder(std::env::temp_dir().join(format!("drivers-{}", std::process::id())));
    let [context, dockerfile, builder] = ["context", "dockerfile", "builder"].map(|name| {
        let path = folder.0.join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    });
    std::fs::create_dir_all(builder.join("out/lib")).expect("a folder");
    for path in ["out/agentd", "out/lib/a.so", "out/lib/b.so", "out/empty"] {
        std::fs::write(builder.join(path), path).expect("a file");
    }
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(builder.join("out/agentd"), executable).expect("a mode");
    for (link, target) in
        [("out/link", "agentd"), ("out/absolute", "/out/lib"), ("out/broken", "x")]
    {
        std::os::unix::fs::symlink(target, builder.join(link)).expect("a link");
    }
    let folders = [("context", context), ("dockerfile", dockerfile.clone()), ("builder", builder)];
    for (require, copy) in [
        ("/out/agentd,+x", "/out/agentd"),
        ("/out/lib/a.so,+x", "/out/agentd"),
        ("/out/agent", "/out/agentd"),
        ("/out/link,+x", "/out/absolute/*.so"),
        ("/out/lib/*.so", "/out/lib"),
        ("/out/lib/*.a", "/out"),
        ("/out/broken", "/out/agentd"),
        ("/none/x", "/out/agentd"),
        ("/out/lib", "/"),
        ("/out/none", "/"),
        ("/out/broken", "/"),
    ] {
        let text = format!(
            "ARG B=local\nFROM scratch AS local\nCOPY . /\n# alias require={require}\nFROM ${{B}} AS builder\n\
             FROM scratch\nCOPY --from=builder {copy} /\n"
        );
        std::fs::write(dockerfile.join("Dockerfile"), &text).expect("a file");
        let locals: BTreeMap<String, PathBuf> =
            folders.iter().map(|(name, path)| ((*name).to_owned(), path.clone())).collect();
        let mut gateway = Gateway::new().dockerfile(text);
        for (name, path) in &locals {
            gateway = gateway.local(name, Files::from_folder(path).expect("a folder"));
        }
        let opts = [("context:builder", "local:builder"), ("requestid", Kind::Plan.request().name)];
        let opts: BTreeMap<String, String> =
            opts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let gateway = gateway.opts(opts.clone());
        let expected = by_gateway(gateway.clone()).await.expect("an answer");
        let answer = by_cli(request(opts, &locals), gateway, Kind::Plan).await;
        let text = |answer: Answer| answer.map(|metadata| metadata.get("result.txt").cloned());
        let shown = |answer: Answer| match text(answer) {
            Ok(text) => String::from_utf8(text.unwrap_or_default()).expect("a text"),
            Err(error) => error,
        };
        assert_eq!(shown(answer), shown(expected), "{require} {copy}");
    }
}

#[tokio::test]
async fn fingerprints_of_the_same_files_are_the_same() {
    let folder = Folder(std::env::temp_dir().join(format!("recipes-{}", std::process::id())));
    let [context, dockerfile] = ["context", "dockerfile"].map(|name| folder.0.join(name));
    for path in ["src/main.rs", "src/gen/a.rs", "src/gen/b.txt", "target/out", "README", "b.rs"] {
        let path = context.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, path.to_string_lossy().as_bytes()).expect("a file");
    }
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(context.join("README"), executable).expect("a mode");
    std::os::unix::fs::symlink("gen/a.rs", context.join("src/link")).expect("a link");
    std::fs::create_dir_all(&dockerfile).expect("a folder");
    let folders = [("context", context.clone()), ("dockerfile", dockerfile.clone())];
    let mut fingerprints = std::collections::BTreeSet::new();
    let ignores = ["", "target\n", "*\n!src\n", "**/*.txt\nREADME\n", "src/*\n!src/gen/a.rs\n"];
    let copies = [".", "src", "src/gen README", "*.rs src/main.rs", "src/gen/*.rs"];
    for (ignore, copy) in ignores.iter().flat_map(|ignore| copies.map(|copy| (ignore, copy))) {
        std::fs::write(context.join(".dockerignore"), ignore).expect("a file");
        let text = format!(
            "ARG B=local\nFROM alpine AS local\nCOPY {copy} /s/\n# alias auto=ghcr.io/org/b\nFROM ${{B}} AS builder\n\
             FROM scratch\nCOPY --from=builder /s /\n"
        );
        std::fs::write(dockerfile.join("Dockerfile"), &text).expect("a file");
        let locals: BTreeMap<String, PathBuf> =
            folders.iter().map(|(name, path)| ((*name).to_owned(), path.clone())).collect();
        let mut gateway = Gateway::new();
        for (name, path) in &locals {
            gateway = gateway.local(name, Files::from_folder(path).expect("a folder"));
        }
        let opts = [
            ("target", "builder"),
            ("requestid", Kind::Fingerprint.request().name),
            // What lists files in a step, which is given what clients send.
            ("source", "ghcr.io/org/aliasfront"),
        ];
        let opts: BTreeMap<String, String> =
            opts.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let gateway = gateway.opts(opts.clone());
        let expected = by_gateway(gateway.clone()).await.expect("an answer").expect("a result");
        let answer = by_cli(request(opts, &locals), gateway, Kind::Fingerprint).await;
        let answer = answer.expect("a result");
        let text = |metadata: &BTreeMap<String, Vec<u8>>| {
            String::from_utf8_lossy(&metadata["result.json"]).into_owned()
        };
        assert_eq!(text(&answer), text(&expected), "{ignore:?} {copy}");
        fingerprints.insert(answer["result.txt"].clone());
    }
    assert!(fingerprints.len() > 15, "{}", fingerprints.len());
}

#[tokio::test]
async fn checking_aliases_both_ways_invents_no_errors() {
    let mut flipped = 0;
    for case in cases() {
        let Some(locals) = locals(&case) else { continue };
        let gateway = case.gateway().expect("the case's files");
        let request = request(case.opts().clone(), &locals);
        let images = WithAny::new(images(gateway), request.platform.clone());
        let outside = Outside::new(request.locals.clone(), images);
        let Ok(job) = request.job() else { continue };
        let plain = job.linted(&outside).await;
        let checked = check::both_ways(&request, &outside).await.expect("a request");
        let is_new = plain.result.is_ok() && checked.error.is_some();
        assert!(!is_new, "{}: {:?}", case.name, checked.error);
        flipped += usize::from(plain.result.is_ok_and(|one| !one.aliases.is_empty()));
    }
    assert!(flipped > 5, "{flipped} cases have aliases");
}
