//! The patterns of `allow`: what an alias may become, compared part by part.
//!
//! ```text
//! pattern  = "*" | "**" | "context:" kind | image
//! kind     = "*" | "local" | "git" | "http" | "input" | "oci-layout" | "scratch"
//! image    = [registry "/"] segment *("/" segment) [":" tag] ["@" digest]
//! segment  = "**" | text, in which "*" stands for anything
//! ```
//!
//! Names are completed as images' names are: `alpine` is `docker.io/library/alpine`. `*` stays within its
//! part, and `**` stands for any number of path segments; in front it stands for the registry, too. `*` and
//! `**` alone are every image. In a registry and in the first segment of a path, which say whom an image is
//! from, a `*` does not go on with a word: `org*` is `org-tools`, but not `orgevil`.
//!
//! Without a tag in the pattern every tag will do, and without a digest every digest. A tag in the pattern
//! without a digest asks for a name without one: the engine ignores a tag that stands beside a digest.

use std::fmt;

use buildkit_dockerfile::suggest;

use crate::error::Error;
use aliasfront_image::reference::Reference;

/// What the patterns for contexts start with.
const CONTEXT: &str = "context:";
/// Where images without a registry come from, and what stands in front of a name of one segment there.
const DEFAULT_REGISTRY: &str = "docker.io";
const OLD_DEFAULT_REGISTRY: &str = "index.docker.io";
const OFFICIAL: &str = "library";
const ANY: &str = "*";
const ANY_SEGMENTS: &str = "**";
/// How a pattern is written.
const HINT: &str = "write allow=ghcr.io/org/*, allow=ghcr.io/org/builder:v*, or allow=context:* for what is no image";

/// What a source that is no image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextKind {
    /// A directory of the client.
    Local,
    /// A repository.
    Git,
    /// A download.
    Http,
    /// A target of the same build.
    Input,
    /// An image in a layout of the client: what it is called, the client says.
    Layout,
    /// Nothing.
    Scratch,
}

impl ContextKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Local, Self::Git, Self::Http, Self::Input, Self::Layout, Self::Scratch];

    /// The word for it in a pattern.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Git => "git",
            Self::Http => "http",
            Self::Input => "input",
            Self::Layout => "oci-layout",
            Self::Scratch => "scratch",
        }
    }
}

/// A pattern of `allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As it is written.
    text: String,
    of: Of,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    /// Contexts of a kind; of every kind where it is `None`.
    Context(Option<ContextKind>),
    Image {
        registry: String,
        path: Vec<String>,
        tag: Option<String>,
        digest: Option<String>,
    },
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// One that no image or context can match.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let of = match text.strip_prefix(CONTEXT).filter(|kind| !kind.contains('/')) {
            Some(kind) => Of::Context(context(text, kind)?),
            None => image(text)?,
        };
        Ok(Self { text: text.to_owned(), of })
    }

    /// Whether the pattern admits an image that is named so. A name without tag and digest is `latest`.
    pub fn admits_image(&self, name: &Reference) -> bool {
        let Of::Image { tag, digest, .. } = &self.of else { return false };
        let name = name.clone().tag_name_only();
        self.admits_repository(&name)
            && match (digest, name.digest()) {
                (Some(pattern), Some(digest)) => matches(pattern, digest),
                (Some(_), None) => false,
                (None, Some(_)) => tag.is_none(),
                (None, None) => true,
            }
            && match (tag, name.tag()) {
                (Some(pattern), Some(tag)) => matches(pattern, tag),
                (Some(_), None) => false,
                (None, _) => true,
            }
    }

    /// Whether the pattern admits images of a repository, whatever it says of their tags and digests.
    pub fn admits_repository(&self, name: &Reference) -> bool {
        let Of::Image { registry, path, .. } = &self.of else { return false };
        let segments: Vec<&str> = name.path().split('/').collect();
        matches_name(registry, name.domain(), &[':']) && matches_path(path, &segments)
    }

    /// Whether the pattern admits a source of this kind, which is no image of a registry.
    pub fn admits_context(&self, kind: ContextKind) -> bool {
        matches!(self.of, Of::Context(of) if of.is_none_or(|of| of == kind))
    }
}

