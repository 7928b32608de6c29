//! What real engines do: old ones, and all of them.

use aliasfront_tests::gateway::{CapSet, Gateway, Image, Missing, Rpc};

use crate::{attr, build, fail, graph, succeed};

/// A build of everything that every supported engine can do.
const EVERYWHERE: &str = "\
FROM alpine AS base
ENV A=1
WORKDIR /work
RUN --mount=type=cache,target=/cache --mount=type=secret,id=s --mount=type=tmpfs,target=/t x
COPY --chmod=0755 --chown=1:1 a /
COPY --link b /
ADD https://example.com/file /
COPY <<EOF /heredoc
text
EOF
FROM base
COPY --from=base /a /b
USER 1
CMD [\"x\"]
";

#[tokio::test]
async fn what_every_engine_can_do_builds_on_every_engine() {
    for (version, caps) in CapSet::versions() {
        let recording = build(Gateway::new().dockerfile(EVERYWHERE).caps(caps.clone())).await;
        assert!(recording.result().is_some(), "BuildKit {version}: {}", recording.words());
        for vertex in &graph(&recording).vertices {
            for cap in vertex.metadata.caps.keys() {
                assert!(caps.has(cap), "BuildKit {version} has no {cap}");
            }
        }
    }
}

/// What has an older form that does the same, or nearly: options, and a Dockerfile.
const OLDER_FORMS: [(&[(&str, &str)], &str); 6] = [
    // The context is of one time.
    (
        &[
            ("context", "https://github.com/org/app.git#main"),
            ("build-arg:SOURCE_DATE_EPOCH", "1600000000"),
        ],
        "FROM scratch\nCOPY a /\n",
    ),
    (
        &[
            ("context", "https://github.com/org/app.git#main"),
            ("build-arg:SOURCE_DATE_EPOCH", "context"),
        ],
        "FROM scratch\nCOPY a /\n",
    ),
    // That paths are there is checked.
    (&[], "FROM scratch\nCOPY --parents a/b c/./d /\n"),
    // Limits and devices that a command can do without.
    (&[("memory", "67108864"), ("cpusetcpus", "0")], "FROM alpine\nRUN x\n"),
    (&[], "FROM alpine\nRUN --device=vendor.com/gpu=all x\n"),
    (&[], "FROM alpine\nRUN --network=none --mount=type=tmpfs,size=1m,target=/t x\n"),
];

#[tokio::test]
async fn what_has_an_older_form_builds_on_every_engine() {
    for (version, caps) in CapSet::versions() {
        for (options, dockerfile) in OLDER_FORMS {
            let gateway = options
                .iter()
                .fold(Gateway::new(), |gateway, (key, value)| gateway.opt(key, value))
                .dockerfile(dockerfile)
                .source_file("git://github.com/org/app.git#main", "Dockerfile", dockerfile)
                .caps(caps.clone());
            let recording = build(gateway).await;
            let words = recording.words();
            assert!(recording.result().is_some(), "BuildKit {version}: {dockerfile}: {words}");
            for vertex in &graph(&recording).vertices {
                for cap in vertex.metadata.caps.keys() {
                    assert!(caps.has(cap), "BuildKit {version} has no {cap}: {dockerfile}");
                }
            }
        }
    }
}

/// Features that came later: the engine that lacks each, a Dockerfile that needs it, the version that has it, and a
/// word that names it.
const LATER: [(&str, &str, &str, &str); 6] = [
    ("0.13", "FROM alpine\nCOPY --chmod=u=rwX a /\n", "0.17", "chmod"),
    ("0.16", "FROM alpine\nRUN --device=vendor.com/gpu=all,required x\n", "0.20", "device"),
    (
        "0.20",
        "FROM alpine\nADD --checksum=0123456789abcdef0123456789abcdef01234567 \
         https://github.com/org/app.git#main /\n",
        "0.22",
        "checksum",
    ),
    (
        "0.20",
        "FROM alpine\nADD https://github.com/org/app.git?submodules=false /\n",
        "0.24",
        "submodules",
    ),
    ("0.25", "FROM alpine\nADD https://github.com/org/app.git?mtime=commit /\n", "0.29", "mtime"),
    (
        "0.25",
        "FROM alpine\nADD https://github.com/org/app.git?fetch-by-commit=1&ref=\
         0123456789abcdef0123456789abcdef01234567 /\n",
        "0.30",
        "fetch-by-commit",
    ),
];

#[tokio::test]
async fn what_an_engine_lacks_is_named_with_the_version_that_has_it() {
    let minor = |version: &str| version[2..].parse::<u32>().expect("a version");
    let mut findings = Vec::new();
    for (lacking, dockerfile, since, word) in LATER {
        for (version, caps) in CapSet::versions() {
            let recording = build(Gateway::new().dockerfile(dockerfile).caps(caps)).await;
            let words = recording.words();
            let named = recording.error().is_some_and(|error| {
                error.message.contains(since) && error.message.to_lowercase().contains(word)
            });
            if minor(version) <= minor(lacking) && !named {
                findings
                    .push(format!("{word} isn't refused by name on BuildKit {version}: {words}"));
            }
            if minor(version) >= minor(since) && recording.result().is_none() {
                findings.push(format!("{word} doesn't build on BuildKit {version}: {words}"));
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test]
async fn links_are_plain_copies_where_there_is_no_merging() {
    let gateway = Gateway::new().dockerfile("FROM alpine\nCOPY --link a /\n");
    let merges = |recording: &aliasfront_tests::gateway::Recording| {
        graph(recording).vertices.iter().any(|vertex| !vertex.json()["merge"].is_null())
    };
    assert!(merges(&succeed(gateway.clone()).await));
    for caps in [
        CapSet::buildkit_0_32().without("mergeop"),
        CapSet::buildkit_0_32().disable("mergeop").disable("diffop"),
    ] {
        assert!(!merges(&succeed(gateway.clone().caps(caps)).await));
    }
}

#[tokio::test]
async fn limits_are_left_out_where_the_engine_has_none() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nRUN x\n")
        .opt("memory", "67108864")
        .opt("ulimit", "nofile=1024:2048");
    let new = succeed(gateway.clone()).await;
    let limits = |recording: &aliasfront_tests::gateway::Recording| {
        let mut vertices = graph(recording).vertices.iter();
        vertices.find_map(|vertex| vertex.metadata.linux_resources.clone())
    };
    assert_eq!(limits(&new).expect("limits").memory, 67_108_864);
    assert_eq!(limits(&succeed(gateway.clone().caps(CapSet::buildkit_0_25())).await), None);

    let without = CapSet::buildkit_0_32().without("exec.meta.ulimit");
    let old = succeed(gateway.caps(without)).await;
    let run = graph(&old).vertices.iter().find(|vertex| vertex.args().is_some());
    assert!(run.expect("a command").json()["exec"]["meta"]["ulimit"].is_null());
}

#[tokio::test]
async fn images_are_looked_up_in_the_older_way_where_there_is_no_other() {
    let gateway = || Gateway::new().dockerfile("FROM alpine\nRUN x\n");
    let new = succeed(gateway()).await;
    assert_eq!(new.count(Rpc::ResolveSourceMeta), 1);
    assert_eq!(new.count(Rpc::ResolveImageConfig), 0);

    let caps = CapSet::buildkit_0_13().without("source.metaresolver");
    let old = succeed(gateway().caps(caps)).await;
    assert_eq!(old.count(Rpc::ResolveSourceMeta), 0);
    assert_eq!(old.count(Rpc::ResolveImageConfig), 1);
    assert_eq!(graph(&old).head, graph(&new).head);
}

#[tokio::test]
async fn engines_that_do_not_take_warnings_get_none() {
    let caps = CapSet::buildkit_0_32().without("gateway.warnings");
    let gateway = Gateway::new().dockerfile("FROM alpine\nMAINTAINER me\n");
    assert_eq!(succeed(gateway.clone()).await.count(Rpc::Warn), 1);
    assert_eq!(succeed(gateway.caps(caps)).await.count(Rpc::Warn), 0);
}

#[tokio::test]
async fn engines_that_are_too_old_are_named() {
    let caps = CapSet::buildkit_0_13().without("file.base");
    let recording = fail(Gateway::new().dockerfile("FROM alpine\n").caps(caps)).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.starts_with("needs BuildKit 0.5 or later"), "{error}");
}

#[tokio::test]
async fn an_image_without_a_digest_is_used_by_its_tag() {
    for caps in [CapSet::buildkit_0_32(), CapSet::buildkit_0_32().without("source.metaresolver")] {
        let gateway = Gateway::new()
            .dockerfile("FROM alpine:3\nRUN x\n")
            .image("docker.io/library/alpine:3", Image::default().digest(""))
            .caps(caps);
        let recording = succeed(gateway).await;
        assert_eq!(graph(&recording).sources(), ["docker-image://docker.io/library/alpine:3"]);
    }
}

#[tokio::test]
async fn a_policy_can_turn_an_image_into_another() {
    let pinned = format!("docker.io/library/alpine:3@sha256:{}", "cd".repeat(32));
    for caps in [CapSet::buildkit_0_32(), CapSet::buildkit_0_32().without("source.metaresolver")] {
        let gateway = Gateway::new()
            .dockerfile("FROM alpine:3\nRUN x\n")
            .redirect(
                "docker-image://docker.io/library/alpine:3",
                &format!("docker-image://{pinned}"),
            )
            .caps(caps);
        let recording = succeed(gateway).await;
        assert_eq!(graph(&recording).sources(), [format!("docker-image://{pinned}")]);
    }
}

#[tokio::test]
async fn a_policy_that_turns_an_image_into_a_download_is_named() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine:3\nRUN x\n")
        .redirect("docker-image://docker.io/library/alpine:3", "https://example.com/rootfs.tar");
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.contains("https://example.com/rootfs.tar"), "{error}");
    assert!(error.contains("policy"), "{error}");
}

