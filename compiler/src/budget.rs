//! How much a Dockerfile may come to.
//!
//! Each word has a limit of its own, and so has the text. But a short text can use a long variable in
//! every instruction, and every command has the whole environment.

use std::cell::Cell;
use std::rc::Rc;

use buildkit_dockerfile::expand::{Environment, Expander, Expansion};
use buildkit_dockerfile::{Error as WordError, suggest};

use crate::error::{Error, ErrorKind};

/// Bytes of words, names, environments and history that the stages of a Dockerfile may come to. No
/// engine takes a definition that is a quarter of it.
pub const MAX_EVALUATED_SIZE: usize = 64 << 20;

/// Bytes that expanding all words of a Dockerfile may read and copy, and characters that it may
/// compare with patterns: [`Expander::expand_counted`]. A short word can take as much as a long
/// variable that it uses, and come to nothing.
pub const MAX_EVALUATION_STEPS: usize = 200_000_000;

/// Characters of names, paths and patterns that the checks of a compilation may compare: lint rules, the
/// search for what a misspelt name may mean, and what is said of aliases. Beyond that checks find
/// nothing; what is built doesn't depend on them.
pub const MAX_CHECK_STEPS: usize = 20_000_000;

/// What is left of [`MAX_EVALUATED_SIZE`] and of [`MAX_EVALUATION_STEPS`].
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    bytes: usize,
    steps: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_EVALUATED_SIZE, steps: MAX_EVALUATION_STEPS }
    }
}

impl Budget {
    /// Takes `bytes` of it.
    ///
    /// # Errors
    ///
    /// There are less left.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Error> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => Err(Error::new(format!(
                "the Dockerfile comes to more than {MAX_EVALUATED_SIZE} bytes of words, environments \
                 and history (MAX_EVALUATED_SIZE)"
            ))
            .hint("use long variables in fewer instructions")
            .kind(ErrorKind::Limit)),
        }
    }

    /// Expands a word and takes the steps of that, also where it fails. What it comes to isn't charged
    /// for: not everybody keeps it.
    ///
    /// # Errors
    ///
    /// There are less left. Within: the word doesn't expand.
    pub fn expand(
        &mut self,
        expander: Expander,
        word: &str,
        env: &dyn Environment,
    ) -> Result<Result<Expansion, WordError>, Error> {
        let (expansion, steps) = expander.expand_counted(word, env);
        self.take(steps)?;
        Ok(expansion)
    }

    /// [`Self::expand`] into several words.
    ///
    /// # Errors
    ///
    /// As [`Self::expand`].
    pub fn expand_words(
        &mut self,
        expander: Expander,
        word: &str,
        env: &dyn Environment,
    ) -> Result<Result<Vec<String>, WordError>, Error> {
        let (words, steps) = expander.expand_words_counted(word, env);
        self.take(steps)?;
        Ok(words)
    }

    fn take(&mut self, steps: usize) -> Result<(), Error> {
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| {
            Error::new(format!(
                "expanding the Dockerfile's words takes more than {MAX_EVALUATION_STEPS} steps \
                 (MAX_EVALUATION_STEPS)"
            ))
            .hint("use long variables, and patterns on them, in fewer places")
            .kind(ErrorKind::Limit)
        })?;
        Ok(())
    }
}

/// What is left of [`MAX_CHECK_STEPS`]. Clones share it.
#[derive(Debug, Clone)]
pub struct Checks {
    left: Rc<Cell<usize>>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { left: Rc::new(Cell::new(MAX_CHECK_STEPS)) }
    }
}

impl Checks {
    /// Lets a check take steps of what is left. One that says `None` needed more: then nothing is left.
    pub fn within<T>(&self, check: impl FnOnce(&mut usize) -> Option<T>) -> Option<T> {
        let mut left = self.left.get();
        let outcome = check(&mut left);
        self.left.set(if outcome.is_some() { left } else { 0 });
        outcome
    }

    /// Takes steps. Returns whether so many were left.
    pub fn take(&self, steps: usize) -> bool {
        self.within(|left| {
            *left = left.checked_sub(steps)?;
            Some(())
        })
        .is_some()
    }

    /// How many steps were taken.
    pub fn taken(&self) -> usize {
        MAX_CHECK_STEPS - self.left.get()
    }

    /// The option nearest to `value`, as [`suggest::closest`] finds it; none where comparing them takes
    /// more than is left.
    pub fn closest<'a>(
        &self,
        value: &str,
        options: impl IntoIterator<Item = &'a str>,
        case_sensitive: bool,
    ) -> Option<String> {
        let mut enough = true;
        let compared = options.into_iter().take_while(|option| {
            // Only names of about the same length are compared.
            let near = option.len().abs_diff(value.len()) < suggest::MAX_DISTANCE;
            enough = self.take(if near { 1 + option.len() * value.len() } else { 1 });
            enough
        });
        let nearest = suggest::closest(value, compared, case_sensitive);
        nearest.filter(|_| enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_end_with_the_budget() {
        let checks = Checks::default();
        let names = ["alpha", "beta", "gamma"];
        assert_eq!(checks.closest("betta", names, true).as_deref(), Some("beta"));
        let taken = checks.taken();
        assert!((3..100).contains(&taken), "{taken}");
        assert!(checks.take(MAX_CHECK_STEPS - taken - 10));
        assert_eq!(checks.closest("betta", names, true), None);
        assert_eq!(checks.taken(), MAX_CHECK_STEPS);
        assert!(!checks.clone().take(1) && checks.take(0));
    }
}
