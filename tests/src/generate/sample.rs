//! A generated build: a Dockerfile, and what the build has beside it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::dice::Dice;
use super::grammar::expand;
use crate::gateway::{Gateway, Image};
use crate::golden::{Expected, save};

/// The local source that has the Dockerfile, and its usual name there.
const DOCKERFILE: (&str, &str) = ("dockerfile", "Dockerfile");

/// The ignore file of a context.
const IGNORE_FILE: (&str, &str) = ("context", ".dockerignore");

/// What a case keeps the sources in that aren't local, and what is in them here, for each address.
const SOURCES: &str = "src";
const DOWNLOAD: (&str, &str) = ("https://example.com/x.tar", "https_example.com_x.tar/context");

/// A generated build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Options of the build.
    pub opts: BTreeMap<String, String>,
    /// The images that are not as usual, by full reference, as `case.json` has them.
    pub images: BTreeMap<String, Value>,
    /// The client's files, by local source and path.
    pub files: BTreeMap<(String, String), String>,
}

impl Sample {
    /// The build of a seed: always the same one.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut sample = Self::of(dockerfile(&mut dice));
        sample.add_files(&mut dice);
        sample.add_opts(&mut dice);
        sample.add_sources();
        sample.add_images();
        sample
    }

    /// A build of this Dockerfile, and of nothing else.
    pub fn of(dockerfile: String) -> Self {
        let (local, path) = DOCKERFILE;
        let files = BTreeMap::from([((local.to_owned(), path.to_owned()), dockerfile)]);
        Self { opts: BTreeMap::new(), images: BTreeMap::new(), files }
    }

    /// The Dockerfile, where it has its usual name.
    pub fn dockerfile(&self) -> &str {
        let (local, path) = DOCKERFILE;
        self.files.get(&(local.to_owned(), path.to_owned())).map_or("", String::as_str)
    }

    /// The same build of another Dockerfile.
    #[must_use]
    pub fn with_dockerfile(&self, text: String) -> Self {
        let (local, path) = DOCKERFILE;
        let mut sample = self.clone();
        sample.files.insert((local.to_owned(), path.to_owned()), text);
        sample
    }

    /// The gateway that the build is for.
    pub fn gateway(&self) -> Gateway {
        let mut gateway = Gateway::new().opts(self.opts.clone());
        for ((local, path), text) in &self.files {
            match path.split_once('/') {
                Some((source, path)) if local == SOURCES => {
                    gateway = gateway.source_file(source, path, text.as_bytes());
                }
                _ => gateway = gateway.file(local, path, text.as_bytes()),
            }
        }
        for (reference, image) in &self.images {
            let image: Image = serde_json::from_value(image.clone()).unwrap_or_default();
            gateway = gateway.image(reference, image);
        }
        gateway
    }

    /// Saves the build as a case of a corpus.
    ///
    /// # Errors
    ///
    /// A file can't be written.
    pub fn save(&self, corpus: &Path, name: &str, expected: &Expected) -> io::Result<()> {
        let settings = json!({ "opts": self.opts, "images": self.images });
        let files = self.files.iter().map(|((local, path), text)| {
            (Path::new(local).join(path.trim_start_matches('/')), text.as_bytes())
        });
        save(corpus, name, &settings, files, expected)
    }

    fn add_files(&mut self, dice: &mut Dice) {
        let mut file = |(local, path): (&str, &str), text: String| {
            self.files.insert((local.to_owned(), path.to_owned()), text);
        };
        if dice.one_in(6) {
            file(IGNORE_FILE, ignore_file(dice));
        }
        if dice.one_in(25) {
            file(("dockerfile", "Dockerfile.dockerignore"), ignore_file(dice));
        }
        file(("local-w", "x"), String::new());
        if dice.one_in(20) {
            file(("local-w", ".dockerignore"), ignore_file(dice));
        }
    }

    fn add_sources(&mut self) {
        let (address, path) = DOWNLOAD;
        if self.opts.values().any(|value| value == address) {
            self.files.insert((SOURCES.to_owned(), path.to_owned()), "no archive".to_owned());
        }
    }

    fn add_opts(&mut self, dice: &mut Dice) {
        let count = dice.below(5);
        for _ in 0..count {
            let (key, value) = option(dice);
            self.opts.insert(key, value);
        }
        if dice.one_in(3) {
            let request = dice.pick(&[
                "frontend.lint",
                "frontend.lint",
                "frontend.lint",
                "frontend.outline",
                "frontend.outline",
                "frontend.targets",
                "frontend.convertllb",
            ]);
            self.opts.insert("requestid".to_owned(), request.to_owned());
        }
    }

    /// Gives the images of the grammar that are not as usual their configs.
    fn add_images(&mut self) {
        let with = |config: Value| {
            json!({
                "architecture": "amd64", "os": "linux", "config": config,
                "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", "1".repeat(64))]},
            })
        };
        let images = [
            ("trig", with(json!({"OnBuild": ["RUN make", "COPY --from=a /out /in"]}))),
            (
                "trigself",
                with(json!({"OnBuild": ["RUN --mount=from=0,target=/x y", "COPY --from=b /o /i"]})),
            ),
            (
                "trigenv",
                with(json!({"OnBuild": [
                    "ARG V=trig", "ENV API_TOKEN=$V", "RUN --mount=type=cache,target=/x y", "COPY --from=busybox /a /a",
                ]})),
            ),
            ("empty", json!({"architecture": "arm64", "os": "linux", "config": {}})),
            (
                "conf",
                with(json!({
                    "Env": ["A=conf", "B", "=x", "PATH=/p"], "WorkingDir": "/w", "User": "u:g", "Shell": ["/s", "-c"],
                    "Cmd": ["c"], "Entrypoint": ["e"], "ExposedPorts": {"1/tcp": {}}, "Labels": {"l": "1"},
                    "Volumes": {"/v": {}}, "StopSignal": "SIGINT",
                })),
            ),
            (
                "win",
                json!({
                    "architecture": "amd64", "os": "windows", "os.version": "10.0.1",
                    "config": {"WorkingDir": "C:\\w", "Env": ["Path=C:\\x"]},
                    "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", "2".repeat(64))]},
                }),
            ),
            (
                "noplat",
                json!({
                    "config": {"Env": ["A=noplat"]},
                    "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", "3".repeat(64))]},
                }),
            ),
        ];
        for (name, config) in images {
            let texts = self.files.values().chain(self.opts.values());
            if texts.into_iter().any(|text| text.contains(name)) {
                let image = json!({ "config": config });
                self.images.insert(format!("docker.io/library/{name}:latest"), image);
            }
        }
        if self.files.values().chain(self.opts.values()).any(|text| text.contains("gone")) {
            let name = "docker.io/library/gone:latest";
            self.images.insert(name.to_owned(), json!({ "error": format!("{name}: not found") }));
        }
    }
}

