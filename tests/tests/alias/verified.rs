//! Images of aliases are checked before anything runs.

use aliasfront_tests::gateway::{Files, Gateway, Image, Missing, Rpc};
use serde_json::json;

use crate::{
    ALIAS_LINE, ARM64, COPY_LINE, DIGEST, DOCKERFILE, IMAGE, MOUNT_LINE, count, fail_with, files,
    graph, message, no_warning, overridden, prebuilt, probed, probes, program, succeed, warning,
    with,
};

#[tokio::test]
async fn an_image_that_has_all_serves() {
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    assert_eq!(probes(&recording).len(), 1);
    assert!(message(&recording).contains("2 paths verified"), "{}", message(&recording));
    assert!(!graph(&recording).sources().iter().any(|source| source.contains("rust")));
}

#[tokio::test]
async fn the_look_is_at_the_image_that_the_build_uses() {
    let recording = succeed(overridden(DOCKERFILE, files())).await;
    let source = |graph: &aliasfront_tests::graph::Graph| {
        let mut vertices = graph.vertices.iter();
        let vertex = vertices.find(|vertex| vertex.source().is_some_and(|s| s.contains("builder")));
        vertex.map(|vertex| (vertex.digest.clone(), vertex.name().map(str::to_owned)))
    };
    let probe = probes(&recording)[0].graph.clone().expect("a graph");
    assert_eq!(source(&probe), source(graph(&recording)));
    assert!(probe.names().iter().any(|name| name.starts_with("[alias builder] verify ghcr.io")));
}

#[tokio::test]
async fn a_missing_file_is_named_with_what_is_there_and_who_needs_it() {
    let mut there = Files::default();
    there.add("/build/agent", "");
    there.add("/build/readme.md", "");
    there.add_with_mode("/build/cli", "", 0o755);
    let recording = fail_with(
        overridden(DOCKERFILE, there),
        &[
            "alias builder: BUILDER_IMAGE → ghcr.io/org/builder:v1@",
            DIGEST,
            "(linux/amd64) cannot be used",
            "/build/agentd is not there; /build has agent, cli, readme.md (needed by line 8)",
            "hint: ",
        ],
    )
    .await;
    assert_eq!(recording.error_lines(), [(COPY_LINE, COPY_LINE)]);
    // Nothing of the Dockerfile was solved: only what it takes to know.
    assert!(recording.result().is_none());
}

#[tokio::test]
async fn all_findings_come_at_once_with_every_line() {
    let dockerfile = format!("{DOCKERFILE}COPY --from=builder /build/agentd /again\n");
    let mut there = Files::default();
    there.add("/other", "");
    let gateway = overridden(&dockerfile, there).opt("target", "native");
    let recording = fail_with(
        gateway,
        &[
            "/build/agentd is not there; / has other (needed by line 11, line 12)",
            "/build/lib.so is not there; / has other (needed by line 11)",
        ],
    )
    .await;
    assert_eq!(recording.error_lines(), [(11, 11), (12, 12)]);
    let gateway = overridden(&with("require=/build/agentd,+x require=/build/doc"), {
        let mut there = files();
        there.add("/build/agentd", program(ARM64));
        there
    });
    fail_with(gateway, &["/build/agentd is not executable", "/build/doc is not there"]).await;
}

#[tokio::test]
async fn aliases_fail_together() {
    let dockerfile = "\
ARG ONE=local
ARG TWO=local
FROM alpine AS local
FROM ${ONE} AS one
FROM ${TWO} AS two
FROM scratch
COPY --from=one /a /
COPY --from=two /b /
";
    let mut there = Files::default();
    there.add("/c", "");
    let gateway = prebuilt(dockerfile, there).build_arg("ONE", IMAGE).build_arg("TWO", IMAGE);
    let recording =
        fail_with(gateway, &["alias one: ", "/a is not there", "alias two: ", "/b is not there"])
            .await;
    assert_eq!(recording.error_lines(), [(7, 7), (8, 8)]);
    assert_eq!(count(&recording, Rpc::ResolveSourceMeta), 1);
}

#[tokio::test]
async fn executables_are_executable() {
    let contract = with("require=/build/agentd,+x");
    succeed(overridden(&contract, files())).await;
    let mut there = files();
    there.add("/build/agentd", program(crate::AMD64));
    let recording = fail_with(
        overridden(&contract, there),
        &["/build/agentd is not executable: its mode is 0644 (needed by line 8)"],
    )
    .await;
    assert!(recording.error_lines().contains(&(COPY_LINE, COPY_LINE)));
}

