//! An argument that is given and empty, as compose and bake files give it: with
//! `FROM ${BUILDER_IMAGE:-local_builder}` it is none, and the stage is an alias like any other.

use aliasfront_tests::gateway::{Files, Gateway, Image};
use serde_json::json;

use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, graph, message, prebuilt, request, result,
    succeed, warning,
};

/// The Dockerfile with a default in the alias's `FROM`: with one in its `ARG` too, and without.
fn forms() -> [String; 2] {
    let from = DOCKERFILE.replace("${BUILDER_IMAGE}", "${BUILDER_IMAGE:-local_builder}");
    [from.replace("ARG BUILDER_IMAGE=local_builder", "ARG BUILDER_IMAGE"), from]
}

fn build(dockerfile: &str, files: Files) -> Gateway {
    prebuilt(dockerfile, files).opt("target", "kiro")
}

#[tokio::test]
async fn an_empty_argument_is_the_default() {
    let usual = succeed(build(DOCKERFILE, files())).await;
    for dockerfile in forms() {
        for gateway in [
            build(&dockerfile, files()),
            build(&dockerfile, files()).build_arg("BUILDER_IMAGE", ""),
        ] {
            let recording = succeed(gateway).await;
            // Lines differ in nothing that counts.
            assert_eq!(graph(&recording).head, graph(&usual).head, "{dockerfile}");
            assert!(recording.warnings.is_empty(), "{dockerfile}: {:?}", recording.warnings);
            assert_eq!(message(&recording), "");
            let aliases = result::aliases(&recording);
            let alias = &aliases["results"][0]["aliases"][0];
            assert_eq!(alias["fallback"], "local_builder", "{dockerfile}");
            assert_eq!(
                (&alias["state"], &alias["args"]),
                (&json!("default"), &json!(["BUILDER_IMAGE"]))
            );
        }
    }
}

#[tokio::test]
async fn the_alias_is_one_in_every_respect() {
    for dockerfile in forms() {
        let overridden =
            |dockerfile: &str, files| build(dockerfile, files).build_arg("BUILDER_IMAGE", IMAGE);
        let recording = succeed(overridden(&dockerfile, files())).await;
        let expected = format!(
            "alias builder: BUILDER_IMAGE → {IMAGE}@{DIGEST} (linux/amd64), 2 paths verified, pruned \
             \"local_builder\" (3 steps)\n"
        );
        assert_eq!(message(&recording), expected);

        let (plan, _) = request(overridden(&dockerfile, files()), "frontend.plan").await;
        let plan = &plan["platforms"][0];
        assert_eq!(plan["aliases"][0]["state"], "overridden");
        assert_eq!(plan["aliases"][0]["pruned"], json!(["local_builder"]));
        let why = build(&dockerfile, files()).build_arg("ALIASFRONT_WHY", "local_builder");
        let (_, text) = request(why, "frontend.why").await;
        assert!(
            text.contains("builder, line 6: FROM ${BUILDER_IMAGE:-local_builder} AS builder"),
            "{text}"
        );

        fail_with(overridden(&dockerfile, Files::default()), &["alias builder:", "/build/agentd"])
            .await;

        let leaky = format!("{dockerfile}COPY --from=local_builder /x /\n");
        let gateway = overridden(&leaky, files()).opt("target", "native");
        warning(&succeed(gateway).await, "AliasLeak", &["stage \"native\""]);

        let falling = dockerfile.replacen("\n\n", "\n# alias fallback=local\n", 1);
        let missing = Image::missing(&format!("{IMAGE}: not found"));
        let recording = succeed(overridden(&falling, files()).image(IMAGE, missing)).await;
        warning(
            &recording,
            "AliasFellBack",
            &["alias builder is compiled by stage \"local_builder\""],
        );
    }
}

#[tokio::test]
async fn an_empty_argument_without_a_default_says_how_to_write_it() {
    let gateway = build(DOCKERFILE, files()).build_arg("BUILDER_IMAGE", "");
    let parts = [
        "base name (${BUILDER_IMAGE}) should not be blank",
        "the build argument BUILDER_IMAGE is empty",
        "write FROM ${BUILDER_IMAGE:-local_builder}",
    ];
    fail_with(gateway, &parts).await;
}
