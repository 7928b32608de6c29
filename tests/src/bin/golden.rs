//! Puts the golden corpus through a frontend.
//!
//! Prints each failing case with the first difference (`-` is the reference, `+` the frontend), and last
//! `N passed, M failed`. Exit codes: 0 if every case passed, 1 if one failed, 2 if the corpus can't be put through.

use std::error::Error;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use aliasfront_tests::frontend;
use aliasfront_tests::golden::{Case, Difference, Strictness, compare, remarks};
use clap::Parser;
use tokio::sync::Semaphore;

/// Puts the golden corpus through a frontend, and says what differs from the reference.
#[derive(Debug, Parser)]
struct Options {
    /// Only cases whose names contain it, or one of several.
    patterns: Vec<String>,
    /// The corpus: a directory with cases/ and expected/.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/golden"))]
    corpus: PathBuf,
    /// The frontend; this repository's, built beside this program, by default.
    #[arg(long, value_name = "BINARY")]
    frontend: Option<PathBuf>,
    /// So many cases at once; the number of processors by default.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Takes what the frontend does for what is expected of it, in the files of a corpus other than the golden one.
    #[arg(long, requires = "corpus", requires = "frontend")]
    record: bool,
    /// Also lists errors that read differently.
    #[arg(long)]
    strict_errors: bool,
    /// Also lists vertices whose metadata differs.
    #[arg(long)]
    strict_names: bool,
    /// Also lists builds with more requests than the reference makes.
    #[arg(long)]
    strict_requests: bool,
    /// Also lists warnings that read differently.
    #[arg(long)]
    strict_warnings: bool,
}

impl Options {
    fn strictness(&self) -> Strictness {
        Strictness {
            errors: self.strict_errors,
            names: self.strict_names,
            requests: self.strict_requests,
            warnings: self.strict_warnings,
        }
    }

    fn jobs(&self) -> usize {
        self.jobs.or_else(|| available_parallelism().ok()).map_or(2, NonZero::get)
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
    match run(&Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Puts the corpus through. True if every case came out as the reference's.
async fn run(options: &Options) -> Result<bool, Failure> {
    let cases = Case::all(&options.corpus, &options.patterns)?;
    let frontend: Arc<Path> =
        options.frontend.as_deref().unwrap_or_else(|| frontend::binary()).into();
    if options.record {
        for case in &cases {
            case.record(&options.corpus, &case.run(&frontend).await?)?;
        }
        println!("{} recorded", cases.len());
        return Ok(true);
    }
    let slots = Arc::new(Semaphore::new(options.jobs()));
    let mut running = Vec::new();
    for case in cases {
        let (slots, frontend) = (Arc::clone(&slots), Arc::clone(&frontend));
        running.push(tokio::spawn(judge(case, frontend, slots, options.strictness())));
    }
    let (mut passed, mut failed) = (0, 0);
    for verdict in running {
        let verdict = verdict.await??;
        match verdict.failure {
            None => passed += 1,
            Some(difference) => {
                failed += 1;
                println!("FAILED {}: {difference}", verdict.name);
            }
        }
        for remark in verdict.remarks {
            println!("remark on {}: {remark}", verdict.name);
        }
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
