//! Our own image, built with our own aliasing.

use std::path::Path;

use crate::{
    build::Build,
    engine::{self, Frontend, registry},
    project::Project,
};

#[test]
#[ignore = "needs a Docker engine"]
fn it_builds_itself() {
    let Frontend::Image(image) = engine::frontend() else {
        // The engine's own frontend is no image of ours to be built again.
        return;
    };
    let dockerfile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Dockerfile.frontend");
    let dockerfile = std::fs::read_to_string(dockerfile).expect("Dockerfile.frontend is there");
    let project = Project::new(&[("Dockerfile", &dockerfile)]);
    let second = format!("{}/e2e/aliasfront:{}", registry(), project.nonce());
    // The executable lies at another place in the final image, so a stage in between puts it where it is looked for.
    let moved = Project::new(&[(
        "Dockerfile",
        &format!(
            "FROM scratch\nCOPY --from={image} /bin/aliasfront-frontend /out/aliasfront-frontend\n"
        ),
    )]);
    let builder = format!("{}/e2e/aliasfront-builder:{}", registry(), moved.nonce());
    Build::new(&moved).push(&builder).succeeds();
    let outcome = Build::new(&project).arg("BUILDER_IMAGE", &builder).push(&second).succeeds();
    assert!(!outcome.mentions("cargo"), "a compiling step was announced");

    let built = Project::new(&[("Dockerfile", "FROM busybox:1.35\nRUN echo NONCE\n")]);
    let outcome = Build::new(&built).frontend(Frontend::Image(second)).succeeds();
    assert_eq!(outcome.processes("RUN echo"), 1);
}
