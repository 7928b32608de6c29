//! What the image world defines: configs, references, platforms, ignore files, git and HTTP
//! sources, and the small formats (ports, signals, modes, durations) in which Dockerfiles and build
//! options speak of them.
//!
//! Every module here is pure data: text in, values out. Each is equal in behaviour to what
//! `BuildKit` itself does with the same text, down to its error messages, since clients show and
//! match those.

pub mod attr;
pub mod config;
pub mod digest;
pub mod git;
pub mod goformat;
pub mod gojson;
pub mod gopath;
pub mod ignore;
pub mod mode;
pub mod platform;
pub mod port;
pub mod reference;
pub mod signal;
pub mod system;
pub mod timestamp;
pub mod url;
