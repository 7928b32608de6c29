//! `ulimit`: resource limits of steps.

use aliasfront_gotext::integer::parse_i64;
use buildkit_llb::Ulimit;

use super::csv;
use crate::error::Error;

/// How a limit says that there is none.
pub(super) const UNLIMITED: i64 = -1;

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

/// Reads a list of limits.
///
/// # Errors
///
/// A field that is not `name=soft[:hard]`.
pub(super) fn parse(text: &str) -> Result<Vec<Ulimit>, Error> {
    csv::fields(text)?.iter().map(|field| parse_ulimit(field)).collect()
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

/// A whole number with a sign or without.
fn whole(text: &str) -> Result<i64, Error> {
    parse_i64(text).map_err(Error::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().message
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
            let ulimits = parse(text).unwrap();
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
            assert_eq!(message(parse(text)), want, "{text}");
        }
    }
}
