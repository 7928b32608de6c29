//! Commands.

use buildkit_dockerfile::Lines;
use buildkit_dockerfile::instruction::{self, Sharing};
use buildkit_llb::{
    CacheSharing, Env, Exec, Mount, Network, Output, Proxy, Secret, SecretTarget, Security, Ssh,
    VertexOptions,
};
use buildkit_proto::caps;

use super::{COMMAND, Emitter};
use crate::error::Error;
use crate::eval::step::{MountStep, MountStepKind, RunStep, SecretStep, SshStep};
use crate::given::Vertices;
use crate::wire::PlatformExt as _;

/// What stands for a command without words, which no command is.
const NO_COMMAND: &str = "\0";

impl Emitter<'_> {
    /// A command. One without words has a vertex for others to build on, and is an error where it is part of a result.
    pub(super) fn run(
        &mut self,
        run: &RunStep,
        lines: Option<Lines>,
        options: VertexOptions,
    ) -> Result<Option<Output>, Error> {
        let build = self.given.options();
        let caps = self.given.caps();
        let env: Env = run.env.iter().collect();
        let words = Exec::new(&run.args);
        let wrong = words.as_ref().err().map(ToString::to_string);
        let mut exec = words
            .or_else(|_| Exec::new([NO_COMMAND]))
            .map_err(|error| Error::new(error.to_string()))?
            .root(self.emitted.output(run.root))
            .env(env)
            .cwd(&run.directory)
            .user(&run.user)
            .hostname(&run.hostname)
            .network(network(run))
            .security(match run.security {
                Some(instruction::Security::Insecure) => Security::Insecure,
                Some(instruction::Security::Sandbox) | None => Security::Sandbox,
            });
        for mount in &run.mounts {
            exec = exec.mount(self.mount(mount));
        }
        for step in &run.secrets {
            exec = exec.secret(secret(step));
        }
        for step in &run.ssh {
            exec = exec.ssh(ssh(step));
        }
        for host in &build.extra_hosts {
            exec = exec.extra_host(&host.host, host.ip.to_string());
        }
        if caps.has(caps::EXEC_META_ULIMIT) {
            for limit in &build.ulimits {
                exec = exec.ulimit(limit.clone());
            }
        }
        for (name, optional) in &run.devices {
            exec = exec.cdi_device(name, *optional);
        }
        if caps.has(caps::EXEC_META_CGROUP_PARENT) {
            exec = exec.cgroup_parent(&build.cgroup_parent);
        }
        if let Some(proxy) = self.proxy() {
            exec = exec.proxy(proxy);
        }
        let mut options = options.describe(COMMAND, &run.command);
        if let Some(platform) = &run.platform {
            options = options.platform(platform.to_pb());
        }
        if let Some(resources) = &build.linux_resources
            && caps.has(caps::EXEC_META_LINUX_RESOURCES)
        {
            options = options.linux_resources(resources.clone());
        }
        let output = self.emitted.llb.add(exec, options).root;
        if let (Some(wrong), Some(output)) = (wrong, output) {
            let error = Error::new(wrong).hint("give RUN a command");
            // In what fails, where it is built.
            let error = match self.given.input.vertices {
                Vertices::Built => error.context("failed to marshal LLB definition"),
                Vertices::Shown | Vertices::Unused => error,
            };
            let error = lines.map_or(error.clone(), |lines| error.at(lines));
            self.emitted.broken.push((self.emitted.llb.digest(output.vertex()), error));
        }
        Ok(output)
    }

    fn mount(&self, step: &MountStep) -> Mount {
        let source = self.emitted.output(step.source);
        let mut mount = match &step.kind {
            MountStepKind::Bind => Mount::bind(&step.target, source),
            MountStepKind::Cache { id, sharing } => {
                let sharing = match sharing {
                    Sharing::Shared => CacheSharing::Shared,
                    Sharing::Private => CacheSharing::Private,
                    Sharing::Locked => CacheSharing::Locked,
                };
                Mount::cache(&step.target, source, id, sharing)
            }
            MountStepKind::Tmpfs(size) => Mount::tmpfs(&step.target, *size),
        };
        if !step.selector.is_empty() {
            mount = mount.selector(&step.selector);
        }
        if step.read_only {
            mount.readonly()
        } else if step.kind == MountStepKind::Bind
            && self.given.caps().has(caps::EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT)
        {
            mount.discard()
        } else {
            mount
        }
    }

    /// The proxies that build arguments name, in any case; of several the last by name counts.
    fn proxy(&self) -> Option<Proxy> {
        let mut proxy = Proxy::default();
        let mut set = false;
        for (name, value) in &self.given.build_args {
            let field = match name.to_ascii_lowercase().as_str() {
                "http_proxy" => &mut proxy.http,
                "https_proxy" => &mut proxy.https,
                "ftp_proxy" => &mut proxy.ftp,
                "no_proxy" => &mut proxy.no,
                "all_proxy" => &mut proxy.all,
                _ => continue,
            };
            field.clone_from(value);
            set = true;
        }
        set.then_some(proxy)
    }
}

fn network(run: &RunStep) -> Network {
    match run.network {
        Some(instruction::Network::None) => Network::None,
        Some(instruction::Network::Host) => Network::Host,
        Some(instruction::Network::Default) | None => run.build_network,
    }
}

fn secret(step: &SecretStep) -> Secret {
    let (uid, gid, mode) = step.owner.unwrap_or((0, 0, 0o400));
    Secret {
        id: step.id.clone(),
        target: SecretTarget { file: step.target.clone(), env: step.env.clone(), uid, gid, mode },
        optional: step.optional,
    }
}

fn ssh(step: &SshStep) -> Ssh {
    let mut ssh = Ssh::new(&step.id).optional(step.optional);
    if !step.target.is_empty() {
        ssh = ssh.target(&step.target);
    }
    match step.owner {
        Some((uid, gid, mode)) => ssh.owned(uid, gid, mode),
        None => ssh,
    }
}