#[tokio::test]
async fn a_policy_that_goes_in_circles_ends_with_an_error() {
    let (a, b) =
        ("docker-image://docker.io/library/a:latest", "docker-image://docker.io/library/b:latest");
    let gateway = Gateway::new()
        .dockerfile("FROM a\nRUN x\n")
        .opt("context:a", "docker-image://b")
        .opt("context:b", "docker-image://a")
        .redirect(a, b)
        .redirect(b, a);
    let recording = build(gateway).await;
    assert!(recording.has_ended());
    assert!(recording.outcome.is_some(), "{}", recording.words());
}

#[tokio::test]
async fn daemons_that_answer_unknown_for_missing_files_are_understood() {
    let gateway = Gateway::new()
        .dockerfile("FROM scratch\nCOPY --from=lib a /\nCOPY b /\n")
        .opt("context:lib", "local:lib")
        .missing(Missing::Unknown);
    let recording = succeed(gateway).await;
    assert_eq!(attr(graph(&recording), "local://lib", "local.excludepatterns"), None);
}

#[tokio::test]
async fn features_that_are_not_allowed_are_refused_in_the_words_of_the_engine() {
    let gateway = Gateway::new()
        .dockerfile("FROM alpine\nRUN --security=insecure x\n")
        .caps(CapSet::buildkit_0_32().disable("exec.meta.security"));
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert!(error.contains("the test gateway doesn't allow it"), "{error}");
}

#[tokio::test]
async fn engines_that_name_no_worker_build_for_the_usual_platform() {
    let gateway = Gateway::new().dockerfile("FROM alpine\nRUN x\n").worker(&[]);
    let recording = succeed(gateway).await;
    assert_eq!(recording.lookups.len(), 1);
    assert!(recording.lookups[0].platform.starts_with("linux/"), "{:?}", recording.lookups);
}

#[tokio::test]
async fn the_first_platform_of_the_worker_is_the_builders() {
    let gateway = Gateway::new()
        .dockerfile("FROM --platform=$BUILDPLATFORM alpine\nRUN x\n")
        .worker(&["linux/riscv64", "linux/amd64"]);
    let recording = succeed(gateway).await;
    assert_eq!(recording.resolved(), ["docker.io/library/alpine:latest|linux/riscv64"]);
}
