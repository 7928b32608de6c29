//! Addresses of git repositories, with what they say in their fragment and their query.

use buildkit_dockerfile::go::boolean::parse_bool;
use buildkit_dockerfile::go::quote::quote;
use buildkit_llb::GitUrl;

use super::gopath;
use crate::error::Error;

/// An address of a git repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitRef {
    /// The address without fragment and query.
    pub remote: String,
    /// Branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// The directory to take; empty for the root.
    pub subdir: String,
    /// What the commit must be; empty for anything.
    pub checksum: String,
    /// Whether `.git` is kept, where the address says so.
    pub keep_git_dir: Option<bool>,
    /// Whether submodules are fetched, where the address says so.
    pub submodules: Option<bool>,
    /// The times of files: `checkout`, `commit`, or empty.
    pub mtime: String,
    /// Whether the commit is fetched without looking the reference up.
    pub fetch_by_commit: bool,
    /// Whether the address could be a path: `github.com/…` without a scheme.
    pub indistinguishable_from_local: bool,
}

impl GitRef {
    /// Reads an address; `None` where it is no repository's, an error where it is one with a query
    /// that says nothing.
    pub fn parse(text: &str) -> Option<Result<Self, Error>> {
        if text.starts_with("./") || text.starts_with("../") {
            return None;
        }
        let local = text.starts_with("github.com/");
        let url = if local {
            GitUrl::parse(&format!("https://{text}")).ok()?
        } else {
            GitUrl::parse(text).ok()?
        };
        let over_http = matches!(url.scheme.as_str(), "http" | "https");
        if !local && over_http && !url.path.ends_with(".git") {
            return None;
        }
        let mut git = Self { indistinguishable_from_local: local, ..Self::default() };
        git.remote = match url.remote.split_once("://") {
            Some((_, rest)) if local => rest.to_owned(),
            _ => url.remote.clone(),
        };
        if let Some(fragment) = url.fragment.as_deref().filter(|fragment| !fragment.is_empty()) {
            let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
            reference.clone_into(&mut git.reference);
            gopath::join(&["/", subdir]).trim_start_matches('/').clone_into(&mut git.subdir);
        }
        Some(match url.query {
            Some(query) => git.read_query(&query),
            None => Ok(git),
        })
    }

    fn read_query(mut self, query: &str) -> Result<Self, Error> {
        let mut tag = String::new();
        let mut branch = String::new();
        let mut seen: Vec<String> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(key), Some(value)) = (decode(key), decode(value)) else { continue };
            if seen.contains(&key) {
                return Err(Error::new(format!("query {} has multiple values", quote(&key))));
            }
            let flag = |value: &str| match value {
                "" => Ok(true),
                value => parse_bool(value)
                    .ok_or_else(|| Error::new(format!("invalid {key} value: {}", quote(value)))),
            };
            match key.as_str() {
                "keep-git-dir" => self.keep_git_dir = Some(flag(&value)?),
                "submodules" => self.submodules = Some(flag(&value)?),
                "fetch-by-commit" => self.fetch_by_commit = flag(&value)?,
                _ if value.is_empty() => {
                    return Err(Error::new(format!("query {} has no value", quote(&key))));
                }
                "ref" => set("ref", &mut self.reference, &value)?,
                "subdir" => set("subdir", &mut self.subdir, &value)?,
                "tag" => tag.clone_from(&value),
                "branch" => branch.clone_from(&value),
                "checksum" | "commit" => self.checksum.clone_from(&value),
                "mtime" if matches!(value.as_str(), "checkout" | "commit") => {
                    self.mtime.clone_from(&value);
                }
                "mtime" => {
                    return Err(Error::new(format!(
                        "invalid mtime value: {} (must be \"checkout\" or \"commit\")",
                        quote(&value)
                    )));
                }
                _ => {
                    return Err(Error::new(format!("unexpected query {}", quote(&key))).hint(
                        "queries are ref, tag, branch, subdir, checksum, commit, keep-git-dir, \
                         submodules, mtime and fetch-by-commit",
                    ));
                }
            }
            seen.push(key);
        }
        if !tag.is_empty() {
            set("ref", &mut self.reference, &with_prefix("refs/tags/", &tag))?;
        }
        if !branch.is_empty() {
            if !tag.is_empty() {
                return Err(Error::new("branch conflicts with tag"));
            }
            set("ref", &mut self.reference, &with_prefix("refs/heads/", &branch))?;
        }
        Ok(self)
    }
}

