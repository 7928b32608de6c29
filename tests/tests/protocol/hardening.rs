//! What happens when an engine misbehaves: no hang, no panic, an error that says which request failed, and an exit
//! code that isn't zero.

use std::time::Duration;

use aliasfront_tests::gateway::{CapSet, FAILURES, Fault, Files, Gateway, Image, Recording, Rpc};
use tonic::Code;

use crate::{build, succeed};

/// How long a build may go on after its client is gone.
const PROMPT: Duration = Duration::from_secs(3);

/// A request that a build makes, and how it comes to make it.
struct Row {
    rpc: Rpc,
    /// What a build needs to make the request.
    gateway: fn() -> Gateway,
    /// Words of which the error has at least one: they say which request it was.
    says: &'static [&'static str],
    /// Whether the build can do without an answer.
    optional: bool,
    /// What an empty answer leads to.
    empty: Empty,
}

/// What an answer leads to that has nothing in it.
enum Empty {
    /// Nothing is what it may have to say.
    Fine,
    /// An error with these words.
    Error(&'static str),
}

/// A build that looks an image up, reads files, and warns (`MAINTAINER` is deprecated).
fn usual() -> Gateway {
    Gateway::new()
        .dockerfile("FROM alpine:3 AS base\nMAINTAINER me\nCOPY a /a\n")
        .context_file("a", "content")
        .patience(Duration::from_secs(20))
}

/// The same on an engine that knows only the older form of look-ups.
fn older_lookups() -> Gateway {
    usual().caps(CapSet::buildkit_0_32().without("source.metaresolver"))
}

/// A build that waits until a folder of the client is loaded, on an engine that can't be told to do that.
fn older_loading() -> Gateway {
    Gateway::new()
        .dockerfile("FROM scratch\nCOPY --from=lib a /\n")
        .opt("context:lib", "local:folder")
        .file("folder", "a", "content")
        .caps(CapSet::buildkit_0_32().without("gateway.solve.evaluate"))
        .patience(Duration::from_secs(20))
}

/// A build that looks at the files of a prebuilt image.
fn prebuilt(copied: &str) -> Gateway {
    let mut files = Files::default();
    files.add_with_mode("/made/tool", "#!/bin/sh\n", 0o755);
    let image = "docker-image://docker.io/org/made:1";
    let pinned = format!("{image}@sha256:{}", "ab".repeat(32));
    Gateway::new()
        .dockerfile(format!(
            "ARG MADE=make\nFROM alpine AS make\nRUN x\n# alias require=/made/tool,+x\n\
             FROM ${MADE} AS made\nFROM scratch\nCOPY --from=made {copied} /\n",
            MADE = "{MADE}",
        ))
        .build_arg("MADE", "org/made:1")
        .image(
            "docker.io/org/made:1",
            Image::default().digest(&format!("sha256:{}", "ab".repeat(32))),
        )
        .source(&pinned, files)
        .patience(Duration::from_secs(20))
}

/// One of whose files are named.
fn prebuilt_file() -> Gateway {
    prebuilt("/made/tool")
}

/// One of whose files are described by a pattern.
fn prebuilt_pattern() -> Gateway {
    prebuilt("/made/t*")
}

/// A build from a repository whose commit says the time.
fn timed() -> Gateway {
    Gateway::new()
        .dockerfile("FROM scratch\nCOPY a /\n")
        .opt("context:src", "https://github.com/org/app.git#main")
        .build_arg("SOURCE_DATE_EPOCH", "src")
        .patience(Duration::from_secs(20))
}

const TABLE: [Row; 12] = [
    Row {
        rpc: Rpc::Ping,
        gateway: usual,
        says: &["Ping"],
        optional: false,
        // Without any capability, an engine is older than all that there are.
        empty: Empty::Error("needs BuildKit"),
    },
    Row {
        rpc: Rpc::Inputs,
        gateway: usual,
        says: &["Inputs"],
        optional: false,
        empty: Empty::Fine,
    },
    Row {
        rpc: Rpc::Solve,
        gateway: usual,
        says: &["Solve", "failed to resolve dockerfile"],
        optional: false,
        empty: Empty::Error(""),
    },
    Row {
        rpc: Rpc::ReadFile,
        gateway: usual,
        says: &["ReadFile", "failed to read dockerfile"],
        optional: false,
        // A file without content is one.
        empty: Empty::Error("the Dockerfile cannot be empty"),
    },
    Row {
        rpc: Rpc::ResolveSourceMeta,
        gateway: usual,
        says: &["alpine:3"],
        optional: false,
        empty: Empty::Error(""),
    },
    Row {
        rpc: Rpc::ResolveSourceMeta,
        gateway: timed,
        says: &["named context src"],
        optional: false,
        // The source has no time.
        empty: Empty::Fine,
    },
    Row {
        rpc: Rpc::ResolveImageConfig,
        gateway: older_lookups,
        says: &["alpine:3"],
        optional: false,
        empty: Empty::Error(""),
    },
    Row {
        rpc: Rpc::StatFile,
        gateway: older_loading,
        says: &["failed to read .dockerignore", "StatFile"],
        optional: false,
        empty: Empty::Fine,
    },
    Row {
        rpc: Rpc::StatFile,
        gateway: prebuilt_file,
        says: &["/made/tool"],
        optional: false,
        empty: Empty::Error("/made/tool is not executable"),
    },
    Row {
        rpc: Rpc::ReadDir,
        gateway: prebuilt_pattern,
        says: &["/made/t*"],
        optional: false,
        // The engine shows nothing of the image, so nothing is known.
        empty: Empty::Fine,
    },
    Row { rpc: Rpc::Warn, gateway: usual, says: &[], optional: true, empty: Empty::Fine },
    Row {
        rpc: Rpc::Return,
        gateway: usual,
        says: &["Return"],
        optional: false,
        empty: Empty::Fine,
    },
];

/// What a test found wrong; nothing if all is well.
type Findings = Vec<String>;

impl Row {
    /// Whether the build goes on when the request fails with this code.
    fn goes_on(&self, code: Code) -> bool {
        // An engine that finds no directory in an image, not even its root, doesn't show files of images.
        self.optional || (self.rpc == Rpc::ReadDir && code == Code::NotFound)
    }

