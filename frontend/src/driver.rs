//! Drives compilations to their end: asks all open questions at once.

use aliasfront_compiler::{Batch, Compiler, Drive, Outcome, Question};
use tokio::task::JoinSet;

use crate::answer::answer;
use crate::engine::Engine;

impl Drive for Engine {
    /// Questions that several compilations have are asked once.
    async fn drive(&self, compilers: Vec<Compiler>) -> Vec<Outcome> {
        let mut batch = Batch::new(compilers);
        let mut requests = JoinSet::new();
        loop {
            for Question { key, log_name } in batch.advance() {
                let engine = self.clone();
                requests.spawn(async move {
                    let fact = answer(&engine, &key, &log_name).await;
                    (key, fact)
                });
            }
            for wanted in batch.take_meanwhile() {
                self.meanwhile.start(self, wanted);
            }
            let Some(finished) = requests.join_next().await else { return batch.finish() };
            // A request that panicked has no answer; its panic ends the process, as all panics do.
            let Ok((key, fact)) = finished else { continue };
            batch.answer(key, fact);
        }
    }
}
