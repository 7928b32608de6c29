//! The commands.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use aliasfront_compiler::alias::contract::PREFIX;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, Image};
use aliasfront_compiler::view::request::{Kind, RESULT_JSON, RESULT_TEXT};
use aliasfront_compiler::view::{self, Metadata, WHY_ARGUMENT};
use aliasfront_compiler::{Answered, Error, ErrorKind, Job, Purpose, SourceFile, shown};
use anstream::ColorChoice;
use tokio::runtime;
use tokio::task::JoinSet;

use crate::args::{
    self, Asked, Build, Check, CheckFormat, Cli, Color, Command, Fingerprint, Format, GraphFormat,
    Llb, LlbFormat, Why,
};
use crate::check::{self, Checked, WithAny};
use crate::diagnostic;
use crate::exit::Exit;
use crate::github;
use crate::graph::Picture;
use crate::images::Images;
use crate::llb;
use crate::lock::{Change, Lock, LockError, Locked, Recorder};
use crate::outside::Outside;
use crate::recipe_diff;
use crate::registry::Registries;
use crate::request::Request;
use crate::sarif;

/// Runs a command.
pub fn run(cli: Cli) -> Exit {
    match cli.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
    .write_global();
    let ended = match cli.command {
        Command::Plan(asked) => answer(&asked, Kind::Plan, None),
        Command::Outline(asked) => answer(&asked, Kind::Outline, None),
        Command::Targets(asked) => answer(&asked, Kind::Targets, None),
        Command::Why(Why { stage, asked }) => answer(&asked, Kind::Why, Some(stage)),
        Command::Check(asked) => check(&asked),
        Command::Llb(llb) => write_llb(&llb),
        Command::Graph(graph) => draw(&graph),
        Command::Lock(args::Lock { build, source_policy: true, .. }) => source_policy(&build),
        Command::Lock(args::Lock { build, check: true, .. }) => check_lock(&build),
        Command::Lock(args::Lock { build, prune, .. }) => lock(&build, prune),
        Command::Fingerprint(Fingerprint { asked, diff: None }) => {
            answer(&asked, Kind::Fingerprint, None)
        }
        Command::Fingerprint(Fingerprint { asked, diff: Some(earlier) }) => {
            compare_fingerprints(&asked, &earlier)
        }
    };
    ended.unwrap_or_else(Problem::tell)
}

/// Why a command has no answer.
struct Problem {
    error: Box<Error>,
    source: Option<SourceFile>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error: Box::new(error), source: None }
    }
}

impl Problem {
    /// Says it, and gives what the process ends with.
    fn tell(self) -> Exit {
        say(&diagnostic::render(&self.error, self.source.as_ref(), true));
        Exit::of(&self.error)
    }
}

/// Says something beside the answer, in colors where they are wanted.
fn say(text: &str) {
    // Where nobody listens, the exit code still says it.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Writes the answer; nothing where whoever reads it has enough.
fn print(data: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(data).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let message = format!("failed to write to standard output: {error}");
            Err(Error::new(message).kind(ErrorKind::Source))
        }
        _ => Ok(()),
    }
}

/// The answer in the form that is asked for. JSON is a line.
fn print_answer(metadata: &Metadata, format: Format) -> Result<(), Error> {
    let get = |key: &str| metadata.get(key).cloned().unwrap_or_default();
    match format {
        Format::Text => print(&get(RESULT_TEXT)),
        Format::Json => {
            let mut data = get(RESULT_JSON);
            data.push(b'\n');
            print(&data)
        }
    }
}

fn registries(platform: Platform) -> Result<Registries, Error> {
    Registries::new(platform).map_err(|why| Error::new(why).kind(ErrorKind::Option))
}

/// The images of registries, or of the lock file.
fn images(build: &Build, platform: &Platform) -> Result<Arc<dyn Images>, Error> {
    if build.locked {
        let path = build.lock_file.clone();
        let lock = Lock::read(&path).map_err(of_lock)?;
        return Ok(Arc::new(Locked::new(lock, path, platform.clone())));
    }
    Ok(Arc::new(registries(platform.clone())?))
}

/// An error about a lock file.
fn of_lock(error: LockError) -> Error {
    let kind = match error {
        LockError::Read { .. } | LockError::Write { .. } => ErrorKind::Source,
        _ => ErrorKind::Option,
    };
    Error::new(error.to_string()).kind(kind)
}

