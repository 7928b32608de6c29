//! Vertices as protobuf JSON: defaults are left out, 64-bit numbers are strings, enums are names, bytes are base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use buildkit_proto::pb::{
    BuildOp, CacheOpt, CacheSharingOpt, CdiDevice, ChownOpt, DiffOp, ExecOp, FileAction, HostIp,
    Input, MergeOp, Meta, Mount, MountContentCache, MountType, NetMode, Op, OpMetadata, Platform,
    SecretEnv, SecurityMode, Ulimit, UserOpt, file_action, op, user_opt,
};
use serde_json::{Map, Value, json};

/// A message under construction. Fields with their default value are left out.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn text(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    fn flag(mut self, name: &str, value: bool) -> Self {
        if value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    fn number(mut self, name: &str, value: impl Into<i64>) -> Self {
        let value = value.into();
        if value != 0 {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    fn long(self, name: &str, value: i64) -> Self {
        if value == 0 {
            return self;
        }
        self.text(name, &value.to_string())
    }

    fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.text(name, &BASE64_STANDARD.encode(value))
    }

    /// An enum by the name of its value, or by its number where that is unknown.
    fn choice(mut self, name: &str, value: i32, known: Option<&'static str>) -> Self {
        if value != 0 {
            self.0.insert(name.to_owned(), known.map_or_else(|| value.into(), Value::from));
        }
        self
    }

    fn list<T>(mut self, name: &str, values: &[T], each: impl Fn(&T) -> Value) -> Self {
        if !values.is_empty() {
            self.0.insert(name.to_owned(), values.iter().map(each).collect());
        }
        self
    }

    fn texts(self, name: &str, values: &[String]) -> Self {
        self.list(name, values, |value| value.as_str().into())
    }

    fn map<'a, V: 'a>(
        mut self,
        name: &str,
        entries: impl IntoIterator<Item = (&'a String, &'a V)>,
        each: impl Fn(&V) -> Value,
    ) -> Self {
        let map: Map<String, Value> =
            entries.into_iter().map(|(key, value)| (key.clone(), each(value))).collect();
        if !map.is_empty() {
            self.0.insert(name.to_owned(), map.into());
        }
        self
    }

    fn message<T>(self, name: &str, value: Option<&T>, each: impl Fn(&T) -> Value) -> Self {
        match value {
            Some(value) => self.value(name, each(value)),
            None => self,
        }
    }

    fn value(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    fn done(self) -> Value {
        Value::Object(self.0)
    }
}

/// A vertex.
pub(super) fn op(op: &Op) -> Value {
    let object = Object::default()
        .list("inputs", &op.inputs, input)
        .message("platform", op.platform.as_ref(), platform)
        .message("constraints", op.constraints.as_ref(), |constraints| {
            Object::default().texts("filter", &constraints.filter).done()
        });
    match &op.op {
        None => object,
        Some(op::Op::Exec(op)) => object.value("exec", exec(op)),
        Some(op::Op::Source(op)) => {
            let source = Object::default().text("identifier", &op.identifier).map(
                "attrs",
                &op.attrs,
                |value| value.as_str().into(),
            );
            object.value("source", source.done())
        }
        Some(op::Op::File(op)) => {
            object.value("file", Object::default().list("actions", &op.actions, action).done())
        }
        Some(op::Op::Build(op)) => object.value("build", build(op)),
        Some(op::Op::Merge(op)) => object.value("merge", merge(op)),
        Some(op::Op::Diff(op)) => object.value("diff", diff(op)),
        Some(op::Op::Passthrough(op)) => {
            let passthrough =
                Object::default()
                    .text("id", &op.id)
                    .list("outputs", &op.outputs, |output| output.to_string().into());
            object.value("passthrough", passthrough.done())
        }
    }
    .done()
}

/// What is known about a vertex.
pub(super) fn metadata(metadata: &OpMetadata) -> Value {
    Object::default()
        .flag("ignoreCache", metadata.ignore_cache)
        .map("description", &metadata.description, |value| value.as_str().into())
        .message("exportCache", metadata.export_cache.as_ref(), |export| {
            Object::default().flag("Value", export.value).done()
        })
        .map("caps", &metadata.caps, |value| (*value).into())
        .message("progressGroup", metadata.progress_group.as_ref(), |group| {
            Object::default()
                .text("id", &group.id)
                .text("name", &group.name)
                .flag("weak", group.weak)
                .done()
        })
        .message("linuxResources", metadata.linux_resources.as_ref(), |limits| {
            Object::default()
                .long("memory", limits.memory)
                .long("memorySwap", limits.memory_swap)
                .text("cpuShares", &nonzero(limits.cpu_shares))
                .text("cpuPeriod", &nonzero(limits.cpu_period))
                .long("cpuQuota", limits.cpu_quota)
                .text("cpusetCpus", &limits.cpuset_cpus)
                .text("cpusetMems", &limits.cpuset_mems)
                .done()
        })
        .done()
}

fn nonzero(value: u64) -> String {
    if value == 0 { String::new() } else { value.to_string() }
}

fn input(input: &Input) -> Value {
    Object::default().text("digest", &input.digest).long("index", input.index).done()
}

fn platform(platform: &Platform) -> Value {
    Object::default()
        .text("Architecture", &platform.architecture)
        .text("OS", &platform.os)
        .text("Variant", &platform.variant)
        .text("OSVersion", &platform.os_version)
        .texts("OSFeatures", &platform.os_features)
        .done()
}

fn exec(exec: &ExecOp) -> Value {
    let network = NetMode::try_from(exec.network).ok().map(|mode| mode.as_str_name());
    let security = SecurityMode::try_from(exec.security).ok().map(|mode| mode.as_str_name());
    Object::default()
        .message("meta", exec.meta.as_ref(), meta)
        .list("mounts", &exec.mounts, mount)
        .choice("network", exec.network, network)
        .choice("security", exec.security, security)
        .list("secretenv", &exec.secretenv, |secret: &SecretEnv| {
            Object::default()
                .text("ID", &secret.id)
                .text("name", &secret.name)
                .flag("optional", secret.optional)
                .done()
        })
        .list("cdiDevices", &exec.cdi_devices, |device: &CdiDevice| {
            Object::default().text("name", &device.name).flag("optional", device.optional).done()
        })
        .done()
}

fn meta(meta: &Meta) -> Value {
    Object::default()
        .texts("args", &meta.args)
        .texts("env", &meta.env)
        .text("cwd", &meta.cwd)
        .text("user", &meta.user)
        .message("proxyEnv", meta.proxy_env.as_ref(), |proxy| {
            Object::default()
                .text("httpProxy", &proxy.http_proxy)
                .text("httpsProxy", &proxy.https_proxy)
                .text("ftpProxy", &proxy.ftp_proxy)
                .text("noProxy", &proxy.no_proxy)
                .text("allProxy", &proxy.all_proxy)
                .done()
        })
        .list("extraHosts", &meta.extra_hosts, |host: &HostIp| {
            Object::default().text("Host", &host.host).text("IP", &host.ip).done()
        })
        .text("hostname", &meta.hostname)
        .list("ulimit", &meta.ulimit, |limit: &Ulimit| {
            Object::default()
                .text("Name", &limit.name)
                .long("Soft", limit.soft)
                .long("Hard", limit.hard)
                .done()
        })
        .text("cgroupParent", &meta.cgroup_parent)
        .flag("removeMountStubsRecursive", meta.remove_mount_stubs_recursive)
        .list("validExitCodes", &meta.valid_exit_codes, |code| (*code).into())
        .done()
}

fn mount(mount: &Mount) -> Value {
    let kind = MountType::try_from(mount.mount_type).ok().map(|kind| kind.as_str_name());
    let content =
        MountContentCache::try_from(mount.content_cache).ok().map(|cache| cache.as_str_name());
    Object::default()
        .long("input", mount.input)
        .text("selector", &mount.selector)
        .text("dest", &mount.dest)
        .long("output", mount.output)
        .flag("readonly", mount.readonly)
        .choice("mountType", mount.mount_type, kind)
        .message("TmpfsOpt", mount.tmpfs_opt.as_ref(), |tmpfs| {
            Object::default().long("size", tmpfs.size).done()
        })
        .message("cacheOpt", mount.cache_opt.as_ref(), cache)
        .message("secretOpt", mount.secret_opt.as_ref(), |secret| {
            credential(&secret.id, secret.uid, secret.gid, secret.mode, secret.optional)
        })
        .message("SSHOpt", mount.ssh_opt.as_ref(), |ssh| {
            credential(&ssh.id, ssh.uid, ssh.gid, ssh.mode, ssh.optional)
        })
        .text("resultID", &mount.result_id)
        .choice("contentCache", mount.content_cache, content)
        .done()
}

fn cache(cache: &CacheOpt) -> Value {
    let sharing = CacheSharingOpt::try_from(cache.sharing).ok().map(|mode| mode.as_str_name());
    Object::default().text("ID", &cache.id).choice("sharing", cache.sharing, sharing).done()
}

fn credential(id: &str, uid: u32, gid: u32, mode: u32, optional: bool) -> Value {
    Object::default()
        .text("ID", id)
        .number("uid", uid)
        .number("gid", gid)
        .number("mode", mode)
        .flag("optional", optional)
        .done()
}

fn action(file: &FileAction) -> Value {
    let object = Object::default()
        .long("input", file.input)
        .long("secondaryInput", file.secondary_input)
        .long("output", file.output);
    match &file.action {
        None => object,
        Some(file_action::Action::Copy(copy)) => {
            let copy = Object::default()
                .text("src", &copy.src)
                .text("dest", &copy.dest)
                .message("owner", copy.owner.as_ref(), owner)
                .number("mode", copy.mode)
                .flag("followSymlink", copy.follow_symlink)
                .flag("dirCopyContents", copy.dir_copy_contents)
                .flag("attemptUnpackDockerCompatibility", copy.attempt_unpack_docker_compatibility)
                .flag("createDestPath", copy.create_dest_path)
                .flag("allowWildcard", copy.allow_wildcard)
                .flag("allowEmptyWildcard", copy.allow_empty_wildcard)
                .long("timestamp", copy.timestamp)
                .texts("includePatterns", &copy.include_patterns)
                .texts("excludePatterns", &copy.exclude_patterns)
                .flag("alwaysReplaceExistingDestPaths", copy.always_replace_existing_dest_paths)
                .text("modeStr", &copy.mode_str)
                .texts("requiredPaths", &copy.required_paths);
            object.value("copy", copy.done())
        }
        Some(file_action::Action::Mkfile(file)) => {
            let file = Object::default()
                .text("path", &file.path)
                .number("mode", file.mode)
                .bytes("data", &file.data)
                .message("owner", file.owner.as_ref(), owner)
                .long("timestamp", file.timestamp);
            object.value("mkfile", file.done())
        }
        Some(file_action::Action::Mkdir(dir)) => {
            let dir = Object::default()
                .text("path", &dir.path)
                .number("mode", dir.mode)
                .flag("makeParents", dir.make_parents)
                .message("owner", dir.owner.as_ref(), owner)
                .long("timestamp", dir.timestamp);
            object.value("mkdir", dir.done())
        }
        Some(file_action::Action::Rm(rm)) => {
            let rm = Object::default()
                .text("path", &rm.path)
                .flag("allowNotFound", rm.allow_not_found)
                .flag("allowWildcard", rm.allow_wildcard);
            object.value("rm", rm.done())
        }
        Some(file_action::Action::Symlink(link)) => {
            let link = Object::default()
                .text("oldpath", &link.oldpath)
                .text("newpath", &link.newpath)
                .message("owner", link.owner.as_ref(), owner)
                .long("timestamp", link.timestamp);
            object.value("symlink", link.done())
        }
    }
    .done()
}

fn owner(owner: &ChownOpt) -> Value {
    Object::default()
        .message("user", owner.user.as_ref(), user)
        .message("group", owner.group.as_ref(), user)
        .done()
}

fn user(user: &UserOpt) -> Value {
    match &user.user {
        None => json!({}),
        Some(user_opt::User::ByName(named)) => {
            let named = Object::default().text("name", &named.name).long("input", named.input);
            json!({"byName": named.done()})
        }
        // A field of a oneof is there even if it is 0.
        Some(user_opt::User::ById(id)) => json!({"byID": id}),
    }
}

fn build(build: &BuildOp) -> Value {
    Object::default()
        .long("builder", build.builder)
        .map("inputs", &build.inputs, |input| Object::default().long("input", input.input).done())
        .map("attrs", &build.attrs, |value| value.as_str().into())
        .done()
}

fn merge(merge: &MergeOp) -> Value {
    Object::default()
        .list("inputs", &merge.inputs, |input| Object::default().long("input", input.input).done())
        .done()
}

fn diff(diff: &DiffOp) -> Value {
    Object::default()
        .message("lower", diff.lower.as_ref(), |lower| {
            Object::default().long("input", lower.input).done()
        })
        .message("upper", diff.upper.as_ref(), |upper| {
            Object::default().long("input", upper.input).done()
        })
        .done()
}
