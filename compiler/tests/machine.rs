//! The compiler as a machine: what it asks, what answers change, and that their order does not.

mod common;

use aliasfront_compiler::context::{GitContext, MainContext};
use aliasfront_compiler::eval::{Origin, Use};
use aliasfront_compiler::question::{FailureKind, Key};
use aliasfront_compiler::{Code, Compilation, ErrorKind, MAX_ROUNDS, MAX_TRIGGERS};
use buildkit_llb::{Graph, Source, VertexOptions};
use buildkit_proto::{caps, pb};
use common::{Build, Order, compile, config};

/// Six images, two of which bring triggers that need more: questions of three rounds.
fn wide() -> Build {
    compile(
        "FROM tools AS tools\nRUN make\n\
         FROM base AS unused\nRUN --mount=from=extras,target=/m true\n\
         FROM other AS other\n\
         FROM base\nCOPY --from=other /x /x\nCOPY --from=loose /y /y\n",
    )
    .image(
        "base",
        config().onbuild("COPY --from=tools /t /t").onbuild("RUN --mount=from=more,target=/m true"),
    )
    .image("tools", config().onbuild("COPY --from=deep / /"))
}

/// What every order of answers must agree in.
fn assert_same_in_every_order(build: &Build) {
    let runs = build.run_in_every_order();
    let expected = build.clone().run();
    let mut asked: Vec<String> = expected.images();
    asked.sort();
    assert!(runs.len() > 1, "there is only one order");
    for run in runs {
        match &expected.result {
            Ok(_) => assert_eq!(run.bytes(), expected.bytes(), "{:?}", run.images()),
            Err(error) => assert_eq!(run.error(), error, "{:?}", run.images()),
        }
        let mut images = run.images();
        images.sort();
        assert_eq!(images, asked);
    }
}

#[test]
fn questions_come_together_and_once() {
    let run =
        compile("FROM a AS x\nFROM b AS y\nFROM a\nCOPY --from=x / /\nCOPY --from=y / /\n").run();
    assert_eq!(run.images(), ["a", "b"]);
    // One round: both images and the ignore file.
    assert_eq!(run.open, [3]);
    let names: Vec<&str> = run.asked.iter().map(|question| question.log_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "[internal] load .dockerignore",
            "[internal] load metadata for docker.io/library/a:latest",
            "[internal] load metadata for docker.io/library/b:latest",
        ]
    );
}

#[test]
fn answers_in_every_order_give_the_same_bytes() {
    assert_same_in_every_order(&compile(
        "FROM a AS x\nRUN one\nFROM b AS y\nCOPY . /\nFROM c\nCOPY --from=x / /\nCOPY --from=y / /\n",
    ));
    assert_same_in_every_order(
        &compile("FROM a AS x\nFROM b\nCOPY --from=x / /\n")
            .image("b", config().onbuild("COPY --from=c / /")),
    );
}

#[test]
fn answers_in_shuffled_orders_give_the_same_bytes() {
    let expected = wide().run();
    let reverse = wide().order(Order::Reverse).run();
    assert_eq!(reverse.bytes(), expected.bytes());
    for seed in 0..200 {
        assert_eq!(
            wide().order(Order::Shuffled(seed)).run().bytes(),
            expected.bytes(),
            "seed {seed}"
        );
    }
}

#[test]
fn the_first_error_of_the_graph_is_the_error() {
    for missing in [["a", "b"], ["b", "c"], ["a", "c"]] {
        let build = missing.iter().fold(
            compile("FROM a AS first\nFROM b AS second\nFROM c\nCOPY --from=first / /\nCOPY --from=second / /\n"),
            |build, name| build.missing(name),
        );
        assert_same_in_every_order(&build);
        let run = build.run();
        let error = run.error();
        assert_eq!(error.message, format!("docker.io/library/{}:latest: not found", missing[0]));
        assert_eq!(error.code, Code::NotFound);
    }
}

#[test]
fn triggers_of_an_image_add_stages_to_a_fixed_point() {
    let run = wide().run();
    assert_eq!(run.images(), ["other", "base", "loose", "tools", "more", "deep"]);
    assert_eq!(run.open.len(), 3, "three rounds");
    let names = run.names();
    for expected in [
        // As in the reference, an image that was passed over when nobody needed it has taken a number.
        "[tools 3/3] ONBUILD COPY --from=deep / /",
        "[tools 4/3] RUN make",
        "[stage-3 2/5] ONBUILD COPY --from=tools /t /t",
        "[stage-3 3/5] ONBUILD RUN --mount=from=more,target=/m true",
        "[stage-3 4/5] COPY --from=other /x /x",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} in {names:#?}");
    }
}

