//! Whether executables load: what they lack in file systems that are made up here.

#[path = "../../tests/src/elf.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a public module of another crate")]
mod elf;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Poll;

use aliasfront_compiler::Facts;
use aliasfront_compiler::alias::loads::place::{Cache, File, Place};
use aliasfront_compiler::alias::loads::resolve::{Env, Executable, lacks};
use aliasfront_compiler::alias::loads::{Stop, object};
use aliasfront_compiler::question::{Bytes, Entry, Fact, Key, Probe, Probed, Stat, Tree};
use aliasfront_gotext::path;
use elf::Elf;
use proptest::prelude::*;

/// Bits of a mode that say what a path is.
const DIRECTORY: u32 = 1 << 31;
const LINK: u32 = 1 << 27;
const NAMED_PIPE: u32 = 1 << 25;

/// How many questions any of these tests may ask before it counts as one that never ends.
const MAX_ROUNDS: usize = 2_000;

/// What is at a path.
#[derive(Clone)]
enum Node {
    File(Vec<u8>),
    Link(String),
    Pipe,
}

/// Files as an engine shows them.
#[derive(Clone, Default)]
struct Disk(BTreeMap<String, Node>);

impl Disk {
    fn file(mut self, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), Node::File(data.into()));
        self
    }

    fn elf(self, path: &str, elf: &Elf) -> Self {
        self.file(path, elf.bytes())
    }

    fn link(mut self, path: &str, target: &str) -> Self {
        self.0.insert(path.to_owned(), Node::Link(target.to_owned()));
        self
    }

    /// Debian's C library with this version and those below.
    fn glibc(self, minor: usize) -> Self {
        let versions: Vec<String> = (2..=minor).map(|minor| format!("GLIBC_2.{minor}")).collect();
        let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
        let loader =
            Elf::library().soname("ld-linux-x86-64.so.2").has(&["GLIBC_2.2.5", "GLIBC_PRIVATE"]);
        let libc = Elf::library()
            .soname("libc.so.6")
            .needs(&["ld-linux-x86-64.so.2"])
            .wants("ld-linux-x86-64.so.2", &["GLIBC_PRIVATE"])
            .has(&versions);
        self.link("/lib64", "usr/lib64")
            .link("/lib", "usr/lib")
            .link("/usr/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
            .elf("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", &loader)
            .elf("/usr/lib/x86_64-linux-gnu/libc.so.6", &libc)
    }

    fn follow(&self, path: &str) -> Option<String> {
        let mut real = path::clean(path);
        for _ in 0..40 {
            let ends = real.match_indices('/').map(|(at, _)| at).skip(1).chain([real.len()]);
            let link = ends.into_iter().find_map(|at| match self.0.get(&real[..at]) {
                Some(Node::Link(target)) => Some((at, target.clone())),
                _ => None,
            });
            let Some((at, target)) = link else { return Some(real) };
            let base =
                if target.starts_with('/') { "/".to_owned() } else { path::dir(&real[..at]) };
            real = path::join(&[&base, &target, &real[at..]]);
        }
        None
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        let real = self.follow(path)?;
        let mode = match self.0.get(&real) {
            Some(Node::File(_)) => 0o755,
            Some(Node::Pipe) => NAMED_PIPE | 0o644,
            None if self.0.keys().any(|known| known.starts_with(&format!("{real}/"))) => {
                DIRECTORY | 0o755
            }
            Some(Node::Link(_)) | None => return None,
        };
        Some(Entry { path: path.to_owned(), mode, ..Entry::default() })
    }

    /// What a pattern matches, which has a star at the start, or stands for itself.
    fn matches(&self, directory: &str, pattern: &str) -> Vec<Entry> {
        let Some(real) = self.follow(directory) else { return Vec::new() };
        let mut found: BTreeMap<String, Entry> = BTreeMap::new();
        for (known, node) in &self.0 {
            let below = if real == "/" {
                known.strip_prefix('/')
            } else {
                known.strip_prefix(&real).and_then(|rest| rest.strip_prefix('/'))
            };
            let Some((name, is_below)) = below
                .map(|rest| rest.split_once('/').map_or((rest, false), |(name, _)| (name, true)))
            else {
                continue;
            };
            let fits = match pattern.strip_prefix('*') {
                Some(end) => name.ends_with(end),
                None => name == pattern.replace('\\', ""),
            };
            if fits {
                let path = path::join(&[directory, name]);
                let (mode, link) = match node {
                    _ if is_below => (DIRECTORY, ""),
                    Node::Link(target) => (LINK, target.as_str()),
                    Node::File(_) => (0o755, ""),
                    Node::Pipe => (NAMED_PIPE, ""),
                };
                found.insert(name.to_owned(), Entry { path, mode, link: link.to_owned() });
            }
        }
        found.into_values().collect()
    }

    fn answer(&self, key: &Key) -> Fact {
        match key {
            Key::Stat(Stat { path, .. }) => Fact::Stat(self.entry(path)),
            Key::Bytes(Bytes { path, offset, length, .. }) => {
                let real = self.follow(path).expect("it was looked at");
                let Some(Node::File(data)) = self.0.get(&real) else {
                    panic!("{path} is no file, and is read");
                };
                assert!(*length > 0, "nothing is read of {path}");
                let start = usize::try_from(*offset).unwrap().min(data.len());
                let end = start.saturating_add(usize::try_from(*length).unwrap()).min(data.len());
                Fact::Bytes(data[start..end].into())
            }
            Key::Probe(Probe { path, pattern: Some(pattern), .. }) => {
                Fact::Probe(Probed::Found(self.matches(path, pattern)))
            }
            other => panic!("nobody asks for {other:?}"),
        }
    }

    /// What the executable at a path lacks, and how many questions that took.
    fn check(&self, at: &str, env: &[&str]) -> (Result<Vec<String>, Stop>, usize) {
        let (tree, env) = (tree(), env.iter().map(|&line| line.to_owned()).collect::<Vec<_>>());
        let env = Env::of(&env);
        let (mut facts, mut cache) = (Facts::default(), Cache::default());
        let mut asked = 0;
        for _ in 0..MAX_ROUNDS {
            let mut place = Place::new(Some(&tree), &mut facts, &mut cache);
            let looked = match place.file(at) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(file) => match &*file {
                    Err(stop) => Poll::Ready(Err(stop.clone())),
                    Ok(file) => {
                        let place_name = "debian";
                        lacks(&mut place, Executable { file, at, env: &env, place_name })
                    }
                },
            };
            if let Poll::Ready(looked) = looked {
                return (looked, asked);
            }
            let open = facts.take_open();
            assert!(!open.is_empty(), "it waits for nothing");
            asked += open.len();
            for question in open {
                let fact = self.answer(&question.key);
                facts.learn(question.key, fact);
            }
        }
        panic!("it asks and asks");
    }

    fn lacks(&self, at: &str) -> Vec<String> {
        self.check(at, &[]).0.unwrap_or_else(|stop| panic!("{at}: {stop:?}"))
    }
}

