//! Jobs that start side by side: one publishes the builder, the others wait for it.

use crate::{
    auto::fingerprint_of,
    build::Build,
    cancel::{goes_away, interrupt_at},
    engine::{other, registry},
    prebuilt::is_known,
    project::Project,
};

/// A builder that takes its time.
const DOCKERFILE: &str = "\
FROM busybox:1.35 AS local_builder
COPY source /
RUN sleep 5 && echo NONCE > /agentd
# alias auto=REPOSITORY
FROM local_builder AS builder
FROM busybox:1.35 AS kiro
COPY --from=builder /agentd /agentd
";

/// The step that compiles.
const COMPILES: &str = "] RUN sleep";
/// What the progress says while a job waits.
const WAITS: &str = "waiting for it to be published";

fn project() -> Project {
    let project = Project::new(&[("source", "NONCE")]);
    let repository = format!("{}/e2e/waiting-{}", registry(), project.nonce());
    project.write("Dockerfile", &DOCKERFILE.replace("REPOSITORY", &repository));
    project
}

/// A job that waits longer than any test does.
fn waiting(project: &Project) -> Build<'_> {
    Build::new(project)
        .target("kiro")
        .arg("ALIASFRONT_WAIT", "600")
        .arg("ALIASFRONT_COMPILE", "never")
        .option("--output", "type=cacheonly")
}

#[test]
#[ignore = "needs a Docker engine"]
fn who_waits_compiles_nothing() {
    if !is_known() {
        return;
    }
    let project = project();
    let reference = fingerprint_of(Build::new(&project));
    // On another engine, where one is up: what compiles is its own there.
    let engine = other().unwrap_or_default();
    let mut published = None;
    let waited = waiting(&project).on(&engine).run_and_at(WAITS, |_| {
        let publishes = Build::new(&project).target("builder").arg("ALIASFRONT_PUBLISH", "packed");
        published = Some(publishes.push(&reference).succeeds());
    });
    let waited = waited.succeeded();
    assert_eq!(waited.processes("RUN"), 0, "{:?}", waited.executed());
    assert!(!waited.mentions("[local_builder "), "a step of the compile stage was announced");
    let published = published.expect("it was published");
    assert_eq!(published.processes(COMPILES), 1, "{:?}", published.executed());
}

#[test]
#[ignore = "needs a Docker engine"]
fn who_is_interrupted_waits_no_longer() {
    if !is_known() {
        return;
    }
    interrupt_at(waiting(&project()), WAITS, || ());
    // It would have waited for ten minutes, and this looks for one.
    goes_away("/bin/aliasfront-frontend");
}
