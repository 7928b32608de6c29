//! Whether an executable can start in a file system: whether its interpreter, its libraries and the versions of their
//! symbols are there. Nothing is executed, and nothing is read but a few ranges of a few files.
//!
//! The kernel's part and that of the two loaders that images have are followed here: `ld.so` of glibc and `ld-musl` of
//! musl. What a look cannot tell, as where another loader is at work, is never called wrong.
//!
//! | module | what is in it |
//! |---|---|
//! | [`object`] | what an ELF file says of itself |
//! | [`script`] | what a script's first line asks for |
//! | [`place`] | a file system that is looked into, by questions |
//! | `search` | where loaders look for libraries |
//! | [`resolve`] | what an executable lacks in a place |
//! | [`landing`] | where the steps of a build take a file |
//! | [`before`] | what is certain before a step takes from the image |

pub mod before;
pub mod landing;
pub mod object;
mod pieces;
pub mod place;
pub mod resolve;
pub mod script;
mod search;

/// Why a look at a file came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It cannot be told: a request failed, or a limit was met. Says what.
    Unknown(String),
    /// The file is not what it has to be. Says what is wrong.
    Broken(String),
}

impl Stop {
    /// What it says.
    pub fn words(&self) -> &str {
        match self {
            Self::Unknown(words) | Self::Broken(words) => words,
        }
    }
}