fn tree() -> Tree {
    Tree { digest: "sha256:0".to_owned(), definition: Arc::default(), whole: true }
}

/// Lacks nothing.
const NOTHING: [String; 0] = [];

#[test]
fn an_executable_loads_where_its_libraries_are() {
    let agent = Elf::program().needs(&["libc.so.6"]).wants("libc.so.6", &["GLIBC_2.36"]);
    let disk = Disk::default().glibc(36).elf("/usr/bin/agentd", &agent);
    let (lacks, asked) = disk.check("/usr/bin/agentd", &[]);
    assert_eq!(lacks.unwrap(), NOTHING);
    // The executable is read twice, since a small file's parts are near each other; its loader and the C library are
    // looked at, and read likewise.
    assert!(asked <= 12, "{asked} questions");
}

#[test]
fn versions_that_are_wanted_have_to_be_there() {
    let agent = Elf::program()
        .needs(&["libc.so.6"])
        .wants("libc.so.6", &["GLIBC_2.34", "GLIBC_2.38", "GLIBC_2.39"])
        .would_like("libc.so.6", "GLIBC_2.99");
    let disk = Disk::default().glibc(36).elf("/agentd", &agent);
    assert_eq!(
        disk.lacks("/agentd"),
        ["wants GLIBC_2.39, GLIBC_2.38 of libc.so.6; debian has 2.36 \
             (/lib/x86_64-linux-gnu/libc.so.6)"]
    );
    // A newer one elsewhere is no help where nobody looks, and is where somebody does.
    let newer = Elf::library().has(&["GLIBC_2.34", "GLIBC_2.38", "GLIBC_2.39"]);
    let disk = disk.elf("/opt/lib/libc.so.6", &newer);
    assert_eq!(disk.lacks("/agentd").len(), 1);
    let configured = disk
        .clone()
        .file("/etc/ld.so.conf", "# comment\ninclude ld.so.conf.d/*.conf\n")
        .file("/etc/ld.so.conf.d/opt.conf", "/usr/local/lib\n/opt/lib # newer\n");
    assert_eq!(configured.lacks("/agentd"), NOTHING);
    let indexed =
        disk.file("/etc/ld.so.cache", "glibc-ld.so.cache1.1\0\0libc.so.6\0/opt/lib/libc.so.6\0");
    assert_eq!(indexed.lacks("/agentd"), NOTHING);
}

