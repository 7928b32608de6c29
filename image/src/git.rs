//! Addresses of git repositories, with what they say in their fragment and their query.

use aliasfront_gotext::boolean::parse_bool;
use aliasfront_gotext::git_url::GitUrl;
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;
use aliasfront_gotext::url::{Query, Url};

/// What a download is called whose address has no name.
const UNNAMED: &str = "__unnamed__";

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
    /// Whether what is fetched can be read and changed on its way.
    pub unencrypted: bool,
}

/// Why an address of a repository says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidGitRef {
    /// A key of the query stands there twice.
    #[error("query {} has multiple values", quote(.0))]
    Repeated(String),
    /// A key of the query has no value, and needs one.
    #[error("query {} has no value", quote(.0))]
    NoValue(String),
    /// The value is no truth value.
    #[error("invalid {key} value: {}", quote(value))]
    Flag {
        /// The key of the query.
        key: String,
        /// What stands there.
        value: String,
    },
    /// The times of files are neither of the two that there are.
    #[error("invalid mtime value: {} (must be \"checkout\" or \"commit\")", quote(.0))]
    Mtime(String),
    /// The query has a key that nobody knows.
    #[error("unexpected query {}", quote(.0))]
    UnknownKey(String),
    /// Two places say different things.
    #[error("{what} conflicts: {} vs {}", quote(first), quote(second))]
    Conflict {
        /// What they say: `ref` or `subdir`.
        what: &'static str,
        /// What was said first.
        first: String,
        /// What was said then.
        second: String,
    },
    /// There are a branch and a tag.
    #[error("branch conflicts with tag")]
    BranchAndTag,
}

impl InvalidGitRef {
    /// What to write instead, where the message doesn't say it.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Flag { .. } => Some("write true or false, or the key alone for true"),
            Self::UnknownKey(_) => Some(
                "queries are ref, tag, branch, subdir, checksum, commit, keep-git-dir, submodules, \
                 mtime and fetch-by-commit",
            ),
            _ => None,
        }
    }
}

impl GitRef {
    /// Reads an address; `None` where it is no repository's, an error where it is one with a query
    /// that says nothing.
    ///
    /// A repository's are addresses with a scheme that git speaks, over HTTP only those of which
    /// the path ends with `.git`; `user@host:path`; and `github.com/…`, the last for contexts
    /// alone.
    pub fn parse(text: &str) -> Option<Result<Self, InvalidGitRef>> {
        if text.starts_with("./") || text.starts_with("../") {
            return None;
        }
        let mut git = Self::default();
        let url = if text.starts_with("github.com/") {
            git.indistinguishable_from_local = true;
            GitUrl::parse(&format!("https://{text}")).ok()?
        } else {
            let url = GitUrl::parse(text).ok()?;
            // Others than repositories are addressed over HTTP, too.
            if matches!(url.scheme.as_str(), "http" | "https")
                && url.path.strip_suffix(".git").is_none()
            {
                return None;
            }
            git.unencrypted = matches!(url.scheme.as_str(), "http" | "git");
            url
        };
        let query = Query::parse(url.query.as_deref().unwrap_or_default());
        if query.malformed && url.is_scp() {
            return None;
        }
        git.remote = match url.remote.strip_prefix("https://") {
            Some(remote) if git.indistinguishable_from_local => remote.to_owned(),
            _ => url.remote,
        };
        let fragment = url.fragment.unwrap_or_default();
        let (reference, subdir) = fragment.split_once(':').unwrap_or((&fragment, ""));
        reference.clone_into(&mut git.reference);
        if !subdir.is_empty() {
            path::join(&["/", subdir]).trim_start_matches('/').clone_into(&mut git.subdir);
        }
        Some(git.read_query(&query))
    }

