//! Values of build options: hosts, limits, modes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aliasfront_gotext::csv;
use aliasfront_gotext::integer::{self, parse_u64};
use aliasfront_gotext::quote::quote;
use buildkit_proto::pb;

use crate::error::Error;

/// A host that steps can look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraHost {
    /// Its name.
    pub host: String,
    /// Its address.
    pub ip: IpAddr,
}

/// A resource limit of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// Its name, such as `nofile`.
    pub name: String,
    /// The limit in force.
    pub soft: i64,
    /// What it can be raised to.
    pub hard: i64,
}

/// The network of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// Their own.
    #[default]
    Sandbox,
    /// The host's.
    Host,
    /// None.
    None,
}

/// Whether images are pulled.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ResolveMode {
    /// The engine decides.
    #[default]
    Default,
    /// The registry is always asked.
    Pull,
    /// A local image will do.
    PreferLocal,
}

/// Memory and processor limits of steps; 0 and empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinuxResources {
    /// Memory, in bytes.
    pub memory: i64,
    /// Memory and swap, in bytes; -1 for no limit.
    pub memory_swap: i64,
    /// The share of processor time, relative to other containers.
    pub cpu_shares: u64,
    /// The period of the quota, in microseconds.
    pub cpu_period: u64,
    /// The processor time in a period, in microseconds.
    pub cpu_quota: i64,
    /// The processors, such as `0-2,4`.
    pub cpuset_cpus: String,
    /// The memory nodes, likewise.
    pub cpuset_mems: String,
}

/// How a limit says that there is none.
const UNLIMITED: i64 = -1;

/// The highest number of a processor or memory node.
const MAX_CPU: i64 = 8192;

/// The limits that Linux has.
const LIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// The fields of a line of comma-separated values.
///
/// # Errors
///
/// A quote that does not close, or stands where none may.
pub fn parse_csv(text: &str) -> Result<Vec<String>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    csv::fields(text).map_err(Error::new)
}

/// A whole number with a sign or without.
fn whole(text: &str) -> Result<i64, Error> {
    integer::parse_i64(text).map_err(Error::new)
}

/// `add-hosts`
///
/// # Errors
///
/// A field that is not `name=address`.
pub fn parse_extra_hosts(text: &str) -> Result<Vec<ExtraHost>, Error> {
    let field = |field: &String| {
        let lower = field.to_lowercase();
        let (host, ip) = lower.split_once('=').ok_or_else(|| {
            Error::new(format!("invalid key-value pair {field}")).hint("write it as name=address")
        })?;
        let ip: IpAddr = ip.parse().map_err(|_| Error::new(format!("failed to parse IP {ip}")))?;
        // An IPv4 address in IPv6 clothes is an IPv4 address.
        Ok(ExtraHost { host: host.to_owned(), ip: ip.to_canonical() })
    };
    parse_csv(text)?.iter().map(field).collect()
}

/// `shm-size`, in bytes.
///
/// # Errors
///
/// It is no number.
pub fn parse_shm_size(text: &str) -> Result<i64, Error> {
    if text.is_empty() { Ok(0) } else { whole(text) }
}

/// `ulimit`
///
/// # Errors
///
/// A field that is not `name=soft[:hard]`.
pub fn parse_ulimits(text: &str) -> Result<Vec<Ulimit>, Error> {
    parse_csv(text)?.iter().map(|field| parse_ulimit(field)).collect()
}

