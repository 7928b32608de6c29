//! Sizes as Docker's `units.RAMInBytes` reads them.

/// The bytes that a text like `64m`, `1.5 GiB` or `512` means; units are powers of 1024.
pub fn ram_in_bytes(text: &str) -> Option<i64> {
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    // The character found is ASCII: one byte.
    let (number, suffix) = match text.split_at(last + 1) {
        (number, suffix) if number.ends_with(' ') => (&number[..last], suffix),
        parts => parts,
    };
    let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    let suffix = suffix.to_ascii_lowercase();
    let exponent = match suffix.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    Some((number * 1024_f64.powi(exponent)) as i64)
}

#[cfg(test)]
mod tests {
    use super::ram_in_bytes;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("32", Some(32)),
            ("32b", Some(32)),
            ("32B", Some(32)),
            ("32k", Some(32 << 10)),
            ("32KB", Some(32 << 10)),
            ("32kib", Some(32 << 10)),
            ("32Mb", Some(32 << 20)),
            ("32GiB", Some(32 << 30)),
            ("32Tb", Some(32 << 40)),
            ("2pb", Some(2 << 50)),
            ("1.5 MiB", Some(3 << 19)),
            (".3kB", Some(307)),
            ("5 ", Some(5)),
            ("1e3", Some(1000)),
            ("", None),
            ("hello", None),
            ("-32", None),
            (" 32 ", None),
            ("32m b", None),
            ("32bm", None),
            ("32bb", None),
            ("32mx", None),
            ("32kibx", None),
            ("inf ", None),
        ] {
            assert_eq!(ram_in_bytes(text), bytes, "{text}");
        }
    }
}