    fn read_query(mut self, query: &Query) -> Result<Self, InvalidGitRef> {
        let mut tag = "";
        let mut branch = "";
        for (index, (key, value)) in query.pairs.iter().enumerate() {
            if query.pairs[..index].iter().any(|(earlier, _)| earlier == key) {
                return Err(InvalidGitRef::Repeated(key.clone()));
            }
            let flag = || match value.as_str() {
                "" => Ok(true),
                value => parse_bool(value).ok_or_else(|| InvalidGitRef::Flag {
                    key: key.clone(),
                    value: value.to_owned(),
                }),
            };
            match key.as_str() {
                "keep-git-dir" => self.keep_git_dir = Some(flag()?),
                "submodules" => self.submodules = Some(flag()?),
                "fetch-by-commit" => self.fetch_by_commit = flag()?,
                _ if value.is_empty() => return Err(InvalidGitRef::NoValue(key.clone())),
                "ref" => set("ref", &mut self.reference, value.clone())?,
                "subdir" => set("subdir", &mut self.subdir, value.clone())?,
                "tag" => tag = value,
                "branch" => branch = value,
                "checksum" | "commit" => self.checksum.clone_from(value),
                "mtime" if matches!(value.as_str(), "checkout" | "commit") => {
                    self.mtime.clone_from(value);
                }
                "mtime" => return Err(InvalidGitRef::Mtime(value.clone())),
                _ => return Err(InvalidGitRef::UnknownKey(key.clone())),
            }
        }
        if !tag.is_empty() {
            set("ref", &mut self.reference, with_prefix("refs/tags/", tag))?;
        }
        if !branch.is_empty() {
            if !tag.is_empty() {
                return Err(InvalidGitRef::BranchAndTag);
            }
            set("ref", &mut self.reference, with_prefix("refs/heads/", branch))?;
        }
        Ok(self)
    }
}

/// Sets what the fragment or another key may have set already.
fn set(what: &'static str, field: &mut String, value: String) -> Result<(), InvalidGitRef> {
    if !field.is_empty() && *field != value {
        return Err(InvalidGitRef::Conflict { what, first: field.clone(), second: value });
    }
    *field = value;
    Ok(())
}

