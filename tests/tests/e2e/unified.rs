//! The day of the repository in `examples/unified`, as its people and its CI run it.

use std::sync::OnceLock;

use crate::{
    build::{Build, bake},
    container,
    engine::{Frontend, docker_prints, frontend, pushed_digest, registry},
    parity,
    project::Project,
};

/// Every agent of the example, as its CI lists them.
pub(crate) const AGENTS: [&str; 14] = [
    "kiro", "claude", "codex", "gemini", "copilot", "cursor", "opencode", "hermes", "grok",
    "native", "amp", "goose", "qwen", "aider",
];

/// Those that pass what a client says on standard input to the daemon, and end with the client.
const BRIDGES: [&str; 6] = ["claude", "codex", "copilot", "cursor", "amp", "qwen"];

/// Somebody builds two agents on their machine: the core is compiled, and once for all tests of a run, since that takes
/// minutes. Returns the cache scope that it was compiled with.
pub(crate) fn compiled() -> &'static str {
    static SCOPE: OnceLock<String> = OnceLock::new();
    SCOPE.get_or_init(|| {
        let project = Project::unified();
        let scope = format!("e2e-{}", project.nonce());
        let both = bake(&project, &frontend(), &["kiro", "claude"], &[("CACHE_SCOPE", &scope)]);
        assert_eq!(both.counts().cargo, 2, "one test run, one build: {:?}", both.executed());
        scope
    })
}

/// One story and not five tests, since compiling takes long and each chapter stands on the one before.
#[test]
#[ignore = "needs a Docker engine"]
fn its_day() {
    let project = Project::unified();
    let scope = compiled();

    // CI's build-core: the same steps, so here they come from the cache.
    let core = format!("{}/e2e/unified-builder:{}", registry(), project.nonce());
    let built = Build::new(&project)
        .target("local_builder")
        .arg("CACHE_SCOPE", scope)
        .push(&core)
        .succeeds();
    assert_eq!(built.counts().cargo, 0, "{:?}", built.executed());

    // CI's agents, by digest: nothing of the core is even announced.
    let (name, _) = core.rsplit_once(':').expect("the image has a tag");
    let pinned = format!("{name}@{}", pushed_digest(&core));
    let agents = bake(&project, &frontend(), &AGENTS, &[("BUILDER_IMAGE", &pinned)]);
    assert_eq!(agents.counts().cargo, 0, "{:?}", agents.executed());
    assert!(!agents.mentions("local_builder"), "a step of the fallback was announced");
    for agent in AGENTS {
        assert!(agents.mentions(&format!("{agent} 1/")), "no step of {agent} was announced");
    }

    // Each of the images starts.
    for agent in AGENTS {
        let image = format!("e2e/unified-{agent}:{}", project.nonce());
        Build::new(&project).target(agent).arg("BUILDER_IMAGE", &pinned).tag(&image).succeeds();
        if BRIDGES.contains(&agent) {
            let said = container::answer(
                &image,
                concat!(r#"{"jsonrpc":"2.0","id":7,"method":"initialize"}"#, "\n"),
            );
            assert!(said.contains(&format!(r#""agent":"{agent}""#)), "{agent} answers {said}");
        } else {
            container::starts(&image, &["--agent", "check"], "listens on");
        }
        docker_prints(&["image", "rm", &image]);
    }

    // By tag it is the same.
    let by_tag = Build::new(&project).target("hermes").arg("BUILDER_IMAGE", &core).succeeds();
    assert!(!by_tag.mentions("local_builder"), "a step of the fallback was announced");

    // Whoever goes back to the engine's own frontend, or comes from it, finds everything in the cache.
    if frontend() != Frontend::Builtin {
        let back = bake(&project, &Frontend::Builtin, &AGENTS, &[("BUILDER_IMAGE", &pinned)]);
        parity::assert_cached("unified, prebuilt", &back);
        let back =
            bake(&project, &Frontend::Builtin, &["kiro", "claude"], &[("CACHE_SCOPE", scope)]);
        parity::assert_cached("unified, compiled", &back);
    }
}
