//! Names of images: `alpine`, `ghcr.io/org/app:1.2`, `localhost:5000/x@sha256:…`.
//!
//! The grammar, and what a short name stands for, are those of the registries' own reference
//! library:
//!
//! ```text
//! reference  = [domain "/"] path [":" tag] ["@" digest]
//! domain     = (label *("." label) | "[" IPv6 "]") [":" port]
//! path       = component *("/" component)
//! component  = alnum *(("." | "_" | "__" | 1*"-") alnum)     ; lower case
//! tag        = word, of up to 128 letters, digits, "_", "." and "-"
//! digest     = algorithm ":" at least 32 hexadecimal digits
//! ```

use std::fmt;

use crate::digest::{self, InvalidDigest};

/// Where images without a domain come from.
const DEFAULT_DOMAIN: &str = "docker.io";

/// The former name of [`DEFAULT_DOMAIN`].
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";

/// What a name of one component stands below, on the default domain.
const OFFICIAL_PREFIX: &str = "library/";

/// The tag that a name without tag and digest means.
const DEFAULT_TAG: &str = "latest";

/// The longest path in characters.
const MAX_PATH: usize = 255;

/// The longest tag in characters.
const MAX_TAG: usize = 128;

/// The fewest hexadecimal digits of a digest in a reference.
const MIN_DIGEST_HEX: usize = 32;

/// A parsed image name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is no image name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReference {
    /// It doesn't follow the grammar.
    #[error("invalid reference format")]
    Format,
    /// It would follow the grammar in lower case.
    #[error("repository name must be lowercase")]
    Uppercase,
    /// As [`Uppercase`](Self::Uppercase), with the offending path.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    UppercasePath(String),
    /// It is empty.
    #[error("repository name must have at least one component")]
    Empty,
    /// Its path is too long.
    #[error("repository name must not be more than {MAX_PATH} characters")]
    TooLong,
    /// It looks like an image's id.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
    /// A tag to be added isn't one.
    #[error("invalid tag format")]
    Tag,
    /// A digest to be added isn't one.
    #[error("invalid digest format")]
    DigestFormat,
    /// Its digest is none that can be checked.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
}

impl Reference {
    /// Reads a name as it is written. What stands before the first slash counts as a domain
    /// wherever it can be one, so this is for names that are known to be complete; others are for
    /// [`parse_normalized`](Self::parse_normalized).
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        if let Some(reference) = Self::match_grammar(text) {
            return reference.check();
        }
        Err(match text {
            "" => InvalidReference::Empty,
            _ if Self::match_grammar(&text.to_lowercase()).is_some() => InvalidReference::Uppercase,
            _ => InvalidReference::Format,
        })
    }

    /// Reads a name as people write it, and completes it: `alpine` is `docker.io/library/alpine`. A
    /// tag isn't added.
    pub fn parse_normalized(text: &str) -> Result<Self, InvalidReference> {
        if is_identifier(text) {
            return Err(InvalidReference::Identifier(text.to_owned()));
        }
        let (domain, prefix, remainder) = split_domain(text);
        let path = remainder.split(':').next().unwrap_or_default();
        if !is_lowercase(path) {
            return Err(InvalidReference::UppercasePath([prefix, path].concat()));
        }
        Self::parse(&[domain, "/", prefix, remainder].concat())
    }

    fn match_grammar(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        // A colon that a slash follows is part of the domain.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if is_domain(domain) => (domain, path),
            _ => ("", name),
        };
        let valid =
            is_path(path) && tag.is_none_or(is_tag) && digest.is_none_or(is_reference_digest);
        valid.then(|| Self {
            domain: domain.to_owned(),
            path: path.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    fn check(self) -> Result<Self, InvalidReference> {
        if self.path.len() > MAX_PATH {
            return Err(InvalidReference::TooLong);
        }
        if let Some(digest) = &self.digest {
            digest::check(digest)?;
        }
        Ok(self)
    }

    /// The registry; empty where [`parse`](Self::parse) found none.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands behind the colon.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// What stands behind the `@`, with its algorithm.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The domain and the path.
    pub fn name(&self) -> String {
        full_name(&self.domain, &self.path)
    }

    /// Whether there is neither a tag nor a digest.
    pub fn is_name_only(&self) -> bool {
        self.tag.is_none() && self.digest.is_none()
    }

    /// With the tag `latest` if it is a name only.
    #[must_use]
    pub fn tag_name_only(mut self) -> Self {
        if self.is_name_only() {
            self.tag = Some(DEFAULT_TAG.to_owned());
        }
        self
    }

    /// With another tag.
    pub fn with_tag(mut self, tag: &str) -> Result<Self, InvalidReference> {
        if !is_tag(tag) {
            return Err(InvalidReference::Tag);
        }
        self.tag = Some(tag.to_owned());
        Ok(self)
    }

    /// With another digest. The tag stays, which nothing but people read then.
    pub fn with_digest(mut self, digest: &str) -> Result<Self, InvalidReference> {
        if !is_reference_digest(digest) {
            return Err(InvalidReference::DigestFormat);
        }
        self.digest = Some(digest.to_owned());
        Ok(self)
    }

    /// The name alone.
    #[must_use]
    pub fn trim(self) -> Self {
        Self { tag: None, digest: None, ..self }
    }

    /// The short form that people know: `alpine:3` for `docker.io/library/alpine:3`.
    pub fn familiar(&self) -> String {
        let (domain, path) = if self.domain == DEFAULT_DOMAIN {
            let short = self.path.strip_prefix(OFFICIAL_PREFIX).filter(|rest| !rest.contains('/'));
            ("", short.unwrap_or(&self.path))
        } else {
            (self.domain.as_str(), self.path.as_str())
        };
        self.with_suffixes(full_name(domain, path))
    }

    fn with_suffixes(&self, mut name: String) -> String {
        for (separator, suffix) in [(':', &self.tag), ('@', &self.digest)] {
            if let Some(suffix) = suffix {
                name.push(separator);
                name.push_str(suffix);
            }
        }
        name
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_suffixes(self.name()))
    }
}

