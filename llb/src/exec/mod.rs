//! Commands that run in a container.

mod lower;
mod mount;
mod secret;
mod ssh;

use buildkit_proto::pb;

pub use self::mount::{CacheSharing, Mount};
pub use self::secret::{Secret, SecretTarget};
pub use self::ssh::Ssh;
use crate::env::Env;
use crate::graph::Output;

/// A command that runs in a container. Its root file system is scratch until it is set.
#[derive(Clone, Debug)]
pub struct Exec {
    args: Vec<String>,
    env: Env,
    cwd: String,
    user: String,
    hostname: String,
    cgroup_parent: String,
    extra_hosts: Vec<pb::HostIp>,
    ulimits: Vec<Ulimit>,
    valid_exit_codes: Vec<i32>,
    network: Network,
    security: Security,
    proxy: Option<Proxy>,
    root: Option<Output>,
    readonly_root: bool,
    mounts: Vec<Mount>,
    secrets: Vec<Secret>,
    ssh: Vec<Ssh>,
    cdi_devices: Vec<pb::CdiDevice>,
}

/// A command without a program to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("arguments are required")]
pub struct EmptyArguments;

/// The network that a command sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// Its own, with access to the outside.
    #[default]
    Sandbox,
    /// The host's. Needs an entitlement.
    Host,
    /// None.
    None,
}

/// What a command may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// What containers may do.
    #[default]
    Sandbox,
    /// Everything. Needs an entitlement.
    Insecure,
}

/// Proxies for a command's environment. They aren't part of the cache key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `http_proxy`.
    pub http: String,
    /// `https_proxy`.
    pub https: String,
    /// `ftp_proxy`.
    pub ftp: String,
    /// `no_proxy`.
    pub no: String,
    /// `all_proxy`.
    pub all: String,
}

/// A limit on what a command's processes may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// The limit's name, as in `nofile`.
    pub name: String,
    /// The limit in force.
    pub soft: i64,
    /// What the limit can be raised to.
    pub hard: i64,
}

/// What a command leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecOutputs {
    /// The root file system after the command; if it is read-only, the one before. None is scratch.
    pub root: Option<Output>,
    /// The mounts that can be written to and are kept, by destination, ordered by it.
    pub mounts: Vec<(String, Output)>,
}

impl ExecOutputs {
    /// What the command leaves behind in the mount at `dest`.
    pub fn mount(&self, dest: &str) -> Option<Output> {
        self.mounts.iter().find(|(other, _)| other == dest).map(|(_, output)| *output)
    }
}

impl Exec {
    /// Runs a program with arguments; the first is the program.
    pub fn new(args: impl IntoIterator<Item: Into<String>>) -> Result<Self, EmptyArguments> {
        let args: Vec<String> = args.into_iter().map(Into::into).collect();
        if args.is_empty() {
            return Err(EmptyArguments);
        }
        Ok(Self {
            args,
            env: Env::default(),
            cwd: "/".to_owned(),
            user: String::new(),
            hostname: String::new(),
            cgroup_parent: String::new(),
            extra_hosts: Vec::new(),
            ulimits: Vec::new(),
            valid_exit_codes: Vec::new(),
            network: Network::default(),
            security: Security::default(),
            proxy: None,
            root: None,
            readonly_root: false,
            mounts: Vec::new(),
            secrets: Vec::new(),
            ssh: Vec::new(),
            cdi_devices: Vec::new(),
        })
    }

    /// Sets the root file system.
    #[must_use]
    pub fn root(mut self, root: impl Into<Option<Output>>) -> Self {
        self.root = root.into();
        self
    }

    /// Makes the root file system read-only.
    #[must_use]
    pub fn readonly_root(mut self) -> Self {
        self.readonly_root = true;
        self
    }

    /// Sets the environment.
    #[must_use]
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Sets the working directory. One that isn't absolute is taken from the root. Default: `/`.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<String>) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Sets the user, as in `USER`: `name`, `uid`, `name:group` or `uid:gid`. Default: root.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// Sets the network. Default: a sandbox.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets what the command may do. Default: what containers may do.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Sets the host name.
    #[must_use]
    pub fn hostname(mut self, hostname: impl Into<String>) -> Self {
        self.hostname = hostname.into();
        self
    }

    /// Adds a host name to `/etc/hosts`. The address is written as it is: give its canonical form.
    #[must_use]
    pub fn extra_host(mut self, host: impl Into<String>, ip: impl Into<String>) -> Self {
        self.extra_hosts.push(pb::HostIp { host: host.into(), ip: ip.into() });
        self
    }

    /// Adds a limit.
    #[must_use]
    pub fn ulimit(mut self, ulimit: Ulimit) -> Self {
        self.ulimits.push(ulimit);
        self
    }

    /// Sets the parent of the container's control group.
    #[must_use]
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.cgroup_parent = parent.into();
        self
    }

    /// Sets the proxies.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Adds a device by its CDI name, as in `vendor.com/gpu=gpu0`.
    #[must_use]
    pub fn cdi_device(mut self, name: impl Into<String>, optional: bool) -> Self {
        self.cdi_devices.push(pb::CdiDevice { name: name.into(), optional });
        self
    }

    /// Adds an exit code that means success (BuildKit 0.17). Without any, that is zero.
    #[must_use]
    pub fn valid_exit_code(mut self, code: i32) -> Self {
        self.valid_exit_codes.push(code);
        self
    }

    /// Adds a mount.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Adds a secret.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Adds the socket of an SSH agent.
    #[must_use]
    pub fn ssh(mut self, ssh: Ssh) -> Self {
        self.ssh.push(ssh);
        self
    }
}
