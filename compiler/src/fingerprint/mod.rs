//! What the compile stage of an alias is made of: the recipe, and its hash, under which a prebuilt image is
//! published and found.
//!
//! Two builds with the same fingerprint may share the result. `docs/fingerprint.md` specifies the recipe.

mod recipe;
mod repeatable;
mod taken;

use std::fmt;
use std::rc::Rc;

use buildkit_llb::Digest;

pub use recipe::{Draft, LocalFiles};
pub use repeatable::unrepeatable;
pub use taken::{Everything, Taken, TakenPath, taken};

/// What tags of published images start with; the fingerprint follows.
pub const TAG_PREFIX: &str = "src-";

/// The label of a published image that has its fingerprint.
pub const FINGERPRINT_LABEL: &str = "aliasfront.fingerprint";
/// The label that says what it holds: `packed` or `full`.
pub const CONTENT_LABEL: &str = "aliasfront.content";
/// The label with the paths that a packed image holds, as a JSON list.
pub const PATHS_LABEL: &str = "aliasfront.paths";
/// The label with the version of this project that made it.
pub const VERSION_LABEL: &str = "aliasfront.version";

/// What a published image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The files that the Dockerfile's stages take, and nothing else.
    Packed,
    /// All that the compile stage comes to.
    Full,
}

impl Holds {
    /// The choices by their names, which build arguments and labels have.
    pub const ALL: [(&str, Self); 2] = [("packed", Self::Packed), ("full", Self::Full)];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Packed => "packed",
            Self::Full => "full",
        }
    }
}

/// The hash of a recipe: 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of what a recipe's text describes: its SHA-256.
    pub fn of(recipe: &str) -> Self {
        Self(Digest::of(recipe.as_bytes()).to_hex())
    }

    /// The tag of the image that is published under it.
    pub fn tag(&self) -> String {
        format!("{TAG_PREFIX}{self}")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A recipe that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its hash.
    pub fingerprint: Fingerprint,
    /// The canonical text.
    pub text: String,
    /// The lists of files that it names by their hashes, in the order of its lines.
    pub files: Vec<LocalFiles>,
    /// What the Dockerfile's stages take from the alias.
    pub taken: Rc<Taken>,
}
