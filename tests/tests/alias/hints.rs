//! Errors lead: the name first, the place of the mistake, and what to do about it.

use aliasfront_tests::gateway::{Files, Gateway, Image};
use serde_json::json;

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail, fail_with, files, message, no_warning, overridden, prebuilt,
    request, succeed, warning, with,
};

/// The hints of an error, each a line of its own.
async fn hints(gateway: Gateway) -> Vec<String> {
    let (_, message) = fail(gateway).await;
    message.lines().filter_map(|line| line.strip_prefix("hint: ").map(str::to_owned)).collect()
}

fn lacking() -> Files {
    let mut files = Files::default();
    files.add_with_mode("/build/agentd", "x", 0o755);
    files
}

#[tokio::test]
async fn check_has_the_hints() {
    for gateway in [
        overridden(DOCKERFILE, lacking()),
        overridden(&with("pin=digest allow=ghcr.io/other/*"), files()),
        Gateway::new().dockerfile("ARG X\nFROM ${X}\n"),
    ] {
        let expected = hints(gateway.clone()).await;
        assert!(!expected.is_empty());
        let (check, _) = request(gateway.clone(), "frontend.lint").await;
        assert_eq!(check["buildError"]["hints"], json!(expected), "{check}");
        // Clients print the message: it is the one of a build.
        let (_, message) = fail(gateway).await;
        assert_eq!(check["buildError"]["message"], json!(message));
    }
    // Without a hint there is no such field.
    let gateway = Gateway::new().dockerfile("FROM a\nFROM scratch\n").opt("target", "x");
    let (check, _) = request(gateway, "frontend.lint").await;
    assert!(check["buildError"].is_object() && check["buildError"].get("hints").is_none());
}

#[tokio::test]
async fn all_violations_have_their_hints() {
    let contract = with("pin=digest allow=ghcr.io/other/*");
    let [allowed, pinned] = &hints(overridden(&contract, files())).await[..] else {
        panic!("two hints")
    };
    assert!(allowed.starts_with("use an image that the contract allows"), "{allowed}");
    let paste = format!("--build-arg BUILDER_IMAGE={};", pinned_by_shell(IMAGE));
    assert!(pinned.contains(&paste), "{pinned}");
}

/// The name of an image with its digest, as a shell puts it together: what is refused is not looked up.
fn pinned_by_shell(image: &str) -> String {
    format!(
        "{image}@$(docker buildx imagetools inspect {image} --format '{{{{.Manifest.Digest}}}}')"
    )
}

#[tokio::test]
async fn what_to_paste_is_printed() {
    let contract = with("pin=digest");
    let by_context = prebuilt(&contract, files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("docker-image://{IMAGE}"));
    let paste = format!("write --build-context builder=docker-image://{};", pinned_by_shell(IMAGE));
    fail_with(by_context, &[&paste, &format!("the name {IMAGE} has no digest")]).await;
    // The name of an image that is put together is nobody's value.
    let parts = contract
        .replace("ARG BUILDER_IMAGE=local_builder", "ARG R=local\nARG N=builder")
        .replace("${BUILDER_IMAGE}", "${R}_${N}");
    let gateway = Gateway::new()
        .dockerfile(parts)
        .image("docker.io/library/x_builder:latest", Image::default().digest(DIGEST))
        .opt("target", "kiro")
        .build_arg("R", "x");
    fail_with(gateway, &[&format!("name the image as {};", pinned_by_shell("x_builder"))]).await;
}

#[tokio::test]
async fn hints_fit_what_the_alias_became() {
    let image = hints(overridden(DOCKERFILE, lacking())).await;
    assert_eq!(
        image,
        [
            "push an image that has what the build takes from it; --build-arg BUILDER_IMAGE sets alias \
          builder; leave it out to compile with stage \"local_builder\", or let the build do that with the \
          comment \"# alias fallback=local\" above the alias"
        ]
    );
    let directory = prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .opt("context:builder", "local:prebuilt")
        .local("prebuilt", lacking());
    let [directory] = &hints(directory).await[..] else { panic!("a hint") };
    assert!(directory.starts_with("give a directory that has"), "{directory}");
    assert!(directory.contains("--build-context builder sets alias builder"), "{directory}");
    let repository = prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .opt("context:builder", "https://github.com/org/repo.git#main")
        .source("git://github.com/org/repo.git#main", lacking());
    let [repository] = &hints(repository).await[..] else { panic!("a hint") };
    assert!(repository.starts_with("give a repository that has"), "{repository}");
}

