//! The work of expanding a word.

use crate::expand::lexer::LexError;
use crate::limits::{MAX_EXPANSION_STEPS, exceeded_message};

/// Counts what expanding a word takes: bytes that are read or copied and characters that are compared
/// with patterns. What it comes to says nothing of that: a word can use a long value many times and
/// be empty.
#[derive(Debug, Default)]
pub(crate) struct Steps(usize);

impl Steps {
    /// Takes so many more.
    ///
    /// # Errors
    /// There are more than [`MAX_EXPANSION_STEPS`].
    pub(super) fn take(&mut self, steps: usize) -> Result<(), LexError> {
        self.0 = self.0.saturating_add(steps);
        if self.0 > MAX_EXPANSION_STEPS {
            return Err(LexError::Limit(exceeded_message(
                "work of expanding a word",
                MAX_EXPANSION_STEPS,
                "MAX_EXPANSION_STEPS",
            )));
        }
        Ok(())
    }

    /// How many were taken.
    pub(super) fn taken(&self) -> usize {
        self.0
    }
}
