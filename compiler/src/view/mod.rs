//! Views: what a Dockerfile says, for clients that ask instead of build.
//!
//! A client asks with the frontend option `requestid`, and gets an answer without files. An answer is
//! for programs, in JSON, and for people, in text: `docker buildx build --call` prints either.
//!
//! A view is a file with its [`Request`] and the function that answers it, and a variant of
//! [`request::Kind`].

mod aliases;
mod convertllb;
mod describe;
mod fingerprint;
mod frame;
mod json;
mod lint;
mod location;
mod outline;
mod page;
mod plan;
pub mod request;
pub mod stages;
mod targets;
mod why;

use std::collections::BTreeMap;

pub use aliases::aliases;
pub use convertllb::{REQUEST as CONVERTLLB, convertllb};
pub use describe::{REQUEST as DESCRIBE, describe};
pub use fingerprint::{REQUEST as FINGERPRINT, fingerprint};
pub use lint::{REQUEST as LINT, lint};
pub use outline::{REQUEST as OUTLINE, outline};
pub use plan::{REQUEST as PLAN, plan};
pub use request::Request;
pub use targets::{REQUEST as TARGETS, targets};
pub use why::{ARGUMENT as WHY_ARGUMENT, REQUEST as WHY, why};

/// An answer: the metadata of a result without files.
pub type Metadata = BTreeMap<String, Vec<u8>>;
