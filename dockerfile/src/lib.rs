//! The Dockerfile language: text to typed instructions with spans, word expansion, and the lint
//! rules that need only the text.
//!
//! The language is the one that `docker/dockerfile` 1.26 accepts, with the features of its labs
//! channel. The crate knows nothing of `BuildKit`: it is for anyone who reads Dockerfiles in Rust.

pub mod ast;
pub mod directive;
pub mod error;
pub mod expand;
pub mod go;
pub mod instruction;
pub mod limits;
pub mod lint;
mod parse;
mod print;
pub mod span;
pub mod suggest;
mod text;

pub use ast::{Dockerfile, GlobalArg, Stage, Word};
pub use directive::{detect_check, detect_syntax};
pub use error::Error;
pub use instruction::{Instruction, Kind};
pub use parse::{parse, parse_trigger};
pub use span::{Lines, Position, Span};
