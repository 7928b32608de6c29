//! The main build context.

use std::collections::BTreeMap;

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::path;

use super::GitContext;
use crate::error::Error;

/// The local source that holds the build context where the request names no other.
pub const DEFAULT_CONTEXT: &str = "context";
/// The local source that holds the Dockerfile where the request names no other.
pub const DEFAULT_DOCKERFILE: &str = "dockerfile";
/// The Dockerfile's name where the request names no other.
pub const DEFAULT_FILENAME: &str = "Dockerfile";
const LOWER_CASE: &str = "dockerfile";
/// What to do where there is no Dockerfile.
pub const NO_DOCKERFILE: &str =
    "name the Dockerfile with --file, or give the directory that has it";
/// The file that says what the context leaves out.
pub const IGNORE_FILE: &str = ".dockerignore";
/// The name under which a downloaded context is stored.
pub const HTTP_FILENAME: &str = "context";

/// Where the build context comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum MainContext {
    /// A directory of the client, sent as far as it is needed.
    Local {
        /// The local source's name.
        local: String,
    },
    /// A git repository.
    Git(Box<GitContext>),
    /// A file of a web server.
    Http {
        /// Its address.
        url: String,
        /// Whether it is an archive, to be unpacked.
        archive: bool,
    },
    /// A frontend input.
    Input(Box<buildkit_proto::pb::Definition>),
}

/// What the request says of the build context and the Dockerfile's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The Dockerfile's path.
    pub filename: String,
    /// The local source of the Dockerfile.
    pub dockerfile_local: String,
    /// The local source of the context.
    pub context_local: String,
    /// Whether the Dockerfile is taken from there, also where the context is not local.
    pub force_local_dockerfile: bool,
    /// The directory of a context that is not local which is the context.
    pub subdirectory: Option<String>,
    /// The context.
    pub address: Address,
}

/// The kind of a build context, as far as its address tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A git repository.
    Git(Box<GitContext>),
    /// A file of a web server: the Dockerfile, or an archive.
    Http(String),
    /// A directory of the client, or a frontend input.
    Local,
}

impl Location {
    /// Reads where the context is from frontend options.
    ///
    /// # Errors
    ///
    /// A git address that cannot be read.
    pub fn parse(opts: &BTreeMap<String, String>) -> Result<Self, Error> {
        let get = |key: &str| opts.get(key).map(String::as_str);
        let key = get("contextkey").unwrap_or(DEFAULT_CONTEXT);
        let context = get(key).unwrap_or_default();
        let keep_git_dir =
            get("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR").and_then(parse_bool).unwrap_or(false);
        let commit_time = get("build-arg:SOURCE_DATE_EPOCH").is_some_and(|v| !v.is_empty());
        let address = match GitContext::detect(context, keep_git_dir, commit_time)? {
            Some(git) => Address::Git(Box::new(git)),
            None if is_http(context) => Address::Http(context.to_owned()),
            None => Address::Local,
        };
        Ok(Self {
            filename: get("filename").unwrap_or(DEFAULT_FILENAME).to_owned(),
            context_local: DEFAULT_CONTEXT.to_owned(),
            dockerfile_local: get("dockerfilekey").unwrap_or(DEFAULT_DOCKERFILE).to_owned(),
            force_local_dockerfile: get("dockerfilekey").is_some(),
            subdirectory: get("contextsubdir").map(str::to_owned),
            address,
        })
    }
}

/// Whether `text` is the address of a file of a web server.
pub fn is_http(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The ignore file that goes with the Dockerfile at this path only.
pub fn ignore_name(filename: &str) -> String {
    format!("{filename}.dockerignore")
}

/// The other name that the default Dockerfile may have. Its path is cleaned, that of the default name is taken as it
/// is given.
pub fn lower_case(filename: &str) -> Option<String> {
    (path::base(filename) == DEFAULT_FILENAME)
        .then(|| path::join(&[&path::dir(filename), LOWER_CASE]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_default_name_has_a_lower_case_form() {
        assert_eq!(lower_case("Dockerfile").as_deref(), Some("dockerfile"));
        assert_eq!(lower_case("sub/Dockerfile").as_deref(), Some("sub/dockerfile"));
        assert_eq!(lower_case("./Dockerfile").as_deref(), Some("dockerfile"));
        assert_eq!(lower_case("a/../b//Dockerfile").as_deref(), Some("b/dockerfile"));
        assert_eq!(lower_case("Containerfile"), None);
        assert_eq!(lower_case(""), None);
    }
}