#[tokio::test]
async fn executables_that_no_instruction_takes_are_checked_too() {
    let contract = with("require=/build/other,+x");
    let recording = fail_with(overridden(&contract, files()), &["/build/other is not there"]).await;
    assert_eq!(recording.error_lines(), [(ALIAS_LINE, ALIAS_LINE)]);
}

#[tokio::test]
async fn directories_are_no_executables() {
    let contract = with("require=/build,+x");
    fail_with(overridden(&contract, files()), &["/build is not a file"]).await;
}

#[tokio::test]
async fn executables_fit_the_platform_of_the_stage_that_takes_them() {
    let contract = with("require=/build/agentd,+x");
    let mut there = files();
    there.add_with_mode("/build/agentd", program(ARM64), 0o755);
    fail_with(
        overridden(&contract, there.clone()),
        &["/build/agentd is for arm64, but is used on linux/amd64 (needed by line 8)"],
    )
    .await;
    // Without a contract nobody said that it is to be executed.
    succeed(overridden(DOCKERFILE, there)).await;
}

#[tokio::test]
async fn cross_compiled_executables_are_right() {
    let contract = with("require=/build/agentd,+x")
        .replace("FROM ${BUILDER", "FROM --platform=$BUILDPLATFORM ${BUILDER");
    let mut there = files();
    there.add_with_mode("/build/agentd", program(ARM64), 0o755);
    let cross = overridden(&contract, there).opt("platform", "linux/arm64");
    let recording = succeed(cross).await;
    assert!(
        recording.resolved().contains(&format!("{IMAGE}|linux/amd64")),
        "{:?}",
        recording.resolved()
    );
    fail_with(
        overridden(&contract, files()).opt("platform", "linux/arm64"),
        &["/build/agentd is for amd64, but is used on linux/arm64"],
    )
    .await;
}

#[tokio::test]
async fn an_image_for_another_platform_is_refused_before_its_files_are_looked_at() {
    let config = json!({
        "architecture": "arm64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    let gateway =
        overridden(DOCKERFILE, files()).image(IMAGE, Image::with_config(config).digest(DIGEST));
    let recording = fail_with(
        gateway.clone(),
        &["the image is for linux/arm64, but the alias is for linux/amd64"],
    )
    .await;
    assert!(probes(&recording).is_empty());
    succeed(gateway.build_arg("ALIASFRONT_VERIFY", "off")).await;
}

#[tokio::test]
async fn builders_from_scratch_are_looked_at() {
    // No shell, no layers but the executables': nothing is run to look at them.
    let mut there = Files::default();
    there.add_with_mode("/agentd", program(crate::AMD64), 0o755);
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
# alias require=/agentd,+x
FROM ${BUILDER_IMAGE} AS builder
FROM scratch AS kiro
COPY --from=builder /agentd /
";
    let recording = succeed(overridden(dockerfile, there)).await;
    assert!(message(&recording).contains("1 path verified"), "{}", message(&recording));
}

#[tokio::test]
async fn an_image_without_layers_has_nothing() {
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": []},
    });
    let gateway = overridden(DOCKERFILE, Files::default())
        .image(IMAGE, Image::with_config(config).digest(DIGEST));
    let parts = ["/build/agentd is not there: the image is empty", "/build/cli is not there"];
    fail_with(gateway, &parts).await;
    fail_with(overridden(DOCKERFILE, files()).build_arg("BUILDER_IMAGE", "scratch"), &parts).await;
}

#[tokio::test]
async fn directories_and_wildcards_and_links_are_found() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
# alias require=/usr/bin/agent*,+x
FROM ${BUILDER_IMAGE} AS builder
FROM scratch AS kiro
COPY --from=builder /build /dir
COPY --from=builder /build/agent* /build/?li /
COPY --from=builder /b*/agentd /
COPY --from=builder /bin/agentd /
COPY --from=builder / /all
";
    let mut there = files();
    there.add_link("/bin", "usr/bin");
    there.add_link("/usr/bin/agentd", "../../build/agentd");
    there.add_with_mode("/usr/bin/agent-cli", "#!/bin/sh\n", 0o755);
    let recording = succeed(overridden(dockerfile, there)).await;
    assert!(message(&recording).contains("3 paths verified"), "{}", message(&recording));

    let mut there = Files::default();
    there.add("/build/agent.old", "");
    there.add("/bin/agentd", "");
    there.add("/usr/bin/agentd", "");
    fail_with(overridden(dockerfile, there), &["/usr/bin/agentd is not executable"]).await;
}

