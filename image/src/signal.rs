//! Signals of `STOPSIGNAL`: names of Linux, with or without `SIG`, and numbers.

/// The names of Linux's signals, without those of real-time signals relative to these.
const NAMES: [&str; 36] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS",
    "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
    "XFSZ",
];

/// How far real-time signals are named from the lowest one.
const MAX_ABOVE_LOWEST: u32 = 15;

/// How far real-time signals are named from the highest one.
const MAX_BELOW_HIGHEST: u32 = 14;

/// A text that is no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid signal: {0}")]
pub struct InvalidSignal(pub String);

/// Checks a signal. Names may be in any case; numbers may be any but 0, since what they mean is
/// known only where the container runs.
///
/// # Errors
///
/// It is none.
pub fn parse(text: &str) -> Result<(), InvalidSignal> {
    let valid = text.parse::<i64>().map_or_else(|_| is_name(text), |number| number != 0);
    if valid { Ok(()) } else { Err(InvalidSignal(text.to_owned())) }
}

fn is_name(text: &str) -> bool {
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let distance = |prefix: &str, max: u32| {
        name.strip_prefix(prefix)
            .is_some_and(|distance| (1..=max).any(|known| known.to_string() == distance))
    };
    NAMES.contains(&name)
        || distance("RTMIN+", MAX_ABOVE_LOWEST)
        || distance("RTMAX-", MAX_BELOW_HIGHEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_numbers() {
        for text in [
            "SIGTERM",
            "sigterm",
            "TERM",
            "Kill",
            "SIGRTMIN",
            "rtmin+1",
            "SIGRTMIN+15",
            "RTMAX-14",
            "sigrtmax",
            "XFSZ",
            "SIGSTKFLT",
            "9",
            "15",
            "64",
            "1000",
            "+9",
            "-1",
            "007",
        ] {
            assert_eq!(parse(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "0",
            "-0",
            "00",
            "SIG",
            "SIGSIGTERM",
            "TERMINATE",
            "SIG9",
            "RTMIN+0",
            "RTMIN+16",
            "RTMIN+01",
            "RTMAX-15",
            "RTMAX+1",
            "RTMIN-1",
            " TERM",
            "9 ",
            "1.5",
            "0x9",
            "99999999999999999999",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.to_string(), format!("invalid signal: {text}"));
        }
    }
}
