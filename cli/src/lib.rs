//! The command line: what a build would do, told without a daemon.
//!
//! It is the second driver of the compiler's [`Batch`](aliasfront_compiler::Batch), beside the gateway's: the questions of
//! a compilation are answered from the file system, from registries or from a lock file. The same Dockerfile, options and
//! facts give the same bytes from both.

pub mod args;
pub mod build;
pub mod check;
pub mod command;
mod credentials;
pub mod diagnostic;
pub mod exit;
mod follow;
pub mod github;
pub mod graph;
pub mod images;
pub mod llb;
pub mod local;
pub mod lock;
mod look;
mod mirrors;
pub mod outside;
mod progress;
pub mod recipe_diff;
pub mod registry;
pub mod request;
pub mod sarif;
mod tree;
