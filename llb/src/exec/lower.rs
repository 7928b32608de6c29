//! Commands, as they go over the wire.

use std::collections::BTreeSet;

use buildkit_proto::pb::{self, NetMode, SecurityMode};
use buildkit_proto::{apicaps::CapSet, caps};

use super::mount::Kind;
use super::{Exec, ExecOutputs, Mount, Network, Secret, Security, Ssh};
use crate::env::Env;
use crate::graph::Operation;
use crate::graph::{Graph, Inputs, Lowered, Output, wire_index};
use crate::options::VertexOptions;
use crate::path;

/// A mount that has no output.
const SKIP_OUTPUT: i64 = -1;
/// The variable that tells programs where the SSH agent is.
const SSH_AUTH_SOCK: &str = "SSH_AUTH_SOCK";
/// What daemons that don't set a default `PATH` are given.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where the root file system is mounted.
const ROOT: &str = "/";

impl Operation for Exec {
    type Added = ExecOutputs;

    fn add_to(mut self, graph: &mut Graph, options: VertexOptions) -> ExecOutputs {
        let mut caps = self.caps();
        if options.linux_resources.is_some() {
            caps.insert(caps::EXEC_META_LINUX_RESOURCES);
        }
        let os = options.platform.as_ref().unwrap_or(graph.platform()).os.clone();
        self.settle_env(&os, graph.caps(), &mut caps);

        let root = self.root;
        let readonly_root = self.readonly_root;
        let mounts = self.sorted_mounts();
        let needs = mounts.iter().filter_map(|mount| mount.source).collect();
        let mut inputs = Inputs::default();
        let mut outputs: Vec<(String, i64)> = Vec::new();
        let mut wired = Vec::with_capacity(mounts.len() + self.secrets.len() + self.ssh.len());
        for mount in mounts {
            let input = inputs.index(graph, mount.source);
            let output = if mount.has_output() {
                let index = wire_index(outputs.len());
                outputs.push((mount.dest.clone(), index));
                index
            } else {
                SKIP_OUTPUT
            };
            wired.push(mount.into_pb(input, output));
        }
        wired.extend(self.secrets.iter().filter_map(Secret::to_mount));
        wired.extend(std::mem::take(&mut self.ssh).into_iter().map(Ssh::into_mount));

        let op = pb::op::Op::Exec(self.into_pb(wired));
        let inputs = inputs.into_outputs();
        let vertex =
            graph.insert(Lowered { inputs, op, platform_specific: true, caps, needs }, options);

        let mut mounts: Vec<(String, Output)> =
            outputs.into_iter().map(|(dest, index)| (dest, vertex.output(index))).collect();
        if readonly_root {
            return ExecOutputs { root, mounts };
        }
        let written = mounts.iter().position(|(dest, _)| dest == ROOT);
        ExecOutputs { root: written.map(|index| mounts.remove(index).1), mounts }
    }
}

