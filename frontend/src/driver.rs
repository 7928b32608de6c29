//! Drives compilations to their end: asks all open questions at once.

use aliasfront_compiler::question::Key;
use aliasfront_compiler::{
    Batch, Compiler, Drive, Fact, Loads, Looked, Looking, Meanwhile, Outcome, Question,
};
use tokio::task::JoinSet;

use crate::answer::answer;
use crate::cache_imports;
use crate::engine::{Engine, Solve};

impl Drive for Engine {
    /// Questions that several compilations have are asked once.
    async fn drive(&self, compilers: Vec<Compiler>) -> Vec<Outcome> {
        let mut batch = Batch::new(compilers);
        let mut requests = JoinSet::new();
        loop {
            for Question { key, log_name } in batch.advance() {
                requests.spawn(ask(self.clone(), key, log_name));
            }
            for wanted in batch.take_meanwhile() {
                run_meanwhile(self, wanted);
            }
            let Some(finished) = requests.join_next().await else { return batch.finish() };
            // A request that panicked has no answer; its panic ends the process, as all panics do.
            let Ok((key, fact)) = finished else { continue };
            batch.answer(key, fact);
        }
    }
}

/// Asks a question. Both loops have the one task for it, which is a good part of the executable.
async fn ask(engine: Engine, key: Key, log_name: String) -> (Key, Fact) {
    let fact = answer(&engine, &key, &log_name).await;
    (key, fact)
}

/// Looks at what was built.
pub(crate) async fn look(engine: &Engine, mut loads: Loads) -> Looked {
    let mut requests = JoinSet::new();
    loop {
        let questions = match loads.advance() {
            Looking::Done(looked) => return looked,
            Looking::Ask(questions) => questions,
        };
        for Question { key, log_name } in questions {
            requests.spawn(ask(engine.clone(), key, log_name));
        }
        match requests.join_next().await {
            Some(Ok((key, fact))) => loads.answer(key, fact),
            // As above.
            Some(Err(_)) => {}
            // It asks for nothing and is not done, which no machine does.
            None => return Looked::default(),
        }
    }
}

/// Runs a step while the compilations go on, however many of them want it.
fn run_meanwhile(engine: &Engine, wanted: Meanwhile) {
    let Some(head) = wanted.definition.head() else { return };
    if !engine.meanwhile.start(head.to_string()) {
        return;
    }
    let engine = engine.clone();
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
        let outcome = solve.await.map(drop);
        engine.meanwhile.end(outcome);
    });
}