#[test]
fn triggers_of_a_stage_run_in_the_stages_on_it() {
    let run = compile(
        "FROM a AS base\nONBUILD COPY --from=tools /t /t\nONBUILD RUN echo\nFROM b AS tools\nFROM base\nRUN last\n",
    )
    .run();
    assert_eq!(run.images(), ["a", "b"]);
    let names = run.names();
    assert!(
        names.contains(&"[stage-2 1/3] ONBUILD COPY --from=tools /t /t".to_owned()),
        "{names:#?}"
    );
    assert!(names.contains(&"[stage-2 3/3] RUN last".to_owned()), "{names:#?}");
}

#[test]
fn a_wrong_trigger_is_an_error_at_the_from() {
    for (trigger, message) in [
        ("FROM x", "*instructions.Stage is not a command type"),
        ("RUN a\nRUN b", "onbuild trigger should be a single expression"),
        ("COPY --from=9 / /", "invalid stage index 9"),
    ] {
        let run = compile("\nFROM a\n").image("a", config().onbuild(trigger)).run();
        let report = run.report();
        assert!(report.starts_with(&format!("2-2: {message}")), "{report}");
    }
}

#[test]
fn triggers_without_end_reach_a_limit() {
    // The image brings itself, in a stage of its own, again and again.
    let run = compile("FROM a\n").image("a", config().onbuild("COPY --from=a / /")).run();
    assert_eq!(
        run.error().message,
        format!("triggers of images add more and more stages (MAX_ROUNDS is {MAX_ROUNDS})")
    );
    assert_eq!(run.images(), ["a"]);
    // And twice: twice as many stages in every round.
    let config = config().onbuild("COPY --from=a / /").onbuild("COPY --from=a / /");
    let run = compile("FROM a\n").image("a", config).run();
    assert_eq!(
        run.error().message,
        format!("triggers of images add more than {MAX_TRIGGERS} instructions (MAX_TRIGGERS)")
    );
    assert_eq!(run.error().locations.len(), 1);
}

#[test]
fn unreached_stages_are_not_asked_about() {
    let needed = "FROM a AS base\nRUN one\n";
    let alone = compile(format!("{needed}FROM base\nRUN two\n")).run();
    let run = compile(format!(
        "FROM b AS unused\nCOPY . /\nRUN --mount=from=c,target=/m true\n{needed}FROM unused AS more\nCOPY --from=d / /\n\
         FROM base\nRUN two\n",
    ))
    .image("b", config().onbuild("COPY --from=e / /"))
    .run();
    assert_eq!(run.images(), ["a"]);
    assert_eq!(run.digest(), alone.digest());
    let paths = run.compilation().program.context_paths();
    assert!(paths.is_empty(), "an unreached stage uses {paths:?}");
}

#[test]
fn stages_record_what_they_use() {
    let run = compile(
        "FROM a AS base\nCOPY x y /\n\
         FROM base AS tools\nRUN --mount=target=/src --mount=from=img,source=/bin,target=/m true\n\
         FROM scratch AS empty\nADD https://example.com/z w /\n\
         FROM b\nCOPY --from=tools --parents /t/**/u /\nCOPY --from=empty /w /\n",
    )
    .image("b", config().onbuild("COPY --from=base /k /k").onbuild("ADD t /t"))
    .run();
    let Compilation { graph, program, .. } = run.compilation();
    let name = |id| {
        let node = &graph[id];
        node.name.clone().unwrap_or_else(|| node.base_name.clone())
    };
    let uses: Vec<String> = graph
        .ids()
        .flat_map(|id| program.uses_of(id))
        .map(|used| {
            let Use { by, lines, edge, from, path, .. } = used;
            let from = match from {
                Origin::Context => "context".to_owned(),
                Origin::Stage(id) => name(*id),
                Origin::Root => "root".to_owned(),
            };
            format!("{} {}: {edge:?} {from} {path}", name(*by), lines.first)
        })
        .collect();
    assert_eq!(
        uses,
        [
            "base 1: Base root /",
            "base 2: Copy context /x",
            "base 2: Copy context /y",
            "tools 3: Base base /",
            "tools 4: Mount context /",
            "tools 4: Mount img /bin",
            "empty 6: Copy context /w",
            "b 7: Base root /",
            "b 7: Trigger base /k",
            "b 7: Trigger context /t",
            "b 8: Copy tools /t/**/u",
            "b 9: Copy empty /w",
        ]
    );
    assert_eq!(program.uses.len(), uses.len());
    let expected = ["/", "/t", "/w", "/x", "/y"].map(str::to_owned);
    assert_eq!(program.context_paths(), expected.into());
}

