//! The main build context, with the paths that all reached stages use of it.

use std::collections::BTreeSet;

use buildkit_llb::{Copy, File, Output, Source, VertexOptions};

use super::Emitter;
use crate::context::{MainContext, main};
use crate::error::Error;
use crate::image::gopath;

/// What the loading of a context is called.
pub const LOAD_CONTEXT: &str = "[internal] load build context";

impl Emitter<'_> {
    /// The main context, whether steps use it or not: definitions only have what they need.
    pub(super) fn context(&mut self) -> Result<Option<Output>, Error> {
        let setting = self.setting;
        let output = match setting.context {
            MainContext::Local { local } => {
                let mut source = Source::local(local)
                    .session(setting.options.session_of(local))
                    .exclude(setting.excludes)
                    .shared_key(local);
                if let Some(paths) = follow_paths(&setting.program.context_paths) {
                    source = source.follow(paths);
                }
                return Ok(Some(self.emitted.llb.add(source, VertexOptions::named(LOAD_CONTEXT))));
            }
            MainContext::Git(git) => self.git_context(git),
            MainContext::Http { url, archive } => {
                let name = "[internal] load remote build context";
                let source = Source::http(url).filename(main::HTTP_FILENAME);
                let file = self.emitted.llb.add(source, VertexOptions::named(name));
                if *archive {
                    let copy =
                        Copy::new(file, format!("/{}", main::HTTP_FILENAME), "/").unpack(true);
                    self.emitted.llb.add(File::on(None).copy(copy), VertexOptions::default())
                } else {
                    Some(file)
                }
            }
            MainContext::Input(definition) => self.import(definition)?,
        };
        Ok(match setting.subdirectory {
            Some(directory) => {
                let copy = Copy::new(output, gopath::join(&["/", directory]), "/").dir_contents();
                self.emitted.llb.add(File::on(None).copy(copy), VertexOptions::default())
            }
            None => output,
        })
    }
}

/// The paths to send of a local source, relative and sorted; `None` where all of it is used, or
/// nothing by name.
pub(super) fn follow_paths(paths: &BTreeSet<String>) -> Option<Vec<String>> {
    if paths.is_empty() || paths.contains("/") {
        return None;
    }
    let mut paths: Vec<String> = paths.iter().map(|path| gopath::join(&[".", path])).collect();
    paths.sort();
    Some(paths)
}
