//! Dockerfiles and options that are made to break things: no panic, no hang, and an answer.

use std::env;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use aliasfront_tests::gateway::{Gateway, Recording};
use aliasfront_tests::golden::Case;

use crate::build;

/// How long a frontend may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many changed Dockerfiles are tried, unless the variable [`ROUNDS`] says otherwise.
const MUTATIONS: usize = 400;

/// The variable that says how many changed Dockerfiles are tried.
const ROUNDS: &str = "ALIASFRONT_ROUNDS";

async fn answered(gateway: Gateway, what: &str) -> Recording {
    let recording = build(gateway.patience(PATIENCE)).await;
    assert!(recording.has_ended(), "{what} hangs");
    assert!(!recording.stderr.contains("panicked"), "{what}: {}", recording.stderr);
    assert!(recording.exit_code().is_some(), "{what} kills the process: {}", recording.stderr);
    assert!(recording.outcome.is_some(), "{what} gets no answer: {}", recording.stderr);
    recording
}

#[tokio::test]
async fn large_and_deep_dockerfiles_are_answered() {
    let dockerfiles: [(&str, String); 12] = [
        ("a long line", format!("FROM alpine\nRUN {}\n", "x".repeat(3 << 20))),
        ("a continued line", format!("FROM alpine\nRUN a{}\n", " \\\n b".repeat(100_000))),
        ("many instructions", format!("FROM alpine\n{}", "ENV A=1\n".repeat(20_000))),
        ("many stages", "FROM scratch\n".repeat(20_000)),
        ("nested braces", format!("FROM alpine\nENV A={}\n", "${A:-".repeat(50_000))),
        ("nested quotes", format!("FROM alpine\nENV A={}\n", "\"'".repeat(50_000))),
        ("nested lists", format!("FROM alpine\nCMD {}\n", "[".repeat(100_000))),
        ("expansion that doubles", {
            let mut text = "FROM alpine\nENV A0=xxxxxxxxxxxxxxxx\n".to_owned();
            for n in 1..64 {
                let before = n - 1;
                writeln!(text, "ENV A{n}=$A{before}$A{before}").expect("a string takes all");
            }
            text
        }),
        ("many heredocs", format!("FROM alpine\nRUN {}\n", "<<A ".repeat(10_000))),
        ("no line ends", "FROM alpine\r".repeat(1000)),
        ("control characters", (0..=255_u8).map(char::from).collect()),
        ("escapes", format!("FROM alpine\nRUN {}", "\\".repeat(100_001))),
    ];
    for (what, dockerfile) in dockerfiles {
        answered(Gateway::new().dockerfile(dockerfile), what).await;
    }
}

#[tokio::test]
async fn dockerfiles_that_are_no_text_are_answered() {
    for bytes in [&b"\xff\xfe\x00"[..], b"\x00", b"FROM \xc3\x28\nRUN \xa0\xa1\n", b"\xef\xbb\xbf"]
    {
        answered(Gateway::new().dockerfile(bytes), &format!("{bytes:?}")).await;
    }
}

#[tokio::test]
async fn options_that_make_no_sense_are_answered() {
    let options = [
        ("platform", ",,,"),
        ("platform", "linux/amd64/\u{1F980}"),
        ("target", "\u{0}"),
        ("filename", ""),
        ("filename", "../../etc/passwd"),
        ("filename", "/"),
        ("context", "https://"),
        ("context", "git://#:"),
        ("context", "git@"),
        ("context:alpine", ":"),
        ("context:alpine", "docker-image://"),
        ("context:alpine", "docker-image://\u{1F980}"),
        ("context:alpine", "oci-layout://@"),
        ("context:alpine", "input:"),
        ("context:alpine", "target:x"),
        ("context::::", "local:x"),
        ("cache-imports", "{"),
        ("cache-imports", "[null]"),
        ("ulimit", "nofile"),
        ("ulimit", "=1:2:3"),
        ("add-hosts", "="),
        ("add-hosts", "a=\"b"),
        ("shm-size", "-1"),
        ("memory", "99999999999999999999"),
        ("cpusetcpus", "9-1,,"),
        ("no-cache", ",,"),
        ("attest:sbom", "\"generator"),
        ("attest:unheard", ""),
        ("build-arg:SOURCE_DATE_EPOCH", "-99999999999999999"),
        ("build-arg:SOURCE_DATE_EPOCH", "9223372036854775807"),
        ("build-arg:BUILDKIT_DOCKERFILE_CHECK", ";;=;skip"),
        ("build-arg:", "x"),
        ("label:", ""),
        ("frontend.caps", "+forward,,"),
        ("requestid", ""),
        ("input-metadata:x", "{"),
    ];
    for (option, value) in options {
        // The environment can't carry this one.
        if value.contains('\0') {
            continue;
        }
        let gateway = Gateway::new()
            .dockerfile("FROM alpine AS a\nCOPY x /\nRUN --mount=type=cache,target=/c x\n")
            .opt(option, value);
        answered(gateway, &format!("{option}={value}")).await;
    }
}