/// `COPY` takes what its wildcards match, and is content with nothing. A mount's path has none.
#[tokio::test]
async fn wildcards_of_instructions_need_not_match() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
# alias require=/app/*
FROM ${BUILDER_IMAGE} AS builder
FROM scratch AS kiro
COPY --from=builder /app/agentd /app/optional* /app/*/page.js /
COPY --from=builder --parents /app/**/deep.js /
RUN --mount=from=builder,source=/app/[slug],target=/app build
";
    let mut there = Files::default();
    there.add("/app/[slug]/other", "");
    there.add("/app/agentd", "");
    let recording = succeed(overridden(dockerfile, there)).await;
    assert!(message(&recording).contains("3 paths verified"), "{}", message(&recording));
    let mut there = Files::default();
    there.add("/other", "");
    let (_, message) = crate::fail(overridden(dockerfile, there)).await;
    let found: Vec<&str> = message.lines().filter(|line| line.starts_with("  - ")).collect();
    assert_eq!(
        found,
        [
            "  - /app/* matches nothing; / has other (needed by line 7)",
            "  - /app/[slug] is not there; / has other (needed by line 8)",
            "  - /app/agentd is not there; / has other (needed by line 6)",
        ]
    );
}

#[tokio::test]
async fn executables_that_a_wildcard_matches_are_looked_into() {
    let contract = with("require=/usr/bin/*,+x");
    let mut there = files();
    there.add_with_mode("/usr/bin/cli", program(crate::AMD64), 0o755);
    there.add_link("/usr/bin/agentd", "../../build/agentd");
    let recording = succeed(overridden(&contract, there.clone())).await;
    let of = |path: &str| probed(&recording).iter().filter(|asked| asked.path == path).count();
    // The list of the directory, then what the link leads to, and both headers.
    assert_eq!((of("/usr/bin"), of("/usr/bin/cli"), of("/usr/bin/agentd")), (1, 1, 2));

    there.add_with_mode("/usr/bin/cli", program(ARM64), 0o755);
    there.add("/build/agentd", "");
    there.add_link("/usr/bin/none", "nowhere");
    fail_with(
        overridden(&contract, there.clone()),
        &[
            "/usr/bin/agentd is not executable: its mode is 0644 (the contract asks for it)",
            "/usr/bin/cli is for arm64, but is used on linux/amd64 (the contract asks for it)",
            "/usr/bin/none is a link to nowhere, which is not there",
        ],
    )
    .await;
    for index in 0..256 {
        there.add_with_mode(&format!("/usr/bin/{index}"), "", 0o755);
    }
    fail_with(
        overridden(&contract, there),
        &["/usr/bin/* matches 259 files, more than are checked (MAX_MATCHES is 256)"],
    )
    .await;
}

#[tokio::test]
async fn a_link_to_nothing_is_told_as_that() {
    let mut there = files();
    there.add_link("/build/agentd", "/opt/agentd");
    let part = "/build/agentd is a link to /opt/agentd, which is not there (needed by line 8)";
    fail_with(overridden(DOCKERFILE, there), &[part]).await;
}

#[tokio::test]
async fn executables_in_a_directory_fit_the_stage_that_takes_it() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
# alias require=/build/agentd,+x require=/tools/*,+x
FROM --platform=$BUILDPLATFORM ${BUILDER_IMAGE} AS builder
FROM scratch AS kiro
COPY --from=builder /build /build
";
    let mut there = Files::default();
    there.add_with_mode("/build/agentd", program(ARM64), 0o755);
    there.add_with_mode("/tools/cc", program(crate::AMD64), 0o755);
    there.add_with_mode("/tools/ld", program(ARM64), 0o755);
    let arm = |files| overridden(dockerfile, files).opt("platform", "linux/arm64");
    // Nobody takes the tools here, and they fit the builder or what is built.
    succeed(arm(there.clone())).await;
    there.add_with_mode("/build/agentd", program(crate::AMD64), 0o755);
    let part = "/build/agentd is for amd64, but is used on linux/arm64 (needed by line 6)";
    fail_with(arm(there), &[part]).await;
}

