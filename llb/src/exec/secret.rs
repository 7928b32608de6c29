//! Secrets that a command sees.

/// A secret that a command sees, as a file or as a variable of its environment, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The name under which the client has it.
    pub id: String,
    /// Where the command finds it.
    pub target: SecretTarget,
    /// Does without, if the client doesn't have it. Else the command fails.
    pub optional: bool,
}

/// Where a command finds a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretTarget {
    /// The path of a file.
    pub file: Option<String>,
    /// The name of a variable.
    pub env: Option<String>,
    /// The file's owner.
    pub uid: u32,
    /// The file's group.
    pub gid: u32,
    /// The file's permissions.
    pub mode: u32,
}

/// The permissions of secrets that say nothing else.
const DEFAULT_MODE: u32 = 0o400;

impl Secret {
    /// A file that only root can read.
    pub fn file(id: impl Into<String>, path: impl Into<String>) -> Self {
        let target =
            SecretTarget { file: Some(path.into()), mode: DEFAULT_MODE, ..SecretTarget::default() };
        Self { id: id.into(), target, optional: false }
    }

    /// A variable of the environment.
    pub fn env(id: impl Into<String>, name: impl Into<String>) -> Self {
        let target =
            SecretTarget { env: Some(name.into()), mode: DEFAULT_MODE, ..SecretTarget::default() };
        Self { id: id.into(), target, optional: false }
    }

    /// A variable of the environment, beside the file.
    #[must_use]
    pub fn and_env(mut self, name: impl Into<String>) -> Self {
        self.target.env = Some(name.into());
        self
    }

    /// Sets owner, group and permissions of the file.
    #[must_use]
    pub fn owned(mut self, uid: u32, gid: u32, mode: u32) -> Self {
        self.target = SecretTarget { uid, gid, mode, ..self.target };
        self
    }

    /// Sets whether to do without it.
    #[must_use]
    pub fn optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }
}
