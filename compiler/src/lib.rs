//! Dockerfile to LLB, as a state machine that asks questions and is told facts.
//!
//! [`Compiler`] does no I/O: it says what it wants to know, is told, and goes on from there, until
//! the graph of the stages that the target needs stands. A driver asks all open questions at once
//! and feeds the answers back in whatever order they come.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use aliasfront_compiler::question::{ImageFact, Key};
//! use aliasfront_compiler::{Compiler, Fact, Input, Progress, view};
//!
//! let dockerfile = "FROM alpine AS unused\nFROM debian\nRUN make\n";
//! let mut compiler = Compiler::new(Input::of(dockerfile, &BTreeMap::new())?);
//! let compilation = loop {
//!     match compiler.advance()? {
//!         Progress::Done(compilation) => break compilation,
//!         Progress::Ask(questions) => {
//!             for question in questions {
//!                 let fact = match &question.key {
//!                     // Stages that the target doesn't need are never asked about.
//!                     Key::Image(image) => Fact::Image(ImageFact {
//!                         reference: image.reference.clone(),
//!                         digest: format!("sha256:{}", "1".repeat(64)),
//!                         config: br#"{"os":"linux","architecture":"amd64"}"#.to_vec(),
//!                     }),
//!                     Key::File(_) => Fact::File(None),
//!                     other => unreachable!("{other:?} isn't asked"),
//!                 };
//!                 compiler.answer(question.key, fact);
//!             }
//!         }
//!     }
//! };
//! let metadata = view::convertllb(&compilation);
//! assert!(metadata.iter().any(|(key, _)| key == "result.json"));
//! # Ok::<(), aliasfront_compiler::Error>(())
//! ```
//!
//! | module | what is in it |
//! |---|---|
//! | [`question`] | what is asked, and what may be answered |
//! | [`options`] | the build options that shape the graph |
//! | [`graph`] | the stages, what they start from and take from each other, and which are reached |
//! | [`context`] | the build context and named contexts |
//! | [`eval`] | instructions to steps and image configs |
//! | [`emit`] | steps to vertices |
//! | [`fingerprint`] | what a compile stage is made of, and its hash |
//! | [`alias`] | stages that a prebuilt image may stand for, and their contracts |
//! | [`secrets`] | what secrets flow into, which is not shown |
//! | [`shown`] | text on its way to people |
//! | [`view`] | answers to requests other than builds |

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
pub mod fingerprint;
pub mod given;
pub mod graph;
mod job;
pub mod lint;
mod listed;
mod machine;
pub mod options;
pub mod question;
pub mod sbom;
pub mod secrets;
pub mod shown;
mod source_file;
pub mod view;
pub mod wildcard;
pub mod wire;

pub use aliasfront_image as image;
pub use budget::{MAX_CHECK_STEPS, MAX_EVALUATED_SIZE, MAX_EVALUATION_STEPS};
pub use error::{Code, Error, ErrorKind};
pub use facts::Facts;
pub use given::{Input, Purpose, Vertices};
pub use job::{Answered, Drive, Entry, Job};
pub use machine::{
    Batch, Collected, Compilation, Compiled, Compiler, Loads, Looked, Looking, MAX_ROUNDS,
    MAX_TRIGGERS, Meanwhile, Outcome, Part, Progress, collect, message, parts, targets,
};
pub use options::Options;
pub use question::{Fact, Question};
pub use source_file::SourceFile;
