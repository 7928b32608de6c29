//! Where a build's files come from, with the engine's own frontend and with the tested one.
//!
//! The frontend is named by an argument of the build, so that both get the same bytes.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    build::Outcome,
    engine::{self, Frontend, docker, frontend, has_containerd_store, pushed_digest, registry},
    parity::assert_cached,
    project::Project,
};

const DOCKERFILE: &str = "FROM busybox:1.35\nCOPY word /\nRUN cat /word\n";

/// Runs a build with a frontend. The options end with the context.
fn run(frontend: &Frontend, image: &str, options: &[&str], input: &[u8]) -> Outcome {
    let base = format!("busybox:1.35=docker-image://{}/base/busybox:1.35", registry());
    let mut command = docker();
    command.args(["buildx", "build", "--progress=rawjson", "--load", "--tag", image]);
    command.args(["--build-context", &base]);
    if let Frontend::Image(name) = frontend {
        command.args(["--build-arg", &format!("BUILDKIT_SYNTAX={name}")]);
    }
    Outcome::with_input(command.args(options), input)
}

/// Builds with a frontend.
#[track_caller]
fn builds(frontend: &Frontend, image: &str, options: &[&str], input: &[u8]) -> Outcome {
    run(frontend, image, options, input).succeeded()
}

/// Builds with both frontends, and compares: what the first made is in the cache for the second, and the images are
/// equal. The options end with the context.
#[track_caller]
fn builds_the_same(case: &str, options: &[&str], input: &[u8]) {
    let images = [("theirs", Frontend::Builtin), ("ours", frontend())].map(|(tag, frontend)| {
        let image = format!("aliasfront-e2e-contexts:{tag}");
        let outcome = builds(&frontend, &image, options, input);
        if tag == "ours" && frontend != Frontend::Builtin {
            assert_cached(case, &outcome);
        }
        engine::identity(&image)
    });
    let [theirs, ours] = images;
    assert_eq!(theirs, ours, "{case}: the images differ");
}

fn project() -> Project {
    Project::new(&[("Dockerfile", DOCKERFILE), ("word", "NONCE"), ("sub/other", "NONCE")])
}

/// The folder as a tar archive, with these options of tar.
fn tar(folder: &Path, options: &[&str]) -> Vec<u8> {
    let output = Command::new("tar").args(options).arg("-C").arg(folder).args(["-c", "."]).output();
    let output = output.expect("tar runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Serves these bytes at every path, until the tests end. Returns the address.
fn serve(content: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            // The request has no body, so all of it is in one read.
            let _ = stream.read(&mut [0; 8192]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                content.len()
            );
            // A client that has seen enough closes its side.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content));
        }
    });
    format!("http://{address}")
}

#[test]
#[ignore = "needs a Docker engine"]
fn what_is_piped_in_is_the_context() {
    let project = project();
    for (case, options) in [("tar", [].as_slice()), ("tar.gz", &["-z"]), ("tar.xz", &["-J"])] {
        let archive = tar(project.root(), options);
        if engine::version().starts_with("26.") && frontend() != Frontend::Builtin {
            // It asks the client twice for what can be read once, whatever image the frontend is.
            let outcome = run(&frontend(), "aliasfront-e2e-contexts:ours", &["-"], &archive);
            let messages = outcome.progress.messages();
            assert!(messages.contains("no http response from session"), "{case}: {messages}");
        } else {
            builds_the_same(case, &["-"], &archive);
        }
    }
    // A Dockerfile alone.
    let dockerfile = format!("FROM busybox:1.35\nRUN echo {}\n", project.nonce());
    builds_the_same("a Dockerfile", &["-"], dockerfile.as_bytes());
}

#[test]
#[ignore = "needs a Docker engine"]
fn the_dockerfile_can_be_piped_in() {
    let project = project();
    let root = project.root().to_str().expect("the path is text");
    builds_the_same("a Dockerfile beside the context", &["-f", "-", root], DOCKERFILE.as_bytes());
}

#[test]
#[ignore = "needs a Docker engine"]
fn downloads_are_contexts() {
    let project = project();
    let archive = serve(tar(project.root(), &["-z"]));
    builds_the_same("an archive", &[&format!("{archive}/app.tar.gz")], b"");
    let dockerfile = format!("FROM busybox:1.35\nCOPY context /{}\n", project.nonce());
    let dockerfile = serve(dockerfile.into_bytes());
    builds_the_same("a Dockerfile on the web", &[&format!("{dockerfile}/Dockerfile")], b"");
    let named =
        Project::new(&[("Dockerfile", "FROM busybox:1.35\nCOPY --from=lib context /NONCE\n")]);
    let root = named.root().to_str().expect("the path is text");
    let lib = format!("lib={archive}/lib.tar.gz");
    // The frontend of BuildKit 0.25 knows downloads only where git addresses can't be meant: "invalid argument".
    let options = ["--build-context", &lib, root];
    builds(&frontend(), "aliasfront-e2e-contexts:ours", &options, b"");
}

/// A server of the repositories in a folder; it ends when this does.
struct Repositories {
    server: Child,
    port: u16,
}

