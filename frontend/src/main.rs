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
mod oversized;
mod probe;
mod request;
mod sbom;
mod source;
mod source_meta;
mod source_time;
mod targets;
mod warning;

use std::process::ExitCode;

use buildkit_proto::client::{Gateway, connect_stdio};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::environment::Environment;

/// The stack of the thread that compiles, in bytes: as much as the main thread has on Linux.
const STACK_SIZE: usize = 8 << 20;

fn main() -> ExitCode {
    log::start();
    let Some(runtime) = runtime() else { return ExitCode::FAILURE };
    let code = runtime.block_on(serve());
    // Reading standard input takes a thread that cannot be stopped, and the build may be in the middle
    // of a computation: the process ends without them.
    runtime.shutdown_background();
    code
}

/// A runtime for the thread that asks for it.
fn runtime() -> Option<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.inspect_err(|error| tracing::error!(%error, "the runtime could not be started")).ok()
}

/// Builds, and returns the result or the error, unless the connection goes first.
///
/// The build has a thread of its own, so that this one sees the end of the connection whatever is
/// computed.
async fn serve() -> ExitCode {
    let (gateway, connection) = match connect_stdio().await {
        Ok(connected) => connected,
        Err(error) => {
            tracing::error!(%error, "no connection to BuildKit");
            return ExitCode::FAILURE;
        }
    };
    let (done, code) = oneshot::channel();
    let build = move || {
        let code = runtime().map_or(ExitCode::FAILURE, |runtime| runtime.block_on(work(gateway)));
        // Where nobody waits for it any more, the process is about to end.
        let _ = done.send(code);
    };
    let thread = std::thread::Builder::new().name("build".to_owned()).stack_size(STACK_SIZE);
    if let Err(error) = thread.spawn(build) {
        tracing::error!(%error, "the thread of the build could not be started");
        return ExitCode::FAILURE;
    }
    tokio::select! {
        code = code => code.unwrap_or(ExitCode::FAILURE),
        outcome = connection => {
            if let Err(error) = outcome {
                tracing::error!(%error, "the connection to BuildKit broke");
            }
            // The client went: there is nobody left to work for.
            ExitCode::FAILURE
        }
    }
}

/// Builds, and returns the result or the error.
async fn work(gateway: Gateway) -> ExitCode {
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
}
