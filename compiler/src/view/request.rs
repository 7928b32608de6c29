//! The requests that a client can make instead of a build.

use super::Metadata;
use super::json::{Json, Object};
use super::{convertllb, describe, lint, outline, plan, targets, why};

/// The key of the answer for programs, in JSON.
pub const RESULT_JSON: &str = "result.json";
/// The key of the answer for people, where there is one.
pub const RESULT_TEXT: &str = "result.txt";
/// The key of what a client that prints the answer exits with.
pub const RESULT_STATUS: &str = "result.statuscode";
/// The key of the version of the answer's form.
pub const VERSION: &str = "version";

/// Every request. The one that describes them comes last among those that the reference describes.
pub static REQUESTS: [&Request; 7] = [
    &outline::REQUEST,
    &targets::REQUEST,
    &describe::REQUEST,
    &lint::REQUEST,
    &convertllb::REQUEST,
    &plan::REQUEST,
    &why::REQUEST,
];

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
    /// The request of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        REQUESTS.iter().copied().find(|request| request.name == name)
    }

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
        for request in REQUESTS {
            assert_eq!(Request::find(request.name), Some(request));
        }
        assert_eq!(Request::find("frontend.nothing"), None);
        let names: BTreeSet<&str> = REQUESTS.iter().map(|request| request.name).collect();
        assert_eq!(names.len(), REQUESTS.len());
    }
}
