//! What happens when the client goes: stdin closes, and the process is gone with no request outstanding.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Fault, Gateway, Rpc};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::build;

/// How long the process may go on after its client is gone.
const PROMPT: Duration = Duration::from_secs(2);

/// A build with several look-ups, none of which is ever answered.
fn waiting() -> Gateway {
    Gateway::new()
        .dockerfile("FROM a AS a\nFROM b AS b\nFROM c\nCOPY --from=a / /a\nCOPY --from=b / /b\n")
        .patience(Duration::from_secs(10))
}

#[tokio::test]
async fn the_process_ends_in_the_middle_of_look_ups() {
    let gateway = waiting()
        .misbehave_nth(Rpc::ResolveSourceMeta, 1, Fault::Silence)
        .misbehave_nth(Rpc::ResolveSourceMeta, 2, Fault::Silence)
        .misbehave_nth(Rpc::ResolveSourceMeta, 3, Fault::CloseStdin);
    let recording = build(gateway).await;
    assert_eq!(recording.count(Rpc::ResolveSourceMeta), 3);
    assert!(recording.has_ended(), "hangs: {}", recording.words());
    assert!(recording.outlived_client.is_some_and(|time| time < PROMPT));
    assert_eq!(recording.outstanding, 0);
    assert_ne!(recording.exit_code(), Some(0));
    assert!(recording.outcome.is_none());
}

#[tokio::test]
async fn the_process_ends_at_every_request() {
    for rpc in [Rpc::Ping, Rpc::Inputs, Rpc::Solve, Rpc::ReadFile, Rpc::Return] {
        let recording = build(waiting().misbehave(rpc, Fault::CloseStdin)).await;
        assert!(recording.has_ended(), "hangs at {rpc}: {}", recording.words());
        assert!(recording.outlived_client.is_some_and(|time| time < PROMPT), "at {rpc}");
        assert_eq!(recording.outstanding, 0, "at {rpc}");
        assert_ne!(recording.exit_code(), Some(0), "at {rpc}");
        assert!(!recording.stderr.contains("panicked"), "at {rpc}: {}", recording.stderr);
    }
}

/// A build that computes for minutes without asking anything: many targets, each with long words that
/// come to nothing.
#[tokio::test]
async fn the_process_ends_while_it_computes() {
    const TARGETS: usize = 1_000;
    const PATIENCE: Duration = Duration::from_secs(60);
    let mut text = format!("ARG A0={}\n", "x".repeat(1 << 10));
    for index in 1..=10 {
        writeln!(text, "ARG A{index}=$A{0}$A{0}", index - 1).expect("a string takes all");
    }
    let words = "LABEL l=\"${A10/*/}\"\n".repeat(80);
    writeln!(text, "FROM scratch AS heavy\nARG A10\n{words}").expect("a string takes all");
    let targets: Vec<String> = (0..TARGETS).map(|index| format!("t{index}")).collect();
    for target in &targets {
        writeln!(text, "FROM heavy AS {target}\nCOPY a /").expect("a string takes all");
    }
    let gateway = Gateway::new()
        .dockerfile(text)
        .build_arg("ALIASFRONT_TARGETS", &targets.join(","))
        .build_arg("ALIASFRONT_TARGETS_OUTPUT", "files")
        // The Dockerfile and the ignore file beside it: what comes then is computed.
        .misbehave_nth(Rpc::ReadFile, 2, Fault::LeaveAfter(Duration::from_secs(1)))
        .patience(PATIENCE);
    let recording = build(gateway).await;
    assert!(recording.has_ended(), "goes on: {}", recording.words());
    assert!(recording.outlived_client.is_some(), "its client never went: {}", recording.words());
    assert!(recording.outcome.is_none());
    assert_ne!(recording.exit_code(), Some(0));
}

/// Runs the frontend with these bytes on its stdin instead of an engine, and gives its exit code and log.
async fn alone(bytes: &[u8]) -> (Option<i32>, String) {
    let mut child = Command::new(frontend::binary())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the frontend starts");
    let mut stdin = child.stdin.take().expect("a stdin");
    // The frontend may be gone before it has read all.
    let _ = stdin.write_all(bytes).await;
    drop(stdin);
    let output = timeout(Duration::from_secs(10), child.wait_with_output()).await;
    let output = output.expect("the process ends").expect("the process can be waited for");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn without_an_engine_the_process_ends() {
    for bytes in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &[0; 4096], &[0xff; 4096]] {
        let (code, log) = alone(bytes).await;
        assert!(code.is_some_and(|code| code != 0), "{bytes:?}: {code:?}");
        assert!(!log.contains("panicked"), "{log}");
        assert!(!log.is_empty(), "it says nothing");
    }
}
