//! A build as the command line says it, and as a client of BuildKit would send it.

use std::collections::BTreeMap;
use std::env;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use aliasfront_compiler::context::main::{DEFAULT_CONTEXT, DEFAULT_DOCKERFILE, DEFAULT_FILENAME};
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::{Error, ErrorKind};

use crate::args::Build;
use crate::local::{Local, MAX_FILE_SIZE};
use crate::request::Request;

/// What stands for standard input.
const STDIN: &str = "-";

/// What archives of a context start with that Docker's client takes on standard input.
const ARCHIVES: [&[u8]; 4] =
    [b"BZh", &[0x1f, 0x8b, 0x08], &[0xfd, b'7', b'z', b'X', b'Z', 0], b"\x28\xb5\x2f\xfd"];
/// Where a tar archive says that it is one.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// A command line that can't be heeded.
fn usage(message: impl Into<String>) -> Error {
    Error::new(message).kind(ErrorKind::Option)
}

impl Build {
    /// The request that a client would make.
    ///
    /// # Errors
    ///
    /// The command line names what there isn't, or standard input can't be read.
    pub fn request(&self) -> Result<Request, Error> {
        let mut opts = BTreeMap::new();
        let mut locals = BTreeMap::new();
        self.contexts(&mut opts, &mut locals)?;
        if let Some(target) = &self.target {
            opts.insert("target".to_owned(), target.clone());
        }
        for argument in &self.build_arg {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                // As with Docker's client, one that isn't set isn't given.
                None => (argument.as_str(), env::var(argument).ok()),
            };
            if let Some(value) = value {
                opts.insert(format!("build-arg:{name}"), value);
            }
        }
        for label in &self.label {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            opts.insert(format!("label:{key}"), value.to_owned());
        }
        if !self.platform.is_empty() {
            opts.insert("platform".to_owned(), self.platform.join(","));
        }
        if self.no_cache {
            opts.insert("no-cache".to_owned(), String::new());
        } else if !self.no_cache_filter.is_empty() {
            opts.insert("no-cache".to_owned(), self.no_cache_filter.join(","));
        }
        if self.pull {
            opts.insert("image-resolve-mode".to_owned(), "pull".to_owned());
        }
        Ok(Request { opts, locals, session: String::new(), platform: Platform::default_spec() })
    }

    /// The Dockerfile's path as it was given, for those who look for it.
    pub fn dockerfile(&self) -> String {
        let path = match &self.file {
            Some(file) if file != Path::new(STDIN) => file.clone(),
            None if self.context != Path::new(STDIN) => self.context.join(DEFAULT_FILENAME),
            _ => PathBuf::from(DEFAULT_FILENAME),
        };
        path.to_string_lossy().into_owned()
    }

    fn contexts(
        &self,
        opts: &mut BTreeMap<String, String>,
        locals: &mut BTreeMap<String, Local>,
    ) -> Result<(), Error> {
        let from_stdin = |path: &Path| path == Path::new(STDIN);
        let file = self.file.as_deref();
        let no_context = from_stdin(&self.context);
        let context = if no_context {
            Local::empty()
        } else {
            Local::Directory(directory(&self.context, "the build context")?)
        };
        if no_context && file.is_some_and(|file| !from_stdin(file)) {
            let error =
                usage("- is the Dockerfile on standard input, and --file names another one");
            return Err(error.hint("give a directory, or leave --file out"));
        }
        let dockerfile = match file {
            _ if no_context => stdin()?,
            Some(file) if from_stdin(file) => stdin()?,
            Some(file) => {
                let name = file.file_name().and_then(|name| name.to_str());
                let Some(name) = name else {
                    return Err(usage(format!("--file {}: there is no such file", file.display())));
                };
                if name != DEFAULT_FILENAME {
                    opts.insert("filename".to_owned(), name.to_owned());
                }
                let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
                Local::Directory(parent.unwrap_or(Path::new(".")).to_owned())
            }
            None => context.clone(),
        };
        locals.insert(DEFAULT_CONTEXT.to_owned(), context);
        locals.insert(DEFAULT_DOCKERFILE.to_owned(), dockerfile);
        for given in &self.build_context {
            let Some((name, value)) = given.split_once('=') else {
                return Err(
                    usage(format!("--build-context {given} has no value")).hint("write NAME=VALUE")
                );
            };
            let value = if is_address(value) {
                if value.starts_with("target:") || value.starts_with("oci-layout:") {
                    let what = format!("--build-context {given}: only a daemon has what is there");
                    return Err(usage(what));
                }
                value.to_owned()
            } else {
                let path = directory(Path::new(value), &format!("the build context {name}"))?;
                locals.insert(name.to_owned(), Local::Directory(path));
                format!("local:{name}")
            };
            opts.insert(format!("context:{name}"), value);
        }
        Ok(())
    }
}

/// Whether a context is something else than a directory, as Docker's client decides it.
fn is_address(value: &str) -> bool {
    const SCHEMES: [&str; 4] = ["docker-image:", "oci-layout:", "target:", "input:"];
    SCHEMES.iter().any(|scheme| value.starts_with(scheme)) || is_remote(value)
}

/// Whether it is an address of a repository or of a web server.
fn is_remote(value: &str) -> bool {
    const STARTS: [&str; 6] = ["http://", "https://", "git://", "ssh://", "git@", "github.com/"];
    STARTS.iter().any(|start| value.starts_with(start))
}

fn directory(path: &Path, what: &str) -> Result<PathBuf, Error> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let shown = path.display();
    if path.to_str().is_some_and(is_remote) {
        let error = usage(format!("{what} is at {shown}, which takes a daemon to load"));
        return Err(error.hint("give a directory that has a checkout or a copy of it"));
    }
    Err(usage(format!("{what}: there is no directory {shown}")))
}

/// The Dockerfile from standard input, as a local source that has nothing else.
fn stdin() -> Result<Local, Error> {
    let mut data = Vec::new();
    let read = std::io::stdin().take(MAX_FILE_SIZE + 1).read_to_end(&mut data);
    if let Err(error) = read {
        let message = format!("failed to read standard input: {error}");
        return Err(Error::new(message).kind(ErrorKind::Source));
    }
    let is_tar = data.get(TAR_MAGIC).is_some_and(|magic| magic == b"ustar");
    if is_tar || ARCHIVES.iter().any(|magic| data.starts_with(magic)) {
        let error = usage("standard input is an archive, and not a Dockerfile");
        return Err(error.hint("unpack it, and give the directory"));
    }
    let name = DEFAULT_FILENAME.to_owned();
    Ok(Local::Files(BTreeMap::from([(name, data.into())])))
}
