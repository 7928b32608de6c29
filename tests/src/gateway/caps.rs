//! The capabilities that a daemon announces.

use std::collections::BTreeSet;

use bollard_buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::caps::{GATEWAY, LLB, of_version};

/// Capabilities that the reference declares and no daemon announces: their ids are constants that are never put
/// into the list that `Ping` answers with (v0.13 to v0.32, `solver/pb/caps.go`).
const NEVER_ANNOUNCED: [&str; 2] = ["exec.meta.removemountstubs.recursive", "file.copy.modestring"];

/// The capabilities that `Ping` answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapSet {
    /// What the daemon can do with LLB.
    llb: BTreeSet<String>,
    /// What its gateway can do.
    gateway: BTreeSet<String>,
    /// What it knows and doesn't allow.
    disabled: BTreeSet<String>,
}

impl CapSet {
    /// What BuildKit `0.minor` announces.
    fn of(minor: u32) -> Self {
        let announced = |list| {
            of_version(list, minor)
                .filter(|id| !NEVER_ANNOUNCED.contains(id))
                .map(String::from)
                .collect()
        };
        Self { llb: announced(LLB), gateway: announced(GATEWAY), disabled: BTreeSet::new() }
    }

    /// What BuildKit 0.13 announces.
    pub fn buildkit_0_13() -> Self {
        Self::of(13)
    }

    /// What BuildKit 0.16 announces.
    pub fn buildkit_0_16() -> Self {
        Self::of(16)
    }

    /// What BuildKit 0.20 announces.
    pub fn buildkit_0_20() -> Self {
        Self::of(20)
    }

    /// What BuildKit 0.25 announces.
    pub fn buildkit_0_25() -> Self {
        Self::of(25)
    }

    /// What BuildKit 0.32 announces.
    pub fn buildkit_0_32() -> Self {
        Self::of(32)
    }

    /// The sets that the tests go through, each with the version it is of.
    pub fn versions() -> [(&'static str, Self); 5] {
        [
            ("0.13", Self::buildkit_0_13()),
            ("0.16", Self::buildkit_0_16()),
            ("0.20", Self::buildkit_0_20()),
            ("0.25", Self::buildkit_0_25()),
            ("0.32", Self::buildkit_0_32()),
        ]
    }

    /// The set without one capability.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        self.llb.remove(id);
        self.gateway.remove(id);
        self
    }

    /// The set with one capability known and not allowed, as dockerd's classic image store has `mergeop`.
    #[must_use]
    pub fn disable(mut self, id: &str) -> Self {
        self.disabled.insert(id.to_owned());
        self
    }

    /// Whether a capability is announced and allowed.
    pub fn has(&self, id: &str) -> bool {
        let announced = self.llb.contains(id) || self.gateway.contains(id);
        announced && !self.disabled.contains(id)
    }

    /// The list of LLB capabilities, as `Ping` has it.
    pub(super) fn llb(&self) -> Vec<ApiCap> {
        self.announcement(&self.llb)
    }

    /// The list of gateway capabilities, as `Ping` has it.
    pub(super) fn gateway(&self) -> Vec<ApiCap> {
        self.announcement(&self.gateway)
    }

    fn announcement(&self, ids: &BTreeSet<String>) -> Vec<ApiCap> {
        let cap = |id: &String| {
            let disabled = self.disabled.contains(id);
            let reason = if disabled { "the test gateway doesn't allow it" } else { "" };
            ApiCap {
                id: id.clone(),
                enabled: !disabled,
                disabled_reason_msg: reason.to_owned(),
                ..ApiCap::default()
            }
        };
        ids.iter().map(cap).collect()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// What the daemons of each version announce, read from their sources at the tags (`solver/pb/caps.go` and
    /// `frontend/gateway/pb/caps.go`): how many ids, and the start of the SHA-256 of them, sorted and each in a line.
    const ANNOUNCED: [(&str, &str, &str); 5] = [
        ("0.13", "63 fdc86862df51cd5f", "24 9fe56dd210ecc468"),
        ("0.16", "64 11f640bb387a1334", "24 9fe56dd210ecc468"),
        ("0.20", "69 32d039b9083af49c", "24 9fe56dd210ecc468"),
        ("0.25", "76 19de17ed4db3aed2", "24 9fe56dd210ecc468"),
        ("0.32", "88 87d3d0fca58c12f8", "27 01144adef1e54c85"),
    ];

    fn summary(ids: &BTreeSet<String>) -> String {
        let lines: String = ids.iter().flat_map(|id| [id.as_str(), "\n"]).collect();
        let digest = format!("{:x}", Sha256::digest(lines));
        format!("{} {}", ids.len(), &digest[..16])
    }

    #[test]
    fn sets_are_what_the_daemons_announce() {
        for ((version, set), (of, llb, gateway)) in CapSet::versions().into_iter().zip(ANNOUNCED) {
            assert_eq!(version, of);
            assert_eq!(summary(&set.llb), llb, "BuildKit {version}");
            assert_eq!(summary(&set.gateway), gateway, "BuildKit {version}");
        }
    }

    #[test]
    fn a_capability_can_be_taken_out() {
        let set = CapSet::buildkit_0_32();
        assert!(set.has("mergeop"));
        assert!(!set.without("mergeop").has("mergeop"));
    }
}
