//! References to images, by the rules of the daemon: `[domain/]path[:tag][@digest]`.

use std::fmt;

/// The registry of names without a domain.
const DEFAULT_DOMAIN: &str = "docker.io";
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
/// The namespace of names without one, on the default registry.
const OFFICIAL: &str = "library/";
const DEFAULT_TAG: &str = "latest";
const LOCALHOST: &str = "localhost";

/// The longest path of a repository, in bytes.
pub const MAX_PATH_LENGTH: usize = 255;
/// The longest tag, in bytes.
pub const MAX_TAG_LENGTH: usize = 128;
/// The fewest hexadecimal digits of a digest in a reference.
const MIN_DIGEST_DIGITS: usize = 32;
/// The number of digits of an image's id, which no name may look like.
const ID_LENGTH: usize = 64;

/// A reference with a domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// It looks like an image's id.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Id(String),
    /// Its path has capital letters.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    Uppercase(String),
    /// Its path is too long.
    #[error("repository name must not be more than {MAX_PATH_LENGTH} characters")]
    TooLong,
    /// Its digest is of another length than its algorithm makes.
    #[error("invalid checksum digest length")]
    DigestLength,
    /// Its digest is of an unknown algorithm.
    #[error("unsupported digest algorithm")]
    DigestAlgorithm,
    /// Anything else.
    #[error("invalid reference format")]
    Format,
}

