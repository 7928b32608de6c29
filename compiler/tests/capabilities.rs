//! What becomes of instructions on engines that lack a capability.

mod common;

use buildkit_proto::{caps, pb};
use common::{Build, compile};

/// A stage of `instruction` alone.
fn stage(instruction: &str) -> Build {
    compile(format!("FROM a\n{instruction}\n"))
}

/// Instructions without an older form: the capability, the instruction, and what the error calls it.
const NEEDED: [(&str, &str, &str); 13] = [
    (caps::FILE_COPY_MODE_STRING_FORMAT, "COPY --chmod=u+x a /", "COPY --chmod=u+x"),
    (caps::FILE_COPY_MODE_STRING_FORMAT, "ADD --chmod=go= a /", "ADD --chmod=go="),
    (caps::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS, "COPY --exclude=*.o . /", "COPY --exclude"),
    (caps::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS, "ADD --exclude=*.o . /", "ADD --exclude"),
    (caps::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS, "COPY --parents a/b /", "COPY --parents"),
    (
        caps::SOURCE_GIT_CHECKSUM,
        "ADD --checksum=0123456789012345678901234567890123456789 https://a.io/b.git /",
        "ADD of a git repository with checksum",
    ),
    (
        caps::SOURCE_GIT_SUBDIR,
        "ADD https://a.io/b.git#main:dir /",
        "ADD of a git repository with directory",
    ),
    (
        caps::SOURCE_GIT_SKIP_SUBMODULES,
        "ADD https://a.io/b.git?submodules=false /",
        "ADD of a git repository with submodules=false",
    ),
    (
        caps::SOURCE_GIT_MTIME,
        "ADD https://a.io/b.git?mtime=commit /",
        "ADD of a git repository with mtime",
    ),
    (caps::EXEC_META_SECURITY, "RUN --security=insecure x", "RUN --security=insecure"),
    (
        caps::EXEC_SECRET_ENV,
        "RUN --mount=type=secret,id=a,env=A x",
        "RUN --mount=type=secret with env",
    ),
    (
        caps::EXEC_MOUNT_TMPFS_SIZE,
        "RUN --mount=type=tmpfs,target=/t,size=1k x",
        "RUN --mount=type=tmpfs with size",
    ),
    (caps::EXEC_META_CDI, "RUN --device=a.io/b=c,required x", "RUN --device=a.io/b=c"),
];

/// A capability by which an engine can be told that has `cap`.
fn announced(cap: &str) -> &str {
    match cap {
        caps::FILE_COPY_MODE_STRING_FORMAT => caps::EXEC_VALID_EXIT_CODE,
        cap => cap,
    }
}

#[test]
fn what_has_no_older_form_is_an_error_that_names_feature_and_version() {
    for (cap, instruction, feature) in NEEDED {
        let since = caps::since(cap).unwrap();
        stage(instruction).engine(since).run().compilation();
        for build in
            [stage(instruction).without(announced(cap)), stage(instruction).engine(since - 1)]
        {
            let run = build.run();
            let error = run.error();
            assert_eq!(
                error.message,
                format!(
                    "{feature}: {cap} is not supported by the build server (added in BuildKit 0.{since})"
                )
            );
            assert_eq!(error.locations[0].first, 2, "{instruction}");
            assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("newer BuildKit")));
        }
    }
}

#[test]
fn what_is_not_reached_needs_nothing() {
    for (cap, instruction, _) in NEEDED {
        let dockerfile = format!("FROM a AS unused\n{instruction}\nFROM a\n");
        compile(dockerfile).without(announced(cap)).run().compilation();
    }
}

