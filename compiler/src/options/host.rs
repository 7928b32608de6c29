//! `add-hosts`: hosts that steps can look up.

use std::net::IpAddr;

use super::csv;
use crate::error::Error;

/// A host that steps can look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraHost {
    /// Its name.
    pub host: String,
    /// Its address.
    pub ip: IpAddr,
}

/// Reads a list of hosts.
///
/// # Errors
///
/// A field that is not `name=address`.
pub(super) fn parse(text: &str) -> Result<Vec<ExtraHost>, Error> {
    let field = |field: &String| {
        let lower = field.to_lowercase();
        let (host, ip) = lower.split_once('=').ok_or_else(|| {
            Error::new(format!("invalid key-value pair {field}")).hint("write it as name=address")
        })?;
        let ip: IpAddr = ip.parse().map_err(|_| Error::new(format!("failed to parse IP {ip}")))?;
        // An IPv4 address in IPv6 clothes is an IPv4 address.
        Ok(ExtraHost { host: host.to_owned(), ip: ip.to_canonical() })
    };
    csv::fields(text)?.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        for (text, want) in [
            ("", &[][..]),
            ("a=10.0.0.1", &[("a", "10.0.0.1")]),
            ("A=10.0.0.1,b=::1", &[("a", "10.0.0.1"), ("b", "::1")]),
            ("a=FE80::0:1", &[("a", "fe80::1")]),
            ("a=::ffff:1.2.3.4", &[("a", "1.2.3.4")]),
            ("a=1:0:0:2:0:0:0:3", &[("a", "1:0:0:2::3")]),
            ("=1.1.1.1", &[("", "1.1.1.1")]),
            ("\"a=1.1.1.1\"", &[("a", "1.1.1.1")]),
        ] {
            let hosts = parse(text).unwrap();
            let hosts: Vec<_> = hosts.into_iter().map(|h| (h.host, h.ip.to_string())).collect();
            let want: Vec<_> =
                want.iter().map(|(host, ip)| ((*host).to_owned(), (*ip).to_owned())).collect();
            assert_eq!(hosts, want, "{text}");
        }
        for (text, want) in [
            ("Host", "invalid key-value pair Host"),
            ("a=1.1.1.1,", "invalid key-value pair "),
            ("a=B", "failed to parse IP b"),
            ("a=", "failed to parse IP "),
            ("a=1.1.1", "failed to parse IP 1.1.1"),
            ("a=01.1.1.1", "failed to parse IP 01.1.1.1"),
            ("a=fe80::1%eth0", "failed to parse IP fe80::1%eth0"),
            ("a=host-gateway", "failed to parse IP host-gateway"),
        ] {
            assert_eq!(message(parse(text)), want, "{text}");
        }
    }
}
