//! Contracts against named contexts, build arguments and images of somebody who wants another image to be built: no
//! build may take the compiler down, and what an alias with a contract is built from keeps to it.
//!
//! The input is a list of choices. They make a Dockerfile whose only images besides `debian` come by way of its
//! aliases' arguments, all under one contract, and a world that tries to get another image in.
//!
//! ```sh
//! cargo +nightly fuzz run contracts
//! ```

#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use aliasfront_compiler::question::{Entry, Failure, FailureKind, ImageFact, Key, Probed};
use aliasfront_compiler::{Code, Fact};
use aliasfront_fuzz::compile;
use buildkit_proto::pb;
use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use serde_json::json;

/// The digest that names have which have one.
const DIGEST: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";
/// The digest that a look-up finds for a tag.
const FOUND: &str = "sha256:5555555555555555555555555555555555555555555555555555555555555555";
/// The image that instructions name themselves, and compile stages start from.
const BASE: &str = "docker.io/library/debian";
/// What a terminal acts on.
const HOSTILE: &str = "\u{1b}[2J\u{202e}";

/// What arguments, contexts and registries say: names of images, right and wrong, and what is none.
const NAMES: [&str; 22] = [
    "ghcr.io/org/builder",
    "ghcr.io/org/builder:v1",
    "ghcr.io/org/builder@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "ghcr.io/org/builder:v1@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "ghcr.io/org/team/builder@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "ghcr.io/orgevil/builder:v1",
    "ghcr.io/org.evil/builder@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "evil.example/x:latest",
    "evil.example/ghcr.io/org/builder",
    "evil.example/x@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "ghcr.io.evil.example/org/builder:v1",
    "org/builder",
    "builder",
    "local",
    "tools",
    "again",
    "inner",
    "scratch",
    "SCRATCH",
    "",
    "not a name",
    "debian",
];

/// Schemes of contexts.
const SCHEMES: [&str; 9] = [
    "docker-image://",
    "docker-image:",
    "docker-image:/",
    "oci-layout://",
    "local:",
    "input:",
    "https://",
    "git@",
    "",
];

/// What contexts take the place of: stages and images that only arguments name.
const TAKEN: [&str; 12] = [
    "builder",
    "second",
    "local",
    "tools",
    "again",
    "inner",
    "ghcr.io/org/builder",
    "ghcr.io/org/builder:v1",
    "ghcr.io/org/builder@sha256:4444444444444444444444444444444444444444444444444444444444444444",
    "evil.example/x",
    "builder::linux/amd64",
    "ghcr.io/orgevil/builder:v1",
];

/// Patterns of `allow`, with what they mean.
const PATTERNS: [(&str, fn(&str) -> bool); 7] = [
    ("ghcr.io/org/*", |name| is_below(name, "ghcr.io/org/", false)),
    ("ghcr.io/org/**", |name| is_below(name, "ghcr.io/org/", true)),
    ("ghcr.io/org/builder", |name| bare(name) == "ghcr.io/org/builder"),
    (
        "ghcr.io/org/builder:v1",
        |name| matches!(name.strip_prefix("ghcr.io/org/builder:v1"), Some(rest) if !rest.contains(DIGEST)),
    ),
    ("ghcr.io/org/builder@*", |name| bare(name) == "ghcr.io/org/builder" && name.contains(DIGEST)),
    ("ghcr.io/org*", |_| false),
    ("*", |_| true),
];

/// Contracts that the oracle doesn't look at.
const MORE: [&str; 14] = [
    "fresh=revision",
    "verify=off",
    "verify=config",
    "verify=files",
    "require=/x",
    "require=/bin/*,+x,file",
    "fallback=local",
    "fallback=off",
    "compile=never",
    "onbuild=refuse",
    "override=refuse",
    "pin=off",
    "pni=digest",
    "require=x",
];

/// Build arguments that speak of contracts.
const ARGUMENTS: [(&str, &[&str]); 9] = [
    (
        "ALLOW",
        &["*", ";", "ghcr.io/**", "ghcr.io/org/*", "evil.example/*,ghcr.io/org/*", "context:*"],
    ),
    ("PIN", &["off", "digest"]),
    ("VERIFY", &["off", "config", "files"]),
    ("FRESH", &["off", "revision"]),
    ("FALLBACK", &["off", "local"]),
    ("COMPILE", &["allowed", "never"]),
    ("REQUIRE", &[";", "/y", "/x,+x;/z*"]),
    ("ONBUILD", &["allow", "refuse"]),
    ("REVISION", &["abc", ""]),
];

