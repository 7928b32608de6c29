//! What clients show when a build fails: the lines, with the engine's own frontend and with the tested one.

use crate::{
    build::Build,
    engine::{Frontend, frontend},
    project::Project,
};

/// Dockerfiles that fail, and what is shown of each.
const FAILING: [(&str, &[&str]); 4] = [
    (
        "FROM busybox:1.35\nRUN echo NONCE && \\\n    exit 7\n",
        &[
            "Dockerfile:2",
            "   2 | >>> RUN echo",
            "   3 | >>>     exit 7",
            "did not complete successfully: exit code: 7",
        ],
    ),
    (
        "FROM busybox:1.35\nNONSENSE\n",
        &["Dockerfile:2", ">>> NONSENSE", "unknown instruction: NONSENSE"],
    ),
    (
        "FROM busybox:1.35 AS one\nFROM busybox:1.35\nCOPY missing-NONCE /\n",
        &["Dockerfile:3", ">>> COPY missing", "not found"],
    ),
    (
        "FROM busybox:1.35 AS first\nCOPY --from=later / /\nFROM busybox:1.35 AS later\n",
        &["Dockerfile:2", ">>> COPY --from=later", "it needs to be defined before current stage"],
    ),
];

/// The frame of code in what a client showed.
fn frame(messages: &str) -> Vec<String> {
    let lines = messages.lines().filter(|line| line.contains(" | "));
    lines.map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a Docker engine"]
fn failures_are_shown_with_their_lines() {
    for (dockerfile, shown) in FAILING {
        let project = Project::new(&[("Dockerfile", dockerfile)]);
        let first = dockerfile.contains("AS first");
        let [theirs, ours] = [Frontend::Builtin, frontend()].map(|frontend| {
            let build = Build::new(&project).frontend_by_argument(&frontend);
            let build = if first { build.target("first") } else { build };
            build.fails().progress.messages().to_owned()
        });
        for part in shown {
            assert!(ours.contains(part), "{part:?} is not in:\n{ours}");
        }
        assert_eq!(frame(&ours), frame(&theirs), "{dockerfile}");
    }
}
