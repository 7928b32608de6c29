//! Aliases whose images are found by what their compile stages are made of.

mod common;

use aliasfront_compiler::Compilation;
use aliasfront_compiler::Purpose;
use aliasfront_compiler::alias::auto::{Missing, Publication};
use aliasfront_compiler::fingerprint::Taken;
use aliasfront_compiler::question::{Failure, FailureKind, Key};
use common::{Build, Run, compile, config};

/// One builder, two agents that take from it.
const DOCKERFILE: &str = r"ARG BUILDER_IMAGE=local_builder
FROM rust AS local_builder
WORKDIR /build
COPY src src
RUN cargo build

FROM ${BUILDER_IMAGE} AS builder

FROM debian AS kiro
COPY --from=builder /build/agentd /usr/local/bin/

FROM debian AS other
COPY --from=builder /build/lib/*.so /usr/lib/
RUN --mount=from=builder,source=/build/tools,target=/tools /tools/check
";

const REPOSITORY: &str = "ghcr.io/org/builder";

fn auto(dockerfile: &str) -> Build {
    compile(dockerfile).arg("BUILDER_IMAGE", &format!("auto:{REPOSITORY}")).target("kiro")
}

/// What a compilation looked for.
fn publication(compilation: &Compilation) -> &Publication {
    let mut aliases = compilation.aliases.iter();
    aliases
        .find_map(|report| report.alias.publication.as_deref())
        .expect("something was looked for")
}

/// The recipe of the builder of a Dockerfile.
#[track_caller]
fn recipe(build: &Build) -> String {
    publication(build.clone().run().compilation()).recipe.text.clone()
}

fn asked(run: &Run, is: impl Fn(&Key) -> bool) -> usize {
    run.asked.iter().filter(|question| is(&question.key)).count()
}

#[test]
fn what_is_published_takes_the_place_of_the_compile_stage() {
    let missing = auto(DOCKERFILE).run();
    let wanted = publication(missing.compilation());
    assert_eq!(wanted.missing, Some(Missing::NotThere));
    let reference = wanted.reference.clone();
    assert!(reference.starts_with("ghcr.io/org/builder:src-"), "{reference}");
    assert_eq!(reference.len(), "ghcr.io/org/builder:src-".len() + 64);

    let label = ("aliasfront.fingerprint", wanted.fingerprint().to_string());
    let found = auto(DOCKERFILE).published(&reference, config().label(label.0, &label.1)).run();
    let compilation = found.compilation();
    assert!(publication(compilation).is_found());
    let names = found.names();
    assert!(!names.iter().any(|name| name.contains("cargo build")), "{names:?}");
    // The same as if the image had been named.
    let named = compile(DOCKERFILE).arg("BUILDER_IMAGE", &reference).target("kiro");
    let named = named.image(&reference, config().label(label.0, &label.1)).run();
    assert_eq!(compilation.definition.def, named.compilation().definition.def);
    assert_eq!(compilation.definition.metadata, named.compilation().definition.metadata);
    // It is asked about once.
    let image = |key: &Key| matches!(key, Key::Image(image) if image.reference == reference);
    assert_eq!(asked(&found, image), 0);
    assert_eq!(asked(&found, |key| matches!(key, Key::Published(_))), 1);
}

#[test]
fn an_alias_that_only_a_trigger_needs_is_found_too() {
    let dockerfile = DOCKERFILE.replace("COPY --from=builder /build/agentd /usr/local/bin/\n", "");
    let build = || {
        let debian = config().onbuild("COPY --from=builder /build/agentd /usr/local/bin/");
        auto(&dockerfile).image("debian", debian)
    };
    let missing = build().run();
    let wanted = publication(missing.compilation());
    let label = wanted.fingerprint().to_string();
    let image = config().label("aliasfront.fingerprint", &label);
    let found = build().published(&wanted.reference, image).run();
    assert_eq!(publication(found.compilation()).missing, None);
    let names = found.names();
    let is_builder = |name: &String| name.contains("FROM ghcr.io/org/builder:src-");
    assert!(names.iter().any(is_builder), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("cargo build")), "{names:?}");
}

#[test]
fn nobody_is_asked_without_a_wish() {
    for build in [
        compile(DOCKERFILE).target("kiro"),
        compile(DOCKERFILE).target("kiro").arg("BUILDER_IMAGE", "ghcr.io/org/builder:v1"),
        auto(DOCKERFILE).target("local_builder"),
        auto(DOCKERFILE).arg("ALIASFRONT_AUTO", "off"),
    ] {
        let run = build.run();
        let searches = |key: &Key| matches!(key, Key::Published(_) | Key::Content(_));
        assert_eq!(asked(&run, searches), 0, "{:?}", run.asked);
    }
}

#[test]
fn a_contract_does_without_an_argument() {
    let contract = "# alias auto=ghcr.io/org/builder\nFROM ${BUILDER_IMAGE} AS builder";
    let with_contract = DOCKERFILE.replace("FROM ${BUILDER_IMAGE} AS builder", contract);
    let expected = recipe(&auto(DOCKERFILE));
    assert_eq!(recipe(&compile(&*with_contract).target("kiro")), expected);
    let plain = with_contract.replace("ARG BUILDER_IMAGE=local_builder\n", "");
    let plain = plain.replace("FROM ${BUILDER_IMAGE}", "FROM local_builder");
    assert_eq!(recipe(&compile(&*plain).target("kiro")), expected);
    // An argument that names an image wins.
    let named =
        compile(&*with_contract).arg("BUILDER_IMAGE", "ghcr.io/org/builder:v1").target("kiro");
    let run = named.run();
    assert_eq!(asked(&run, |key| matches!(key, Key::Published(_))), 0);
    run.compilation();
}

#[test]
fn the_recipe_depends_on_what_the_stage_is_made_of() {
    let same = recipe(&auto(DOCKERFILE));
    // Not on who asks, nor on what other stages do.
    for other in [
        auto(DOCKERFILE).target("other"),
        auto(DOCKERFILE).arg("HTTP_PROXY", "http://proxy"),
        auto(DOCKERFILE).arg("SOURCE_DATE_EPOCH", "1700000000"),
        auto(DOCKERFILE).opt("label:a", "b"),
        auto(DOCKERFILE).opt("no-cache", ""),
        auto(DOCKERFILE).platform("linux/amd64"),
        auto(
            &DOCKERFILE
                .replace("FROM debian AS kiro", "FROM debian AS kiro\nCOPY README /\nENV A=b"),
        ),
        auto(&DOCKERFILE.replace("FROM debian", "FROM alpine")),
        auto(&format!("# A comment.\n{DOCKERFILE}")),
        compile(DOCKERFILE).arg("BUILDER_IMAGE", "auto:registry.example.com/b").target("kiro"),
    ] {
        assert_eq!(recipe(&other), same);
    }
    let image = |text: &str| auto(DOCKERFILE).image("rust", config().env(text));
    for other in [
        auto(&DOCKERFILE.replace("cargo build", "cargo build --release")),
        auto(&DOCKERFILE.replace("RUN cargo", "ARG V=1\nRUN cargo")).arg("V", "2"),
        auto(&DOCKERFILE.replace("FROM rust", "FROM rust:2")),
        auto(&DOCKERFILE.replace("/build/agentd", "/build/agentd2")),
        auto(&format!("{DOCKERFILE}COPY --from=builder /build/more /\n")),
        auto(DOCKERFILE).platform("linux/arm64"),
        auto(DOCKERFILE).list("context", "other"),
        image("RUSTFLAGS=-O"),
    ] {
        assert_ne!(recipe(&other), same);
    }
}

#[test]
fn recipes_are_as_the_manual_has_them() {
    let recipe = recipe(&auto(DOCKERFILE));
    let lines: Vec<&str> = recipe.lines().collect();
    assert_eq!(lines[0], "aliasfront fingerprint 1");
    assert_eq!(lines[1], "platform linux/amd64");
    assert_eq!(
        &lines[2..5],
        ["take \"/build/agentd\"", "take \"/build/lib/*.so\"", "take \"/build/tools\""]
    );
    assert!(lines.iter().any(|line| line.starts_with("vertex 0 image sha256:")), "{recipe}");
    assert!(lines.iter().any(|line| line.contains(" files ")), "{recipe}");
    assert!(lines.last().unwrap().starts_with("config {"), "{recipe}");
    assert!(!recipe.contains("proxyEnv") && !recipe.contains("session"), "{recipe}");
}

#[test]
fn who_may_not_compile_is_told_what_to_publish() {
    let run = auto(DOCKERFILE).arg("ALIASFRONT_COMPILE", "never").run();
    let report = run.report();
    assert!(report.starts_with("7-7: alias builder: ghcr.io/org/builder:src-"), "{report}");
    assert!(report.contains(" is not there, and compile=never forbids to compile it"), "{report}");
    assert!(
        report.contains(
            "--target builder --build-arg ALIASFRONT_PUBLISH=packed -t ghcr.io/org/builder:src-"
        ),
        "{report}"
    );
}

#[test]
fn a_registry_that_cannot_be_asked_is_told_apart() {
    let failure = Failure {
        kind: FailureKind::Unreachable,
        message: "connection refused".to_owned(),
        ..Failure::default()
    };
    let run = auto(DOCKERFILE).unpublished_because(failure).run();
    let compilation = run.compilation();
    let why = Missing::Unknown("connection refused".to_owned());
    assert_eq!(publication(compilation).missing, Some(why));
    let message = compilation.message().unwrap();
    assert!(message.contains("cannot be looked for: connection refused"), "{message}");
    assert!(run.names().iter().any(|name| name.contains("cargo build")));
}

#[test]
fn who_cannot_look_compiles() {
    let failing = || auto(DOCKERFILE).unlisted("context", "too many files");
    let run = failing().run();
    let message = run.compilation().message().unwrap();
    let why =
        "since its image cannot be looked for: failed to list the files of context: too many files";
    assert!(message.contains(why), "{message}");
    assert!(run.names().iter().any(|name| name.contains("cargo build")));
    let report = failing().arg("ALIASFRONT_COMPILE", "never").run().report();
    assert!(report.contains("too many files, and compile=never forbids"), "{report}");
    // Whoever publishes needs the fingerprint.
    for build in [failing().arg("ALIASFRONT_PUBLISH", "full"), failing().purpose(Purpose::Name)] {
        let report = build.target("builder").run().report();
        assert!(report.contains("failed to list the files of context: too many files"), "{report}");
    }
}

#[test]
fn another_image_under_the_tag_is_refused() {
    let reference = publication(auto(DOCKERFILE).run().compilation()).reference.clone();
    for (image, says) in [
        (config(), "it has no label aliasfront.fingerprint"),
        (
            config().label("aliasfront.fingerprint", "0123"),
            "its label aliasfront.fingerprint says 0123",
        ),
    ] {
        for verify in ["files", "off"] {
            let build = auto(DOCKERFILE).arg("ALIASFRONT_VERIFY", verify);
            let report = build.published(&reference, image.clone()).run().report();
            assert!(report.contains(says), "{report}");
        }
    }
}

#[test]
fn a_pack_of_another_dockerfile_is_told_as_such() {
    let image = config().label("aliasfront.content", "packed");
    let build = compile(DOCKERFILE).arg("BUILDER_IMAGE", "ghcr.io/org/builder:v1").target("kiro");
    let report =
        build.image("ghcr.io/org/builder:v1", image).lacking("/build/agentd").run().report();
    assert!(report.contains("the image is packed, from another Dockerfile"), "{report}");
}

#[test]
fn contracts_are_about_the_repository() {
    let with = |contract: &str| {
        let from = "FROM ${BUILDER_IMAGE} AS builder";
        auto(&DOCKERFILE.replace(from, &format!("# alias {contract}\n{from}")))
    };
    let reference = publication(auto(DOCKERFILE).run().compilation()).reference.clone();
    let fingerprint = reference.rsplit_once("src-").unwrap().1;
    let image = config().label("aliasfront.fingerprint", fingerprint);
    for contract in
        ["allow=ghcr.io/org/*", "allow=ghcr.io/org/builder:v*", "pin=digest", "fresh=revision"]
    {
        with(contract).published(&reference, image.clone()).run().compilation();
    }
    let run = with("allow=ghcr.io/other/*").run();
    assert!(run.report().contains("is not allowed by allow=ghcr.io/other/*"), "{}", run.report());
    assert_eq!(asked(&run, |key| matches!(key, Key::Published(_) | Key::Content(_))), 0);
}

#[test]
fn what_cannot_be_found_is_an_error() {
    let image_by_default = "ARG BUILDER_IMAGE=rust\nFROM ${BUILDER_IMAGE} AS builder\n";
    for (build, says) in [
        (
            compile(image_by_default).arg("BUILDER_IMAGE", "auto:x"),
            "no FROM uses BUILDER_IMAGE with a stage as its default",
        ),
        (auto(DOCKERFILE).arg("BUILDER_IMAGE", "auto:"), "names no repository"),
        (
            auto(DOCKERFILE).arg("BUILDER_IMAGE", "auto:x:v1"),
            "the tag follows from what is compiled",
        ),
        (auto(DOCKERFILE).arg("ALIASFRONT_AUTO", "on"), "AUTO=on is not one of off"),
        (auto(DOCKERFILE).arg("ALIASFRONT_WAIT", "soon"), "soon is no number of seconds"),
        (auto(DOCKERFILE).arg("ALIASFRONT_PUBLISH", "pack"), "did you mean packed?"),
        (
            compile("# alias auto=x\nFROM rust AS builder\n"),
            "auto= above stage builder has no stage to compile",
        ),
    ] {
        let report = build.run().report();
        assert!(report.contains(says), "{says}: {report}");
    }
}

fn publish(dockerfile: &str, holds: &str) -> Build {
    compile(dockerfile).arg("ALIASFRONT_PUBLISH", holds).target("builder")
}

#[test]
fn a_pack_holds_what_the_stages_take() {
    let run = publish(DOCKERFILE, "packed").run();
    let compilation = run.compilation();
    let publication = publication(compilation);
    assert_eq!(publication.missing, Some(Missing::NotAsked));
    let Taken::Paths(paths) = &*publication.recipe.taken else { panic!("{publication:?}") };
    let paths: Vec<&str> = paths.keys().map(|taken| taken.path.as_str()).collect();
    assert_eq!(paths, ["/build/agentd", "/build/lib/*.so", "/build/tools"]);
    let labels = &compilation.config.config.labels;
    assert_eq!(labels["aliasfront.content"], "packed");
    assert_eq!(labels["aliasfront.paths"], r#"["/build/agentd","/build/lib/*.so","/build/tools"]"#);
    assert_eq!(labels["aliasfront.fingerprint"], publication.fingerprint().to_string());
    assert!(compilation.config.config.env.is_empty(), "{:?}", compilation.config);
    assert!(
        run.names().iter().any(|name| name == "[alias builder] pack 3 paths"),
        "{:?}",
        run.names()
    );
    // It is the one that others look for.
    let other = auto(DOCKERFILE).run();
    assert_eq!(self::publication(other.compilation()).fingerprint(), publication.fingerprint());
    let full = publish(DOCKERFILE, "full").run();
    assert_eq!(full.compilation().config.config.labels["aliasfront.content"], "full");
    let stage = compile(DOCKERFILE).target("local_builder").run();
    assert_eq!(full.compilation().definition.def, stage.compilation().definition.def);
}

#[test]
fn more_than_files_is_not_packed() {
    let from = |text: &str| format!("{DOCKERFILE}{text}");
    let check = "FROM ${BUILDER_IMAGE} AS builder\nRUN test -x /build/agentd";
    for (dockerfile, says, line) in [
        (from("FROM builder AS debug\nCMD sh\n"), "stage \"debug\" starts from it", "15-15"),
        (
            DOCKERFILE.replace("FROM ${BUILDER_IMAGE} AS builder", check),
            "stage \"builder\" runs commands on it",
            "8-8",
        ),
        (from("COPY --from=builder / /all\n"), "all of it is taken", "15-15"),
        (from("COPY --from=builder /a*/b /all/\n"), "/a*/b has wildcards in directories", "15-15"),
        (
            from("COPY --from=builder /$WHO/b /all/\n"),
            "has a variable that only an image may set",
            "15-15",
        ),
    ] {
        let report = publish(&dockerfile, "packed").run().report();
        assert!(report.contains(says) && report.starts_with(line), "{says}: {report}");
        assert!(report.contains("ALIASFRONT_PUBLISH=full"), "{report}");
        publish(&dockerfile, "full").run().compilation();
    }
    let nothing = "ARG B=l\nFROM rust AS l\nRUN x\nFROM ${B} AS builder\n";
    let report = publish(nothing, "packed").run().report();
    assert!(report.contains("there is nothing to pack"), "{report}");
    let report = publish(DOCKERFILE, "packed").target("kiro").run().report();
    assert!(report.contains("target \"kiro\" is no alias with a compile stage"), "{report}");
    let given = publish(DOCKERFILE, "packed").arg("BUILDER_IMAGE", "ghcr.io/org/builder:v1");
    assert!(given.run().report().contains("and it is given \"ghcr.io/org/builder:v1\""));
}

