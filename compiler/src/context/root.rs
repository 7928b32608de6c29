//! What the stages that build on no other start from.

use std::rc::Rc;

use buildkit_dockerfile::expand::EnvList;
use buildkit_proto::pb;

use super::{GitContext, Laid};
use crate::options::ResolveMode;
use aliasfront_image::ignore::Patterns;
use aliasfront_image::platform::Platform;

/// Environment and working directory that come with an image used as a named context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preset {
    /// The environment.
    pub env: EnvList,
    /// The working directory, `/` where the config has none.
    pub directory: String,
}

/// The files that a stage starts from.
#[derive(Debug, Clone, PartialEq)]
pub enum RootSource {
    /// None.
    Scratch,
    /// An image of a registry.
    Image {
        /// Its reference, with the digest.
        reference: String,
        /// The platform it is pulled for.
        platform: Option<Platform>,
        /// Whether a local image will do.
        mode: ResolveMode,
        /// How the step is called; numbered where `numbered`.
        name: String,
        /// Whether the name gets the stage's number of steps before it.
        numbered: bool,
    },
    /// An image of an OCI layout.
    Layout {
        /// Its reference.
        reference: String,
        /// The session that provides the layout.
        session: String,
        /// The layout's name in that session.
        store: String,
        /// The platform it is loaded for.
        platform: Option<Platform>,
        /// How the step is called.
        name: String,
    },
    /// A local directory, as a named context.
    Local {
        /// The local source's name.
        local: String,
        /// The context's key.
        key: String,
        /// Patterns of its `.dockerignore`.
        excludes: Rc<Patterns>,
    },
    /// A directory whose files are laid out as the build takes them.
    Laid(Box<Laid>),
    /// A git repository.
    Git(Box<GitContext>),
    /// A file of a web server.
    Http {
        /// Its address.
        url: String,
        /// How the step is called.
        name: String,
    },
    /// A frontend input.
    Input(Box<pb::Definition>),
}
