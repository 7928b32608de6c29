//! The examples of the rules' pages, compiled: what is said to be found is found, and what is said to be better has no
//! finding of any rule.

use buildkit_dockerfile::lint::{Documentation, Example};
use serde_json::json;

use crate::all;
use crate::common::{Build, Run, compile, config};

/// What is built with an example's flags.
fn build(documentation: &Documentation, example: &Example) -> Build {
    let mut build = compile(example.dockerfile).lint();
    for (flag, value) in example.flags {
        let pair = || value.split_once('=').expect("NAME=VALUE");
        build = match *flag {
            "--build-arg" => build.arg(pair().0, pair().1),
            // Clients hand on what they don't know as it is.
            "--build-context" if pair().1.starts_with("docker-image:") => {
                build.named_context(pair().0, pair().1)
            }
            // Clients send directories as local sources.
            "--build-context" => build.named_context(pair().0, &format!("local:{}", pair().0)),
            "--target" => build.target(value),
            "--platform" => build.platform(value),
            _ => panic!("{flag} is no flag of examples"),
        };
    }
    if !example.ignored.is_empty() {
        build = build.ignore_file("context", example.ignored);
    }
    let name = documentation.rule.name;
    if documentation.rule.experimental {
        build = build.arg("BUILDKIT_DOCKERFILE_CHECK", &format!("experimental={name}"));
    }
    build
}

/// The build with what the page says of the images, where the rule is about that.
fn in_its_world(name: &str, build: Build) -> Build {
    const BUILDER: &str = "ghcr.io/org/builder:v1";
    match name {
        "AliasFellBack" => build.missing(BUILDER),
        "AliasFromLocalStore" => build.stored_locally(BUILDER),
        "AliasNotVerified" => build.without_files_of_images(),
        "AliasStale" => build.image(
            BUILDER,
            config().field("Labels", json!({ "org.opencontainers.image.revision": "90ab3d7" })),
        ),
        "InvalidBaseImagePlatform" => {
            build.image("example.com/only-for-arm64", config().on("linux/arm64"))
        }
        _ => build,
    }
}

fn run(documentation: &Documentation, example: &Example) -> Run {
    in_its_world(documentation.rule.name, build(documentation, example)).run()
}

#[test]
fn every_rule_has_an_example_of_each_side() {
    for Documentation { rule, examples, .. } in all() {
        for is_found in [true, false] {
            let shown = examples.iter().any(|example| example.is_found == is_found);
            assert!(shown, "{}: nothing is {is_found}", rule.name);
        }
    }
}

#[test]
fn examples_show_what_they_say() {
    let mut failures = Vec::new();
    for documentation in all() {
        let name = documentation.rule.name;
        for example in documentation.examples {
            let run = run(&documentation, example);
            let found: Vec<String> = run
                .findings
                .iter()
                .map(|finding| format!("{}: {}", finding.rule.name, finding.message))
                .collect();
            let by_rule = run.findings.iter().filter(|finding| finding.rule.name == name).count();
            let is_right = if example.is_found {
                by_rule > 0
            } else {
                run.findings.is_empty() && run.result.is_ok()
            };
            if !is_right {
                let error = run.result.err().map(|error| error.message);
                failures.push(format!(
                    "{name}, {}:\n{}found: {found:#?}\nerror: {error:?}",
                    if example.is_found { "found" } else { "better" },
                    example.dockerfile
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