impl Repositories {
    fn serve(folder: &Path) -> Self {
        // The port is free again when the listener is gone.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        // By itself: `git daemon` would be the parent of one that stays when it is ended.
        let programs = Command::new("git").arg("--exec-path").output().expect("git runs").stdout;
        let programs = String::from_utf8(programs).expect("the path is text");
        let server = Command::new(Path::new(programs.trim()).join("git-daemon"))
            .args(["--export-all", "--reuseaddr", "--listen=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", folder.display()))
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("git daemon runs");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        Self { server, port }
    }
}

impl Drop for Repositories {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Runs git in a folder, with nobody's settings.
fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "user.name=e2e",
            "-c",
            "user.email=e2e@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .stdout(Stdio::null())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .status();
    assert!(status.is_ok_and(|status| status.success()), "git {arguments:?}");
}

#[test]
#[ignore = "needs a Docker engine"]
fn repositories_are_contexts() {
    let project = project();
    project.write("sub/Dockerfile", "FROM busybox:1.35\nCOPY other /\nRUN cat /other\n");
    for arguments in
        [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "all"], &["tag", "v1"]]
    {
        git(project.root(), arguments);
    }
    let folder = project.root().parent().expect("it is in a folder");
    let name = project.root().file_name().and_then(|name| name.to_str()).expect("it has a name");
    let server = Repositories::serve(folder);
    let url = format!("git://127.0.0.1:{}/{name}/.git", server.port);
    builds_the_same("a repository", &[&format!("{url}#main")], b"");
    builds_the_same("a directory of a repository", &[&format!("{url}#v1:sub")], b"");
    builds_the_same(
        "a repository with its history",
        &["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", &format!("{url}#v1")],
        b"",
    );
    builds_the_same(
        "a repository of a time",
        &["--build-arg", "SOURCE_DATE_EPOCH=1600000000", &format!("{url}#v1")],
        b"",
    );
    let named =
        Project::new(&[("Dockerfile", "FROM busybox:1.35\nCOPY --from=lib other /NONCE\n")]);
    let root = named.root().to_str().expect("the path is text");
    let lib = format!("lib={url}#v1:sub");
    builds_the_same("a named repository", &["--build-context", &lib, root], b"");
}

#[test]
#[ignore = "needs a Docker engine"]
fn named_contexts_replace_stages_and_images() {
    let project = Project::new(&[
        (
            "Dockerfile",
            "FROM elsewhere/image:1 AS base\nRUN echo NONCE\nFROM base AS stage\nRUN exit 1\n\
             FROM base\nCOPY --from=stage /bin/sh /sh-NONCE\nCOPY --from=folder . /folder\n\
             RUN --mount=from=nothing,target=/nothing test -d /nothing && ls /folder\n",
        ),
        ("folder/.dockerignore", "*.log\n"),
        ("folder/a", "NONCE"),
        ("folder/a.log", "NONCE"),
    ]);
    let root = project.root().to_str().expect("the path is text");
    let stand_in = format!("docker-image://{}/base/busybox:1.35", registry());
    let folder = format!("folder={root}/folder");
    let (image, stage) = (format!("elsewhere/image:1={stand_in}"), format!("stage={stand_in}"));
    let options = [
        "--build-context",
        &image,
        "--build-context",
        &stage,
        "--build-context",
        &folder,
        "--build-context",
        "nothing=docker-image://scratch",
        root,
    ];
    builds_the_same("named contexts", &options, b"");
}

#[test]
#[ignore = "needs a Docker engine"]
fn layouts_are_contexts() {
    if !has_containerd_store() {
        // The classic store exports none.
        return;
    }
    let made = Project::new(&[(
        "Dockerfile",
        "FROM busybox:1.35\nENV MADE=NONCE\nRUN echo NONCE > /made\n",
    )]);
    let layout = made.root().join("layout");
    let output = format!("type=oci,tar=false,dest={}", layout.display());
    crate::build::Build::new(&made).option("--output", output).succeeds();
    let index = fs::read(layout.join("index.json")).expect("the layout has an index");
    let index: Value = serde_json::from_slice(&index).expect("the index is JSON");
    let digest = index["manifests"][0]["digest"].as_str().expect("it lists a manifest");
    let project = Project::new(&[("Dockerfile", "FROM made\nRUN test $MADE = $(cat /made)\n")]);
    let root = project.root().to_str().expect("the path is text");
    let context = format!("made=oci-layout://{}@{digest}", layout.display());
    builds_the_same("a layout", &["--build-context", &context, root], b"");
}

#[test]
#[ignore = "needs a Docker engine"]
fn pinned_images_are_contexts() {
    let image = format!("{}/base/busybox", registry());
    let pinned =
        format!("pinned=docker-image://{image}@{}", pushed_digest(&format!("{image}:1.35")));
    let project = Project::new(&[("Dockerfile", "FROM pinned\nRUN echo NONCE\n")]);
    let root = project.root().to_str().expect("the path is text");
    builds_the_same("a pinned image", &["--build-context", &pinned, root], b"");
}
