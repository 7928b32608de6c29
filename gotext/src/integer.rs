//! Whole numbers as Go's `strconv.ParseInt` and `strconv.ParseUint` read them.

use std::num::{IntErrorKind, ParseIntError};

use crate::quote::quote;

/// A whole number of 32 bits in `radix`, without a sign.
pub fn parse_u32(text: &str, radix: u32) -> Option<u64> {
    if text.is_empty() || !text.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(text, radix).ok().map(u64::from)
}

/// An octal number of 32 bits, without a sign and without a prefix.
pub fn parse_octal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if digits { u32::from_str_radix(text, 8).ok() } else { None }
}

/// A whole number of 32 bits in decimal, with a sign or without.
///
/// # Errors
/// Go's words for what is wrong.
pub fn parse_i32(text: &str) -> Result<i32, String> {
    text.parse().map_err(|error| not_a_number("ParseInt", text, &error))
}

/// A whole number of 64 bits in decimal, with a sign or without.
///
/// ```
/// use aliasfront_gotext::integer::parse_i64;
///
/// assert_eq!(parse_i64("+5"), Ok(5));
/// assert_eq!(
///     parse_i64("64m"),
///     Err(r#"strconv.ParseInt: parsing "64m": invalid syntax"#.to_owned())
/// );
/// ```
///
/// # Errors
/// Go's words for what is wrong.
pub fn parse_i64(text: &str) -> Result<i64, String> {
    text.parse().map_err(|error| not_a_number("ParseInt", text, &error))
}

/// A whole number of 64 bits in decimal, without a sign.
///
/// # Errors
/// Go's words for what is wrong.
pub fn parse_u64(text: &str) -> Result<u64, String> {
    // A plus sign is none of Go's digits, as a minus sign is none of Rust's.
    text.replace('+', "-").parse().map_err(|error| not_a_number("ParseUint", text, &error))
}

fn not_a_number(function: &str, text: &str, error: &ParseIntError) -> String {
    let why = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!("strconv.{function}: parsing {}: {why}", quote(text))
}

#[cfg(test)]
mod tests {
    use super::{parse_i32, parse_i64, parse_octal, parse_u32, parse_u64};

    #[test]
    fn unsigned() {
        assert_eq!(parse_u32("0755", 8), Some(0o755));
        assert_eq!(parse_u32("4294967295", 10), Some(4_294_967_295));
        for bad in ["", "8", "+7", "-1", " 7", "0o7", "77777777777"] {
            assert_eq!(parse_u32(bad, 8), None, "{bad}");
        }
    }

    #[test]
    fn signed() {
        assert_eq!(parse_i32("-3"), Ok(-3));
        assert_eq!(parse_i32("+3"), Ok(3));
        assert_eq!(parse_i32("x"), Err("strconv.ParseInt: parsing \"x\": invalid syntax".into()));
        assert_eq!(
            parse_i32("2147483648"),
            Err("strconv.ParseInt: parsing \"2147483648\": value out of range".into())
        );
    }

    #[test]
    fn long() {
        for (text, want) in [("0", 0), ("+5", 5), ("-5", -5), ("67108864", 67_108_864)] {
            assert_eq!(parse_i64(text), Ok(want));
        }
        for (text, why) in [
            ("", "invalid syntax"),
            ("64m", "invalid syntax"),
            ("-", "invalid syntax"),
            ("1_000", "invalid syntax"),
            ("9223372036854775808", "value out of range"),
            ("-9223372036854775809", "value out of range"),
        ] {
            assert_eq!(
                parse_i64(text),
                Err(format!("strconv.ParseInt: parsing \"{text}\": {why}"))
            );
        }
        assert_eq!(parse_u64("18446744073709551615"), Ok(u64::MAX));
        for (text, why) in [
            ("-1", "invalid syntax"),
            ("+1", "invalid syntax"),
            ("18446744073709551616", "value out of range"),
        ] {
            assert_eq!(
                parse_u64(text),
                Err(format!("strconv.ParseUint: parsing \"{text}\": {why}"))
            );
        }
    }

    #[test]
    fn octal() {
        for (text, want) in [
            ("0755", Some(0o755)),
            ("7", Some(7)),
            ("37777777777", Some(u32::MAX)),
            ("40000000000", None),
            ("", None),
            ("8", None),
            ("+7", None),
            ("0o7", None),
            ("u+x", None),
        ] {
            assert_eq!(parse_octal(text), want, "{text}");
        }
    }
}