/// The name without tag and digest. No registry of these names has a port.
fn bare(name: &str) -> &str {
    name.split(['@', ':']).next().unwrap_or_default()
}

fn is_below(name: &str, prefix: &str, deep: bool) -> bool {
    bare(name).strip_prefix(prefix).is_some_and(|rest| deep || !rest.contains('/'))
}

/// The choices that an input makes: the first ones of all lists where it is at its end.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % count
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// One in `count`.
    fn chance(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }
}

/// What the Dockerfile's contract and the build's arguments come to.
#[derive(Default)]
struct Oracle {
    /// Lists of patterns, each of which must admit an image.
    allow: Vec<Vec<fn(&str) -> bool>>,
    pin: bool,
    /// Whether what is no image may take an image's place.
    contexts: bool,
}

impl Oracle {
    fn admits(&self, identifier: &str) -> bool {
        match identifier.strip_prefix("docker-image://") {
            Some(name) if bare(name) == BASE => true,
            Some(name) => {
                self.allow.iter().all(|list| list.iter().any(|admits| admits(name)))
                    && (!self.pin || name.contains(DIGEST))
            }
            None if identifier == "local://context" || self.contexts => true,
            None if identifier.starts_with("oci-layout://") => self.allow.is_empty(),
            None => self.allow.is_empty() && !self.pin,
        }
    }

    /// Looks at the vertices of a definition.
    fn check(&self, vertices: &[Vec<u8>], text: &str) {
        for vertex in vertices {
            let vertex = pb::Op::decode(vertex.as_slice()).expect("an operation");
            let Some(pb::op::Op::Source(source)) = vertex.op else { continue };
            assert!(self.admits(&source.identifier), "{} in\n{text}", source.identifier);
        }
    }
}

/// A build.
struct Build {
    dockerfile: String,
    opts: BTreeMap<String, String>,
    oracle: Oracle,
    /// What a registry makes of the images that are no base, by its answers.
    redirects: Vec<(&'static str, Answer, &'static str)>,
    triggers: Vec<&'static str>,
    /// How many questions of files find nothing, of ten.
    missing: usize,
}

/// How a registry answers.
#[derive(Clone, Copy)]
enum Answer {
    Redirect,
    OtherName,
    Missing,
    WrongPlatform,
    Unreachable,
    Broken,
}

impl Build {
    fn of(choices: &mut Choices<'_>) -> Self {
        let mut oracle = Oracle::default();
        let mut opts = BTreeMap::new();
        let contract = Self::contract(choices, &mut oracle);
        let dockerfile = Self::text(choices, &contract);
        for name in ["A", "B"] {
            if choices.chance(2) {
                opts.insert(format!("build-arg:{name}"), choices.of(&NAMES).to_owned());
            }
        }
        Self::arguments(choices, &mut opts, &mut oracle);
        for _ in 0..choices.below(4) {
            let value = format!("{}{}", choices.of(&SCHEMES), choices.of(&NAMES));
            opts.insert(format!("context:{}", choices.of(&TAKEN)), value);
        }
        // What a compile stage starts from is no contract's matter, as long as it is no compile stage itself.
        if dockerfile.contains("FROM local AS tools") {
            opts.remove("context:local");
        }
        // A stage whose argument names an image by default, and that has no contract, is no alias.
        let is_image = dockerfile.starts_with("ARG A=tools") && !dockerfile.contains(" AS tools\n");
        if is_image && contract.is_empty() {
            oracle = Oracle { contexts: true, ..Oracle::default() };
        }
        if choices.chance(3) {
            let targets = ["final", "builder", "second", "other"];
            opts.insert("target".to_owned(), choices.of(&targets).to_owned());
        }
        let answers = [
            Answer::Redirect,
            Answer::OtherName,
            Answer::Missing,
            Answer::WrongPlatform,
            Answer::Unreachable,
            Answer::Broken,
        ];
        let redirects = (0..choices.below(4))
            .map(|_| (choices.of(&NAMES), choices.of(&answers), choices.of(&NAMES)))
            .collect();
        let triggers =
            ["COPY --from=evil.example/x /x /build/agentd", "RUN x", "ENV a=b", "FROM x"];
        let triggers = (0..choices.below(3)).map(|_| choices.of(&triggers)).collect();
        let missing = choices.below(5);
        Self { dockerfile, opts, oracle, redirects, triggers, missing }
    }