/// Sets what the fragment or another key may have set already.
fn set(name: &str, field: &mut String, value: &str) -> Result<(), Error> {
    if !field.is_empty() && field != value {
        return Err(Error::new(format!("{name} conflicts: {} vs {}", quote(field), quote(value))));
    }
    value.clone_into(field);
    Ok(())
}

fn with_prefix(prefix: &str, name: &str) -> String {
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

/// Resolves a query's escapes; `None` where one is broken.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether a source of `ADD` is a file of a web server, and not a repository.
pub fn is_http_source(source: &str) -> bool {
    (source.starts_with("http://") || source.starts_with("https://"))
        && !matches!(GitRef::parse(source), Some(Ok(_)))
}

/// What a file of a web server is stored as: the last part of its path.
pub fn http_filename(url: &str) -> String {
    const UNNAMED: &str = "__unnamed__";
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = rest.find('/').map_or("", |slash| &rest[slash..]);
    match path_unescape(path).as_deref().map(gopath::base) {
        Some("." | "/") | None => UNNAMED.to_owned(),
        Some(base) => base.to_owned(),
    }
}

/// Resolves a path's escapes, in which `+` is itself.
fn path_unescape(path: &str) -> Option<String> {
    decode(&path.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(text: &str) -> GitRef {
        GitRef::parse(text).unwrap().unwrap()
    }

    #[test]
    fn repositories_are_told_from_paths_and_files() {
        for text in [
            "https://github.com/org/repo.git",
            "git://host/repo",
            "git@github.com:org/repo.git",
            "ssh://git@host/repo",
            "github.com/org/repo",
        ] {
            assert!(GitRef::parse(text).is_some(), "{text}");
        }
        for text in ["./a", "../a", "a/b", "https://host/file.tar.gz", "", "file:///x"] {
            assert!(GitRef::parse(text).is_none(), "{text}");
        }
        assert!(git("github.com/org/repo").indistinguishable_from_local);
    }

    #[test]
    fn fragment_and_query_say_what_is_taken() {
        let fragment = git("https://h/r.git#main:sub/dir");
        assert_eq!((fragment.reference.as_str(), fragment.subdir.as_str()), ("main", "sub/dir"));
        let query =
            git("https://h/r.git?branch=dev&subdir=x&keep-git-dir&submodules=false&commit=ab");
        assert_eq!(query.reference, "refs/heads/dev");
        assert_eq!(query.keep_git_dir, Some(true));
        assert_eq!(query.submodules, Some(false));
        assert_eq!(query.checksum, "ab");
        for (text, message) in [
            ("https://h/r.git?x=1", r#"unexpected query "x""#),
            ("https://h/r.git?ref", r#"query "ref" has no value"#),
            ("https://h/r.git?ref=a&ref=b", r#"query "ref" has multiple values"#),
            ("https://h/r.git?tag=a&branch=b", "branch conflicts with tag"),
            ("https://h/r.git?ref=a#b", r#"ref conflicts: "b" vs "a""#),
            ("https://h/r.git?submodules=x", r#"invalid submodules value: "x""#),
        ] {
            assert_eq!(GitRef::parse(text).unwrap().unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn downloads_are_named_by_their_path() {
        for (url, name) in [
            ("https://h/a/b.txt?x=1#y", "b.txt"),
            ("https://h/", "__unnamed__"),
            ("https://h", "__unnamed__"),
            ("https://h/a%20b", "a b"),
            ("https://h/a+b/", "a+b"),
        ] {
            assert_eq!(http_filename(url), name, "{url}");
        }
    }
}
