//! Git repositories.

use aliasfront_gotext::git_url::GitUrl;
use buildkit_proto::caps;

use super::Source;
use crate::path;

/// The secret that holds a token for HTTPS remotes, unless another is named.
const AUTH_TOKEN: &str = "GIT_AUTH_TOKEN";
/// The secret that holds an authorization header for HTTPS remotes, unless another is named.
const AUTH_HEADER: &str = "GIT_AUTH_HEADER";

/// A git repository: the files of one commit.
#[derive(Clone, Debug)]
pub struct Git {
    url: String,
    reference: String,
    subdir: String,
    keep_git_dir: bool,
    auth_token_secret: Option<String>,
    auth_header_secret: Option<String>,
    known_ssh_hosts: String,
    ssh_socket: Option<String>,
    checksum: String,
    skip_submodules: bool,
    mtime: String,
    fetch_by_commit: bool,
}

impl Git {
    /// The repository at `url`: `https://…`, `ssh://…`, `git://…` or `user@host:path`. Anything else is
    /// taken for HTTPS without its scheme.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            reference: String::new(),
            subdir: String::new(),
            keep_git_dir: false,
            auth_token_secret: None,
            auth_header_secret: None,
            known_ssh_hosts: String::new(),
            ssh_socket: None,
            checksum: String::new(),
            skip_submodules: false,
            mtime: String::new(),
            fetch_by_commit: false,
        }
    }

    /// Sets reference and subdirectory by an URL's fragment, as in `main:docs`.
    #[must_use]
    pub fn fragment(self, fragment: &str) -> Self {
        let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
        let subdir = path::resolve("", subdir);
        let git = if reference.is_empty() { self } else { self.reference(reference) };
        match subdir.trim_start_matches('/') {
            "" => git,
            subdir => git.subdir(subdir),
        }
    }

    /// Sets the branch, tag or commit. Default: the remote's `HEAD`.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }

    /// Sets the directory of the repository to take.
    #[must_use]
    pub fn subdir(mut self, subdir: impl Into<String>) -> Self {
        self.subdir = subdir.into();
        self
    }

    /// Keeps the `.git` directory.
    #[must_use]
    pub fn keep_git_dir(mut self, keep: bool) -> Self {
        self.keep_git_dir = keep;
        self
    }

    /// Sets the secret that holds a token for HTTPS remotes.
    #[must_use]
    pub fn auth_token_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_token_secret = Some(id.into());
        self
    }

    /// Sets the secret that holds an authorization header for HTTPS remotes.
    #[must_use]
    pub fn auth_header_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_header_secret = Some(id.into());
        self
    }

    /// Adds the key of an SSH host, as a line of `known_hosts`. The reference asks the host for its
    /// keys if it is given none; this crate asks nobody, and the daemon then trusts the host at first
    /// use.
    #[must_use]
    pub fn known_ssh_host(mut self, key: &str) -> Self {
        self.known_ssh_hosts.push_str(key.strip_suffix('\n').unwrap_or(key));
        self.known_ssh_hosts.push('\n');
        self
    }

    /// Sets the SSH agent for SSH remotes. Default: the client's default one.
    #[must_use]
    pub fn ssh_socket(mut self, id: impl Into<String>) -> Self {
        self.ssh_socket = Some(id.into());
        self
    }

    /// Fails if the reference is another commit (BuildKit 0.22).
    #[must_use]
    pub fn checksum(mut self, commit: impl Into<String>) -> Self {
        self.checksum = commit.into();
        self
    }

    /// Leaves submodules out (BuildKit 0.24).
    #[must_use]
    pub fn skip_submodules(mut self) -> Self {
        self.skip_submodules = true;
        self
    }

    /// Sets what files' modification times are: `checkout` or `commit` (BuildKit 0.29).
    #[must_use]
    pub fn mtime(mut self, policy: impl Into<String>) -> Self {
        self.mtime = policy.into();
        self
    }

    /// Takes the checksum's commit without looking the reference up (BuildKit 0.30).
    #[must_use]
    pub fn fetch_by_commit(mut self) -> Self {
        self.fetch_by_commit = true;
        self
    }

    /// The same for all protocols with which one can get at the repository.
    fn identifier(&self, url: Option<&GitUrl>) -> String {
        // What isn't an URL fails later, when git can't do anything with it.
        let Some(url) = url else { return self.url.clone() };
        let repository = format!("{}{}", url.host, path::resolve("", &url.path));
        match (self.reference.as_str(), self.subdir.as_str()) {
            ("", "") => repository,
            (reference, "") => format!("{repository}#{reference}"),
            (reference, subdir) => format!("{repository}#{reference}:{subdir}"),
        }
    }
}

impl From<Git> for Source {
    fn from(mut git: Git) -> Self {
        let parsed = match GitUrl::parse(&git.url) {
            Err(error) if error.is_unknown_protocol() => {
                git.url = format!("https://{}", git.url);
                GitUrl::parse(&git.url)
            }
            parsed => parsed,
        }
        .ok();
        if let Some(url) = &parsed {
            git.url.clone_from(&url.remote);
        }
        let identifier = format!("git://{}", git.identifier(parsed.as_ref()));
        let mut source = Self::with_cap(identifier, caps::SOURCE_GIT);
        if git.keep_git_dir {
            source.set("git.keepgitdir", "true");
            source.need(caps::SOURCE_GIT_KEEP_DIR);
        }
        if !git.url.is_empty() {
            source.set("git.fullurl", git.url);
            source.need(caps::SOURCE_GIT_FULL_URL);
        }
        if git.auth_token_secret.is_some() || git.auth_header_secret.is_some() {
            source.need(caps::SOURCE_GIT_HTTP_AUTH);
        }
        let secrets = [
            ("git.authtokensecret", git.auth_token_secret, AUTH_TOKEN),
            ("git.authheadersecret", git.auth_header_secret, AUTH_HEADER),
        ];
        for (key, secret, default) in secrets {
            source.set(key, secret.unwrap_or_else(|| default.to_owned()));
        }
        if parsed.is_some_and(|url| url.is_ssh()) {
            if !git.known_ssh_hosts.is_empty() {
                source.set("git.knownsshhosts", git.known_ssh_hosts);
            }
            source.need(caps::SOURCE_GIT_KNOWN_SSH_HOSTS);
            source.set("git.mountsshsock", git.ssh_socket.unwrap_or_else(|| "default".to_owned()));
            source.need(caps::SOURCE_GIT_MOUNT_SSH_SOCK);
        }
        if !git.checksum.is_empty() {
            source.set("git.checksum", git.checksum);
            source.need(caps::SOURCE_GIT_CHECKSUM);
        }
        if git.skip_submodules {
            source.set("git.skipsubmodules", "true");
            source.need(caps::SOURCE_GIT_SKIP_SUBMODULES);
        }
        if !git.mtime.is_empty() {
            source.set("git.mtime", git.mtime);
            source.need(caps::SOURCE_GIT_MTIME);
        }
        if git.fetch_by_commit {
            source.set("git.fetchbycommit", "true");
            source.need(caps::SOURCE_GIT_FETCH_BY_COMMIT);
        }
        source
    }
}
