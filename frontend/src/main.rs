//! The gateway binary: what BuildKit runs for `# syntax=ghcr.io/org/aliasfront`.
//!
//! It speaks gRPC over its standard streams, gets the build's options from its environment, and is
//! done when it has returned a result or an error. Nothing but gRPC is written to standard output.

mod answer;
mod build;
mod cache_imports;
mod caps;
mod content;
mod driver;
mod elsewhere;
mod engine;
mod failure;
mod forward;
mod image_meta;
mod listings;
mod log;
mod meanwhile;
mod names;
mod oversized;
mod probe;
mod published;
mod request;
mod run;
mod sbom;
mod source;
mod source_meta;
mod source_time;
mod warning;
mod wording;

use std::process::ExitCode;

use aliasfront_compiler::shown;
use buildkit_proto::client::{self, Ended, Gateway, RunError};
use buildkit_proto::environment::Environment;
use buildkit_proto::gateway;

use crate::engine::Engine;
use crate::failure::Failure;

/// What to do about a result that BuildKit is too small for.
const TOO_LARGE: &str = "ask for less at once: a target with fewer stages";

fn main() -> ExitCode {
    if let Some(exit) = content::program::run(std::env::args_os()) {
        return exit;
    }
    log::start();
    match client::run(build) {
        Ok(Ended::Built) => ExitCode::SUCCESS,
        Ok(Ended::Failed) | Err(RunError::Closed) => ExitCode::FAILURE,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn build(gateway: Gateway, environment: Environment) -> Result<gateway::Result, Failure> {
    let is_named_by_dockerfile = environment.opts.contains_key(forward::CMDLINE);
    let built = match Engine::greet(gateway, environment).await {
        Ok(engine) => run::run(engine).await,
        Err(failure) => Err(failure),
    };
    let fitting = built.and_then(|result| result.fitting().map_err(|error| error.hint(TOO_LARGE)));
    let fitting =
        fitting.map_err(|error| if is_named_by_dockerfile { error.framed() } else { error });
    let shown = fitting.map_err(|error| error.shown(shown::block));
    shown.inspect_err(|error| tracing::debug!(message = %error.message(), "the build failed"))
}
