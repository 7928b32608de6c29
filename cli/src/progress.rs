//! A line that says what is waited for, on a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use aliasfront_compiler::shown;
use tokio::time::{Instant, sleep_until};

/// How long nothing is said: most look-ups are done by then.
const PATIENCE: Duration = Duration::from_millis(400);

/// What puts the cursor back to the start of the line, and empties it.
const CLEAR: &str = "\r\x1b[2K";

/// What is waited for.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What was begun last.
    last: String,
    /// When something is to be said; `None` where it was said, or nobody would see it.
    due: Option<Instant>,
    is_shown: bool,
}

impl Default for Progress {
    fn default() -> Self {
        let due = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { last: String::new(), due, is_shown: false }
    }
}

impl Progress {
    /// Something is asked.
    pub(crate) fn begin(&mut self, what: &str) {
        shown::line(what).clone_into(&mut self.last);
    }

    /// Waits until something is to be said, for ever where that is never.
    pub(crate) async fn wait(&self) {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Says what is waited for.
    pub(crate) fn show(&mut self, open: usize) {
        self.due = None;
        self.is_shown = true;
        let more = if open > 1 { format!(" and {} more", open - 1) } else { String::new() };
        // Whoever doesn't see it misses nothing.
        let _ = write!(io::stderr(), "{CLEAR}{}{more}", self.last);
    }

    /// Takes back what was said.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}
