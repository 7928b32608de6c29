//! Build options that change the graph, and the names of steps.

mod common;

use buildkit_proto::pb;
use common::{Build, Run, compile, config};
use prost::Message as _;

/// The environment of the command whose name holds `name`.
fn env(run: &Run, name: &str) -> Vec<String> {
    run.exec(name).0.meta.unwrap_or_default().env
}

/// The names of the steps, without the digests of images.
fn names(run: &Run) -> Vec<String> {
    let names = run.names().into_iter();
    names.map(|name| name.split('@').next().unwrap_or_default().to_owned()).collect()
}

/// The command of `FROM a`, `RUN x` with these options.
fn command(options: &[(&str, &str)]) -> (pb::ExecOp, pb::OpMetadata) {
    let build =
        options.iter().fold(compile("FROM a\nRUN x\n"), |b, (key, value)| b.opt(key, value));
    build.run().exec("RUN")
}

#[test]
fn linux_resources_go_into_the_metadata_and_not_into_the_digest() {
    let all = [
        ("memory", "1048576"),
        ("memswap", "-1"),
        ("cpushares", "512"),
        ("cpuperiod", "100000"),
        ("cpuquota", "50000"),
        ("cpusetcpus", "0-2,4"),
        ("cpusetmems", "0,1"),
    ];
    let (plain, _) = command(&[]);
    let (exec, metadata) = command(&all);
    assert_eq!(exec, plain);
    assert!(metadata.caps.contains_key("exec.meta.linux.resources"));

    // Field 7 of the metadata; in it numbers, -1 in ten bytes, and texts.
    let resources = pb::OpMetadata {
        linux_resources: metadata.linux_resources.clone(),
        ..pb::OpMetadata::default()
    };
    let mut expected = vec![0x3a, 0];
    expected.extend([0x08, 0x80, 0x80, 0x40]);
    expected.extend([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    expected.extend([0x18, 0x80, 0x04]);
    expected.extend([0x20, 0xa0, 0x8d, 0x06]);
    expected.extend([0x28, 0xd0, 0x86, 0x03]);
    expected.extend(b"\x32\x050-2,4");
    expected.extend(b"\x3a\x030,1");
    expected[1] = (expected.len() - 2) as u8;
    assert_eq!(resources.encode_to_vec(), expected);

    // Each alone is its field alone.
    for ((key, value), bytes) in all.iter().zip([
        &[0x3a, 4, 0x08, 0x80, 0x80, 0x40][..],
        &[0x3a, 11, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x3a, 3, 0x18, 0x80, 0x04],
        &[0x3a, 4, 0x20, 0xa0, 0x8d, 0x06],
        &[0x3a, 4, 0x28, 0xd0, 0x86, 0x03],
        b"\x3a\x07\x32\x050-2,4",
        b"\x3a\x05\x3a\x030,1",
    ]) {
        let (_, metadata) = command(&[(key, value)]);
        let resources =
            pb::OpMetadata { linux_resources: metadata.linux_resources, ..Default::default() };
        assert_eq!(resources.encode_to_vec(), bytes, "{key}");
    }
    // Only commands have them.
    let run = compile("FROM a\nCOPY a /\nRUN x\n").opt("memory", "1048576").run();
    let with: Vec<String> = run
        .vertices()
        .into_iter()
        .filter(|(_, _, metadata)| metadata.linux_resources.is_some())
        .map(|(name, _, _)| name)
        .collect();
    assert_eq!(with, ["[3/3] RUN x"]);
}

#[test]
fn options_of_commands() {
    let (exec, _) = command(&[
        ("add-hosts", "Host=10.0.0.1,six=::1"),
        ("shm-size", "65536"),
        ("ulimit", "nofile=1024:2048"),
        ("cgroup-parent", "parent"),
        ("hostname", "name"),
        ("force-network-mode", "none"),
    ]);
    let meta = exec.meta.unwrap();
    let hosts: Vec<(&str, &str)> =
        meta.extra_hosts.iter().map(|host| (host.host.as_str(), host.ip.as_str())).collect();
    assert_eq!(hosts, [("host", "10.0.0.1"), ("six", "::1")]);
    assert_eq!((meta.hostname.as_str(), meta.cgroup_parent.as_str()), ("name", "parent"));
    assert_eq!((meta.ulimit[0].soft, meta.ulimit[0].hard), (1024, 2048));
    assert_eq!(exec.network, pb::NetMode::None as i32);
    let shm = &exec.mounts[1];
    assert_eq!((shm.dest.as_str(), shm.tmpfs_opt.unwrap().size), ("/dev/shm", 65536));
}

#[test]
fn a_step_s_network_comes_before_the_build_s() {
    let network = |flag: &str, mode: &str| {
        let run = compile(format!("FROM a\nRUN {flag} x\n")).opt("force-network-mode", mode).run();
        run.exec("RUN").0.network
    };
    let (unset, host, none) =
        (pb::NetMode::Unset as i32, pb::NetMode::Host as i32, pb::NetMode::None as i32);
    for (flag, mode, expected) in [
        ("", "", unset),
        ("", "host", host),
        ("--network=none", "host", none),
        ("--network=host", "none", host),
        ("--network=default", "none", none),
    ] {
        assert_eq!(network(flag, mode), expected, "{flag} {mode}");
    }
}

#[test]
fn proxies_come_from_build_arguments_in_any_case() {
    let run = compile("FROM a\nRUN x\n")
        .arg("HTTP_PROXY", "upper")
        .arg("https_proxy", "lower")
        .arg("No_Proxy", "mixed")
        .arg("ALL_PROXY", "all")
        .arg("FTP_PROXY", "first")
        .arg("ftp_proxy", "last")
        .run();
    let meta = run.exec("RUN").0.meta.unwrap();
    let proxy = meta.proxy_env.unwrap();
    assert_eq!(
        [
            &proxy.http_proxy,
            &proxy.https_proxy,
            &proxy.no_proxy,
            &proxy.all_proxy,
            &proxy.ftp_proxy
        ],
        ["upper", "lower", "mixed", "all", "last"]
    );
    // They are no part of the environment unless a stage declares them.
    assert!(!meta.env.iter().any(|pair| pair.to_lowercase().contains("proxy")), "{:?}", meta.env);
    assert!(command(&[("build-arg:OTHER", "x")]).0.meta.unwrap().proxy_env.is_none());
}

#[test]
fn no_cache_for_all_stages_and_for_some() {
    let ignored = |names: Option<&str>| -> Vec<String> {
        let build = compile(
            "FROM a AS One\nRUN first\nFROM one AS two\nCOPY a /\nWORKDIR /w\nFROM b\nRUN third\nCOPY --from=two / /\n",
        );
        let build = match names {
            Some(names) => build.opt("no-cache", names),
            None => build,
        };
        let vertices = build.run().vertices().into_iter();
        let mut names: Vec<String> = vertices
            .filter(|(_, _, metadata)| metadata.ignore_cache)
            .map(|(name, _, _)| name)
            .collect();
        names.sort();
        names
    };
    assert_eq!(ignored(None), [] as [&str; 0]);
    assert_eq!(ignored(Some("one")), ["[one 2/2] RUN first"]);
    assert_eq!(ignored(Some("TWO,other")), ["[two 1/2] COPY a /"]);
    assert_eq!(
        ignored(Some("")),
        [
            "[one 2/2] RUN first",
            "[stage-2 2/3] RUN third",
            "[stage-2 3/3] COPY --from=two / /",
            "[two 1/2] COPY a /",
        ]
    );
}

#[test]
fn cache_mounts_have_a_namespace() {
    let id = |build: Build| {
        let mounts = build.run().exec("RUN").0.mounts;
        mounts[1].cache_opt.clone().unwrap().id
    };
    let build = || compile("FROM a\nRUN --mount=type=cache,target=/c/../d x\n");
    assert_eq!(id(build()), "//d");
    assert_eq!(id(build().arg("BUILDKIT_CACHE_MOUNT_NS", "mine")), "mine//d");
}

#[test]
fn steps_are_numbered_per_stage() {
    let run = compile(
        "FROM a AS base\nENV A=b\nRUN echo $A ${B}\nCOPY --from=x /y /z\nFROM base\nworkdir /w\nUSER u\nADD a b /c/\n",
    )
    .run();
    assert_eq!(
        names(&run),
        [
            "[base 1/3] FROM docker.io/library/a:latest",
            "[base 2/3] RUN echo b ${B}",
            "FROM docker.io/library/x:latest",
            "[base 3/3] COPY --from=x /y /z",
            "[stage-1 1/2] WORKDIR /w",
            "[internal] load build context",
            "[stage-1 2/2] ADD a b /c/",
        ]
    );
}

#[test]
fn numbers_have_the_width_of_the_last() {
    let run =
        compile(format!("FROM scratch AS s\n{}FROM s\nCOPY a /\n", "COPY a /\n".repeat(10))).run();
    let names = run.names();
    assert!(names.contains(&"[s  1/10] COPY a /".to_owned()), "{names:#?}");
    assert!(names.contains(&"[s 10/10] COPY a /".to_owned()), "{names:#?}");
    assert!(names.contains(&"[stage-1 1/1] COPY a /".to_owned()), "{names:#?}");
}

#[test]
fn with_several_platforms_names_say_which() {
    let run = compile(
        "FROM --platform=$BUILDPLATFORM tools AS cross\nARG TARGETARCH\nRUN make\n\
         FROM a AS native\nCOPY --from=cross / /\nRUN test\n",
    )
    .platform("linux/arm64,linux/amd64")
    .run();
    assert_eq!(
        names(&run),
        [
            "[linux/arm64 native 1/3] FROM docker.io/library/a:latest",
            "[linux/amd64 cross 1/2] FROM docker.io/library/tools:latest",
            "[linux/amd64->arm64 cross 2/2] RUN make",
            "[linux/arm64 native 2/3] COPY --from=cross / /",
            "[linux/arm64 native 3/3] RUN test",
        ]
    );
    let logs: Vec<&str> = run.asked.iter().map(|question| question.log_name.as_str()).collect();
    assert!(
        logs.contains(&"[linux/amd64 internal] load metadata for docker.io/library/tools:latest")
    );
    assert!(logs.contains(&"[linux/arm64 internal] load metadata for docker.io/library/a:latest"));
}

#[test]
fn platforms_are_arguments() {
    let run = compile(
        "FROM a\nARG BUILDPLATFORM BUILDARCH TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT\nRUN x\n",
    )
    .platform("linux/arm/v7")
    .run();
    let env = env(&run, "RUN");
    for pair in [
        "BUILDPLATFORM=linux/amd64",
        "BUILDARCH=amd64",
        "TARGETPLATFORM=linux/arm/v7",
        "TARGETOS=linux",
        "TARGETARCH=arm",
        "TARGETVARIANT=v7",
    ] {
        assert!(env.contains(&pair.to_owned()), "{pair} in {env:?}");
    }
}

#[test]
fn the_target_s_name_is_an_argument() {
    let stage = |dockerfile: &str, target: Option<&str>| {
        let build = compile(dockerfile);
        let build = match target {
            Some(target) => build.target(target),
            None => build,
        };
        env(&build.run(), "RUN").into_iter().find(|pair| pair.starts_with("TARGETSTAGE=")).unwrap()
    };
    let named = "FROM a AS base\nARG TARGETSTAGE\nRUN x\nFROM base AS last\n";
    assert_eq!(stage(named, None), "TARGETSTAGE=last");
    assert_eq!(stage(named, Some("base")), "TARGETSTAGE=base");
    let nameless = "FROM a AS base\nARG TARGETSTAGE\nRUN x\nFROM base\n";
    assert_eq!(stage(nameless, None), "TARGETSTAGE=default");
}

#[test]
fn labels_of_the_build_come_last() {
    let run = compile("FROM a\nLABEL a=1 b=2\n").opt("label:b", "3").opt("label:c", "4").run();
    let labels: Vec<String> = run
        .compilation()
        .config
        .config
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(labels, ["a=1", "b=3", "c=4"]);
}

#[test]
fn the_platform_of_an_image_decides_where_nobody_asked_for_one() {
    let run = compile("FROM a\nRUN x\n").image("a", config().on("linux/arm64")).run();
    let platform = run.compilation().config.platform.format_all();
    assert_eq!(platform, "linux/arm64");
    let run = compile("FROM a\nRUN x\n")
        .image("a", config().on("linux/arm64"))
        .platform("linux/amd64")
        .run();
    assert_eq!(run.compilation().config.platform.format_all(), "linux/amd64");
}

#[test]
fn an_image_without_layers_is_scratch() {
    let run = compile("FROM a\nCOPY a /\n").image("a", config().empty().env("A=b")).run();
    assert_eq!(run.sources(), ["local://context"]);
    assert!(run.compilation().config.config.env.iter().any(|pair| pair == "A=b"));
}
