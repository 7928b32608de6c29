//! The hash of a content.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A SHA-256. It is shown as 64 lower-case hexadecimal digits.
///
/// ```
/// use aliasfront_content::Hash;
///
/// let hash = Hash::of(b"abc");
/// assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(hash.to_string().parse(), Ok(hash));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Hash::LENGTH]);

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 lower-case hexadecimal digits")]
pub struct InvalidHash;

/// Makes a hash of a content that comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    sha256: Sha256,
    size: u64,
}

impl Hash {
    /// How many bytes a hash has.
    pub const LENGTH: usize = 32;

    /// The hash of a content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl From<[u8; Hash::LENGTH]> for Hash {
    fn from(bytes: [u8; Hash::LENGTH]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let digits = text.as_bytes();
        if digits.len() != 2 * Self::LENGTH {
            return Err(InvalidHash);
        }
        let mut bytes = [0; Self::LENGTH];
        for (byte, digits) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(digits).ok_or(InvalidHash)?;
        }
        Ok(Self(bytes))
    }
}

impl Hasher {
    /// The hash of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        self.size += piece.len() as u64;
    }

    /// The size of all pieces in bytes, and their hash.
    pub fn finish(self) -> (u64, Hash) {
        (self.size, Hash(self.sha256.finalize().into()))
    }
}

/// A byte by its two lower-case hexadecimal digits.
pub(crate) fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    match digits {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}