fn full_name(domain: &str, path: &str) -> String {
    if domain.is_empty() { path.to_owned() } else { [domain, "/", path].concat() }
}

/// Whether the text is the same in lower case.
fn is_lowercase(text: &str) -> bool {
    if text.is_ascii() {
        return !text.bytes().any(|b| b.is_ascii_uppercase());
    }
    text.to_lowercase() == text
}

/// The registry, what is left out behind it, and the rest, for a name that may leave the registry out.
fn split_domain(text: &str) -> (&str, &'static str, &str) {
    // A dot or a colon, or an upper-case letter, cannot stand in a namespace of the default domain.
    let is_domain =
        |first: &str| first == "localhost" || first.contains(['.', ':']) || !is_lowercase(first);
    let (domain, remainder) = match text.split_once('/') {
        Some((LEGACY_DEFAULT_DOMAIN, rest)) => (DEFAULT_DOMAIN, rest),
        Some((first, rest)) if is_domain(first) => (first, rest),
        _ => (DEFAULT_DOMAIN, text),
    };
    if domain == DEFAULT_DOMAIN && !remainder.contains('/') {
        (domain, OFFICIAL_PREFIX, remainder)
    } else {
        (domain, "", remainder)
    }
}

fn is_lower_alnum(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether the text is 64 hexadecimal digits.
fn is_identifier(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_lower_hex)
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(inner)
    };
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            let is_address =
                !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
            if !is_address {
                return false;
            }
            (None, port)
        }
        None => text.find(':').map_or((Some(text), ""), |colon| {
            let (host, port) = text.split_at(colon);
            (Some(host), port)
        }),
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    is_port && host.is_none_or(|host| host.split('.').all(is_label))
}

fn is_path(text: &str) -> bool {
    text.split('/').all(|component| {
        // Between two alphanumeric runs stands one separator, and none stands at an end.
        let mut separators = component.split(|c: char| c.is_ascii() && is_lower_alnum(c as u8));
        let at_start = separators.next();
        let mut last = at_start;
        let valid = at_start.is_some_and(str::is_empty)
            && separators.all(|separator| {
                last = Some(separator);
                matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
            });
        valid && !component.is_empty() && last.is_some_and(str::is_empty)
    })
}

fn is_tag(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    bytes.next().is_some_and(is_word)
        && text.len() <= MAX_TAG
        && bytes.all(|b| is_word(b) || b == b'.' || b == b'-')
}

