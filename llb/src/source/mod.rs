//! Where file systems come from.

mod git;
mod http;
mod image;
mod local;
mod oci_layout;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::pb;

pub use self::git::Git;
pub use self::http::Http;
pub use self::image::{Image, ResolveMode};
pub use self::local::{Differ, Local};
pub use self::oci_layout::OciLayout;
use crate::graph::Operation;
use crate::graph::{Graph, Lowered, Output};
use crate::options::VertexOptions;

/// A source, by its identifier and attributes: what all kinds of sources come to.
///
/// The functions here make the kinds of sources; a `Source` itself is for those that somebody else
/// wrote, such as the answer to a source metadata request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is, as in `docker-image://docker.io/library/alpine:latest`.
    pub identifier: String,
    /// More about it. The keys start with the kind of source they are for.
    pub attrs: BTreeMap<String, String>,
    caps: BTreeSet<&'static str>,
}

impl Source {
    /// An image from a registry. `reference` has to be canonical: with a domain, and with a tag or a
    /// digest or both.
    pub fn image(reference: impl Into<String>) -> Image {
        Image::new(reference)
    }

    /// An image from a content store of the client.
    pub fn oci_layout(reference: impl Into<String>) -> OciLayout {
        OciLayout::new(reference)
    }

    /// A directory of the client.
    pub fn local(name: impl Into<String>) -> Local {
        Local::new(name)
    }

    /// A git repository.
    pub fn git(url: &str) -> Git {
        Git::new(url)
    }

    /// A download over HTTP.
    pub fn http(url: impl Into<String>) -> Http {
        Http::new(url)
    }

    /// A source as somebody else wrote it.
    pub fn raw(identifier: impl Into<String>, attrs: BTreeMap<String, String>) -> Self {
        Self { identifier: identifier.into(), attrs, caps: BTreeSet::new() }
    }

    /// The source as `ResolveSourceMeta` asks about it.
    pub fn to_pb(&self) -> pb::SourceOp {
        pb::SourceOp { identifier: self.identifier.clone(), attrs: self.attrs.clone() }
    }

    fn with_cap(identifier: String, cap: &'static str) -> Self {
        Self { identifier, attrs: BTreeMap::new(), caps: [cap].into() }
    }

    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.attrs.insert(key.to_owned(), value.into());
    }

    fn need(&mut self, cap: &'static str) {
        self.caps.insert(cap);
    }

    /// Whether it is different for different platforms.
    fn platform_specific(&self) -> bool {
        ["docker-image://", "oci-layout://"]
            .iter()
            .any(|scheme| self.identifier.starts_with(scheme))
    }
}

impl Operation for Source {
    type Added = Output;

    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Output {
        let lowered = Lowered {
            inputs: Vec::new(),
            platform_specific: self.platform_specific(),
            op: pb::op::Op::Source(pb::SourceOp { identifier: self.identifier, attrs: self.attrs }),
            caps: self.caps,
            needs: Vec::new(),
        };
        graph.insert(lowered, options).output(0)
    }
}

/// Makes a kind of source an operation, by way of `From<Kind> for Source`.
macro_rules! operation {
    ($($kind:ty),*) => {$(
        impl Operation for $kind {
            type Added = Output;

            fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Output {
                Source::from(self).add_to(graph, options)
            }
        }
    )*};
}

operation!(Git, Http, Image, Local, OciLayout);
