//! Containers of images that were built.

use std::{
    io::Write as _,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::engine::{docker, docker_prints};

/// How long a container may take to say something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs an image with this on its standard input until it ends by itself, and returns what it printed.
#[track_caller]
pub(crate) fn answer(image: &str, input: &str) -> String {
    let mut container = docker()
        .args(["run", "--rm", "--interactive", "--network=none", image])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the docker client runs");
    // Fails where the container is gone already: its exit status says so.
    let _ = container.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = container.wait_with_output().expect("the docker client ends");
    assert!(output.status.success(), "{image}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Starts an image with these arguments, and waits until its log holds this text. Then the container is removed.
#[track_caller]
pub(crate) fn starts(image: &str, arguments: &[&str], text: &str) {
    let run = [&["run", "--detach", "--network=none", image], arguments].concat();
    let container = docker_prints(&run).trim().to_owned();
    let since = Instant::now();
    let (log, running) = loop {
        // Asked for first: what ended between the two has its whole log.
        let running = docker_prints(&["inspect", "--format={{.State.Running}}", &container]);
        let running = running.trim() == "true";
        let output = docker().args(["logs", &container]).output().expect("the docker client runs");
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if !running || log.contains(text) || since.elapsed() > PATIENCE {
            break (log, running);
        }
        thread::sleep(Duration::from_millis(100));
    };
    docker_prints(&["rm", "--force", "--volumes", &container]);
    assert!(running, "{image} ended: {log}");
    assert!(log.contains(text), "{image} doesn't say {text:?}: {log}");
}
