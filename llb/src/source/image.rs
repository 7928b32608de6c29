//! Images from registries.

use buildkit_proto::caps;

use super::Source;

/// An image from a registry.
#[derive(Clone, Debug)]
pub struct Image {
    reference: String,
    resolve_mode: ResolveMode,
    internal: bool,
    layer_limit: Option<u32>,
    checksum: Option<String>,
}

/// Where images are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ResolveMode {
    /// In the registry, unless the daemon's image store has the digest.
    #[default]
    Default,
    /// In the registry always.
    Pull,
    /// In the daemon's image store first.
    Local,
}

impl ResolveMode {
    /// The mode as messages name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}

impl Image {
    /// See [`Source::image`].
    pub fn new(reference: impl Into<String>) -> Self {
        Self {
            reference: reference.into(),
            resolve_mode: ResolveMode::Default,
            internal: false,
            layer_limit: None,
            checksum: None,
        }
    }

    /// Sets where to look for it.
    #[must_use]
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        self.resolve_mode = mode;
        self
    }

    /// Keeps it out of the user's view of the cache.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Takes only that many layers, from the lowest (BuildKit 0.11).
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.layer_limit = Some(layers);
        self
    }

    /// Fails if the image has another digest (BuildKit 0.25).
    #[must_use]
    pub fn checksum(mut self, digest: impl Into<String>) -> Self {
        self.checksum = Some(digest.into());
        self
    }
}

impl From<Image> for Source {
    fn from(image: Image) -> Self {
        let identifier = format!("docker-image://{}", image.reference);
        let mut source = Self::with_cap(identifier, caps::SOURCE_IMAGE);
        if image.resolve_mode != ResolveMode::Default {
            source.set("image.resolvemode", image.resolve_mode.as_str());
        }
        if image.resolve_mode == ResolveMode::Pull {
            source.need(caps::SOURCE_IMAGE_RESOLVE_MODE);
        }
        if image.internal {
            source.set("image.recordtype", "internal");
        }
        if let Some(layers) = image.layer_limit {
            source.set("image.layerlimit", layers.to_string());
            source.need(caps::SOURCE_IMAGE_LAYER_LIMIT);
        }
        if let Some(digest) = image.checksum {
            source.set("image.checksum", digest);
            source.need(caps::SOURCE_IMAGE_CHECKSUM);
        }
        source
    }
}
