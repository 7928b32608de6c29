//! Ports of `EXPOSE`: `[[ip:]host:]container[/protocol]`, numbers or ranges.

use std::net::IpAddr;

use aliasfront_gotext::quote::quote;

/// What an `EXPOSE` word comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The ports, as `number/protocol`, ascending; or why it is no port.
    pub ports: Result<Vec<String>, InvalidPort>,
    /// What is odd about it, also where it is no port.
    pub notes: Vec<Note>,
}

/// What is odd about an `EXPOSE` word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The protocol is not in lower case.
    ProtocolCasing,
    /// It has an address or a port of the host, which have no meaning here.
    Format,
}

/// Why a word is no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPort {
    /// There is nothing between the last colon and the slash.
    #[error("invalid port: {}: no port specified", quote(.0))]
    Missing(String),
    /// It isn't one of TCP, UDP and SCTP.
    #[error("invalid port: {}: invalid proto: {protocol}", quote(spec))]
    Protocol {
        /// All of the word.
        spec: String,
        /// What stands behind the slash.
        protocol: String,
    },
    /// The brackets around an address don't fit.
    #[error("invalid IP address {address}: address {address}:: {problem}")]
    Brackets {
        /// The address.
        address: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// It isn't one.
    #[error("invalid IP address: {0}")]
    Address(String),
    /// The container's port is no number of 16 bits and no range of such.
    #[error("invalid containerPort: {0}")]
    Container(String),
    /// As [`Container`](Self::Container), for the host's.
    #[error("invalid hostPort: {0}")]
    Host(String),
    /// The ranges differ in length.
    #[error("invalid ranges specified for container and host Ports: {container} and {host}")]
    Ranges {
        /// The container's.
        container: String,
        /// The host's.
        host: String,
    },
}

/// Reads a word of `EXPOSE`.
pub fn parse(spec: &str) -> Parsed {
    let mut notes = Vec::new();
    let ports = ports(spec, &mut notes);
    Parsed { ports, notes }
}

fn ports(spec: &str, notes: &mut Vec<Note>) -> Result<Vec<String>, InvalidPort> {
    let (address, host, container) = split(spec);
    let (container, protocol) = container.split_once('/').unwrap_or((container, ""));
    if container.is_empty() {
        return Err(InvalidPort::Missing(spec.to_owned()));
    }
    let lower = protocol.to_lowercase();
    let lower = match lower.as_str() {
        "" => "tcp",
        known @ ("tcp" | "udp" | "sctp") => known,
        _ => {
            return Err(InvalidPort::Protocol {
                spec: spec.to_owned(),
                protocol: protocol.to_owned(),
            });
        }
    };
    if protocol != protocol.to_lowercase() {
        notes.push(Note::ProtocolCasing);
    }
    if !address.is_empty() || !host.is_empty() {
        notes.push(Note::Format);
    }

    check_address(address)?;
    let (first, last) =
        range(container).ok_or_else(|| InvalidPort::Container(container.to_owned()))?;
    if !host.is_empty() {
        let (host_first, host_last) =
            range(host).ok_or_else(|| InvalidPort::Host(host.to_owned()))?;
        // One port of the container may be found anywhere in a range of the host's.
        if last != first && last - first != host_last - host_first {
            return Err(InvalidPort::Ranges {
                container: container.to_owned(),
                host: host.to_owned(),
            });
        }
    }
    Ok((first..=last).map(|port| format!("{port}/{lower}")).collect())
}

/// Address, port of the host, port of the container: the last two colons separate them.
fn split(spec: &str) -> (&str, &str, &str) {
    match spec.rsplit_once(':') {
        None => ("", "", spec),
        Some((rest, container)) => match rest.rsplit_once(':') {
            None => ("", rest, container),
            Some((address, host)) => (address, host, container),
        },
    }
}

