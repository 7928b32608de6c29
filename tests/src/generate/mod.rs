//! Builds that are made by lot: Dockerfiles of tricky fragments, with files, options, contexts and images beside them.
//!
//! A seed is a build, always the same one. `bin/generated` puts them through two frontends and shows where these
//! differ, or through one and checks what holds for every build ([`check`]).

mod check;
mod dice;
mod grammar;
mod reduce;
mod sample;

pub use self::check::check;
pub use self::reduce::reduce;
pub use self::sample::Sample;