fn with_prefix(prefix: &str, name: &str) -> String {
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

/// Whether a source of `ADD` is a file of a web server, and not a repository.
pub fn is_http_source(source: &str) -> bool {
    (source.starts_with("http://") || source.starts_with("https://"))
        && !matches!(GitRef::parse(source), Some(Ok(_)))
}

/// What a file of a web server is stored as: the last part of its path.
pub fn http_filename(url: &str) -> String {
    let url = Url::parse(url).unwrap_or_default();
    match path::base(&url.path) {
        "." | "/" => UNNAMED.to_owned(),
        base => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn git(text: &str) -> GitRef {
        GitRef::parse(text).unwrap().unwrap()
    }

    #[test]
    fn repositories_are_told_from_paths_and_files() {
        for (text, remote) in [
            ("https://github.com/org/repo.git", "https://github.com/org/repo.git"),
            ("HTTPS://h/r.git", "https://h/r.git"),
            ("https://h/r%2egit", "https://h/r%2egit"),
            ("http://u:p@h:80/r.git?#", "http://u:p@h:80/r.git?"),
            ("git://host/repo", "git://host/repo"),
            ("ssh://git@host:22/repo", "ssh://git@host:22/repo"),
            ("git@github.com:org/repo.git#main", "git@github.com:org/repo.git"),
            ("a_b-c@h.x:p?keep-git-dir#f?g", "a_b-c@h.x:p"),
            ("git@h:", "git@h:"),
            ("github.com/org/repo", "github.com/org/repo"),
            ("github.com/org/repo.git?ref=x#", "github.com/org/repo.git"),
            ("github.com/", "github.com/"),
        ] {
            assert_eq!(git(text).remote, remote);
        }
        for text in [
            "",
            ".",
            "a",
            "./a",
            "../a",
            "a/b",
            "/a",
            "./git@h:p",
            "https://host/file.tar.gz",
            "https://host/r.git/",
            "https://host/x?y=.git",
            "https://h h/r.git",
            "https://h/%zz.git",
            "file:///x.git",
            "ftp://h/r.git",
            "git+ssh://h/r.git",
            "github.com",
            "gitlab.com/a/b",
            "github.com/%zz",
            "@h:p",
            "u@:p",
            "u@h",
            "u v@h:p",
            "u@h/x:p",
            "u@h:p\n",
            "u@h:p?ref=%zz",
            "u@h:p?a;b=c",
        ] {
            assert_eq!(GitRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        for (text, local, unencrypted) in [
            ("github.com/org/repo", true, false),
            ("https://github.com/org/repo.git", false, false),
            ("http://github.com/org/repo.git", false, true),
            ("git://github.com/org/repo.git", false, true),
            ("ssh://github.com/org/repo.git", false, false),
            ("git@github.com:org/repo.git", false, false),
        ] {
            let git = git(text);
            assert_eq!(
                (git.indistinguishable_from_local, git.unencrypted),
                (local, unencrypted),
                "{text}"
            );
        }
    }

    #[test]
    fn fragment_and_query_say_what_is_taken() {
        for (text, reference, subdir) in [
            ("https://h/r.git", "", ""),
            ("https://h/r.git#main", "main", ""),
            ("https://h/r.git#main:sub/dir", "main", "sub/dir"),
            ("https://h/r.git#:sub/../../dir/", "", "dir"),
            ("https://h/r.git#main:/", "main", ""),
            ("https://h/r.git#a%20b", "a b", ""),
            ("u@h:r#a%20b:c:d", "a%20b", "c:d"),
            ("https://h/r.git?ref=a", "a", ""),
            ("https://h/r.git?ref=a#a", "a", ""),
            ("https://h/r.git?tag=v1", "refs/tags/v1", ""),
            ("https://h/r.git?tag=refs/tags/v1", "refs/tags/v1", ""),
            ("https://h/r.git?branch=dev&subdir=./x/", "refs/heads/dev", "./x/"),
            ("https://h/r.git?%72ef=a+b&a=%zz", "a b", ""),
            ("github.com/o/r?ref=x#:y", "x", "y"),
        ] {
            let git = git(text);
            assert_eq!(
                (git.reference.as_str(), git.subdir.as_str()),
                (reference, subdir),
                "{text}"
            );
        }
        let all = git(
            "https://h/r.git?keep-git-dir&submodules=false&commit=ab&mtime=commit&fetch-by-commit=1",
        );
        assert_eq!((all.keep_git_dir, all.submodules), (Some(true), Some(false)));
        assert_eq!((all.checksum.as_str(), all.mtime.as_str()), ("ab", "commit"));
        assert!(all.fetch_by_commit);
        let none = git("https://h/r.git?keep-git-dir=f&checksum=cd");
        assert_eq!((none.keep_git_dir, none.submodules), (Some(false), None));
        assert_eq!(none.checksum, "cd");
        assert!(!none.fetch_by_commit);
    }

    #[test]
    fn queries_that_say_nothing_are_errors() {
        for (query, message) in [
            ("x=1", r#"unexpected query "x""#),
            ("x", r#"query "x" has no value"#),
            ("ref", r#"query "ref" has no value"#),
            ("mtime=", r#"query "mtime" has no value"#),
            ("ref=a&ref=b", r#"query "ref" has multiple values"#),
            ("submodules&submodules", r#"query "submodules" has multiple values"#),
            ("tag=a&branch=b", "branch conflicts with tag"),
            ("ref=a#b", r#"ref conflicts: "b" vs "a""#),
            ("tag=a#b", r#"ref conflicts: "b" vs "refs/tags/a""#),
            ("branch=a#b", r#"ref conflicts: "b" vs "refs/heads/a""#),
            ("subdir=a#:b", r#"subdir conflicts: "b" vs "a""#),
            ("submodules=x", r#"invalid submodules value: "x""#),
            ("keep-git-dir=x", r#"invalid keep-git-dir value: "x""#),
            ("fetch-by-commit=x", r#"invalid fetch-by-commit value: "x""#),
            ("mtime=now", r#"invalid mtime value: "now" (must be "checkout" or "commit")"#),
        ] {
            for base in ["https://h/r.git", "git@h:r", "github.com/o/r"] {
                let error = GitRef::parse(&format!("{base}?{query}")).unwrap().unwrap_err();
                assert_eq!(error.to_string(), message, "{query}");
            }
        }
    }

    #[test]
    fn downloads_are_told_from_repositories() {
        for (source, want) in [
            ("https://h/a.tar.gz", true),
            ("http://h", true),
            ("https://h/r.git", false),
            ("https://h/r.git?x=1", true),
            ("https://h h/r.git", true),
            ("HTTPS://h/a", false),
            ("ftp://h/a", false),
            ("h/a", false),
        ] {
            assert_eq!(is_http_source(source), want, "{source}");
        }
    }

    #[test]
    fn downloads_are_named_by_their_path() {
        for (url, name) in [
            ("https://h/a/b.txt?x=1#y", "b.txt"),
            ("https://h/", "__unnamed__"),
            ("https://h", "__unnamed__"),
            ("https://h?a=/b", "__unnamed__"),
            ("https://h/.", "__unnamed__"),
            ("https://h/%zz", "__unnamed__"),
            ("https://h h/a", "__unnamed__"),
            ("https://h:x/a", "__unnamed__"),
            ("https://h/a%20b", "a b"),
            ("https://h/a b", "a b"),
            ("https://h/a%2Fb", "b"),
            ("https://h/a+b//", "a+b"),
            ("https://h/..", ".."),
        ] {
            assert_eq!(http_filename(url), name, "{url}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "((https|git|x)://|git@|github.com/)?\\PC{0,10}(.git)?(\\?\\PC{0,8})?(#\\PC{0,8})?") {
            let _ = GitRef::parse(&text);
            let _ = http_filename(&text);
        }
    }
}