/// Checks an address, which if in IPv6 may stand in brackets. None is fine.
fn check_address(address: &str) -> Result<(), InvalidPort> {
    if address.is_empty() {
        return Ok(());
    }
    let bare = match address.strip_prefix('[') {
        Some(rest) => {
            let brackets = |problem| InvalidPort::Brackets { address: address.to_owned(), problem };
            let (bare, after) =
                rest.split_once(']').ok_or_else(|| brackets("missing ']' in address"))?;
            match after.chars().next() {
                Some(':') => return Err(brackets("too many colons in address")),
                Some(_) => return Err(brackets("missing port in address")),
                None if bare.contains('[') => return Err(brackets("unexpected '[' in address")),
                None => bare,
            }
        }
        None => address,
    };
    match bare.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        // Empty brackets are no address, but nobody minds.
        Err(_) if bare.is_empty() => Ok(()),
        Err(_) => Err(InvalidPort::Address(bare.to_owned())),
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

fn number(text: &str) -> Option<u16> {
    text.parse::<i64>().ok().and_then(|number| u16::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ports_and_ranges() {
        use Note::{Format, ProtocolCasing};
        for (spec, ports, notes) in [
            ("80", &["80/tcp"][..], &[][..]),
            ("0", &["0/tcp"], &[]),
            ("65535/udp", &["65535/udp"], &[]),
            ("80/", &["80/tcp"], &[]),
            ("+80", &["80/tcp"], &[]),
            ("080", &["80/tcp"], &[]),
            ("80/TCP", &["80/tcp"], &[ProtocolCasing]),
            ("80/Sctp", &["80/sctp"], &[ProtocolCasing]),
            ("8000-8002/udp", &["8000/udp", "8001/udp", "8002/udp"], &[]),
            ("80-80", &["80/tcp"], &[]),
            ("8080:80", &["80/tcp"], &[Format]),
            (":80", &["80/tcp"], &[]),
            ("::80", &["80/tcp"], &[]),
            ("8000-8010:80", &["80/tcp"], &[Format]),
            ("90-91:80-81", &["80/tcp", "81/tcp"], &[Format]),
            ("127.0.0.1::80", &["80/tcp"], &[Format]),
            ("127.0.0.1:8080:80/UDP", &["80/udp"], &[ProtocolCasing, Format]),
            ("[::1]:8080:80", &["80/tcp"], &[Format]),
            ("::1:8080:80", &["80/tcp"], &[Format]),
            ("[]:1:80", &["80/tcp"], &[Format]),
        ] {
            let want = Parsed {
                ports: Ok(ports.iter().map(|port| (*port).to_owned()).collect()),
                notes: notes.to_vec(),
            };
            assert_eq!(parse(spec), want, "{spec}");
        }
        assert_eq!(parse("0-65535").ports.unwrap().len(), 65_536);
    }

    #[test]
    fn refuses() {
        for (spec, want) in [
            ("", r#"invalid port: "": no port specified"#),
            ("/tcp", r#"invalid port: "/tcp": no port specified"#),
            ("80:", r#"invalid port: "80:": no port specified"#),
            ("80/icmp", r#"invalid port: "80/icmp": invalid proto: icmp"#),
            ("80/tcp/udp", r#"invalid port: "80/tcp/udp": invalid proto: tcp/udp"#),
            ("99999", "invalid containerPort: 99999"),
            ("-1", "invalid containerPort: -1"),
            ("http", "invalid containerPort: http"),
            ("80-", "invalid containerPort: 80-"),
            ("90-80", "invalid containerPort: 90-80"),
            ("80-90-95", "invalid containerPort: 80-90-95"),
            ("1.5", "invalid containerPort: 1.5"),
            ("99999:80", "invalid hostPort: 99999"),
            ("a-b:80", "invalid hostPort: a-b"),
            (
                "90-92:80-81",
                "invalid ranges specified for container and host Ports: 80-81 and 90-92",
            ),
            ("90:80-81", "invalid ranges specified for container and host Ports: 80-81 and 90"),
            ("localhost:80:80", "invalid IP address: localhost"),
            ("127.0.0.01:80:80", "invalid IP address: 127.0.0.01"),
            ("[fe80::1%eth0]:80:80", "invalid IP address: fe80::1%eth0"),
            ("[x]:80:80", "invalid IP address: x"),
            ("[::1:80:80", "invalid IP address [::1: address [::1:: missing ']' in address"),
            ("[::1]x:80:80", "invalid IP address [::1]x: address [::1]x:: missing port in address"),
            (
                "[::1]:1:80:80",
                "invalid IP address [::1]:1: address [::1]:1:: too many colons in address",
            ),
            (
                "[[::1]:80:80",
                "invalid IP address [[::1]: address [[::1]:: unexpected '[' in address",
            ),
        ] {
            assert_eq!(parse(spec).ports.unwrap_err().to_string(), want, "{spec}");
        }
    }
}
