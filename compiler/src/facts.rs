//! What a compilation was told, and what it still wants to know.
//!
//! What depends on an answer is a [`Poll`] everywhere: pending until the answer is there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::task::Poll;

use crate::error::Error;
use crate::question::{Fact, Key, Question};
use crate::shown;

/// Answers by question. Facts only grow: an answer is never taken back.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Where the answers are to what was asked, or told unasked.
    places: HashMap<Key, usize>,
    /// `None` where the answer isn't there yet.
    answers: Vec<Option<Fact>>,
    waiting: usize,
    open: Vec<Question>,
    redirected: bool,
}

impl Facts {
    /// The answer to `key`; where it is not known yet, it is asked, called `log_name`.
    pub fn ask(&mut self, key: &Key, log_name: impl FnOnce() -> String) -> Poll<&Fact> {
        let place = self.places.get(key).copied();
        if place.is_none() {
            self.places.insert(key.clone(), self.answers.len());
            self.answers.push(None);
            self.waiting += 1;
            self.open.push(Question { key: key.clone(), log_name: shown::line(&log_name()) });
        }
        match place.and_then(|place| self.answers[place].as_ref()) {
            Some(fact) => Poll::Ready(fact),
            None => Poll::Pending,
        }
    }

    /// Whether `key` was asked, or told.
    pub fn is_asked(&self, key: &Key) -> bool {
        self.places.contains_key(key)
    }

    /// The answer to `key`, where it is known.
    pub fn get(&self, key: &Key) -> Option<&Fact> {
        self.answers[*self.places.get(key)?].as_ref()
    }

    /// Takes an answer. The first one to a question counts.
    pub fn learn(&mut self, key: Key, fact: Fact) {
        self.redirected |= matches!(fact, Fact::Redirected(_));
        self.open.retain(|question| question.key != key);
        match self.places.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(self.answers.len());
                self.answers.push(Some(fact));
            }
            Entry::Occupied(entry) => {
                let known = &mut self.answers[*entry.get()];
                if known.is_none() {
                    *known = Some(fact);
                    self.waiting -= 1;
                }
            }
        }
    }

    /// The questions that were asked since the last call and have no answer yet.
    pub fn take_open(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.open)
    }

    /// Whether a question was asked and not answered.
    pub fn is_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether, since the last call, an answer said that a source policy makes an image another source.
    pub fn take_redirected(&mut self) -> bool {
        std::mem::take(&mut self.redirected)
    }

    /// The failure of the request for `key`, where it failed.
    pub fn failure(&self, key: &Key) -> Option<Error> {
        match self.get(key)? {
            Fact::Failed(failure) => Some(failure.clone().into()),
            _ => None,
        }
    }

    /// All answers, to questions of every kind, in no order.
    pub fn known(&self) -> impl Iterator<Item = (&Key, &Fact)> {
        self.places.iter().filter_map(|(key, place)| Some((key, self.answers[*place].as_ref()?)))
    }
}
