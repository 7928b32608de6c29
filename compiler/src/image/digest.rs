//! Digests: `sha256:…`, by the rules of the OCI image specification.

use crate::error::Error;

/// The algorithms that digests may have, with the number of their hexadecimal digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Checks a digest.
///
/// # Errors
///
/// It is none, in the words of the reference.
pub fn validate(digest: &str) -> Result<(), Error> {
    let invalid = || {
        Error::new("invalid checksum digest format").hint("write it as sha256:<64 hexadecimal digits>")
    };
    let (algorithm, hex) = digest.split_once(':').ok_or_else(invalid)?;
    let components = algorithm.split(['+', '.', '_', '-']);
    let well_formed = components.clone().all(|component| {
        !component.is_empty()
            && component.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    });
    let encoded = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-');
    if !well_formed || hex.is_empty() || !hex.bytes().all(encoded) {
        return Err(invalid());
    }
    let Some((_, digits)) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm) else {
        return Err(Error::new("unsupported digest algorithm").hint("use sha256, sha384 or sha512"));
    };
    if hex.len() != *digits {
        return Err(Error::new("invalid checksum digest length"));
    }
    if !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(invalid());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_checked() {
        assert!(validate(&format!("sha256:{}", "0a".repeat(32))).is_ok());
        for (digest, message) in [
            ("sha256:abc", "invalid checksum digest length"),
            ("md5:abc", "unsupported digest algorithm"),
            ("sha256", "invalid checksum digest format"),
            ("", "invalid checksum digest format"),
            ("SHA256:00", "invalid checksum digest format"),
        ] {
            assert_eq!(validate(digest).unwrap_err().message, message, "{digest}");
        }
        let upper = format!("sha256:{}", "0A".repeat(32));
        assert_eq!(validate(&upper).unwrap_err().message, "invalid checksum digest format");
    }
}
