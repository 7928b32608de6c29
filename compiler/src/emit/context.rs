//! The main build context, with the paths that all reached stages use of it.

use std::collections::BTreeSet;

use aliasfront_gotext::path;
use buildkit_llb::{Copy, Definition, Differ, File, Graph, Output, Source, VertexOptions};
use buildkit_proto::pb;

use super::Emitter;
use crate::context::{GitContext, MainContext, main};
use crate::error::{Error, ErrorKind};
use crate::eval::Evaluated;
use crate::given::Given;
use crate::wire::PlatformExt as _;
use aliasfront_image::platform::Platform;

/// What the loading of a context is called.
pub const LOAD_CONTEXT: &str = "[internal] load build context";
const LOAD_REMOTE_CONTEXT: &str = "[internal] load remote build context";

impl Emitter<'_> {
    /// The main context, whether steps use it or not: definitions only have what they need.
    pub(super) fn context(&mut self) -> Result<Option<Output>, Error> {
        add(&mut self.emitted.llb, self.given, self.evaluated)
    }
}

/// Adds the main context to a graph: the same vertex, whichever graph it is.
pub(super) fn add(
    llb: &mut Graph,
    given: &Given,
    evaluated: &Evaluated,
) -> Result<Option<Output>, Error> {
    if let MainContext::Local { local } = given.context() {
        let mut source = Source::local(local)
            .session(given.options().session_of(local))
            .exclude(evaluated.excludes.iter())
            .shared_key(local);
        if let Some(paths) = follow_paths(&evaluated.program.context_paths()) {
            source = source.follow(paths);
        }
        return Ok(Some(llb.add(source, VertexOptions::named(LOAD_CONTEXT))));
    }
    let output = add_remote(llb, given.context())?;
    Ok(match &given.input.subdirectory {
        Some(directory) => {
            let copy = Copy::new(output, path::join(&["/", directory]), "/").dir_contents();
            Some(llb.add(File::on(None).copy(copy), VertexOptions::default()))
        }
        None => output,
    })
}

/// The definition of a context that is not local, from which a Dockerfile can be read.
///
/// # Errors
///
/// A frontend input that is no definition.
pub fn remote_definition(context: &MainContext, platform: &Platform) -> Result<Definition, Error> {
    let mut llb = Graph::new(platform.to_pb());
    let output = add_remote(&mut llb, context)?;
    Ok(llb.definition(output))
}

/// The definition of the local source that has the Dockerfile and what lies beside it.
pub fn dockerfile_definition(
    local: &str,
    session: &str,
    filename: &str,
    platform: &Platform,
) -> Definition {
    let mut paths = vec![filename.to_owned(), main::ignore_name(filename)];
    paths.extend(main::lower_case(filename));
    let source = Source::local(local)
        .follow(paths)
        .session(session)
        .shared_key(local)
        .differ(Differ::None, false);
    let mut llb = Graph::new(platform.to_pb());
    let name = format!("[internal] load build definition from {filename}");
    let output = llb.add(source, VertexOptions::named(name));
    llb.definition(output)
}

/// Adds a context that is not local.
fn add_remote(llb: &mut Graph, context: &MainContext) -> Result<Option<Output>, Error> {
    Ok(match context {
        MainContext::Local { .. } => None,
        MainContext::Git(git) => Some(add_git(llb, git)),
        MainContext::Http { url, archive } => {
            let source = Source::http(url).filename(main::HTTP_FILENAME);
            let file = llb.add(source, VertexOptions::named(LOAD_REMOTE_CONTEXT));
            if *archive {
                let path = format!("/{}", main::HTTP_FILENAME);
                let copy = Copy::new(file, path, "/").unpack(true);
                Some(llb.add(File::on(None).copy(copy), VertexOptions::default()))
            } else {
                Some(file)
            }
        }
        MainContext::Input(definition) => import(llb, definition)?,
    })
}

/// Adds a git repository as a context.
pub(super) fn add_git(llb: &mut Graph, context: &GitContext) -> Output {
    let name = format!("[internal] load git source {}", context.given);
    llb.add(context.to_source(), VertexOptions::named(name))
}

/// Adds the vertices of a frontend input, as they are.
pub(super) fn import(
    llb: &mut Graph,
    definition: &pb::Definition,
) -> Result<Option<Output>, Error> {
    llb.import(definition).map_err(|error| {
        Error::new(format!("failed to read frontend input: {error}")).kind(ErrorKind::Source)
    })
}

/// The paths to send of a local source, relative and sorted; `None` where all of it is used, or
/// nothing by name.
pub fn follow_paths(paths: &BTreeSet<String>) -> Option<Vec<String>> {
    if paths.is_empty() || paths.contains("/") {
        return None;
    }
    let mut paths: Vec<String> = paths.iter().map(|path| path::join(&[".", path])).collect();
    aliasfront_gotext::sort::stable_by(&mut paths, Ord::cmp);
    Some(paths)
}