#[tokio::test]
async fn all_platforms_are_told_at_once() {
    let mut there = Files::default();
    there.add("/build/cli", "");
    let gateway = overridden(DOCKERFILE, there).opt("platform", "linux/amd64,linux/arm64");
    let recording =
        fail_with(gateway, &["(linux/amd64) cannot be used", "(linux/arm64) cannot be used"]).await;
    assert_eq!(recording.error_lines(), [(COPY_LINE, COPY_LINE)]);
}

#[tokio::test]
async fn a_path_below_a_file_is_not_there() {
    let dockerfile = with("require=/build/agentd/x");
    fail_with(overridden(&dockerfile, files()), &["/build/agentd/x is not there"]).await;
}

#[tokio::test]
async fn engines_that_say_it_in_words_are_understood() {
    // Not even the root is there: such an engine shows no files of images.
    for missing in [Missing::Unknown, Missing::NotFound] {
        let gateway = Gateway::new()
            .dockerfile(DOCKERFILE)
            .opt("target", "kiro")
            .build_arg("BUILDER_IMAGE", IMAGE)
            .missing(missing);
        warning(&succeed(gateway).await, "AliasNotVerified", &["does not show the files"]);
    }
    // A root without anything is an image without anything.
    fail_with(
        overridden(DOCKERFILE, Files::default()),
        &["/build/agentd is not there; / is empty"],
    )
    .await;
    let mut there = Files::default();
    there.add("/a", "");
    let gateway = overridden(DOCKERFILE, there).missing(Missing::Unknown);
    fail_with(gateway, &["/build/agentd is not there; / has a"]).await;
    no_warning(&succeed(overridden(DOCKERFILE, files())).await, "AliasNotVerified");
}

#[tokio::test]
async fn verification_can_be_turned_down() {
    let missing = Files::default;
    for (contract, argument) in [
        ("verify=off", None),
        ("verify=config", None),
        ("pin=off", Some("off")),
        ("pin=off", Some("config")),
    ] {
        let mut gateway = overridden(&with(contract), missing());
        if let Some(argument) = argument {
            gateway = gateway.build_arg("ALIASFRONT_VERIFY", argument);
        }
        let recording = succeed(gateway).await;
        assert!(probes(&recording).is_empty(), "{contract}");
    }
    // The argument wins.
    let mut there = Files::default();
    there.add("/a", "");
    let gateway = overridden(&with("verify=off"), there).build_arg("ALIASFRONT_VERIFY", "files");
    fail_with(gateway, &["/build/agentd is not there"]).await;
}

#[tokio::test]
async fn misspelt_contracts_are_errors() {
    for (contract, part) in [
        ("requires=/a", "did you mean require?"),
        ("verify=of", "did you mean off?"),
        ("require=a", "must be absolute"),
    ] {
        let gateway = prebuilt(&with(contract), files());
        let recording = fail_with(gateway, &[part]).await;
        // The comment is above the alias.
        let comment = ALIAS_LINE - 1;
        assert_eq!(recording.error_lines(), [(comment, comment)], "{contract}");
    }
    // Nor where they stand in vain.
    let contract = with("pin=digest");
    for (dockerfile, line) in [
        (contract.replace("digest\n", "digest\n#\n"), 5),
        (format!("# alias pin=digest\n{DOCKERFILE}"), 1),
        (DOCKERFILE.replace("RUN cargo test", "# alias pin=digest\nRUN cargo test"), 4),
        (format!("{DOCKERFILE}  # alias pin=digest\n"), 12),
    ] {
        let part = "the contract of an alias is not above its FROM";
        let recording = fail_with(prebuilt(&dockerfile, files()), &[part]).await;
        assert_eq!(recording.error_lines(), [(line, line)], "{dockerfile}");
    }
    // Nor between the lines of the alias's FROM.
    let inside = DOCKERFILE.replace("FROM ${BUILDER", "FROM \\\n# alias pin=digest\n  ${BUILDER");
    let part = "the contract of an alias is not above its FROM";
    let recording = fail_with(prebuilt(&inside, files()), &[part]).await;
    assert_eq!(recording.error_lines(), [(7, 7)]);
    // Nor where the default is an image.
    let image = DOCKERFILE
        .replace("IMAGE=local_builder", "IMAGE=debian")
        .replace("\n\n", "\n# alias pni=digest\n");
    fail_with(prebuilt(&image, files()), &["did you mean pin?"]).await;
    // What is written, or quoted, elsewhere is no comment.
    let dockerfile = format!("{DOCKERFILE}COPY <<E /readme\n# alias pin=digest\nE\n");
    succeed(prebuilt(&dockerfile, files())).await;
    let gateway = prebuilt(DOCKERFILE, files()).build_arg("ALIASFRONT_VERFIY", "off");
    fail_with(gateway, &["did you mean ALIASFRONT_VERIFY?"]).await;
}

