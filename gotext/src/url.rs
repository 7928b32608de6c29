//! Addresses with a scheme, taken apart and put together as Go's `net/url` does it.
//!
//! What comes out when an address is written again decides the digest of its source, so the rules
//! for what is escaped and what isn't are Go's to the letter.

use std::fmt::{self, Write as _};

/// An address: `scheme://user@host/path?query#fragment`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Url {
    /// In lower case.
    pub scheme: String,
    /// What stands before the `@`, escaped: a user, or a user and a password.
    pub user: Option<String>,
    /// The host and maybe a port, without escapes.
    pub host: String,
    /// The path, without escapes.
    pub path: String,
    /// What stands behind the `?`, as it is.
    pub query: String,
    /// What stands behind the `#`, without escapes.
    pub fragment: String,
    /// The path as it is written.
    escaped_path: String,
    /// Whether there is a `?` with nothing behind it, which stays even where the query is taken
    /// off.
    empty_query: bool,
}

/// Where a text stands in an address, which says what must be escaped there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    User,
    Host,
    Path,
    Query,
    Fragment,
}

impl Url {
    /// Reads an address that has a scheme and `://`; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        if text.bytes().any(|b| b.is_ascii_control()) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let mut letters = scheme.bytes();
        let valid_scheme = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !valid_scheme {
            return None;
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let empty_query = query.is_empty() && text.ends_with('?');
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(normalize_user(user)?), host),
            None => (None, authority),
        };
        let decoded_path = unescape(path, Part::Path)?;
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            host: parse_host(host)?,
            escaped_path: if is_valid_path(path) {
                path.to_owned()
            } else {
                escape(&decoded_path, Part::Path)
            },
            path: decoded_path,
            query: query.to_owned(),
            fragment: unescape(fragment, Part::Fragment)?,
            empty_query,
        })
    }

    /// The address without query and fragment.
    pub fn remote(&self) -> Remote<'_> {
        Remote(self)
    }
}

/// Writes an address without query and fragment.
pub struct Remote<'a>(&'a Url);

impl fmt::Display for Remote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0;
        write!(f, "{}:", url.scheme)?;
        if !url.host.is_empty() || !url.path.is_empty() || url.user.is_some() {
            f.write_str("//")?;
        }
        if let Some(user) = &url.user {
            write!(f, "{user}@")?;
        }
        f.write_str(&escape(&url.host, Part::Host))?;
        f.write_str(&url.escaped_path)?;
        f.write_str(if url.empty_query { "?" } else { "" })
    }
}

/// The keys and values of a query, without escapes, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// What could be read.
    pub pairs: Vec<(String, String)>,
    /// Whether there was something that couldn't.
    pub malformed: bool,
}

impl Query {
    /// Reads `key=value&key=value`. A pair that has a `;` or a broken escape is left out.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (unescape(key, Part::Query), unescape(value, Part::Query)) {
                (Some(key), Some(value)) if !pair.contains(';') => query.pairs.push((key, value)),
                _ => query.malformed = true,
            }
        }
        query
    }
}

/// Checks what stands before the `@` and gives it the one way of escaping.
fn normalize_user(text: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !text.bytes().all(allowed) {
        return None;
    }
    let normal = |part| unescape(part, Part::User).map(|part| escape(&part, Part::User));
    match text.split_once(':') {
        Some((name, password)) => Some(format!("{}:{}", normal(name)?, normal(password)?)),
        None => normal(text),
    }
}

/// Checks the port, and the brackets around an IPv6 address.
fn parse_host(text: &str) -> Option<String> {
    let port = match text.rfind('[') {
        Some(open) => {
            let close = text.rfind(']').filter(|close| *close > open)?;
            &text[close + 1..]
        }
        None => text.rfind(':').map_or("", |colon| &text[colon..]),
    };
    let valid_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    if valid_port { unescape(text, Part::Host) } else { None }
}

/// Whether a path is escaped well enough to stay as it is.
fn is_valid_path(text: &str) -> bool {
    text.bytes().all(|b| b"!$&'()*+,;=:@[]%".contains(&b) || !must_escape(b, Part::Path))
}

fn must_escape(byte: u8, part: Part) -> bool {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => false,
        b'!' | b'\'' | b'(' | b')' | b'*' | b'[' | b']' | b'<' | b'>' | b'"'
            if part == Part::Host =>
        {
            false
        }
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Host => matches!(byte, b'/' | b'?' | b'@'),
            Part::Path => byte == b'?',
            // Queries and fragments are never written.
            Part::User | Part::Query | Part::Fragment => matches!(byte, b'@' | b'/' | b'?' | b':'),
        },
        _ => true,
    }
}

