//! Images that are looked for by what their compile stage is made of: what is asked for, what registries answer, and
//! how long it is waited for.

use aliasfront_tests::gateway::{Gateway, Image, Recording, Rpc};
use serde_json::json;

use crate::policies::policies;
use crate::{
    DIGEST, DOCKERFILE, IMAGE, fail_with, files, graph, message, overridden, prebuilt, request,
    result, succeed, with,
};

const REPOSITORY: &str = "ghcr.io/org/builder";

/// What registries answer to those who may not read.
const NOT_ALLOWED: [&str; 3] = [
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to \
     https://ghcr.io/token: 403 Forbidden",
    "unexpected status from HEAD request to https://ghcr.io/v2/org/builder/manifests/x: 401 Unauthorized",
    "pull access denied, repository does not exist or may require authorization: server message: \
     insufficient_scope: authorization failed",
];
/// What is said of registries that can't answer now.
const NOT_NOW: [&str; 4] = [
    "failed to do request: Head \"https://ghcr.io/v2/\": dial tcp 127.0.0.1:443: connect: connection refused",
    "failed to do request: Head \"https://ghcr.io/v2/\": dial tcp: lookup ghcr.io: no such host",
    "unexpected status from HEAD request to https://ghcr.io/v2/: 429 Too Many Requests",
    "unexpected status from HEAD request to https://ghcr.io/v2/: 503 Service Unavailable",
];

/// A build that looks for its builder.
fn auto() -> Gateway {
    prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .build_arg("BUILDER_IMAGE", &format!("auto:{REPOSITORY}"))
}

/// The name under which it looks.
async fn reference() -> String {
    let (_, text) = request(auto().opt("target", "builder"), "frontend.fingerprint").await;
    let reference = text.trim_end().to_owned();
    assert!(reference.starts_with(&format!("{REPOSITORY}:src-")), "{reference}");
    reference
}

/// The published image.
fn published(reference: &str) -> Image {
    let (_, fingerprint) = reference.rsplit_once("src-").expect("a fingerprint");
    Image::with_config(json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"aliasfront.fingerprint": fingerprint}},
        "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
    }))
    .digest(DIGEST)
}

/// How often an image was looked up.
fn lookups(recording: &Recording, reference: &str) -> usize {
    recording.lookups.iter().filter(|lookup| lookup.reference == reference).count()
}

/// A page's words, however its lines are broken.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A build, a plan, and a build that may not compile tell what the registry said.
async fn told(gateway: Gateway, reference: &str, why: &str) {
    let never = gateway.clone().build_arg("ALIASFRONT_COMPILE", "never");
    let parts = ["alias builder: ", reference, why, "compile=never forbids to compile it"];
    let (built, planned, forbidden) = tokio::join!(
        succeed(gateway.clone()),
        request(gateway, "frontend.plan"),
        fail_with(never, &parts),
    );
    let expected =
        format!("compiled by \"local_builder\", since {reference} cannot be looked for: {why}");
    assert!(message(&built).contains(&expected), "{}", message(&built));
    // Whether it is published nobody knows.
    assert!(!message(&built).contains("publish"), "{}", message(&built));
    assert!(graph(&built).names().iter().any(|name| name.ends_with("RUN cargo build")));
    assert_eq!(lookups(&built, reference), 1);
    assert_eq!(result::aliases(&built)["results"][0]["aliases"][0]["notFound"], why);
    let (json, text) = planned;
    assert_eq!(json["platforms"][0]["aliases"][0]["notFound"], why, "{json}");
    // Long names are cut there.
    assert!(words(&text).contains(&format!("cannot be looked for: {why}")), "{text}");
    // Nothing was pulled and nothing compiled.
    let error = &forbidden.error().expect("an error").message;
    assert!(!error.contains("ALIASFRONT_PUBLISH"), "{error}");
    assert_eq!(lookups(&forbidden, reference), 1);
}

#[tokio::test]
async fn a_registry_that_cannot_be_asked_is_told_as_such() {
    let reference = reference().await;
    for why in NOT_ALLOWED.into_iter().chain(NOT_NOW) {
        told(auto().image(&reference, Image::failing(why)), &reference, why).await;
    }
}

#[tokio::test]
async fn a_registry_that_never_answers_is_given_up() {
    let reference = reference().await;
    let gateway = auto().image(&reference, Image::silent());
    told(gateway, &reference, "the registry did not answer within 10s").await;
}

#[tokio::test]
async fn what_is_not_there_is_told_with_the_command_that_publishes_it() {
    let reference = reference().await;
    let gateway = auto().image(&reference, Image::missing(&format!("{reference}: not found")));
    let command = format!(
        "docker buildx build --target builder --build-arg ALIASFRONT_PUBLISH=packed -t {reference} --push ."
    );
    let expected = format!("since {reference} is not published yet; to publish it: {command}");
    let recording = succeed(gateway.clone()).await;
    assert!(message(&recording).contains(&expected), "{}", message(&recording));
    let (json, text) = request(gateway.clone(), "frontend.plan").await;
    assert_eq!(json["platforms"][0]["aliases"][0]["notFound"], "not published", "{json}");
    assert!(words(&text).contains("… is not published yet"), "{text}");
    let never = gateway.build_arg("ALIASFRONT_COMPILE", "never");
    fail_with(never, &[&format!("{reference} is not there"), &command]).await;
}