#[tokio::test]
async fn nothing_is_asked_without_an_overridden_alias() {
    let plain = DOCKERFILE.replace("${BUILDER_IMAGE}", "local_builder");
    let plain = succeed(prebuilt(&plain, files()).opt("target", "kiro")).await;
    let recording =
        succeed(prebuilt(&with("require=/x,+x fresh=revision"), files()).opt("target", "kiro"))
            .await;
    assert_eq!(recording.counted(), plain.counted());
    assert!(probes(&recording).is_empty());
    assert_eq!(message(&recording), "");
    // Nor where the alias is overridden and nothing needs it.
    let gateway = overridden(DOCKERFILE, files()).opt("target", "local_builder");
    let recording = succeed(gateway).await;
    assert!(probes(&recording).is_empty());
    assert!(!recording.resolved().iter().any(|image| image.contains("builder")));
}

/// What is looked at, and at the most how often: paths, directories, wildcards and links, there and not there, needed
/// by one instruction or by many.
#[tokio::test]
async fn verification_costs_one_solve_and_three_reads_a_path() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
# alias override=allow require=/build/agentd,+x require=/bin/agentd,+x require=/usr/bin/agent*,+x
FROM ${BUILDER_IMAGE} AS builder
FROM debian AS kiro
COPY --from=builder /build/agentd /build/agentd /one/
COPY --from=builder /build/agentd /two/
RUN --mount=from=builder,source=/build/agentd,target=/cli /cli
COPY --from=builder /build /dir
COPY --from=builder /bin /lib /dirs/
COPY --from=builder /build/agent* /build/*/x /b*/agentd /
COPY --from=builder /no/where /no/* /none
";
    let mut there = files();
    there.add("/build/sub/x", "");
    there.add_link("/bin", "usr/bin");
    there.add_link("/lib", "usr/lib");
    there.add_link("/usr/bin/agentd", "../../build/agentd");
    there.add_with_mode("/usr/bin/agent-cli", "", 0o755);
    there.add("/usr/lib/a", "");
    // What each path may cost: a look at a path, at what a pattern matches, and into a file.
    let most = [
        ("/build/agentd", 2),
        ("/build", 3), // itself, and two patterns
        ("/bin", 1),
        ("/lib", 1),
        ("/bin/agentd", 2),
        ("/usr/bin", 1),
        ("/usr/bin/agentd", 2),
        ("/usr/bin/agent-cli", 1),
        // The pattern in the root, and the root as the nearest directory of the two that are missing.
        ("/", 3),
        ("/no/where", 1),
        ("/no", 3), // as the pattern's directory, and twice to say what is there
    ];
    let asks = |mode: &'static str, there: Files| {
        overridden(dockerfile, there).build_arg("ALIASFRONT_VERIFY", mode)
    };
    let without = succeed(asks("off", there.clone())).await;
    let (found, mut all) = (there.clone(), there.clone());
    let (missing, _) = crate::fail(asks("files", found)).await;
    all.add("/no/where", "");
    let found = succeed(asks("files", all)).await;
    for recording in [&missing, &found] {
        assert_eq!(probes(recording).len(), 1);
        let asked = probed(recording);
        for asked in &asked {
            assert!(most.iter().any(|(path, _)| *path == asked.path), "{asked:?}");
        }
        for (path, most) in most {
            let of_path = asked.iter().filter(|asked| asked.path == path).count();
            assert!(of_path <= most, "{path}: {of_path} of {most}: {asked:?}");
        }
        // Files are read by range, the header alone.
        let reads: Vec<_> = asked.iter().filter(|asked| asked.rpc == Rpc::ReadFile).collect();
        assert!(reads.iter().all(|read| read.range == Some((0, 20))), "{reads:?}");
        assert_eq!(
            count(recording, Rpc::ResolveSourceMeta),
            count(&without, Rpc::ResolveSourceMeta)
        );
    }
    assert_eq!(count(&found, Rpc::Solve), count(&without, Rpc::Solve) + 1);
}

#[tokio::test]
async fn missing_paths_cost_a_read_each_and_one_for_each_directory() {
    let mut there = Files::default();
    there.add("/a", "");
    let (recording, _) = crate::fail(overridden(DOCKERFILE, there)).await;
    // The two of them, the directory that they have in common, and the root.
    assert_eq!(probed(&recording).len(), 2 + 2, "{:?}", probed(&recording));
    assert_eq!(probes(&recording).len(), 1);
}

#[tokio::test]
async fn an_image_of_several_aliases_is_looked_at_once() {
    let dockerfile = "\
ARG ONE=local
ARG TWO=local
FROM rust:1 AS local
# alias require=/build/agentd,+x
FROM ${ONE} AS one
FROM ${TWO} AS two
FROM debian AS kiro
COPY --from=one /build/agentd /
COPY --from=two /build/agentd /two
FROM debian AS native
COPY --from=two /build/agentd /build/cli /
";
    let build = || prebuilt(dockerfile, files()).build_arg("ONE", IMAGE).build_arg("TWO", IMAGE);
    let of_targets = build()
        .build_arg("ALIASFRONT_TARGETS", "kiro,native")
        .build_arg("ALIASFRONT_TARGETS_OUTPUT", "files");
    for gateway in [build().opt("target", "kiro"), of_targets] {
        let recording = succeed(gateway).await;
        assert_eq!(probes(&recording).len(), 1);
        let of_path = |rpc| {
            let asked = probed(&recording);
            asked.iter().filter(|a| a.rpc == rpc && a.path == "/build/agentd").count()
        };
        assert_eq!((of_path(Rpc::StatFile), of_path(Rpc::ReadFile)), (1, 1));
    }
}

#[tokio::test]
async fn a_builder_of_the_build_platform_is_looked_at_once_for_all() {
    let dockerfile =
        DOCKERFILE.replace("FROM ${BUILDER", "FROM --platform=$BUILDPLATFORM ${BUILDER");
    let gateway = overridden(&dockerfile, files()).opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    assert_eq!(probes(&recording).len(), 1);
    assert_eq!(probed(&recording).len(), 2, "{:?}", probed(&recording));
}

#[tokio::test]
async fn all_paths_are_asked_for_at_once() {
    // The first answer is held back until the other question is there.
    let gateway = overridden(DOCKERFILE, files()).hold(Rpc::StatFile, 2);
    let recording = succeed(gateway).await;
    assert_eq!(recording.at_once.get(&Rpc::StatFile), Some(&2));
}

#[tokio::test]
async fn an_image_is_looked_at_once_a_platform() {
    let gateway = overridden(DOCKERFILE, files()).opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    assert_eq!(probes(&recording).len(), 2);
    let stats = probed(&recording);
    assert_eq!(stats.iter().filter(|asked| asked.rpc == Rpc::StatFile).count(), 4);
}

#[tokio::test]
async fn an_image_that_cannot_be_loaded_is_an_error() {
    let gateway = overridden(DOCKERFILE, files())
        .misbehave(Rpc::StatFile, aliasfront_tests::gateway::Fault::Code(tonic::Code::Unavailable));
    let recording = fail_with(gateway, &["/build/agentd could not be checked"]).await;
    assert!(recording.error_lines().contains(&(MOUNT_LINE, MOUNT_LINE)));
}

#[tokio::test]
async fn nothing_changes_a_digest() {
    let overridden =
        |verify: &str| overridden(DOCKERFILE, files()).build_arg("ALIASFRONT_VERIFY", verify);
    let (with, without) = (succeed(overridden("files")).await, succeed(overridden("off")).await);
    assert_eq!(graph(&with).head, graph(&without).head);
    let plain = DOCKERFILE.replace("${BUILDER_IMAGE}", IMAGE);
    let plain = succeed(prebuilt(&plain, files()).opt("target", "kiro")).await;
    assert_eq!(graph(&with).head, graph(&plain).head);
}
