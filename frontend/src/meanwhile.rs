//! Steps that run while the images of aliases are checked.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::failure::Failure;

/// The steps that run already. They are parts of the build's own definitions, so the engine runs each once.
#[derive(Debug, Clone)]
pub(crate) struct Meanwhile {
    /// The digests of those that were started.
    started: Arc<Mutex<HashSet<String>>>,
    /// How many have not come to their end.
    running: watch::Sender<usize>,
    /// The first that failed.
    failure: watch::Sender<Option<Failure>>,
}

impl Default for Meanwhile {
    fn default() -> Self {
        Self {
            started: Arc::default(),
            running: watch::Sender::new(0),
            failure: watch::Sender::new(None),
        }
    }
}

impl Meanwhile {
    /// Notes that a step starts, by its digest. Returns whether it had not been started before.
    pub(crate) fn start(&self, digest: String) -> bool {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = started.insert(digest);
        if is_new {
            self.running.send_modify(|running| *running += 1);
        }
        is_new
    }

    /// Notes that a step came to its end.
    pub(crate) fn end(&self, outcome: Result<(), Failure>) {
        if let Err(failure) = outcome {
            self.failure.send_if_modified(|first| {
                let is_first = first.is_none();
                first.get_or_insert(failure);
                is_first
            });
        }
        self.running.send_modify(|running| *running -= 1);
    }

    /// Whether some have not come to their end.
    pub(crate) fn is_running(&self) -> bool {
        *self.running.borrow() > 0
    }

    /// Waits until one fails: the build fails, too.
    pub(crate) async fn failed(&self) -> Failure {
        let mut failure = self.failure.subscribe();
        loop {
            if let Some(failure) = failure.borrow_and_update().clone() {
                return failure;
            }
            if failure.changed().await.is_err() {
                // Not while this is there.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until all have come to their end: an engine stops what nobody waits for.
    pub(crate) async fn ended(&self) {
        // It fails where the other end is gone, which this one has.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}
