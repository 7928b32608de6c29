//! Capabilities as the daemon announces them, and a set to ask.

use std::collections::BTreeMap;

pub use bollard_buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;

/// What a daemon can do, from one of the lists that `Ping` answers.
#[derive(Clone, Debug, Default)]
pub struct CapSet {
    caps: BTreeMap<String, ApiCap>,
}

/// Why a capability can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapError {
    /// The daemon has never heard of it.
    #[error("{id} is not supported by the build server{}", added_in(.id))]
    Unsupported {
        /// The id of the capability.
        id: String,
    },
    /// The daemon knows it and doesn't allow it.
    #[error("{id} has been disabled on the build server{}", reason(.message))]
    Disabled {
        /// The id of the capability.
        id: String,
        /// The daemon's words on why, if any.
        message: String,
    },
}

fn added_in(id: &str) -> String {
    crate::caps::since(id)
        .map_or_else(String::new, |minor| format!(" (added in BuildKit 0.{minor})"))
}

fn reason(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl CapSet {
    /// Every capability in `ids`, enabled.
    pub fn of(ids: impl IntoIterator<Item: Into<String>>) -> Self {
        ids.into_iter()
            .map(|id| ApiCap { id: id.into(), enabled: true, ..ApiCap::default() })
            .collect()
    }

    /// Whether the daemon can do it, and if not, why.
    pub fn supports(&self, id: &str) -> Result<(), CapError> {
        match self.caps.get(id) {
            None => Err(CapError::Unsupported { id: id.to_owned() }),
            Some(cap) if !cap.enabled => Err(CapError::Disabled {
                id: id.to_owned(),
                message: cap.disabled_reason_msg.clone(),
            }),
            Some(_) => Ok(()),
        }
    }

    /// Whether the daemon can do it.
    pub fn has(&self, id: &str) -> bool {
        self.caps.get(id).is_some_and(|cap| cap.enabled)
    }

    /// The capabilities, ordered by id, those included that are disabled.
    pub fn iter(&self) -> impl Iterator<Item = &ApiCap> {
        self.caps.values()
    }
}

impl FromIterator<ApiCap> for CapSet {
    fn from_iter<I: IntoIterator<Item = ApiCap>>(caps: I) -> Self {
        let mut set = Self::default();
        for cap in caps {
            if !cap.id.is_empty() {
                set.caps.insert(cap.id.clone(), cap);
            }
        }
        set
    }
}
