//! How long it takes from text to LLB, all questions answered at once: it has to grow with the
//! Dockerfile and not faster.

#![allow(missing_docs, reason = "criterion's macro makes a function without")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::hint::black_box;

use common::{Build, Order, compile, config};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Sizes of Dockerfiles, in stages.
const STAGES: [usize; 4] = [10, 100, 1_000, 5_000];
/// The size of a stage, in instructions.
const INSTRUCTIONS: usize = 10_000;
/// How many variables a stage has: every command has all of them, so that more variables mean more
/// bytes for each command.
const VARIABLES: usize = 50;

/// The example of the repository.
const UNIFIED: &str = include_str!("../../examples/unified/Dockerfile");

/// Stages, each on the one before it.
fn chain(stages: usize) -> Build {
    let mut text = "ARG BASE=alpine\nFROM ${BASE} AS stage0\nRUN true\n".to_owned();
    for stage in 1..stages {
        let before = stage - 1;
        write!(text, "FROM stage{before} AS stage{stage}\nENV A={stage}\nRUN echo {stage}\n")
            .unwrap();
    }
    compile(text)
}

/// Stages, the last of which takes files from all others.
fn star(stages: usize) -> Build {
    let mut text = "ARG BASE=alpine\n".to_owned();
    for stage in 1..stages {
        write!(
            text,
            "FROM ${{BASE}} AS stage{stage}\nARG TARGETARCH\nRUN echo {stage} $TARGETARCH\n"
        )
        .unwrap();
    }
    text.push_str("FROM ${BASE} AS last\n");
    for stage in 1..stages {
        writeln!(text, "COPY --from=stage{stage} /out /out/{stage}").unwrap();
    }
    compile(text)
}

/// Agents that take what they need from a builder, of which one is built.
fn agents(stages: usize) -> Build {
    let mut text = "ARG BUILDER=local\nFROM rust AS local\nCOPY . .\nRUN cargo build\n\
                    FROM ${BUILDER} AS builder\n"
        .to_owned();
    for stage in 0..stages {
        write!(
            text,
            "FROM debian AS agent{stage}\nCOPY --from=builder /agentd /usr/local/bin/\n\
             RUN install {stage}\nENTRYPOINT [\"agentd\"]\n"
        )
        .unwrap();
    }
    compile(text).target("agent0")
}

/// One stage of all kinds of instructions.
fn instructions(count: usize) -> Build {
    let mut text = "FROM alpine\n".to_owned();
    for index in 0..count {
        match index % 10 {
            0 => writeln!(text, "COPY --chown=1:2 a{index} b /dir/"),
            1 => writeln!(text, "ENV A{}=b", index % VARIABLES),
            2 => writeln!(text, "LABEL a{index}=\"b c\""),
            3 => writeln!(text, "WORKDIR /w{index}"),
            4 => writeln!(text, "ARG B{}=c", index % VARIABLES),
            5 => writeln!(text, "RUN --mount=type=cache,target=/c echo ${{A1}} {index}"),
            6 => writeln!(text, "EXPOSE {}", index % 65_000 + 1),
            7 => writeln!(text, "USER u{index}"),
            8 => writeln!(text, "COPY <<E /f\n$A1\nE"),
            _ => writeln!(text, "RUN echo {index}"),
        }
        .unwrap();
    }
    compile(text)
}

/// Images with triggers.
fn triggers(stages: usize) -> Build {
    let text: String = (0..stages).map(|stage| format!("FROM base AS stage{stage}\n")).collect();
    let text = (0..stages).fold(text + "FROM scratch\n", |mut text, stage| {
        writeln!(text, "COPY --from=stage{stage} / /").unwrap();
        text
    });
    compile(text).image("base", config().onbuild("RUN make").onbuild("COPY . /app"))
}

/// Images, the answers for which come one by one, and global arguments.
fn images(stages: usize) -> Build {
    let mut text: String = (0..stages).fold(String::new(), |mut text, index| {
        writeln!(text, "ARG VERSION{index}={index}").unwrap();
        text
    });
    for stage in 0..stages {
        write!(text, "FROM image:${{VERSION{stage}}} AS stage{stage}\nARG VERSION{stage}\n")
            .unwrap();
    }
    text.push_str("FROM scratch\n");
    for stage in 0..stages {
        writeln!(text, "COPY --from=stage{stage} / /").unwrap();
    }
    compile(text).order(Order::Reverse)
}

fn run(build: &Build) {
    let run = black_box(build.clone()).run();
    assert!(run.result.is_ok(), "{:?}", run.result.err());
    black_box(run);
}

fn compilations(criterion: &mut Criterion) {
    type Shape = (&'static str, fn(usize) -> Build);
    let shapes: [Shape; 5] = [
        ("chain", chain),
        ("star", star),
        ("agents", agents),
        ("triggers", triggers),
        ("images", images),
    ];
    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10);
    for (name, shape) in shapes {
        for stages in STAGES {
            let build = shape(stages);
            group.throughput(Throughput::Elements(stages as u64));
            group.bench_with_input(BenchmarkId::new(name, stages), &build, |bencher, build| {
                bencher.iter(|| run(build));
            });
        }
    }
    group.finish();

    let mut group = criterion.benchmark_group("instructions");
    group.sample_size(10);
    for count in [INSTRUCTIONS / 10, INSTRUCTIONS] {
        let build = instructions(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &build, |bencher, build| {
            bencher.iter(|| run(build));
        });
    }
    group.finish();

    let unified = compile(UNIFIED).target("kiro");
    criterion.bench_function("unified", |bencher| bencher.iter(|| run(&unified)));
}

criterion_group!(benches, compilations);
criterion_main!(benches);