#[test]
fn libraries_of_libraries_are_needed_too() {
    let agent = Elf::program().needs(&["liba.so.1", "libc.so.6"]);
    let a = Elf::library().needs(&["libb.so.1", "libc.so.6"]).wants("libc.so.6", &["GLIBC_2.38"]);
    let disk = Disk::default().glibc(36).elf("/agentd", &agent).elf("/usr/lib/liba.so.1", &a);
    let lacks = disk.lacks("/agentd");
    assert_eq!(lacks.len(), 2, "{lacks:?}");
    assert!(
        lacks[0].starts_with("needs /lib/liba.so.1, which needs libb.so.1, which is in none of /lib/x86_64-linux-gnu, "),
        "{lacks:?}"
    );
    assert_eq!(
        lacks[1],
        "needs /lib/liba.so.1, which wants GLIBC_2.38 of libc.so.6; debian has 2.36 (/lib/x86_64-linux-gnu/libc.so.6)"
    );
    // Who has no versions has all of them.
    let b = Elf::library().needs(&["liba.so.1"]);
    let disk = disk
        .elf("/usr/lib/libb.so.1", &b)
        .elf("/usr/lib/x86_64-linux-gnu/libc.so.6", &Elf::library());
    assert_eq!(disk.lacks("/agentd"), NOTHING);
}

#[test]
fn what_isnt_an_interpreter_is_told() {
    let agent = Elf::program().needs(&["libc.so.6"]);
    let empty = Disk::default().elf("/agentd", &agent);
    assert_eq!(
        empty.lacks("/agentd"),
        ["needs its interpreter /lib64/ld-linux-x86-64.so.2, which is not there in debian"]
    );
    let alpine = empty.clone().elf("/lib/ld-musl-x86_64.so.1", &Elf::library());
    assert_eq!(
        alpine.lacks("/agentd"),
        [
            "needs its interpreter /lib64/ld-linux-x86-64.so.2, which is not there in debian; it is built for glibc, and that has musl"
        ]
    );
    let other =
        empty.clone().elf("/lib64/ld-linux-x86-64.so.2", &Elf::library().machine(elf::ARM64));
    assert_eq!(
        other.lacks("/agentd"),
        ["needs its interpreter /lib64/ld-linux-x86-64.so.2, which is for arm64"]
    );
    let text = empty.clone().file("/lib64/ld-linux-x86-64.so.2", "text");
    assert!(text.lacks("/agentd")[0].ends_with("which is no ELF file"));
    // Another loader of that name may look anywhere, as that of gcompat does.
    let unknown = empty.elf("/lib64/ld-linux-x86-64.so.2", &Elf::library());
    assert_eq!(unknown.lacks("/agentd"), NOTHING);
}

