//! What stages start from: images, and named contexts.

use buildkit_llb::{Git, Output, Source, VertexOptions};
use buildkit_proto::pb;

use super::Emitter;
use super::context::follow_paths;
use crate::context::{GitContext, main};
use crate::error::Error;
use crate::graph::{NodeId, RootSource};
use crate::image::git::GitRef;
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
            RootSource::Git(git) => self.git_context(git),
            RootSource::Http { url, .. } => {
                let source = Source::http(url).filename(main::HTTP_FILENAME);
                Some(self.emitted.llb.add(source, options))
            }
            RootSource::Input(definition) => self.import(definition)?,
        })
    }

    /// A git repository as a context.
    pub(super) fn git_context(&mut self, context: &GitContext) -> Option<Output> {
        let mut source = git(&context.reference, context.keep_git_dir, None);
        if !context.reference.checksum.is_empty() {
            source = source.checksum(&context.reference.checksum);
        }
        if context.reference.mtime.is_empty() {
            if context.commit_time {
                source = source.mtime("commit");
            }
        } else {
            source = source.mtime(&context.reference.mtime);
        }
        let name = format!("[internal] load git source {}", context.given);
        Some(self.emitted.llb.add(source, VertexOptions::named(name)))
    }

    /// The vertices of a frontend input, as they are.
    pub(super) fn import(&mut self, definition: &pb::Definition) -> Result<Option<Output>, Error> {
        self.emitted
            .llb
            .import(definition)
            .map_err(|error| Error::new(format!("failed to read frontend input: {error}")))
    }
}

/// A git repository.
pub(crate) fn git(reference: &GitRef, keep_git_dir: bool, checksum: Option<&str>) -> Git {
    let mut git =
        Source::git(&reference.remote).reference(&reference.reference).keep_git_dir(keep_git_dir);
    if let Some(checksum) = checksum {
        git = git.checksum(checksum);
    }
    if !reference.subdir.is_empty() {
        git = git.subdir(&reference.subdir);
    }
    if reference.submodules == Some(false) {
        git = git.skip_submodules();
    }
    if reference.fetch_by_commit {
        git = git.fetch_by_commit();
    }
    git
}

fn on(options: VertexOptions, platform: Option<&Platform>) -> VertexOptions {
    match platform {
        Some(platform) => options.platform(platform.to_pb()),
        None => options,
    }
}
