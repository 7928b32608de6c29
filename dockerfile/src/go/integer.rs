//! Go's `strconv.ParseInt` and `strconv.ParseUint`.

use crate::go::quote::quote;

/// A whole number of 32 bits in `radix`, without a sign.
pub fn parse_u32(text: &str, radix: u32) -> Option<u64> {
    if text.is_empty() || !text.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(text, radix).ok().map(u64::from)
}

/// A whole number of 32 bits in decimal, with a sign or without; else Go's words for what is wrong.
pub fn parse_i32(text: &str) -> Result<i32, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let cause = if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        "invalid syntax"
    } else if let Ok(number) = text.parse() {
        return Ok(number);
    } else {
        "value out of range"
    };
    Err(format!("strconv.ParseInt: parsing {}: {cause}", quote(text)))
}

#[cfg(test)]
mod tests {
    use super::{parse_i32, parse_u32};

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
}
