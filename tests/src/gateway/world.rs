//! What a gateway answers from.

use std::collections::BTreeMap;

use bollard_buildkit_proto::pb;

use super::caps::CapSet;
use super::fault::{Fault, Rpc};
use super::files::{Files, Missing};
use super::images::Image;
use super::steps::Steps;

/// The name of the folder that the corpus keeps a source's files in.
pub(super) fn source_key(identifier: &str) -> String {
    identifier.replace("://", "_").replace(['/', ':', '@'], "_")
}

/// What a gateway answers from.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// The client's folders, by the names of the local sources.
    pub(super) locals: BTreeMap<String, Files>,
    /// What is in other sources, by their [keys](source_key).
    pub(super) sources: BTreeMap<String, Files>,
    /// A folder without files.
    pub(super) empty: Files,
    /// Images that aren't as usual, by full reference.
    pub(super) images: BTreeMap<String, Image>,
    /// Images that the registry has other than the engine's own store, by full reference.
    pub(super) in_registry: BTreeMap<String, Image>,
    /// Identifiers that a source policy turns into others.
    pub(super) redirects: BTreeMap<String, String>,
    /// The commits that repositories are at, by identifier: Git objects.
    pub(super) commits: BTreeMap<String, Vec<u8>>,
    /// The hashes of the commits that repositories are at, by identifier.
    pub(super) revisions: BTreeMap<String, String>,
    /// When downloads were last changed, by identifier: seconds since 1970.
    pub(super) changes: BTreeMap<String, i64>,
    /// The definitions that the client gives to the frontend, by name.
    pub(super) inputs: BTreeMap<String, pb::Definition>,
    /// What the daemon can do.
    pub(super) caps: CapSet,
    /// The platforms of the worker, as `os/arch[/variant]`.
    pub(super) platforms: Vec<String>,
    /// How missing files are missing.
    pub(super) missing: Missing,
    /// What becomes of steps that list files.
    pub(super) steps: Steps,
    /// Files that commands leave, by a part of their text.
    pub(super) left: Vec<(String, Files)>,
    /// Faults: for which request, for which of them (counting from 1; all if None), and what.
    pub(super) faults: Vec<(Rpc, Option<usize>, Fault)>,
    /// The request that is held back until so many are in flight.
    pub(super) held: Option<(Rpc, usize)>,
}

impl World {
    /// The files of a source, by its identifier. A client has the folders that it names, if only as empty ones; of other
    /// sources there is nothing, unless a test said so.
    pub(super) fn files(&self, identifier: &str) -> Option<&Files> {
        match identifier.strip_prefix("local://") {
            Some(name) => Some(self.locals.get(name).unwrap_or(&self.empty)),
            None => self.sources.get(&source_key(identifier)),
        }
    }

    /// What happens to the nth of the requests of a kind.
    pub(super) fn fault(&self, rpc: Rpc, nth: usize) -> Option<Fault> {
        self.faults
            .iter()
            .find(|(of, which, _)| *of == rpc && which.is_none_or(|which| which == nth))
            .map(|(_, _, fault)| fault.clone())
    }

    /// The platforms of the worker, as messages.
    pub(super) fn worker_platforms(&self) -> Vec<pb::Platform> {
        self.platforms
            .iter()
            .map(|name| {
                let mut parts = name.split('/').map(str::to_owned);
                pb::Platform {
                    os: parts.next().unwrap_or_default(),
                    architecture: parts.next().unwrap_or_default(),
                    variant: parts.next().unwrap_or_default(),
                    ..pb::Platform::default()
                }
            })
            .collect()
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            locals: BTreeMap::new(),
            sources: BTreeMap::new(),
            empty: Files::default(),
            images: BTreeMap::new(),
            in_registry: BTreeMap::new(),
            redirects: BTreeMap::new(),
            commits: BTreeMap::new(),
            revisions: BTreeMap::new(),
            changes: BTreeMap::new(),
            inputs: BTreeMap::new(),
            caps: CapSet::buildkit_0_32(),
            platforms: vec!["linux/amd64".to_owned()],
            missing: Missing::default(),
            steps: Steps::default(),
            left: Vec::new(),
            faults: Vec::new(),
            held: None,
        }
    }
}
