//! How much a Dockerfile may come to.
//!
//! Each word has a limit of its own, and so has the text. But a short text can use a long variable in
//! every instruction, and every command has the whole environment.

use crate::error::Error;

/// Bytes of words, names, environments and history that the stages of a Dockerfile may come to. No
/// engine takes a definition that is a quarter of it.
pub const MAX_EVALUATED_SIZE: usize = 64 << 20;

/// What is left of [`MAX_EVALUATED_SIZE`].
#[derive(Debug, Clone, Copy)]
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_EVALUATED_SIZE)
    }
}

impl Budget {
    /// Takes `bytes` of it.
    ///
    /// # Errors
    ///
    /// There are less left.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Error> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Error::new(format!(
                "the Dockerfile comes to more than {MAX_EVALUATED_SIZE} bytes of words, environments \
                 and history (MAX_EVALUATED_SIZE)"
            ))
            .hint("use long variables in fewer instructions")),
        }
    }
}
