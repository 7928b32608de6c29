//! What the process ends with.

use std::process::ExitCode;

use aliasfront_compiler::{Error, ErrorKind};

/// What the process ends with, by what went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All is fine.
    Fine,
    /// There are findings, or differences.
    Findings,
    /// The command line is wrong, or names what there isn't.
    Usage,
    /// The Dockerfile is wrong, or the contract of an alias isn't kept.
    Dockerfile,
    /// What is outside failed: a registry, a file.
    Outside,
}

impl Exit {
    /// What an error ends the process with.
    pub const fn of(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Option => Self::Usage,
            ErrorKind::Lint => Self::Findings,
            ErrorKind::Source | ErrorKind::Engine | ErrorKind::Driver => Self::Outside,
            _ => Self::Dockerfile,
        }
    }

    /// The number that the process ends with.
    pub const fn number(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Dockerfile => 3,
            Self::Outside => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