#[test]
fn the_target_decides_what_is_reached() {
    let build = || compile("FROM a AS x\nFROM b AS y\nCOPY --from=x / /\nFROM c AS z\n");
    for (target, images) in [("x", vec!["a"]), ("y", vec!["a", "b"]), ("Z", vec!["c"])] {
        assert_eq!(build().target(target).run().images(), images, "{target}");
    }
    assert_eq!(build().run().images(), ["c"]);
    assert_eq!(build().all_stages().run().images(), ["a", "b", "c"]);
}

#[test]
fn an_invalid_reference_is_an_error_in_every_stage() {
    let run = compile("FROM a/UPPER AS unused\n\nFROM a\n").run();
    assert_eq!(
        run.report(),
        "1-1: failed to parse stage name \"a/UPPER\": invalid reference format: repository name \
         (a/UPPER) must be lowercase ()"
    );
}

#[test]
fn a_named_context_takes_the_place_of_an_image() {
    for key in ["base", "docker.io/library/base:latest", "base:latest"] {
        let run = compile("FROM base\nRUN x\n")
            .named_context(&familiar_key(key), "docker-image://mine:1")
            .image("mine:1", config().env("A=b"))
            .run();
        assert_eq!(run.images(), ["mine:1"], "{key}");
        let (exec, _) = run.exec("RUN x");
        assert!(exec.meta.unwrap().env.contains(&"A=b".to_owned()));
        assert_eq!(run.names()[0], format!("[context {}] mine:1", familiar_key(key)));
    }
}

/// Clients hand keys over without the tag that everything has.
fn familiar_key(key: &str) -> String {
    let key = key.strip_prefix("docker.io/library/").unwrap_or(key);
    key.strip_suffix(":latest").unwrap_or(key).to_owned()
}

#[test]
fn a_named_context_takes_the_place_of_a_stage() {
    let dockerfile = "FROM a AS base\nRUN compile\nFROM base\nRUN x\n";
    let run = compile(dockerfile).named_context("base", "docker-image://mine@sha256:3333333333333333333333333333333333333333333333333333333333333333").run();
    assert_eq!(run.images().len(), 1, "{:?}", run.images());
    assert!(!run.names().iter().any(|name| name.contains("compile")), "{:?}", run.names());
    // A key for a platform comes before the one for all.
    let run = compile(dockerfile)
        .named_context("base", "docker-image://all")
        .named_context("base::linux/arm64", "docker-image://arm")
        .platform("linux/arm64")
        .run();
    assert_eq!(run.images(), ["arm"]);
}

#[test]
fn named_contexts_of_each_kind() {
    let digest = format!("sha256:{}", "1".repeat(64));
    let cases = [
        ("docker-image://b", vec!["docker-image://docker.io/library/b:latest"]),
        ("docker-image://scratch", vec![]),
        ("git://github.com/org/repo", vec!["git://github.com/org/repo"]),
        (
            "https://github.com/org/repo.git#main:dir",
            vec!["git://github.com/org/repo.git#main:dir"],
        ),
        ("git@github.com:org/repo.git", vec!["git://github.com/org/repo.git"]),
        ("https://example.com/a.txt", vec!["https://example.com/a.txt"]),
        ("local:dir", vec!["local://dir"]),
        ("input:dir", vec!["local://from-input"]),
    ];
    let mut graph = Graph::new(pb::Platform::default());
    let source = graph.add(Source::local("from-input"), VertexOptions::default());
    let input = graph.definition(source).into_pb();
    for (context, sources) in cases {
        let run = compile("FROM scratch\nCOPY --from=dep /x /x\n")
            .named_context("dep", context)
            .input("dir", input.clone())
            .run();
        let found: Vec<String> =
            run.sources().iter().map(|source| without_digest(source).to_owned()).collect();
        assert_eq!(found, sources, "{context}");
    }
    let run = compile("FROM dep\nRUN x\n")
        .named_context("dep", &format!("oci-layout://store:tag@{digest}"))
        .run();
    assert_eq!(run.sources(), [format!("oci-layout://docker.io/library/dep@{digest}")]);
    let Some(Key::Image(image)) =
        run.asked.iter().map(|q| &q.key).find(|k| matches!(k, Key::Image(_)))
    else {
        panic!("no image was asked for");
    };
    assert_eq!(image.layout.as_ref().map(|layout| layout.store.as_str()), Some("store"));
}

