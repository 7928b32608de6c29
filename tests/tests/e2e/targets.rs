//! Which stage is built.

use crate::{
    alias,
    build::{Build, bake},
    engine::frontend,
};

#[test]
#[ignore = "needs a Docker engine"]
fn the_alias_itself_is_a_target() {
    let project = alias::project();
    let outcome = Build::new(&project).target("builder").succeeds();
    assert_eq!(outcome.processes("RUN cp core.txt"), 1);
    assert!(!outcome.mentions("[kiro"), "a step of an unreached stage was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_last_stage_is_the_default() {
    let project = alias::project();
    let outcome = Build::new(&project).succeeds();
    assert!(outcome.mentions("[native 1/1] COPY --from=builder"));
    assert!(!outcome.mentions("[kiro"), "a step of an unreached stage was announced");
}

#[test]
#[ignore = "needs a Docker engine"]
fn an_unknown_target_is_an_error_that_names_it() {
    let outcome = Build::new(&alias::project()).target("kyro").fails();
    assert!(outcome.progress.messages().contains("kyro"), "{}", outcome.progress.messages());
}

#[test]
#[ignore = "needs a Docker engine"]
fn two_targets_at_once_compile_once() {
    let project = alias::project();
    let outcome = bake(&project, &frontend(), &["kiro", "native"], &[]);
    assert_eq!(outcome.processes("RUN cp core.txt"), 1);
    assert_eq!(outcome.processes("RUN test -s"), 1);
    assert!(outcome.mentions("[native native 1/1] COPY"));
}
