//! Puts the golden corpus through a frontend.
//!
//! ```text
//! cargo run --release -p aliasfront-tests --bin golden -- [OPTIONS] [PATTERN...]
//!
//! PATTERN                    only cases whose names contain it, or one of several
//! --corpus DIR               another corpus (default: the repository's tests/golden)
//! --frontend BINARY          another frontend (default: this repository's, built beside this program)
//! --expected-failures FILE   the cases not expected to pass yet (default: expected-failures.txt of the corpus)
//! --strict-errors            also lists errors that read differently
//! --strict-names             also lists vertices whose metadata differs
//! --strict-requests          also lists builds with more requests than the reference makes
//! --strict-warnings          also lists warnings that read differently
//! --jobs N                   so many cases at once (default: the number of processors)
//! ```
//!
//! Prints each failing case with the first difference (`-` is the reference, `+` the frontend), and last
//! `N passed, M failed`. A case on the list of expected failures has to fail: one that passes counts as failed, until
//! its line is removed.

use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::{env, fmt};

use aliasfront_tests::frontend;
use aliasfront_tests::golden::{Case, Difference, ExpectedFailures, Strictness, compare, remarks};
use tokio::sync::Semaphore;

/// What the command line asks for.
struct Options {
    corpus: PathBuf,
    frontend: Option<PathBuf>,
    expected_failures: Option<PathBuf>,
    strictness: Strictness,
    jobs: usize,
    patterns: Vec<String>,
}

/// A command line that can't be understood.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nusage: golden [--corpus DIR] [--frontend BINARY] [--expected-failures FILE] [--jobs N] \
             [--strict-errors] [--strict-names] [--strict-requests] [--strict-warnings] [PATTERN...]",
            self.0
        )
    }
}

impl Error for Usage {}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Usage> {
        let mut options = Self {
            corpus: Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"),
            frontend: None,
            expected_failures: None,
            strictness: Strictness::default(),
            jobs: available_parallelism().map_or(2, NonZero::get),
            patterns: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().ok_or_else(|| Usage(format!("{argument} of what?")));
            match argument.as_str() {
                "--corpus" => options.corpus = value()?.into(),
                "--frontend" => options.frontend = Some(value()?.into()),
                "--expected-failures" => options.expected_failures = Some(value()?.into()),
                "--jobs" => {
                    let jobs = value()?;
                    options.jobs = jobs
                        .parse()
                        .ok()
                        .filter(|jobs| *jobs > 0)
                        .ok_or_else(|| Usage(format!("{jobs} is no number of jobs")))?;
                }
                "--strict-errors" => options.strictness.errors = true,
                "--strict-names" => options.strictness.names = true,
                "--strict-requests" => options.strictness.requests = true,
                "--strict-warnings" => options.strictness.warnings = true,
                other if other.starts_with('-') => {
                    return Err(Usage(format!("{other} is no option")));
                }
                _ => options.patterns.push(argument),
            }
        }
        Ok(options)
    }
}

/// Whatever keeps the corpus from being put through.
type Failure = Box<dyn Error + Send + Sync>;

/// What came of a case.
struct Verdict {
    name: String,
    failure: Option<Difference>,
    remarks: Vec<Difference>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Puts the corpus through. True if every case came out as expected.
async fn run() -> Result<bool, Failure> {
    let options = Options::parse(env::args().skip(1))?;
    let list =
        options.expected_failures.unwrap_or_else(|| options.corpus.join("expected-failures.txt"));
    let list = ExpectedFailures::from_file(&list)?;
    let cases = Case::all(&options.corpus, &options.patterns)?;
    let frontend: Arc<Path> =
        options.frontend.as_deref().unwrap_or_else(|| frontend::binary()).into();

    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let mut failed = 0;
    if options.patterns.is_empty() {
        for unknown in list.names().filter(|name| !names.contains(name)) {
            println!("FAILED {unknown}: it is on the list of expected failures, and no case");
            failed += 1;
        }
    }

    let slots = Arc::new(Semaphore::new(options.jobs));
    let mut running = Vec::new();
    for case in cases {
        let (slots, frontend) = (Arc::clone(&slots), Arc::clone(&frontend));
        running.push(tokio::spawn(judge(case, frontend, slots, options.strictness)));
    }
    let (mut passed, mut expected) = (0, 0);
    for verdict in running {
        let verdict = verdict.await??;
        match (&verdict.failure, list.feature(&verdict.name)) {
            (None, None) => passed += 1,
            (Some(_), Some(_)) => expected += 1,
            (None, Some(feature)) => {
                failed += 1;
                println!(
                    "FAILED {}: it passes, and is on the list of expected failures ({feature})\n",
                    verdict.name
                );
            }
            (Some(difference), None) => {
                failed += 1;
                println!("FAILED {}: {difference}", verdict.name);
            }
        }
        for remark in verdict.remarks {
            println!("remark on {}: {remark}", verdict.name);
        }
    }
    if !list.is_empty() {
        println!("{} on the list of expected failures, {expected} of them failed", list.len());
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

async fn judge(
    case: Case,
    frontend: Arc<Path>,
    slots: Arc<Semaphore>,
    strictness: Strictness,
) -> Result<Verdict, Failure> {
    let _slot = slots.acquire().await?;
    let recording = case.run(&frontend).await?;
    Ok(Verdict {
        failure: compare(&case.expected, &recording).err(),
        remarks: remarks(&case.expected, &recording, strictness),
        name: case.name,
    })
}