#[test]
fn contexts_need_what_instructions_need() {
    for (cap, context, message) in [
        (
            caps::SOURCE_GIT_CHECKSUM,
            "https://a.io/b.git?checksum=0123456789012345678901234567890123456789".to_owned(),
            "git context with checksum: source.git.checksum is not supported by the build server \
             (added in BuildKit 0.22)",
        ),
        (
            caps::SOURCE_OCI_LAYOUT,
            format!("oci-layout://store@sha256:{}", "1".repeat(64)),
            "oci-layout context: source.ocilayout is not supported by the build server (added in \
             BuildKit 0.11)",
        ),
    ] {
        let run = compile("FROM scratch\nCOPY --from=dep / /\n")
            .named_context("dep", &context)
            .without(cap)
            .run();
        assert_eq!(run.error().message, message);
        assert_eq!(run.error().locations[0].first, 2);
    }
}

#[test]
fn linked_copies_become_plain_ones_without_merging() {
    let link = stage("COPY --link a /b").run();
    assert!(link.vertices().iter().any(|(_, op, _)| matches!(op.op, Some(pb::op::Op::Merge(_)))));
    let old = stage("COPY --link a /b").without(caps::MERGE_OP).run();
    let plain = stage("COPY a /b").run();
    assert_eq!(old.digest(), plain.digest());
    assert_eq!(old.names().last().unwrap(), "[2/2] COPY --link a /b");
}

#[test]
fn options_that_engines_do_not_know_are_left_out() {
    let build = || {
        stage("RUN --device=a.io/b=c x")
            .opt("shm-size", "1024")
            .opt("ulimit", "nofile=1:2")
            .opt("cgroup-parent", "parent")
            .opt("memory", "1024")
    };
    let (exec, metadata) = build().run().exec("RUN");
    let meta = exec.meta.unwrap();
    assert_eq!((meta.ulimit.len(), meta.cgroup_parent.as_str()), (1, "parent"));
    assert_eq!((exec.mounts.len(), exec.cdi_devices.len()), (2, 1));
    assert!(metadata.linux_resources.is_some());

    let (exec, metadata) = build().engine(9).run().exec("RUN");
    let meta = exec.meta.unwrap();
    assert_eq!((meta.ulimit.len(), meta.cgroup_parent.as_str()), (0, ""));
    assert_eq!((exec.mounts.len(), exec.cdi_devices.len()), (1, 0));
    assert!(metadata.linux_resources.is_none());
    let newer: Vec<&String> =
        metadata.caps.keys().filter(|cap| caps::since(cap).is_none_or(|since| since > 9)).collect();
    assert!(newer.is_empty(), "{newer:?}");
}

#[test]
fn bind_mounts_that_can_be_written_have_an_output_where_engines_need_one() {
    let outputs = |build: Build| -> Vec<i64> {
        build.run().exec("RUN").0.mounts.iter().map(|mount| mount.output).collect()
    };
    let build = || stage("RUN --mount=target=/m,rw x");
    assert_eq!(outputs(build()), [0, -1]);
    assert_eq!(outputs(build().without(caps::EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT)), [0, 1]);
}

#[test]
fn engines_without_a_default_path_get_one() {
    let env = |build: Build| build.run().exec("RUN").0.meta.unwrap().env;
    let build = || compile("FROM scratch\nCOPY a /\nRUN [\"/a\"]\n");
    let path = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
    assert_eq!(env(build()), path);
    assert_eq!(env(build().without(caps::EXEC_META_SETS_DEFAULT_PATH)), path);
}

#[test]
fn what_the_oldest_engines_can_do_needs_nothing_newer() {
    let run = compile(
        "FROM a AS b\nENV A=b\nWORKDIR /w\nCOPY --chmod=755 --chown=1:2 . .\nADD https://a.io/x /\n\
         RUN --mount=type=cache,target=/c --mount=type=secret,id=s --mount=type=ssh --network=none x\n\
         FROM scratch\nCOPY --link --from=b / /\n",
    )
    .engine(9)
    .run();
    for (name, _, metadata) in run.vertices() {
        for cap in metadata.caps.keys() {
            assert!(caps::since(cap).is_some_and(|since| since <= 9), "{name} needs {cap}");
        }
    }
}
