//! The recorded cases, built again with this crate: every vertex of theirs is made by the builder
//! from what its JSON says, and comes out with the recorded digest and metadata.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{
    CacheSharing, CapSet, Chmod, Chown, Copy, Env, Exec, File, Git, Graph, Http, Local, Merge,
    Mkdir, Mkfile, Mount, Network, Output, Owner, Platform, ProgressGroup, Proxy, ResolveMode,
    Secret, Security, Source, Ssh, Ulimit, VertexOptions,
};
use buildkit_proto::caps;
use buildkit_proto::json::ToJson;
use buildkit_proto::pb::{self, file_action, op, user_opt};
use serde_json::Value;

#[test]
fn recorded_cases_come_out_the_same() {
    let mut count = 0;
    for (name, case) in support::recordings() {
        let Some(refs) = case["refs"].as_object() else { continue };
        for (key, vertices) in refs {
            let head = case["heads"][key].as_str();
            Rebuild::new(&name, vertices.as_array().unwrap()).check(head);
            count += 1;
        }
    }
    assert!(count > 100, "only {count} definitions found");
}

/// A recorded definition that is built again.
struct Rebuild<'a> {
    case: &'a str,
    recorded: BTreeMap<&'a str, &'a Value>,
    graph: Graph,
    /// The root output of what has been built, by digest.
    built: BTreeMap<&'a str, Vec<Output>>,
}

impl<'a> Rebuild<'a> {
    fn new(case: &'a str, vertices: &'a [Value]) -> Self {
        let recorded =
            vertices.iter().map(|vertex| (vertex["digest"].as_str().unwrap(), vertex)).collect();
        let all = CapSet::of(caps::LLB.iter().map(|cap| cap.id));
        let graph = Graph::new(Platform::default()).with_caps(all);
        Self { case, recorded, graph, built: BTreeMap::new() }
    }

    fn check(mut self, head: Option<&str>) {
        let recorded = self.recorded.clone();
        for digest in recorded.keys() {
            self.build(digest);
        }
        let Some(head) = head.filter(|head| !head.is_empty()) else { return };
        let definition = self.graph.definition(self.built[head][0]);
        assert_eq!(definition.head().unwrap().to_string(), head, "{}", self.case);
        let mut expected: BTreeMap<String, &Value> =
            recorded.iter().map(|(digest, vertex)| ((*digest).to_owned(), *vertex)).collect();
        for (digest, metadata) in &definition.metadata {
            match expected.remove(&digest.to_string()) {
                Some(vertex) => assert_eq!(metadata.to_json(), vertex["meta"], "{}", self.case),
                // The vertex that names the result isn't among the recorded ones.
                None => assert!(metadata.caps.contains_key(caps::CONSTRAINTS), "{}", self.case),
            }
        }
        assert!(expected.is_empty(), "{}: missing {:?}", self.case, expected.keys());
        let positions: BTreeSet<String> = BTreeSet::new();
        definition.def.iter().fold(positions, |mut before, bytes| {
            let op: pb::Op = prost::Message::decode(bytes.as_slice()).unwrap();
            assert!(op.inputs.iter().all(|input| before.contains(&input.digest)), "{}", self.case);
            before.insert(buildkit_llb::Digest::of(bytes).to_string());
            before
        });
    }

    /// Builds a vertex, after those it needs.
    fn build(&mut self, digest: &'a str) {
        if self.built.contains_key(digest) {
            return;
        }
        let vertex = self.recorded[digest];
        for input in vertex["op"]["inputs"].as_array().into_iter().flatten() {
            self.build(input["digest"].as_str().unwrap());
        }
        let op = support::op_from_json(&vertex["op"]);
        let options = options(&op, &vertex["meta"]);
        let inputs: Vec<Output> = op.inputs.iter().map(|input| self.output(input)).collect();
        let outputs = match op.op.unwrap() {
            op::Op::Source(source) => vec![add_source(&mut self.graph, source, options)],
            op::Op::Exec(exec) => {
                let added = self.graph.add(exec_of(exec, &inputs), options);
                added.root.into_iter().chain(added.mounts.into_iter().map(|(_, o)| o)).collect()
            }
            op::Op::File(file) => vec![self.graph.add(file_of(file, &inputs), options)],
            op::Op::Merge(_) => vec![self.graph.add(Merge::new(inputs), options).unwrap()],
            other => panic!("{}: {other:?} isn't recorded", self.case),
        };
        let built = self.graph.digest(outputs[0].vertex()).to_string();
        assert_eq!(built, digest, "{}: {}", self.case, vertex["op"]);
        self.built.insert(digest, outputs);
    }

