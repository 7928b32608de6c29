//! What holds for every Dockerfile: made of stages that need each other, and of fragments that may mean
//! nothing.

mod common;

use std::fmt::Write as _;

use common::{Build, Order, Run, compile, config};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A stage: what it builds on, and what it takes files from. Numbers are of other stages, modulo those
/// before it; where there is none, it is an image.
#[derive(Debug, Clone)]
struct Stage {
    base: Option<usize>,
    image: usize,
    sources: Vec<Source>,
}

/// Files from somewhere.
#[derive(Debug, Clone)]
enum Source {
    Stage(usize),
    Mount(usize),
    Image(usize),
    Context(usize),
}

/// How many images there are.
const IMAGES: usize = 6;

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        3 => any::<usize>().prop_map(Source::Stage),
        2 => any::<usize>().prop_map(Source::Mount),
        1 => (0..IMAGES).prop_map(Source::Image),
        1 => (0..IMAGES).prop_map(Source::Context),
    ]
}

fn stages(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Stage>> {
    let stage = (proptest::option::of(any::<usize>()), 0..IMAGES, vec(source(), 0..4))
        .prop_map(|(base, image, sources)| Stage { base, image, sources });
    vec(stage, count)
}

/// The text of `stages`; those that `keep` does not hold are left out.
fn text(stages: &[Stage], keep: &dyn Fn(usize) -> bool) -> String {
    let mut text = String::new();
    for (index, stage) in stages.iter().enumerate().filter(|(index, _)| keep(*index)) {
        match base(stage, index) {
            Some(base) => writeln!(text, "FROM stage{base} AS stage{index}"),
            None => writeln!(text, "FROM image{} AS stage{index}", stage.image),
        }
        .unwrap();
        for (place, source) in stage.sources.iter().enumerate() {
            match source {
                Source::Stage(stage) if index > 0 => {
                    writeln!(text, "COPY --from=stage{} /a /b{place}", stage % index)
                }
                Source::Mount(stage) if index > 0 => writeln!(
                    text,
                    "RUN --mount=from=stage{},target=/m{place} echo {index}",
                    stage % index
                ),
                Source::Image(image) => writeln!(text, "COPY --from=image{image} /a /b{place}"),
                Source::Context(path) => writeln!(text, "COPY path{path} /b{place}"),
                Source::Stage(_) | Source::Mount(_) => writeln!(text, "RUN echo {index} {place}"),
            }
            .unwrap();
        }
    }
    text
}

fn base(stage: &Stage, index: usize) -> Option<usize> {
    stage.base.filter(|_| index > 0).map(|base| base % index)
}

/// The stages that `target` needs, itself included, as the text says it.
fn needed(stages: &[Stage], target: usize) -> Vec<bool> {
    let mut needed = vec![false; stages.len()];
    let mut open = vec![target];
    while let Some(index) = open.pop() {
        if std::mem::replace(&mut needed[index], true) {
            continue;
        }
        open.extend(base(&stages[index], index));
        open.extend(stages[index].sources.iter().filter_map(|source| match source {
            Source::Stage(stage) | Source::Mount(stage) if index > 0 => Some(stage % index),
            _ => None,
        }));
    }
    needed
}

/// With images, some of which bring triggers that need stages and other images.
fn with_images(build: Build) -> Build {
    build
        .image("image0", config().onbuild("COPY --from=stage0 /o /o"))
        .image("image1", config().onbuild("RUN --mount=from=image2,target=/m trigger"))
        .image("image2", config().env("A=b").onbuild("ENV C=d"))
        .image("image3", config().empty())
}

/// What must be the same in every order: the bytes, or the error.
fn outcome(run: &Run) -> Result<Vec<u8>, String> {
    match &run.result {
        Ok(_) => Ok(run.bytes()),
        Err(error) => Err(format!("{error:?}")),
    }
}

/// Pieces of Dockerfiles, put together without sense.
const FRAGMENTS: &[&str] = &[
    "FROM ",
    "FROM a AS b\n",
    "AS x\n",
    "FROM x\n",
    "ARG A=b\n",
    "ARG ",
    "ENV A=$B ",
    "ENV ",
    "RUN ",
    "RUN <<E\n",
    "E\n",
    "COPY ",
    "COPY --from=x / /\n",
    "COPY --from=$A ",
    "--chmod=u+x ",
    "--chown=$A:1 ",
    "--link ",
    "--parents ",
    "--exclude=* ",
    "ADD https://a.io/b.git?ref=c#d:e /\n",
    "ADD --checksum=sha256:0 ",
    "WORKDIR ",
    "USER ",
    "VOLUME ",
    "VOLUME [\"a\", \"$B\"]\n",
    "EXPOSE 1-3/udp ",
    "EXPOSE ",
    "STOPSIGNAL ",
    "HEALTHCHECK --interval=1s CMD x\n",
    "HEALTHCHECK NONE\n",
    "SHELL [\"a\"]\n",
    "SHELL ",
    "CMD ",
    "ENTRYPOINT [\"a\", \"b\"]\n",
    "ONBUILD ",
    "ONBUILD COPY --from=x / /\n",
    "LABEL a=b ",
    "MAINTAINER me\n",
    "--mount=type=cache,target=/c ",
    "--mount=type=secret,id=a,env=B ",
    "--mount=from=${A},target=$B ",
    "--mount=type=tmpfs,size=1 ",
    "--network=none ",
    "--device=a/b=c ",
    "\n",
    " ",
    "\\\n",
    "# check=skip=all\n",
    "# escape=`\n",
    "#\n",
    "$A",
    "${A:-b}",
    "${A#*b}",
    "${",
    "}",
    "\"",
    "'",
    "`",
    "/",
    ".",
    "..",
    "*",
    "a",
    "b:1",
    "scratch",
    "sha256:",
    "@",
    "<<E ",
    "<<-\"E\" ",
    "0",
    "-1",
    "999999999999999999999",
    "\u{fffd}",
    "é",
    "\r\n",
    "\t",
    "\u{0}",
    "TARGETARCH",
    "--platform=$TARGETPLATFORM ",
    "# alias require=/a\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_answers_changes_nothing(stages in stages(1..8), seed: u64, missing in proptest::option::of(0..IMAGES)) {
        let text = text(&stages, &|_| true);
        let mut build = with_images(compile(text));
        if let Some(image) = missing {
            build = build.missing(&format!("image{image}"));
        }
        let expected = build.clone().run();
        for order in [Order::Reverse, Order::Shuffled(seed)] {
            let run = build.clone().order(order).run();
            prop_assert_eq!(outcome(&run), outcome(&expected));
            if expected.result.is_ok() {
                let sorted = |run: &Run| { let mut images = run.images(); images.sort(); images };
                prop_assert_eq!(sorted(&run), sorted(&expected));
            }
        }
    }

    #[test]
    fn unreached_stages_change_no_digest(stages in stages(1..10), target: usize) {
        let target = target % stages.len();
        let needed = needed(&stages, target);
        let all = compile(text(&stages, &|_| true)).target(&format!("stage{target}")).run();
        let alone = compile(text(&stages, &|index| needed[index])).target(&format!("stage{target}")).run();
        prop_assert_eq!(all.digest(), alone.digest());
        prop_assert_eq!(all.images(), alone.images());
        let reach = &all.compilation().reach;
        let graph = &all.compilation().graph;
        for id in graph.ids() {
            if let Some(index) = graph[id].declared {
                prop_assert_eq!(reach.contains(id), needed[index], "stage{}", index);
            }
        }
    }

    #[test]
    fn the_same_text_gives_the_same_bytes(stages in stages(1..8)) {
        let text = text(&stages, &|_| true);
        let run = || with_images(compile(text.clone())).lint().run();
        prop_assert_eq!(outcome(&run()), outcome(&run()));
        prop_assert_eq!(run().findings, run().findings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn fragments_of_dockerfiles_do_no_harm(
        fragments in vec(select(FRAGMENTS), 0..40),
        argument in select(FRAGMENTS),
        context in select(FRAGMENTS),
    ) {
        let text = format!("ARG A\nFROM a AS x\n{}", fragments.concat());
        let build = with_images(compile(text))
            .arg("A", argument)
            .named_context("b", context)
            .lint();
        let run = build.clone().run();
        prop_assert_eq!(outcome(&build.order(Order::Reverse).run()), outcome(&run));
        if let Err(error) = &run.result {
            prop_assert!(!error.message.is_empty());
        }
    }
}