#[tokio::test]
async fn configs_that_make_no_sense_are_answered() {
    use aliasfront_tests::gateway::Image;
    use serde_json::json;
    let configs = [
        json!(null),
        json!([]),
        json!("text"),
        json!({"config": {"Env": ["", "=", "NOEQUALS", "=x"], "WorkingDir": "relative/../..", "User": "::"}}),
        json!({"config": {"OnBuild": ["ONBUILD RUN x", "FROM x", "", "NONSENSE", "COPY"]}}),
        json!({"config": {"OnBuild": ["COPY --from=1000000 / /"]}}),
        json!({"config": {"OnBuild": ["COPY --from=alpine / /"]}}),
        json!({"config": {"Shell": [], "Cmd": [], "Entrypoint": [""]}}),
        json!({"config": {"ExposedPorts": {"": {}}, "Volumes": {"": {}}, "Labels": {"": ""}}}),
        json!({"os": "plan9", "architecture": "\u{1F980}", "variant": "/"}),
        json!({"history": [{}, {"created": "yesterday"}]}),
    ];
    for config in configs {
        let gateway = Gateway::new()
            .dockerfile("FROM alpine AS a\nWORKDIR w\nRUN x $NOEQUALS\nCOPY a b\n")
            .image("docker.io/library/alpine:latest", Image::with_config(config.clone()));
        answered(gateway, &config.to_string()).await;
    }
}

/// A generator of numbers that are random enough and the same on every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap_or_default()
    }
}

/// Pieces that mean something to a Dockerfile.
const PIECES: [&str; 24] = [
    "\n",
    "\\\n",
    "\"",
    "'",
    "$",
    "${",
    "}",
    ":-",
    "<<E",
    "E\n",
    "[",
    "]",
    "--from=",
    "--mount=",
    ",",
    "=",
    "#",
    " AS ",
    "FROM ",
    "ONBUILD ",
    "\u{feff}",
    "\u{1F980}",
    "\r\n",
    "--",
];

#[tokio::test]
async fn changed_dockerfiles_are_answered() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let cases = Case::all(&corpus, &[]).expect("the corpus");
    let dockerfiles: Vec<Vec<u8>> =
        cases.iter().filter_map(Case::dockerfile).map(String::into_bytes).collect();
    let mut random = Random(0x5eed);
    let rounds = env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(MUTATIONS);
    for round in 0..rounds {
        let mut text = dockerfiles[random.below(dockerfiles.len())].clone();
        for _ in 0..=random.below(6) {
            let at = random.below(text.len() + 1);
            match random.below(4) {
                0 => {
                    let end = (at + random.below(12)).min(text.len());
                    text.drain(at..end);
                }
                1 => {
                    let other = &dockerfiles[random.below(dockerfiles.len())];
                    let from = random.below(other.len());
                    let to = (from + random.below(40)).min(other.len());
                    text.splice(at..at, other[from..to].iter().copied());
                }
                2 => {
                    if let Some(byte) = text.get_mut(at) {
                        *byte = u8::try_from(random.below(256)).unwrap_or_default();
                    }
                }
                _ => {
                    let piece = PIECES[random.below(PIECES.len())];
                    text.splice(at..at, piece.bytes());
                }
            }
        }
        let what = format!("round {round}: {:?}", String::from_utf8_lossy(&text));
        // Without this, a changed syntax line would end the build before it begins.
        answered(Gateway::new().dockerfile(text).opt("cmdline", "this"), &what).await;
    }
}
