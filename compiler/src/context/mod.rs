//! Build contexts: where files come from that no stage makes.

pub mod git;
pub mod input;
pub mod main;
pub mod named;

pub use git::GitContext;
pub use main::MainContext;