impl Pattern {
    /// Whether the pattern admits all that another one does. It may say no where it does, for patterns that are both
    /// odd; never yes where it does not.
    pub fn covers(&self, other: &Self) -> bool {
        let part = |pattern: &str, other: &str| pattern == other || matches(pattern, other);
        match (&self.of, &other.of) {
            (Of::Context(all), Of::Context(kind)) => all.is_none() || all == kind,
            (
                Of::Image { registry, path, tag, digest },
                Of::Image { registry: on, path: of, tag: with, digest: by },
            ) => {
                // A star of the other one is a character that only a star matches.
                (registry == on || matches_name(registry, on, &[':']))
                    && covers_path(path, of)
                    && match (digest, by) {
                        (Some(pattern), Some(other)) => part(pattern, other),
                        (Some(_), None) => false,
                        (None, Some(_)) => tag.is_none(),
                        (None, None) => true,
                    }
                    && match (tag, with) {
                        (Some(pattern), Some(other)) => part(pattern, other),
                        (Some(_), None) => false,
                        (None, _) => true,
                    }
            }
            _ => false,
        }
    }
}

impl Pattern {
    /// The pattern as a regular expression of names of images, for an engine: the whole name in full, behind a scheme
    /// that is written in front. `pinned`, only names with a digest match. `None` where nothing would.
    ///
    /// What the pattern admits, it matches, also with the digest that a look-up adds to a tag. So it cannot tell a tag
    /// that was looked up from one that stands beside a digest, nor, behind a `**`, which segment is the first.
    pub fn to_regex(&self, pinned: bool) -> Option<String> {
        /// What a star stands for in a registry and in a digest, and elsewhere.
        const WITH_COLONS: &str = "[^/@]*";
        const WITHOUT: &str = "[^/:@]*";
        let Of::Image { registry, path, tag, digest } = &self.of else { return None };
        let mut regex = named(registry, WITH_COLONS, ":");
        for (place, segment) in path.iter().enumerate() {
            if segment == ANY_SEGMENTS {
                regex.push_str("(?:/[^/:@]+)*");
            } else {
                regex.push('/');
                regex.push_str(&if place == 0 {
                    named(segment, WITHOUT, "._-")
                } else {
                    glob(segment, WITHOUT)
                });
            }
        }
        match (tag, digest) {
            (Some(tag), None) if pinned => regex.extend([":", &glob(tag, WITHOUT), "@.+"]),
            (Some(tag), None) => regex.extend([":", &glob(tag, WITHOUT), "(?:@.+)?"]),
            (Some(tag), Some(digest)) => {
                regex.extend([":", &glob(tag, WITHOUT), "@", &glob(digest, WITH_COLONS)]);
            }
            (None, Some(digest)) => regex.extend(["(?::[^/@]+)?@", &glob(digest, WITH_COLONS)]),
            (None, None) if pinned => regex.push_str("(?::[^/@]+)?@.+"),
            (None, None) => regex.push_str("(?::[^/@]+)?(?:@.+)?"),
        }
        Some(regex)
    }
}

/// A text with stars as a regular expression, as [`matches`] reads it; `any` is what a star is there.
fn glob(text: &str, any: &str) -> String {
    text.split('*').map(literal).collect::<Vec<_>>().join(any)
}

/// A text as a regular expression of itself.
pub fn literal(text: &str) -> String {
    let mut regex = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            regex.push('\\');
        }
        regex.push(char);
    }
    regex
}

