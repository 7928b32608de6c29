//! Build contexts: where files come from that no stage makes.

pub mod git;
pub mod input;
mod key;
mod laid;
pub mod main;
pub mod named;
mod root;

pub use git::GitContext;
pub use key::ContextKey;
pub use laid::{Laid, Placement, Within};
pub use main::MainContext;
pub use root::{Preset, RootSource};
