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
    fail_with(overridden(&contract, files()), &["/build is no file"]).await;
}

#[tokio::test]
async fn executables_fit_the_platform_of_the_stage_that_takes_them() {
    let contract = with("require=/build/agentd,+x");
    let mut there = files();
    there.add_with_mode("/build/agentd", program(ARM64), 0o755);
    fail_with(
        overridden(&contract, there.clone()),
        &["/build/agentd is for arm64, and is used on linux/amd64 (needed by line 8)"],
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
        &["/build/agentd is for amd64, and is used on linux/arm64"],
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
        &["the image is for linux/arm64, and the alias is for linux/amd64"],
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
    assert!(message(&recording).contains("6 paths verified"), "{}", message(&recording));

    let mut there = Files::default();
    there.add("/build/agent.old", "");
    there.add("/bin/agentd", "");
    there.add("/usr/bin/agentd", "");
    fail_with(
        overridden(dockerfile, there),
        &[
            "/build/?li matches nothing; /build has agent.old (needed by line 7)",
            "/usr/bin/agentd is not executable",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_path_below_a_file_is_not_there() {
    let dockerfile = with("require=/build/agentd/x");
    fail_with(overridden(&dockerfile, files()), &["/build/agentd/x is not there"]).await;
}

#[tokio::test]
async fn engines_that_say_it_in_words_are_understood() {
    let gateway = overridden(DOCKERFILE, Files::default()).missing(Missing::Unknown);
    // Not even the root has anything: such an engine shows no files of images.
    let recording = succeed(gateway).await;
    warning(&recording, "AliasNotVerified", &["does not show the files"]);
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
        assert_eq!(recording.error_lines(), [(ALIAS_LINE, ALIAS_LINE)], "{contract}");
    }
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

#[tokio::test]
async fn verification_costs_one_solve_and_three_reads_a_path() {
    let contract = with("require=/build/agentd,+x require=/build/cli,+x");
    let requests = |mode: &'static str| {
        let gateway = overridden(&contract, files()).build_arg("ALIASFRONT_VERIFY", mode);
        succeed(gateway)
    };
    let (without, recording) = (requests("off").await, requests("files").await);
    assert_eq!(count(&recording, Rpc::Solve), count(&without, Rpc::Solve) + 1);
    assert_eq!(count(&recording, Rpc::ResolveSourceMeta), count(&without, Rpc::ResolveSourceMeta));
    let asked = probed(&recording);
    for path in ["/build/agentd", "/build/cli"] {
        let of_path = asked.iter().filter(|asked| asked.path == path).count();
        assert!((1..=3).contains(&of_path), "{path}: {asked:?}");
    }
    // Files are read by range, the header alone.
    let reads: Vec<_> = asked.iter().filter(|asked| asked.rpc == Rpc::ReadFile).collect();
    assert!(reads.iter().all(|read| read.range == Some((0, 20))), "{reads:?}");
    assert!(recording.at_once.get(&Rpc::StatFile).is_some_and(|most| *most >= 1));
}

#[tokio::test]
async fn missing_paths_cost_three_reads_too() {
    let mut there = Files::default();
    there.add("/a", "");
    let (recording, _) = crate::fail(overridden(DOCKERFILE, there)).await;
    assert_eq!(probed(&recording).len(), 2 * 3, "{:?}", probed(&recording));
    assert_eq!(probes(&recording).len(), 1);
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
    let recording = fail_with(gateway, &["/build/agentd could not be looked at"]).await;
    assert!(recording.error_lines().contains(&(MOUNT_LINE, MOUNT_LINE)));
}

#[tokio::test]
async fn named_contexts_are_checked_like_images() {
    let mut there = Files::default();
    there.add("/a", "");
    let with_context = |gateway: Gateway, key: &str| {
        gateway
            .opt("target", "kiro")
            .opt(&format!("context:{key}"), &format!("docker-image://{IMAGE}"))
    };
    fail_with(
        with_context(prebuilt(DOCKERFILE, there.clone()), "builder"),
        &["alias builder: context builder → ghcr.io/org/builder:v1@", "/build/agentd is not there"],
    )
    .await;
    let by_image = prebuilt(DOCKERFILE, there).build_arg("BUILDER_IMAGE", "example.com/other:1");
    fail_with(with_context(by_image, "example.com/other:1"), &["/build/agentd is not there"]).await;
    succeed(with_context(prebuilt(DOCKERFILE, files()), "builder")).await;
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
