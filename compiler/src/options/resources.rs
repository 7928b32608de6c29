//! Memory and processor limits of steps.

use std::collections::BTreeMap;

use aliasfront_gotext::integer::{parse_i64, parse_u64};
use aliasfront_gotext::quote::quote;
use buildkit_llb::LinuxResources;

use super::ulimit::UNLIMITED;
use crate::error::Error;

/// The highest number of a processor or memory node.
const MAX_CPU: i64 = 8192;

/// Reads the limits from the frontend options; `None` where there are none.
///
/// # Errors
///
/// A value that is no limit.
pub(super) fn parse(opts: &BTreeMap<String, String>) -> Result<Option<LinuxResources>, Error> {
    let given = |key: &'static str| {
        let value = opts.get(key).map(String::as_str).filter(|value| !value.is_empty());
        value.map(|value| Limit { key, value })
    };
    let resources = LinuxResources {
        memory: given("memory").map_or(Ok(0), Limit::signed)?,
        memory_swap: given("memswap").map_or(Ok(0), Limit::signed_or_unlimited)?,
        cpu_shares: given("cpushares").map_or(Ok(0), Limit::unsigned)?,
        cpu_period: given("cpuperiod").map_or(Ok(0), Limit::unsigned)?,
        cpu_quota: given("cpuquota").map_or(Ok(0), Limit::signed)?,
        cpuset_cpus: given("cpusetcpus").map_or(Ok(String::new()), Limit::cpuset)?,
        cpuset_mems: given("cpusetmems").map_or(Ok(String::new()), Limit::cpuset)?,
    };
    Ok((resources != LinuxResources::default()).then_some(resources))
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
        match parse_i64(self.value).map_err(|error| self.invalid(error))? {
            ..=0 => Err(self.invalid("must be > 0")),
            number => Ok(number),
        }
    }

    fn signed_or_unlimited(self) -> Result<i64, Error> {
        match parse_i64(self.value).map_err(|error| self.invalid(error))? {
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
    fn resources_are_checked() {
        let read = |pairs: &[(&str, &str)]| {
            let opts = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            parse(&opts)
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