/// A job and what it is driven with.
struct Running {
    job: Job,
    outside: Outside,
    runtime: runtime::Runtime,
}

impl Running {
    /// A build with the images that its command line names.
    fn start(request: Request, build: &Build) -> Result<Self, Error> {
        let images = images(build, &request.platform)?;
        Self::with(request, images)
    }

    fn with(request: Request, images: impl Images + 'static) -> Result<Self, Error> {
        let job = request.job()?;
        let outside = Outside::new(request.locals, images);
        Ok(Self { job, outside, runtime: runtime()? })
    }

    /// An error about the Dockerfile.
    fn problem(&self, error: Error) -> Problem {
        Problem { error: Box::new(error), source: Some(self.job.entry.source.clone()) }
    }
}

fn answer(asked: &Asked, kind: Kind, stage: Option<String>) -> Result<Exit, Problem> {
    print_answer(&ask(asked, kind, stage)?, asked.format)?;
    Ok(Exit::Fine)
}

fn ask(asked: &Asked, kind: Kind, stage: Option<String>) -> Result<Metadata, Problem> {
    let mut request = asked.build.request()?;
    if let Some(stage) = stage {
        request.opts.insert(format!("build-arg:{PREFIX}{WHY_ARGUMENT}"), stage);
    }
    let running = Running::start(request, &asked.build)?;
    let Answered { result, .. } =
        running.runtime.block_on(running.job.answer(kind, &running.outside));
    result.map_err(|error| running.problem(error))
}

fn compare_fingerprints(asked: &Asked, earlier: &Path) -> Result<Exit, Problem> {
    let unusable =
        |why: String| Error::new(format!("{}: {why}", earlier.display())).kind(ErrorKind::Option);
    let before = fs::read(earlier).map_err(|error| unusable(error.to_string()))?;
    let metadata = ask(asked, Kind::Fingerprint, None)?;
    let after = metadata.get(RESULT_JSON).map(Vec::as_slice).unwrap_or_default();
    let text = recipe_diff::diff(&before, after).map_err(unusable)?;
    print(text.as_bytes())?;
    Ok(if text.is_empty() { Exit::Fine } else { Exit::Findings })
}

fn check(asked: &Check) -> Result<Exit, Problem> {
    let request = asked.build.request()?;
    let platform = request.platform.clone();
    // Both ways ask for the same images.
    let images = Recorder::new(images(&asked.build, &platform)?, platform.clone());
    let running = Running::with(request.clone(), WithAny::new(images, platform))?;
    let checked = running.runtime.block_on(check::both_ways(&request, &running.outside))?;
    let Checked { findings, error } = checked;
    let path = asked.build.dockerfile();
    let source = &running.job.entry.source;
    match asked.format {
        CheckFormat::Text => {
            print_answer(&view::lint(&findings, error.as_ref(), source), Format::Text)?;
        }
        CheckFormat::Json => {
            print_answer(&view::lint(&findings, error.as_ref(), source), Format::Json)?;
        }
        CheckFormat::Sarif => print(&sarif::sarif(&path, &findings, error.as_ref()))?,
        CheckFormat::Github => print(&github::commands(&path, &findings, error.as_ref()))?,
    }
    match error {
        None if findings.is_empty() => Ok(Exit::Fine),
        None => Ok(Exit::Findings),
        Some(error) if asked.format == CheckFormat::Text => Err(running.problem(error)),
        // It is part of the answer.
        Some(error) => Ok(Exit::of(&error)),
    }
}

fn write_llb(asked: &Llb) -> Result<Exit, Problem> {
    let running = Running::start(asked.build.request()?, &asked.build)?;
    let compilations = running.job.compilations(Purpose::Build, &running.outside);
    let Answered { result, .. } = running.runtime.block_on(compilations);
    let compilations = result.map_err(|error| running.problem(error))?;
    let data = match asked.format {
        LlbFormat::Json => llb::json(&compilations),
        LlbFormat::Protobuf if io::stdout().is_terminal() => {
            let error = Error::new("standard output is a terminal, and the definition is no text");
            let hint = "redirect it to a file or to buildctl build, or say --format json";
            return Err(error.hint(hint).kind(ErrorKind::Option).into());
        }
        LlbFormat::Protobuf => llb::protobuf(&compilations)?,
    };
    print(&data)?;
    Ok(Exit::Fine)
}

