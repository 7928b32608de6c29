//! Both drivers of the compiler, the gateway's and the command line's, over the golden corpus: the same Dockerfile, options
//! and facts give the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aliasfront_cli::images::Known;
use aliasfront_cli::local::Local;
use aliasfront_cli::outside::Outside;
use aliasfront_cli::request::Request;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, FailureKind, Image, ImageFact};
use aliasfront_compiler::view::request::Kind;
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_compiler::{Code, Error, shown};
use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Gateway, Outcome};
use aliasfront_tests::golden::Case;
use buildkit_dockerfile::Dockerfile;

/// The session that the gateway's builds are of.
const SESSION: &str = "session-1";
const WHY: &str = "build-arg:ALIASFRONT_WHY";

/// Cases that end with words of the engine, which nobody else has.
const ENGINE_WORDS: [&str; 1] = ["places-missing-dockerfile"];

/// How many cases are compared at least: those that need no other frontend, no repository and no web server.
const LEAST: usize = 170;

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
    let kinds = [Kind::Plan, Kind::Outline, Kind::Targets, Kind::Lint, Kind::ConvertLlb];
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
