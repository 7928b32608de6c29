//! Compilations that read like a sentence, answered by an engine that is not there.
//!
//! For example: `compile("FROM alpine").image("alpine", config().env("A=b")).target("kiro").run()`.

// Each test binary uses its part of it.
#![allow(dead_code)]

pub(crate) mod table;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aliasfront_compiler::context::MainContext;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::image::reference::Reference;
use aliasfront_compiler::question::{self, Failure, FailureKind, ImageFact, Key, Probed};
use aliasfront_compiler::{
    Batch, Code, Compilation, Compiler, Error, Fact, Input, Options, Outcome, Purpose, Question,
    SourceFile, Vertices,
};
use aliasfront_content::{Entry, Hash, List, Node};
use buildkit_dockerfile::lint::Finding;
use buildkit_llb::Digest;
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::{caps, pb};
use prost::Message as _;
use serde_json::{Value, json};

/// The key under which a vertex's description has its name.
const NAME: &str = "llb.customname";

/// Capabilities that BuildKit declares and no engine announces.
const NEVER_ANNOUNCED: [&str; 2] =
    [caps::FILE_COPY_MODE_STRING_FORMAT, caps::EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE];

/// A compilation of `dockerfile`, not yet started: for `linux/amd64` on an engine that can do
/// everything and finds every image.
pub(crate) fn compile(dockerfile: impl Into<String>) -> Build {
    Build {
        dockerfile: dockerfile.into(),
        opts: BTreeMap::new(),
        context: MainContext::Local { local: "context".to_owned() },
        caps: announced(u32::MAX),
        images: BTreeMap::new(),
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        times: BTreeMap::new(),
        lacking: HashSet::new(),
        names: Arc::default(),
        unreadable: false,
        order: Order::Together,
        lint: false,
        all_stages: false,
        published: BTreeMap::new(),
        unpublished: None,
        lists: BTreeMap::new(),
        purpose: Purpose::Build,
    }
}

/// The order in which questions are answered. But for [`Order::Together`], the compiler goes on
/// after each single answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// All that are open at once, as they were asked.
    Together,
    /// One by one, the last one asked first.
    Reverse,
    /// One by one, by a random number generator with this seed.
    Shuffled(u64),
    /// One by one, the open one at this place first, then the one at the next; after the last the
    /// first one that is open.
    Chosen(Vec<usize>),
}

/// A compilation, not yet started.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    dockerfile: String,
    opts: BTreeMap<String, String>,
    context: MainContext,
    caps: CapSet,
    images: BTreeMap<String, Fact>,
    files: BTreeMap<String, Fact>,
    inputs: BTreeMap<String, pb::Definition>,
    times: BTreeMap<String, i64>,
    lacking: HashSet<String>,
    names: Arc<[String]>,
    unreadable: bool,
    order: Order,
    lint: bool,
    all_stages: bool,
    published: BTreeMap<String, Fact>,
    unpublished: Option<Failure>,
    lists: BTreeMap<String, Fact>,
    purpose: Purpose,
}

/// A compilation that came to its end.
#[derive(Debug)]
pub(crate) struct Run {
    /// What it came to.
    pub result: Result<Box<Compilation>, Error>,
    /// The questions, in the order in which they were asked.
    pub asked: Vec<Question>,
    /// How many questions were open at each answer.
    pub open: Vec<usize>,
    /// What lint rules found.
    pub findings: Vec<Finding>,
}

