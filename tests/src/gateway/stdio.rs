//! A child's stdin and stdout as one connection.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{ChildStdin, ChildStdout};

/// A child's stdout to read from and its stdin to write to.
pub(super) struct Stdio {
    stdout: ChildStdout,
    stdin: Stdin,
}

/// A child's stdin, which can be closed while somebody writes to it.
#[derive(Clone)]
pub(super) struct Stdin(Arc<Mutex<Option<ChildStdin>>>);

impl Stdio {
    pub(super) fn new(stdout: ChildStdout, stdin: ChildStdin) -> Self {
        Self { stdout, stdin: Stdin(Arc::new(Mutex::new(Some(stdin)))) }
    }

    /// A second handle of the child's stdin.
    pub(super) fn stdin(&self) -> Stdin {
        self.stdin.clone()
    }
}

impl Stdin {
    /// Closes it: the child reads the end of its stdin.
    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn poll<T>(
        &self,
        call: impl FnOnce(Pin<&mut ChildStdin>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(stdin) => call(Pin::new(stdin)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl AsyncRead for Stdio {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stdio {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stdin.poll(|stdin| stdin.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin.poll(|stdin| stdin.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin.poll(|stdin| stdin.poll_shutdown(context))
    }
}
