//! What a compilation wants to know from the outside, and what it may be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_content::List;
use aliasfront_gotext::file_mode;
use buildkit_llb::Definition;
use buildkit_proto::pb;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, ErrorKind};

pub use crate::error::FailureKind;
use crate::options::ResolveMode;
use aliasfront_image::platform::Platform;

/// A question to the outside.
///
/// Questions with equal keys are the same question: the log name is how the engine shows the
/// request to the user, and whoever asks first names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub key: Key,
    /// How the request is called in the build's progress.
    pub log_name: String,
}

/// What is asked.
///
/// Matches on it are meant to be exhaustive: a driver that doesn't know a question can't answer it, and the
/// compilation would never end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// An image's digest and config.
    Image(Image),
    /// An image that is published under the fingerprint of what it is made of.
    Published(Published),
    /// A file of a local source.
    File(File),
    /// A frontend input's definition.
    Input(String),
    /// A path of a prebuilt image, before a step takes from it.
    Probe(Probe),
    /// What is at a path, links followed. Unlike with [`Self::Probe`], nothing is wanted of a path that isn't there.
    Stat(Stat),
    /// Bytes of a regular file.
    Bytes(Bytes),
    /// The names in a local source that is transferred by names alone, without any content.
    Names(Tree),
    /// The commit that a git source is at, as far as the engine tells it without loading it.
    Commit(Source),
    /// What the engine knows of a source without loading it, for its time.
    SourceTime(Source),
    /// The list of all files that a definition comes to, which is a source vertex as the build has it, so that the
    /// source is transferred once. The list is made of contents alone: neither the session nor the name of a local
    /// source changes it.
    Content(Tree),
}

/// An image to look up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// The full reference.
    pub reference: String,
    /// The platform wanted.
    pub platform: Option<Platform>,
    /// Whether a local image will do.
    #[serde(with = "resolve_mode")]
    pub mode: ResolveMode,
    /// The OCI layout that holds it, `None` for a registry.
    pub layout: Option<Layout>,
}

/// A published image to look for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Published {
    /// The image.
    pub image: Image,
    /// How many seconds it is waited for, where it isn't there.
    pub wait: u32,
}

/// An OCI layout on the client's side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layout {
    /// The session that provides it.
    pub session: String,
    /// Its name in that session.
    pub store: String,
}

/// A file to read from a local source that is loaded for just that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct File {
    /// The local source's name.
    pub local: String,
    /// The session that provides it.
    pub session: String,
    /// The shared key hint.
    pub shared_key: String,
    /// The path in it.
    pub path: String,
    /// Whether a source that cannot be loaded is an error, rather than one without the file.
    pub must_load: bool,
}

/// The files that a definition comes to: a prebuilt image or another source as the build has it.
///
/// Definitions that differ in names only come to the same files, so two of them are equal where the
/// digests of their last vertices are.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The digest of the definition's last vertex.
    pub digest: String,
    /// The definition, encoded as the message `pb.Definition`. Every question about it has all of it.
    pub definition: Arc<[u8]>,
    /// Whether all files are there. Of a local source only the paths that the build takes are: nobody
    /// can tell from it what else there is.
    pub whole: bool,
}

impl Tree {
    /// The definition, decoded.
    ///
    /// # Errors
    ///
    /// It doesn't decode.
    pub fn decode(&self) -> Result<pb::Definition, Error> {
        pb::Definition::decode(&*self.definition)
            .map_err(|error| Error::new(format!("the definition cannot be decoded: {error}")))
    }

    /// The files that a definition comes to.
    pub fn of(definition: Definition, whole: bool) -> Self {
        Self {
            digest: definition.head().map(|digest| digest.to_string()).unwrap_or_default(),
            definition: definition.into_pb().encode_to_vec().into(),
            whole,
        }
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Tree {}

impl std::hash::Hash for Tree {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// A path to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Probe {
    /// Where.
    pub tree: Tree,
    /// The directory that is looked into where there is a pattern, and else the path itself;
    /// absolute.
    pub path: String,
    /// What is looked for in that directory.
    pub pattern: Option<String>,
}

/// A path that may be there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stat {
    /// Where.
    pub tree: Tree,
    /// The path, absolute.
    pub path: String,
}

/// A part of a regular file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bytes {
    /// Where.
    pub tree: Tree,
    /// Its path, absolute.
    pub path: String,
    /// Where the part begins, in bytes.
    pub offset: u64,
    /// How many bytes are wanted, at least one. The answer has fewer where the file ends before.
    pub length: u64,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// These files and directories. Symbolic links are followed, but for those that a pattern
    /// matches.
    Found(Vec<Entry>),
    /// Nothing.
    Missing {
        /// The nearest directory above it that there is, as far as that was looked for.
        directory: String,
        /// The names in it, which all paths have in common that are missing there.
        names: Arc<[String]>,
        /// Where the path leads, if it is a symbolic link to nothing.
        link: Option<String>,
    },
    /// The engine does not show even the root.
    Unreadable,
}