    /// The contract of all aliases, as it is written.
    fn contract(choices: &mut Choices<'_>, oracle: &mut Oracle) -> String {
        let mut words = Vec::new();
        let mut list = Vec::new();
        for _ in 0..choices.below(3) {
            let (pattern, admits) = choices.of(&PATTERNS);
            words.push(format!("allow={pattern}"));
            list.push(admits);
        }
        if choices.chance(4) {
            words.push("allow=context:*".to_owned());
            oracle.contexts = true;
            // A list that admits no image.
            list.push(|_| false);
        }
        if !list.is_empty() {
            oracle.allow.push(list);
        }
        if choices.chance(2) {
            words.push("pin=digest".to_owned());
            oracle.pin = true;
        }
        for _ in 0..choices.below(4) {
            let word = choices.of(&MORE);
            oracle.pin &= word != "pin=off";
            words.push(word.to_owned());
        }
        words.join(" ")
    }

    fn text(choices: &mut Choices<'_>, contract: &str) -> String {
        let comment =
            if contract.is_empty() { String::new() } else { format!("# alias {contract}\n") };
        let outer = choices.of(&["local", "tools", "inner"]);
        let mut text = format!("ARG A={outer}\nARG B=local\nFROM {BASE} AS local\n");
        text.push_str(choices.of(&["", "RUN make\n", "WORKDIR /x\nCOPY a /build/\n"]));
        text.push_str(choices.of(&["", "FROM local AS tools\n", "FROM local AS tools\nRUN x\n"]));
        text.extend([comment.as_str(), "FROM ${B:-local} AS inner\n"]);
        text.push_str(choices.of(&["", "ENV a=b\n", "RUN y\n"]));
        text.push_str(choices.of(&["", "FROM inner AS tools\n"]));
        text.extend([
            comment.as_str(),
            choices.of(&["FROM ${A} AS builder\n", "FROM ${A:-local} AS builder\n"]),
        ]);
        text.push_str(choices.of(&["", "RUN z\n", "ENV c=d\n"]));
        text.push_str(choices.of(&["", "FROM builder AS again\n", "FROM ${A} AS again\nRUN w\n"]));
        text.extend([
            comment.as_str(),
            choices
                .of(&["FROM ${B} AS second\n", "FROM --platform=$BUILDPLATFORM ${A} AS second\n"]),
        ]);
        text.extend(["FROM ", BASE, " AS final\n"]);
        for _ in 0..choices.below(4) {
            text.push_str(choices.of(&[
                "COPY --from=builder /build/agentd /\n",
                "COPY --from=second /x /y* /\n",
                "COPY --from=${A} /x /\n",
                "COPY --from=${B:-local} /x /\n",
                "RUN --mount=from=builder,target=/b x\n",
                "RUN --mount=from=${A},source=/s,target=/b x\n",
                "COPY --from=inner / /\n",
                "COPY . /\n",
            ]));
        }
        text.push_str(choices.of(&[
            "",
            "FROM builder AS other\n",
            "FROM ${A} AS other\nCOPY a /\n",
        ]));
        text
    }

    fn arguments(
        choices: &mut Choices<'_>,
        opts: &mut BTreeMap<String, String>,
        oracle: &mut Oracle,
    ) {
        for _ in 0..choices.below(3) {
            let (name, values) = choices.of(&ARGUMENTS);
            let value = choices.of(values);
            opts.insert(format!("build-arg:ALIASFRONT_{name}"), value.to_owned());
        }
        let given = |name: &str| opts.get(&format!("build-arg:ALIASFRONT_{name}"));
        oracle.pin |= given("PIN").is_some_and(|value| value == "digest");
        if let Some(value) = given("ALLOW") {
            let list: Vec<fn(&str) -> bool> = value
                .split([',', ';'])
                .filter_map(|pattern| {
                    let admits: fn(&str) -> bool = match pattern {
                        "*" => |_| true,
                        "ghcr.io/**" => |name| is_below(name, "ghcr.io/", true),
                        "ghcr.io/org/*" => |name| is_below(name, "ghcr.io/org/", false),
                        "evil.example/*" => |name| is_below(name, "evil.example/", false),
                        "context:*" => |_| false,
                        _ => return None,
                    };
                    Some(admits)
                })
                .collect();
            // Where both lists have contexts, or the contract has none: what the build says without one, counts.
            let contexts = value == "context:*";
            let is_written = oracle.pin || !oracle.allow.is_empty();
            oracle.contexts =
                contexts && (oracle.contexts || !is_written) || oracle.contexts && list.is_empty();
            if contexts && opts.contains_key("build-arg:ALIASFRONT_PIN") {
                // What of the two the build says is the contract's matter.
                oracle.contexts |= oracle.allow.is_empty();
            }
            if !list.is_empty() {
                oracle.allow.push(list);
            }
        }
    }

