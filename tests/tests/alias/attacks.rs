//! What contracts hold against: everything that leads to another source than the one that a name in the
//! Dockerfile, or in a build argument, seems to be.

use aliasfront_tests::gateway::{Files, Gateway, Image, Recording};
use serde_json::json;

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, graph, message, overridden, prebuilt, probes,
    succeed, with,
};

/// An image that nobody may use.
const EVIL: &str = "evil.example/x:latest";
/// The contract of most attacks.
const CONTRACT: &str = "allow=ghcr.io/org/* pin=digest";

/// The prebuilt image by its digest.
fn pinned() -> String {
    format!("ghcr.io/org/builder@{DIGEST}")
}

/// A gateway that has both images, and all files in each.
fn world(dockerfile: &str) -> Gateway {
    let evil = format!("docker-image://{EVIL}");
    prebuilt(dockerfile, files())
        .opt("target", "kiro")
        .image(&pinned(), Image::default().digest(DIGEST))
        .source(&format!("docker-image://{}", pinned()), files())
        .image(EVIL, Image::default().digest(DIGEST))
        .source(&evil, files())
        .source(&format!("{evil}@{DIGEST}"), files())
}

/// Nobody was asked about the image that nobody may use.
fn nobody_asked(recording: &Recording) {
    let resolved = recording.resolved();
    assert!(resolved.iter().all(|asked| !asked.contains("evil")), "{resolved:?}");
    assert!(probes(recording).is_empty());
}

#[tokio::test]
async fn what_the_contract_wants_is_built() {
    let recording = succeed(world(&with(CONTRACT)).build_arg("BUILDER_IMAGE", &pinned())).await;
    assert!(message(&recording).contains("2 paths verified"), "{}", message(&recording));
}

#[tokio::test]
async fn contexts_for_an_images_name_are_what_is_built() {
    let gateway = world(&with(CONTRACT)).build_arg("BUILDER_IMAGE", &pinned());
    let context = format!("context:ghcr.io/org/builder@{DIGEST}");
    let recording = fail_with(
        gateway.clone().opt(&context, &format!("docker-image://{EVIL}")),
        &[
            &format!("{EVIL} is not allowed by allow=ghcr.io/org/*"),
            &format!("{EVIL} has no digest, and pin=digest asks for one"),
        ],
    )
    .await;
    nobody_asked(&recording);
    // One that only pins another name of the same is fine.
    succeed(gateway.opt(&context, &format!("docker-image://{IMAGE}@{DIGEST}"))).await;
}

#[tokio::test]
async fn source_policies_that_redirect_are_told_by_what_is_built() {
    let name = format!("docker-image://{}", pinned());
    for to in [EVIL.to_owned(), format!("{EVIL}@{DIGEST}")] {
        let gateway = world(&with(CONTRACT))
            .build_arg("BUILDER_IMAGE", &pinned())
            .redirect(&name, &format!("docker-image://{to}"))
            .image(&to, Image::default().digest(DIGEST));
        let recording = fail_with(
            gateway.build_arg("ALIASFRONT_FALLBACK", "local"),
            &[&format!("{to} is not allowed by allow=ghcr.io/org/*")],
        )
        .await;
        assert!(probes(&recording).is_empty());
    }
    // A policy that takes the digest away.
    let gateway = world(&with("pin=digest"))
        .build_arg("BUILDER_IMAGE", &pinned())
        .redirect(&name, &format!("docker-image://{IMAGE}"));
    fail_with(gateway, &[&format!("{IMAGE} has no digest")]).await;
    // One that makes a context something else than an image.
    let gateway = world(&with("allow=ghcr.io/org/*"))
        .opt("context:builder", &format!("docker-image://{IMAGE}"))
        .redirect(&format!("docker-image://{IMAGE}"), "https://evil.example/agentd");
    fail_with(gateway, &["the download of context builder is not allowed by allow="]).await;
}

