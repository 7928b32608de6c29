//! The images of the world that the gateway lives in: every reference is one, with a digest and a config that follow
//! from it, unless a test says otherwise.

use std::collections::BTreeMap;

use bollard_buildkit_proto::pb::Platform;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tonic::{Code, Status};

/// What a look-up of an image answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// Its config, instead of the usual one.
    #[serde(default)]
    pub config: Option<Value>,
    /// Its digest, instead of the one that follows from the reference.
    #[serde(default)]
    pub digest: Option<String>,
    /// The error (gRPC `NotFound`) that the look-up fails with.
    #[serde(default)]
    pub error: Option<String>,
    /// Whether the error has the code `Unknown` instead, and only its words tell what it is.
    #[serde(default)]
    pub unknown: bool,
    /// The platforms that its index has; any where none is said.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// How many look-ups come before it is there: those don't find it.
    #[serde(default)]
    pub later: usize,
    /// Whether a look-up of it is never answered.
    #[serde(default)]
    pub silent: bool,
}

impl Image {
    /// An image with this config.
    pub fn with_config(config: Value) -> Self {
        Self { config: Some(config), ..Self::default() }
    }

    /// An image with the usual config, and what a Dockerfile's `ONBUILD` left in it.
    pub fn with_triggers(triggers: &[&str]) -> Self {
        Self::with_config(json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/bin"], "OnBuild": triggers},
            "rootfs": {"type": "layers", "diff_ids": []},
        }))
    }

    /// A reference that names no image.
    pub fn missing(error: &str) -> Self {
        Self { error: Some(error.to_owned()), ..Self::default() }
    }

    /// A reference that fails with these words and no code that says what they mean.
    pub fn failing(error: &str) -> Self {
        Self { unknown: true, ..Self::missing(error) }
    }

    /// The same as an index that has these platforms only.
    #[must_use]
    pub fn for_platforms(mut self, platforms: &[&str]) -> Self {
        self.platforms = platforms.iter().map(|platform| (*platform).to_owned()).collect();
        self
    }

    /// The same as one that so many look-ups come too early for.
    #[must_use]
    pub fn later(mut self, lookups: usize) -> Self {
        self.later = lookups;
        self
    }

    /// A reference that the registry never answers about.
    pub fn silent() -> Self {
        Self { silent: true, ..Self::default() }
    }

    /// The same with this digest. The empty one is what dockerd's classic image store answers for an image that is
    /// there locally.
    #[must_use]
    pub fn digest(mut self, digest: &str) -> Self {
        self.digest = Some(digest.to_owned());
        self
    }
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The digest (`sha256:…`).
    pub(super) digest: String,
    /// The config: JSON.
    pub(super) config: Vec<u8>,
}

/// Looks a reference up, after so many other look-ups of it.
pub(super) fn look_up(
    images: &BTreeMap<String, Image>,
    reference: &str,
    platform: Option<&Platform>,
    before: usize,
) -> Result<Found, Status> {
    let image = images.get(reference).cloned().unwrap_or_default();
    if before < image.later {
        return Err(Status::not_found(format!("{reference}: not found")));
    }
    if let Some(error) = image.error {
        let code = if image.unknown { Code::Unknown } else { Code::NotFound };
        return Err(Status::new(code, error));
    }
    if !image.platforms.is_empty() && !image.platforms.contains(&platform_name(platform)) {
        let message = format!("{reference}: no match for platform in manifest: not found");
        return Err(Status::new(Code::NotFound, message));
    }
    let digest = image.digest.unwrap_or_else(|| match reference.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => digest_of(&format!("image:{reference}|{}", platform_name(platform))),
    });
    let config = image.config.unwrap_or_else(|| usual_config(reference, platform));
    Ok(Found { digest, config: config.to_string().into_bytes() })
}

/// A platform as `os/arch[/variant]`; the worker's where there is none.
pub(super) fn platform_name(platform: Option<&Platform>) -> String {
    match platform {
        None => "linux/amd64".to_owned(),
        Some(platform) if platform.variant.is_empty() => {
            format!("{}/{}", platform.os, platform.architecture)
        }
        Some(platform) => {
            format!("{}/{}/{}", platform.os, platform.architecture, platform.variant)
        }
    }
}

fn usual_config(reference: &str, platform: Option<&Platform>) -> Value {
    let default = Platform {
        os: "linux".to_owned(),
        architecture: "amd64".to_owned(),
        ..Platform::default()
    };
    let platform = platform.unwrap_or(&default);
    let mut config = json!({
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {
            "Cmd": ["sh"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        },
        "created": "2023-01-01T00:00:00Z",
        "history": [{"created": "2023-01-01T00:00:00Z", "created_by": "base"}],
        "rootfs": {"type": "layers", "diff_ids": [digest_of(&format!("layer:{reference}"))]},
    });
    if !platform.variant.is_empty() {
        config["variant"] = platform.variant.clone().into();
    }
    config
}

fn digest_of(text: &str) -> String {
    format!("sha256:{:x}", Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_follow_from_references_and_platforms() {
        let found = look_up(&BTreeMap::new(), "docker.io/library/python:3.12-slim", None, 0);
        assert_eq!(
            found.expect("an image").digest,
            "sha256:4d5f10b17e9964de6be96aa4aadb37a1e8cd91a88efe1ca46f56155c5247fdb9",
        );
    }

    #[test]
    fn tests_can_say_otherwise() {
        let images = BTreeMap::from([
            ("a".to_owned(), Image::missing("a: not found")),
            ("b".to_owned(), Image::default().digest("")),
        ]);
        assert_eq!(look_up(&images, "a", None, 0).expect_err("no image").message(), "a: not found");
        assert_eq!(look_up(&images, "b", None, 0).expect("an image").digest, "");
        let pinned = look_up(&images, "c@sha256:12", None, 0).expect("an image");
        assert_eq!(pinned.digest, "sha256:12");
    }
}
