//! The lock file: what images were found to be, for builds that are to be planned without network and always the same.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Failure, Image, ImageFact};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::images::{Images, Looking};

/// The name of the lock file where none is given.
pub const DEFAULT_FILE: &str = "aliasfront.lock";

/// The version of the file's form.
const SCHEMA_VERSION: u32 = 1;

const DOCKER_IMAGE: &str = "docker-image://";

/// What images were found to be, by reference and platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    images: BTreeMap<(String, String), ImageFact>,
}

/// A lock file that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// It can't be read.
    #[error("failed to read {}: {error}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It can't be written.
    #[error("failed to write {}: {error}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What is in it is no lock.
    #[error("{} is no lock file: {why}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A source policy knows no platforms.
    #[error("{0} has another digest for each platform, and a source policy has one for all")]
    Platforms(String),
}

/// The file's form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    schema_version: u32,
    images: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    platform: String,
    #[serde(flatten)]
    image: ImageFact,
}

/// What is different about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It wasn't known.
    New(String),
    /// It has another digest: the one before, and the new one.
    Moved(String, String),
    /// It has another config, and the same digest.
    Config,
    /// It can't be looked up: why.
    Failed(String),
}

impl Lock {
    /// Reads a lock file; an empty one where there is none.
    ///
    /// # Errors
    ///
    /// It is there, and can't be read or is no lock file.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        match fs::read(path) {
            Ok(data) => Self::parse(&data)
                .map_err(|why| LockError::Malformed { path: path.to_owned(), why }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(LockError::Read { path: path.to_owned(), error }),
        }
    }

    fn parse(data: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(data).map_err(|error| error.to_string())?;
        if file.schema_version != SCHEMA_VERSION {
            return Err(format!(
                "its schemaVersion is {}, and this is {SCHEMA_VERSION}",
                file.schema_version
            ));
        }
        let mut lock = Self::default();
        for Entry { platform, image } in file.images {
            let key = (image.reference.clone(), platform);
            if lock.images.insert(key, image).is_some() {
                return Err("it has an image twice".to_owned());
            }
        }
        Ok(lock)
    }

    /// Writes the lock file, as a whole or not at all.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}", process::id()));
        let beside = PathBuf::from(beside);
        let written = fs::write(&beside, self.to_text()).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            // What is left of it is nobody's.
            let _ = fs::remove_file(&beside);
            LockError::Write { path: path.to_owned(), error }
        })
    }

    /// The file's text: an image a piece, in order, so that a change is one in the diff, too.
    pub fn to_text(&self) -> String {
        let entry = |((_, platform), image): (&(String, String), &ImageFact)| Entry {
            platform: platform.clone(),
            image: image.clone(),
        };
        let images = self.images.iter().map(entry).collect();
        let file = File { schema_version: SCHEMA_VERSION, images };
        // Strings and a number are JSON whatever they are.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The images that are locked, as they are looked up again.
    pub fn questions(&self) -> Vec<Image> {
        let question = |(reference, platform): &(String, String)| Image {
            reference: reference.clone(),
            platform: Platform::parse(platform).ok(),
            mode: aliasfront_compiler::options::ResolveMode::Pull,
            layout: None,
        };
        self.images.keys().map(question).collect()
    }

    /// Takes what another lock has over this one's. Gives what is different then.
    pub fn update(&mut self, other: Self) -> Vec<((String, String), Change)> {
        let mut changes = Vec::new();
        for (key, image) in other.images {
            let change = match self.images.get(&key) {
                None => Some(Change::New(image.digest.clone())),
                Some(old) if old.digest != image.digest => {
                    Some(Change::Moved(old.digest.clone(), image.digest.clone()))
                }
                Some(old) if old.config != image.config => Some(Change::Config),
                Some(_) => None,
            };
            changes.extend(change.map(|change| (key.clone(), change)));
            self.images.insert(key, image);
        }
        changes
    }

    /// Leaves out what another lock hasn't. Gives what is gone then.
    pub fn retain(&mut self, other: &Self) -> Vec<(String, String)> {
        let (kept, gone): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.images)
            .into_iter()
            .partition(|(key, _)| other.images.contains_key(key));
        self.images = kept;
        gone.into_keys().collect()
    }

    /// A BuildKit source policy that turns every image into the one that is locked.
    ///
    /// # Errors
    ///
    /// An image has several digests, by platform.
    pub fn source_policy(&self) -> Result<String, LockError> {
        let mut digests: BTreeMap<&str, &str> = BTreeMap::new();
        for ((reference, _), image) in &self.images {
            let digest = digests.entry(reference).or_insert(&image.digest);
            if *digest != image.digest {
                return Err(LockError::Platforms(reference.clone()));
            }
        }
        // One that is named by its digest is what it is.
        let named = digests
            .into_iter()
            .filter(|(reference, digest)| !digest.is_empty() && !reference.contains('@'));
        let rule = |(reference, digest): (&str, &str)| {
            json!({
                "action": "CONVERT",
                "selector": {"identifier": format!("{DOCKER_IMAGE}{reference}")},
                "updates": {"identifier": format!("{DOCKER_IMAGE}{reference}@{digest}")},
            })
        };
        let rules: Vec<_> = named.map(rule).collect();
        Ok(format!("{:#}\n", json!({"rules": rules})))
    }
}

