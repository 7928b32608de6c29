//! What is asked: the options and local sources that a client of BuildKit would send.

use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_compiler::context::MainContext;
use aliasfront_compiler::context::main::{
    Address, Location, NO_DOCKERFILE, ignore_name, lower_case,
};
use aliasfront_compiler::emit::context::dockerfile_definition;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::{Entry, Error, ErrorKind, Job, Options, SourceFile, targets};
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::caps;

use crate::local::Local;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The frontend options, as clients send them.
    pub opts: BTreeMap<String, String>,
    /// The local sources by their names.
    pub locals: BTreeMap<String, Local>,
    /// The session that the local sources are of; empty for whichever session builds.
    pub session: String,
    /// The platform of the builder.
    pub platform: Platform,
}

impl Request {
    /// Reads the Dockerfile, and what the options ask for.
    ///
    /// # Errors
    ///
    /// An option has a value that it can't have, or there is no Dockerfile.
    pub fn job(&self) -> Result<Job, Error> {
        Options::refuse_removed(&self.opts)?;
        let options = Options::parse(&self.opts, &self.session, self.platform.clone())?;
        let location = Location::parse(&self.opts)?;
        let entry = self.entry(&location)?;
        let targets = targets::parse(&options)?;
        Ok(Job {
            entry,
            options: Arc::new(options),
            targets,
            caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
        })
    }

    fn entry(&self, location: &Location) -> Result<Entry, Error> {
        if !matches!(location.address, Address::Local) {
            let error =
                Error::new("the build context is at an address, which takes a daemon to load");
            let hint = "give a directory that has a checkout or a copy of it";
            return Err(error.hint(hint).kind(ErrorKind::Option));
        }
        let empty = Local::empty();
        let local = &location.dockerfile_local;
        let files = self.locals.get(local).unwrap_or(&empty);
        let filename = &location.filename;
        let read = |name: &str| {
            files.read(name).map_err(|error| {
                Error::new(format!("failed to read {name}: {error}")).kind(ErrorKind::Source)
            })
        };
        let mut data = read(filename)?;
        if let (None, Some(other)) = (&data, lower_case(filename)) {
            data = read(&other)?;
        }
        let Some(data) = data else {
            let message =
                format!("failed to read dockerfile: open {filename}: no such file or directory");
            return Err(Error::new(message).hint(NO_DOCKERFILE).kind(ErrorKind::Option));
        };
        let ignore = ignore_name(filename);
        // An empty one counts as none.
        let ignore_data = read(&ignore)?.filter(|data| !data.is_empty());
        let session = self.opts.get(&format!("local-sessionid:{local}")).unwrap_or(&self.session);
        let definition = dockerfile_definition(local, session, filename, &self.platform);
        Ok(Entry {
            source: SourceFile { filename: filename.clone(), data, definition: Some(definition) },
            ignore_file: ignore_data.map(|data| (ignore, data)),
            context: Arc::new(MainContext::Local { local: location.context_local.clone() }),
            subdirectory: None,
        })
    }
}