#[tokio::test]
async fn contexts_that_are_no_images_are_refused_unless_the_contract_has_them() {
    let contexts = [
        ("local", "local:folder", "the directory of context builder"),
        ("git", "https://github.com/org/prebuilt.git", "the repository of context builder"),
        ("http", "https://example.com/agentd", "the download of context builder"),
        ("scratch", "docker-image://scratch", "the empty image"),
        ("oci-layout", &format!("oci-layout://store@{DIGEST}"), "the OCI layout of context"),
        ("input", "input:core", "the target of the same build of context builder"),
    ];
    for (kind, context, what) in contexts {
        let build = |contract: &str| {
            world(&with(contract))
                .opt("context:builder", context)
                .local("folder", files())
                .input("core", crate::contexts::bake_target())
        };
        fail_with(build("allow=ghcr.io/org/*"), &[what, "is not allowed by allow="]).await;
        fail_with(build("allow=ghcr.io/org/* fallback=local"), &[what]).await;
        fail_with(build("allow=** allow=context:nothing"), &["is not one of"]).await;
        let pin = build("pin=digest verify=off");
        if kind == "oci-layout" {
            // It is named by its digest.
            succeed(pin).await;
        } else {
            fail_with(pin, &[what, "has no digest, and pin=digest asks for one"]).await;
        }
        for word in ["*", kind] {
            let contract =
                format!("allow=ghcr.io/org/* pin=digest allow=context:{word} verify=off");
            succeed(build(&contract)).await;
        }
        let other = if kind == "git" { "local" } else { "git" };
        fail_with(build(&format!("allow=context:{other}")), &["is not allowed by allow="]).await;
    }
}

#[tokio::test]
async fn contracts_hold_at_every_hop() {
    let evil = format!("docker-image://{EVIL}");
    let not_allowed = format!("{EVIL} is not allowed by allow=ghcr.io/org/*");
    let tools =
        with(CONTRACT).replace("RUN cargo test\n", "RUN cargo test\nFROM debian AS tools\n");
    // A context for the compile stage, with and without an argument.
    let gateway = world(&with(CONTRACT)).opt("context:local_builder", &evil);
    nobody_asked(&fail_with(gateway.clone(), &[&not_allowed]).await);
    nobody_asked(
        &fail_with(gateway.build_arg("BUILDER_IMAGE", "local_builder"), &[&not_allowed]).await,
    );
    // Another stage, as it is, and with a context in its place.
    let gateway = world(&tools).build_arg("BUILDER_IMAGE", "tools");
    fail_with(gateway.clone(), &["debian is not allowed by allow=ghcr.io/org/*"]).await;
    nobody_asked(&fail_with(gateway.opt("context:tools", &evil), &[&not_allowed]).await);
    // The compile stage by another name is compiled.
    let again = tools.replace("FROM debian AS tools", "FROM local_builder AS tools");
    succeed(world(&again).build_arg("BUILDER_IMAGE", "tools")).await;
    // An alias of an alias without a contract.
    let outer = with(CONTRACT)
        .replace(
            "ARG BUILDER_IMAGE=local_builder\n",
            "ARG BUILDER_IMAGE=inner\nARG INNER=local_builder\n",
        )
        .replace("RUN cargo test\n", "RUN cargo test\nFROM ${INNER} AS inner\n");
    let recording = fail_with(world(&outer).build_arg("INNER", EVIL), &[&not_allowed]).await;
    nobody_asked(&recording);
    succeed(world(&outer)).await;
    succeed(world(&outer).build_arg("INNER", &pinned())).await;
    // A name between the two is no compile stage.
    let between = outer.replace(
        "FROM ${INNER} AS inner\n",
        "FROM ${INNER} AS innermost\nFROM innermost AS inner\nENV x=1\n",
    );
    fail_with(world(&between).build_arg("INNER", EVIL), &[&not_allowed]).await;
}

#[tokio::test]
async fn contracts_hold_whoever_asks() {
    let not_allowed = format!("{EVIL} is not allowed by allow=ghcr.io/org/*");
    for asks in [
        "COPY --from=${BUILDER_IMAGE} /build/agentd /\n",
        "RUN --mount=from=${BUILDER_IMAGE:-x},target=/x true\n",
        "COPY --from=again /build/agentd /\nFROM scratch\n",
    ] {
        let dockerfile = with(CONTRACT)
            .replace("FROM debian AS kiro", "FROM ${BUILDER_IMAGE} AS again\nFROM debian AS kiro");
        let dockerfile = format!("{dockerfile}FROM debian AS direct\n{asks}");
        let gateway = world(&dockerfile).opt("target", "direct");
        nobody_asked(
            &fail_with(gateway.clone().build_arg("BUILDER_IMAGE", EVIL), &[&not_allowed]).await,
        );
        succeed(gateway.build_arg("BUILDER_IMAGE", &pinned())).await;
    }
}

