//! Downloads.

use buildkit_proto::caps;

use super::Source;

/// A download over HTTP: one file in an otherwise empty file system.
#[derive(Clone, Debug, Default)]
pub struct Http {
    url: String,
    filename: String,
    checksum: String,
    mode: u32,
    uid: u32,
    gid: u32,
    auth_header_secret: String,
    accept: String,
    user_agent: String,
}

impl Http {
    /// See [`Source::http`].
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Sets the file's name.
    #[must_use]
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.filename = name.into();
        self
    }

    /// Fails if the file has another digest, as in `sha256:…`.
    #[must_use]
    pub fn checksum(mut self, digest: impl Into<String>) -> Self {
        self.checksum = digest.into();
        self
    }

    /// Sets the file's permissions.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode & 0o777;
        self
    }

    /// Sets the file's owner and group.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        (self.uid, self.gid) = (uid, gid);
        self
    }

    /// Sends the secret with that name as `Authorization` (BuildKit 0.21).
    #[must_use]
    pub fn auth_header_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_header_secret = id.into();
        self
    }

    /// Sends `Accept` (BuildKit 0.21).
    #[must_use]
    pub fn accept(mut self, accept: impl Into<String>) -> Self {
        self.accept = accept.into();
        self
    }

    /// Sends `User-Agent` (BuildKit 0.21).
    #[must_use]
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = agent.into();
        self
    }
}

impl From<Http> for Source {
    fn from(http: Http) -> Self {
        let mut source = Self::with_cap(http.url, caps::SOURCE_HTTP);
        if !http.checksum.is_empty() {
            source.set("http.checksum", http.checksum);
            source.need(caps::SOURCE_HTTP_CHECKSUM);
        }
        if !http.filename.is_empty() {
            source.set("http.filename", http.filename);
        }
        if http.mode != 0 {
            source.set("http.perm", format!("0{:o}", http.mode));
            source.need(caps::SOURCE_HTTP_PERM);
        }
        for (key, id) in [("http.uid", http.uid), ("http.gid", http.gid)] {
            if id != 0 {
                source.set(key, id.to_string());
                source.need(caps::SOURCE_HTTP_UID_GID);
            }
        }
        if !http.auth_header_secret.is_empty() {
            source.set("http.authheadersecret", http.auth_header_secret);
            source.need(caps::SOURCE_HTTP_AUTH);
        }
        let headers =
            [("http.header.accept", http.accept), ("http.header.user-agent", http.user_agent)];
        for (key, value) in headers {
            if !value.is_empty() {
                source.set(key, value);
                source.need(caps::SOURCE_HTTP_HEADER);
            }
        }
        source
    }
}