#[test]
fn musl_has_its_own_places() {
    let agent = Elf::program()
        .interpreter("/lib/ld-musl-x86_64.so.1")
        .needs(&["libz.so.1", "libc.musl-x86_64.so.1"]);
    let alpine =
        Disk::default().elf("/lib/ld-musl-x86_64.so.1", &Elf::library()).elf("/agentd", &agent);
    assert_eq!(
        alpine.lacks("/agentd"),
        ["needs libz.so.1, which is in none of /lib, /usr/local/lib, /usr/lib"]
    );
    let library = Elf::library().wants("libc.so", &["GLIBC_9"]);
    assert_eq!(alpine.clone().elf("/usr/lib/libz.so.1", &library).lacks("/agentd"), NOTHING);
    let listed = alpine
        .elf("/opt/lib/libz.so.1", &library)
        .file("/etc/ld-musl-x86_64.path", "/opt/lib:/lib\n");
    assert_eq!(listed.lacks("/agentd"), NOTHING);
}

#[test]
fn static_executables_need_nothing() {
    for agent in [Elf::fixed(), Elf::library(), Elf::library().runpath("/x").has(&["A_1"])] {
        let (lacks, asked) = Disk::default().elf("/agentd", &agent).check("/agentd", &[]);
        assert_eq!(lacks.unwrap(), NOTHING);
        assert!(asked <= 3, "{asked} questions");
    }
}

#[test]
fn executables_say_where_their_libraries_are() {
    let disk = |agent: Elf, library: &str| {
        let agent = agent.needs(&["libx.so.1"]);
        Disk::default()
            .glibc(36)
            .elf("/opt/agent/bin/agentd", &agent)
            .link("/usr/bin/agentd", "../../opt/agent/bin/agentd")
            .elf(library, &Elf::library())
    };
    for (agent, library) in [
        (Elf::program().runpath("$ORIGIN/../lib"), "/opt/agent/lib/libx.so.1"),
        (Elf::program().rpath("${ORIGIN}/../lib"), "/opt/agent/lib/libx.so.1"),
        (Elf::program().runpath("/none:/srv/$LIB"), "/srv/lib/x86_64-linux-gnu/libx.so.1"),
        (Elf::program().runpath("/srv/$PLATFORM"), "/srv/x86_64/libx.so.1"),
    ] {
        assert_eq!(
            disk(agent.clone(), library).lacks("/opt/agent/bin/agentd"),
            NOTHING,
            "{agent:?}"
        );
        // The place of the program is where the link leads.
        assert_eq!(disk(agent.clone(), library).lacks("/usr/bin/agentd"), NOTHING, "{agent:?}");
        assert_eq!(disk(agent, "/elsewhere/libx.so.1").lacks("/usr/bin/agentd").len(), 1);
    }
    let disk = disk(Elf::program(), "/srv/libx.so.1");
    assert_eq!(disk.lacks("/usr/bin/agentd").len(), 1);
    let (lacks, _) = disk.check("/usr/bin/agentd", &["LD_LIBRARY_PATH=/none:/srv"]);
    assert_eq!(lacks.unwrap(), NOTHING);
}

