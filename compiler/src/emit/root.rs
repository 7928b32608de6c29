//! What stages start from: images, and named contexts.

use buildkit_llb::{Graph as Llb, Output, Source, VertexOptions};

use super::Emitter;
use super::context::{add_git, follow_paths, import};
use crate::context::{RootSource, main};
use crate::error::Error;
use crate::eval::Evaluated;
use crate::given::Given;
use crate::graph::NodeId;
use crate::wire::PlatformExt as _;
use aliasfront_image::platform::Platform;

impl Emitter<'_> {
    /// The root of a stage.
    pub(super) fn root(
        &mut self,
        stage: NodeId,
        options: VertexOptions,
    ) -> Result<Option<Output>, Error> {
        add(&mut self.emitted.llb, self.given, self.evaluated, stage, options)
    }
}

/// Adds the root of a stage to a graph: the same vertex, whichever graph it is.
///
/// # Errors
///
/// A frontend input that is no definition.
pub fn add(
    llb: &mut Llb,
    given: &Given,
    evaluated: &Evaluated,
    stage: NodeId,
    options: VertexOptions,
) -> Result<Option<Output>, Error> {
    let Some(root) = &evaluated.graph[stage].root else { return Ok(None) };
    Ok(match &root.source {
        RootSource::Scratch => None,
        RootSource::Image { reference, platform, mode, .. } => {
            let image = Source::image(reference).resolve_mode(*mode);
            Some(llb.add(image, on(options, platform.as_ref())))
        }
        RootSource::Layout { reference, session, store, platform, .. } => {
            let image = Source::oci_layout(reference).store(session, store);
            Some(llb.add(image, on(options, platform.as_ref())))
        }
        RootSource::Local { local, key, excludes } => {
            let shared = given.options().shared_keys.get(key).map_or("", String::as_str);
            let mut source = Source::local(local)
                .session(given.options().session_of(local))
                .shared_key(format!("context:{key}-{shared}"))
                .exclude(excludes.iter());
            if let Some(paths) = follow_paths(&evaluated.program.root_paths[stage]) {
                source = source.follow(paths);
            }
            Some(llb.add(source, options))
        }
        RootSource::Git(git) => Some(add_git(llb, git)),
        RootSource::Http { url, .. } => {
            let source = Source::http(url).filename(main::HTTP_FILENAME);
            Some(llb.add(source, options))
        }
        RootSource::Input(definition) => import(llb, definition)?,
    })
}

fn on(options: VertexOptions, platform: Option<&Platform>) -> VertexOptions {
    match platform {
        Some(platform) => options.platform(platform.to_pb()),
        None => options,
    }
}
