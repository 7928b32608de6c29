//! Puts builds that are made by lot through frontends.
//!
//! `compare` says where a frontend differs from another one, which is taken for right; `check` says where one frontend
//! breaks what holds for every build. Exit codes: 0 if nothing was found, 1 if something was, 2 if a frontend can't be
//! started.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aliasfront_tests::frontend;
use aliasfront_tests::gateway::Recording;
use aliasfront_tests::generate::{Sample, check, reduce};
use aliasfront_tests::golden::{Difference, Expected, Strictness, compare, remarks};
use clap::{Args, Parser, Subcommand};
use serde_json::Value;

/// Puts builds that are made by lot through frontends.
#[derive(Debug, Parser)]
struct Options {
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// Shows where the frontend differs from another one.
    Compare(Compare),
    /// Shows where the frontend breaks what holds for every build.
    Check(Range),
}

#[derive(Debug, Args)]
struct Compare {
    /// The other frontend, which is taken for right.
    #[arg(long, value_name = "BINARY")]
    reference: PathBuf,
    /// Saves each failing build, made small, as a case of this corpus.
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Takes other texts of errors, warnings and step names for differences, too.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, Args)]
struct Range {
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many builds.
    #[arg(long, default_value_t = 1000)]
    count: u64,
    /// Stops after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// The frontend; this repository's, built beside this program, by default.
    #[arg(long, value_name = "BINARY")]
    frontend: Option<PathBuf>,
}

/// Whatever keeps builds from being put through.
type Failure = Box<dyn Error + Send + Sync>;

/// How often the other frontend is asked again: it may answer one way or another.
const REPEATS: usize = 40;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Options::parse().mode {
        Mode::Compare(options) => run_compare(&options).await,
        Mode::Check(range) => run_check(&range).await,
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

impl Range {
    /// The seeds, until the time is over.
    fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let end = self.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        (self.seed..self.seed.saturating_add(self.count))
            .take_while(move |_| end.is_none_or(|end| Instant::now() < end))
    }

    fn frontend(&self) -> &Path {
        self.frontend.as_deref().unwrap_or_else(|| frontend::binary())
    }
}

/// Compares the builds of all seeds; how many differ.
async fn run_compare(options: &Compare) -> Result<usize, Failure> {
    let (mut done, mut failed) = (0, 0);
    for seed in options.range.seeds() {
        done += 1;
        let sample = Sample::new(seed);
        let Some(found) = differs(options, &sample).await? else { continue };
        failed += 1;
        let small = reduce(sample, async |smaller| {
            let now = differs(options, &smaller).await?;
            Ok(now.is_some_and(|now| now.what == found.what))
        })
        .await?;
        let found = differs(options, &small).await?.unwrap_or(found);
        println!("SEED {seed}: {found}{}", shown(&small));
        if let Some(corpus) = &options.save {
            let recording = small.gateway().run(&options.reference).await?;
            small.save(corpus, &format!("generated-{seed}"), &Expected::of(&recording))?;
        }
    }
    println!("{done} builds, {failed} differ");
    Ok(failed)
}

/// How the frontend differs from the other one on a build.
async fn differs(options: &Compare, sample: &Sample) -> std::io::Result<Option<Difference>> {
    let ours = sample.gateway().run(options.range.frontend()).await?;
    let mut first = None;
    for _ in 0..REPEATS {
        let recording = sample.gateway().run(&options.reference).await?;
        let mut theirs = Expected::of(&recording);
        // What a terminal would obey is shown as an escape here.
        theirs.error = theirs.error.map(|message| message.replace('\r', "\\r"));
        // Where the other one goes down, there is nothing to compare with.
        let is_empty = theirs.error.is_none() && theirs.metadata.is_empty();
        if is_empty && theirs.forwarded.is_empty() || is_deliberate(&theirs) {
            return Ok(None);
        }
        let mut difference = compare(&theirs, &ours).err();
        if options.strict && difference.is_none() {
            let all = Strictness { errors: true, names: true, requests: false, warnings: true };
            difference = remarks(&theirs, &ours, all).into_iter().next();
        }
        let Some(difference) = difference else { return Ok(None) };
        let message = told(&ours);
        // The reference looks at all bases at once, and tells any that is wrong.
        if message.contains("failed to parse stage name") {
            return Ok(None);
        }
        // It builds for all platforms at once, too.
        let platforms =
            sample.opts.get("platform").is_some_and(|platforms| platforms.contains(','));
        if platforms && !message.is_empty() && theirs.error.is_some() {
            return Ok(None);
        }
        first.get_or_insert(difference);
    }
    Ok(first)
}

/// What a recording fails with, as a build or in the answer of lint.
fn told(recording: &Recording) -> String {
    if let Some(error) = recording.error() {
        return error.message.clone();
    }
    let answer = recording.result().and_then(|result| result.json("result.json"));
    lint_error(answer.as_ref()).unwrap_or_default().to_owned()
}

/// The message of the error in an answer of lint.
fn lint_error(answer: Option<&Value>) -> Option<&str> {
    answer?.get("buildError")?.get("message")?.as_str()
}

/// Whether this project takes what the reference refuses: see `docs/compatibility.md`.
fn is_deliberate(theirs: &Expected) -> bool {
    const TAKEN: [&str; 2] = [
        "variable expansion is not supported for --from",
        "'from' doesn't support variable expansion",
    ];
    let answer = lint_error(theirs.metadata.get("result.json"));
    let message = theirs.error.as_deref().or(answer).unwrap_or_default();
    TAKEN.iter().any(|taken| message.contains(taken))
}

/// A build for people.
fn shown(sample: &Sample) -> String {
    let mut text = String::new();
    for (key, value) in &sample.opts {
        text += &format!("    {key}={value}\n");
    }
    for ((local, path), content) in &sample.files {
        if !content.is_empty() {
            text += &format!("    --- {local}/{path}\n{content}\n");
        }
    }
    for (reference, config) in &sample.images {
        text += &format!("    --- {reference}\n    {config}\n");
    }
    text
}

/// Checks the builds of all seeds; how many break something.
async fn run_check(range: &Range) -> Result<usize, Failure> {
    let (mut done, mut failed) = (0, 0);
    for seed in range.seeds() {
        done += 1;
        let sample = Sample::new(seed);
        let Err(found) = check(&sample, range.frontend()).await? else { continue };
        failed += 1;
        let small = reduce(sample, async |smaller| {
            let now = check(&smaller, range.frontend()).await?;
            Ok(now.is_err_and(|now| now.what == found.what))
        })
        .await?;
        println!("SEED {seed}: {found}{}", shown(&small));
    }
    println!("{done} builds, {failed} broken");
    Ok(failed)
}
