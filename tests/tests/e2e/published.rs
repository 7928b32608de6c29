//! The example's builder, published once for all tests of a run, and found by every agent, client and engine.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::{Value, json};
use tar::{Archive, Entry};

use crate::{
    auto::fingerprint_of,
    build::{Build, Outcome, bake_on},
    engine::{
        Engine, base_contexts, docker, docker_prints, frontend, has_plugin, other, pushed_digest,
        pushed_manifest, registry,
    },
    prebuilt::{is_known, says},
    project::Project,
    unified::{AGENTS, compiled},
};

/// The builder in the registry.
struct Published {
    /// The value of `BUILDER_IMAGE` that finds it.
    auto: String,
    /// The cache scope, which is an argument of the compile stage.
    scope: &'static str,
    /// Its packed image, as it is looked for.
    packed: String,
    /// The compile stage as it is, by digest.
    full: String,
}

/// Publishes the builder, once.
fn published() -> &'static Published {
    static PUBLISHED: OnceLock<Published> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        let project = Project::unified();
        let scope = compiled();
        let repository = format!("{}/e2e/unified-published-{}", registry(), project.nonce());
        let auto = format!("auto:{repository}");
        let build = || Build::new(&project).arg("CACHE_SCOPE", scope);
        let packed = fingerprint_of(build().arg("BUILDER_IMAGE", &auto));
        assert!(packed.starts_with(&format!("{repository}:src-")), "{packed}");
        let publishing = build().target("builder").arg("ALIASFRONT_PUBLISH", "packed");
        let outcome = publishing.arg("BUILDER_IMAGE", &auto).push(&packed).succeeds();
        assert!(outcome.mentions("[local_builder "), "it was there before");
        let full = format!("{repository}:full");
        build().target("local_builder").push(&full).succeeds();
        let full = format!("{repository}@{}", pushed_digest(&full));
        Published { auto, scope, packed, full }
    })
}

impl Published {
    /// The arguments with which a job finds it, and compiles nothing.
    fn arguments(&self) -> [(&str, &str); 3] {
        [
            ("BUILDER_IMAGE", &self.auto),
            ("CACHE_SCOPE", self.scope),
            ("ALIASFRONT_COMPILE", "never"),
        ]
    }

    /// A job that finds it.
    fn job<'a>(&self, project: &'a Project) -> Build<'a> {
        let build = Build::new(project);
        self.arguments().into_iter().fold(build, |build, (name, value)| build.arg(name, value))
    }
}

/// No step of the compile stage ran, or was so much as announced.
#[track_caller]
fn compiled_nothing(outcome: &Outcome) {
    assert_eq!(outcome.counts().cargo, 0, "{:?}", outcome.executed());
    assert!(!outcome.mentions("[local_builder "), "a step of the compile stage was announced");
}

/// Every agent was built, and without compiling.
#[track_caller]
fn agents_were_built(outcome: &Outcome) {
    compiled_nothing(outcome);
    for agent in AGENTS {
        assert!(outcome.mentions(&format!("{agent} 1/")), "no step of {agent} was announced");
    }
}

/// Builds a target into an archive.
#[track_caller]
fn export(build: Build<'_>, archive: &Path) -> Outcome {
    build.option("--output", format!("type=tar,dest={}", archive.display())).succeeds()
}

/// What an entry of an archive is, but for its time and its content.
fn attributes<R: Read>(entry: &mut Entry<'_, R>) -> Value {
    let extended: BTreeMap<String, String> = entry
        .pax_extensions()
        .expect("attributes can be read")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(|attribute| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(attribute.key_bytes()), text(attribute.value_bytes()))
        })
        .filter(|(key, _)| !key.ends_with("time"))
        .collect();
    let header = entry.header();
    json!({
        "path": String::from_utf8_lossy(&entry.path_bytes()),
        "kind": header.entry_type().as_byte(),
        "mode": header.mode().expect("a mode"),
        "owner": [header.uid().expect("an owner"), header.gid().expect("a group")],
        "link": entry.link_name_bytes().map(|link| String::from_utf8_lossy(&link).into_owned()),
        "size": entry.size(),
        "extended": extended,
    })
}

/// Both archives have the same files: kinds, modes, owners, links and contents. Returns how many, and how large the
/// daemon of the example is in it.
#[track_caller]
fn same_files(what: &str, archives: [&Path; 2]) -> (usize, u64) {
    let mut archives = archives
        .map(|path| Archive::new(BufReader::new(File::open(path).expect("the archive is there"))));
    let [one, other] = &mut archives;
    let mut others = other.entries().expect("an archive");
    let (mut count, mut daemon) = (0, 0);
    for entry in one.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let is = attributes(&mut entry);
        let mut same = others.next().unwrap_or_else(|| panic!("{what}: {is} is in one alone"));
        let same = same.as_mut().expect("an entry");
        assert_eq!(is, attributes(same), "{what}");
        let contents = [&mut entry, same].map(|entry| {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("the content can be read");
            content
        });
        // Not `assert_eq!`, which would print them.
        assert!(contents[0] == contents[1], "{what}: {is} has another content");
        count += 1;
        if entry.path_bytes().ends_with(b"/agentd") || &*entry.path_bytes() == b"agentd" {
            daemon = daemon.max(entry.size());
        }
    }
    assert!(others.next().is_none(), "{what}: the other has more files");
    (count, daemon)
}

