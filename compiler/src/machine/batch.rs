//! Several compilations side by side, without I/O.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use buildkit_dockerfile::lint::Finding;

use super::{Compilation, Compiler, Meanwhile, Progress};
use crate::error::{Error, ErrorKind};
use crate::question::{Fact, Key, Question};

/// Compilations that share their look-ups: each question is handed out once, whichever of them has it,
/// and each answer is told to all who wait for it.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use aliasfront_compiler::{Batch, Compiler, Fact, Input};
///
/// let text = "FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /\n";
/// let targets = ["a", "b"].map(|name| BTreeMap::from([("target".to_owned(), name.to_owned())]));
/// let [a, b] = targets.map(|opts| Input::of(text, &opts));
/// let mut batch = Batch::new([Compiler::new(a?), Compiler::new(b?)]);
/// let mut asked = 0;
/// while !batch.is_done() {
///     for question in batch.advance() {
///         asked += 1;
///         batch.answer(question.key, Fact::File(None));
///     }
/// }
/// assert!(batch.finish().iter().all(|outcome| outcome.result.is_ok()));
/// // Both need `.dockerignore`.
/// assert_eq!(asked, 1);
/// # Ok::<(), aliasfront_compiler::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch {
    /// Those that have not come to an end.
    running: Vec<Option<Compiler>>,
    outcomes: Vec<Option<Outcome>>,
    /// Those that may go on.
    ready: BTreeSet<usize>,
    answers: HashMap<Key, Answer>,
}

/// A compilation that came to its end.
#[derive(Debug)]
pub struct Outcome {
    /// What it came to.
    pub result: Result<Box<Compilation>, Error>,
    /// What lint rules found, also where it failed.
    pub findings: Vec<Finding>,
}

/// The state of an answer.
#[derive(Debug)]
enum Answer {
    /// Asked; these compilations wait for it.
    Open(Vec<usize>),
    Known(Fact),
}

impl Batch {
    /// A batch of compilations, none of which goes on before [`Self::advance`].
    pub fn new(compilers: impl IntoIterator<Item = Compiler>) -> Self {
        let running: Vec<_> = compilers.into_iter().map(Some).collect();
        Self {
            outcomes: running.iter().map(|_| None).collect(),
            ready: (0..running.len()).collect(),
            answers: HashMap::new(),
            running,
        }
    }

    /// Lets all compilations go on as far as the answers allow. Gives the questions that they have
    /// come to and nobody was told of yet.
    pub fn advance(&mut self) -> Vec<Question> {
        let mut questions = Vec::new();
        while let Some(index) = self.ready.pop_first() {
            self.advance_one(index, &mut questions);
        }
        questions
    }

    /// Takes the answer to a question. The first one counts; one that nobody asked for is kept for who
    /// will ask.
    pub fn answer(&mut self, key: Key, fact: Fact) {
        let waiting = match self.answers.entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(Answer::Known(fact));
                return;
            }
            Entry::Occupied(mut entry) => match entry.get() {
                Answer::Known(_) => return,
                Answer::Open(_) => match entry.insert(Answer::Known(fact.clone())) {
                    Answer::Open(waiting) => waiting,
                    Answer::Known(_) => return,
                },
            },
        };
        for index in waiting {
            if let Some(compiler) = &mut self.running[index] {
                compiler.answer(key.clone(), fact.clone());
                self.ready.insert(index);
            }
        }
    }

    /// Takes what can be run already: see [`Compiler::take_meanwhile`].
    pub fn take_meanwhile(&mut self) -> Vec<Meanwhile> {
        self.running.iter_mut().flatten().flat_map(Compiler::take_meanwhile).collect()
    }

    /// Whether all compilations have come to an end.
    pub fn is_done(&self) -> bool {
        self.running.iter().all(Option::is_none)
    }

    /// What the compilations came to, in their order. One that still waits for an answer failed.
    pub fn finish(self) -> Vec<Outcome> {
        let ends = self.outcomes.into_iter().zip(self.running);
        ends.map(|(outcome, running)| {
            outcome.unwrap_or_else(|| Outcome {
                result: Err(Error::new("the compilation waits for an answer that doesn't come")
                    .kind(ErrorKind::Driver)),
                findings: running.map(Compiler::into_findings).unwrap_or_default(),
            })
        })
        .collect()
    }

    fn advance_one(&mut self, index: usize, questions: &mut Vec<Question>) {
        let Some(mut compiler) = self.running[index].take() else { return };
        let result = loop {
            match compiler.advance() {
                Ok(Progress::Done(compilation)) => break Ok(compilation),
                Err(error) => break Err(error),
                Ok(Progress::Ask(asked)) => {
                    let mut told = false;
                    for question in asked {
                        told |= self.ask(index, question, &mut compiler, questions);
                    }
                    if !told {
                        self.running[index] = Some(compiler);
                        return;
                    }
                }
            }
        };
        self.outcomes[index] = Some(Outcome { result, findings: compiler.into_findings() });
    }

    /// Asks a question for a compilation. Returns whether the answer was known.
    fn ask(
        &mut self,
        index: usize,
        question: Question,
        compiler: &mut Compiler,
        questions: &mut Vec<Question>,
    ) -> bool {
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
                questions.push(question);
                false
            }
        }
    }
}