impl Exec {
    /// The capabilities that the command needs, but for those that depend on the graph.
    fn caps(&self) -> BTreeSet<&'static str> {
        let mut needed = BTreeSet::new();
        needed.insert(caps::EXEC_META_BASE);
        let mut need = |condition: bool, cap: &'static str| {
            if condition {
                needed.insert(cap);
            }
        };
        need(!self.valid_exit_codes.is_empty(), caps::EXEC_VALID_EXIT_CODE);
        need(!self.ulimits.is_empty(), caps::EXEC_META_ULIMIT);
        need(self.network != Network::Sandbox, caps::EXEC_META_NETWORK);
        need(self.security != Security::Sandbox, caps::EXEC_META_SECURITY);
        need(self.proxy.is_some(), caps::EXEC_META_PROXY);
        need(!self.cdi_devices.is_empty(), caps::EXEC_META_CDI);
        need(!self.secrets.is_empty(), caps::EXEC_MOUNT_SECRET);
        need(self.secrets.iter().any(|secret| secret.target.env.is_some()), caps::EXEC_SECRET_ENV);
        need(!self.ssh.is_empty(), caps::EXEC_MOUNT_SSH);
        need(self.root.is_some(), caps::EXEC_MOUNT_BIND);
        for mount in &self.mounts {
            need(!mount.selector.is_empty(), caps::EXEC_MOUNT_SELECTOR);
            match &mount.kind {
                Kind::Cache { .. } => {
                    need(true, caps::EXEC_MOUNT_CACHE);
                    need(true, caps::EXEC_MOUNT_CACHE_SHARING);
                }
                Kind::Tmpfs { size } => {
                    need(true, caps::EXEC_MOUNT_TMPFS);
                    need(*size > 0, caps::EXEC_MOUNT_TMPFS_SIZE);
                }
                Kind::Bind => need(mount.source.is_some(), caps::EXEC_MOUNT_BIND),
            }
        }
        needed
    }

    /// Adds what the environment gets from SSH sockets and from the daemon's capabilities.
    fn settle_env(
        &mut self,
        os: &str,
        daemon: Option<&CapSet>,
        needed: &mut BTreeSet<&'static str>,
    ) {
        for (index, ssh) in self.ssh.iter_mut().enumerate() {
            ssh.target.get_or_insert_with(|| format!("/run/buildkit/ssh_agent.{index}"));
        }
        if let Some(target) = self.ssh.first().and_then(|ssh| ssh.target.clone()) {
            set_default(&mut self.env, SSH_AUTH_SOCK, &target);
        }
        match daemon {
            Some(daemon) if daemon.has(caps::EXEC_META_SETS_DEFAULT_PATH) => {
                needed.insert(caps::EXEC_META_SETS_DEFAULT_PATH);
            }
            Some(_) if os != "windows" => set_default(&mut self.env, "PATH", DEFAULT_PATH),
            Some(_) | None => {}
        }
    }

    /// All mounts, the root's included, ordered by destination: equal ones stay in order.
    fn sorted_mounts(&mut self) -> Vec<Mount> {
        let root = Mount::bind(ROOT, self.root);
        let mut mounts = vec![if self.readonly_root { root.readonly() } else { root }];
        mounts.append(&mut self.mounts);
        aliasfront_gotext::sort::stable_by(&mut mounts, |a, b| a.dest.cmp(&b.dest));
        mounts
    }

    fn into_pb(self, mounts: Vec<pb::Mount>) -> pb::ExecOp {
        let meta = pb::Meta {
            args: self.args,
            env: self.env.into_words(),
            cwd: if self.cwd.starts_with('/') { self.cwd } else { path::resolve("", &self.cwd) },
            user: self.user,
            proxy_env: self.proxy.map(|proxy| pb::ProxyEnv {
                http_proxy: proxy.http,
                https_proxy: proxy.https,
                ftp_proxy: proxy.ftp,
                no_proxy: proxy.no,
                all_proxy: proxy.all,
            }),
            extra_hosts: self.extra_hosts,
            hostname: self.hostname,
            ulimit: self
                .ulimits
                .into_iter()
                .map(|limit| pb::Ulimit { name: limit.name, soft: limit.soft, hard: limit.hard })
                .collect(),
            cgroup_parent: self.cgroup_parent,
            // The reference sets it whatever the daemon can do; older daemons skip unknown fields.
            remove_mount_stubs_recursive: true,
            valid_exit_codes: self.valid_exit_codes,
        };
        pb::ExecOp {
            meta: Some(meta),
            mounts,
            network: match self.network {
                Network::Sandbox => NetMode::Unset,
                Network::Host => NetMode::Host,
                Network::None => NetMode::None,
            }
            .into(),
            security: match self.security {
                Security::Sandbox => SecurityMode::Sandbox,
                Security::Insecure => SecurityMode::Insecure,
            }
            .into(),
            secretenv: self.secrets.into_iter().filter_map(Secret::into_env).collect(),
            cdi_devices: self.cdi_devices,
        }
    }
}

/// Sets a variable if it isn't set.
fn set_default(env: &mut Env, name: &str, value: &str) {
    if env.get(name).is_none() {
        env.set(name, value);
    }
}

impl Mount {
    fn into_pb(self, input: i64, output: i64) -> pb::Mount {
        let mount = pb::Mount {
            input,
            selector: self.selector,
            dest: self.dest,
            output,
            readonly: self.readonly,
            ..pb::Mount::default()
        };
        match self.kind {
            Kind::Bind => mount,
            Kind::Cache { id, sharing } => pb::Mount {
                mount_type: pb::MountType::Cache.into(),
                cache_opt: Some(pb::CacheOpt { id, sharing: sharing.to_pb().into() }),
                ..mount
            },
            Kind::Tmpfs { size } => pb::Mount {
                mount_type: pb::MountType::Tmpfs.into(),
                tmpfs_opt: Some(pb::TmpfsOpt { size }),
                ..mount
            },
        }
    }
}

impl Secret {
    fn to_mount(&self) -> Option<pb::Mount> {
        let target = &self.target;
        Some(pb::Mount {
            input: Inputs::EMPTY,
            dest: target.file.clone()?,
            mount_type: pb::MountType::Secret.into(),
            secret_opt: Some(pb::SecretOpt {
                id: self.id.clone(),
                uid: target.uid,
                gid: target.gid,
                mode: target.mode,
                optional: self.optional,
            }),
            ..pb::Mount::default()
        })
    }

    fn into_env(self) -> Option<pb::SecretEnv> {
        Some(pb::SecretEnv { id: self.id, name: self.target.env?, optional: self.optional })
    }
}

impl Ssh {
    fn into_mount(self) -> pb::Mount {
        pb::Mount {
            input: Inputs::EMPTY,
            dest: self.target.unwrap_or_default(),
            mount_type: pb::MountType::Ssh.into(),
            ssh_opt: Some(pb::SshOpt {
                id: self.id,
                uid: self.uid,
                gid: self.gid,
                mode: self.mode,
                optional: self.optional,
            }),
            ..pb::Mount::default()
        }
    }
}
