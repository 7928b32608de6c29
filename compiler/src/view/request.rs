//! The requests that a client can make instead of a build.

use super::Metadata;
use super::json::{Json, Object};
use super::{convertllb, describe, fingerprint, lint, outline, plan, targets, why};
use crate::listed::listed;

/// The key of the answer for programs, in JSON.
pub const RESULT_JSON: &str = "result.json";
/// The key of the answer for people, where there is one.
pub const RESULT_TEXT: &str = "result.txt";
/// The key of what a client that prints the answer exits with.
pub const RESULT_STATUS: &str = "result.statuscode";
/// The key of the version of the answer's form.
pub const VERSION: &str = "version";

/// The version of the form of the project's own answers in JSON. It grows when a field goes or changes
/// its meaning; a new field leaves it as it is.
const SCHEMA_VERSION: u32 = 1;

/// An object with the version of its form.
pub(super) fn versioned() -> Object {
    Object::default().with("schemaVersion", Json::number(SCHEMA_VERSION))
}

listed! {
    /// Which request: every one that there is. Whoever answers requests matches on it, so that a new
    /// one doesn't compile before it is answered.
    ///
    /// The one that describes them comes last among those that the reference describes.
    pub enum Kind {
        /// What a target can be given.
        Outline,
        /// Which stages there are.
        Targets,
        /// Which requests there are.
        Describe,
        /// What lint rules find.
        Lint,
        /// The vertices.
        ConvertLlb,
        /// What a build would do.
        Plan,
        /// Why a stage is built or not.
        Why,
        /// Under which name an alias's image is published.
        Fingerprint,
    }
}

impl Kind {
    /// What is to be known of it.
    pub const fn request(self) -> &'static Request {
        match self {
            Self::Outline => &outline::REQUEST,
            Self::Targets => &targets::REQUEST,
            Self::Describe => &describe::REQUEST,
            Self::Lint => &lint::REQUEST,
            Self::ConvertLlb => &convertllb::REQUEST,
            Self::Plan => &plan::REQUEST,
            Self::Why => &why::REQUEST,
            Self::Fingerprint => &fingerprint::REQUEST,
        }
    }

    /// The request of this name, the value of the frontend option `requestid`.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.request().name == name)
    }
}

/// A request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its name, the value of the frontend option `requestid`.
    pub name: &'static str,
    /// The version of its answer's form.
    pub version: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The frontend options it heeds besides those of a build; `None` where it does not say.
    pub opts: Option<&'static [Named]>,
    /// The keys of its answer.
    pub metadata: &'static [&'static str],
    /// Whether it is in the list of requests. The reference answers more than it lists.
    pub listed: bool,
}

/// Something with a name, described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// The description, which may be empty.
    pub description: &'static str,
}

impl Request {
    /// An answer to the request.
    pub(super) fn answer<const N: usize>(&self, results: [(&'static str, Vec<u8>); N]) -> Metadata {
        let mut metadata = Metadata::new();
        metadata.insert(VERSION.to_owned(), self.version.as_bytes().to_vec());
        for (key, value) in results {
            metadata.insert(key.to_owned(), value);
        }
        metadata
    }

    /// The request as the list of requests shows it.
    pub(super) fn to_json(self) -> Object {
        let named = |name: &str, description: &str| {
            Object::default().with("name", name).with("description", description)
        };
        let opts = self.opts.map(|opts| Json::list(opts, |opt| named(opt.name, opt.description)));
        Object::default()
            .with("name", self.name)
            .with("version", self.version)
            .with("type", "rpc")
            .with("description", self.description)
            .with("opts", opts)
            .with("inputs", Json::Null)
            .with("metadata", Json::list(self.metadata, |key| named(key, "")))
            .with("refs", Json::Null)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn requests_are_found_by_their_names() {
        for kind in Kind::ALL {
            assert_eq!(Kind::find(kind.request().name), Some(*kind));
        }
        assert_eq!(Kind::find("frontend.nothing"), None);
        let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.request().name).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
