//! The HTTP/2 connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, join, stdin, stdout};
use tonic::body::Body;
use tower_service::Service;

use super::Gateway;

/// The largest set of headers that is received, in bytes. Errors come as headers, with all their
/// details: a source file among them, and stack traces.
const MAX_HEADER_SIZE: u32 = 16 << 20;

/// How much of an answer may be on the way before it is read, in bytes.
const WINDOW_SIZE: u32 = 1 << 20;

/// The host that requests name. There is only one, whatever its name.
pub(super) fn origin() -> Uri {
    Uri::from_static("http://localhost")
}

/// The connection to BuildKit: a future that has to be polled for calls to come through, and that is
/// done when the connection is gone. Then there is nobody left to work for.
#[must_use = "calls don't come through unless the connection is polled"]
pub struct Connection {
    inner: Pin<Box<dyn Future<Output = Result<(), ConnectionError>> + Send>>,
}

/// Why a connection failed.
#[derive(Debug, thiserror::Error)]
#[error("the connection to BuildKit failed: {source}")]
pub struct ConnectionError {
    #[from]
    source: hyper::Error,
}

/// Connects over the process's standard streams, which then are BuildKit's alone.
///
/// Reading standard input takes a thread that can't be stopped: end the process, rather than wait for
/// it, when the work is done.
pub async fn connect_stdio() -> Result<(Gateway, Connection), ConnectionError> {
    connect(join(stdin(), stdout())).await
}

/// Connects over any stream. Has to be called, and the connection polled, in a tokio runtime.
pub async fn connect<S>(stream: S) -> Result<(Gateway, Connection), ConnectionError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(MAX_HEADER_SIZE)
        .initial_stream_window_size(WINDOW_SIZE)
        .initial_connection_window_size(WINDOW_SIZE)
        .handshake(TokioIo::new(stream))
        .await?;
    let inner = Box::pin(async move { Ok(connection.await?) });
    Ok((Gateway::new(Sender { inner: sender }), Connection { inner }))
}

impl Future for Connection {
    type Output = Result<(), ConnectionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(context)
    }
}

/// Sends requests over the connection.
#[derive(Clone)]
pub(super) struct Sender {
    inner: http2::SendRequest<Body>,
}

impl Service<Request<Body>> for Sender {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.inner.send_request(request))
    }
}
