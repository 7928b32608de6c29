//! What stages start from: images, and named contexts.

use std::collections::BTreeSet;

use aliasfront_gotext::path;
use buildkit_llb::{Copy, File, Graph as Llb, Local as LocalSource, Output, Source, VertexOptions};

use super::Emitter;
use super::context::{self, add_git, follow_paths, import};
use crate::context::{Laid, RootSource, Within, main};
use crate::error::Error;
use crate::eval::Evaluated;
use crate::given::Given;
use crate::graph::NodeId;
use crate::wildcard::{self, Wildcards};
use crate::wire::PlatformExt as _;
use aliasfront_image::ignore::Patterns;
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
            let paths = &evaluated.program.root_paths[stage];
            Some(llb.add(local_source(given, (local, key, excludes), paths), options))
        }
        RootSource::Laid(laid) => {
            let within = add_within(llb, given, evaluated, stage, laid)?;
            let program = &evaluated.program;
            let mut file = File::on(None);
            match program.laid.get(&stage).and_then(|laid_out| laid_out.taken.as_ref()) {
                Some(taken) => {
                    for (taken, wildcards) in taken {
                        file = file.copy(lay_out(within, laid, taken, *wildcards));
                    }
                }
                None => file = file.copy(Copy::new(within, &laid.directory, "/").dir_contents()),
            }
            // Nothing may be taken of it.
            (!file.is_empty()).then(|| llb.add(file, options))
        }
        RootSource::Git(git) => Some(add_git(llb, git)),
        RootSource::Http { url, .. } => {
            let source = Source::http(url).filename(main::HTTP_FILENAME);
            Some(llb.add(source, options))
        }
        RootSource::Input(definition) => import(llb, definition)?,
    })
}

/// A local directory, of which these paths are used.
fn local_source(
    given: &Given,
    (local, key, excludes): (&str, &str, &Patterns),
    paths: &BTreeSet<String>,
) -> LocalSource {
    let shared = given.options().shared_keys.get(key).map_or("", String::as_str);
    let source = Source::local(local)
        .session(given.options().session_of(local))
        .shared_key(format!("context:{key}-{shared}"))
        .exclude(excludes.iter());
    match follow_paths(paths) {
        Some(paths) => source.follow(paths),
        None => source,
    }
}

/// Adds what a directory is in whose files are laid out: the same vertex, whichever graph it is.
///
/// # Errors
///
/// A frontend input that is no definition.
pub fn add_within(
    llb: &mut Llb,
    given: &Given,
    evaluated: &Evaluated,
    stage: NodeId,
    laid: &Laid,
) -> Result<Option<Output>, Error> {
    Ok(match &laid.within {
        Within::Context => context::add(llb, given, evaluated)?,
        Within::Local { local, key, excludes } => {
            let laid_out = evaluated.program.laid.get(&stage);
            let whole = BTreeSet::new();
            let paths = laid_out.map_or(&whole, |laid_out| &laid_out.paths);
            let source = local_source(given, (local, key, excludes), paths);
            let name = format!("[context {key}] load from client");
            Some(llb.add(source, VertexOptions::named(name)))
        }
    })
}

/// A path that is taken, from its place in a directory: as `COPY` takes it, a link at its end is what it leads to.
fn lay_out(within: Option<Output>, laid: &Laid, taken: &str, wildcards: Wildcards) -> Copy {
    match laid.place(taken, wildcards) {
        (directory, Some(pattern)) => {
            let (to, _) = wildcard::split(taken, wildcards);
            let to = format!("{}/", to.trim_end_matches('/'));
            Copy::new(within, path::join(&[&directory, &pattern]), to)
                .wildcard()
                .empty_wildcard()
                .follow_symlinks()
                .create_dest_path()
        }
        (from, None) => {
            Copy::new(within, from, taken).follow_symlinks().dir_contents().create_dest_path()
        }
    }
}

fn on(options: VertexOptions, platform: Option<&Platform>) -> VertexOptions {
    match platform {
        Some(platform) => options.platform(platform.to_pb()),
        None => options,
    }
}
