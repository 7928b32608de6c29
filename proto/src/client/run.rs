//! A frontend's process, from its start to its end.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process::{ExitCode, Termination};
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncWrite, join, stdin, stdout};
use tokio::runtime;

use super::connection::{ConnectionError, connect};
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

/// Runs a frontend over the process's standard streams, which then are BuildKit's alone: what `build`
/// gives is returned, and when the connection is gone, `build` is dropped.
///
/// To be called once, by the main function, which ends the process with what comes of it: reading
/// standard input takes a thread that can't be stopped.
pub fn run<B, F>(build: B) -> Result<Ended, RunError>
where
    B: FnOnce(Gateway, Environment) -> F,
    F: Future<Output = Result<BuildResult, Failure>>,
{
    let runtime = runtime::Builder::new_current_thread().build().map_err(RunError::Runtime)?;
    let ended = runtime.block_on(serve(join(stdin(), stdout()), Environment::read(), build));
    // The process ends without the thread that reads standard input.
    runtime.shutdown_background();
    ended
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
    let work = async {
        let outcome = build(gateway.clone(), environment).await;
        let request = ReturnRequest::of(outcome);
        let ended = if request.error.is_some() { Ended::Failed } else { Ended::Built };
        gateway.return_result(request).await.map_err(RunError::Return)?;
        Ok(ended)
    };
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
