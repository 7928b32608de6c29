//! Drives compilations to their end: asks all open questions at once, and each once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use aliasfront_compiler::question::Key;
use aliasfront_compiler::{Compilation, Compiler, Error, Fact, Progress, Question};
use buildkit_dockerfile::lint::Finding;
use tokio::task::JoinSet;

use crate::answer::answer;
use crate::engine::Engine;

/// A compilation that came to its end.
pub struct Outcome {
    /// What it came to.
    pub result: Result<Box<Compilation>, Error>,
    /// What lint rules found, also where it failed.
    pub findings: Vec<Finding>,
}

/// Runs compilations side by side; questions that several of them have are asked once.
pub async fn drive(engine: &Engine, compilers: Vec<Compiler>) -> Vec<Outcome> {
    let mut driver = Driver {
        engine: engine.clone(),
        running: compilers.into_iter().map(Some).collect(),
        outcomes: Vec::new(),
        answers: HashMap::new(),
        requests: JoinSet::new(),
    };
    driver.outcomes.resize_with(driver.running.len(), || None);
    for index in 0..driver.running.len() {
        driver.advance(index);
    }
    while let Some(finished) = driver.requests.join_next().await {
        // A request that panicked has no answer; its panic ends the process, as all panics do.
        let Ok((key, fact)) = finished else { continue };
        driver.tell(&key, &fact);
    }
    driver.outcomes.into_iter().flatten().collect()
}

/// The state of an answer.
enum Answer {
    /// Asked; these compilations wait for it.
    Open(Vec<usize>),
    Known(Fact),
}

struct Driver {
    engine: Engine,
    running: Vec<Option<Compiler>>,
    outcomes: Vec<Option<Outcome>>,
    answers: HashMap<Key, Answer>,
    requests: JoinSet<(Key, Fact)>,
}

impl Driver {
    /// Lets a compilation go on as far as it can.
    fn advance(&mut self, index: usize) {
        let Some(mut compiler) = self.running[index].take() else { return };
        loop {
            match compiler.advance() {
                Ok(Progress::Done(mut compilation)) => {
                    let findings = std::mem::take(&mut compilation.findings);
                    self.outcomes[index] = Some(Outcome { result: Ok(compilation), findings });
                    return;
                }
                Err(error) => {
                    let findings = compiler.findings().to_vec();
                    self.outcomes[index] = Some(Outcome { result: Err(error), findings });
                    return;
                }
                Ok(Progress::Ask(questions)) => {
                    let mut told = false;
                    for question in questions {
                        told |= self.ask(index, question, &mut compiler);
                    }
                    if !told {
                        self.running[index] = Some(compiler);
                        return;
                    }
                }
            }
        }
    }

    /// Asks a question for a compilation. Returns whether the answer was known.
    fn ask(&mut self, index: usize, question: Question, compiler: &mut Compiler) -> bool {
        match self.answers.entry(question.key.clone()) {
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Answer::Known(fact) => {
                    compiler.answer(question.key, fact.clone());
                    true
                }
                Answer::Open(waiting) => {
                    waiting.push(index);
                    false
                }
            },
            Entry::Vacant(entry) => {
                entry.insert(Answer::Open(vec![index]));
                let engine = self.engine.clone();
                self.requests.spawn(async move {
                    let fact = answer(&engine, &question.key, &question.log_name).await;
                    (question.key, fact)
                });
                false
            }
        }
    }

    /// Tells an answer to all compilations that wait for it.
    fn tell(&mut self, key: &Key, fact: &Fact) {
        let Some(Answer::Open(waiting)) =
            self.answers.insert(key.clone(), Answer::Known(fact.clone()))
        else {
            return;
        };
        for index in waiting {
            if let Some(compiler) = &mut self.running[index] {
                compiler.answer(key.clone(), fact.clone());
            }
            self.advance(index);
        }
    }
}
