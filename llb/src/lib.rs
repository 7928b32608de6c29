//! A typed builder for BuildKit LLB: vertices, deterministic marshalling, digests, capabilities,
//! source maps.
//!
//! A [`Graph`] holds vertices. Adding an operation to it gives an [`Output`], which is an input to
//! other operations; `None`, where an `Option<Output>` is asked for, is the empty file system
//! (`scratch`). [`Graph::definition`] takes all that an output depends on, ready to be solved.
//!
//! ```
//! use buildkit_llb::{Copy, Exec, File, Graph, Platform, Source, VertexOptions};
//!
//! let linux = Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() };
//! let mut graph = Graph::new(linux);
//! let rust = graph.add(
//!     Source::image("docker.io/library/rust:1.88"),
//!     VertexOptions::named("FROM rust:1.88"),
//! );
//! let context = graph.add(Source::local("context"), VertexOptions::named("load build context"));
//! let sources = graph.add(
//!     File::on(rust).copy(Copy::new(context, "/", "/src/").create_dest_path()),
//!     VertexOptions::named("COPY . /src/"),
//! );
//! let build = Exec::new(["cargo", "build", "--release"])?.root(sources).cwd("/src");
//! let built = graph.add(build, VertexOptions::named("RUN cargo build --release")).root;
//!
//! let definition = graph.definition(built);
//! assert_eq!(definition.def.len(), 5); // four vertices, and the one that names the result
//! # Ok::<(), buildkit_llb::EmptyArguments>(())
//! ```
//!
//! Vertices encode to the bytes that BuildKit's own Go client gives, so that their digests, and with
//! them BuildKit's cache, are the same.

mod definition;
mod diff;
mod digest;
mod env;
mod exec;
mod file;
mod graph;
mod merge;
mod options;
mod passthrough;
mod path;
mod source;
mod source_map;

pub use aliasfront_gotext::git_url::{GitUrl, InvalidGitUrl};
pub use buildkit_proto::apicaps::{CapError, CapSet};
pub use buildkit_proto::pb::{LinuxResources, Platform};

pub use self::definition::{Definition, InvalidDefinition};
pub use self::diff::Diff;
pub use self::digest::{Digest, InvalidDigest};
pub use self::env::Env;
pub use self::exec::{
    CacheSharing, EmptyArguments, Exec, ExecOutputs, Mount, Network, Proxy, Secret, SecretTarget,
    Security, Ssh, Ulimit,
};
pub use self::file::{Chmod, Chown, Copy, File, Mkdir, Mkfile, Owner, Rm, Symlink};
pub use self::graph::{Graph, Operation, Output, VertexRef};
pub use self::merge::Merge;
pub use self::options::{ProgressGroup, VertexOptions};
pub use self::passthrough::Passthrough;
pub use self::source::{Differ, Git, Http, Image, Local, OciLayout, ResolveMode, Source};
pub use self::source_map::{Position, Range, SourceLocation, SourceMap, SourceMapId};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