/// Whether the text is a digest as the grammar of references has it, of whatever algorithm.
fn is_reference_digest(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.split_once(':').is_some_and(|(algorithm, value)| {
        algorithm.split(['-', '_', '+', '.']).all(is_part)
            && value.len() >= MIN_DIGEST_HEX
            && value.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHA256: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn normalizes() {
        for (text, full, familiar) in [
            ("alpine", "docker.io/library/alpine", "alpine"),
            ("alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"),
            ("org/app", "docker.io/org/app", "org/app"),
            ("library/alpine", "docker.io/library/alpine", "alpine"),
            ("library/a/b", "docker.io/library/a/b", "library/a/b"),
            ("docker.io/alpine", "docker.io/library/alpine", "alpine"),
            ("docker.io/library/alpine:x", "docker.io/library/alpine:x", "alpine:x"),
            ("index.docker.io/alpine", "docker.io/library/alpine", "alpine"),
            ("index.docker.io/a/b", "docker.io/a/b", "a/b"),
            ("localhost/x", "localhost/x", "localhost/x"),
            ("localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x:1"),
            ("localhost", "docker.io/library/localhost", "localhost"),
            ("host:5000", "docker.io/library/host:5000", "host:5000"),
            (
                "ghcr.io/o/a.b_c__d---e:V1.0-x_y",
                "ghcr.io/o/a.b_c__d---e:V1.0-x_y",
                "ghcr.io/o/a.b_c__d---e:V1.0-x_y",
            ),
            ("FOO/bar", "FOO/bar", "FOO/bar"),
            ("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"),
            ("[fe80::1]/x:t", "[fe80::1]/x:t", "[fe80::1]/x:t"),
            ("127.0.0.1:80/a/b/c", "127.0.0.1:80/a/b/c", "127.0.0.1:80/a/b/c"),
            ("a:_", "docker.io/library/a:_", "a:_"),
            // What looks like a domain but cannot be one is taken for a part of the path.
            ("ho_st.com/a", "ho_st.com/a", "ho_st.com/a"),
        ] {
            let reference = Reference::parse_normalized(text).unwrap();
            assert_eq!(reference.to_string(), full);
            assert_eq!(reference.familiar(), familiar);
        }
        let digested = Reference::parse_normalized(&format!("alpine:3@{SHA256}")).unwrap();
        assert_eq!((digested.domain(), digested.path()), ("docker.io", "library/alpine"));
        assert_eq!((digested.tag(), digested.digest()), (Some("3"), Some(SHA256)));
        assert_eq!(digested.familiar(), format!("alpine:3@{SHA256}"));
        assert_eq!(digested.trim().to_string(), "docker.io/library/alpine");
    }

    #[test]
    fn parses_as_written() {
        for (text, domain, path) in [
            ("alpine", "", "alpine"),
            ("org/app", "org", "app"),
            ("a_b/c", "", "a_b/c"),
            ("a.b/c:1", "a.b", "c"),
            ("a--b/c/d", "a--b", "c/d"),
            ("host:1/x", "host", "x"),
        ] {
            let reference = Reference::parse(text).unwrap();
            assert_eq!(
                (reference.domain().split(':').next().unwrap(), reference.path()),
                (domain, path)
            );
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn refuses() {
        let id = "a".repeat(64);
        let long_tag = format!("a:{}", "t".repeat(129));
        let long_path = "a".repeat(249);
        for (text, want) in [
            ("", "invalid reference format"),
            ("/Ref", "invalid reference format: repository name (/Ref) must be lowercase"),
            (
                "Alpine",
                "invalid reference format: repository name (library/Alpine) must be lowercase",
            ),
            (
                "ghcr.io/Org/app:X",
                "invalid reference format: repository name (Org/app) must be lowercase",
            ),
            (
                "Uppercase:tag",
                "invalid reference format: repository name (library/Uppercase) must be lowercase",
            ),
            ("a b", "invalid reference format"),
            ("a//b", "invalid reference format"),
            ("/a", "invalid reference format"),
            ("a/", "invalid reference format"),
            ("a:", "invalid reference format"),
            ("a:b:c", "invalid reference format"),
            ("a:-", "invalid reference format"),
            ("a:.x", "invalid reference format"),
            (":tag", "invalid reference format"),
            ("a@", "invalid reference format"),
            ("a@sha256:abc", "invalid reference format"),
            ("a..b", "invalid reference format"),
            ("a___b", "invalid reference format"),
            ("a._b", "invalid reference format"),
            ("-a", "invalid reference format"),
            ("a-", "invalid reference format"),
            ("aä", "invalid reference format"),
            ("-host.com/a", "invalid reference format"),
            ("host:port/a", "invalid reference format"),
            ("host:/a", "invalid reference format"),
            ("[::1/a", "invalid reference format"),
            ("[]/a", "invalid reference format"),
            ("[fe80::1%eth0]:5000/a", "invalid reference format"),
            ("$x", "invalid reference format"),
            ("${x}", "invalid reference format"),
            ("a\n", "invalid reference format"),
            (&long_tag, "invalid reference format"),
            (&long_path, "repository name must not be more than 255 characters"),
            (
                &id,
                &format!(
                    "invalid repository name ({id}), cannot specify 64-byte hexadecimal strings"
                ),
            ),
            (&format!("a@sha256:{}", "a".repeat(63)), "invalid checksum digest length"),
            (&format!("a@sha256:{}", "A".repeat(64)), "invalid checksum digest format"),
            (&format!("a@md5:{}", "a".repeat(32)), "unsupported digest algorithm"),
            (&format!("a:1@MD5:{}", "a".repeat(32)), "invalid checksum digest format"),
        ] {
            assert_eq!(Reference::parse_normalized(text).unwrap_err().to_string(), want, "{text}");
        }
        for (text, want) in [
            ("", InvalidReference::Empty),
            ("aB/C", InvalidReference::Uppercase),
            ("?", InvalidReference::Format),
        ] {
            assert_eq!(Reference::parse(text), Err(want));
        }
    }

    #[test]
    fn grows() {
        let name = Reference::parse_normalized("a").unwrap();
        assert!(name.is_name_only());
        assert_eq!(name.clone().tag_name_only().to_string(), "docker.io/library/a:latest");
        assert_eq!(
            name.clone().with_tag("1").unwrap().tag_name_only().to_string(),
            "docker.io/library/a:1"
        );
        let digested = name.clone().with_digest(SHA256).unwrap();
        assert_eq!(digested.clone().tag_name_only(), digested);
        assert_eq!(digested.to_string(), format!("docker.io/library/a@{SHA256}"));
        assert_eq!(name.clone().with_tag("a b"), Err(InvalidReference::Tag));
        assert_eq!(name.with_digest("sha256:x"), Err(InvalidReference::DigestFormat));
    }

    proptest! {
        /// Texts near to valid ones. The other library completes names in the same way but adds the
        /// tag `latest`, and knows no domain by its upper-case letters alone.
        #[test]
        fn agrees_with_oci_spec(
            domain in "((localhost|[a-z0-9-]{1,4}\\.[A-Za-z0-9-]{1,3})(:[0-9]{0,3})?/)?",
            path in "[a-z0-9._-]{1,6}(/[a-zB0-9._-]{0,5}){0,2}",
            tag in "(:[a-zA-Z0-9_.-]{0,4})?",
            digest in "(@sha256:[0-9a-f]{63,65})?",
        ) {
            let text = format!("{domain}{path}{tag}{digest}");
            let ours = Reference::parse_normalized(&text);
            let theirs = oci_spec::distribution::Reference::try_from(text.as_str());
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => {
                    let ours = ours.tag_name_only();
                    prop_assert_eq!(theirs.registry(), ours.domain(), "{}", text);
                    prop_assert_eq!(theirs.repository(), ours.path(), "{}", text);
                    prop_assert_eq!(theirs.tag(), ours.tag(), "{}", text);
                    prop_assert_eq!(theirs.digest(), ours.digest(), "{}", text);
                }
                (ours, theirs) => prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {:?}, {:?}", text, ours, theirs),
            }
        }

        #[test]
        fn what_is_written_is_read(text in "([a-z.]{1,5}(:[0-9])?/)?[a-z]{1,4}(/[a-z]{1,3})?(:[a-z0-9]{1,3})?") {
            if let Ok(reference) = Reference::parse_normalized(&text) {
                let full = reference.to_string();
                prop_assert_eq!(Reference::parse(&full).unwrap(), reference.clone());
                prop_assert_eq!(Reference::parse_normalized(&reference.familiar()).unwrap(), reference);
            }
        }

        #[test]
        fn never_panics(text in "\\PC{0,30}") {
            let _ = Reference::parse_normalized(&text);
            let _ = Reference::parse(&text);
        }
    }
}
