//! How much a Dockerfile may come to.
//!
//! Each word has a limit of its own, and so has the text. But a short text can use a long variable in
//! every instruction, and every command has the whole environment.

use buildkit_dockerfile::Error as WordError;
use buildkit_dockerfile::expand::{Environment, Expander, Expansion};

use crate::error::Error;

/// Bytes of words, names, environments and history that the stages of a Dockerfile may come to. No
/// engine takes a definition that is a quarter of it.
pub const MAX_EVALUATED_SIZE: usize = 64 << 20;

/// Bytes that expanding all words of a Dockerfile may read and copy, and characters that it may
/// compare with patterns: [`Expander::expand_counted`]. A short word can take as much as a long
/// variable that it uses, and come to nothing.
pub const MAX_EVALUATION_STEPS: usize = 200_000_000;

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
            .hint("use long variables in fewer instructions")),
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
        })?;
        Ok(())
    }
}
