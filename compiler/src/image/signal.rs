//! Signals of `STOPSIGNAL`: names of Linux, with or without `SIG`, and numbers.

/// The names of Linux's signals.
const NAMES: [&str; 33] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
    "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU",
];
const LATER_NAMES: [&str; 3] = ["XFSZ", "RTMIN", "RTMAX"];
/// How far real-time signals are named from their lowest and their highest one.
const MAX_ABOVE_LOWEST: u32 = 15;
const MAX_BELOW_HIGHEST: u32 = 14;

/// A text that is no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid signal: {0}")]
pub struct InvalidSignal(pub String);

/// Checks a signal.
///
/// # Errors
///
/// It is none, or number 0.
pub fn parse(text: &str) -> Result<(), InvalidSignal> {
    let invalid = || InvalidSignal(text.to_owned());
    if let Ok(number) = text.parse::<i64>() {
        return if number == 0 { Err(invalid()) } else { Ok(()) };
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let known = NAMES.contains(&name) || LATER_NAMES.contains(&name);
    if known || real_time(name) { Ok(()) } else { Err(invalid()) }
}

fn real_time(name: &str) -> bool {
    let within = |number: &str, max: u32| {
        number.parse::<u32>().is_ok_and(|n| (1..=max).contains(&n) && n.to_string() == number)
    };
    name.strip_prefix("RTMIN+").is_some_and(|n| within(n, MAX_ABOVE_LOWEST))
        || name.strip_prefix("RTMAX-").is_some_and(|n| within(n, MAX_BELOW_HIGHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_names_or_numbers() {
        for signal in ["9", "SIGTERM", "term", "SIGRTMIN+3", "RTMAX-14", "-1"] {
            assert_eq!(parse(signal), Ok(()), "{signal}");
        }
        for signal in ["0", "", "SIG", "SIGNOPE", "RTMIN+16", "RTMAX-15", "1x"] {
            assert_eq!(parse(signal).unwrap_err().to_string(), format!("invalid signal: {signal}"));
        }
    }
}
