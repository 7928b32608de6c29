//! The history of an image, shared between the stages that build on each other.

use std::rc::Rc;

use aliasfront_image::config::History;

/// A list that grows at its end and shares its beginning: a chain of stages costs what it adds.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    last: Option<Rc<Entry>>,
}

#[derive(Debug)]
struct Entry {
    before: Option<Rc<Entry>>,
    entry: History,
}

impl Log {
    /// A list of these entries.
    pub(super) fn new(entries: Vec<History>) -> Self {
        let mut log = Self::default();
        for entry in entries {
            log.push(entry);
        }
        log
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, entry: History) {
        let before = self.last.take();
        self.last = Some(Rc::new(Entry { before, entry }));
    }

    /// The entry that was added last.
    pub(super) fn last(&self) -> Option<&History> {
        self.last.as_ref().map(|entry| &entry.entry)
    }

    /// The entries in order.
    pub(super) fn to_vec(&self) -> Vec<History> {
        let mut entries = Vec::new();
        let mut next = &self.last;
        while let Some(entry) = next {
            entries.push(entry.entry.clone());
            next = &entry.before;
        }
        entries.reverse();
        entries
    }
}

impl Drop for Log {
    /// Takes the list apart in a loop: the derived drop would recurse once for each entry.
    fn drop(&mut self) {
        let mut next = self.last.take();
        while let Some(entry) = next {
            match Rc::try_unwrap(entry) {
                Ok(mut entry) => next = entry.before.take(),
                Err(_) => break,
            }
        }
    }
}