    fn output(&self, input: &pb::Input) -> Output {
        self.built[input.digest.as_str()][usize::try_from(input.index).unwrap()]
    }
}

fn options(op: &pb::Op, meta: &Value) -> VertexOptions {
    let mut options = VertexOptions {
        platform: op.platform.clone(),
        ignore_cache: meta["ignoreCache"].as_bool().unwrap_or_default(),
        ..VertexOptions::default()
    };
    for (key, text) in meta["description"].as_object().into_iter().flatten() {
        options = options.describe(key, text.as_str().unwrap());
    }
    if let Some(group) = meta["progressGroup"].as_object() {
        let text = |key| group.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        options.progress_group = Some(ProgressGroup {
            id: text("id"),
            name: text("name"),
            weak: group.contains_key("weak"),
        });
    }
    options
}

fn add_source(graph: &mut Graph, source: pb::SourceOp, options: VertexOptions) -> Output {
    let pb::SourceOp { identifier, mut attrs } = source;
    let mut take = |key: &str| attrs.remove(key);
    let (scheme, rest) = identifier.split_once("://").unwrap();
    let added = match scheme {
        "docker-image" => {
            let mode = match take("image.resolvemode").as_deref() {
                None => ResolveMode::Default,
                Some("pull") => ResolveMode::Pull,
                Some("local") => ResolveMode::Local,
                Some(other) => panic!("{other}"),
            };
            graph.add(Source::image(rest).resolve_mode(mode), options)
        }
        "local" => {
            let list = |text: Option<String>| -> Vec<String> {
                text.map_or_else(Vec::new, |text| serde_json::from_str(&text).unwrap())
            };
            let local = Local::new(rest)
                .session(take("local.session").unwrap())
                .follow(list(take("local.followpaths")))
                .exclude(list(take("local.excludepatterns")))
                .shared_key(take("local.sharedkeyhint").unwrap_or_default());
            graph.add(local, options)
        }
        "http" | "https" => {
            let http = Http::new(&identifier)
                .filename(take("http.filename").unwrap())
                .checksum(take("http.checksum").unwrap_or_default());
            graph.add(http, options)
        }
        "git" => {
            let url = take("git.fullurl").unwrap();
            let git = Git::new(&url)
                .fragment(rest.split_once('#').map_or("", |(_, fragment)| fragment))
                .keep_git_dir(take("git.keepgitdir").is_some())
                .checksum(take("git.checksum").unwrap_or_default());
            // What every repository has.
            take("git.authtokensecret").unwrap();
            take("git.authheadersecret").unwrap();
            take("git.mountsshsock");
            graph.add(git, options)
        }
        other => panic!("{other} isn't recorded"),
    };
    assert!(attrs.is_empty(), "{attrs:?}");
    added
}

