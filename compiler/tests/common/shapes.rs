//! Inputs that grow in one direction: what each comes to must grow with its size, and not faster.

use std::fmt::Write as _;

use crate::common::{Build, Run, compile};
use aliasfront_compiler::view;

/// An input that grows.
pub(crate) struct Shape {
    /// What grows in it.
    pub name: &'static str,
    /// The build of a size.
    pub build: fn(usize) -> Build,
    /// Whether the plan is asked for.
    pub plan: bool,
    /// The size that has to take little time and memory.
    pub full: usize,
    /// A size at which nothing is small any more, for tests.
    pub small: usize,
}

/// All of them.
pub(crate) const SHAPES: [Shape; 14] = [
    shape("ENV keys", env_keys, 100_000, 2_000),
    shape("ENV keys in one instruction", env_pairs, 100_000, 2_000),
    shape("ENV keys, COPY for several platforms", env_and_copies, 20_000, 500),
    shape("ARG keys, undefined variables", undefined, 8_000, 1_000),
    shape("ARG keys, FROM of an undefined one", undefined_from, 8_000, 1_000),
    shape("aliases that are overridden", aliases, 4_000, 200),
    shape("aliases of one stage each", aliases_of_chain, 4_000, 200),
    shape("aliases whose files fall back", fallbacks, 1_000, 200),
    shape("aliases whose images are missing", missing, 1_000, 800),
    shape("ignore patterns, COPY", ignore, 100_000, 4_000),
    shape("ignore patterns of a context, paths", ignore_of_context, 400_000, 40_000),
    shape("names in an image's directory, paths", directory, 40_000, 8_000),
    Shape { plan: true, ..shape("plan of stages", stages, 20_000, 500) },
    Shape { plan: true, ..shape("plan of aliases", aliases_of_chain, 4_000, 200) },
];

const fn shape(name: &'static str, build: fn(usize) -> Build, full: usize, small: usize) -> Shape {
    Shape { name, build, plan: false, full, small }
}

impl Shape {
    /// Compiles it at a size, and answers the request where it is one.
    pub(crate) fn run(&self, size: usize) -> Run {
        let build = (self.build)(size);
        let run = build.run();
        if self.plan {
            let plan = view::plan(std::slice::from_ref(run.compilation()));
            assert!(!plan.is_empty());
        }
        run
    }
}

/// Lines, one for each number below `count`.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(text, "{}", line(index)).expect("a text takes every line");
        text
    })
}

fn env_keys(size: usize) -> Build {
    compile(format!("FROM alpine\n{}", lines(size - 1, |i| format!("ENV K{i}=v"))))
}

/// In one instruction for each thousand: an instruction may not be longer than so much.
fn env_pairs(size: usize) -> Build {
    const PAIRS: usize = 1_000;
    let pairs = |i: usize| (0..PAIRS).map(|j| format!(" K{i}_{j}=v")).collect::<String>();
    compile(format!("FROM alpine\n{}", lines(size / PAIRS, |i| format!("ENV{}", pairs(i)))))
}

fn env_and_copies(size: usize) -> Build {
    let env = lines(size, |i| format!("ENV K{i}=v"));
    compile(format!("FROM alpine\n{env}{}", lines(size, |i| format!("COPY a{i} /"))))
        .platform("linux/amd64,linux/arm64")
}

/// Stages with all labels of the one below and a user of their own.
pub(crate) fn labels(size: usize) -> Build {
    let first = lines(size, |i| format!("LABEL l{i}=v"));
    let stages = lines(size, |i| format!("FROM s{i} AS s{}\nUSER u{i}", i + 1));
    compile(format!("FROM alpine AS s0\n{first}{stages}"))
}

fn undefined(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG VARIABLE{i}=v"));
    compile(format!("FROM alpine\n{args}{}", lines(size, |i| format!("WORKDIR /$VERIABEL{i}"))))
        .lint()
}

fn undefined_from(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG UNDEFINEX{i}=v"));
    compile(format!("{args}{}", lines(size / 2, |i| format!("FROM x$UNDEFINED AS s{i}")))).lint()
}

