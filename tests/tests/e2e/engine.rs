//! The engine that the tests run on, and the registry beside it.

use std::{
    env,
    path::Path,
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;

/// Base images: what a Dockerfile says, and where `scripts/base-images` pushed it.
const BASES: &[(&str, &str)] = &[
    ("busybox:1.35", "busybox:1.35"),
    ("debian:bookworm-slim", "debian:bookworm-slim"),
    ("rust:1-bookworm", "rust:1-bookworm"),
    ("node:22-bookworm-slim", "node:22-bookworm-slim"),
    ("python:3.11-slim-bookworm", "python:3.11-slim-bookworm"),
    ("gcr.io/distroless/static-debian12:nonroot", "distroless-static:nonroot"),
];

/// Where images are pushed and pulled.
pub(crate) fn registry() -> String {
    env::var("REGISTRY").unwrap_or_else(|_| "localhost:5000".into())
}

/// The image that builds the Dockerfiles.
pub(crate) fn frontend() -> Frontend {
    match env::var("FRONTEND") {
        Ok(name) if name == "builtin" => Frontend::Builtin,
        Ok(image) => Frontend::Image(image),
        Err(_) => Frontend::Image(format!("{}/aliasfront", registry())),
    }
}

/// What reads a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frontend {
    /// The engine's own.
    Builtin,
    /// An image that the Dockerfile's first line names.
    Image(String),
}

/// Named contexts that put the base images in place.
pub(crate) fn base_contexts() -> impl Iterator<Item = (String, String)> {
    let registry = registry();
    BASES.iter().map(move |(name, image)| {
        ((*name).to_owned(), format!("docker-image://{registry}/base/{image}"))
    })
}

/// An engine: the tested one, unless it says otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Engine {
    /// What names the client and the engine, with their values; none for the tested one, whose are in the environment.
    variables: Vec<(String, String)>,
}

/// The variables that name the client and the engine, as `scripts/engine env` sets them.
const VARIABLES: [&str; 5] =
    ["DOCKER", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "BUILDX_BUILDER"];

impl Engine {
    /// A command of its client.
    pub(crate) fn docker(&self) -> Command {
        let named = self.variables.iter().find(|(name, _)| name == "DOCKER");
        let program = named.map(|(_, program)| program.into());
        let program = program.or_else(|| env::var_os("DOCKER"));
        let mut command = Command::new(program.unwrap_or_else(|| "docker".into()));
        if !self.variables.is_empty() {
            for name in VARIABLES {
                command.env_remove(name);
            }
            command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        }
        command.env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1").env("BUILDX_BAKE_ENTITLEMENTS_FS", "0");
        command
    }

    /// What tells it from every other engine; none where it isn't up.
    fn id(&self) -> Option<String> {
        let output = self.docker().args(["info", "--format", "{{.ID}}"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Another engine than the tested one, of those that `scripts/engine` starts; none where no other is up.
pub(crate) fn other() -> Option<Engine> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/engine");
    let tested = Engine::default().id();
    ["--old", "--new"].into_iter().find_map(|flag| {
        let output = Command::new("bash")
            .args(["-c", r#"lines=$("$0" env "$1") && eval "$lines" && env -0"#])
            .arg(&script)
            .arg(flag)
            .output()
            .expect("bash runs");
        let environment = String::from_utf8_lossy(&output.stdout).into_owned();
        let variables = environment.split('\0').filter_map(|line| line.split_once('='));
        let variables = variables.filter(|(name, _)| VARIABLES.contains(name));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let engine = Engine { variables: variables.collect() };
        let id = engine.id().filter(|_| output.status.success())?;
        (Some(id) != tested).then_some(engine)
    })
}

/// A command of the tested engine's client.
pub(crate) fn docker() -> Command {
    Engine::default().docker()
}

/// Runs a command of the client that must succeed, and returns what it printed.
pub(crate) fn docker_prints(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } =
        docker().args(arguments).output().expect("the docker client runs");
    assert!(status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the docker client prints text")
}

/// Whether the engine keeps images in containerd, so that it can hold an image for several platforms.
pub(crate) fn has_containerd_store() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        docker_prints(&["info", "--format", "{{json .DriverStatus}}"])
            .contains("io.containerd.snapshotter")
    })
}

/// The engine's version, such as `26.1.5`.
pub(crate) fn version() -> String {
    let version = docker_prints(&["version", "--format", "{{.Server.Version}}"]);
    version.split(['+', '-', '\n']).next().unwrap_or_default().to_owned()
}

/// The digest under which the registry has an image.
pub(crate) fn pushed_digest(reference: &str) -> String {
    let manifest = docker_prints(&[
        "buildx",
        "imagetools",
        "inspect",
        reference,
        "--format",
        "{{json .Manifest}}",
    ]);
    let manifest: Value = serde_json::from_str(&manifest).expect("imagetools prints JSON");
    manifest["digest"].as_str().expect("a manifest has a digest").to_owned()
}

/// The manifest or index that the registry has.
pub(crate) fn pushed_manifest(reference: &str) -> Value {
    let manifest = docker_prints(&["buildx", "imagetools", "inspect", "--raw", reference]);
    serde_json::from_str(&manifest).expect("a manifest is JSON")
}

/// An image's configuration, as the engine has it.
pub(crate) fn image(reference: &str) -> Value {
    let images = docker_prints(&["image", "inspect", reference]);
    let mut images: Vec<Value> = serde_json::from_str(&images).expect("inspect prints JSON");
    images.remove(0)
}

/// What an image is to whoever runs it: its configuration and its layers.
pub(crate) fn identity(reference: &str) -> (Value, Value) {
    let image = image(reference);
    (image["Config"].clone(), image["RootFS"]["Layers"].clone())
}

/// Whether the client has a plugin, such as `compose`.
pub(crate) fn has_plugin(name: &str) -> bool {
    docker().args([name, "version"]).output().is_ok_and(|output| output.status.success())
}

/// Whether the client's `buildx build` has a flag.
pub(crate) fn has_flag(flag: &str) -> bool {
    docker_prints(&["buildx", "build", "--help"]).contains(flag)
}
