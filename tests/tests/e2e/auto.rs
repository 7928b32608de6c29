//! Builders that are found by what they are made of, on real engines.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::{
    build::{Build, Outcome},
    engine::{self, has_flag, pushed_digest, registry},
    prebuilt::{is_known, says},
    project::Project,
};

/// A builder with files, directories, modes and links, and agents that take from it.
const DOCKERFILE: &str = "\
ARG BASE=busybox:1.35
FROM ${BASE} AS local_builder
ARG LEVEL=1
ARG UNUSED=1
WORKDIR /build
COPY src src
COPY run.sh link ./
RUN echo NONCE > agentd && chmod 0750 agentd && chown 1000:1000 agentd && ln -s agentd current \\
    && mkdir -p lib/deep && chmod 0700 lib/deep && echo a > lib/deep/a && ln -s ../gone lib/dangling \\
    && echo x > x.so && echo y > y.so && chmod 4755 y.so && echo $LEVEL > level
# alias auto=REPOSITORY allow=REPOSITORY pin=digest
FROM local_builder AS builder
FROM busybox:1.35 AS kiro
COPY --from=builder /build/agentd /build/level /usr/bin/
COPY --from=builder /build/current /usr/bin/current
FROM busybox:1.35 AS other
COPY --from=builder /build/lib /lib2
COPY --from=builder /build/*.so /lib2/
RUN --mount=from=builder,source=/build/lib,target=/m cp /m/deep/a /copied
";

/// Something done to a project.
type Change<'a> = &'a dyn Fn();

/// A project whose builder is looked for in a repository of its own, and that repository.
fn project() -> (Project, String) {
    let project = Project::new(&[
        ("src/main.rs", "fn main() {}"),
        ("src/lib.rs", ""),
        ("run.sh", "#!/bin/sh\n"),
        ("not-copied", "NONCE"),
    ]);
    let repository = format!("{}/e2e/auto-{}", registry(), project.nonce());
    project.write("Dockerfile", &DOCKERFILE.replace("REPOSITORY", &repository));
    symlink("run.sh", project.root().join("link")).expect("links can be made");
    (project, repository)
}

/// What `--call=fingerprint` prints.
#[track_caller]
fn call(build: Build<'_>, format: &str) -> String {
    let flag = if has_flag("--call") { "--call" } else { "--print" };
    let mut command =
        build.target("builder").option(flag, format!("fingerprint{format}")).command();
    let Output { status, stdout, stderr } =
        command.env("BUILDX_EXPERIMENTAL", "1").output().expect("the docker client runs");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("the docker client prints text")
}

#[track_caller]
fn fingerprint(project: &Project) -> String {
    fingerprint_of(Build::new(project))
}

/// The name under which a build's builder is looked for.
#[track_caller]
pub(crate) fn fingerprint_of(build: Build<'_>) -> String {
    call(build, "").trim_end().to_owned()
}

/// Publishes the builder.
#[track_caller]
fn publish(project: &Project, holds: &str, reference: &str) -> Outcome {
    Build::new(project)
        .target("builder")
        .arg("ALIASFRONT_PUBLISH", holds)
        .push(reference)
        .succeeds()
}

/// The message at the build's end has this; older clients print none.
#[track_caller]
fn told(outcome: &Outcome, message: &str) {
    assert!(!has_flag("--call") || outcome.printed.contains(message), "{}", outcome.printed);
}

/// Whether the compile stage was compiled.
fn compiled(outcome: &Outcome) -> bool {
    outcome.executed().iter().any(|step| step.contains("local_builder") && step.contains("RUN"))
}

/// Every file of a target: its path, kind, mode, owner and content, or where it leads.
#[track_caller]
fn tree(build: Build<'_>, project: &Project, name: &str) -> Vec<String> {
    let folder = project.root().with_extension(name);
    let file = folder.with_extension("tar");
    let output = format!("type=tar,dest={}", file.display());
    build.option("--output", output).succeeds();
    fs::create_dir_all(&folder).expect("a folder can be made");
    let listed = Command::new("tar").arg("--numeric-owner").arg("-tvf").arg(&file).output();
    let listed = String::from_utf8(listed.expect("tar runs").stdout).expect("names are text");
    let unpacked = Command::new("tar").arg("-C").arg(&folder).arg("-xf").arg(&file).status();
    assert!(unpacked.expect("tar runs").success());
    let mut lines: Vec<String> = listed
        .lines()
        .map(|line| {
            // Mode, owner, size, date, time, and the rest: all but the times.
            let words: Vec<&str> = line.split_whitespace().collect();
            let path = words[5..].join(" ");
            let content = fs::read(folder.join(words[5])).unwrap_or_default();
            format!("{} {} {} {path} {:x?}", words[0], words[1], words[2], content.len())
        })
        .filter(|line| {
            line.contains("usr/bin/") || line.contains("lib2") || line.contains("copied")
        })
        .collect();
    lines.sort();
    fs::remove_dir_all(&folder).expect("the folder goes");
    fs::remove_file(&file).expect("the file goes");
    assert!(!lines.is_empty());
    lines
}

#[test]
#[ignore = "needs a Docker engine"]
fn one_publishes_and_others_find() {
    if !is_known() {
        return;
    }
    let (project, repository) = project();
    let reference = fingerprint(&project);
    assert!(reference.starts_with(&format!("{repository}:src-")), "{reference}");

    // Nothing is published yet: everybody compiles, and is told what to do.
    let outcome = Build::new(&project).target("kiro").succeeds();
    assert!(compiled(&outcome));
    let command =
        format!("--target builder --build-arg ALIASFRONT_PUBLISH=packed -t {reference} --push .");
    told(&outcome, &command);
    let compiled_trees =
        ["kiro", "other"].map(|target| tree(Build::new(&project).target(target), &project, target));
    let never = Build::new(&project).target("kiro").arg("ALIASFRONT_COMPILE", "never").fails();
    says(&never, &[&reference, "is not there, and compile=never forbids to compile it"]);

    for holds in ["packed", "full"] {
        publish(&project, holds, &reference);
        for (target, expected) in ["kiro", "other"].into_iter().zip(&compiled_trees) {
            let build = || Build::new(&project).target(target).arg("ALIASFRONT_COMPILE", "never");
            let outcome = build().option("--no-cache-filter", target).succeeds();
            assert!(!compiled(&outcome), "{holds}: {:?}", outcome.executed());
            told(&outcome, &format!("alias builder: auto → {reference}@sha256:"));
            assert_eq!(&tree(build(), &project, target), expected, "{holds} {target}");
        }
        // Publishing it again compiles nothing.
        let again = publish(&project, holds, &reference);
        assert!(!compiled(&again), "{:?}", again.executed());
    }

    // Another source is another builder.
    project.write("src/lib.rs", "// changed");
    let outcome = Build::new(&project).target("kiro").arg("ALIASFRONT_COMPILE", "never").fails();
    says(&outcome, &["is not there"]);
}

#[test]
#[ignore = "needs a Docker engine"]
fn packs_are_the_same_whenever_they_are_made() {
    if !is_known() {
        return;
    }
    let (project, repository) = project();
    let reference = fingerprint(&project);
    publish(&project, "packed", &reference);
    let first = pushed_digest(&reference);
    let other = format!("{repository}:other");
    // Nothing is found there, so that it is made again.
    Build::new(&project)
        .target("builder")
        .arg("ALIASFRONT_PUBLISH", "packed")
        .arg("ALIASFRONT_AUTO", "off")
        .option("--provenance", "false")
        .push(&other)
        .succeeds();
    let manifest = engine::pushed_manifest(&other);
    let again = engine::pushed_manifest(&format!("{repository}@{first}"));
    let layers = |manifest: &Value| {
        let manifest = match manifest["manifests"][0]["digest"].as_str() {
            Some(digest) => engine::pushed_manifest(&format!("{repository}@{digest}")),
            None => manifest.clone(),
        };
        (manifest["config"]["digest"].clone(), manifest["layers"].clone())
    };
    assert_eq!(layers(&manifest), layers(&again));
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_fingerprint_is_about_what_is_built() {
    if !is_known() {
        return;
    }
    let (project, _) = project();
    let root = project.root();
    let same = fingerprint(&project);
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode))
            .expect("modes can be set");
    };
    let run = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).current_dir(root).status();
        assert!(status.expect("the program runs").success(), "{program} {arguments:?}");
    };
    let unchanged: [(&str, &dyn Fn()); 6] = [
        ("nothing", &|| {}),
        ("a file that isn't copied", &|| project.write("not-copied", "changed")),
        ("a file that isn't copied, new", &|| project.write("docs/new", "new")),
        ("another time", &|| run("touch", &["-d", "2001-01-01", "src/main.rs", "src"])),
        ("another umask", &|| mode("src/main.rs", 0o664)),
        ("another user", &|| run("chown", &["1234:1234", "src/main.rs"])),
    ];
    for (what, change) in unchanged {
        change();
        assert_eq!(fingerprint(&project), same, "{what}");
    }
    assert_eq!(fingerprint_of(Build::new(&project).arg("UNKNOWN", "1")), same);
    assert_eq!(fingerprint_of(Build::new(&project).arg("HTTP_PROXY", "http://x")), same);
    let native = format!("linux/{}", if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" });
    assert_eq!(fingerprint_of(Build::new(&project).platforms(&native)), same, "the platform named");

    // Another checkout folder, whose files were made in another order.
    let copy = Project::new(&[]);
    for path in ["run.sh", "src/lib.rs", "src/main.rs", "Dockerfile"] {
        copy.write_bytes(path, &fs::read(root.join(path)).expect("the file is there"));
    }
    fs::set_permissions(
        copy.root().join("run.sh"),
        fs::metadata(root.join("run.sh")).expect("it is there").permissions(),
    )
    .expect("modes can be set");
    symlink("run.sh", copy.root().join("link")).expect("links can be made");
    assert_eq!(fingerprint(&copy), same, "another checkout");

    let write =
        |path: &str, text: &str| fs::write(root.join(path), text).expect("files can be written");
    let dockerfile = fs::read_to_string(root.join("Dockerfile")).expect("the Dockerfile is there");
    let changed: [(&str, Change<'_>, Change<'_>); 6] = [
        ("a line of source", &|| write("src/main.rs", "fn main() {} "), &|| {
            write("src/main.rs", "fn main() {}");
        }),
        ("a new file of source", &|| write("src/new.rs", ""), &|| {
            fs::remove_file(root.join("src/new.rs")).expect("it is there");
        }),
        ("the executable bit", &|| mode("run.sh", 0o755), &|| mode("run.sh", 0o644)),
        ("a link's target", &|| relink(root, "src"), &|| relink(root, "run.sh")),
        (".dockerignore", &|| write(".dockerignore", "src/lib.rs\n"), &|| {
            write(".dockerignore", "\n");
        }),
        (
            "an instruction",
            &|| write("Dockerfile", &dockerfile.replace("chmod 0750", "chmod 0755")),
            &|| write("Dockerfile", &dockerfile),
        ),
    ];
    for (what, change, undo) in changed {
        change();
        assert_ne!(fingerprint(&project), same, "{what}");
        undo();
        assert_eq!(fingerprint(&project), same, "{what}, undone");
    }
    assert_ne!(fingerprint_of(Build::new(&project).arg("LEVEL", "2")), same, "an argument");
    let other_base =
        Project::new(&[("Dockerfile", "FROM busybox:1.35\nRUN echo NONCE > /other\n")]);
    let base = format!("{}/e2e/base-{}", registry(), other_base.nonce());
    Build::new(&other_base).push(&base).succeeds();
    assert_ne!(fingerprint_of(Build::new(&project).arg("BASE", &base)), same, "another base image");
    // The recipe is what it is the hash of. Older clients only show text.
    if !has_flag("--call") {
        return;
    }
    let answer: Value =
        serde_json::from_str(&call(Build::new(&project), ",format=json")).expect("JSON");
    let answer = &answer["fingerprints"][0];
    let recipe = answer["recipe"].as_str().expect("a recipe");
    let hash = sha256(recipe);
    assert_eq!(answer["fingerprint"].as_str(), Some(hash.as_str()));
    assert!(same.ends_with(&hash));
}

fn relink(root: &Path, target: &str) {
    fs::remove_file(root.join("link")).expect("the link is there");
    symlink(target, root.join("link")).expect("links can be made");
}

/// The SHA-256 of a text, as the system's own program has it.
fn sha256(text: &str) -> String {
    let file = std::env::temp_dir().join(format!("aliasfront-recipe-{}", std::process::id()));
    fs::write(&file, text).expect("files can be written");
    let output = Command::new("sha256sum").arg(&file).output().expect("sha256sum runs");
    fs::remove_file(&file).expect("the file goes");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().unwrap_or_default().to_owned()
}