fn draw(asked: &args::Graph) -> Result<Exit, Problem> {
    let running = Running::start(asked.build.request()?, &asked.build)?;
    let compilations = running.job.compilations(Purpose::Build, &running.outside);
    let Answered { result, .. } = running.runtime.block_on(compilations);
    let compilations = result.map_err(|error| running.problem(error))?;
    let [compilation] = compilations.as_slice() else {
        let message = format!("a graph is for one platform, and {} are named", compilations.len());
        let error = Error::new(message).hint("name one with --platform");
        return Err(error.kind(ErrorKind::Option).into());
    };
    let picture = Picture::of(compilation);
    print(&match asked.format {
        GraphFormat::Mermaid => picture.mermaid(),
        GraphFormat::Dot => picture.dot(),
        GraphFormat::Json => picture.json(),
    })?;
    Ok(Exit::Fine)
}

fn source_policy(build: &Build) -> Result<Exit, Problem> {
    let lock = Lock::read(&build.lock_file).map_err(of_lock)?;
    print(lock.source_policy().map_err(of_lock)?.as_bytes())?;
    Ok(Exit::Fine)
}

fn lock(build: &Build, prune: bool) -> Result<Exit, Problem> {
    let mut lock = Lock::read(&build.lock_file).map_err(of_lock)?;
    let request = build.request()?;
    let platform = request.platform.clone();
    let images = Arc::new(Recorder::new(registries(platform.clone())?, platform));
    let running = Running::with(request, Arc::clone(&images))?;
    let looked_up = running.job.look_up(&running.outside);
    running.runtime.block_on(looked_up).map_err(|error| running.problem(error))?;
    let found = images.found();
    let gone = if prune { lock.retain(&found) } else { Vec::new() };
    let changes = lock.update(found);
    if !changes.is_empty() || !gone.is_empty() || !build.lock_file.exists() {
        lock.write(&build.lock_file).map_err(of_lock)?;
    }
    let gone = gone.iter().map(|key| format!("{}: gone\n", named(key)));
    let text: String = changes.iter().map(told).chain(gone).collect();
    print(text.as_bytes())?;
    Ok(Exit::Fine)
}

fn check_lock(build: &Build) -> Result<Exit, Problem> {
    let mut lock = Lock::read(&build.lock_file).map_err(of_lock)?;
    let request = build.request()?;
    let images = Arc::new(Recorder::new(registries(request.platform.clone())?, request.platform));
    let runtime = runtime()?;
    let mut failures = Vec::new();
    let looked_up = look_up_all(&images, lock.questions());
    for (key, failure) in runtime.block_on(looked_up) {
        failures.push((key, Change::Failed(failure.message)));
    }
    let changes = lock.update(images.found());
    let text: String = changes.iter().chain(&failures).map(told).collect();
    print(text.as_bytes())?;
    Ok(if !failures.is_empty() {
        Exit::Outside
    } else if changes.is_empty() {
        Exit::Fine
    } else {
        Exit::Findings
    })
}

/// Looks images up, all at once. Gives those that failed.
async fn look_up_all(
    images: &Arc<Recorder<Registries>>,
    questions: Vec<Image>,
) -> Vec<((String, String), Failure)> {
    let mut requests = JoinSet::new();
    for image in questions {
        let images = Arc::clone(images);
        requests.spawn(async move {
            let platform = image.platform.as_ref().map(Platform::format_all).unwrap_or_default();
            let failure = images.find(&image).await.err();
            failure.map(|failure| ((image.reference, platform), failure))
        });
    }
    let mut failed = requests.join_all().await.into_iter().flatten().collect::<Vec<_>>();
    failed.sort_by(|(a, _), (b, _)| a.cmp(b));
    failed
}

/// An image and its platform, for people.
fn named((reference, platform): &(String, String)) -> String {
    shown::line(&format!("{reference} for {platform}"))
}

/// What is different about an image, as a line.
fn told((key, change): &((String, String), Change)) -> String {
    let what = match change {
        Change::New(digest) => format!("new, {digest}"),
        Change::Moved(old, new) => format!("{old} is {new} now"),
        Change::Config => "another config".to_owned(),
        Change::Failed(why) => why.clone(),
    };
    format!("{}: {}\n", named(key), shown::line(&what))
}

fn runtime() -> Result<runtime::Runtime, Error> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::new(format!("failed to start: {error}")).kind(ErrorKind::Driver))
}
