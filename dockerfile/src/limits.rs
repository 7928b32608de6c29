//! How much of everything a Dockerfile may hold.
//!
//! The reference has few limits of its own and relies on those of its daemon. These are far beyond
//! what people write, and keep a hostile input from taking the machine's memory or time. Every
//! error that one of them causes names it.

use crate::error::{Error, ErrorKind};

/// Bytes of a Dockerfile.
pub const MAX_DOCKERFILE_SIZE: usize = 16 << 20;

/// Bytes of a line, without its line feed. The reference's limit too.
pub const MAX_LINE_LENGTH: usize = 65_535;

/// Bytes of an instruction, its continuation lines joined, without heredoc bodies.
pub const MAX_INSTRUCTION_LENGTH: usize = 4 << 20;

/// Bytes of a heredoc's body.
pub const MAX_HEREDOC_SIZE: usize = 4 << 20;

/// Stages of a Dockerfile.
pub const MAX_STAGES: usize = 20_000;

/// Instructions of a Dockerfile, over all stages.
pub const MAX_INSTRUCTIONS: usize = 100_000;

/// `ONBUILD` within `ONBUILD`; more than none is an error anyway, which this one comes before.
pub const MAX_ONBUILD_NESTING: usize = 16;

/// Bytes that a word may expand to.
pub const MAX_EXPANSION_LENGTH: usize = 4 << 20;

/// `${a:-${b:-…}}` within each other.
pub const MAX_EXPANSION_NESTING: usize = 100;

/// Bytes that expanding a word may read and copy, and characters that it may compare with patterns.
pub const MAX_EXPANSION_STEPS: usize = 20_000_000;

/// The error of a limit that is exceeded.
pub(crate) fn exceeded(what: &str, limit: usize, name: &str) -> Error {
    Error::new(exceeded_message(what, limit, name)).kind(ErrorKind::Limit)
}

/// The text of [`exceeded`].
pub(crate) fn exceeded_message(what: &str, limit: usize, name: &str) -> String {
    format!("{what} greater than max allowed size of {limit} ({name})")
}
