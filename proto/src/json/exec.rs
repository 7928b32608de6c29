//! Commands.

use serde_json::Value;

use super::ToJson;
use super::object::Object;
use crate::pb::{self, CacheSharingOpt, MountContentCache, MountType, NetMode, SecurityMode};

impl ToJson for pb::ExecOp {
    fn to_json(&self) -> Value {
        let network = NetMode::try_from(self.network).ok();
        let security = SecurityMode::try_from(self.security).ok();
        Object::default()
            .message("meta", self.meta.as_ref())
            .messages("mounts", &self.mounts)
            .choice("network", self.network, network.map(|mode| mode.as_str_name()))
            .choice("security", self.security, security.map(|mode| mode.as_str_name()))
            .messages("secretenv", &self.secretenv)
            .messages("cdiDevices", &self.cdi_devices)
            .build()
    }
}

impl ToJson for pb::Meta {
    fn to_json(&self) -> Value {
        Object::default()
            .texts("args", &self.args)
            .texts("env", &self.env)
            .string("cwd", &self.cwd)
            .string("user", &self.user)
            .message("proxyEnv", self.proxy_env.as_ref())
            .messages("extraHosts", &self.extra_hosts)
            .string("hostname", &self.hostname)
            .messages("ulimit", &self.ulimit)
            .string("cgroupParent", &self.cgroup_parent)
            .bool("removeMountStubsRecursive", self.remove_mount_stubs_recursive)
            .list("validExitCodes", self.valid_exit_codes.iter().map(|code| (*code).into()))
            .build()
    }
}

impl ToJson for pb::ProxyEnv {
    fn to_json(&self) -> Value {
        Object::default()
            .string("httpProxy", &self.http_proxy)
            .string("httpsProxy", &self.https_proxy)
            .string("ftpProxy", &self.ftp_proxy)
            .string("noProxy", &self.no_proxy)
            .string("allProxy", &self.all_proxy)
            .build()
    }
}

impl ToJson for pb::HostIp {
    fn to_json(&self) -> Value {
        Object::default().string("Host", &self.host).string("IP", &self.ip).build()
    }
}

impl ToJson for pb::Ulimit {
    fn to_json(&self) -> Value {
        Object::default()
            .string("Name", &self.name)
            .long("Soft", self.soft)
            .long("Hard", self.hard)
            .build()
    }
}

impl ToJson for pb::SecretEnv {
    fn to_json(&self) -> Value {
        Object::default()
            .string("ID", &self.id)
            .string("name", &self.name)
            .bool("optional", self.optional)
            .build()
    }
}

impl ToJson for pb::CdiDevice {
    fn to_json(&self) -> Value {
        Object::default().string("name", &self.name).bool("optional", self.optional).build()
    }
}

impl ToJson for pb::Mount {
    fn to_json(&self) -> Value {
        let kind = MountType::try_from(self.mount_type).ok();
        let cache = MountContentCache::try_from(self.content_cache).ok();
        Object::default()
            .long("input", self.input)
            .string("selector", &self.selector)
            .string("dest", &self.dest)
            .long("output", self.output)
            .bool("readonly", self.readonly)
            .choice("mountType", self.mount_type, kind.map(|kind| kind.as_str_name()))
            .message("TmpfsOpt", self.tmpfs_opt.as_ref())
            .message("cacheOpt", self.cache_opt.as_ref())
            .message("secretOpt", self.secret_opt.as_ref())
            .message("SSHOpt", self.ssh_opt.as_ref())
            .string("resultID", &self.result_id)
            .choice("contentCache", self.content_cache, cache.map(|cache| cache.as_str_name()))
            .build()
    }
}

impl ToJson for pb::TmpfsOpt {
    fn to_json(&self) -> Value {
        Object::default().long("size", self.size).build()
    }
}

impl ToJson for pb::CacheOpt {
    fn to_json(&self) -> Value {
        let sharing = CacheSharingOpt::try_from(self.sharing).ok();
        Object::default()
            .string("ID", &self.id)
            .choice("sharing", self.sharing, sharing.map(|sharing| sharing.as_str_name()))
            .build()
    }
}

impl ToJson for pb::SecretOpt {
    fn to_json(&self) -> Value {
        Object::default()
            .string("ID", &self.id)
            .number("uid", self.uid)
            .number("gid", self.gid)
            .number("mode", self.mode)
            .bool("optional", self.optional)
            .build()
    }
}

impl ToJson for pb::SshOpt {
    fn to_json(&self) -> Value {
        Object::default()
            .string("ID", &self.id)
            .number("uid", self.uid)
            .number("gid", self.gid)
            .number("mode", self.mode)
            .bool("optional", self.optional)
            .build()
    }
}