#[tokio::test]
async fn what_is_verified_is_what_is_built() {
    let mut lacking = Files::default();
    lacking.add("/other", "");
    let dockerfile = with("allow=ghcr.io/org/* require=/build/doc");
    let gateway = prebuilt(&dockerfile, lacking)
        .opt("target", "kiro")
        .opt("context:local_builder", &format!("docker-image://{IMAGE}"));
    let parts =
        ["/build/agentd is not there; / has other (needed by line 8)", "/build/doc is not there"];
    fail_with(gateway.clone(), &parts).await;
    // There is nothing to fall back to.
    fail_with(gateway.build_arg("ALIASFRONT_FALLBACK", "local"), &parts).await;
    let gateway = prebuilt(&with("allow=ghcr.io/org/*"), files())
        .opt("target", "kiro")
        .opt("context:local_builder", &format!("docker-image://{IMAGE}"));
    let recording = succeed(gateway).await;
    assert!(message(&recording).contains("2 paths verified"), "{}", message(&recording));
    assert!(!message(&recording).contains("not checked"), "{}", message(&recording));
}

#[tokio::test]
async fn a_stage_on_the_way_may_make_what_its_image_lacks() {
    let dockerfile = with("allow=debian require=/build/doc")
        .replace("RUN cargo test\n", "RUN cargo test\nFROM debian AS tools\nRUN make /build\n");
    succeed(world(&dockerfile).build_arg("BUILDER_IMAGE", "tools")).await;
}

#[tokio::test]
async fn instructions_that_an_image_brings_along_are_refused() {
    let triggers = ["COPY --from=evil.example/x /x /build/agentd", "RUN \u{1b}[2J"];
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {"OnBuild": triggers},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    let build = |dockerfile: &str| {
        overridden(dockerfile, files())
            .image(IMAGE, Image::with_config(config.clone()).digest(DIGEST))
    };
    for contract in ["allow=ghcr.io/org/*", "require=/build/agentd", "fallback=local", "verify=off"]
    {
        let recording = fail_with(
            build(&with(contract)),
            &["ONBUILD", "COPY --from=evil.example/x /x /build/agentd", "onbuild=allow"],
        )
        .await;
        nobody_asked(&recording);
        let told = recording.error().expect("an error").message.clone();
        assert!(!told.contains('\u{1b}'), "{told:?}");
    }
    // A build argument is not the Dockerfile's word.
    fail_with(
        build(&with("pin=off")).build_arg("ALIASFRONT_ONBUILD", "allow"),
        &["ALIASFRONT_ONBUILD=allow loosens onbuild=refuse"],
    )
    .await;
    for dockerfile in [with("allow=ghcr.io/org/* onbuild=allow"), DOCKERFILE.to_owned()] {
        let told = message(&succeed(build(&dockerfile)).await);
        let part = "with its ONBUILD instructions \"COPY --from=evil.example/x /x /build/agentd\"";
        assert!(told.contains(part) && !told.contains('\u{1b}'), "{told}");
    }
}

#[tokio::test]
async fn a_tag_in_the_graph_is_called_one() {
    let context = format!("docker-image://{IMAGE}");
    let gateway = world(DOCKERFILE).opt("context:builder", &context);
    let recording = succeed(gateway.clone()).await;
    let told = message(&recording);
    assert!(told.contains(&format!("{IMAGE} (by tag)")) && !told.contains(DIGEST), "{told}");
    assert!(graph(&recording).sources().contains(&context.as_str()));
    let gateway = world(&with("pin=digest")).opt("context:builder", &context);
    fail_with(gateway, &[&format!("{IMAGE} has no digest")]).await;
}
