//! URLs of git repositories, as `BuildKit`'s `gitutil` reads them.

use crate::url::Url;

/// The URL of a git repository, in any of the forms that BuildKit takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitUrl {
    /// `http`, `https`, `ssh` or `git`; `ssh` for `user@host:path` too.
    pub scheme: String,
    /// What is before the `@`, if anything: a user, or a user and a password.
    pub user: Option<String>,
    /// The host, with its port.
    pub host: String,
    /// The path on the host, percent-decoded.
    pub path: String,
    /// What is after the `?`, as it is written.
    pub query: Option<String>,
    /// What is after the `#`, percent-decoded.
    pub fragment: Option<String>,
    /// The URL to give to git: without query and fragment.
    pub remote: String,
}

/// Why a text isn't the URL of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGitUrl {
    /// It has no scheme, and isn't `user@host:path` either.
    #[error("unknown protocol")]
    UnknownProtocol,
    /// Git can't be spoken over its scheme.
    #[error("{scheme}: invalid protocol")]
    InvalidProtocol {
        /// What is before the `://`.
        scheme: String,
    },
    /// It isn't an URL.
    #[error("{0:?} is not an URL")]
    Malformed(String),
}

const SCHEMES: [&str; 4] = ["http", "https", "ssh", "git"];

impl InvalidGitUrl {
    /// Whether it could be an URL without its scheme.
    pub fn is_unknown_protocol(&self) -> bool {
        matches!(self, Self::UnknownProtocol)
    }
}

impl GitUrl {
    /// Reads an URL with a scheme, or `user@host:path`.
    pub fn parse(text: &str) -> Result<Self, InvalidGitUrl> {
        let Some(scheme) = scheme_of(text) else {
            return parse_scp(text).ok_or(InvalidGitUrl::UnknownProtocol);
        };
        let scheme = scheme.to_ascii_lowercase();
        if !SCHEMES.contains(&scheme.as_str()) {
            return Err(InvalidGitUrl::InvalidProtocol { scheme });
        }
        let url = Url::parse(text).ok_or_else(|| InvalidGitUrl::Malformed(text.to_owned()))?;
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Self {
            query: given(&url.query),
            fragment: given(&url.fragment),
            remote: url.remote().to_string(),
            scheme,
            user: url.user,
            host: url.host,
            path: url.path,
        })
    }

    /// Whether it was written as `user@host:path`.
    pub fn is_scp(&self) -> bool {
        scheme_of(&self.remote).is_none()
    }

    /// Whether git speaks over SSH with it.
    pub fn is_ssh(&self) -> bool {
        self.scheme == "ssh"
    }
}

/// What stands before `://`, where it is letters and digits.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let valid = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    valid.then_some(scheme)
}

/// Splits off what follows a character. An empty rest is none.
fn split_off(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after).filter(|after| !after.is_empty())),
        None => (text, None),
    }
}

/// Reads `user@host:path?query#fragment`, which isn't percent-encoded.
fn parse_scp(text: &str) -> Option<GitUrl> {
    let (user, rest) = text.split_once('@')?;
    let (host, rest) = rest.split_once(':')?;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let valid = !user.is_empty()
        && user.bytes().all(|byte| word(byte) || byte == b'_')
        && !host.is_empty()
        && host.bytes().all(|byte| word(byte) || byte == b'.')
        && !rest.contains('\n');
    if !valid {
        return None;
    }
    let (rest, fragment) = split_off(rest, '#');
    let (path, query) = split_off(rest, '?');
    Some(GitUrl {
        scheme: "ssh".to_owned(),
        user: Some(user.to_owned()),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        fragment: fragment.map(str::to_owned),
        remote: format!("{user}@{host}:{path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let cases = [
            ("https://github.com/org/app.git", "https", "github.com", "/org/app.git", None),
            ("HTTPS://h:8443/a%20b.git#main:x", "https", "h:8443", "/a b.git", Some("main:x")),
            ("ssh://git@h:22/a", "ssh", "h:22", "/a", None),
            ("git@github.com:org/app.git#v1", "ssh", "github.com", "org/app.git", Some("v1")),
            ("git://h/a?tag=v1#", "git", "h", "/a", None),
        ];
        for (text, scheme, host, path, fragment) in cases {
            let url = GitUrl::parse(text).unwrap();
            assert_eq!(
                (url.scheme.as_str(), url.host.as_str(), url.path.as_str()),
                (scheme, host, path)
            );
            assert_eq!(url.fragment.as_deref(), fragment, "{text}");
        }
    }

    #[test]
    fn the_remote_has_no_options() {
        let cases = [
            ("https://u:p@h/a%20b.git?tag=v1#main", "https://u:p@h/a%20b.git"),
            ("git@h:a.git?tag=v1#main", "git@h:a.git"),
            // Go keeps a question mark with nothing behind it.
            ("https://h/a.git?#main", "https://h/a.git?"),
        ];
        for (text, remote) in cases {
            assert_eq!(GitUrl::parse(text).unwrap().remote, remote);
        }
    }

    #[test]
    fn other_texts_say_why() {
        assert_eq!(GitUrl::parse("github.com/a/b"), Err(InvalidGitUrl::UnknownProtocol));
        let scheme = "ftp".to_owned();
        assert_eq!(GitUrl::parse("ftp://h/a"), Err(InvalidGitUrl::InvalidProtocol { scheme }));
        for text in ["https://h/%zz", "https://h/\u{7}", "https://a b/"] {
            assert!(matches!(GitUrl::parse(text), Err(InvalidGitUrl::Malformed(_))), "{text}");
        }
    }
}