/// An identifier without the digest of an image.
fn without_digest(identifier: &str) -> &str {
    identifier.split_once("@sha256:").map_or(identifier, |(name, _)| name)
}

#[test]
fn wrong_named_contexts_say_what_is_wrong() {
    for (context, message) in [
        ("nothing", "invalid context specifier nothing for dep"),
        ("ftp://x", "unsupported context source ftp for dep"),
        ("oci-layout://store", "oci-layout reference \"store\" has no digest"),
        ("input:none", "invalid input none for dep"),
        ("local:broken", "no such directory"),
        ("docker-image://gone", "docker.io/library/gone:latest: not found"),
    ] {
        let run = compile("FROM dep\n")
            .named_context("dep", context)
            .missing("gone")
            .unreadable("broken", "no such directory")
            .run();
        assert_eq!(run.error().message, message, "{context}");
        assert_eq!(run.error().locations[0].first, 1);
    }
}

/// What the failure says doesn't count, but how the driver says that it failed.
#[test]
fn an_alias_falls_back_by_the_kind_of_the_failure() {
    for (kind, falls_back) in [
        (FailureKind::NotFound, true),
        (FailureKind::NotAllowed, true),
        (FailureKind::WrongPlatform, true),
        (FailureKind::Unreachable, false),
        (FailureKind::Other, false),
    ] {
        let build = compile(
            "ARG B=compile\nFROM scratch AS compile\nCOPY a /a\n\
             # alias fallback=local\nFROM ${B} AS builder\n\
             FROM scratch\nCOPY --from=builder /a /\n",
        )
        .arg("B", "prebuilt")
        .failing("prebuilt", kind, "prebuilt: not found, 403 forbidden");
        let run = build.run();
        assert_eq!(run.result.is_ok(), falls_back, "{kind:?}");
        if !falls_back {
            assert_eq!(run.error().failure, Some(kind));
        }
    }
}

/// What `fallback=local` was there for is over with the fallback: only the main context must be
/// loaded for its ignore file.
#[test]
fn the_failure_of_a_directory_that_an_alias_fell_back_from_is_no_failure_of_the_build() {
    let git = GitContext::detect("https://github.com/org/repo.git", false, false);
    let url = "https://example.com/context.tar".to_owned();
    for context in [
        MainContext::Local { local: "context".to_owned() },
        MainContext::Git(Box::new(git.unwrap().unwrap())),
        MainContext::Http { url, archive: true },
    ] {
        let what = format!("{context:?}");
        let build = compile(
            "ARG B=compile\nFROM scratch AS compile\nCOPY a /a\n\
             # alias fallback=local\nFROM ${B} AS builder\n\
             FROM scratch\nCOPY --from=builder /a /\n",
        )
        .context(context)
        .named_context("builder", "local:gone")
        .missing_directory("gone");
        let run = build.clone().run();
        let message = run.compilation().message().unwrap();
        assert!(message.starts_with("alias builder: compiled by \"compile\", since "), "{message}");
        assert!(message.contains("gone: not found"), "{what}: {message}");

        let run = build.missing_directory("context").run();
        let is_local = what.starts_with("Local");
        assert_eq!(run.result.is_err(), is_local, "{what}");
        if is_local {
            assert_eq!(run.error().message, "context: not found");
        }
    }
}

