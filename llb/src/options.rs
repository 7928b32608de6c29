//! What is said about a vertex beside what it does.

use std::collections::BTreeMap;

use buildkit_proto::pb::{self, LinuxResources, Platform};

use crate::digest::Digest;
use crate::source_map::SourceLocation;

/// What is said about a vertex beside what it does. Only `platform`, on operations that have one,
/// and `constraints` are part of its digest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VertexOptions {
    /// The platform of an image or a command, if it isn't the graph's. Other vertices have none.
    pub platform: Option<Platform>,
    /// Which workers may run it: containerd filters.
    pub constraints: Vec<String>,
    /// Run it even if the result is in the cache.
    pub ignore_cache: bool,
    /// Texts for people and tools. `llb.customname` is the name of the step in progress.
    pub description: BTreeMap<String, String>,
    /// Whether the result goes into exported caches, where the build's own rule doesn't hold.
    pub export_cache: Option<bool>,
    /// The group of steps that progress shows it in.
    pub progress_group: Option<ProgressGroup>,
    /// Limits of the container (BuildKit 0.31).
    pub linux_resources: Option<LinuxResources>,
    /// Where in the source files it comes from.
    pub locations: Vec<SourceLocation>,
}

/// The key in a vertex's description under which progress finds the step's name.
const CUSTOM_NAME: &str = "llb.customname";

impl VertexOptions {
    /// Nothing but the name of the step.
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().name(name)
    }

    /// Sets the name of the step.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.describe(CUSTOM_NAME, name)
    }

    /// Sets one of the descriptions.
    #[must_use]
    pub fn describe(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.description.insert(key.into(), value.into());
        self
    }

    /// Sets the platform.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Adds a place in a source file.
    #[must_use]
    pub fn location(mut self, location: SourceLocation) -> Self {
        self.locations.push(location);
        self
    }

    /// Sets whether to run it even if the result is in the cache.
    #[must_use]
    pub fn ignore_cache(mut self, ignore: bool) -> Self {
        self.ignore_cache = ignore;
        self
    }

    /// Sets the group of steps that progress shows it in.
    #[must_use]
    pub fn progress_group(mut self, group: ProgressGroup) -> Self {
        self.progress_group = Some(group);
        self
    }

    /// Adds a worker filter.
    #[must_use]
    pub fn constraint(mut self, filter: impl Into<String>) -> Self {
        self.constraints.push(filter.into());
        self
    }

    /// Sets the limits of the container.
    #[must_use]
    pub fn linux_resources(mut self, resources: LinuxResources) -> Self {
        self.linux_resources = Some(resources);
        self
    }
}

/// Steps that progress shows as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressGroup {
    /// Steps with the same id are one group.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// The step is in the group only if another one is that is not weak.
    pub weak: bool,
}

/// How many digits the id of a group has.
const GROUP_ID_LENGTH: usize = 25;

impl ProgressGroup {
    /// A group whose id follows from `seed`: whatever makes it different from the other groups of the
    /// build, such as the place of its instruction. The same seed gives the same bytes in every build.
    pub fn seeded(seed: &str, name: impl Into<String>) -> Self {
        let mut id = Digest::of(seed.as_bytes()).to_hex();
        id.truncate(GROUP_ID_LENGTH);
        Self { id, name: name.into(), weak: false }
    }

    /// The same group, for a step that doesn't open it.
    #[must_use]
    pub fn weak(&self) -> Self {
        Self { weak: true, ..self.clone() }
    }

    pub(crate) fn into_pb(self) -> pb::ProgressGroup {
        pb::ProgressGroup { id: self.id, name: self.name, weak: self.weak }
    }
}