#[tokio::test]
async fn a_fallback_that_the_build_refuses_is_not_advised_as_a_comment() {
    for contract in ["fallback=local", "verify=files"] {
        let gateway =
            overridden(&with(contract), lacking()).build_arg("ALIASFRONT_FALLBACK", "off");
        let [hint] = &hints(gateway).await[..] else { panic!("a hint") };
        assert!(
            hint.ends_with("or let the build do that with ALIASFRONT_FALLBACK=local"),
            "{hint}"
        );
    }
}

#[tokio::test]
async fn the_build_platform_is_not_advised_where_it_is_the_case() {
    let arm = Image::with_config(json!({
        "architecture": "arm64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    }));
    let advice = "or build the alias with --platform=$BUILDPLATFORM";
    let gateway = overridden(DOCKERFILE, files()).image(IMAGE, arm.clone().digest(DIGEST));
    fail_with(gateway, &["the image is for linux/arm64", advice]).await;
    let pinned = DOCKERFILE.replace("FROM ${", "FROM --platform=$BUILDPLATFORM ${");
    let gateway = overridden(&pinned, files()).image(IMAGE, arm.digest(DIGEST));
    let (_, message) = fail(gateway).await;
    assert!(message.contains("hint: push an image for this platform"), "{message}");
    assert!(!message.contains(advice), "{message}");
}

#[tokio::test]
async fn a_later_stage_is_to_be_moved_up() {
    let missing = || Image::failing("failed to do request: EOF");
    let gateway = prebuilt(DOCKERFILE, files())
        .build_arg("BUILDER_IMAGE", "native")
        .opt("target", "kiro")
        .image("docker.io/library/native:latest", missing());
    let parts =
        ["native: failed", "hint: stage \"native\" is declared on line 10, below this FROM"];
    fail_with(gateway, &parts).await;
    let gateway = Gateway::new()
        .dockerfile("FROM later\nFROM scratch AS later\n")
        .opt("target", "0")
        .image("docker.io/library/later:latest", missing());
    let gateway =
        gateway.dockerfile("FROM later AS first\nFROM scratch AS later\n").opt("target", "first");
    fail_with(gateway, &["hint: stage \"later\" is declared on line 2"]).await;
}

#[tokio::test]
async fn the_name_of_an_image_that_fails_comes_first() {
    let request =
        "failed to do request: Head \"https://r/v2/library/runtme/manifests/latest\": EOF";
    let gateway = Gateway::new()
        .dockerfile("FROM scratch AS runtime\nFROM runtme\n")
        .image("docker.io/library/runtme:latest", Image::failing(request));
    let (_, message) = fail(gateway).await;
    assert_eq!(message, format!("runtme: {request} (did you mean runtime?)"));
    // Where the other side names it, it is not said twice.
    let named = "docker.io/library/runtme:latest: not found";
    let gateway = Gateway::new()
        .dockerfile("FROM runtme\n")
        .image("docker.io/library/runtme:latest", Image::missing(named));
    assert_eq!(fail(gateway).await.1, named);
    // Contexts too.
    let gateway = Gateway::new()
        .dockerfile("FROM a\n")
        .opt("context:a", "docker-image://ghcr.io/org/runtme")
        .image("ghcr.io/org/runtme:latest", Image::failing("EOF"));
    fail_with(gateway, &["ghcr.io/org/runtme: EOF"]).await;
}

#[tokio::test]
async fn errors_of_contracts_are_at_their_comments() {
    for (dockerfile, line) in [
        ("ARG B=l\nFROM a AS l\n# alias pin=digest\n# alias verfy=off\nFROM ${B} AS b\n", 4),
        ("ARG B=l\nFROM a AS l\n# pins\n# alais pin=digest\nFROM ${B} AS b\n", 4),
        ("# alias pin=digest\nARG B=l\nFROM a AS l\nFROM ${B} AS b\n", 1),
        ("FROM a AS l\n# about it\n# alias pin=digest\nFROM l AS b\n", 3),
        ("ARG B=x\n# alias fallback=local\nFROM ${B} AS b\n", 2),
        (
            "ARG B=l\nFROM a AS l\n# alias compile=never\n# alias fallback=local\nFROM ${B} AS b\n",
            4,
        ),
        ("ARG B=l\nFROM a AS l\n# alias pin=digest\n#\nFROM ${B} AS b\n", 3),
    ] {
        let (recording, message) = fail(Gateway::new().dockerfile(dockerfile)).await;
        assert_eq!(recording.error_lines(), [(line, line)], "{dockerfile}: {message}");
    }
}

#[tokio::test]
async fn what_no_contract_holds_for_is_told() {
    let dockerfile = format!(
        "ARG TOOLS=tools\n{}",
        DOCKERFILE.replacen("FROM rust", "FROM alpine AS tools\nRUN make\nFROM rust", 1)
    );
    let dockerfile =
        format!("{dockerfile}COPY --from=${{TOOLS}} /a /\nRUN --mount=from=$TOOLS,target=/x x\n");
    let native = || overridden(&dockerfile, files()).opt("target", "native");
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(message(&succeed(native()).await)).len(), 1);
    let image = Image::default().digest(DIGEST);
    let gateway =
        native().build_arg("TOOLS", "busybox").image("docker.io/library/busybox:latest", image);
    let told = lines(message(&succeed(gateway).await));
    assert_eq!(
        told[1..],
        [format!(
            "source ${{TOOLS}}: TOOLS → docker.io/library/busybox:latest@{DIGEST} (linux/amd64), \
             not checked, pruned \"tools\" (2 steps)"
        )]
    );
    let gateway = native().build_arg("TOOLS", "local_builder");
    let told = lines(message(&succeed(gateway).await));
    assert_eq!(told[1], "source ${TOOLS}: TOOLS → \"local_builder\", pruned \"tools\" (2 steps)");
    // A context in the compile stage's place, whether or not the alias is part of the build.
    let context = format!("docker-image://{IMAGE}");
    for target in ["kiro", "other"] {
        let dockerfile =
            format!("{DOCKERFILE}FROM scratch AS other\nCOPY --from=local_builder /x /\n");
        let gateway = prebuilt(&dockerfile, files()).opt("context:local_builder", &context);
        let told = message(&succeed(gateway.opt("target", target)).await);
        let expected = format!(
            "compile stage \"local_builder\": context local_builder → {IMAGE} (by tag) (linux/amd64), \
             not checked\n"
        );
        assert_eq!(told, expected);
    }
    // Nothing is said of what is as the Dockerfile has it.
    assert_eq!(message(&succeed(prebuilt(&dockerfile, files())).await), "");
}

#[tokio::test]
async fn a_stale_tag_in_the_engine_s_store_is_told() {
    let other = format!("sha256:{}", "ab".repeat(32));
    let local = |mode: &str| {
        overridden(DOCKERFILE, files())
            .opt("image-resolve-mode", mode)
            .in_registry(IMAGE, Image::default().digest(&other))
    };
    let recording = succeed(local("local")).await;
    let parts = [IMAGE, DIGEST, &format!("the registry has {other} by that tag"), "(line 6)"];
    warning(&recording, "AliasFromLocalStore", &parts);
    let asked = |recording: &aliasfront_tests::gateway::Recording| {
        recording.lookups.iter().filter(|lookup| lookup.mode == "pull").count()
    };
    assert_eq!(asked(&recording), 1);
    // The registry that has the same, that has nothing, or that cannot be reached.
    for image in [
        Image::default().digest(DIGEST),
        Image::default().digest(""),
        Image::missing("builder:v1: not found"),
        Image::failing("failed to do request: EOF"),
    ] {
        let recording = succeed(local("local").in_registry(IMAGE, image)).await;
        no_warning(&recording, "AliasFromLocalStore");
        assert_eq!(asked(&recording), 1);
    }
    // It is asked where the answer matters only.
    let by_digest = format!("{IMAGE}@{DIGEST}");
    for gateway in [
        local("default"),
        local("local").build_arg("BUILDER_IMAGE", &by_digest),
        local("local").build_arg("ALIASFRONT_VERIFY", "off"),
        local("local").build_arg("BUILDKIT_DOCKERFILE_CHECK", "skip=AliasFromLocalStore"),
        prebuilt(DOCKERFILE, files()).opt("image-resolve-mode", "local"),
    ] {
        let recording = succeed(gateway).await;
        no_warning(&recording, "AliasFromLocalStore");
        assert_eq!(asked(&recording), 0);
    }
}
