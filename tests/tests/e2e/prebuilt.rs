//! Prebuilt images of all kinds, and a Dockerfile whose alias becomes them.

use std::sync::OnceLock;

use aliasfront_tests::elf::{AMD64, ARM64, program};

use crate::{
    build::{Build, Outcome},
    engine::{Frontend, docker_prints, frontend, has_containerd_store, pushed_digest, registry},
    project::Project,
};

/// The Dockerfile of the images: all of them without a shell, so that nothing of them can be run.
const IMAGES: &str = "\
FROM scratch AS whole
COPY --chmod=0755 agentd cli /build/
FROM scratch AS incomplete
COPY --chmod=0755 agentd /build/
COPY --chmod=0755 cli /build/clii
FROM scratch AS plain
COPY --chmod=0644 agentd cli /build/
FROM scratch AS foreign
COPY --chmod=0755 agentd-arm64 /build/agentd
COPY --chmod=0755 cli /build/
";

/// The revision that the whole image says it was made from.
pub(crate) const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const LABEL: &str = "org.opencontainers.image.revision";

/// A Dockerfile with an alias. The frontend's own line comes before these, and the contract goes into the comment.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM busybox:1.35 AS local_builder
WORKDIR /build
RUN echo NONCE > agentd && cp agentd cli
# alias verify=files
FROM ${BUILDER_IMAGE} AS builder
FROM scratch AS kiro
COPY --from=builder /build/agentd /agentd
COPY --from=builder /build/cli /cli
FROM kiro AS leaky
COPY --from=local_builder /build/cli /leaked
";
const CONTRACT: &str = "verify=files";

/// The images, by name. Each has `/build/agentd` and `/build/cli`, unless it says otherwise.
pub(crate) struct Images {
    /// With all that it takes, and a label.
    pub whole: String,
    /// The same by digest.
    pub pinned: String,
    /// With `/build/clii`.
    pub incomplete: String,
    /// Not executable.
    pub plain: String,
    /// `/build/agentd` is for arm64.
    pub foreign: String,
    /// For arm64, as its config says.
    pub arm64: String,
    /// An index of nothing but arm64, on engines that push indexes of one platform.
    pub arm64_index: Option<String>,
}

/// The images in the registry, built once.
pub(crate) fn images() -> &'static Images {
    static IMAGES_MADE: OnceLock<Images> = OnceLock::new();
    IMAGES_MADE.get_or_init(|| {
        let project = Project::new(&[("Dockerfile", IMAGES), ("cli", "#!/bin/sh\n# NONCE\n")]);
        project.write_bytes("agentd", &program(AMD64, 64));
        project.write_bytes("agentd-arm64", &program(ARM64, 64));
        let push = |name: &str, build: &dyn Fn(Build<'_>, &str)| {
            let image = format!("{}/e2e/prebuilt-{name}:{}", registry(), project.nonce());
            build(Build::new(&project), &image);
            // The classic image store has a copy now, which would be taken instead.
            if !has_containerd_store() {
                docker_prints(&["image", "rm", &image]);
            }
            image
        };
        let simple = |target: &str| {
            push(target, &|build, image| drop(build.target(target).push(image).succeeds()))
        };
        let whole = push("whole", &|build, image| {
            let build = build.target("whole").option("--label", format!("{LABEL}={REVISION}"));
            build.push(image).succeeds();
        });
        let for_arm64 = |build: Build<'_>, image: &str, attestation: Option<&str>| {
            let build = build.target("whole").platforms("linux/arm64");
            let build = match attestation {
                Some(attestation) => build.option("--provenance", attestation),
                None => build,
            };
            build.push(image).succeeds();
        };
        let (name, _) = whole.rsplit_once(':').expect("the image has a tag");
        Images {
            pinned: format!("{name}@{}", pushed_digest(&whole)),
            whole,
            incomplete: simple("incomplete"),
            plain: simple("plain"),
            foreign: simple("foreign"),
            arm64: push("arm64", &|build, image| for_arm64(build, image, None)),
            arm64_index: has_containerd_store().then(|| {
                push("arm64-index", &|build, image| for_arm64(build, image, Some("mode=min")))
            }),
        }
    })
}

/// The name of an image that nobody pushed.
pub(crate) fn missing() -> String {
    format!("{}/e2e/there-is-no-such-image:v1", registry())
}

/// A project whose alias has a contract; none where it is empty.
pub(crate) fn project(contract: &str) -> Project {
    let contract = if contract.is_empty() { CONTRACT } else { contract };
    Project::new(&[("Dockerfile", &DOCKERFILE.replace(CONTRACT, contract))])
}

/// A build whose alias is an image, and of which nothing is kept.
pub(crate) fn build<'a>(project: &'a Project, image: &str) -> Build<'a> {
    let build = Build::new(project).arg("BUILDER_IMAGE", image);
    build.option("--output", "type=cacheonly")
}

/// Whether the frontend that is tested knows more of aliases than any other.
pub(crate) fn is_known() -> bool {
    frontend() != Frontend::Builtin
}

/// All parts are in what the client said.
#[track_caller]
pub(crate) fn says(outcome: &Outcome, parts: &[&str]) {
    let messages = outcome.progress.messages();
    for part in parts {
        assert!(messages.contains(part), "{part:?} is not in:\n{messages}");
    }
}

/// A warning of this rule has all parts.
#[track_caller]
pub(crate) fn warns(outcome: &Outcome, rule: &str, parts: &[&str]) {
    let warnings = outcome.progress.warnings();
    let found = warnings.iter().any(|warning| {
        warning.starts_with(rule) && parts.iter().all(|part| warning.contains(part))
    });
    assert!(found, "{rule} with {parts:?} is not in {warnings:#?}");
}