impl Reference {
    /// Reads a name as users write it: `alpine` is `docker.io/library/alpine`.
    ///
    /// # Errors
    ///
    /// It is no reference.
    pub fn parse_normalized(text: &str) -> Result<Self, InvalidReference> {
        if text.len() == ID_LENGTH && text.bytes().all(is_lower_hex) {
            return Err(InvalidReference::Id(text.to_owned()));
        }
        let (domain, rest) = split_domain(text);
        let remote = rest.split(':').next().unwrap_or_default();
        if remote.to_lowercase() != remote {
            return Err(InvalidReference::Uppercase(remote.to_owned()));
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest.as_str(), None),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        if !is_domain(domain)
            || !path.split('/').all(is_path_component)
            || tag.is_some_and(|tag| !is_tag(tag))
        {
            return Err(InvalidReference::Format);
        }
        if let Some(digest) = digest {
            check_digest(digest)?;
        }
        if path.len() > MAX_PATH_LENGTH {
            return Err(InvalidReference::TooLong);
        }
        Ok(Self {
            domain: domain.to_owned(),
            path: path.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The same reference, with the tag `latest` where it has neither tag nor digest.
    #[must_use]
    pub fn tag_name_only(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some(DEFAULT_TAG.to_owned());
        }
        self
    }

    /// The same reference with this digest.
    ///
    /// # Errors
    ///
    /// The digest is none.
    pub fn with_digest(mut self, digest: &str) -> Result<Self, InvalidReference> {
        check_digest(digest)?;
        self.digest = Some(digest.to_owned());
        Ok(self)
    }

    /// The repository: domain and path.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The reference as short as users write it.
    pub fn familiar(&self) -> String {
        let mut name = String::new();
        if self.domain == DEFAULT_DOMAIN {
            match self.path.strip_prefix(OFFICIAL) {
                Some(official) if !official.contains('/') => name.push_str(official),
                _ => name.push_str(&self.path),
            }
        } else {
            name = self.name();
        }
        self.with_suffixes(name)
    }

    fn with_suffixes(&self, mut name: String) -> String {
        if let Some(tag) = &self.tag {
            name.push(':');
            name.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(digest);
        }
        name
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_suffixes(self.name()))
    }
}

/// Splits a name at its domain, and gives it the default one where it has none.
fn split_domain(name: &str) -> (&str, String) {
    let Some((first, rest)) = name.split_once('/') else {
        return (DEFAULT_DOMAIN, format!("{OFFICIAL}{name}"));
    };
    let (domain, rest) = if first == LEGACY_DEFAULT_DOMAIN {
        (DEFAULT_DOMAIN, rest)
    } else if first == LOCALHOST || first.contains(['.', ':']) || first.to_lowercase() != first {
        (first, rest)
    } else {
        (DEFAULT_DOMAIN, name)
    };
    if domain == DEFAULT_DOMAIN && !rest.contains('/') {
        return (domain, format!("{OFFICIAL}{rest}"));
    }
    (domain, rest.to_owned())
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// A host name or IPv6 address in brackets, with a port or not.
fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.strip_prefix('[') {
        Some(rest) => {
            let Some((address, rest)) = rest.split_once(']') else { return false };
            let valid = |b: u8| b.is_ascii_hexdigit() || b == b':';
            if address.is_empty() || !address.bytes().all(valid) {
                return false;
            }
            (None, rest)
        }
        None => match domain.split_once(':') {
            Some((host, _)) => (Some(host), &domain[host.len()..]),
            None => (Some(domain), ""),
        },
    };
    let port_is_valid = match port.strip_prefix(':') {
        Some(port) => !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    port_is_valid && host.is_none_or(|host| host.split('.').all(is_domain_component))
}

fn is_domain_component(component: &str) -> bool {
    !component.is_empty()
        && !component.starts_with('-')
        && !component.ends_with('-')
        && component.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Lower-case letters and digits, with single separators between: `.`, `_`, `__`, or hyphens.
fn is_path_component(component: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if !alphanumeric(*first) || !alphanumeric(*last) {
        return false;
    }
    bytes.split(|b| alphanumeric(*b)).all(|separator| {
        matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|b| *b == b'-')
    })
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= MAX_TAG_LENGTH
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// The form that a reference's digest has, and the length that its algorithm makes.
fn check_digest(digest: &str) -> Result<(), InvalidReference> {
    let (algorithm, hex) = digest.split_once(':').ok_or(InvalidReference::Format)?;
    let component = |text: &str| {
        text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !algorithm.split(['-', '_', '+', '.']).all(component)
        || hex.len() < MIN_DIGEST_DIGITS
        || !hex.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(InvalidReference::Format);
    }
    let digits = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(InvalidReference::DigestAlgorithm),
    };
    if hex.len() != digits {
        return Err(InvalidReference::DigestLength);
    }
    if !hex.bytes().all(is_lower_hex) {
        return Err(InvalidReference::Format);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalized() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        for (text, full, familiar) in [
            ("alpine", "docker.io/library/alpine:latest", "alpine:latest"),
            ("alpine:3", "docker.io/library/alpine:3", "alpine:3"),
            ("org/app", "docker.io/org/app:latest", "org/app:latest"),
            ("index.docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"),
            ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
            ("localhost:5000/a/b:v1", "localhost:5000/a/b:v1", "localhost:5000/a/b:v1"),
            ("ghcr.io/org/app", "ghcr.io/org/app:latest", "ghcr.io/org/app:latest"),
            ("Host/app", "Host/app:latest", "Host/app:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"),
            ("a__b.c-d--e", "docker.io/library/a__b.c-d--e:latest", "a__b.c-d--e:latest"),
        ] {
            let reference = Reference::parse_normalized(text).unwrap().tag_name_only();
            assert_eq!(reference.to_string(), full, "{text}");
            assert_eq!(reference.familiar(), familiar, "{text}");
        }
        let pinned = Reference::parse_normalized(&format!("alpine@{digest}")).unwrap();
        assert_eq!(pinned.clone().tag_name_only().to_string(), format!("docker.io/library/alpine@{digest}"));
        assert_eq!(pinned.digest(), Some(digest.as_str()));
        let both = Reference::parse_normalized("alpine:3").unwrap().with_digest(&digest).unwrap();
        assert_eq!(both.to_string(), format!("docker.io/library/alpine:3@{digest}"));
    }

    #[test]
    fn what_is_no_reference_says_why() {
        for (text, message) in [
            ("Bad//Ref:1", "invalid reference format: repository name (/Ref) must be lowercase"),
            ("Alpine", "invalid reference format: repository name (library/Alpine) must be lowercase"),
            ("", "invalid reference format"),
            ("a:", "invalid reference format"),
            ("a b", "invalid reference format"),
            ("-a", "invalid reference format"),
            ("a..b", "invalid reference format"),
            ("a___b", "invalid reference format"),
            ("a@sha256:12", "invalid reference format"),
            ("a.b:x/c", "invalid reference format"),
            ("${X}", "invalid reference format: repository name (library/${X}) must be lowercase"),
        ] {
            assert_eq!(Reference::parse_normalized(text).unwrap_err().to_string(), message, "{text}");
        }
        assert!(matches!(
            Reference::parse_normalized(&"ab".repeat(32)),
            Err(InvalidReference::Id(_))
        ));
        assert_eq!(Reference::parse_normalized(&"a".repeat(300)), Err(InvalidReference::TooLong));
    }
}