fn parse_ulimit(field: &str) -> Result<Ulimit, Error> {
    let (name, limits) = field.split_once('=').ok_or_else(|| {
        Error::new(format!("invalid ulimit argument: {field}")).hint("write it as name=soft:hard")
    })?;
    if !LIMITS.contains(&name) {
        return Err(Error::new(format!("invalid ulimit type: {name}"))
            .hint(format!("the types are {}", LIMITS.join(", "))));
    }
    let parts: Vec<&str> = limits.split(':').collect();
    let (soft, hard) = match parts[..] {
        [both] => {
            let both = whole(both)?;
            (both, both)
        }
        [soft, hard] => {
            let hard = whole(hard)?;
            (whole(soft)?, hard)
        }
        _ => {
            return Err(Error::new(format!(
                "too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"
            )));
        }
    };
    let above = |comparison: String| {
        let rule = "ulimit soft limit must be less than or equal to hard limit";
        Err(Error::new(format!("{rule}: {comparison}")))
    };
    match (soft, hard) {
        (_, UNLIMITED) => {}
        (UNLIMITED, hard) => return above(format!("soft: -1 (unlimited), hard: {hard}")),
        (soft, hard) if soft > hard => return above(format!("{soft} > {hard}")),
        _ => {}
    }
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

impl NetworkMode {
    /// `force-network-mode`
    ///
    /// # Errors
    ///
    /// It is no mode.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "" | "sandbox" => Ok(Self::Sandbox),
            "host" => Ok(Self::Host),
            "none" => Ok(Self::None),
            _ => Err(Error::new(format!("invalid netmode {text}"))
                .hint("the modes are sandbox, host and none")),
        }
    }
}

impl ResolveMode {
    /// `image-resolve-mode`
    ///
    /// # Errors
    ///
    /// It is no mode.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "" | "default" => Ok(Self::Default),
            "pull" => Ok(Self::Pull),
            "local" => Ok(Self::PreferLocal),
            _ => Err(Error::new(format!("invalid image-resolve-mode: {text}"))
                .hint("the modes are default, pull and local")),
        }
    }

    /// The mode, as requests say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::PreferLocal => "local",
        }
    }

    /// The mode of an image's vertex.
    pub const fn to_llb(self) -> buildkit_llb::ResolveMode {
        match self {
            Self::Default => buildkit_llb::ResolveMode::Default,
            Self::Pull => buildkit_llb::ResolveMode::Pull,
            Self::PreferLocal => buildkit_llb::ResolveMode::Local,
        }
    }
}

impl LinuxResources {
    /// Reads the limits from the frontend options; `None` where there are none.
    ///
    /// # Errors
    ///
    /// A value that is no limit.
    pub fn parse(opts: &BTreeMap<String, String>) -> Result<Option<Self>, Error> {
        let given = |key: &'static str| {
            let value = opts.get(key).map(String::as_str).filter(|value| !value.is_empty());
            value.map(|value| Limit { key, value })
        };
        let resources = Self {
            memory: given("memory").map_or(Ok(0), Limit::signed)?,
            memory_swap: given("memswap").map_or(Ok(0), Limit::signed_or_unlimited)?,
            cpu_shares: given("cpushares").map_or(Ok(0), Limit::unsigned)?,
            cpu_period: given("cpuperiod").map_or(Ok(0), Limit::unsigned)?,
            cpu_quota: given("cpuquota").map_or(Ok(0), Limit::signed)?,
            cpuset_cpus: given("cpusetcpus").map_or(Ok(String::new()), Limit::cpuset)?,
            cpuset_mems: given("cpusetmems").map_or(Ok(String::new()), Limit::cpuset)?,
        };
        Ok((resources != Self::default()).then_some(resources))
    }

    /// The limits as vertices have them.
    pub fn to_pb(&self) -> pb::LinuxResources {
        pb::LinuxResources {
            memory: self.memory,
            memory_swap: self.memory_swap,
            cpu_shares: self.cpu_shares,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpuset_cpus: self.cpuset_cpus.clone(),
            cpuset_mems: self.cpuset_mems.clone(),
        }
    }
}

/// An option that limits a resource.
#[derive(Clone, Copy)]
struct Limit<'a> {
    key: &'static str,
    value: &'a str,
}

