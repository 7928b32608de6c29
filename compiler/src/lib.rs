//! Dockerfile to LLB, as a state machine that asks questions and is told facts.
//!
//! [`Compiler`] does no I/O: it says what it wants to know, is told, and goes on from there, until
//! the graph of the stages that the target needs stands. A driver asks all open questions at once
//! and feeds the answers back in whatever order they come.

pub mod alias;
pub mod arena;
pub mod args;
mod budget;
pub mod context;
pub mod emit;
mod epoch;
pub mod error;
pub mod eval;
mod facts;
pub mod given;
pub mod graph;
pub mod lint;
mod listed;
mod machine;
pub mod options;
pub mod question;
pub mod sbom;
mod source_file;
pub mod view;
pub mod wire;

pub use aliasfront_image as image;
pub use budget::{MAX_EVALUATED_SIZE, MAX_EVALUATION_STEPS};
pub use error::{Code, Error};
pub use facts::Facts;
pub use given::{Input, Vertices};
pub use machine::{Batch, Compilation, Compiler, MAX_ROUNDS, MAX_TRIGGERS, Outcome, Progress};
pub use options::Options;
pub use question::{Fact, Question};
pub use source_file::SourceFile;
