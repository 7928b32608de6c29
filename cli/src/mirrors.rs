//! Registries that are asked in the place of others.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// The variable that names them: `docker.io=mirror.example.com,ghcr.io=http://cache:5000`.
pub(crate) const VARIABLE: &str = "ALIASFRONT_MIRRORS";

/// A host that answers for a registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Host {
    /// Its name, with its port.
    pub name: String,
    /// Whether it is spoken to without TLS.
    pub plain: bool,
}

/// The mirrors by the registries that they are of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mirrors {
    by_registry: BTreeMap<String, Vec<Host>>,
}

impl Host {
    /// A host by its name; this machine is spoken to without TLS.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), plain: is_this_machine(name) }
    }

    /// Reads `https://HOST`, `http://HOST` or `HOST`.
    fn parse(text: &str) -> Option<Self> {
        let (plain, name) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
            (Some(name), _) => (true, name),
            (None, Some(name)) => (false, name),
            (None, None) => (is_this_machine(text), text),
        };
        let name = name.trim_end_matches('/');
        let is_name = !name.is_empty() && !name.contains(['/', '@', ' ', '=']);
        is_name.then(|| Self { name: name.to_owned(), plain })
    }
}

impl Mirrors {
    /// Reads the value of [`VARIABLE`].
    ///
    /// # Errors
    ///
    /// What of it can't be read.
    pub(crate) fn parse(value: &str) -> Result<Self, String> {
        let mut mirrors = Self::default();
        for entry in value.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let pair = entry.split_once('=').filter(|(registry, _)| !registry.trim().is_empty());
            let host =
                pair.and_then(|(registry, host)| Some((registry, Host::parse(host.trim())?)));
            let Some((registry, host)) = host else {
                return Err(format!("{VARIABLE}: {entry} is not REGISTRY=HOST"));
            };
            mirrors.by_registry.entry(registry.trim().to_owned()).or_default().push(host);
        }
        Ok(mirrors)
    }

    /// The hosts that are asked for a registry, one after the other: its mirrors, then itself.
    pub(crate) fn hosts(&self, registry: &str, own: &str) -> Vec<Host> {
        let mirrors = self.by_registry.get(registry).cloned().unwrap_or_default();
        mirrors.into_iter().chain([Host::new(own)]).collect()
    }
}

/// Whether a host is this machine.
fn is_this_machine(name: &str) -> bool {
    let host = match name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => name.split(':').next().unwrap_or(name),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_spoken_to_without_tls() {
        for (name, plain) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.3.2.1", true),
            ("[::1]:5000", true),
            ("localhost.example.com", false),
            ("ghcr.io", false),
            ("10.0.0.1:5000", false),
        ] {
            assert_eq!(Host::new(name).plain, plain, "{name}");
        }
    }

    #[test]
    fn mirrors_come_before_the_registry() {
        let mirrors = Mirrors::parse(
            "docker.io=mirror.example.com, docker.io=http://cache:5000/,ghcr.io=https://localhost",
        )
        .unwrap();
        let hosts = |registry: &str| -> Vec<String> {
            let hosts = mirrors.hosts(registry, "own.example.com").into_iter();
            let scheme = |plain| if plain { "http" } else { "https" };
            hosts.map(|host| format!("{}://{}", scheme(host.plain), host.name)).collect()
        };
        assert_eq!(
            hosts("docker.io"),
            ["https://mirror.example.com", "http://cache:5000", "https://own.example.com"]
        );
        assert_eq!(hosts("ghcr.io"), ["https://localhost", "https://own.example.com"]);
        assert_eq!(hosts("quay.io"), ["https://own.example.com"]);
        for wrong in ["docker.io", "=x", "a=", "a=b/c", "a=u@b"] {
            assert!(Mirrors::parse(wrong).is_err(), "{wrong}");
        }
    }
}