#[test]
fn ignore_files_are_read_before_they_are_needed() {
    let run = compile("FROM scratch\nCOPY --from=dep . /\nCOPY . /\n")
        .named_context("dep", "local:dir")
        .ignore_file("dir", "*.o\n# comment\n!keep.o\n")
        .ignore_file("context", "target\n")
        .run();
    let excludes: Vec<String> = run
        .vertices()
        .into_iter()
        .filter_map(|(_, op, _)| match op.op {
            Some(pb::op::Op::Source(source)) => source.attrs.get("local.excludepatterns").cloned(),
            _ => None,
        })
        .collect();
    assert_eq!(excludes.len(), 2);
    assert!(excludes.contains(&r#"["*.o","!keep.o"]"#.to_owned()), "{excludes:?}");
    assert!(excludes.contains(&r#"["target"]"#.to_owned()), "{excludes:?}");
}

#[test]
fn a_source_policy_turns_a_context_into_another_one() {
    let run = compile("FROM dep\nRUN x\n")
        .named_context("dep", "docker-image://first")
        .redirect("first", "docker-image://second")
        .redirect("second", "docker-image://third")
        .image("third", config().env("A=b"))
        .run();
    assert_eq!(run.images(), ["first", "second", "third"]);
    assert!(run.exec("RUN x").0.meta.unwrap().env.contains(&"A=b".to_owned()));

    let run = compile("FROM dep\nRUN x\n")
        .named_context("dep", "docker-image://first")
        .redirect("first", "https://example.com/file")
        .run();
    assert_eq!(run.sources(), ["https://example.com/file"]);
}

#[test]
fn a_source_policy_that_goes_in_circles_reaches_a_limit() {
    let run = compile("FROM dep\n")
        .named_context("dep", "docker-image://first")
        .redirect("first", "docker-image://second")
        .redirect("second", "docker-image://first")
        .run();
    assert_eq!(run.images(), ["first", "second"]);
    assert!(
        run.error().message.starts_with("context recursion limit exceeded"),
        "{:?}",
        run.error()
    );
}

#[test]
fn a_base_that_a_source_policy_turns_into_no_image_is_an_error() {
    let run = compile("FROM base\n").redirect("base", "https://example.com/file").run();
    assert_eq!(
        run.error().message,
        "base: a source policy turned the image into https://example.com/file, which is not an image"
    );
}

#[test]
fn the_epoch_may_come_from_a_source() {
    const STAGE: &str = "FROM scratch AS when\nADD https://example.com/file /\n";
    let git = || {
        let git = GitContext::detect("https://github.com/org/repo.git", false, true);
        MainContext::Git(Box::new(git.unwrap().unwrap()))
    };
    let build = |value: &str| {
        compile(format!("{STAGE}FROM a\nWORKDIR /w\n"))
            .arg("SOURCE_DATE_EPOCH", value)
            .source_time("git://github.com/org/repo.git", 20)
            .source_time("https://example.com/file", 30)
            .named_context("repo", "https://github.com/org/repo.git")
            .named_context("file", "https://example.com/file")
            .named_context("dir", "local:dir")
    };
    for (value, context, epoch) in [
        ("10", None, Some(10)),
        ("-5", None, Some(-5)),
        ("", None, None),
        ("context", None, None),
        ("context", Some(git()), Some(20)),
        ("repo", None, Some(20)),
        ("file", None, Some(30)),
        ("dir", None, None),
        ("when", None, Some(30)),
    ] {
        let build = match context {
            Some(context) => build(value).context(context),
            None => build(value),
        };
        let run = build.run();
        let found = run.compilation().given.epoch.map(|time| time.unix());
        assert_eq!(found, epoch, "{value}");
        let Some(pb::file_action::Action::Mkdir(made)) =
            run.file("WORKDIR").actions[0].action.clone()
        else {
            panic!("no directory is made");
        };
        assert_eq!(made.timestamp, epoch.map_or(-1, |time| time * 1_000_000_000), "{value}");
        let created = run.compilation().config.history.last().and_then(|entry| entry.created);
        assert_eq!(created.is_some(), epoch.is_some(), "{value}");
    }
}

#[test]
fn the_epoch_may_be_a_global_argument() {
    let run = compile("ARG SOURCE_DATE_EPOCH=7\nFROM a\nARG SOURCE_DATE_EPOCH\nRUN x\n").run();
    assert_eq!(run.compilation().given.epoch.map(|time| time.unix()), Some(7));
    assert!(run.exec("RUN x").0.meta.unwrap().env.contains(&"SOURCE_DATE_EPOCH=7".to_owned()));
    // Of a source, steps see the number.
    let run = compile(
        "ARG SOURCE_DATE_EPOCH=when\nFROM scratch AS when\nADD https://example.com/file /\n\
         FROM a\nARG SOURCE_DATE_EPOCH\nRUN x\n",
    )
    .source_time("https://example.com/file", 30)
    .run();
    assert!(run.exec("RUN x").0.meta.unwrap().env.contains(&"SOURCE_DATE_EPOCH=30".to_owned()));
}

#[test]
fn what_is_no_epoch_is_an_error() {
    let build = |stage: &str, value: &str| {
        compile(format!("{stage}FROM a\n")).arg("SOURCE_DATE_EPOCH", value).run().report()
    };
    for (stage, value, message) in [
        ("", "yesterday", "invalid SOURCE_DATE_EPOCH: yesterday"),
        ("FROM a AS when\n", "when", "SOURCE_DATE_EPOCH stage must use FROM scratch"),
        (
            "FROM scratch AS when\n",
            "when",
            "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD",
        ),
        (
            "FROM scratch AS when\nRUN x\n",
            "when",
            "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported RUN instruction",
        ),
        (
            "FROM scratch AS when\nADD file /\n",
            "when",
            "SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD",
        ),
        (
            "FROM scratch AS when\nADD https://a/b https://a/c /d/\n",
            "when",
            "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD source",
        ),
    ] {
        let report = build(stage, value);
        assert!(report.contains(&format!(": {message} (")), "{report}");
    }
}

#[test]
fn a_compilation_ends_once() {
    let mut compiler = compile("FROM scratch\n").compiler().unwrap();
    while let aliasfront_compiler::Progress::Ask(questions) = compiler.advance().unwrap() {
        let build = compile("FROM scratch\n");
        for question in questions {
            compiler.answer(question.key.clone(), build.fact(&question.key));
        }
    }
    assert_eq!(compiler.advance().unwrap_err().message, "the compilation is over");
}

#[test]
fn findings_are_the_same_in_every_order() {
    let build = compile("FROM a AS x\nFROM b AS y\nFROM c\nCOPY --from=x / /\nCOPY --from=y / /\n")
        .image("a", config().on("linux/arm64"))
        .image("b", config().on("linux/arm64"))
        .image("c", config().on("linux/arm64"))
        .platform("linux/amd64")
        .lint();
    let expected = build.clone().run().findings;
    assert_eq!(expected.len(), 3);
    for run in build.run_in_every_order() {
        assert_eq!(run.findings, expected);
    }
}

#[test]
fn errors_say_what_they_are_about() {
    let alias = "ARG A=local\nFROM debian AS local\nRUN make\n# alias compile=never\nFROM ${A} AS a\n\
                 FROM scratch\nCOPY --from=a /a /\n";
    let nested = format!("FROM debian\n{}RUN true\n", "ONBUILD ".repeat(1_000));
    let secure = caps::EXEC_META_SECURITY;
    for (build, kind) in [
        (compile("FROM debian\nCOPY --from=1 a /\n"), ErrorKind::Dockerfile),
        (compile("FROM debian").target("nothing"), ErrorKind::Option),
        (compile("FROM debian").opt("shm-size", "much"), ErrorKind::Option),
        (compile("FROM debian").arg("ALIASFRONT_NOTHING", "1"), ErrorKind::Option),
        (compile(nested), ErrorKind::Limit),
        (compile("FROM debian").missing("debian"), ErrorKind::Source),
        (compile("FROM debian AS a").named_context("a", "nothing"), ErrorKind::Source),
        (compile(alias), ErrorKind::Contract),
        (compile(alias.replace("never", "no")), ErrorKind::Contract),
        (compile(alias).arg("A", "image").lacking("/a"), ErrorKind::Contract),
        (compile("# check=error=true\nFROM debian as a\n").lint(), ErrorKind::Lint),
        (compile("FROM debian\nRUN --security=insecure a\n").without(secure), ErrorKind::Engine),
    ] {
        let error = build.clone().run().result.expect_err(&format!("{build:?}"));
        assert_eq!(error.kind, kind, "{error}");
    }
    let mut over = compile("FROM scratch").target("nothing").compiler().unwrap();
    assert_eq!(over.advance().unwrap_err().kind, ErrorKind::Option);
    assert_eq!(over.advance().unwrap_err().kind, ErrorKind::Driver);
}
