//! The lock file, from registry to plan.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::Registry;

/// A folder of its own, removed with what is in it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, dockerfile: &str) -> Self {
        let path = std::env::temp_dir().join(format!("lock-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("Dockerfile"), dockerfile).unwrap();
        Self(path)
    }

    fn lock(&self) -> String {
        std::fs::read_to_string(self.0.join("aliasfront.lock")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the command line in a folder. Returns its exit code and what it says.
async fn run(folder: &Path, args: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aliasfront"));
    command.args(args.split(' ')).current_dir(folder);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |data| String::from_utf8(data).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_locked_build_is_planned_without_the_registry() {
    let registry = Registry::default();
    let host = registry.start().await;
    let first = registry.image("base", Some("1"), br#"{"architecture":"amd64","os":"linux"}"#);
    let other = registry.image("other", Some("1"), b"{}");
    let text = format!("FROM {host}/other:1 AS other\nFROM {host}/base:1\n");
    let folder = Folder::new("plan", &text);
    let platform = "--platform linux/amd64";

    let (code, out, err) = run(&folder.0, &format!("plan --locked {platform}")).await;
    assert_eq!(code, 4, "{out}{err}");
    assert!(err.contains("base:1 for linux/amd64 is not in aliasfront.lock"), "{err}");
    assert_eq!(registry.count("/v2/base/manifests/1"), 0);

    let (code, out, err) = run(&folder.0, &format!("lock {platform}")).await;
    assert_eq!(code, 0, "{out}{err}");
    let line = |name: &str, what: &str| format!("{host}/{name}:1 for linux/amd64: {what}\n");
    assert_eq!(
        out,
        line("base", &format!("new, {first}")) + &line("other", &format!("new, {other}"))
    );
    let asked = registry.count("/v2/base/manifests/1");
    let (code, out, err) = run(&folder.0, &format!("plan --locked --format json {platform}")).await;
    assert_eq!(code, 0, "{out}{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["platforms"][0]["images"][0]["digest"], first);
    assert_eq!(registry.count("/v2/base/manifests/1"), asked, "nobody asked the registry");

    // The same from the registry.
    let (_, open, _) = run(&folder.0, &format!("plan --format json {platform}")).await;
    assert_eq!(open, out);
}

#[tokio::test]
async fn what_moved_is_told_and_written() {
    let registry = Registry::default();
    let host = registry.start().await;
    let old = registry.image("base", Some("1"), b"{}");
    registry.image("gone", Some("1"), b"{}");
    let folder = Folder::new("moved", &format!("FROM {host}/gone:1 AS gone\nFROM {host}/base:1\n"));
    let platform = "--platform linux/amd64";
    assert_eq!(run(&folder.0, &format!("lock {platform}")).await.0, 0);
    assert_eq!(run(&folder.0, "lock --check").await, (0, String::new(), String::new()));
    let before = folder.lock();

    registry.answers.lock().unwrap().remove("/v2/base/manifests/1");
    let new = registry.image("base", Some("1"), br#"{"os":"linux"}"#);
    let moved = format!("{host}/base:1 for linux/amd64: {old} is {new} now\n");
    let (code, out, _) = run(&folder.0, "lock --check").await;
    assert_eq!((code, out), (1, moved.clone()));
    assert_eq!(folder.lock(), before, "it only checks");

    let (code, out, err) = run(&folder.0, "lock --source-policy").await;
    assert_eq!(code, 0, "{err}");
    let policy: Value = serde_json::from_str(&out).unwrap();
    let updates = &policy["rules"][0]["updates"]["identifier"];
    assert_eq!(*updates, format!("docker-image://{host}/base:1@{old}"));

    std::fs::write(folder.0.join("Dockerfile"), format!("FROM {host}/base:1\n")).unwrap();
    let (code, out, _) = run(&folder.0, &format!("lock --prune {platform}")).await;
    assert_eq!((code, out), (0, format!("{moved}{host}/gone:1 for linux/amd64: gone\n")));
    assert!(!folder.lock().contains("gone"));

    registry.answers.lock().unwrap().clear();
    let (code, out, _) = run(&folder.0, "lock --check").await;
    assert_eq!(code, 4);
    assert!(out.contains("not found"), "{out}");
}

#[tokio::test]
async fn a_file_that_is_no_lock_is_no_lock() {
    let folder = Folder::new("broken", "FROM scratch\n");
    std::fs::write(folder.0.join("aliasfront.lock"), "[]").unwrap();
    for args in ["plan --locked", "lock", "lock --check", "lock --source-policy"] {
        let (code, out, err) = run(&folder.0, args).await;
        assert_eq!(code, 2, "{args}: {out}{err}");
        assert!(err.contains("is no lock file"), "{err}");
    }
    assert_eq!(folder.lock(), "[]");
}
