//! `shm-size`: how large `/dev/shm` is.

use aliasfront_gotext::integer::parse_i64;

use crate::error::Error;

/// Reads the size, in bytes.
///
/// # Errors
///
/// It is no number.
pub(super) fn parse(text: &str) -> Result<i64, Error> {
    if text.is_empty() { Ok(0) } else { parse_i64(text).map_err(Error::new) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn sizes_are_numbers() {
        for (text, want) in [("", 0), ("0", 0), ("+5", 5), ("-5", -5), ("67108864", 67_108_864)] {
            assert_eq!(parse(text), Ok(want));
        }
        for (text, why) in [
            ("64m", "invalid syntax"),
            ("-", "invalid syntax"),
            ("1_000", "invalid syntax"),
            ("9223372036854775808", "value out of range"),
            ("-9223372036854775809", "value out of range"),
        ] {
            let want = format!("strconv.ParseInt: parsing \"{text}\": {why}");
            assert_eq!(message(parse(text)), want);
        }
    }
}
