//! Values of build options: hosts, limits, modes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use buildkit_dockerfile::go::{boolean, csv};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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

/// A truth value, in Go's words.
pub fn parse_bool(text: &str) -> Option<bool> {
    boolean::parse_bool(text)
}

/// An octal number of 32 bits.
pub fn parse_octal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if digits { u32::from_str_radix(text, 8).ok() } else { None }
}

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

/// `add-hosts`
///
/// # Errors
///
/// A field that is not `name=address`.
pub fn parse_extra_hosts(text: &str) -> Result<Vec<ExtraHost>, Error> {
    let field = |field: &String| {
        let lower = field.to_lowercase();
        let (host, ip) = lower
            .split_once('=')
            .ok_or_else(|| Error::new(format!("invalid key-value pair {field}")))?;
        let ip = ip.parse().map_err(|_| Error::new(format!("failed to parse IP {ip}")))?;
        Ok(ExtraHost { host: host.to_owned(), ip })
    };
    parse_csv(text)?.iter().map(field).collect()
}

/// `shm-size`, in bytes.
///
/// # Errors
///
/// It is no number.
pub fn parse_shm_size(text: &str) -> Result<i64, Error> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse()
        .map_err(|_| Error::new(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
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
    let (name, limits) = field
        .split_once('=')
        .ok_or_else(|| Error::new(format!("invalid ulimit argument: {field}")))?;
    if !LIMITS.contains(&name) {
        return Err(Error::new(format!("invalid ulimit type: {name}"))
            .hint(format!("the types are {}", LIMITS.join(", "))));
    }
    let number = |text: &str| {
        text.parse::<i64>()
            .map_err(|_| Error::new(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
    };
    let (soft, hard) = match limits.split(':').collect::<Vec<_>>().as_slice() {
        [soft] => (number(soft)?, number(soft)?),
        [soft, hard] => (number(soft)?, number(hard)?),
        _ => {
            return Err(Error::new(format!(
                "too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"
            )));
        }
    };
    if hard != -1 && soft == -1 {
        return Err(Error::new(format!(
            "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: {hard}"
        )));
    }
    if hard != -1 && soft > hard {
        return Err(Error::new(format!(
            "ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}"
        )));
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
        let get = |key: &str| opts.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let invalid = |key: &str, value: &str, why: &str| {
            Error::new(format!("invalid {key} value: {value}: {why}"))
        };
        let signed = |key: &str| {
            get(key).map_or(Ok(0), |value| {
                value.parse::<i64>().map_err(|_| invalid(key, value, "invalid syntax"))
            })
        };
        let positive = |key: &str| match (get(key), signed(key)?) {
            (Some(value), n) if n <= 0 => Err(invalid(key, value, "must be > 0")),
            (_, n) => Ok(n),
        };
        let unsigned = |key: &str| match get(key) {
            None => Ok(0),
            Some(value) => match value.parse::<u64>() {
                Ok(0) => Err(invalid(key, value, "must be > 0")),
                Ok(n) => Ok(n),
                Err(_) => Err(invalid(key, value, "invalid syntax")),
            },
        };
        let cpuset = |key: &str| match get(key) {
            None => Ok(String::new()),
            Some(value) if is_cpuset(value) => Ok(value.to_owned()),
            Some(value) => Err(invalid(key, value, "write it as 0-2,4")),
        };
        let memory_swap = signed("memswap")?;
        if let Some(value) = get("memswap").filter(|_| memory_swap < -1 || memory_swap == 0) {
            return Err(invalid("memswap", value, "must be -1 (unlimited) or > 0"));
        }
        let resources = Self {
            memory: positive("memory")?,
            memory_swap,
            cpu_shares: unsigned("cpushares")?,
            cpu_period: unsigned("cpuperiod")?,
            cpu_quota: positive("cpuquota")?,
            cpuset_cpus: cpuset("cpusetcpus")?,
            cpuset_mems: cpuset("cpusetmems")?,
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

/// Whether this is a list of numbers and ranges.
fn is_cpuset(text: &str) -> bool {
    text.split(',').all(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
            (Ok(first), Ok(last)) => first <= last,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let ulimits = parse_ulimits("nofile=1024:2048,core=-1").unwrap();
        assert_eq!((ulimits[0].soft, ulimits[0].hard, ulimits[1].soft), (1024, 2048, -1));
        for text in ["nofile", "nope=1", "nofile=2:1", "nofile=-1:1", "nofile=1:2:3", "nofile=x"] {
            assert!(parse_ulimits(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_are_names_and_addresses() {
        let hosts = parse_extra_hosts("A=10.0.0.1,b=::1").unwrap();
        assert_eq!((hosts[0].host.as_str(), hosts[1].ip.to_string().as_str()), ("a", "::1"));
        assert!(parse_extra_hosts("a").is_err());
        assert!(parse_extra_hosts("a=b").is_err());
    }

    #[test]
    fn resources_are_checked() {
        let read = |pairs: &[(&str, &str)]| {
            let opts = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            LinuxResources::parse(&opts)
        };
        assert_eq!(read(&[]).unwrap(), None);
        let limits =
            read(&[("memory", "1024"), ("memswap", "-1"), ("cpusetcpus", "0-2,4")]).unwrap();
        assert_eq!(limits.unwrap().memory_swap, -1);
        for pair in [
            ("memory", "0"),
            ("memswap", "-2"),
            ("cpuperiod", "0"),
            ("cpusetcpus", "2-1"),
            ("cpuquota", "x"),
        ] {
            assert!(read(&[pair]).is_err(), "{pair:?}");
        }
    }
}
