//! What stages start from: images, and named contexts.

use buildkit_llb::{Graph as Llb, Output, Source, VertexOptions};

use super::context::{add_git, follow_paths, import};
use super::{Emitter, Setting};
use crate::context::main;
use crate::error::Error;
use crate::eval::Program;
use crate::graph::{Graph, NodeId, RootSource};
use crate::image::platform::Platform;
use crate::options::Options;
use crate::wire::PlatformExt as _;

/// What the root of a stage is made from.
#[derive(Debug, Clone, Copy)]
pub struct RootSetting<'a> {
    /// The stages.
    pub graph: &'a Graph,
    /// What they come to.
    pub program: &'a Program,
    /// The build options.
    pub options: &'a Options,
}

impl Emitter<'_> {
    /// The root of a stage.
    pub(super) fn root(
        &mut self,
        stage: NodeId,
        options: VertexOptions,
    ) -> Result<Option<Output>, Error> {
        let &Setting { graph, program, options: build, .. } = self.setting;
        let setting = RootSetting { graph, program, options: build };
        add(&mut self.emitted.llb, setting, stage, options)
    }
}

/// Adds the root of a stage to a graph: the same vertex, whichever graph it is.
///
/// # Errors
///
/// A frontend input that is no definition.
pub fn add(
    llb: &mut Llb,
    setting: RootSetting<'_>,
    stage: NodeId,
    options: VertexOptions,
) -> Result<Option<Output>, Error> {
    let Some(root) = &setting.graph[stage].root else { return Ok(None) };
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
            let shared = setting.options.shared_keys.get(key).map_or("", String::as_str);
            let mut source = Source::local(local)
                .session(setting.options.session_of(local))
                .shared_key(format!("context:{key}-{shared}"))
                .exclude(excludes.iter());
            if let Some(paths) = follow_paths(&setting.program.root_paths[stage.0]) {
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
