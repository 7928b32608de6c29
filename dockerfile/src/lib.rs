//! The Dockerfile language: text to typed instructions with spans, word expansion, and the lint
//! rules that need only the text.
//!
//! The language is the one that `docker/dockerfile` 1.26 accepts, with the features of its labs
//! channel, to the letter: what it rejects is rejected with its words, and what it accepts has the
//! meaning that it gives it. The crate knows nothing of `BuildKit`: it is for anyone who reads
//! Dockerfiles in Rust.
//!
//! ```
//! use buildkit_dockerfile::expand::{EnvList, Expander};
//! use buildkit_dockerfile::lint::Config;
//! use buildkit_dockerfile::{Dockerfile, Kind};
//!
//! let dockerfile = Dockerfile::parse(b"ARG TAG=3\nFROM alpine:$TAG as Base\nRUN echo hi\n")?;
//! let stage = &dockerfile.stages[0];
//! assert_eq!(stage.name.as_deref(), Some("base"));
//! assert!(matches!(stage.instructions[0].kind, Kind::Run(_)));
//!
//! // Words are as they are written until somebody expands them.
//! let env = EnvList::from_iter([("TAG", "3.22")]);
//! let expander = Expander::new(dockerfile.directives.escape);
//! assert_eq!(expander.expand(&stage.base.text, &env)?.text, "alpine:3.22");
//!
//! let findings = dockerfile.lint(&Config::parse("skip=StageNameCasing")?);
//! assert_eq!(findings[0].rule.name, "FromAsCasing");
//!
//! // Errors know their place, and what to do.
//! let error = Dockerfile::parse(b"FROM alpine\nCOPY --chwon=1 a b\n").unwrap_err();
//! assert_eq!(
//!     error.message,
//!     "dockerfile parse error on line 2: unknown flag: --chwon (did you mean chown?)"
//! );
//! assert_eq!(error.span.map(|span| (span.start.column, span.end.column)), Some((5, 14)));
//! # Ok::<(), buildkit_dockerfile::Error>(())
//! ```
//!
//! Parsing goes in two passes: one cuts the text into statements, the other checks them one by one.
//! The reference does so too, and which error comes first depends on it.

pub mod ast;
mod comments;
pub mod directive;
pub mod error;
pub mod expand;
mod findings;
mod heredoc;
pub mod instruction;
mod keyword;
pub mod limits;
pub mod lint;
mod pair;
mod parse;
mod print;
mod source;
pub mod span;
pub mod suggest;
mod text;
mod text_rules;
mod word;

pub use ast::{Dockerfile, GlobalArg, Stage};
pub use comments::{Comments, LooseComment};
pub use directive::{detect_check, detect_syntax, directive_of_comment};
pub use error::{Error, ErrorKind};
pub use findings::TextFinding;
pub use instruction::{Instruction, Kind};
pub use parse::{Broken, parse, parse_trigger};
pub use span::{Lines, Position, Span};
pub use word::Word;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
