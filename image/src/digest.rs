//! Digests of content: `sha256:…`.

/// The algorithms that digests may have, with the number of their hexadecimal digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Why a text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDigest {
    /// It isn't an algorithm, a colon and an encoded value.
    #[error("invalid checksum digest format")]
    Format,
    /// The value doesn't have the algorithm's length.
    #[error("invalid checksum digest length")]
    Length,
    /// The algorithm isn't known.
    #[error("unsupported digest algorithm")]
    Unsupported,
}

impl InvalidDigest {
    /// What to write instead.
    pub const HINT: &str = "write it as sha256:<64 hexadecimal digits>";
}

/// Checks a digest: SHA-2 of 256, 384 or 512 bits in lower-case hexadecimal digits.
///
/// ```
/// use aliasfront_image::digest::{InvalidDigest, check};
///
/// assert_eq!(check("sha256:abc"), Err(InvalidDigest::Length));
/// assert_eq!(check("md5:abc"), Err(InvalidDigest::Unsupported));
/// ```
///
/// # Errors
///
/// It is none, in the words of the registries' own library.
pub fn check(digest: &str) -> Result<(), InvalidDigest> {
    let (algorithm, value) = digest
        .split_once(':')
        .filter(|(algorithm, value)| !algorithm.is_empty() && !value.is_empty())
        .ok_or(InvalidDigest::Format)?;
    let Some((_, digits)) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm) else {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let is_encoded = |b: u8| b.is_ascii_alphanumeric() || b"=_-".contains(&b);
        let well_formed =
            algorithm.split(['.', '+', '_', '-']).all(is_part) && value.bytes().all(is_encoded);
        return Err(if well_formed { InvalidDigest::Unsupported } else { InvalidDigest::Format });
    };
    if value.len() != *digits {
        return Err(InvalidDigest::Length);
    }
    if !value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(InvalidDigest::Format);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks() {
        for (digest, want) in [
            (format!("sha256:{}", "0a".repeat(32)), Ok(())),
            (format!("sha384:{}", "0".repeat(96)), Ok(())),
            (format!("sha512:{}", "f".repeat(128)), Ok(())),
            (String::new(), Err(InvalidDigest::Format)),
            ("sha256".into(), Err(InvalidDigest::Format)),
            ("sha256:".into(), Err(InvalidDigest::Format)),
            (":abc".into(), Err(InvalidDigest::Format)),
            ("SHA256:00".into(), Err(InvalidDigest::Format)),
            ("sha256:abc".into(), Err(InvalidDigest::Length)),
            (format!("sha256:{}", "g".repeat(64)), Err(InvalidDigest::Format)),
            (format!("sha256:{}", "A".repeat(64)), Err(InvalidDigest::Format)),
            ("md5:abc".into(), Err(InvalidDigest::Unsupported)),
            ("sha256+b64:aGk=".into(), Err(InvalidDigest::Unsupported)),
            ("a..b:c".into(), Err(InvalidDigest::Format)),
            ("md5:a:b".into(), Err(InvalidDigest::Format)),
        ] {
            assert_eq!(check(&digest), want, "{digest}");
        }
    }
}
