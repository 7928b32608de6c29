//! Steps that run while the images of aliases are checked.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aliasfront_compiler::Meanwhile as Wanted;
use tokio::sync::watch;

use crate::cache_imports;
use crate::engine::{Engine, Solve};
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
    /// Runs a step, however many compilations want it.
    pub(crate) fn start(&self, engine: &Engine, wanted: Wanted) {
        let Some(head) = wanted.definition.head() else { return };
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if !started.insert(head.to_string()) {
            return;
        }
        self.running.send_modify(|running| *running += 1);
        let (this, engine) = (self.clone(), engine.clone());
        tokio::spawn(async move {
            let solve = async {
                let solve = Solve {
                    evaluate: true,
                    cache_imports: cache_imports::of(&engine)?,
                    source_policy: wanted.source_policy,
                    ..Solve::lazy(&wanted.definition)
                };
                engine.solve(solve).await
            };
            if let Err(failure) = solve.await {
                this.failure.send_if_modified(|first| {
                    let is_first = first.is_none();
                    first.get_or_insert(failure);
                    is_first
                });
            }
            this.running.send_modify(|running| *running -= 1);
        });
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