#[test]
fn what_is_published_already_is_not_compiled_again() {
    let reference = publication(auto(DOCKERFILE).run().compilation()).reference.clone();
    let fingerprint = reference.rsplit_once("src-").unwrap().1;
    let image = config().label("aliasfront.fingerprint", fingerprint).env("A=b");
    let build = auto(DOCKERFILE).arg("ALIASFRONT_PUBLISH", "packed").target("builder");
    let run = build.published(&reference, image).run();
    assert!(!run.names().iter().any(|name| name.contains("cargo build")), "{:?}", run.names());
    assert_eq!(run.compilation().config.config.labels["aliasfront.fingerprint"], fingerprint);
    assert_eq!(run.compilation().definition.def.len(), 2);
}

#[test]
fn the_name_is_told_and_nothing_is_looked_for() {
    let run = auto(DOCKERFILE).target("builder").purpose(Purpose::Name).run();
    let publication = publication(run.compilation());
    assert_eq!(publication.missing, Some(Missing::NotAsked));
    assert!(publication.reference.starts_with("ghcr.io/org/builder:src-"));
    assert_eq!(asked(&run, |key| matches!(key, Key::Published(_))), 0);
    let other = auto(DOCKERFILE).run();
    assert_eq!(self::publication(other.compilation()).reference, publication.reference);
    // Without a repository it is the tag.
    let run = compile(DOCKERFILE).target("builder").purpose(Purpose::Name).run();
    assert_eq!(
        format!("ghcr.io/org/builder:{}", self::publication(run.compilation()).reference),
        publication.reference
    );
}

#[test]
fn what_a_fingerprint_does_not_cover_is_told_once() {
    let dockerfile = DOCKERFILE.replace(
        "COPY src src\n",
        "COPY src src\nADD https://example.com/a /\nADD https://github.com/org/repo.git#main /r\n\
         RUN --mount=type=secret,id=token x\n",
    );
    let found = |run: &Run| -> Vec<String> {
        let own = run.findings.iter().filter(|finding| finding.rule.name == "AliasNotRepeatable");
        own.map(|finding| finding.message.clone()).collect()
    };
    let told = found(&auto(&dockerfile).run());
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(found(&compile(&*dockerfile).target("kiro").run()), Vec::<String>::new());
    assert_eq!(found(&auto(DOCKERFILE).run()), Vec::<String>::new());
}
