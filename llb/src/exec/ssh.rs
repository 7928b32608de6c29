//! SSH agents that a command can use.

/// The socket of an SSH agent that a command can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// The name under which the client has it. Empty: its default one.
    pub id: String,
    /// The path of the socket. Default: one under `/run/buildkit`.
    pub target: Option<String>,
    /// The socket's owner.
    pub uid: u32,
    /// The socket's group.
    pub gid: u32,
    /// The socket's permissions.
    pub mode: u32,
    /// Does without, if the client doesn't have it. Else the command fails.
    pub optional: bool,
}

impl Ssh {
    /// The agent with that id, with a socket that only root can use.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), target: None, uid: 0, gid: 0, mode: 0o600, optional: false }
    }

    /// Sets the path of the socket.
    #[must_use]
    pub fn target(mut self, path: impl Into<String>) -> Self {
        self.target = Some(path.into());
        self
    }

    /// Sets owner, group and permissions of the socket.
    #[must_use]
    pub fn owned(mut self, uid: u32, gid: u32, mode: u32) -> Self {
        (self.uid, self.gid, self.mode) = (uid, gid, mode);
        self
    }

    /// Sets whether to do without it.
    #[must_use]
    pub fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }
}
