//! A frontend's process, from its start to its end.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process::{ExitCode, Termination};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::thread;

use tokio::io::{AsyncRead, AsyncWrite, join, stdin, stdout};
use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use super::connection::{Connection, ConnectionError, connect};
use super::{Gateway, RpcError};
use crate::Failure;
use crate::environment::Environment;
use crate::gateway::{Result as BuildResult, ReturnRequest};

/// How a build ended, when its client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a result.
    Built,
    /// With an error.
    Failed,
}

impl Termination for Ended {
    fn report(self) -> ExitCode {
        match self {
            Self::Built => ExitCode::SUCCESS,
            Self::Failed => ExitCode::FAILURE,
        }
    }
}

/// Why a frontend ended before it could tell its client how the build did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The runtime could not be started.
    #[error("the runtime could not be started: {0}")]
    Runtime(#[source] io::Error),
    /// The thread of the build could not be started.
    #[error("the thread of the build could not be started: {0}")]
    Thread(#[source] io::Error),
    /// The thread of the build ended without a result.
    #[error("the build panicked")]
    Panicked,
    /// There is no connection, or it broke.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// BuildKit closed the connection: there is nobody left to work for.
    #[error("BuildKit closed the connection")]
    Closed,
    /// BuildKit took neither the result nor the error.
    #[error("the result could not be returned: {0}")]
    Return(#[source] RpcError),
}

/// The stack of the thread that builds, in bytes: as much as a main thread has on Linux.
const STACK_SIZE: usize = 8 << 20;

/// Runs a frontend over the process's standard streams, which then are BuildKit's alone: what `build`
/// gives is returned. When the connection is gone, this is done, whatever `build` is computing: it has a
/// thread of its own.
///
/// To be called once, by the main function, which ends the process with what comes of it: neither
/// reading standard input nor a computation can be stopped otherwise.
pub fn run<B, F>(build: B) -> Result<Ended, RunError>
where
    B: FnOnce(Gateway, Environment) -> F + Send + 'static,
    F: Future<Output = Result<BuildResult, Failure>>,
{
    let runtime = runtime()?;
    let ended = runtime.block_on(beside(join(stdin(), stdout()), Environment::read(), build));
    runtime.shutdown_background();
    ended
}

/// A runtime for the thread that asks for it.
fn runtime() -> Result<Runtime, RunError> {
    runtime::Builder::new_current_thread().build().map_err(RunError::Runtime)
}

/// Builds in a thread of its own, beside this one, which keeps the connection.
async fn beside<S, B, F>(stream: S, environment: Environment, build: B) -> Result<Ended, RunError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    B: FnOnce(Gateway, Environment) -> F + Send + 'static,
    F: Future<Output = Result<BuildResult, Failure>>,
{
    let (gateway, connection) = connect(stream).await?;
    // The connection would end with its last user, and that is not how the build ended.
    let _user = gateway.clone();
    let (done, mut ended) = oneshot::channel();
    let returning = Arc::new(AtomicBool::new(false));
    let work = {
        let returning = Arc::clone(&returning);
        move || {
            let work = work(gateway, environment, build, &returning);
            let ended = runtime().and_then(|runtime| runtime.block_on(work));
            // Where nobody waits for it any more, the process is about to end.
            let _ = done.send(ended);
        }
    };
    let thread = thread::Builder::new().name("build".to_owned()).stack_size(STACK_SIZE);
    thread.spawn(work).map_err(RunError::Thread)?;
    let outcome = async { (&mut ended).await.unwrap_or(Err(RunError::Panicked)) };
    match until_gone(outcome, connection).await {
        // BuildKit may close the connection right behind its answer, which the build has not seen yet.
        Err(RunError::Closed | RunError::Connection(_)) if returning.load(Ordering::SeqCst) => {
            ended.await.unwrap_or(Err(RunError::Panicked))
        }
        outcome => outcome,
    }
}

/// Runs a frontend over any stream, for tests. Has to be called in a tokio runtime.
pub async fn serve<S, B, F>(
    stream: S,
    environment: Environment,
    build: B,
) -> Result<Ended, RunError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    B: FnOnce(Gateway, Environment) -> F,
    F: Future<Output = Result<BuildResult, Failure>>,
{
    let (gateway, connection) = connect(stream).await?;
    until_gone(work(gateway, environment, build, &AtomicBool::new(false)), connection).await
}

/// Builds, and returns the result or the error; `returning` says that it came so far.
async fn work<B, F>(
    gateway: Gateway,
    environment: Environment,
    build: B,
    returning: &AtomicBool,
) -> Result<Ended, RunError>
where
    B: FnOnce(Gateway, Environment) -> F,
    F: Future<Output = Result<BuildResult, Failure>>,
{
    let outcome = build(gateway.clone(), environment).await;
    let request = ReturnRequest::of(outcome);
    let ended = if request.error.is_some() { Ended::Failed } else { Ended::Built };
    returning.store(true, Ordering::SeqCst);
    gateway.return_result(request).await.map_err(RunError::Return)?;
    Ok(ended)
}

/// What `work` comes to, unless the connection goes first.
async fn until_gone(
    work: impl Future<Output = Result<Ended, RunError>>,
    connection: Connection,
) -> Result<Ended, RunError> {
    let mut work = pin!(work);
    let mut connection = pin!(connection);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => connection.as_mut().poll(context).map(|gone| match gone {
            Ok(()) => Err(RunError::Closed),
            Err(error) => Err(error.into()),
        }),
    })
    .await
}