#[test]
fn only_the_old_way_is_handed_on() {
    let disk = |agent: Elf| {
        Disk::default()
            .glibc(36)
            .elf("/agentd", &agent.needs(&["liba.so"]))
            .elf("/srv/liba.so", &Elf::library().needs(&["libb.so"]))
            .elf("/srv/libb.so", &Elf::library())
    };
    assert_eq!(disk(Elf::program().rpath("/srv")).lacks("/agentd"), NOTHING);
    let lacks = disk(Elf::program().runpath("/srv")).lacks("/agentd");
    assert!(lacks[0].starts_with("needs /srv/liba.so, which needs libb.so, "), "{lacks:?}");
}

#[test]
fn libraries_of_other_processors_are_passed_over() {
    let agent = Elf::program().needs(&["libx.so"]);
    let disk = Disk::default()
        .glibc(36)
        .elf("/agentd", &agent)
        .elf("/usr/lib/x86_64-linux-gnu/libx.so", &Elf::library().machine(elf::ARM64));
    let lacks = disk.lacks("/agentd");
    assert!(lacks[0].ends_with("; /lib/x86_64-linux-gnu/libx.so is for arm64"), "{lacks:?}");
    assert_eq!(disk.clone().elf("/usr/lib/libx.so", &Elf::library()).lacks("/agentd"), NOTHING);
    // Who opens a named pipe waits for ever: the disk here panics.
    let mut pipe = disk;
    pipe.0.insert("/usr/lib64/libx.so".to_owned(), Node::Pipe);
    assert_eq!(pipe.lacks("/agentd").len(), 1);
}

#[test]
fn all_sizes_and_byte_orders_are_read() {
    for (agent, interpreter, tuple) in [
        (Elf::library().machine(elf::S390X).big_endian(), "/lib/ld64.so.1", "s390x-linux-gnu"),
        (
            Elf::library().machine(elf::ARM).bits_32(),
            "/lib/ld-linux-armhf.so.3",
            "arm-linux-gnueabihf",
        ),
        (Elf::library().machine(8).bits_32().big_endian(), "/lib/ld.so.1", "mips-linux-gnu"),
    ] {
        let library = |versions| agent.clone().has(versions);
        let program = agent
            .clone()
            .interpreter(interpreter)
            .needs(&["libc.so.6"])
            .wants("libc.so.6", &["GLIBC_2.38"]);
        let disk = Disk::default()
            .elf("/agentd", &program)
            .elf(interpreter, &library(&["GLIBC_2.36"]))
            .elf(&format!("/lib/{tuple}/libc.so.6"), &library(&["GLIBC_2.36"]));
        let lacks = disk.lacks("/agentd");
        assert!(
            lacks[0].starts_with("wants GLIBC_2.38 of libc.so.6; debian has 2.36"),
            "{lacks:?}"
        );
        let disk = disk.elf(&format!("/lib/{tuple}/libc.so.6"), &library(&["GLIBC_2.38"]));
        assert_eq!(disk.lacks("/agentd"), NOTHING, "{tuple}");
    }
}

#[test]
fn scripts_need_their_interpreters() {
    let disk =
        Disk::default().file("/bin/sh", "").file("/usr/bin/env", "").file("/opt/node/bin/node", "");
    for (text, lack) in [
        ("#!/bin/sh -e\n", None),
        ("#!/bin/bash\n", Some("is a script for /bin/bash, which is not there in debian")),
        ("#!/usr/bin/env node\n", None),
        ("#!/usr/bin/env -S /opt/node/bin/node --x\n", None),
        (
            "#!/usr/bin/env -S /opt/python --x\n",
            Some("is a script for /opt/python, which is not there in debian"),
        ),
        (
            "#!/usr/bin/env python\n",
            Some("is a script for python, which is in none of /bin, /opt/node/bin"),
        ),
        ("echo", Some("is neither an ELF file nor a script that names its interpreter")),
    ] {
        let disk = disk.clone().file("/agent", text);
        let (lacks, _) = disk.check("/agent", &["PATH=/bin:/opt/node/bin"]);
        assert_eq!(lacks.unwrap(), Vec::from_iter(lack.map(str::to_owned)), "{text}");
    }
}