impl Build {
    /// A frontend option.
    pub(crate) fn opt(mut self, key: &str, value: &str) -> Self {
        self.opts.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn arg(self, name: &str, value: &str) -> Self {
        self.opt(&format!("build-arg:{name}"), value)
    }

    pub(crate) fn target(self, name: &str) -> Self {
        self.opt("target", name)
    }

    /// One or several platforms, separated by commas; the first one is compiled.
    pub(crate) fn platform(self, platforms: &str) -> Self {
        self.opt("platform", platforms)
    }

    pub(crate) fn named_context(self, key: &str, value: &str) -> Self {
        self.opt(&format!("context:{key}"), value)
    }

    /// The main context, where it is not a local one.
    pub(crate) fn context(mut self, context: MainContext) -> Self {
        self.context = context;
        self
    }

    /// An engine of this minor version.
    pub(crate) fn engine(mut self, minor: u32) -> Self {
        self.caps = announced(minor);
        self
    }

    /// An engine that lacks a capability.
    pub(crate) fn without(mut self, cap: &str) -> Self {
        let ids = self.caps.iter().map(|cap| cap.id.clone()).filter(|id| id != cap);
        self.caps = CapSet::of(ids.collect::<Vec<_>>());
        self
    }

    /// What the registry has under a name.
    pub(crate) fn image(mut self, name: &str, config: Config) -> Self {
        let name = full(name);
        let image = ImageFact {
            digest: digest_of(&name),
            reference: name.clone(),
            config: config.json.to_string().into_bytes(),
        };
        self.images.insert(name, Fact::Image(image));
        self
    }

    /// What the registry has under a fingerprint.
    pub(crate) fn published(mut self, name: &str, config: Config) -> Self {
        let image = ImageFact {
            digest: digest_of(name),
            reference: name.to_owned(),
            config: config.json.to_string().into_bytes(),
        };
        self.published.insert(name.to_owned(), Fact::Image(image));
        self
    }

    /// What is published under fingerprints cannot be looked for.
    pub(crate) fn unpublished_because(mut self, failure: Failure) -> Self {
        self.unpublished = Some(failure);
        self
    }

    /// A local source has one file, with this content.
    pub(crate) fn list(mut self, local: &str, content: &str) -> Self {
        let (size, hash) = (content.len() as u64, Hash::of(content.as_bytes()));
        let file = Entry::new("file", Node::File { is_executable: false, size, hash });
        let list = List::new([file]).expect("one entry is a list");
        self.lists.insert(local.to_owned(), Fact::Content(Arc::new(list)));
        self
    }

    /// The files of a local source cannot be listed.
    pub(crate) fn unlisted(mut self, local: &str, message: &str) -> Self {
        let failure = Failure { message: message.to_owned(), ..Failure::default() };
        self.lists.insert(local.to_owned(), Fact::Failed(failure));
        self
    }

    /// What the compilation is for.
    pub(crate) fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// An image that the engine has in its own store.
    pub(crate) fn stored_locally(mut self, name: &str) -> Self {
        self = self.image(name, config());
        if let Some(Fact::Image(image)) = self.images.get_mut(&full(name)) {
            image.digest.clear();
        }
        self
    }

    /// A name that the registry does not have.
    pub(crate) fn missing(self, name: &str) -> Self {
        let name = full(name);
        self.failing(&name.clone(), FailureKind::NotFound, &format!("{name}: not found"))
    }

    /// A name whose look-up fails.
    pub(crate) fn failing(mut self, name: &str, kind: FailureKind, message: &str) -> Self {
        let code = if kind == FailureKind::NotFound { Code::NotFound } else { Code::Unknown };
        let failure = Failure { kind, message: message.to_owned(), code, elsewhere: None };
        self.images.insert(full(name), Fact::Failed(failure));
        self
    }

    /// A path that no image has.
    pub(crate) fn lacking(mut self, path: &str) -> Self {
        self.lacking.insert(path.to_owned());
        self
    }

    /// What a directory has that lacks a path.
    pub(crate) fn names(mut self, names: impl Iterator<Item = String>) -> Self {
        self.names = names.collect();
        self
    }

    /// An engine that shows no files of images.
    pub(crate) fn without_files_of_images(mut self) -> Self {
        self.unreadable = true;
        self
    }

    /// A name that a source policy turns into another source.
    pub(crate) fn redirect(mut self, name: &str, identifier: &str) -> Self {
        self.images.insert(full(name), Fact::Redirected(identifier.to_owned()));
        self
    }

    /// The `.dockerignore` of a local source.
    pub(crate) fn ignore_file(mut self, local: &str, content: &str) -> Self {
        self.files.insert(local.to_owned(), Fact::File(Some(content.as_bytes().into())));
        self
    }

    /// A local source that cannot be read.
    pub(crate) fn unreadable(mut self, local: &str, message: &str) -> Self {
        let message = message.to_owned();
        let kind = FailureKind::Other;
        let failure = Failure { kind, message, code: Code::Unknown, elsewhere: None };
        self.files.insert(local.to_owned(), Fact::Failed(failure));
        self
    }

    /// A local source that is not there.
    pub(crate) fn missing_directory(mut self, local: &str) -> Self {
        let message = format!("{local}: not found");
        let kind = FailureKind::NotFound;
        let failure = Failure { kind, message, code: Code::NotFound, elsewhere: None };
        self.files.insert(local.to_owned(), Fact::Failed(failure));
        self
    }

    /// A frontend input.
    pub(crate) fn input(mut self, name: &str, definition: pb::Definition) -> Self {
        self.inputs.insert(name.to_owned(), definition);
        self
    }

    /// The time of a source.
    pub(crate) fn source_time(mut self, identifier: &str, time: i64) -> Self {
        self.times.insert(identifier.to_owned(), time);
        self
    }

    pub(crate) fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// With lint rules.
    pub(crate) fn lint(mut self) -> Self {
        self.lint = true;
        self
    }

    /// With all stages visited.
    pub(crate) fn all_stages(mut self) -> Self {
        self.all_stages = true;
        self
    }

    /// Runs it in every order in which single answers can come.
    pub(crate) fn run_in_every_order(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut choices = Vec::new();
        loop {
            let run = self.clone().order(Order::Chosen(choices.clone())).run();
            let open = run.open.clone();
            runs.push(run);
            // The next combination: the last place that had another choice takes it.
            choices.resize(open.len(), 0);
            let Some(place) = (0..open.len()).rev().find(|i| choices[*i] + 1 < open[*i]) else {
                return runs;
            };
            choices[place] += 1;
            choices.truncate(place + 1);
        }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// A question that is asked twice, and a compiler that waits for nothing.
    pub(crate) fn run(self) -> Run {
        let mut run = Run {
            result: Err(Error::new("not run")),
            asked: Vec::new(),
            open: Vec::new(),
            findings: Vec::new(),
        };
        let compiler = match self.compiler() {
            Ok(compiler) => compiler,
            Err(error) => {
                run.result = Err(error);
                return run;
            }
        };
        let mut batch = Batch::new([compiler]);
        let mut keys = HashSet::new();
        let mut open: Vec<Question> = Vec::new();
        let mut random = Random(match self.order {
            Order::Shuffled(seed) => seed,
            _ => 0,
        });
        loop {
            for question in batch.advance() {
                assert!(keys.insert(question.key.clone()), "asked twice: {question:?}");
                run.asked.push(question.clone());
                open.push(question);
            }
            if batch.is_done() {
                break;
            }
            assert!(!open.is_empty(), "the compiler waits, and asks nothing");
            run.open.push(open.len());
            if self.order == Order::Together {
                for question in open.drain(..) {
                    let fact = self.fact(&question.key);
                    batch.answer(question.key, fact);
                }
            } else {
                let index = match &self.order {
                    Order::Together | Order::Reverse => open.len() - 1,
                    Order::Shuffled(_) => random.below(open.len()),
                    Order::Chosen(choices) => choices.get(run.open.len() - 1).copied().unwrap_or(0),
                };
                let question = open.remove(index);
                let fact = self.fact(&question.key);
                batch.answer(question.key, fact);
            }
        }
        let Some(Outcome { result, findings }) = batch.finish().pop() else { return run };
        Run { result, findings, ..run }
    }

    /// The compiler, not yet started.
    pub(crate) fn compiler(&self) -> Result<Compiler, Error> {
        let dockerfile = buildkit_dockerfile::parse(self.dockerfile.as_bytes())?;
        let options = Options::parse(&self.opts, "session", Platform::new("linux", "amd64", ""))?;
        Ok(Compiler::new(Input {
            dockerfile: Arc::new(dockerfile),
            source: SourceFile {
                filename: "Dockerfile".to_owned(),
                data: self.dockerfile.as_bytes().into(),
                definition: None,
            },
            platform: options.platforms.first().cloned(),
            options: Arc::new(options),
            context: Arc::new(self.context.clone()),
            subdirectory: None,
            caps: Arc::new(self.caps.clone()),
            ignore_file: None,
            lint: self.lint,
            all_stages: self.all_stages,
            vertices: Vertices::Built,
            purpose: self.purpose,
        }))
    }

    /// The answer to a question.
    pub(crate) fn fact(&self, key: &Key) -> Fact {
        match key {
            Key::Image(image) => self.images.get(&image.reference).cloned().unwrap_or_else(|| {
                let platform =
                    image.platform.clone().unwrap_or_else(|| Platform::new("linux", "amd64", ""));
                Fact::Image(ImageFact {
                    reference: image.reference.clone(),
                    digest: digest_of(&image.reference),
                    config: config().on(&platform.format_all()).json.to_string().into_bytes(),
                })
            }),
            Key::File(file) => self.files.get(&file.local).cloned().unwrap_or(Fact::File(None)),
            Key::Input(name) => Fact::Input(self.inputs.get(name).cloned()),
            Key::Probe(_) if self.unreadable => Fact::Probe(Probed::Unreadable),
            Key::Probe(probe) if self.lacking.contains(&probe.path) => {
                let directory = "/".to_owned();
                let names = Arc::clone(&self.names);
                Fact::Probe(Probed::Missing { directory, names, link: None })
            }
            Key::Probe(probe) => {
                let entry = question::Entry {
                    path: probe.path.clone(),
                    mode: 0o755,
                    ..question::Entry::default()
                };
                Fact::Probe(Probed::Found(vec![entry]))
            }
            Key::Published(published) => {
                let found = self.published.get(&published.image.reference).cloned();
                let not_found = || Failure { kind: FailureKind::NotFound, ..Failure::default() };
                let missing = || self.unpublished.clone().unwrap_or_else(not_found);
                found.unwrap_or_else(|| Fact::Failed(missing()))
            }
            Key::Content(tree) => {
                let locals = local_sources(&tree.definition);
                let list = locals.iter().find_map(|local| self.lists.get(local));
                list.cloned().unwrap_or_else(|| Fact::Content(Arc::default()))
            }
            Key::Stat(_) => Fact::Stat(None),
            Key::Bytes(_) => Fact::Bytes([].into()),
            Key::Names(_) => Fact::Names(BTreeMap::new()),
            Key::Commit(_) => Fact::Commit(None),
            Key::SourceTime(source) => {
                Fact::SourceTime(self.times.get(&source.identifier).copied())
            }
        }
    }
}

impl Run {
    /// The compilation.
    ///
    /// # Panics
    ///
    /// It failed.
    pub(crate) fn compilation(&self) -> &Compilation {
        match &self.result {
            Ok(compilation) => compilation,
            Err(error) => panic!("the compilation failed: {error:?}"),
        }
    }

    /// The error.
    ///
    /// # Panics
    ///
    /// There is none.
    pub(crate) fn error(&self) -> &Error {
        match &self.result {
            Ok(_) => panic!("the compilation did not fail"),
            Err(error) => error,
        }
    }

    /// The error's message, with its lines before it and its hint behind it.
    pub(crate) fn report(&self) -> String {
        let error = self.error();
        let lines: Vec<String> =
            error.locations.iter().map(|lines| format!("{}-{}", lines.first, lines.last)).collect();
        let hint = error.hint.as_deref().unwrap_or_default();
        format!("{}: {} ({hint})", lines.join(","), error.message)
    }

    /// The digest of the target, empty for the empty file system.
    pub(crate) fn digest(&self) -> String {
        self.compilation().definition.head().map_or_else(String::new, |digest| digest.to_string())
    }

    /// All that is sent to the engine, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let definition = &self.compilation().definition;
        let mut bytes = definition.def.concat();
        for (digest, metadata) in &definition.metadata {
            bytes.extend(digest.to_string().into_bytes());
            bytes.extend(format!("{metadata:?}").into_bytes());
        }
        bytes.extend(self.compilation().config.to_json());
        bytes
    }

    /// The names of the steps, in the order of the definition.
    pub(crate) fn names(&self) -> Vec<String> {
        self.vertices()
            .into_iter()
            .map(|(name, _, _)| name)
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// The vertices with their names and metadata, but for the one that names the result.
    pub(crate) fn vertices(&self) -> Vec<(String, pb::Op, pb::OpMetadata)> {
        let definition = &self.compilation().definition;
        let Some((_, vertices)) = definition.def.split_last() else { return Vec::new() };
        vertices
            .iter()
            .map(|bytes| {
                let op = pb::Op::decode(bytes.as_slice()).expect("a vertex decodes");
                let metadata = definition.metadata[&Digest::of(bytes)].clone();
                let name = metadata.description.get(NAME).cloned().unwrap_or_default();
                (name, op, metadata)
            })
            .collect()
    }

    /// The command of the first step whose name holds `name`.
    ///
    /// # Panics
    ///
    /// There is none.
    pub(crate) fn exec(&self, name: &str) -> (pb::ExecOp, pb::OpMetadata) {
        self.vertices()
            .into_iter()
            .find_map(|(found, op, metadata)| match op.op {
                Some(pb::op::Op::Exec(exec)) if found.contains(name) => Some((exec, metadata)),
                _ => None,
            })
            .unwrap_or_else(|| panic!("no command {name} in {:?}", self.names()))
    }

    /// The file actions of the first step whose name holds `name`.
    ///
    /// # Panics
    ///
    /// There is none.
    pub(crate) fn file(&self, name: &str) -> pb::FileOp {
        self.vertices()
            .into_iter()
            .find_map(|(found, op, _)| match op.op {
                Some(pb::op::Op::File(file)) if found.contains(name) => Some(file),
                _ => None,
            })
            .unwrap_or_else(|| panic!("no step {name} that changes files in {:?}", self.names()))
    }

    /// The copied files of the first step whose name holds `name`.
    pub(crate) fn copy(&self, name: &str) -> pb::FileActionCopy {
        match self.file(name).actions.into_iter().next().and_then(|action| action.action) {
            Some(pb::file_action::Action::Copy(copy)) => copy,
            other => panic!("{name} copies nothing: {other:?}"),
        }
    }

    /// The identifiers of sources, in the order of the definition.
    pub(crate) fn sources(&self) -> Vec<String> {
        let vertices = self.vertices().into_iter();
        vertices
            .filter_map(|(_, op, _)| match op.op {
                Some(pb::op::Op::Source(source)) => Some(source.identifier),
                _ => None,
            })
            .collect()
    }

    /// The references of the images that were asked for, without what every one has.
    pub(crate) fn images(&self) -> Vec<String> {
        let asked = self.asked.iter();
        asked
            .filter_map(|question| match &question.key {
                Key::Image(image) => Some(familiar(&image.reference)),
                _ => None,
            })
            .collect()
    }
}

/// The names of the local sources in an encoded definition.
fn local_sources(definition: &[u8]) -> Vec<String> {
    let definition = pb::Definition::decode(definition).expect("a definition");
    let ops =
        definition.def.iter().map(|bytes| pb::Op::decode(bytes.as_slice()).expect("a vertex"));
    let local = |op: pb::Op| match op.op {
        Some(pb::op::Op::Source(source)) => {
            source.identifier.strip_prefix("local://").map(str::to_owned)
        }
        _ => None,
    };
    ops.filter_map(local).collect()
}

/// The config of an image for `linux/amd64` with one layer.
pub(crate) fn config() -> Config {
    Config {
        json: json!({
            "architecture": "amd64",
            "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": [digest_of("layer")] },
            "config": {},
        }),
    }
}

/// An image's config.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    json: Value,
}