/// A file or directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// Its permissions in the low bits, and its type in the high ones, as Go's `fs.FileMode`.
    pub mode: u32,
    /// Where it leads, of a symbolic link that a pattern matches.
    pub link: String,
}

impl Entry {
    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode & file_mode::LINK != 0
    }

    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        self.mode & file_mode::TYPE == 0
    }
}

/// A source by its identifier and attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// For example `git://github.com/org/repo`.
    pub identifier: String,
    /// The attributes of the vertex.
    pub attributes: BTreeMap<String, String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// To [`Key::Image`] and [`Key::Published`]: found.
    Image(ImageFact),
    /// To [`Key::Image`]: a source policy made it another source, given as its identifier.
    Redirected(String),
    /// To [`Key::File`]: its content, `None` where there is no such file.
    File(Option<Arc<[u8]>>),
    /// To [`Key::Input`]: its definition, `None` where there is no such input.
    Input(Option<pb::Definition>),
    /// To [`Key::Probe`].
    Probe(Probed),
    /// To [`Key::Stat`]: `None` where there is nothing.
    Stat(Option<Entry>),
    /// To [`Key::Bytes`].
    Bytes(Arc<[u8]>),
    /// To [`Key::Names`]: the names in each of its directories, whose paths are absolute; no directory at all, not even
    /// the root, where the engine doesn't tell.
    Names(BTreeMap<String, Vec<String>>),
    /// To [`Key::Commit`]: `None` where the engine does not tell it.
    Commit(Option<String>),
    /// To [`Key::SourceTime`]: seconds since 1970, `None` where the source has no time.
    SourceTime(Option<i64>),
    /// To [`Key::Content`].
    Content(Arc<List>),
    /// The request failed.
    Failed(Failure),
}

/// An image that was found. With the question it can be written and read, for those who keep what an
/// image was found to be from build to build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFact {
    /// The reference, which a source policy may have changed.
    pub reference: String,
    /// The digest of its manifest or index; empty where the engine has it from its local store.
    pub digest: String,
    /// The image config's JSON, written in base64: its digest depends on every byte.
    #[serde(with = "base64_bytes")]
    pub config: Vec<u8>,
}

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// How it failed.
    pub kind: FailureKind,
    /// What the other side said.
    pub message: String,
    /// The gRPC code it said it with.
    pub code: Code,
    /// Where it is an image that isn't there for the platform that was asked for: platforms that it is
    /// there for, as far as the driver found any.
    pub elsewhere: Option<Vec<Platform>>,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let Failure { kind, message, code, .. } = failure;
        Self { kind: ErrorKind::Source, failure: Some(kind), code, ..Self::new(message) }
    }
}

/// A mode by its name in messages.
mod resolve_mode {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::options::ResolveMode;

    // Serde gives a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(super) fn serialize<S: Serializer>(
        mode: &ResolveMode,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(mode.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ResolveMode, D::Error> {
        let name = String::deserialize(deserializer)?;
        let modes = [ResolveMode::Default, ResolveMode::Pull, ResolveMode::Local];
        let mode = modes.into_iter().find(|mode| mode.as_str() == name);
        mode.ok_or_else(|| D::Error::custom(format!("no mode {name}")))
    }
}

/// Bytes as text.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_an_image_can_be_written_and_read() {
        let layout = Layout { session: "s".to_owned(), store: "store".to_owned() };
        for layout in [None, Some(layout)] {
            let question = Image {
                reference: "docker.io/library/alpine:3".to_owned(),
                platform: Some(Platform::new("linux", "arm", "v7")),
                mode: ResolveMode::Local,
                layout,
            };
            // Not every config is text.
            let fact = ImageFact {
                reference: question.reference.clone(),
                digest: format!("sha256:{}", "0a".repeat(32)),
                config: b"{\"os\": \"linux\\u0000\xff\"}".to_vec(),
            };
            let text = serde_json::to_string(&(&question, &fact)).unwrap();
            let read: (Image, ImageFact) = serde_json::from_str(&text).unwrap();
            assert_eq!(read, (question, fact), "{text}");
        }
        let broken = r#"{"reference": "a", "digest": "", "config": "no base64"}"#;
        assert!(serde_json::from_str::<ImageFact>(broken).is_err());
    }
}