    /// Builds with a fault, and checks what holds for every fault.
    async fn with(&self, fault: &Fault, findings: &mut Findings) -> Recording {
        let recording = build((self.gateway)().misbehave(self.rpc, fault.clone())).await;
        self.check(recording.count(self.rpc) > 0, "isn't made", fault, &recording, findings);
        self.check(recording.has_ended(), "hangs", fault, &recording, findings);
        let ended = !recording.has_ended() || recording.exit_code().is_some();
        self.check(ended, "kills the process", fault, &recording, findings);
        let panics = recording.stderr.contains("panicked");
        self.check(!panics, "makes it panic", fault, &recording, findings);
        self.check(recording.outstanding == 0, "stays open", fault, &recording, findings);
        recording
    }

    /// Builds with a fault: it fails, and says which request it was.
    async fn fails(&self, fault: &Fault, findings: &mut Findings) {
        let recording = self.with(fault, findings).await;
        let words = recording.words();
        let failed = recording.exit_code() != Some(0) && recording.result().is_none();
        self.check(failed, "doesn't fail the build", fault, &recording, findings);
        let said = self.says.iter().any(|word| words.contains(word));
        self.check(said, "isn't named", fault, &recording, findings);
        // The first request comes before anything could be returned, the last one is the returning.
        let silent = matches!(self.rpc, Rpc::Ping | Rpc::Return);
        let returned = silent || recording.error().is_some();
        self.check(returned, "makes it return nothing", fault, &recording, findings);
    }

    /// Builds with a fault: it goes on without an answer.
    async fn survives(&self, fault: &Fault, findings: &mut Findings) {
        let recording = self.with(fault, findings).await;
        let succeeded = recording.exit_code() == Some(0) && recording.result().is_some();
        self.check(succeeded, "fails the build", fault, &recording, findings);
    }