impl Config {
    pub(crate) fn env(self, pair: &str) -> Self {
        self.push("Env", pair)
    }

    pub(crate) fn label(mut self, name: &str, value: &str) -> Self {
        self.json["config"]["Labels"][name] = value.into();
        self
    }

    pub(crate) fn onbuild(self, trigger: &str) -> Self {
        self.push("OnBuild", trigger)
    }

    /// Another field of the config's inner object.
    pub(crate) fn field(mut self, name: &str, value: Value) -> Self {
        self.json["config"][name] = value;
        self
    }

    /// For another platform.
    pub(crate) fn on(mut self, platform: &str) -> Self {
        let platform = Platform::parse(platform).expect("a platform");
        self.json["os"] = platform.os.into();
        self.json["architecture"] = platform.architecture.into();
        self
    }

    /// Without layers: the empty file system.
    pub(crate) fn empty(mut self) -> Self {
        self.json["rootfs"]["diff_ids"] = json!([]);
        self
    }

    fn push(mut self, field: &str, value: &str) -> Self {
        let list = &mut self.json["config"][field];
        if !list.is_array() {
            *list = json!([]);
        }
        list.as_array_mut().expect("a list").push(value.into());
        self
    }
}

/// A random number generator, so that a seed gives the same order on every machine.
pub(crate) struct Random(pub u64);

impl Random {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

/// The capabilities that an engine of this minor version announces.
fn announced(minor: u32) -> CapSet {
    let ids = caps::of_version(caps::LLB, minor);
    CapSet::of(ids.filter(|id| !NEVER_ANNOUNCED.contains(id)))
}

/// The full reference of an image.
fn full(name: &str) -> String {
    Reference::parse_normalized(name).expect("a reference").tag_name_only().to_string()
}

/// A reference without what every one has.
fn familiar(reference: &str) -> String {
    let name = reference.strip_prefix("docker.io/library/").unwrap_or(reference);
    name.strip_suffix(":latest").unwrap_or(name).to_owned()
}

fn digest_of(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}
