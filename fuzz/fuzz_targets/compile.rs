//! From text to LLB, with a registry that answers by the names of images: no input may take it down or
//! keep it busy, and the same input gives the same bytes.
//!
//! Comments in the text say how it is built: `# build-arg NAME=VALUE`, `# build-context NAME=VALUE`,
//! `# target NAME`, and `# onbuild TRIGGER` for a trigger of every image.
//!
//! ```sh
//! cargo +nightly fuzz run compile fuzz/corpus/compile tests/golden/cases -- -dict=fuzz/dockerfile.dict
//! ```

#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_compiler::question::{Entry, Failure, FailureKind, ImageFact, Key, Probed};
use aliasfront_compiler::{Code, Fact};
use aliasfront_fuzz::compile;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// How much text is compiled: triggers make much of little, and a slow input is no finding.
const MAX_LENGTH: usize = 16 << 10;
/// A digest that all images have.
const DIGEST: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

fuzz_target!(|source: &[u8]| {
    if source.len() > MAX_LENGTH {
        return;
    }
    let build = Build::read(&String::from_utf8_lossy(source));
    let answer = |key: &Key| build.answer(key);
    let first = compile(source, &build.opts, &answer, false);
    let second = compile(source, &build.opts, &answer, true);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.definition, second.definition);
            assert_eq!(first.config.to_json(), second.config.to_json());
        }
        (Err(first), Err(second)) => assert_eq!(first, second),
        (first, second) => panic!("{:?} and {:?}", first.err(), second.err()),
    }
});

/// What the comments say of the build.
#[derive(Default)]
struct Build {
    opts: BTreeMap<String, String>,
    triggers: Vec<String>,
}

impl Build {
    fn read(text: &str) -> Self {
        let mut build = Self::default();
        for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
            let Some((kind, rest)) = line.split_once(' ') else { continue };
            let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
            match kind {
                "build-arg" => build.opts.insert(format!("build-arg:{name}"), value.to_owned()),
                "build-context" => build.opts.insert(format!("context:{name}"), value.to_owned()),
                "target" => build.opts.insert("target".to_owned(), rest.to_owned()),
                "onbuild" => {
                    build.triggers.push(rest.to_owned());
                    None
                }
                _ => None,
            };
        }
        build
    }

    fn answer(&self, key: &Key) -> Fact {
        match key {
            Key::Image(image) if image.reference.contains("missing") => Fact::Failed(Failure {
                kind: FailureKind::NotFound,
                message: format!("{}: not found", image.reference),
                code: Code::NotFound,
                elsewhere: None,
            }),
            Key::Image(image) if image.reference.contains("redirect") => {
                Fact::Redirected("docker-image://alpine".to_owned())
            }
            Key::Image(image) => {
                let config = json!({
                    "os": "linux",
                    "architecture": if image.reference.contains("arm") { "arm64" } else { "amd64" },
                    "rootfs": { "diff_ids": [DIGEST] },
                    "config": {
                        "Env": ["PATH=/bin", "A=b"],
                        "WorkingDir": "/w",
                        "OnBuild": self.triggers,
                    },
                });
                Fact::Image(ImageFact {
                    reference: image.reference.clone(),
                    digest: DIGEST.to_owned(),
                    config: config.to_string().into_bytes(),
                })
            }
            Key::File(_) => Fact::File(Some(b"*.o\n!a/**/b\n"[..].into())),
            Key::Input(_) => Fact::Input(None),
            Key::Probe(probe) if probe.path.contains("missing") => {
                let link = probe.path.ends_with("link").then(|| "nowhere".to_owned());
                Fact::Probe(Probed::Missing { directory: "/".to_owned(), names: [].into(), link })
            }
            Key::Probe(probe) => {
                let path = probe.path.clone();
                // What a pattern matches may be a link.
                let mode = if probe.pattern.is_some() { 1 << 27 | 0o777 } else { 0o755 };
                Fact::Probe(Probed::Found(vec![Entry { path, mode, link: "nowhere".to_owned() }]))
            }
            Key::Stat(stat) if stat.path.contains("missing") => Fact::Stat(None),
            Key::Stat(stat) => {
                let path = stat.path.clone();
                Fact::Stat(Some(Entry { path, mode: 0o755, ..Entry::default() }))
            }
            Key::Bytes(_) => Fact::Bytes(b"\x7fELF\x02\x01\x01 and the rest"[..].into()),
            Key::Names(_) => Fact::Names(BTreeMap::new()),
            Key::Commit(_) => Fact::Commit(None),
            Key::SourceTime(_) => Fact::SourceTime(Some(1)),
            Key::Published(published) => self.answer(&Key::Image(published.image.clone())),
            Key::Content(_) => Fact::Content(Arc::default()),
        }
    }
}
