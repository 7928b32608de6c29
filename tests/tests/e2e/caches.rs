//! Caches that builds export, import and ignore.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::{
    build::Build,
    engine::{has_containerd_store, pushed_manifest, registry},
    project::Project,
};

const DOCKERFILE: &str = "\
FROM busybox:1.35 AS one
RUN echo NONCE > /one
FROM busybox:1.35 AS two
RUN echo NONCE > /two
COPY --from=one /one /
";

/// What the registry has under a digest, with the head of its answer.
fn blob(repository: &str, digest: &str) -> String {
    let mut stream = TcpStream::connect(registry()).expect("the registry is there");
    let host = registry();
    let request = format!("GET /v2/{repository}/blobs/{digest} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the registry reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the registry answers with text");
    answer
}

fn project() -> Project {
    Project::new(&[("Dockerfile", DOCKERFILE)])
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_cache_is_ignored_as_far_as_it_is_asked_for() {
    let project = project();
    assert_eq!(Build::new(&project).succeeds().counts().executed, 3);
    assert_eq!(Build::new(&project).succeeds().counts().executed, 0);
    // What is copied from the stage is made again, too: its file is new.
    let outcome = Build::new(&project).option("--no-cache-filter", "one").succeeds();
    assert_eq!(outcome.processes("> /one"), 1);
    assert_eq!(outcome.processes("> /two"), 0);
    let outcome = Build::new(&project).option("--no-cache-filter", "one,two").succeeds();
    assert_eq!(outcome.processes("RUN echo"), 2, "{:?}", outcome.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn inline_caches_are_exported_and_imported() {
    let project = project();
    let image = format!("{}/e2e/inline:{}", registry(), project.nonce());
    Build::new(&project).option("--cache-to", "type=inline").push(&image).succeeds();
    let manifest = pushed_manifest(&image);
    let config = manifest["config"]["digest"].as_str().expect("the manifest has a config");
    let config = blob("e2e/inline", config);
    assert!(config.contains("moby.buildkit.cache.v0"), "{config}");
    let outcome = Build::new(&project).option("--cache-from", image.as_str()).succeeds();
    assert!(outcome.mentions(&format!("importing cache manifest from {image}")));
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn caches_in_registries_are_exported_and_imported() {
    if !has_containerd_store() {
        // The client refuses to export them from the classic store.
        return;
    }
    let project = project();
    let cache = format!("type=registry,ref={}/e2e/cache:{}", registry(), project.nonce());
    let exported =
        Build::new(&project).option("--cache-to", format!("{cache},mode=max")).succeeds();
    assert_eq!(exported.counts().executed, 3);
    let (_, reference) = cache.split_once("ref=").expect("the cache has a reference");
    let manifest = pushed_manifest(reference);
    assert_eq!(
        manifest["config"]["mediaType"], "application/vnd.buildkit.cacheconfig.v0",
        "{manifest}"
    );
    let outcome = Build::new(&project).option("--cache-from", cache.as_str()).succeeds();
    assert!(outcome.mentions(&format!("importing cache manifest from {reference}")));
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
}