    fn answer(&self, key: &Key) -> Fact {
        match key {
            Key::Image(image) => {
                let is_base = bare(&image.reference) == BASE;
                let known = self.redirects.iter().find(|(name, ..)| {
                    !name.is_empty() && !is_base && image.reference.starts_with(name)
                });
                let (answer, other) =
                    known.map_or((None, ""), |(_, answer, other)| (Some(*answer), *other));
                let failed = |kind| {
                    let message = format!("{}{HOSTILE}: no", image.reference);
                    Fact::Failed(Failure { kind, message, code: Code::NotFound, elsewhere: None })
                };
                let reference = match answer {
                    Some(Answer::Redirect) => {
                        return Fact::Redirected(format!("docker-image://{other}"));
                    }
                    Some(Answer::Missing) => return failed(FailureKind::NotFound),
                    Some(Answer::WrongPlatform) => return failed(FailureKind::WrongPlatform),
                    Some(Answer::Unreachable) => return failed(FailureKind::Unreachable),
                    Some(Answer::OtherName) => other.to_owned(),
                    Some(Answer::Broken) | None => image.reference.clone(),
                };
                let triggers: &[&str] = if is_base { &[] } else { &self.triggers };
                let config = json!({
                    "os": "linux",
                    "architecture": "amd64",
                    "rootfs": { "diff_ids": [DIGEST] },
                    "config": {
                        "Env": ["PATH=/bin", HOSTILE],
                        "Labels": { "org.opencontainers.image.revision": format!("abc{HOSTILE}") },
                        "OnBuild": triggers,
                    },
                });
                let config = match answer {
                    Some(Answer::Broken) => format!("{config}{HOSTILE}"),
                    _ => config.to_string(),
                };
                Fact::Image(ImageFact {
                    reference,
                    digest: if image.reference.contains(DIGEST) { DIGEST } else { FOUND }
                        .to_owned(),
                    config: config.into_bytes(),
                })
            }
            Key::File(_) => Fact::File(None),
            Key::Input(_) => Fact::Input(None),
            Key::Probe(probe) => {
                // Nobody looks into what may not be built.
                let tree = pb::Definition::decode(&*probe.tree.definition).expect("a definition");
                self.oracle.check(&tree.def, &self.dockerfile);
                if probe.path.len() % 5 < self.missing {
                    let names = [format!("agentd{HOSTILE}")].into();
                    let directory = "/".to_owned();
                    return Fact::Probe(Probed::Missing { directory, names, link: None });
                }
                let path = probe.path.clone();
                Fact::Probe(Probed::Found(vec![Entry { path, mode: 0o755, ..Entry::default() }]))
            }
            Key::Stat(stat) => {
                let path = stat.path.clone();
                Fact::Stat(Some(Entry { path, mode: 0o755, ..Entry::default() }))
            }
            Key::Bytes(_) => Fact::Bytes(b"\x7fELF\x02\x01\x01 and the rest"[..].into()),
            Key::Names(_) => Fact::Names(BTreeMap::new()),
            Key::Commit(_) => Fact::Commit(None),
            Key::SourceTime(_) => Fact::SourceTime(None),
            Key::Published(published) => self.answer(&Key::Image(published.image.clone())),
            Key::Content(_) => Fact::Content(Arc::default()),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let build = Build::of(&mut Choices(input));
    let asked = RefCell::new(0);
    let answer = |key: &Key| {
        *asked.borrow_mut() += 1;
        build.answer(key)
    };
    let text = build.dockerfile.as_bytes();
    let first = compile(text, &build.opts, &answer, false);
    let second = compile(text, &build.opts, &answer, true);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.definition, second.definition);
            let told = format!("{}{:?}", build.dockerfile, build.opts);
            build.oracle.check(&first.definition.def, &told);
            // What is said at the end is text that a terminal may show.
            let message = first.message().unwrap_or_default();
            assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message:?}");
        }
        (Err(first), Err(second)) => assert_eq!(first, second),
        (first, second) => panic!("{:?} and {:?}", first.err(), second.err()),
    }
    // A build has few questions: what is asked doesn't grow with the rounds.
    assert!(*asked.borrow() < 1_000, "{} questions of\n{}", asked.borrow(), build.dockerfile);
});
