//! The gateway binary: what BuildKit runs for `# syntax=ghcr.io/org/aliasfront`.
//!
//! It speaks gRPC over its standard streams, gets the build's options from its environment, and is
//! done when it has returned a result or an error. Nothing but gRPC is written to standard output.

mod answer;
mod build;
mod caps;
mod driver;
mod engine;
mod environment;
mod failure;
mod forward;
mod log;
mod outcome;
mod probe;
mod request;
mod sbom;
mod source;
mod source_meta;
mod source_time;
mod targets;
mod warning;
mod wording;

use std::process::ExitCode;

use buildkit_proto::client::connect_stdio;

use crate::engine::Engine;
use crate::environment::Environment;

fn main() -> ExitCode {
    log::start();
    let runtime = match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime could not be started");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(serve());
    // Reading standard input takes a thread that cannot be stopped: the process ends without it.
    runtime.shutdown_background();
    code
}

/// Builds, and returns the result or the error, unless the connection goes first.
async fn serve() -> ExitCode {
    let (gateway, connection) = match connect_stdio().await {
        Ok(connected) => connected,
        Err(error) => {
            tracing::error!(%error, "no connection to BuildKit");
            return ExitCode::FAILURE;
        }
    };
    let work = async {
        let outcome = match Engine::greet(gateway.clone(), Environment::read()).await {
            Ok(engine) => build::run(engine).await,
            Err(failure) => Err(failure),
        };
        let (request, code) = outcome::request(outcome);
        match gateway.return_result(request).await {
            Ok(_) => code,
            Err(error) => {
                tracing::error!(%error, "the result could not be returned");
                ExitCode::FAILURE
            }
        }
    };
    tokio::select! {
        code = work => code,
        outcome = connection => {
            if let Err(error) = outcome {
                tracing::error!(%error, "the connection to BuildKit broke");
            }
            // The client went: there is nobody left to work for.
            ExitCode::FAILURE
        }
    }
}
