//! Executables of contracts with `+loads` find what they load, or the build fails: before anything runs where that is
//! certain, and else when it was built.

use aliasfront_tests::elf::{self, Elf};
use aliasfront_tests::gateway::{Fault, Files, Gateway, Image, Recording, Rpc};

use tonic::Code;

use crate::{DIGEST, IMAGE, fail, fail_with, identifier, message, probes, request, succeed};

/// The Dockerfile of most tests. What the agents start from and do besides taking the executable, tests put in.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build
# alias require=/build/agentd,+loads
FROM ${BUILDER_IMAGE} AS builder
FROM debian:12 AS kiro
COPY --from=builder --chmod=0755 /build/agentd /usr/local/bin/
COPY profile.json /opt/agent/profile.json
ENV LD_LIBRARY_PATH=/opt/agent/lib
";

/// Where the contract is, and the `COPY`.
const CONTRACT: &str = "line 4";
const COPY_LINE: i64 = 7;

const BASE: &str = "docker.io/library/debian:12";
const BASE_DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// What the executable lacks on the base.
const TOO_OLD: &str =
    "wants GLIBC_2.38 of libc.so.6; debian:12 has 2.36 (/lib/x86_64-linux-gnu/libc.so.6)";
/// And on what was built.
const STILL_TOO_OLD: &str = "wants GLIBC_2.38 of libc.so.6; kiro, from debian:12, has 2.36 \
                             (/lib/x86_64-linux-gnu/libc.so.6)";

