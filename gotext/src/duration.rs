//! Spans of time as Go's `time.Duration` reads and prints them.

use std::fmt::Write as _;
use std::time::Duration;

/// A span of time in nanoseconds, signed, as Go's `time.Duration`.
pub type Nanoseconds = i64;

/// Nanoseconds of one second, for those who compute with [`Nanoseconds`].
pub const SECOND: Nanoseconds = 1_000_000_000;

/// Reads a span of time, as Go's `time.ParseDuration`.
///
/// ```
/// use aliasfront_gotext::duration::{SECOND, parse_duration};
///
/// assert_eq!(parse_duration("1m30s"), Ok(90 * SECOND));
/// assert_eq!(parse_duration("3"), Err("time: missing unit in duration \"3\"".to_owned()));
/// ```
///
/// # Errors
/// Go's words for what is wrong.
pub fn parse_duration(text: &str) -> Result<Nanoseconds, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after_number) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after_number
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(end);
        // Go reads the number first: one that is too large is the error, whatever its unit.
        let whole = leading_integer(whole).ok_or_else(invalid)?;
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let Some(scale) = nanoseconds(unit) else {
            return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text)));
        };
        total = whole
            .checked_mul(scale)
            .filter(|v| *v <= LIMIT)
            .and_then(|v| v.checked_add(fraction_of(fraction, scale)))
            .filter(|v| *v <= LIMIT)
            .and_then(|v| v.checked_add(total))
            .filter(|v| *v <= LIMIT)
            .ok_or_else(invalid)?;
        rest = after_unit;
    }
    match (i64::try_from(total), negative) {
        (Ok(total), true) => Ok(-total),
        (Ok(total), false) => Ok(total),
        (Err(_), true) => Ok(i64::MIN),
        (Err(_), false) => Err(invalid()),
    }
}

/// A duration as Go's `time.Duration` prints itself.
///
/// ```
/// use aliasfront_gotext::duration::{SECOND, format_duration};
///
/// assert_eq!(format_duration(90 * SECOND), "1m30s");
/// assert_eq!(format_duration(SECOND / 10), "100ms");
/// ```
pub fn format_duration(value: Nanoseconds) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let span = Duration::from_nanos(value.unsigned_abs());
    let nanos = span.subsec_nanos();
    let seconds = span.as_secs();
    let text = match (seconds, nanos) {
        (0, 0) => "0s".to_owned(),
        (0, 0..1_000) => format!("{nanos}ns"),
        (0, 0..1_000_000) => with_fraction(u64::from(nanos / 1_000), nanos % 1_000, 3) + "µs",
        (0, _) => with_fraction(u64::from(nanos / 1_000_000), nanos % 1_000_000, 6) + "ms",
        _ => {
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = with_fraction(seconds % 60, nanos, 9);
            match (hours, minutes) {
                (0, 0) => format!("{rest}s"),
                (0, _) => format!("{minutes}m{rest}s"),
                _ => format!("{hours}h{minutes}m{rest}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `whole` with `fraction` as its decimals, `digits` wide, without trailing zeros.
fn with_fraction(whole: u64, fraction: u32, digits: usize) -> String {
    let decimals = format!("{fraction:0digits$}");
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { whole.to_string() } else { format!("{whole}.{decimals}") }
}

/// What the number of nanoseconds may be, before its sign.
const LIMIT: u64 = 1 << 63;

/// The ASCII digits that `text` starts with, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// The value of `digits`, where it stays within the limit.
fn leading_integer(digits: &str) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse().ok().filter(|value| *value <= LIMIT)
}

/// `0.digits` of `scale` nanoseconds, rounded down; digits beyond the precision are dropped.
fn fraction_of(digits: &str, scale: u64) -> u64 {
    let (mut value, mut unit) = (0_u128, 1_u128);
    for digit in digits.bytes().take(18) {
        value = value * 10 + u128::from(digit - b'0');
        unit *= 10;
    }
    u64::try_from(value * u128::from(scale) / unit).unwrap_or(u64::MAX)
}

fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

/// `text` in double quotes as Go's package `time` writes it: bytes that are not ASCII as `\xNN`.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(byte.into());
            }
            b' '..=b'~' => out.push(byte.into()),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{SECOND, format_duration, parse_duration};

    #[test]
    fn durations() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("+0", 0),
            ("-0", 0),
            ("0s", 0),
            ("1ns", 1),
            ("1us", 1_000),
            ("1\u{b5}s", 1_000),
            ("1\u{3bc}s", 1_000),
            ("1ms", 1_000_000),
            ("1s", 1_000_000_000),
            ("1m", 60_000_000_000),
            ("1h", 3_600_000_000_000),
            ("1h15m30.918s", 4_530_918_000_000),
            ("30s1h", 3_630_000_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("0.000000001s", 1),
            ("0.0000000001s", 0),
            ("0.3333333333333333333h", 1_200_000_000_000 - 1),
            ("-1.5h", -5_400_000_000_000),
            ("+5s", 5_000_000_000),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
            ("2562047h47m16.854775807s", i64::MAX),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn wrong_durations() {
        for (text, message) in [
            ("", "time: invalid duration \"\""),
            ("-", "time: invalid duration \"-\""),
            ("3", "time: missing unit in duration \"3\""),
            ("1m3", "time: missing unit in duration \"1m3\""),
            ("s", "time: invalid duration \"s\""),
            (".", "time: invalid duration \".\""),
            (".s", "time: invalid duration \".s\""),
            ("-.s", "time: invalid duration \"-.s\""),
            ("1x", "time: unknown unit \"x\" in duration \"1x\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("1 s", "time: unknown unit \" s\" in duration \"1 s\""),
            ("1S", "time: unknown unit \"S\" in duration \"1S\""),
            ("1ü", "time: unknown unit \"\\xc3\\xbc\" in duration \"1\\xc3\\xbc\""),
            ("\"", "time: invalid duration \"\\\"\""),
            ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
            ("9223372036854775.809us", "time: invalid duration \"9223372036854775.809us\""),
            ("3000000h", "time: invalid duration \"3000000h\""),
            ("99999999999999999999s", "time: invalid duration \"99999999999999999999s\""),
        ] {
            assert_eq!(parse_duration(text), Err(message.into()), "{text}");
        }
    }

    #[test]
    fn durations_are_printed() {
        for (nanoseconds, want) in [
            (0, "0s"),
            (1, "1ns"),
            (999, "999ns"),
            (1_100, "1.1µs"),
            (2_000, "2µs"),
            (2_200_000, "2.2ms"),
            (100_000_000, "100ms"),
            (999_999_999, "999.999999ms"),
            (SECOND, "1s"),
            (3_300_000_000, "3.3s"),
            (30 * SECOND, "30s"),
            (60 * SECOND, "1m0s"),
            (90 * SECOND, "1m30s"),
            (5 * 60 * SECOND + 5_001_000_000, "5m5.001s"),
            (3600 * SECOND, "1h0m0s"),
            (5 * 3600 * SECOND + 6 * 60 * SECOND + 7_001_000_000, "5h6m7.001s"),
            (8 * 60 * SECOND + 1, "8m0.000000001s"),
            (-1, "-1ns"),
            (-90 * SECOND, "-1m30s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(format_duration(nanoseconds), want);
        }
    }
}