/// The images of a lock file, and no others.
#[derive(Debug)]
pub struct Locked {
    lock: Lock,
    /// The file, for messages.
    path: PathBuf,
    /// The platform of the builder.
    platform: Platform,
}

impl Locked {
    /// The images of a lock that was read from `path`, for a builder of a platform.
    pub const fn new(lock: Lock, path: PathBuf, platform: Platform) -> Self {
        Self { lock, path, platform }
    }
}

impl Images for Locked {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        let key = key(image, &self.platform);
        let found = self.lock.images.get(&key).filter(|_| image.layout.is_none());
        let missing = || Failure {
            message: format!(
                "{} for {} is not in {}: aliasfront lock adds it",
                key.0,
                key.1,
                self.path.display()
            ),
            ..Failure::default()
        };
        Box::pin(std::future::ready(found.cloned().ok_or_else(missing)))
    }
}

/// Images that are looked up elsewhere, once, with what was found.
#[derive(Debug)]
pub struct Recorder<I> {
    images: I,
    found: Mutex<Lock>,
    /// The platform of the builder.
    platform: Platform,
}

impl<I: Images> Recorder<I> {
    /// Looks up in `images`, for a builder of a platform.
    pub fn new(images: I, platform: Platform) -> Self {
        Self { images, found: Mutex::default(), platform }
    }

    /// What was found.
    pub fn found(&self) -> Lock {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<I: Images> Images for Recorder<I> {
    fn find<'a>(&'a self, image: &'a Image) -> Looking<'a> {
        Box::pin(async move {
            let key = key(image, &self.platform);
            let known = {
                let lock = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                lock.images.get(&key).filter(|_| image.layout.is_none()).cloned()
            };
            if let Some(known) = known {
                return Ok(known);
            }
            let found = self.images.find(image).await?;
            if image.layout.is_none() {
                let mut lock = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                lock.images.insert(key, found.clone());
            }
            Ok(found)
        })
    }
}

/// What an image is locked by.
fn key(image: &Image, builder: &Platform) -> (String, String) {
    let platform = image.platform.as_ref().unwrap_or(builder);
    (image.reference.clone(), platform.normalize().format_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(images: &[(&str, &str, &str)]) -> Lock {
        let image = |(reference, platform, digest): &(&str, &str, &str)| {
            let fact = ImageFact {
                reference: (*reference).to_owned(),
                digest: (*digest).to_owned(),
                config: vec![0xff, b'{'],
            };
            (((*reference).to_owned(), (*platform).to_owned()), fact)
        };
        Lock { images: images.iter().map(image).collect() }
    }

    #[test]
    fn a_lock_is_written_and_read() {
        let written =
            lock(&[("a:1", "linux/amd64", "sha256:1"), ("a:1", "linux/arm/v7", "sha256:1")]);
        assert_eq!(Lock::parse(written.to_text().as_bytes()), Ok(written.clone()));
        let twice = written.to_text().replace("linux/arm/v7", "linux/amd64");
        let newer = written.to_text().replace("\"schemaVersion\": 1", "\"schemaVersion\": 2");
        for (text, why) in [(twice.as_str(), "twice"), (&newer, "schemaVersion"), ("[", "EOF")] {
            assert!(Lock::parse(text.as_bytes()).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn what_changes_is_told() {
        let mut old = lock(&[("a:1", "linux/amd64", "1"), ("b:1", "linux/amd64", "1")]);
        let new = lock(&[("a:1", "linux/amd64", "2"), ("c:1", "linux/amd64", "3")]);
        let key = |name: &str| (name.to_owned(), "linux/amd64".to_owned());
        assert_eq!(
            old.update(new.clone()),
            [
                (key("a:1"), Change::Moved("1".to_owned(), "2".to_owned())),
                (key("c:1"), Change::New("3".to_owned())),
            ]
        );
        assert_eq!(old.len(), 3);
        assert_eq!(old.retain(&new), [key("b:1")]);
        assert_eq!(old, new);
    }

    #[test]
    fn a_source_policy_has_a_rule_for_each_name() {
        let policy = lock(&[
            ("docker.io/library/a:1", "linux/amd64", "sha256:1"),
            ("docker.io/library/a:1", "linux/arm64", "sha256:1"),
            ("docker.io/library/b@sha256:2", "linux/arm64", "sha256:2"),
        ]);
        let policy: serde_json::Value =
            serde_json::from_str(&policy.source_policy().unwrap()).unwrap();
        assert_eq!(
            policy,
            json!({"rules": [{
                "action": "CONVERT",
                "selector": {"identifier": "docker-image://docker.io/library/a:1"},
                "updates": {"identifier": "docker-image://docker.io/library/a:1@sha256:1"},
            }]})
        );
        let several =
            lock(&[("a:1", "linux/amd64", "sha256:1"), ("a:1", "linux/arm64", "sha256:2")]);
        assert!(several.source_policy().is_err());
    }
}