fn exec_of(exec: pb::ExecOp, inputs: &[Output]) -> Exec {
    let input = |index: i64| usize::try_from(index).ok().map(|index| inputs[index]);
    let meta = exec.meta.unwrap();
    let mut variables: Vec<(String, String)> = meta
        .env
        .iter()
        .map(|word| word.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // The builder sets it if there are sockets.
    variables.retain(|(name, _)| name != "SSH_AUTH_SOCK");
    let mut built = Exec::new(meta.args)
        .unwrap()
        .env(Env::from_iter(variables))
        .cwd(meta.cwd)
        .user(meta.user)
        .hostname(meta.hostname)
        .cgroup_parent(meta.cgroup_parent)
        .network(match exec.network {
            0 => Network::Sandbox,
            1 => Network::Host,
            _ => Network::None,
        })
        .security(if exec.security == 0 { Security::Sandbox } else { Security::Insecure });
    if let Some(proxy) = meta.proxy_env {
        built = built.proxy(Proxy {
            http: proxy.http_proxy,
            https: proxy.https_proxy,
            ftp: proxy.ftp_proxy,
            no: proxy.no_proxy,
            all: proxy.all_proxy,
        });
    }
    for host in meta.extra_hosts {
        built = built.extra_host(host.host, host.ip);
    }
    for limit in meta.ulimit {
        built = built.ulimit(Ulimit { name: limit.name, soft: limit.soft, hard: limit.hard });
    }
    for secret in exec.secretenv {
        built = built.secret(Secret::env(secret.id, secret.name).optional(secret.optional));
    }
    // The builder orders file systems, but neither secrets nor sockets.
    let (mut mounts, others): (Vec<pb::Mount>, _) = exec
        .mounts
        .into_iter()
        .partition(|mount| mount.secret_opt.is_none() && mount.ssh_opt.is_none());
    mounts.reverse();
    for mount in mounts.into_iter().chain(others) {
        built = if mount.dest == "/" {
            built.root(input(mount.input))
        } else if let Some(secret) = mount.secret_opt {
            let target = Secret::file(secret.id, mount.dest);
            let target = target.owned(secret.uid, secret.gid, secret.mode);
            built.secret(target.optional(secret.optional))
        } else if let Some(ssh) = mount.ssh_opt {
            let socket = Ssh::new(ssh.id).owned(ssh.uid, ssh.gid, ssh.mode).optional(ssh.optional);
            let named = !mount.dest.starts_with("/run/buildkit/");
            built.ssh(if named { socket.target(mount.dest) } else { socket })
        } else {
            let target = if let Some(cache) = mount.cache_opt {
                let sharing = match cache.sharing {
                    0 => CacheSharing::Shared,
                    1 => CacheSharing::Private,
                    _ => CacheSharing::Locked,
                };
                Mount::cache(mount.dest, input(mount.input), cache.id, sharing)
            } else if let Some(tmpfs) = mount.tmpfs_opt {
                Mount::tmpfs(mount.dest, tmpfs.size)
            } else {
                Mount::bind(mount.dest, input(mount.input))
            };
            let target = target.selector(mount.selector);
            let target = if mount.output < 0 { target.discard() } else { target };
            built.mount(if mount.readonly { target.readonly() } else { target })
        };
    }
    built
}

fn file_of(file: pb::FileOp, inputs: &[Output]) -> File {
    let input = |index: i64| usize::try_from(index).ok().map(|index| inputs[index]);
    let mut built = File::on(input(file.actions[0].input));
    for action in file.actions {
        built = match action.action.unwrap() {
            file_action::Action::Copy(copy) => {
                built.copy(copy_of(copy, input(action.secondary_input)))
            }
            file_action::Action::Mkdir(mkdir) => {
                let new = Mkdir::new(mkdir.path, mkdir.mode.cast_unsigned());
                let new = new.chown(mkdir.owner.map(chown)).time(time(mkdir.timestamp));
                built.mkdir(if mkdir.make_parents { new.parents() } else { new })
            }
            file_action::Action::Mkfile(mkfile) => {
                let new = Mkfile::new(mkfile.path, mkfile.mode.cast_unsigned(), mkfile.data);
                built.mkfile(new.chown(mkfile.owner.map(chown)).time(time(mkfile.timestamp)))
            }
            other => panic!("{other:?} isn't recorded"),
        };
    }
    built
}

fn copy_of(copy: pb::FileActionCopy, source: Option<Output>) -> Copy {
    let chmod = match copy.mode {
        -1 => None,
        _ if !copy.mode_str.is_empty() => Some(Chmod::Symbolic(copy.mode_str)),
        mode => Some(Chmod::Octal(mode.cast_unsigned())),
    };
    let mut built = Copy::new(source, copy.src, copy.dest)
        .chmod(chmod)
        .chown(copy.owner.map(chown))
        .time(time(copy.timestamp))
        .include(copy.include_patterns)
        .exclude(copy.exclude_patterns)
        .require(copy.required_paths)
        .unpack(copy.attempt_unpack_docker_compatibility);
    let mut switch = |on: bool, switch: fn(Copy) -> Copy| {
        if on {
            built = switch(built.clone());
        }
    };
    switch(copy.follow_symlink, Copy::follow_symlinks);
    switch(copy.dir_copy_contents, Copy::dir_contents);
    switch(copy.create_dest_path, Copy::create_dest_path);
    switch(copy.allow_wildcard, Copy::wildcard);
    switch(copy.allow_empty_wildcard, Copy::empty_wildcard);
    switch(copy.always_replace_existing_dest_paths, Copy::replace_existing);
    built
}

fn chown(chown: pb::ChownOpt) -> Chown {
    let owner = |user: pb::UserOpt| match user.user.unwrap() {
        user_opt::User::ById(id) => Owner::Id(id),
        user_opt::User::ByName(name) => Owner::Name(name.name),
    };
    Chown { user: chown.user.map(owner), group: chown.group.map(owner) }
}

fn time(timestamp: i64) -> Option<i64> {
    (timestamp != -1).then_some(timestamp)
}