/// An engine whose own store has the image under its tag, as after publishing from the same machine, and no digest of it.
#[tokio::test]
async fn what_the_engine_has_without_a_digest_is_taken_as_the_registry_has_it() {
    let contract = format!("# alias auto={REPOSITORY} allow={REPOSITORY}:v* pin=digest\n");
    let dockerfile =
        DOCKERFILE.replace("FROM ${BUILDER_IMAGE}", &format!("{contract}FROM ${{BUILDER_IMAGE}}"));
    let gateway = prebuilt(&dockerfile, files())
        .opt("target", "kiro")
        .opt("image-resolve-mode", "local")
        .build_arg("ALIASFRONT_COMPILE", "never");
    let (_, text) = request(gateway.clone().opt("target", "builder"), "frontend.fingerprint").await;
    let reference = text.trim_end().to_owned();
    let gateway = gateway.image(&reference, published(&reference).digest(""));

    let registry = gateway
        .clone()
        .in_registry(&reference, published(&reference))
        .source(&format!("docker-image://{reference}@{DIGEST}"), files());
    let recording = succeed(registry).await;
    assert_eq!(lookups(&recording, &reference), 2);
    let source = format!("docker-image://{reference}@{DIGEST}");
    assert!(graph(&recording).sources().contains(&&*source), "{source}");
    assert!(!policies(&recording).is_empty());

    // Without the registry it is what the engine has.
    let offline = gateway
        .in_registry(&reference, Image::failing(NOT_NOW[1]))
        .source(&format!("docker-image://{reference}"), files());
    let recording = succeed(offline).await;
    let source = format!("docker-image://{reference}");
    assert!(graph(&recording).sources().contains(&&*source), "{source}");
    assert!(!policies(&recording).is_empty());
}

#[tokio::test]
async fn what_is_waited_for_is_looked_for_until_it_is_there() {
    let reference = reference().await;
    let found = format!("docker-image://{reference}@{DIGEST}");
    let gateway = auto()
        .image(&reference, published(&reference).later(2))
        .source(&found, files())
        .build_arg("ALIASFRONT_WAIT", "20")
        .build_arg("ALIASFRONT_COMPILE", "never");
    let recording = succeed(gateway).await;
    assert_eq!(lookups(&recording, &reference), 3);
    assert!(message(&recording).contains("alias builder: auto → "), "{}", message(&recording));
    assert!(!graph(&recording).names().iter().any(|name| name.contains("cargo")));
    // Each is a line of the progress, which says that it is waited for.
    let names: Vec<_> = recording
        .lookups
        .iter()
        .filter(|lookup| lookup.reference == reference)
        .map(|lookup| lookup.log_name.as_str())
        .collect();
    assert_eq!(names[0], format!("[alias builder] look for {reference}"));
    for name in &names[1..] {
        assert!(name.contains("(waiting for it to be published, "), "{name}");
    }
}

#[tokio::test]
async fn waiting_ends_with_the_time_or_where_it_is_no_use() {
    let reference = reference().await;
    let missing = Image::missing(&format!("{reference}: not found"));
    let waits = |image: &Image, seconds: &str| {
        auto().image(&reference, image.clone()).build_arg("ALIASFRONT_WAIT", seconds)
    };
    // Who may not read won't be let in by waiting.
    for why in NOT_ALLOWED {
        let recording = succeed(waits(&Image::failing(why), "3600")).await;
        assert_eq!(lookups(&recording, &reference), 1, "{why}");
        assert!(message(&recording).contains(why), "{}", message(&recording));
    }
    // What can't answer now may answer later; the last answer is told.
    let not_now = NOT_NOW.map(Image::failing);
    for image in not_now.iter().chain([&missing]) {
        let recording = succeed(waits(image, "1")).await;
        assert_eq!(lookups(&recording, &reference), 2, "{image:?}");
    }
    assert_eq!(lookups(&succeed(waits(&missing, "0")).await, &reference), 1);
}

#[tokio::test]
async fn who_looks_for_nothing_asks_for_nothing() {
    let contract = with(&format!("auto={REPOSITORY}"));
    let plain = |dockerfile: &str| prebuilt(dockerfile, files()).opt("target", "kiro");
    let off = plain(&contract).build_arg("ALIASFRONT_AUTO", "off");
    for (build, same) in [
        (off.clone(), plain(DOCKERFILE)),
        (off.build_arg("ALIASFRONT_WAIT", "60"), plain(DOCKERFILE)),
        (
            plain(&contract).opt("target", "local_builder"),
            plain(DOCKERFILE).opt("target", "local_builder"),
        ),
        (plain(&contract).build_arg("BUILDER_IMAGE", IMAGE), overridden(DOCKERFILE, files())),
        (
            plain(&contract).opt("context:builder", &format!("docker-image://{IMAGE}")),
            plain(DOCKERFILE).opt("context:builder", &format!("docker-image://{IMAGE}")),
        ),
    ] {
        let (build, same) = (succeed(build).await, succeed(same).await);
        assert_eq!(build.requests, same.requests);
        assert_eq!(build.resolved(), same.resolved());
    }
    // Where it is looked for, that is one request more: the stage's own images are looked up once for both.
    let reference = reference().await;
    let missing = Image::missing(&format!("{reference}: not found"));
    let looked = succeed(plain(&contract).image(&reference, missing)).await;
    assert_eq!(looked.counted(), succeed(plain(DOCKERFILE)).await.counted() + 1);
    assert_eq!(lookups(&looked, &reference), 1);
    assert_eq!(looked.count(Rpc::Solve), succeed(plain(DOCKERFILE)).await.count(Rpc::Solve));
}