/// A text with stars as a regular expression, as [`matches_name`] reads it with these separators.
fn named(text: &str, any: &str, separators: &str) -> String {
    const BEFORE: &str = "[._-]";
    let Some((start, behind)) = text.split_once('*') else { return literal(text) };
    let is_word = |char: char| char.is_ascii_alphanumeric();
    let (goes_on, end) =
        (start.ends_with(is_word), text.rsplit_once('*').map_or("", |(_, end)| end));
    let comes_before = end.starts_with(is_word);
    let optional = |regex: String, is_optional: bool| {
        if is_optional { format!("(?:{regex})?") } else { regex }
    };
    // A star that takes nothing leaves the two sides next to each other.
    let after = |next: &str| {
        let may_be_empty = next.is_empty() || next.starts_with(|char| separators.contains(char));
        optional(format!("[{separators}]{any}"), may_be_empty)
    };
    let before = |last: &str| {
        let may_be_empty = last.is_empty() || last.ends_with(['.', '_', '-']);
        optional(format!("{any}{BEFORE}"), may_be_empty)
    };
    let Some((middle, _)) = behind.rsplit_once('*') else {
        let star = match (goes_on, comes_before) {
            (false, false) => any.to_owned(),
            (true, false) => after(end),
            (false, true) => before(start),
            (true, true) if separators == ":" => format!(":{any}{BEFORE}"),
            (true, true) => format!("{BEFORE}(?:{any}{BEFORE})?"),
        };
        return format!("{}{star}{}", literal(start), literal(end));
    };
    let first = if goes_on { after(middle) } else { any.to_owned() };
    let last = if comes_before { before(middle) } else { any.to_owned() };
    format!("{}{first}{}{last}{}", literal(start), glob(middle, any), literal(end))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The kind of contexts that `kind` names, in the pattern `text`.
fn context(text: &str, kind: &str) -> Result<Option<ContextKind>, Error> {
    if kind == ANY {
        return Ok(None);
    }
    let known = ContextKind::ALL.into_iter().find(|known| known.as_str() == kind);
    known.map(Some).ok_or_else(|| {
        let words: Vec<&str> =
            [ANY].into_iter().chain(ContextKind::ALL.map(ContextKind::as_str)).collect();
        let message = format!("allow={text}: {kind:?} is not one of {}", words.join(", "));
        Error::new(suggest::did_you_mean(message, kind, words.iter().copied(), true))
    })
}

fn image(text: &str) -> Result<Of, Error> {
    let wrong =
        |why: &str| Err(Error::new(format!("allow={text} matches no image: {why}")).hint(HINT));
    if text.is_empty() {
        return Err(Error::new("allow= names no image").hint(HINT));
    }
    if text.contains("://") {
        return wrong("write the image's name alone, without a scheme");
    }
    if text == ANY || text == ANY_SEGMENTS {
        return Ok(Of::Image {
            registry: ANY.to_owned(),
            path: vec![ANY_SEGMENTS.to_owned()],
            tag: None,
            digest: None,
        });
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let is_registry =
        |first: &str| first == ANY || first == "localhost" || first.contains(['.', ':']);
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if is_registry(first) => (first, path),
        Some((ANY_SEGMENTS, _)) => (ANY, name),
        _ if name == ANY_SEGMENTS => (ANY, name),
        _ => (DEFAULT_REGISTRY, name),
    };
    let registry = if registry == OLD_DEFAULT_REGISTRY { DEFAULT_REGISTRY } else { registry };
    let mut path: Vec<String> = path.split('/').map(str::to_owned).collect();
    if registry == DEFAULT_REGISTRY && path.len() == 1 && path[0] != ANY_SEGMENTS {
        path.insert(0, OFFICIAL.to_owned());
    }
    let word = |text: &str, more: &[char]| {
        !text.is_empty()
            && text.chars().all(|char| {
                char.is_ascii_lowercase() || char.is_ascii_digit() || more.contains(&char)
            })
    };
    if !word(&registry.to_ascii_lowercase(), &['.', '-', ':', '[', ']', '*']) {
        return wrong("its registry is none");
    }
    for segment in &path {
        let stars = segment.contains(ANY_SEGMENTS) && segment != ANY_SEGMENTS;
        if stars {
            return wrong("** stands between slashes");
        }
        if !word(segment, &['.', '_', '-', '*']) {
            return wrong("a repository has lower-case letters, digits, and . _ - between slashes");
        }
    }
    if tag.is_some_and(|tag| !word(&tag.to_ascii_lowercase(), &['.', '_', '-', '*'])) {
        return wrong("its tag is none");
    }
    let is_digest = |digest: &str| digest == ANY || digest.contains(':');
    if digest.is_some_and(|digest| {
        !is_digest(digest) || !word(&digest.to_ascii_lowercase(), &[':', '+', '.', '_', '-', '*'])
    }) {
        return wrong("its digest is none");
    }
    Ok(Of::Image {
        registry: registry.to_owned(),
        path,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

/// Whether a pattern with stars matches, none of which goes on with a word: behind the pattern's start there
/// is one of `separators` or nothing, where that start ends in a letter or digit, and likewise in front of
/// its end.
fn matches_name(pattern: &str, text: &str, separators: &[char]) -> bool {
    const BEFORE: [char; 3] = ['.', '-', '_'];
    if !matches(pattern, text) {
        return false;
    }
    let (Some((start, _)), Some((_, end))) = (pattern.split_once('*'), pattern.rsplit_once('*'))
    else {
        return true;
    };
    let is_word = |char: char| char.is_ascii_alphanumeric();
    let behind = &text[start.len()..];
    let before = &text[..text.len() - end.len()];
    (!start.ends_with(is_word) || behind.is_empty() || behind.starts_with(separators))
        && (!end.starts_with(is_word) || before.is_empty() || before.ends_with(BEFORE))
}

/// What a star in the first segment of a path may start with, where it follows a word.
const SEPARATORS: [char; 3] = ['.', '-', '_'];

/// Whether the segments of a path match: a `**` stands for any number of them.
fn matches_path(pattern: &[String], path: &[&str]) -> bool {
    let one = |at: usize, place: usize| {
        let (pattern, segment) = (&pattern[at], path[place]);
        // Of the first segment it depends whose images they are; on the default registry's own it is a name.
        if place == 0 {
            matches_name(pattern, segment, &SEPARATORS)
        } else {
            matches(pattern, segment)
        }
    };
    wildcards(pattern.len(), path.len(), |at| pattern[at] == ANY_SEGMENTS, one)
}

/// Whether the segments of a path match all that those of another pattern do.
fn covers_path(pattern: &[String], other: &[String]) -> bool {
    // Behind any number of segments the next one may be the first.
    let first = other.iter().position(|segment| segment == ANY_SEGMENTS).unwrap_or(0);
    let one = |at: usize, place: usize| {
        let (pattern, segment) = (&pattern[at], &other[place]);
        if segment == ANY_SEGMENTS {
            return false;
        }
        let is_named = place == 0 || (first < place && other[first] == ANY_SEGMENTS);
        pattern == segment
            || if is_named {
                matches_name(pattern, segment, &SEPARATORS)
            } else {
                matches(pattern, segment)
            }
    };
    wildcards(pattern.len(), other.len(), |at| pattern[at] == ANY_SEGMENTS, one)
}

/// Whether a text matches a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    wildcards(
        pattern.len(),
        text.len(),
        |at| pattern[at] == b'*',
        |at, place| pattern[at] == text[place],
    )
}

/// Whether `texts` things match `patterns`, of which some stand for any number of things. A mismatch lets the
/// last of those take one thing more, so nothing before it is ever looked at again.
fn wildcards(
    patterns: usize,
    texts: usize,
    is_any: impl Fn(usize) -> bool,
    is_one: impl Fn(usize, usize) -> bool,
) -> bool {
    let (mut pattern, mut text) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while text < texts {
        if pattern < patterns && is_any(pattern) {
            last_any = Some((pattern, text));
            pattern += 1;
        } else if pattern < patterns && is_one(pattern, text) {
            pattern += 1;
            text += 1;
        } else if let Some((any, taken)) = last_any {
            last_any = Some((any, taken + 1));
            pattern = any + 1;
            text = taken + 1;
        } else {
            return false;
        }
    }
    (pattern..patterns).all(is_any)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[track_caller]
    fn admits(pattern: &str, name: &str) -> bool {
        let name = Reference::parse_normalized(name).unwrap();
        Pattern::parse(pattern).unwrap().admits_image(&name)
    }

    #[test]
    fn names_are_compared_by_their_parts() {
        let pinned = format!("ghcr.io/org/builder{DIGEST}");
        let tag_and_digest = format!("ghcr.io/org/builder:v1{DIGEST}");
        for (pattern, name, admitted) in [
            ("ghcr.io/org/*", "ghcr.io/org/builder:v1", true),
            ("ghcr.io/org/*", &pinned, true),
            ("ghcr.io/org/*", "ghcr.io/other/builder", false),
            ("ghcr.io/org/*", "ghcr.io/org/team/builder", false),
            ("ghcr.io/org/**", "ghcr.io/org/team/builder", true),
            ("ghcr.io/**/builder", "ghcr.io/a/b/builder", true),
            ("ghcr.io/**/builder", "ghcr.io/builder", true),
            ("ghcr.io/org/build*", "ghcr.io/org/builder", true),
            ("ghcr.io/org*", "ghcr.io/orgevil/builder", false),
            ("ghcr.io/org*", "ghcr.io/orgevil", false),
            ("ghcr.io/org*/*", "ghcr.io/orgevil/builder", false),
            ("ghcr.io/org*/*", "ghcr.io/org-tools/builder", true),
            ("ghcr.io/*org/*", "ghcr.io/evilorg/builder", false),
            ("ghcr.io/org/builder", "ghcr.io/org/builder:v1", true),
            ("ghcr.io/org/builder", "ghcr.io/org/builder2", false),
            ("*.example.com/*", "evil.io/x.example.com/y", false),
            ("*.example.com/*", "a.b.example.com/y", true),
            ("*example.com/**", "evilexample.com/y", false),
            ("*example.com/**", "example.com/y", true),
            ("ghcr.io*/**", "ghcr.io.evil.com/y", false),
            ("ghcr.io*/**", "ghcr.io:443/y", true),
            ("localhost:5000/*", "localhost:5000/builder:v1", true),
            ("localhost:5000/*", "localhost:50001/builder:v1", false),
            ("*/builder:v*", "ghcr.io/org/builder:v1", false),
            ("*/org/builder:v*", "ghcr.io/org/builder:v1", true),
            ("**/builder:v*", "ghcr.io/org/builder:v1", true),
            ("**/builder:v*", "ghcr.io/org/builder:w1", false),
            ("ghcr.io/org/builder:v1", "ghcr.io/org/builder:v1", true),
            ("ghcr.io/org/builder:v1", "ghcr.io/org/builder:v10", false),
            ("ghcr.io/org/builder:v1", &tag_and_digest, false),
            ("ghcr.io/org/builder:v1", &pinned, false),
            ("ghcr.io/org/builder:v1@*", &tag_and_digest, true),
            ("ghcr.io/org/builder:v1@*", "ghcr.io/org/builder:v1", false),
            ("ghcr.io/org/builder@sha256:0123*", &pinned, true),
            ("ghcr.io/org/builder@sha256:1123*", &pinned, false),
            ("ghcr.io/org/builder@*", "ghcr.io/org/builder:v1", false),
            ("ghcr.io/org/builder:latest", "ghcr.io/org/builder", true),
            ("alpine", "alpine:3", true),
            ("alpine", "docker.io/library/alpine", true),
            ("alpine", "ghcr.io/library/alpine", false),
            ("alpine", "somebody/alpine", false),
            ("alp*", "alpine", true),
            ("index.docker.io/library/*", "alpine", true),
            ("docker.io/*", "alpine", true),
            ("docker.io/*", "somebody/alpine", false),
            ("docker.io/**", "somebody/alpine", true),
            ("somebody/*", "somebody/alpine", true),
            ("*", "ghcr.io/org/team/builder:v1", true),
            ("**", &tag_and_digest, true),
            ("context:*", "alpine", false),
        ] {
            assert_eq!(admits(pattern, name), admitted, "{pattern} {name}");
        }
    }

    #[test]
    fn contexts_are_no_images() {
        let every = Pattern::parse("context:*").unwrap();
        let git = Pattern::parse("context:git").unwrap();
        let image = Pattern::parse("**").unwrap();
        for kind in ContextKind::ALL {
            assert!(every.admits_context(kind) && !image.admits_context(kind), "{kind:?}");
            assert_eq!(git.admits_context(kind), kind == ContextKind::Git);
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_errors() {
        for (pattern, part) in [
            ("", "names no image"),
            ("ghcr.io//x", "matches no image"),
            ("ghcr.io/Org/*", "lower-case"),
            ("docker-image://ghcr.io/org/*", "without a scheme"),
            ("ghcr.io/a**/b", "** stands between slashes"),
            ("ghcr.io/a:", "its tag is none"),
            ("ghcr.io/a@sha256", "its digest is none"),
            ("context:gti", "did you mean git?"),
            ("ghcr.io/ä", "matches no image"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.message.contains(part), "{pattern}: {}", error.message);
        }
    }

    #[test]
    fn stars_take_no_more_than_the_product_of_lengths() {
        let pattern = format!("ghcr.io/{}b", "a*".repeat(2000));
        let name = format!("ghcr.io/{}", "a".repeat(250));
        assert!(!admits(&pattern, &name));
    }

    #[test]
    fn patterns_have_all_of_others() {
        let image = |text: &str| Pattern::parse(text).unwrap();
        for (pattern, other, covers) in [
            ("*", "ghcr.io/org/*", true),
            ("**", "alpine", true),
            ("*", "context:git", false),
            ("context:*", "context:git", true),
            ("context:git", "context:*", false),
            ("ghcr.io/org/**", "ghcr.io/org/*", true),
            ("ghcr.io/org/*", "ghcr.io/org/**", false),
            ("ghcr.io/org/*", "ghcr.io/org/builder:v1", true),
            ("ghcr.io/org/builder:v1", "ghcr.io/org/builder", false),
            ("ghcr.io/org/b:v*", "ghcr.io/org/b:v1*", true),
            ("ghcr.io/org/b:v1*", "ghcr.io/org/b:v*", false),
            ("ghcr.io/org/b@*", "ghcr.io/org/b@sha256:*", true),
            ("ghcr.io/org/b@*", "ghcr.io/org/b", false),
            ("ghcr.io/org/b", "ghcr.io/org/b:v*@*", true),
            ("ghcr.io/org/b:v*", "ghcr.io/org/b:v*@*", false),
            ("ghcr.io/org*/x", "ghcr.io/org*/x", true),
            ("ghcr.io/org*/x", "ghcr.io/org-*/x", true),
            ("ghcr.io/org*/x", "ghcr.io/o*/x", false),
            ("ghcr.io/**/x", "ghcr.io/**/x", true),
            ("ghcr.io/**/*x", "ghcr.io/**/a*x", false),
            ("ghcr.io/**/*x", "ghcr.io/org/**/x", true),
            ("*.io/a", "ghcr.io/a", true),
            ("*cr.io/a", "gh-cr.io/a", true),
            ("*cr.io/a", "ghcr.io/a", false),
            ("alpine", "docker.io/library/alpine:3", true),
        ] {
            assert_eq!(image(pattern).covers(&image(other)), covers, "{pattern} and {other}");
            assert!(image(pattern).covers(&image(pattern)), "{pattern}");
        }
    }

    #[test]
    fn expressions_match_what_patterns_admit() {
        let pinned = format!("r.io/a{DIGEST}");
        let both = format!("r.io/a:v1{DIGEST}");
        let parts = ["*", "**", "a*", "*-a", "a*a", "*a*", "a*b*c", "a.b"];
        let mut patterns = Vec::new();
        for registry in ["*", "r.io*", "*r.io", "r*r.io"] {
            for first in parts {
                patterns.extend(
                    ["", ":v1", ":v*", "@*", ":v*@sha256:*"]
                        .map(|end| format!("{registry}/{first}{end}")),
                );
                patterns.extend(parts.map(|second| format!("{registry}/{first}/{second}")));
            }
        }
        patterns.extend(["*", "**", "alpine", "**/a"].map(str::to_owned));
        let words = ["a", "aa", "a-a", "axb", "a-b-c"];
        let mut names = vec![pinned, both, "alpine".to_owned(), "r.io/a:v2".to_owned()];
        for registry in ["r.io", "xr.io", "r.iox", "r.io:5000", "r-r.io"] {
            names.extend(words.map(|first| format!("{registry}/{first}:v1")));
            for first in words {
                names.extend(words.map(|second| format!("{registry}/{first}/{second}")));
            }
        }
        let mut matched = 0;
        for text in &patterns {
            let Ok(pattern) = Pattern::parse(text) else { continue };
            let is_exact =
                !text.contains("**/") && !text.ends_with(":v1") && !text.ends_with(":v*");
            for pin in [false, true] {
                let regex = pattern.to_regex(pin);
                let regex = regex.map(|regex| regex::Regex::new(&format!("^{regex}$")).unwrap());
                for name in &names {
                    let name = Reference::parse_normalized(name).unwrap().tag_name_only();
                    let admits = pattern.admits_image(&name) && (!pin || name.digest().is_some());
                    let found = format!("{name}{DIGEST}");
                    let looked_up = (name.digest().is_none() && !pin).then_some(found);
                    let name = name.to_string();
                    for emitted in [Some(&name), looked_up.as_ref()].into_iter().flatten() {
                        let matches = regex.as_ref().is_some_and(|regex| regex.is_match(emitted));
                        matched += usize::from(matches);
                        assert!(matches || !admits, "{text} admits {emitted}: {regex:?}");
                        // A digest that was looked up is as good as one that was asked for.
                        let is_as_asked = is_exact && *emitted == name;
                        assert!(admits || !matches || !is_as_asked, "{text} refuses {emitted}");
                    }
                }
            }
        }
        assert!(matched > patterns.len());
        assert_eq!(Pattern::parse("context:*").unwrap().to_regex(false), None);
    }

    #[test]
    fn what_covers_admits_all_that_the_other_does() {
        let parts = ["*", "**", "a", "b", "a*", "*a", "a-*", "*-a", "a*a"];
        let mut patterns = Vec::new();
        for first in parts {
            patterns.push(format!("r.io/{first}"));
            patterns.extend(parts.map(|second| format!("r.io/{first}/{second}")));
        }
        let patterns: Vec<Pattern> =
            patterns.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
        let words = ["a", "b", "aa", "a-a", "ba", "a-b"];
        let mut names = Vec::new();
        for first in words {
            names.push(format!("r.io/{first}"));
            names.extend(words.map(|second| format!("r.io/{first}/{second}")));
        }
        let names: Vec<Reference> =
            names.iter().map(|name| Reference::parse_normalized(name).unwrap()).collect();
        let mut found = 0;
        for pattern in &patterns {
            for other in patterns.iter().filter(|other| pattern.covers(other)) {
                found += 1;
                for name in names.iter().filter(|name| other.admits_image(name)) {
                    assert!(pattern.admits_image(name), "{pattern} and {other}: {name}");
                }
            }
        }
        assert!(found > patterns.len());
    }
}
