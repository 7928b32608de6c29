//! The commands.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use aliasfront_compiler::alias::contract::PREFIX;
use aliasfront_compiler::view::request::{Kind, RESULT_JSON, RESULT_TEXT};
use aliasfront_compiler::view::{self, Metadata, WHY_ARGUMENT};
use aliasfront_compiler::{Answered, Error, ErrorKind, Job, Purpose, SourceFile};
use anstream::ColorChoice;
use tokio::runtime;

use crate::args::{Asked, Cli, Color, Command, Fingerprint, Format, Llb, LlbFormat, Why};
use crate::diagnostic;
use crate::exit::Exit;
use crate::llb;
use crate::outside::Outside;
use crate::recipe_diff;
use crate::registry::Registries;
use crate::request::Request;

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

/// A job and what it is driven with.
struct Running {
    job: Job,
    outside: Outside,
    runtime: runtime::Runtime,
}

impl Running {
    fn start(request: Request) -> Result<Self, Error> {
        let job = request.job()?;
        let registries = Registries::new(request.platform)
            .map_err(|why| Error::new(why).kind(ErrorKind::Option))?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(format!("failed to start: {error}")).kind(ErrorKind::Driver)
        })?;
        Ok(Self { job, outside: Outside::new(request.locals, registries), runtime })
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
    let running = Running::start(request)?;
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

fn check(asked: &Asked) -> Result<Exit, Problem> {
    let running = Running::start(asked.build.request()?)?;
    let (findings, error) = running.runtime.block_on(running.job.findings(&running.outside));
    let metadata = view::lint(&findings, error.as_ref(), &running.job.entry.source);
    print_answer(&metadata, asked.format)?;
    match error {
        None if findings.is_empty() => Ok(Exit::Fine),
        None => Ok(Exit::Findings),
        // In JSON it is part of the answer.
        Some(error) if asked.format == Format::Json => Ok(Exit::of(&error)),
        Some(error) => Err(running.problem(error)),
    }
}

fn write_llb(asked: &Llb) -> Result<Exit, Problem> {
    let running = Running::start(asked.build.request()?)?;
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