/// A folder beside a project, for the time of a test.
struct Beside(PathBuf);

impl Beside {
    fn new(project: &Project) -> Self {
        let folder = project.root().with_extension("made");
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary one does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn agents_are_the_same_as_with_all_of_the_builder() {
    if !is_known() {
        return;
    }
    let published = published();
    let project = Project::unified();
    let folder = Beside::new(&project);
    let [packed, full] = ["packed", "full"].map(|name| folder.path(name));
    for agent in AGENTS {
        let outcome = export(published.job(&project).target(agent), &packed);
        compiled_nothing(&outcome);
        export(Build::new(&project).target(agent).arg("BUILDER_IMAGE", &published.full), &full);
        let (count, daemon) = same_files(agent, [&packed, &full]);
        assert!(count > 2 && daemon > 0, "{agent}: {count} files, a daemon of {daemon} bytes");
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn bake_finds_it() {
    if !is_known() {
        return;
    }
    let published = published();
    let project = Project::unified();
    let arguments = published.arguments();
    agents_were_built(&bake_on(&Engine::default(), &project, &frontend(), &AGENTS, &arguments));
    // It is about what is compiled: another source isn't it.
    let manifest = fs::read_to_string(project.root().join("Cargo.toml")).expect("it is there");
    project.write("Cargo.toml", &format!("{manifest}\n"));
    let outcome = published.job(&project).target("kiro").fails();
    says(&outcome, &["is not there, and compile=never forbids to compile it"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn another_engine_finds_it() {
    if !is_known() {
        return;
    }
    let Some(other) = other() else {
        eprintln!("left out: no other engine is up (scripts/engine up --all)");
        return;
    };
    let published = published();
    let project = Project::unified();
    let arguments = published.arguments();
    agents_were_built(&bake_on(&other, &project, &frontend(), &AGENTS, &arguments));
}

#[test]
#[ignore = "needs a Docker engine"]
fn compose_finds_it() {
    if !is_known() || !has_plugin("compose") {
        return;
    }
    let published = published();
    let project = Project::unified();
    project.set_frontend(&frontend());
    let image = |agent: &str| format!("aliasfront-e2e-published-{agent}:{}", project.nonce());
    let agents = ["kiro", "hermes"];
    let service = |agent: &str| {
        json!({
            "image": image(agent),
            "build": {
                "context": ".",
                "target": agent,
                "args": BTreeMap::from(published.arguments()),
                "additional_contexts": base_contexts().collect::<BTreeMap<_, _>>(),
            },
        })
    };
    let services: BTreeMap<_, _> = agents.map(|agent| (agent, service(agent))).into();
    // YAML has JSON in it.
    project.write("compose.yaml", &json!({ "services": services }).to_string());
    let Output { status, stdout, stderr } = docker()
        .current_dir(project.root())
        .env("COMPOSE_BAKE", "false")
        .args(["compose", "--project-name", "aliasfront-e2e", "--progress", "plain", "build"])
        .output()
        .expect("the docker client runs");
    let log = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(status.success(), "{log}");
    assert!(!log.contains("[local_builder "), "{log}");
    for agent in agents {
        docker_prints(&["image", "rm", &image(agent)]);
    }
}

/// More than the files alone, compressed, a pack is at most this large: in percent.
const ALLOWANCE: u64 = 105;

#[test]
#[ignore = "needs a Docker engine"]
fn it_is_no_larger_than_its_files() {
    if !is_known() {
        return;
    }
    let published = published();
    let project = Project::unified();
    let folder = Beside::new(&project);
    let archive = folder.path("archive");
    // This agent has all three executables, and in one folder.
    export(Build::new(&project).target("cursor").arg("BUILDER_IMAGE", &published.full), &archive);
    let script = "tar -C \"$1\" -xf \"$2\" home/agent/bin && \
                  tar -C \"$1/home/agent/bin\" -c agentd agent-cli acp-bridge | gzip | wc -c";
    let Output { status, stdout, stderr } = Command::new("sh")
        .args(["-euc", script, "sh"])
        .args([&folder.0, &archive])
        .output()
        .expect("the shell runs");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let files = String::from_utf8_lossy(&stdout);
    let files: u64 = files.trim().parse().expect("a number of bytes");

    let mut manifest = pushed_manifest(&published.packed);
    if let Some(digest) = manifest["manifests"][0]["digest"].as_str() {
        let (repository, _) = published.packed.rsplit_once(':').expect("a tag");
        manifest = pushed_manifest(&format!("{repository}@{digest}"));
    }
    let layers = manifest["layers"].as_array().expect("layers");
    let pack: u64 = layers.iter().filter_map(|layer| layer["size"].as_u64()).sum();
    println!("{pack} bytes in {} layers, {files} bytes of files", layers.len());
    assert!(pack > 0 && pack * 100 <= files * ALLOWANCE, "{pack} bytes for {files}");
}
