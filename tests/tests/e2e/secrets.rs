//! Secrets and agents that a build is lent.

use std::os::unix::net::UnixListener;

use crate::{build::Build, project::Project};

const DOCKERFILE: &str = "\
FROM busybox:1.35
RUN --mount=type=secret,id=token test \"$(cat /run/secrets/token)\" = NONCE
RUN --mount=type=secret,id=token,target=/etc/token,mode=0440,gid=7,required test -s /etc/token
RUN --mount=type=ssh,required test -S \"$SSH_AUTH_SOCK\" && echo NONCE
RUN test ! -s /run/secrets/token && test ! -s /etc/token
";

#[test]
#[ignore = "needs a Docker engine"]
fn secrets_and_agents_reach_the_steps_that_ask_for_them() {
    let project = Project::new(&[("Dockerfile", DOCKERFILE), ("token", "NONCE")]);
    let socket = project.root().join("agent");
    // Nobody talks to it: the step looks whether it is there.
    let agent = UnixListener::bind(&socket).expect("a socket can be made");
    let lent = || {
        Build::new(&project)
            .option("--secret", format!("id=token,src={}/token", project.root().display()))
            .option("--ssh", format!("default={}", socket.display()))
    };
    let outcome = lent().succeeds();
    assert_eq!(outcome.counts().executed, 4, "{:?}", outcome.executed());
    assert_eq!(lent().succeeds().counts().executed, 0);
    drop(agent);
}

#[test]
#[ignore = "needs a Docker engine"]
fn secrets_can_be_variables() {
    let dockerfile =
        "FROM busybox:1.35\nRUN --mount=type=secret,id=token,env=TOKEN test \"$TOKEN\" = NONCE\n";
    let project = Project::new(&[("Dockerfile", dockerfile), ("token", "NONCE")]);
    let secret = format!("id=token,src={}/token", project.root().display());
    let outcome = Build::new(&project).option("--secret", secret).succeeds();
    assert_eq!(outcome.processes("RUN --mount=type=secret"), 1);
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_secret_that_is_required_and_missing_is_named_at_its_line() {
    let dockerfile = "FROM busybox:1.35\nRUN --mount=type=secret,id=token,required echo NONCE\n";
    let project = Project::new(&[("Dockerfile", dockerfile)]);
    let messages = Build::new(&project).fails().progress.messages().to_owned();
    assert!(messages.contains("secret token: not found"), "{messages}");
    assert!(messages.contains(">>> RUN --mount=type=secret,id=token,required"), "{messages}");
}
