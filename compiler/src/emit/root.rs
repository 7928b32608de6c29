//! What stages start from: images, and named contexts.

use buildkit_llb::{Output, Source, VertexOptions};

use super::Emitter;
use super::context::{add_git, follow_paths, import};
use crate::context::main;
use crate::error::Error;
use crate::graph::{NodeId, RootSource};
use crate::image::platform::Platform;

impl Emitter<'_> {
    /// The root of a stage.
    pub(super) fn root(
        &mut self,
        stage: NodeId,
        options: VertexOptions,
    ) -> Result<Option<Output>, Error> {
        let setting = self.setting;
        let Some(root) = &setting.graph[stage].root else { return Ok(None) };
        Ok(match &root.source {
            RootSource::Scratch => None,
            RootSource::Image { reference, platform, mode, .. } => {
                let image = Source::image(reference).resolve_mode(mode.to_llb());
                Some(self.emitted.llb.add(image, on(options, platform.as_ref())))
            }
            RootSource::Layout { reference, session, store, platform, .. } => {
                let image = Source::oci_layout(reference).store(session, store);
                Some(self.emitted.llb.add(image, on(options, platform.as_ref())))
            }
            RootSource::Local { local, key, excludes } => {
                let shared = setting.options.shared_keys.get(key).map_or("", String::as_str);
                let mut source = Source::local(local)
                    .session(setting.options.session_of(local))
                    .shared_key(format!("context:{key}-{shared}"))
                    .exclude(excludes);
                if let Some(paths) = follow_paths(&setting.program.root_paths[stage.0]) {
                    source = source.follow(paths);
                }
                Some(self.emitted.llb.add(source, options))
            }
            RootSource::Git(git) => Some(add_git(&mut self.emitted.llb, git)),
            RootSource::Http { url, .. } => {
                let source = Source::http(url).filename(main::HTTP_FILENAME);
                Some(self.emitted.llb.add(source, options))
            }
            RootSource::Input(definition) => import(&mut self.emitted.llb, definition)?,
        })
    }
}

fn on(options: VertexOptions, platform: Option<&Platform>) -> VertexOptions {
    match platform {
        Some(platform) => options.platform(platform.to_pb()),
        None => options,
    }
}