#[test]
fn large_files_are_read_in_parts() {
    let agent =
        Elf::program().padding(3 << 20).needs(&["libc.so.6"]).wants("libc.so.6", &["GLIBC_2.38"]);
    let mut read = 0;
    let bytes = agent.bytes();
    let object = object::read(&mut |offset, length| {
        let start = usize::try_from(offset).unwrap();
        let end = (start + usize::try_from(length).unwrap()).min(bytes.len());
        read += end - start;
        Ok(Poll::Ready(bytes[start..end].into()))
    });
    let Poll::Ready(Ok(object)) = object else { panic!("{object:?}") };
    assert_eq!(object.wants[0].versions, ["GLIBC_2.38"]);
    assert!(read < 64 << 10, "{read} bytes of {} were read", bytes.len());
}

#[test]
fn limits_are_named() {
    let many: Vec<String> =
        (0..=object::MAX_NEEDED).map(|place| format!("lib{place}.so")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let disk = Disk::default().glibc(36).elf("/agentd", &Elf::program().needs(&many));
    let (found, _) = disk.check("/agentd", &[]);
    assert!(found.unwrap_err().words().contains("MAX_NEEDED"));
    let versions: Vec<String> =
        (0..object::MAX_VERSIONS).map(|place| format!("A_{place}")).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    let disk =
        Disk::default().glibc(36).elf("/agentd", &Elf::program().wants("libc.so.6", &versions));
    let (found, _) = disk.check("/agentd", &[]);
    assert!(found.unwrap_err().words().contains("MAX_VERSIONS"));
}

/// A file with what matters in it, for what changes bytes of it.
fn whole() -> Vec<u8> {
    Elf::program()
        .needs(&["libc.so.6", "liba.so"])
        .runpath("$ORIGIN/../lib:/opt")
        .wants("libc.so.6", &["GLIBC_2.34", "GLIBC_2.38"])
        .has(&["A_1", "A_2"])
        .bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever bytes a file has, looking at it ends, without a panic and within the limits.
    #[test]
    fn no_file_does_harm(
        changes in proptest::collection::vec((0usize..900, any::<u8>()), 0..12),
        length in 0usize..1200,
        library in any::<bool>(),
    ) {
        let mut bytes = whole();
        for (place, byte) in changes {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        bytes.truncate(length);
        let mut disk = Disk::default().glibc(36).file("/agentd", whole());
        let at = if library { "/usr/lib/liba.so" } else { "/agentd" };
        disk = disk.file(at, bytes);
        let _ = disk.check("/agentd", &[]);
    }

    /// Nor do texts.
    #[test]
    fn no_text_does_harm(text in "[#!/ =a-z\n\\[*$]{0,80}", list in "[/a-z\\*=: \ninclude]{0,60}") {
        let agent = Elf::program().needs(&["liba.so"]).runpath(&text.replace('\0', ""));
        let disk = Disk::default()
            .glibc(36)
            .file("/script", format!("#!{text}"))
            .file("/etc/ld.so.conf", list)
            .elf("/agentd", &agent);
        let _ = disk.check("/agentd", &[]);
        let _ = disk.check("/script", &[]);
    }
}

/// A file is what it begins with.
#[test]
fn files_are_told_apart() {
    let (mut facts, mut cache) = (Facts::default(), Cache::default());
    let tree = tree();
    let mut place = Place::new(Some(&tree), &mut facts, &mut cache);
    assert!(place.file("/a").is_pending());
    let question = facts.take_open().pop().unwrap();
    facts.learn(question.key, Fact::Bytes(b"text"[..].into()));
    let mut place = Place::new(Some(&tree), &mut facts, &mut cache);
    let Poll::Ready(file) = place.file("/a") else { panic!("it was answered") };
    assert_eq!(*file, Ok(File::Other));
}