fn escape(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if must_escape(byte, part) {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

/// Replaces escapes by what they stand for; `None` where one is broken. Bytes that aren't UTF-8
/// then become replacement characters.
fn unescape(text: &str, part: Part) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let decoded = (digit()? << 4 | digit()?) as u8;
                // In a host, only what isn't ASCII may be escaped, and the sign itself.
                if part == Part::Host && decoded.is_ascii() && decoded != b'%' {
                    return None;
                }
                decoded
            }
            b'+' if part == Part::Query => b' ',
            byte if part == Part::Host && byte.is_ascii() && must_escape(byte, part) => {
                return None;
            }
            byte => byte,
        });
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_apart() {
        let url = Url::parse("HTTPS://u:p%41@h.example:8080/a%20b/c?x=1&y#f%2Fg").unwrap();
        assert_eq!(url.scheme, "https");
        assert_eq!(url.user.as_deref(), Some("u:pA"));
        assert_eq!(url.host, "h.example:8080");
        assert_eq!(url.path, "/a b/c");
        assert_eq!(url.query, "x=1&y");
        assert_eq!(url.fragment, "f/g");
    }

    #[test]
    fn writes_again() {
        for (text, remote) in [
            ("https://github.com/org/app.git?ref=x#y:z", "https://github.com/org/app.git"),
            ("HTTP://Host/Path", "http://Host/Path"),
            ("https://h", "https://h"),
            ("https://h/", "https://h/"),
            ("https://h?x", "https://h"),
            ("https://h/a?", "https://h/a?"),
            ("https://h/a?#f", "https://h/a?"),
            ("https://h/a??", "https://h/a"),
            ("https:///a", "https:///a"),
            ("https://", "https:"),
            ("https://u@h/a", "https://u@h/a"),
            ("https://u:@h/a", "https://u:@h/a"),
            ("https://@h/a", "https://@h/a"),
            ("https://a@b:p@h/a", "https://a%40b:p@h/a"),
            ("https://u!(x):p=1@h/a", "https://u%21%28x%29:p=1@h/a"),
            ("https://[::1]:80/a", "https://[::1]:80/a"),
            ("https://h:/a", "https://h:/a"),
            ("https://h%C3%A9/a", "https://h%C3%A9/a"),
            ("https://hé/a", "https://h%C3%A9/a"),
            // A path that is escaped well stays; another is escaped anew, all of it.
            ("https://h/a%20b/(c)!*'", "https://h/a%20b/(c)!*'"),
            ("https://h/a%2fb", "https://h/a%2fb"),
            ("https://h/a b/(c)", "https://h/a%20b/%28c%29"),
            ("https://h/a%2Fb é", "https://h/a/b%20%C3%A9"),
            ("https://h/a[1]@b:c", "https://h/a[1]@b:c"),
            ("https://h/a|b", "https://h/a%7Cb"),
            ("git://h//a/../b", "git://h//a/../b"),
            ("ssh://git@h:22/~u/a", "ssh://git@h:22/~u/a"),
        ] {
            assert_eq!(Url::parse(text).unwrap().remote().to_string(), remote, "{text}");
        }
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "h",
            "h/a",
            "//h/a",
            "https:h",
            "https:/h",
            "://h",
            "1ttp://h",
            "h t://x",
            "é://h",
            "https://h\n/a",
            "https://h/\u{7f}",
            "https://h h/a",
            "https://h{}/a",
            "https://h\\/a",
            "https://h^/",
            "https://h%41/a",
            "https://h/%zz",
            "https://h/%4",
            "https://h/%",
            "https://h/a#%zz",
            "https://u v@h/a",
            "https://u%zz@h/a",
            "https://ü@h/a",
            "https://h:port/a",
            "https://h:80x/",
            "https://[::1/a",
            "https://[::1]x/a",
            "https://]h[/a",
        ] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }

    #[test]
    fn queries() {
        for (text, pairs, malformed) in [
            ("", &[][..], false),
            ("&&", &[], false),
            ("a", &[("a", "")], false),
            ("a=1&b=2&a=3", &[("a", "1"), ("b", "2"), ("a", "3")], false),
            ("a=b=c", &[("a", "b=c")], false),
            ("=x", &[("", "x")], false),
            ("a+b=c%20d%2B", &[("a b", "c d+")], false),
            ("a=%zz&b=1", &[("b", "1")], true),
            ("a;b=1&c", &[("c", "")], true),
            ("a=%+f", &[], true),
        ] {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            assert_eq!(Query::parse(text), Query { pairs: pairs.collect(), malformed }, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "(https|ssh|git)://([a-z%:@]{0,6})[a-z.\\[\\]:0-9]{0,8}(/[a-z%0-9()é |]{0,8}){0,2}\\??") {
            if let Some(url) = Url::parse(&text) {
                let remote = url.remote().to_string();
                if let Some(again) = Url::parse(&remote) {
                    prop_assert_eq!(&again.path, &url.path);
                    prop_assert_eq!(again.remote().to_string(), remote);
                }
            }
        }

        #[test]
        fn never_panics(text in "([a-z]{1,5}://)?\\PC{0,20}") {
            let _ = Url::parse(&text);
            let _ = Query::parse(&text);
        }
    }
}