    fn check(
        &self,
        holds: bool,
        what: &str,
        fault: &Fault,
        recording: &Recording,
        findings: &mut Findings,
    ) {
        if !holds {
            let (rpc, says) = (self.rpc, self.says);
            findings
                .push(format!("{rpc} of {says:?} with {fault:?} {what}: {}", recording.words()));
        }
    }
}

fn assert_none(findings: &Findings) {
    assert!(findings.is_empty(), "{} findings\n{}", findings.len(), findings.join("\n"));
}

#[tokio::test]
async fn requests_that_fail() {
    let mut findings = Findings::new();
    for row in &TABLE {
        for code in FAILURES {
            let fault = Fault::Code(code);
            if row.goes_on(code) {
                row.survives(&fault, &mut findings).await;
            } else {
                row.fails(&fault, &mut findings).await;
            }
        }
    }
    assert_none(&findings);
}

/// Requests that no build of this frontend makes: what is lazy is evaluated by the engine.
const NEVER: [Rpc; 1] = [Rpc::Evaluate];

#[tokio::test]
async fn every_request_is_in_the_table() {
    for rpc in Rpc::ALL {
        let listed = TABLE.iter().any(|row| row.rpc == rpc);
        assert_ne!(listed, NEVER.contains(&rpc), "{rpc}");
    }
    for row in &TABLE {
        let recording = succeed((row.gateway)()).await;
        assert!(recording.count(row.rpc) > 0, "{} of {:?} isn't made", row.rpc, row.says);
        for rpc in NEVER {
            assert_eq!(recording.count(rpc), 0, "{rpc} of {:?}", row.says);
        }
    }
}

#[tokio::test]
async fn any_one_request_that_fails() {
    let mut findings = Findings::new();
    for row in TABLE.iter().filter(|row| !row.optional) {
        for nth in 1..=succeed((row.gateway)()).await.count(row.rpc) {
            for code in [Code::Unavailable, Code::Unknown, Code::Internal] {
                let fault = Fault::Code(code);
                let recording =
                    build((row.gateway)().misbehave_nth(row.rpc, nth, fault.clone())).await;
                let mut check = |holds, what: &str| {
                    let what = format!("number {nth} {what}");
                    row.check(holds, &what, &fault, &recording, &mut findings);
                };
                check(recording.has_ended(), "hangs");
                let failed = recording.exit_code().is_some_and(|code| code != 0);
                check(failed && recording.result().is_none(), "doesn't fail the build");
                check(!recording.stderr.contains("panicked"), "makes it panic");
                check(recording.outstanding == 0, "stays open");
                let words = recording.words();
                let of_row = row.says.iter().any(|word| words.contains(word));
                let named =
                    of_row || words.contains(row.rpc.name()) || words.contains("failed to ");
                check(named, "isn't named");
            }
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn connections_that_drop() {
    let mut findings = Findings::new();
    for row in &TABLE {
        for fault in [Fault::Disconnect, Fault::CloseStdin] {
            let recording = row.with(&fault, &mut findings).await;
            let failed = recording.exit_code() != Some(0);
            row.check(failed, "doesn't fail the build", &fault, &recording, &mut findings);
            let prompt = recording.outlived_client.is_some_and(|time| time < PROMPT);
            row.check(prompt, "doesn't end it promptly", &fault, &recording, &mut findings);
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn answers_that_are_late() {
    let mut findings = Findings::new();
    for row in &TABLE {
        row.survives(&Fault::Delay(Duration::from_millis(300)), &mut findings).await;
    }
    assert_none(&findings);
}

#[tokio::test]
async fn answers_that_are_too_large() {
    let mut findings = Findings::new();
    for row in &TABLE {
        match row.rpc {
            // Their answers have nothing in them.
            Rpc::Warn | Rpc::Return => {}
            _ => row.fails(&Fault::Oversized, &mut findings).await,
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn answers_that_are_empty() {
    let mut findings = Findings::new();
    let fault = Fault::EmptyAnswer;
    for row in &TABLE {
        match row.empty {
            Empty::Fine => row.survives(&fault, &mut findings).await,
            Empty::Error(expected) => {
                let recording = row.with(&fault, &mut findings).await;
                let error = recording.error().is_some_and(|error| error.message.contains(expected));
                row.check(error, "isn't an error", &fault, &recording, &mut findings);
            }
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn configs_that_are_no_json() {
    let mut findings = Findings::new();
    for row in &TABLE {
        let looks_up = matches!(row.rpc, Rpc::ResolveSourceMeta | Rpc::ResolveImageConfig);
        if looks_up && row.says == ["alpine:3"] {
            row.fails(&Fault::MalformedConfig, &mut findings).await;
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn refs_that_do_not_exist() {
    let recording = build(usual().misbehave_nth(Rpc::Solve, 1, Fault::UnknownRef)).await;
    assert_ne!(recording.exit_code(), Some(0), "{}", recording.words());
    let error = recording.error().expect("an error");
    assert!(error.message.contains("no such ref"), "{}", error.message);
    assert!(error.message.contains("ReadFile"), "{}", error.message);

    // The last one is only returned: the engine refuses that.
    let last = succeed(usual()).await.count(Rpc::Solve);
    let recording = build(usual().misbehave_nth(Rpc::Solve, last, Fault::UnknownRef)).await;
    assert_ne!(recording.exit_code(), Some(0), "{}", recording.words());
    assert!(recording.words().contains("return reference no-such-ref not found"));
    assert!(recording.words().contains("Return"), "{}", recording.words());
}

#[tokio::test]
async fn answers_out_of_order() {
    let dockerfile = "FROM a AS a\nFROM b AS b\nFROM c AS c\nFROM scratch\n\
                      COPY --from=a / /a\nCOPY --from=b / /b\nCOPY --from=c / /c\n";
    let gateway = || Gateway::new().dockerfile(dockerfile);
    let in_order = succeed(gateway()).await;
    let out_of_order = succeed(gateway().hold(Rpc::ResolveSourceMeta, 3)).await;
    assert_eq!(out_of_order.at_once[&Rpc::ResolveSourceMeta], 3);
    let graph =
        |recording: &Recording| recording.result().and_then(|result| result.graph().cloned());
    assert_eq!(graph(&in_order), graph(&out_of_order));
}

#[tokio::test]
async fn messages_may_be_as_large_as_the_protocol_allows() {
    // The Dockerfile comes in one answer, and goes twice in one request: as a file, and in the source map.
    let line = format!("{}\n", "x".repeat(1023));
    let lines = line.repeat(1 << 10);
    let file = |number: usize| format!("COPY <<E /a\n{number}\n{lines}E\n");
    let text =
        |megabytes| format!("FROM scratch\n{}", (0..megabytes).map(file).collect::<String>());
    let recording = succeed(Gateway::new().dockerfile(text(5))).await;
    assert_eq!(recording.solves.len(), 3);

    let recording = build(Gateway::new().dockerfile(text(9))).await;
    assert!(recording.has_ended());
    assert_ne!(recording.exit_code(), Some(0));
    assert!(recording.error().is_some(), "{}", recording.words());
}

#[tokio::test]
async fn a_usual_build_makes_as_few_requests_as_it_can() {
    let recording = succeed(usual()).await;
    let requests: Vec<(Rpc, usize)> = recording.requests.into_iter().collect();
    let expected = [
        (Rpc::Ping, 1),
        (Rpc::Inputs, 1),
        // The Dockerfile, the ignore file and the result.
        (Rpc::Solve, 3),
        (Rpc::ResolveSourceMeta, 1),
        // The Dockerfile, the ignore file beside it, and that of the context.
        (Rpc::ReadFile, 3),
        (Rpc::Warn, 1),
        (Rpc::Return, 1),
    ];
    assert_eq!(requests, expected);
}