/// A file system with a C library that has versions up to this one, and a library beside it.
fn glibc(minor: usize) -> Files {
    let versions: Vec<String> = (30..=minor).map(|minor| format!("GLIBC_2.{minor}")).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    let mut files = Files::default();
    files.add_link("/lib", "usr/lib");
    files.add_link("/lib64", "usr/lib64");
    let directory = "/usr/lib/x86_64-linux-gnu";
    files.add_link("/usr/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    let loader = Elf::library().has(&["GLIBC_2.30"]);
    files.add(&format!("{directory}/ld-linux-x86-64.so.2"), loader.bytes());
    files.add(&format!("{directory}/libc.so.6"), Elf::library().has(&versions).bytes());
    files
}

/// An executable that wants a version of the C library.
fn agent(minor: usize) -> Elf {
    Elf::program().needs(&["libc.so.6"]).wants("libc.so.6", &[&format!("GLIBC_2.{minor}")])
}

fn builder(agent: &Elf) -> Files {
    let mut files = Files::default();
    files.add_with_mode("/build/agentd", agent.bytes(), 0o755);
    files
}

/// A build without a prebuilt image, with what its compile stage makes and what its base has.
fn compiled(dockerfile: &str, made: Files, base: Files) -> Gateway {
    Gateway::new()
        .dockerfile(dockerfile)
        .context_file("profile.json", "{}")
        .opt("target", "kiro")
        .left("cargo build", made)
        .image(BASE, Image::default().digest(BASE_DIGEST))
        .source(&format!("docker-image://{BASE}@{BASE_DIGEST}"), base)
}

/// A build whose alias is a prebuilt image.
fn prebuilt(dockerfile: &str, image: Files, base: Files) -> Gateway {
    compiled(dockerfile, Files::default(), base)
        .image(IMAGE, Image::default().digest(DIGEST))
        .source(&identifier(), image)
        .build_arg("BUILDER_IMAGE", IMAGE)
}

/// Whether a stage's last step was sent to be solved.
fn was_built(recording: &Recording, step: &str) -> bool {
    let solved = recording.solves.iter().filter_map(|solved| solved.graph.as_ref());
    solved.into_iter().any(|graph| graph.names().iter().any(|name| name.contains(step)))
}

#[tokio::test]
async fn a_c_library_that_is_too_old_is_found_before_anything_runs() {
    let gateway = prebuilt(DOCKERFILE, builder(&agent(38)), glibc(36));
    let recording = fail_with(
        gateway.clone(),
        &[
            "alias builder: BUILDER_IMAGE → ghcr.io/org/builder:v1@",
            &format!("/build/agentd cannot start in kiro: {TOO_OLD} (needed by line 7)"),
            "hint: build it for debian:12, copy what it lacks along, or start from what has that; ",
            &format!("the contract in {CONTRACT} asks that it loads: require=/build/agentd,+loads"),
        ],
    )
    .await;
    assert_eq!(recording.error_lines(), [(COPY_LINE, COPY_LINE)]);
    assert!(!was_built(&recording, "COPY"), "nothing is built");
    // It is told of all, and where nothing is built at all.
    let (check, text) = request(gateway, "frontend.lint").await;
    assert!(check.to_string().contains(TOO_OLD), "{check} {text}");
}

#[tokio::test]
async fn what_loads_is_told_at_the_end() {
    let recording = succeed(prebuilt(DOCKERFILE, builder(&agent(36)), glibc(36))).await;
    assert!(
        message(&recording).contains("kiro: /usr/local/bin/agentd finds what it loads\n"),
        "{}",
        message(&recording)
    );
    let recording = succeed(compiled(DOCKERFILE, builder(&agent(36)), glibc(36))).await;
    assert_eq!(message(&recording), "kiro: /usr/local/bin/agentd finds what it loads\n");
}

#[tokio::test]
async fn what_the_compile_stage_makes_is_looked_at_when_it_was_built() {
    let gateway = compiled(DOCKERFILE, builder(&agent(38)), glibc(36));
    let recording = fail_with(
        gateway.clone(),
        &[
            "kiro (linux/amd64) cannot start\n",
            &format!(
                "  - /usr/local/bin/agentd (/build/agentd of alias builder (BUILDER_IMAGE → \
                 \"local_builder\"), line 7): {STILL_TOO_OLD}\n"
            ),
            "hint: build it for debian:12",
        ],
    )
    .await;
    assert_eq!(recording.error_lines(), [(COPY_LINE, COPY_LINE)]);
    assert!(was_built(&recording, "COPY") && recording.result().is_none());
    for mode in ["off", "config"] {
        succeed(
            gateway
                .clone()
                .build_arg("ALIASFRONT_VERIFY", mode)
                .dockerfile(DOCKERFILE.replace("alias require", "alias override=allow require")),
        )
        .await;
    }
    let without = DOCKERFILE.replace(",+loads", ",file");
    let recording = succeed(gateway.dockerfile(without)).await;
    assert_eq!(recording.count(Rpc::StatFile), 0, "nothing is looked at");
}

#[tokio::test]
async fn what_steps_may_still_change_is_left_to_the_end() {
    // The C library that the step installs is new enough, or too old as well.
    let dockerfile = DOCKERFILE.replace("COPY profile", "RUN apt-get upgrade\nCOPY profile");
    let gateway = prebuilt(&dockerfile, builder(&agent(38)), glibc(36));
    let recording =
        fail_with(gateway.clone(), &["kiro (linux/amd64) cannot start", STILL_TOO_OLD]).await;
    assert!(was_built(&recording, "RUN apt-get upgrade"));
    succeed(gateway.left("apt-get upgrade", glibc(38))).await;
    // A step in a stage that is built on is none of its own.
    let dockerfile = DOCKERFILE.replace(
        "FROM debian:12 AS kiro",
        "FROM debian:12 AS base\nRUN apt-get upgrade\nFROM base AS kiro",
    );
    let gateway = prebuilt(&dockerfile, builder(&agent(38)), glibc(36));
    succeed(gateway.left("apt-get upgrade", glibc(38))).await;
}

#[tokio::test]
async fn libraries_that_are_copied_along_count() {
    let agent = agent(36).needs(&["libx.so.1"]).runpath("$ORIGIN/../lib/agent");
    let mut image = builder(&agent);
    image.add("/build/libx.so.1", Elf::library().bytes());
    image.add("/build/conf", "/opt/x\n");
    let gateway = |copy: &str| {
        let dockerfile = DOCKERFILE.replace("COPY profile", &format!("{copy}\nCOPY profile"));
        prebuilt(&dockerfile, image.clone(), glibc(36))
    };
    for copy in [
        "COPY --from=builder /build/libx.so.1 /usr/local/lib/agent/",
        "COPY --from=builder /build/libx.so.1 /usr/lib/x86_64-linux-gnu/",
        "COPY --from=builder /build/libx.so.1 /lib/",
        "COPY --from=builder /build/lib* /opt/agent/lib/",
        "COPY --link --from=builder /build/libx.so.1 /usr/lib64/",
        "COPY --from=builder /build/conf /etc/ld.so.conf.d/x.conf\nCOPY --from=builder /build/libx.so.1 /opt/x/",
    ] {
        let dockerfile = gateway(copy);
        let dockerfile = if copy.contains("ld.so.conf.d") {
            let mut base = glibc(36);
            base.add("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
            dockerfile.source(&format!("docker-image://{BASE}@{BASE_DIGEST}"), base)
        } else {
            dockerfile
        };
        let recording = succeed(dockerfile).await;
        assert!(message(&recording).contains("finds what it loads"), "{copy}");
    }
    // Where nobody looks, it is no help, and that is certain.
    let copy = "COPY --from=builder /build/libx.so.1 /srv/lib/";
    let recording = fail_with(
        gateway(copy),
        &["/build/agentd cannot start in kiro: needs libx.so.1, which is in none of /opt/agent/lib, /usr/local/lib/agent, "],
    )
    .await;
    assert!(!was_built(&recording, "COPY"));
    fail_with(gateway("RUN true"), &["(linux/amd64) cannot start", "needs libx.so.1"]).await;
}

#[tokio::test]
async fn another_c_library_is_told() {
    let base = || {
        let mut base = Files::default();
        base.add("/lib/ld-musl-x86_64.so.1", Elf::library().bytes());
        base
    };
    fail_with(
        prebuilt(DOCKERFILE, builder(&agent(36)), base()),
        &["needs its interpreter /lib64/ld-linux-x86-64.so.2, which is not there in debian:12; \
           it is built for glibc, and that has musl (needed by line 7)"],
    )
    .await;
    let musl =
        Elf::program().interpreter("/lib/ld-musl-x86_64.so.1").needs(&["libc.musl-x86_64.so.1"]);
    succeed(prebuilt(DOCKERFILE, builder(&musl), base())).await;
    fail_with(
        prebuilt(DOCKERFILE, builder(&musl), glibc(36)),
        &["which is not there in debian:12; it is built for musl, and that has glibc"],
    )
    .await;
    // Who starts from nothing has nothing.
    let scratch = DOCKERFILE.replace("FROM debian:12", "FROM scratch");
    fail_with(
        prebuilt(&scratch, builder(&musl), Files::default()),
        &["needs its interpreter /lib/ld-musl-x86_64.so.1, which is not there in scratch (needed by line 7)"],
    )
    .await;
    for agent in [Elf::fixed(), Elf::library()] {
        succeed(prebuilt(&scratch, builder(&agent), Files::default())).await;
    }
}

#[tokio::test]
async fn executables_for_other_processors_are_told_once() {
    let foreign = builder(&Elf::library().machine(elf::ARM64));
    let part = "/build/agentd cannot start in kiro: is for arm64, and that is linux/amd64";
    fail_with(prebuilt(DOCKERFILE, foreign.clone(), glibc(36)), &[part]).await;
    let both = DOCKERFILE.replace(",+loads", ",+x,+loads");
    let (_, message) = fail(prebuilt(&both, foreign.clone(), glibc(36))).await;
    assert_eq!(message.matches("is for arm64").count(), 1, "{message}");
    let recording = fail_with(compiled(DOCKERFILE, foreign, glibc(36)), &["is for arm64"]).await;
    assert!(was_built(&recording, "COPY"));
}

#[tokio::test]
async fn scripts_find_their_interpreters() {
    let mut image = Files::default();
    image.add_with_mode("/build/agentd", "#!/usr/bin/env python3\n", 0o755);
    let mut base = glibc(36);
    base.add_with_mode("/usr/bin/env", "", 0o755);
    let gateway = prebuilt(DOCKERFILE, image, base.clone());
    let lack = "/build/agentd cannot start in kiro: is a script for python3, which is in none of ";
    fail_with(gateway.clone(), &[lack]).await;
    base.add_with_mode("/usr/bin/python3", "", 0o755);
    succeed(gateway.source(&format!("docker-image://{BASE}@{BASE_DIGEST}"), base)).await;
}

#[tokio::test]
async fn executables_are_followed_from_stage_to_stage() {
    let dockerfile = "\
ARG BUILDER_IMAGE=local_builder
FROM rust:1 AS local_builder
RUN cargo build
# alias require=/build/*,+loads
FROM ${BUILDER_IMAGE} AS builder
FROM scratch AS collected
COPY --from=builder /build /all/bin
FROM debian:12 AS base
COPY --from=collected /all /opt
FROM base AS kiro
COPY --from=collected /all/bin/agentd /usr/bin/renamed
";
    let recording = fail_with(
        compiled(dockerfile, builder(&agent(38)), glibc(36)),
        &[
            "  - /opt/bin/agentd (/build/* of alias builder",
            "  - /usr/bin/renamed (/build/agentd of alias builder",
        ],
    )
    .await;
    assert_eq!(recording.error_lines(), [(9, 9), (11, 11)]);
    fail_with(
        prebuilt(dockerfile, builder(&agent(38)), glibc(36)),
        &[
            "/build/agentd cannot start in kiro: wants GLIBC_2.38",
            "(needed by line 9)",
            "(needed by line 11)",
        ],
    )
    .await;
    let mut made = builder(&agent(36));
    made.add("/build/readme", "text");
    let recording = succeed(compiled(dockerfile, made, glibc(36))).await;
    assert!(
        message(&recording).contains("kiro: /opt/bin/agentd, /usr/bin/renamed find what they load"),
        "{}",
        message(&recording)
    );
}

#[tokio::test]
async fn an_image_whose_executables_cannot_start_lets_the_build_compile_where_that_is_wanted() {
    let dockerfile = DOCKERFILE.replace("alias require", "alias fallback=local require");
    let gateway = prebuilt(&dockerfile, builder(&agent(38)), glibc(36));
    let recording = succeed(gateway.left("cargo build", builder(&agent(36)))).await;
    let message = message(&recording);
    assert!(message.contains("alias builder: compiled by \"local_builder\", since"), "{message}");
    assert!(message.contains(TOO_OLD) && message.contains("finds what it loads"), "{message}");
}

#[tokio::test]
async fn targets_and_platforms_share_what_they_ask() {
    let dockerfile =
        format!("{DOCKERFILE}FROM kiro AS claude\nENV A=b\nFROM kiro AS codex\nENV A=c\n");
    let gateway = prebuilt(&dockerfile, builder(&agent(36)), glibc(36));
    let one = succeed(gateway.clone()).await;
    let mut all = gateway.clone().build_arg("ALIASFRONT_TARGETS", "kiro,claude,codex");
    all = all.build_arg("ALIASFRONT_TARGETS_OUTPUT", "files").opt("target", "");
    let all = succeed(all).await;
    let asked = |recording: &Recording| {
        let without = |asked: &&aliasfront_tests::gateway::Asked| !asked.path.contains("ocker");
        recording.files.iter().filter(without).count()
    };
    // The three come to the same files.
    assert_eq!(asked(&all), asked(&one), "{:?}", all.files);
    // Of the image: whether the file is there, and its two parts; of the base: the interpreter and the library, each
    // looked at and read; of the result likewise, with the executable and that it was built.
    assert_eq!(asked(&one), 15, "{:?}", one.files);
    let reads: Vec<_> = one.files.iter().filter(|asked| asked.rpc == Rpc::ReadFile).collect();
    let whole = reads.iter().filter(|read| read.range.is_none() && !read.path.contains("ocker"));
    assert_eq!(whole.count(), 0, "{reads:?}");
    // The image, its base and the result are solved once each.
    assert_eq!(probes(&one).len(), 1);
    let without = gateway.build_arg("ALIASFRONT_VERIFY", "off");
    let without =
        without.dockerfile(dockerfile.replace("alias require", "alias override=allow require"));
    let without = succeed(without).await;
    assert_eq!(one.count(Rpc::Solve), without.count(Rpc::Solve) + 2);
    // Nothing of it changes what is built.
    let digest = |recording: &Recording| crate::graph(recording).head.clone();
    assert_eq!(digest(&one), digest(&without));
}

#[tokio::test]
async fn a_build_that_fails_is_told_by_the_engine() {
    let gateway = compiled(DOCKERFILE, builder(&agent(36)), glibc(36));
    let recording = succeed(gateway.misbehave(Rpc::StatFile, Fault::Code(Code::Unknown))).await;
    assert!(message(&recording).is_empty(), "{}", message(&recording));
}

#[tokio::test]
async fn what_cannot_be_told_is_not_called_checked() {
    let mut made = Files::default();
    made.add_with_mode("/build/agentd", agent(36).needs(&["./libx.so"]).bytes(), 0o755);
    let recording = succeed(compiled(DOCKERFILE, made, glibc(36))).await;
    assert_eq!(
        message(&recording),
        "kiro: /usr/local/bin/agentd not checked, since ./libx.so is looked for where it is started\n"
    );
    let mut made = Files::default();
    made.add_with_mode("/build/agentd", &agent(36).bytes()[..200], 0o755);
    fail_with(compiled(DOCKERFILE, made, glibc(36)), &["line 7): is broken: "]).await;
}