fn aliases(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG A{i}=base"));
    let stages = lines(size, |i| format!("FROM ${{A{i}}} AS alias{i}"));
    let copies = lines(size, |i| format!("COPY --from=alias{i} /a{i} /"));
    let text = format!("{args}FROM alpine AS base\n{stages}FROM scratch\n{copies}");
    (0..size).fold(compile(text), |build, i| build.arg(&format!("A{i}"), &format!("image{i}")))
}

fn aliases_of_chain(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG A{i}=stage{i}"));
    let chain = lines(size - 1, |i| format!("FROM stage{i} AS stage{}", i + 1));
    let stages = lines(size, |i| format!("FROM ${{A{i}}} AS alias{i}"));
    let copies = lines(size, |i| format!("COPY --from=alias{i} /a{i} /"));
    let text = format!("{args}FROM alpine AS stage0\n{chain}{stages}FROM scratch\n{copies}");
    (0..size).fold(compile(text), |build, i| build.arg(&format!("A{i}"), &format!("image{i}")))
}

/// Each alias falls back since its image lacks a path.
fn fallbacks(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG A{i}=base"));
    let stages = lines(size, |i| format!("# alias fallback=local\nFROM ${{A{i}}} AS alias{i}"));
    let copies = lines(size, |i| format!("COPY --from=alias{i} /missing /{i}"));
    let text = format!("{args}FROM alpine AS base\n{stages}FROM scratch\n{copies}");
    (0..size).fold(compile(text).lacking("/missing"), |build, i| {
        build.arg(&format!("A{i}"), &format!("image{i}"))
    })
}

/// Each alias falls back since its image is not there.
fn missing(size: usize) -> Build {
    let args = lines(size, |i| format!("ARG A{i}=base"));
    let stages = lines(size, |i| format!("# alias fallback=local\nFROM ${{A{i}}} AS alias{i}"));
    let copies = lines(size, |i| format!("COPY --from=alias{i} /a /{i}"));
    let text = format!("{args}FROM alpine AS base\n{stages}FROM scratch\n{copies}");
    (0..size).fold(compile(text), |build, i| {
        let image = format!("image{i}");
        build.missing(&image).arg(&format!("A{i}"), &image)
    })
}

fn ignore(size: usize) -> Build {
    let copies = lines((size / 1_000).max(1), |i| format!("COPY deep/directory/file{i} /"));
    let patterns = lines(size, |i| match i % 4 {
        0 => format!("deep/directory/name{i}"),
        1 => format!("**/name{i}"),
        2 => format!("*.suffix{i}"),
        _ => format!("deep/**/pre{i}*"),
    });
    compile(format!("FROM alpine\n{copies}")).lint().ignore_file("context", &patterns)
}

fn ignore_of_context(size: usize) -> Build {
    let copies = lines((size / 8_000).max(1), |i| format!("COPY --from=alias /path{i} /"));
    let text = format!("ARG A=base\nFROM alpine AS base\nFROM $A AS alias\nFROM scratch\n{copies}");
    let patterns = lines(size, |i| format!("directory/of/long/name{i}"));
    compile(text).named_context("alias", "local:dir").ignore_file("dir", &patterns)
}

fn stages(size: usize) -> Build {
    let stages = lines(size - 1, |i| format!("FROM alpine AS stage{i}\nRUN make {i}"));
    compile(format!("{stages}FROM scratch\nCOPY --from=stage0 / /"))
}

/// An image without the paths that the build takes from it, in a directory with many long names.
fn directory(size: usize) -> Build {
    const LENGTH: usize = 200;
    let paths = (size / 400).max(1);
    let copies = lines(paths, |i| format!("COPY --from=alias /directory/path{i} /"));
    let text = format!("ARG A=base\nFROM alpine AS base\nFROM $A AS alias\nFROM scratch\n{copies}");
    let names = (0..size).map(|i| format!("{i:0LENGTH$}"));
    let build = compile(text).arg("A", "image").names(names);
    (0..paths).fold(build, |build, i| build.lacking(&format!("/directory/path{i}")))
}
