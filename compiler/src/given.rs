//! What a compilation is given: the request, and what follows from it and from the Dockerfile's global
//! arguments before any stage is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use buildkit_dockerfile::Dockerfile;
use buildkit_dockerfile::expand::Expander;
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::caps;

use crate::args::{BuildArgs, GlobalArgs};
use crate::context::{MainContext, main};
use crate::error::Error;
use crate::options::Options;
use crate::source_file::SourceFile;
use aliasfront_gotext::timestamp::Timestamp;
use aliasfront_image::platform::Platform;

/// What is compiled.
#[derive(Debug, Clone)]
pub struct Input {
    /// The Dockerfile, parsed.
    pub dockerfile: Arc<Dockerfile>,
    /// The Dockerfile as it was read.
    pub source: SourceFile,
    /// The build options.
    pub options: Arc<Options>,
    /// The platform that was asked for; `None` is the build platform.
    pub platform: Option<Platform>,
    /// The main build context.
    pub context: Arc<MainContext>,
    /// The directory of a context that is not local which is the context.
    pub subdirectory: Option<String>,
    /// What the engine can do.
    pub caps: Arc<CapSet>,
    /// The ignore file beside the Dockerfile, with its name, where there is one.
    pub ignore_file: Option<(String, Arc<[u8]>)>,
    /// Whether the reference's lint rules run: once a build, not once a platform. The project's own
    /// always do.
    pub lint: bool,
    /// Whether all stages are visited, as lint without a target does.
    pub all_stages: bool,
    /// What the vertices are for.
    pub vertices: Vertices,
    /// What the compilation is for.
    pub purpose: Purpose,
}

/// What a compilation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// A build, or a request about one.
    #[default]
    Build,
    /// To know under which name the image of the target, an alias, is published. It is not looked for.
    Name,
    /// To know what the compile stage of an alias is made of. Both are told by their places among the stages that the
    /// Dockerfile declares. No image is looked for by a fingerprint, and nothing is forbidden to compile.
    Fingerprint {
        /// The compile stage, which is the target.
        stage: usize,
        /// The alias.
        alias: usize,
    },
}

impl Input {
    /// A Dockerfile in a local context, with frontend options such as `target`, for an engine on this
    /// processor that can do everything.
    ///
    /// # Errors
    ///
    /// The Dockerfile does not parse, or an option has a value that the reference would not take.
    pub fn of(
        dockerfile: impl Into<Vec<u8>>,
        opts: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let text = dockerfile.into();
        let options = Options::parse(opts, "", Platform::default_spec())?;
        Ok(Self {
            dockerfile: Arc::new(buildkit_dockerfile::parse(&text)?),
            source: SourceFile {
                filename: main::DEFAULT_FILENAME.to_owned(),
                data: text.into(),
                definition: None,
            },
            platform: options.platforms.first().cloned(),
            options: Arc::new(options),
            context: Arc::new(MainContext::Local { local: main::DEFAULT_CONTEXT.to_owned() }),
            subdirectory: None,
            caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
            ignore_file: None,
            lint: true,
            all_stages: false,
            vertices: Vertices::Built,
            purpose: Purpose::Build,
        })
    }
}

/// What the vertices of a compilation are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vertices {
    /// They are built.
    #[default]
    Built,
    /// They are shown.
    Shown,
    /// Nothing: a request is about the Dockerfile only. None are made, and what can be no vertex is no error.
    Unused,
}

/// The platforms of a compilation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platforms {
    /// The platform of the builder.
    pub build: Platform,
    /// The platform that is built for.
    pub target: Platform,
    /// Whether nobody asked for it: then an image of another platform decides.
    pub implicit: bool,
}

/// What the graph, evaluation, emission and the checks of aliases are given.
#[derive(Debug, Clone)]
pub struct Given {
    /// The request.
    pub input: Input,
    /// The platforms.
    pub platforms: Platforms,
    /// The request's build arguments; `SOURCE_DATE_EPOCH` as a number once it is known.
    pub build_args: BuildArgs,
    /// The global arguments, likewise.
    pub globals: GlobalArgs,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
}

impl Given {
    /// What follows from the request alone; the global arguments are not evaluated yet.
    pub fn new(input: Input) -> Self {
        let build = input.options.build_platform.clone();
        let platforms = Platforms {
            target: input.platform.clone().unwrap_or_else(|| build.clone()),
            implicit: input.platform.is_none(),
            build,
        };
        Self {
            platforms,
            build_args: input.options.build_args.clone(),
            globals: GlobalArgs::default(),
            epoch: None,
            input,
        }
    }

    /// The Dockerfile.
    pub fn dockerfile(&self) -> &Dockerfile {
        &self.input.dockerfile
    }

    /// The build options.
    pub fn options(&self) -> &Options {
        &self.input.options
    }

    /// What the engine can do.
    pub fn caps(&self) -> &CapSet {
        &self.input.caps
    }

    /// The main context.
    pub fn context(&self) -> &MainContext {
        &self.input.context
    }

    /// Expands words as the Dockerfile's escape character says.
    pub fn expander(&self) -> Expander {
        Expander::new(self.input.dockerfile.directives.escape)
    }
}