impl Limit<'_> {
    fn invalid(self, why: impl std::fmt::Display) -> Error {
        Error::new(format!("invalid {} value: {}: {why}", self.key, self.value))
    }

    fn signed(self) -> Result<i64, Error> {
        match integer::parse_i64(self.value).map_err(|error| self.invalid(error))? {
            ..=0 => Err(self.invalid("must be > 0")),
            number => Ok(number),
        }
    }

    fn signed_or_unlimited(self) -> Result<i64, Error> {
        match integer::parse_i64(self.value).map_err(|error| self.invalid(error))? {
            number @ (UNLIMITED | 1..) => Ok(number),
            _ => Err(self.invalid("must be -1 (unlimited) or > 0")),
        }
    }

    fn unsigned(self) -> Result<u64, Error> {
        match parse_u64(self.value).map_err(|error| self.invalid(error))? {
            0 => Err(self.invalid("must be > 0")),
            number => Ok(number),
        }
    }

    fn cpuset(self) -> Result<String, Error> {
        check_cpuset(self.value).map_err(|why| self.invalid(why))?;
        Ok(self.value.to_owned())
    }
}

/// Checks a list of numbers and ranges. Spaces and empty elements are fine.
fn check_cpuset(text: &str) -> Result<(), String> {
    let number = |text: &str| text.trim().parse::<i64>().ok().filter(|number| *number >= 0);
    for element in text.split(',').map(str::trim).filter(|element| !element.is_empty()) {
        let (kind, last) = match element.split_once('-') {
            Some((first, last)) => {
                let last = number(first).zip(number(last)).filter(|(first, last)| first <= last);
                ("range", last.map(|(_, last)| last))
            }
            None => ("element", number(element)),
        };
        let quoted = quote(element);
        match last {
            None => return Err(format!("invalid cpuset {kind} {quoted}")),
            Some(last) if last > MAX_CPU => {
                return Err(format!("cpuset {kind} {quoted} exceeds maximum {MAX_CPU}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
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
            let hosts = parse_extra_hosts(text).unwrap();
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
            assert_eq!(message(parse_extra_hosts(text)), want, "{text}");
        }
    }

    #[test]
    fn sizes_are_numbers() {
        for (text, want) in [("", 0), ("0", 0), ("+5", 5), ("-5", -5), ("67108864", 67_108_864)] {
            assert_eq!(parse_shm_size(text), Ok(want));
        }
        for (text, why) in [
            ("64m", "invalid syntax"),
            ("-", "invalid syntax"),
            ("1_000", "invalid syntax"),
            ("9223372036854775808", "value out of range"),
            ("-9223372036854775809", "value out of range"),
        ] {
            let want = format!("strconv.ParseInt: parsing \"{text}\": {why}");
            assert_eq!(message(parse_shm_size(text)), want);
        }
    }

    #[test]
    fn ulimits_are_read() {
        for (text, want) in [
            ("", &[][..]),
            ("nofile=1024", &[("nofile", 1024, 1024)]),
            ("nofile=1024:2048,core=-1", &[("nofile", 1024, 2048), ("core", -1, -1)]),
            ("nproc=5:-1", &[("nproc", 5, -1)]),
            ("nproc=-5:-2", &[("nproc", -5, -2)]),
        ] {
            let ulimits = parse_ulimits(text).unwrap();
            let ulimits: Vec<_> =
                ulimits.iter().map(|limit| (limit.name.as_str(), limit.soft, limit.hard)).collect();
            assert_eq!(ulimits, want, "{text}");
        }
        let rule = "ulimit soft limit must be less than or equal to hard limit";
        for (text, want) in [
            ("nofile", "invalid ulimit argument: nofile".to_owned()),
            ("nope=1", "invalid ulimit type: nope".to_owned()),
            ("as=1", "invalid ulimit type: as".to_owned()),
            ("nofile=2:1", format!("{rule}: 2 > 1")),
            ("nofile=-1:1", format!("{rule}: soft: -1 (unlimited), hard: 1")),
            (
                "nofile=1:2:3",
                "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`"
                    .to_owned(),
            ),
            ("nofile=", r#"strconv.ParseInt: parsing "": invalid syntax"#.to_owned()),
            ("nofile=x:y", r#"strconv.ParseInt: parsing "y": invalid syntax"#.to_owned()),
        ] {
            assert_eq!(message(parse_ulimits(text)), want, "{text}");
        }
    }

    #[test]
    fn modes_have_names() {
        for (text, network) in [
            ("", NetworkMode::Sandbox),
            ("sandbox", NetworkMode::Sandbox),
            ("host", NetworkMode::Host),
            ("none", NetworkMode::None),
        ] {
            assert_eq!(NetworkMode::parse(text), Ok(network));
        }
        assert_eq!(message(NetworkMode::parse("Host")), "invalid netmode Host");
        for (text, mode) in [
            ("default", ResolveMode::Default),
            ("pull", ResolveMode::Pull),
            ("local", ResolveMode::PreferLocal),
        ] {
            assert_eq!(ResolveMode::parse(text), Ok(mode));
            assert_eq!(mode.as_str(), text);
        }
        assert_eq!(ResolveMode::parse(""), Ok(ResolveMode::Default));
        assert_eq!(message(ResolveMode::parse("Pull")), "invalid image-resolve-mode: Pull");
    }

    #[test]
    fn resources_are_checked() {
        let read = |pairs: &[(&str, &str)]| {
            let opts = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            LinuxResources::parse(&opts)
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("memory", ""), ("cpusetcpus", "")]), Ok(None));
        let limits = read(&[
            ("memory", "1024"),
            ("memswap", "-1"),
            ("cpushares", "512"),
            ("cpuperiod", "100000"),
            ("cpuquota", "+50000"),
            ("cpusetcpus", " 0-2, 4 ,,8192"),
            ("cpusetmems", "0"),
        ]);
        let want = LinuxResources {
            memory: 1024,
            memory_swap: -1,
            cpu_shares: 512,
            cpu_period: 100_000,
            cpu_quota: 50_000,
            cpuset_cpus: " 0-2, 4 ,,8192".to_owned(),
            cpuset_mems: "0".to_owned(),
        };
        assert_eq!(limits, Ok(Some(want)));
        for (key, value, why) in [
            ("memory", "0", "must be > 0"),
            ("memory", "-1", "must be > 0"),
            ("memory", "1g", r#"strconv.ParseInt: parsing "1g": invalid syntax"#),
            ("memswap", "-2", "must be -1 (unlimited) or > 0"),
            ("memswap", "0", "must be -1 (unlimited) or > 0"),
            ("cpushares", "0", "must be > 0"),
            ("cpushares", "-1", r#"strconv.ParseUint: parsing "-1": invalid syntax"#),
            ("cpuperiod", "+1", r#"strconv.ParseUint: parsing "+1": invalid syntax"#),
            (
                "cpuperiod",
                "18446744073709551616",
                r#"strconv.ParseUint: parsing "18446744073709551616": value out of range"#,
            ),
            ("cpuquota", "0", "must be > 0"),
            ("cpusetcpus", "2-1", r#"invalid cpuset range "2-1""#),
            ("cpusetcpus", "-1", r#"invalid cpuset range "-1""#),
            ("cpusetcpus", "1-", r#"invalid cpuset range "1-""#),
            ("cpusetcpus", "0,x", r#"invalid cpuset element "x""#),
            ("cpusetmems", "8193", r#"cpuset element "8193" exceeds maximum 8192"#),
            ("cpusetmems", "0-99999", r#"cpuset range "0-99999" exceeds maximum 8192"#),
        ] {
            let want = format!("invalid {key} value: {value}: {why}");
            assert_eq!(message(read(&[(key, value)])), want);
        }
    }
}
