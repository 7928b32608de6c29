//! Ports of `EXPOSE`: `[[ip:]host:]container[/protocol]`, numbers or ranges.

use std::net::IpAddr;

use buildkit_dockerfile::go::quote::quote;

/// What an `EXPOSE` word comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// The ports, as `number/protocol`.
    pub ports: Vec<String>,
    /// What is odd about it.
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
#[error("{0}")]
pub struct InvalidPort(pub String);

/// Reads a word of `EXPOSE`.
///
/// # Errors
///
/// It is no port.
pub fn parse(spec: &str) -> Result<Parsed, InvalidPort> {
    let (ip, host, container) = split(spec);
    let (container, protocol) = container.split_once('/').unwrap_or((container, ""));
    let invalid = |why: String| InvalidPort(format!("invalid port: {}: {why}", quote(spec)));
    if container.is_empty() {
        return Err(invalid("no port specified".to_owned()));
    }
    let lower = match protocol.to_lowercase().as_str() {
        "" => "tcp".to_owned(),
        lower @ ("tcp" | "udp" | "sctp") => lower.to_owned(),
        _ => return Err(invalid(format!("invalid proto: {protocol}"))),
    };
    let mut notes = Vec::new();
    if protocol != protocol.to_lowercase() {
        notes.push(Note::ProtocolCasing);
    }
    if !ip.is_empty() || !host.is_empty() {
        notes.push(Note::Format);
    }
    let bare = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    if !ip.is_empty() && bare.parse::<IpAddr>().is_err() {
        return Err(InvalidPort(format!("invalid IP address: {ip}")));
    }
    let (first, last) = range(container)
        .ok_or_else(|| InvalidPort(format!("invalid containerPort: {container}")))?;
    if !host.is_empty() {
        let (host_first, host_last) =
            range(host).ok_or_else(|| InvalidPort(format!("invalid hostPort: {host}")))?;
        if last - first != host_last - host_first && last != first {
            return Err(InvalidPort(format!(
                "invalid ranges specified for container and host Ports: {container} and {host}"
            )));
        }
    }
    let ports = (first..=last).map(|port| format!("{port}/{lower}")).collect();
    Ok(Parsed { ports, notes })
}

/// Address, port of the host, port of the container: the last two colons separate them.
fn split(spec: &str) -> (&str, &str, &str) {
    match spec.rsplit_once(':') {
        None => ("", "", spec),
        Some((rest, container)) => match rest.rsplit_once(':') {
            None => ("", rest, container),
            Some((ip, host)) => (ip, host, container),
        },
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
    fn ports_are_expanded() {
        for (spec, ports, notes) in [
            ("80", &["80/tcp"][..], &[][..]),
            ("53/UDP", &["53/udp"], &[Note::ProtocolCasing]),
            ("8000-8002/sctp", &["8000/sctp", "8001/sctp", "8002/sctp"], &[]),
            ("127.0.0.1:80:8080", &["8080/tcp"], &[Note::Format]),
            ("[::1]:80:8080", &["8080/tcp"], &[Note::Format]),
            ("8000-8001:80-81", &["80/tcp", "81/tcp"], &[Note::Format]),
        ] {
            let parsed = parse(spec).unwrap();
            assert_eq!(
                (
                    parsed.ports.as_slice().iter().map(String::as_str).collect::<Vec<_>>(),
                    parsed.notes.as_slice()
                ),
                (ports.to_vec(), notes),
                "{spec}"
            );
        }
    }

    #[test]
    fn what_is_no_port_says_why() {
        for (spec, message) in [
            ("99999", "invalid containerPort: 99999"),
            ("9-8", "invalid containerPort: 9-8"),
            ("80/http", r#"invalid port: "80/http": invalid proto: http"#),
            ("/tcp", r#"invalid port: "/tcp": no port specified"#),
            ("x:80:80", "invalid IP address: x"),
            ("x:80", "invalid hostPort: x"),
            (
                "80-82:80-81",
                "invalid ranges specified for container and host Ports: 80-81 and 80-82",
            ),
        ] {
            assert_eq!(parse(spec).unwrap_err().to_string(), message, "{spec}");
        }
    }
}
