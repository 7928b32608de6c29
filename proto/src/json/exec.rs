//! Commands.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, CacheSharingOpt, MountContentCache, MountType, NetMode, SecurityMode};

impl ToJson for pb::ExecOp {
    fn to_json(&self) -> Value {
        let Self { network, security, meta, mounts, secretenv, cdi_devices } = self;
        let network_name = NetMode::try_from(*network).ok().map(|value| value.as_str_name());
        let security_name = SecurityMode::try_from(*security).ok().map(|value| value.as_str_name());
        Object::default()
            .message("meta", meta.as_ref())
            .messages("mounts", mounts)
            .choice("network", *network, network_name)
            .choice("security", *security, security_name)
            .messages("secretenv", secretenv)
            .messages("cdiDevices", cdi_devices)
            .build()
    }
}

impl ToJson for pb::Meta {
    fn to_json(&self) -> Value {
        let Self {
            args,
            env,
            cwd,
            user,
            proxy_env,
            extra_hosts,
            hostname,
            ulimit,
            cgroup_parent,
            remove_mount_stubs_recursive,
            valid_exit_codes,
        } = self;
        Object::default()
            .texts("args", args)
            .texts("env", env)
            .string("cwd", cwd)
            .string("user", user)
            .message("proxyEnv", proxy_env.as_ref())
            .messages("extraHosts", extra_hosts)
            .string("hostname", hostname)
            .messages("ulimit", ulimit)
            .string("cgroupParent", cgroup_parent)
            .bool("removeMountStubsRecursive", *remove_mount_stubs_recursive)
            .list("validExitCodes", valid_exit_codes.iter().map(|code| (*code).into()))
            .build()
    }
}

impl ToJson for pb::ProxyEnv {
    fn to_json(&self) -> Value {
        let Self { http_proxy, https_proxy, ftp_proxy, no_proxy, all_proxy } = self;
        Object::default()
            .string("httpProxy", http_proxy)
            .string("httpsProxy", https_proxy)
            .string("ftpProxy", ftp_proxy)
            .string("noProxy", no_proxy)
            .string("allProxy", all_proxy)
            .build()
    }
}

impl ToJson for pb::HostIp {
    fn to_json(&self) -> Value {
        let Self { host, ip } = self;
        Object::default().string("Host", host).string("IP", ip).build()
    }
}

impl ToJson for pb::Ulimit {
    fn to_json(&self) -> Value {
        let Self { name, soft, hard } = self;
        Object::default().string("Name", name).long("Soft", *soft).long("Hard", *hard).build()
    }
}

impl ToJson for pb::SecretEnv {
    fn to_json(&self) -> Value {
        let Self { id, name, optional } = self;
        Object::default().string("ID", id).string("name", name).bool("optional", *optional).build()
    }
}

impl ToJson for pb::CdiDevice {
    fn to_json(&self) -> Value {
        let Self { name, optional } = self;
        Object::default().string("name", name).bool("optional", *optional).build()
    }
}

impl ToJson for pb::Mount {
    fn to_json(&self) -> Value {
        let Self {
            mount_type,
            content_cache,
            input,
            selector,
            dest,
            output,
            readonly,
            tmpfs_opt,
            cache_opt,
            secret_opt,
            ssh_opt,
            result_id,
        } = self;
        let mount_type_name =
            MountType::try_from(*mount_type).ok().map(|value| value.as_str_name());
        let content_cache_name =
            MountContentCache::try_from(*content_cache).ok().map(|value| value.as_str_name());
        Object::default()
            .long("input", *input)
            .string("selector", selector)
            .string("dest", dest)
            .long("output", *output)
            .bool("readonly", *readonly)
            .choice("mountType", *mount_type, mount_type_name)
            .message("TmpfsOpt", tmpfs_opt.as_ref())
            .message("cacheOpt", cache_opt.as_ref())
            .message("secretOpt", secret_opt.as_ref())
            .message("SSHOpt", ssh_opt.as_ref())
            .string("resultID", result_id)
            .choice("contentCache", *content_cache, content_cache_name)
            .build()
    }
}

impl ToJson for pb::TmpfsOpt {
    fn to_json(&self) -> Value {
        let Self { size } = self;
        Object::default().long("size", *size).build()
    }
}

impl ToJson for pb::CacheOpt {
    fn to_json(&self) -> Value {
        let Self { sharing, id } = self;
        let sharing_name =
            CacheSharingOpt::try_from(*sharing).ok().map(|value| value.as_str_name());
        Object::default().string("ID", id).choice("sharing", *sharing, sharing_name).build()
    }
}

impl ToJson for pb::SecretOpt {
    fn to_json(&self) -> Value {
        let Self { id, uid, gid, mode, optional } = self;
        Object::default()
            .string("ID", id)
            .number("uid", *uid)
            .number("gid", *gid)
            .number("mode", *mode)
            .bool("optional", *optional)
            .build()
    }
}

impl ToJson for pb::SshOpt {
    fn to_json(&self) -> Value {
        let Self { id, uid, gid, mode, optional } = self;
        Object::default()
            .string("ID", id)
            .number("uid", *uid)
            .number("gid", *gid)
            .number("mode", *mode)
            .bool("optional", *optional)
            .build()
    }
}