fn dockerfile(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.one_in(5) {
        text += &expand("head", dice);
    }
    let globals = dice.below(4).saturating_sub(1);
    for _ in 0..globals {
        text += &expand("global", dice);
    }
    // Mostly few, so that what differs is seen.
    let most = dice.pick(&[1, 2, 2, 3, 3, 4, 6]);
    let stages = 1 + dice.below(most);
    for _ in 0..stages {
        text += &expand("from", dice);
        let most = dice.pick(&[1, 2, 3, 4, 6]);
        let count = dice.below(most + 1);
        for _ in 0..count {
            text += &expand("instruction", dice);
        }
    }
    if dice.one_in(40) {
        text = text.replace('\n', "\r\n");
    }
    if dice.one_in(20) {
        text.truncate(text.trim_end().len());
    }
    // A frontend that another one is asked for does nothing else.
    if text.contains("syntax=") && !dice.one_in(4) {
        text = text.replace("syntax=", "syntaxx=");
    }
    text
}

fn ignore_file(dice: &mut Dice) -> String {
    let count = 1 + dice.below(3);
    (0..count).map(|_| expand("ignore", dice) + "\n").collect()
}

/// An option of the build.
fn option(dice: &mut Dice) -> (String, String) {
    let kind = dice.below(24);
    let (key, value): (&str, String) = match kind {
        0..=2 => (
            "target",
            dice.pick(&["a", "b", "c", "Builder", "s0", "foo", "nope", "0", "stage-0"]).to_owned(),
        ),
        3..=5 => {
            let platforms = [
                "linux/amd64",
                "linux/arm64",
                "linux/arm64/v8",
                "linux/arm",
                "linux/amd64,linux/arm64",
                "linux/arm/v6,linux/amd64/v2",
                "windows/amd64",
                "linux/amd64,windows(10.0.1)/amd64",
                "linux/386",
                "a/b/c/d",
                "",
            ];
            ("platform", dice.pick(&platforms).to_owned())
        }
        6..=8 => return (format!("build-arg:{}", expand("name", dice)), expand("word", dice)),
        9 => ("build-arg:BASE", expand("base", dice)),
        10 => ("build-arg:P", expand("platform", dice)),
        11..=13 => {
            let name = expand("stage", dice).to_lowercase();
            let suffix = dice.pick(&["", "", "", "::linux/amd64", "::linux/arm64"]);
            let sources = [
                "docker-image://alpine",
                "docker-image://conf",
                "docker-image://empty",
                "docker-image://noplat",
                "docker-image://trig",
                "docker-image://scratch",
                "local:local-w",
                "local:none",
                DOWNLOAD.0,
                "https://github.com/o/r.git#v1",
                "git@github.com:o/r.git",
                "oci-layout://store@sha256:2222222222222222222222222222222222222222222222222222222222222222",
                "input:none",
                "bogus",
                "bogus:x",
            ];
            return (format!("context:{name}{suffix}"), dice.pick(&sources).to_owned());
        }
        14 => ("no-cache", dice.pick(&["", "a", "b,builder", "FOO"]).to_owned()),
        15 => ("build-arg:BUILDKIT_DOCKERFILE_CHECK", expand("check", dice)),
        16 => ("build-arg:SOURCE_DATE_EPOCH", {
            let times = [
                "0",
                "1700000000",
                "-1",
                "",
                "x",
                "a",
                "context",
                "253402300800",
                "9223372036854775807",
                "+1",
            ];
            dice.pick(&times).to_owned()
        }),
        17 => ("filename", {
            let names = [
                "Dockerfile",
                "./Dockerfile",
                "sub/../Dockerfile",
                "/Dockerfile",
                "a/..//Dockerfile",
                "nope",
            ];
            dice.pick(&names).to_owned()
        }),
        18 => (
            "build-arg:BUILDKIT_MULTI_PLATFORM",
            dice.pick(&["1", "true", "0", "x", ""]).to_owned(),
        ),
        19 => return (format!("label:{}", expand("name", dice)), expand("word", dice)),
        20 => ("image-resolve-mode", dice.pick(&["pull", "local", "default", "bogus"]).to_owned()),
        21 => {
            let flags = [
                ("add-hosts", "a=1.2.3.4,b=::1"),
                ("shm-size", "1000"),
                ("ulimit", "nofile=1:2"),
                ("force-network-mode", "host"),
                ("force-network-mode", "none"),
                ("hostname", "h"),
                ("cgroup-parent", "c"),
                ("build-arg:BUILDKIT_CACHE_MOUNT_NS", "ns"),
                ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "hh"),
                ("memory", "1000000"),
                ("cpusetcpus", "0-1"),
                ("contextsubdir", "sub"),
            ];
            let (key, value) = dice.pick(&flags);
            (key, value.to_owned())
        }
        22 => {
            let names = [
                "BUILDKIT_SBOM_SCAN_STAGE",
                "BUILDKIT_SBOM_SCAN_CONTEXT",
                "http_proxy",
                "NO_PROXY",
                "TARGETARCH",
            ];
            return (
                format!("build-arg:{}", dice.pick(&names)),
                dice.pick(&["true", "a,b", "x", ""]).to_owned(),
            );
        }
        _ => ("build-arg:BUILDPLATFORM", expand("platform", dice)),
    };
    (key.to_owned(), value)
}
