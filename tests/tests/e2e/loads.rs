//! Executables that are compiled on this machine find what they load, or the build fails: by what real linkers write
//! and real loaders read.

use std::{fs, path::Path, process::Command, sync::OnceLock};

use crate::{
    build::{Build, Outcome},
    container,
    engine::{docker, docker_prints, has_containerd_store, has_flag, registry},
    prebuilt::{is_known, says},
    project::Project,
};

/// The C library and the loader of this machine.
const LIBC: &str = "/lib/x86_64-linux-gnu/libc.so.6";
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
/// The versions that are taken from an older C library, and what is there in their place. Executables that are linked
/// here want the first one.
const NEWEST: [&str; 3] = ["GLIBC_2.34", "GLIBC_2.35", "GLIBC_2.36"];
const OLDER: [&str; 3] = ["GLIBC_2.04", "GLIBC_2.05", "GLIBC_2.06"];

/// What the executables do.
const MAIN: &str = "#include <stdio.h>\nint main(void) { puts(\"it starts\"); return 0; }\n";
const USES_LIBRARY: &str =
    "#include <stdio.h>\nconst char *said(void);\nint main(void) { puts(said()); return 0; }\n";
const LIBRARY: &str = "const char *said(void) { return \"it starts\"; }\n";

/// The images: a base with the C library of this machine, one with an older one, and a builder of executables.
struct Images {
    newer: String,
    older: String,
    builder: String,
    /// Whether there are executables for musl.
    musl: bool,
}

/// A build that takes an executable, with what else it does.
const DOCKERFILE: &str = "\
ARG BUILDER_IMAGE=local_builder
FROM BUILDER AS local_builder
RUN [\"/build/static\"]
# alias require=/build/EXECUTABLE,+x,+loads
FROM ${BUILDER_IMAGE} AS builder
FROM BASE AS agent
COPY --from=builder /build/EXECUTABLE /opt/bin/agentd
LABEL nonce=NONCE
ENTRYPOINT [\"/opt/bin/agentd\"]
";

/// The images, made once; `None` where nothing can be compiled here.
fn images() -> Option<&'static Images> {
    static MADE: OnceLock<Option<Images>> = OnceLock::new();
    MADE.get_or_init(|| {
        let project = Project::new(&[
            ("main.c", MAIN),
            ("uses.c", USES_LIBRARY),
            ("said.c", LIBRARY),
            (
                "Dockerfile",
                "FROM scratch AS base\nCOPY newer /\nFROM scratch AS older\nCOPY older /\n\
                 FROM scratch AS builder\nCOPY build /build\nLABEL nonce=NONCE\n",
            ),
        ]);
        let build = project.root().join("build");
        fs::create_dir(&build).expect("a folder can be made");
        let compile = |compiler: &str, arguments: &[&str]| {
            let mut command = Command::new(compiler);
            let command = command.args(arguments).current_dir(project.root());
            command.status().is_ok_and(|status| status.success())
        };
        if !compile("cc", &["main.c", "-o", "build/dynamic"]) {
            return None;
        }
        let link = ["-Wl,-rpath,$ORIGIN/../lib", "-Lbuild", "-lsaid"];
        for arguments in [
            &["-shared", "-fPIC", "said.c", "-Wl,-soname,libsaid.so.1", "-o", "build/libsaid.so.1"]
                [..],
            &["-shared", "-fPIC", "said.c", "-Wl,-soname,libsaid.so.1", "-o", "build/libsaid.so"],
            &[&["uses.c", "-o", "build/with-library"], &link[..]].concat(),
            &["-static", "main.c", "-o", "build/static"],
            &["-static-pie", "main.c", "-o", "build/static-pie"],
        ] {
            assert!(compile("cc", arguments), "{arguments:?}");
        }
        let musl = compile("musl-gcc", &["main.c", "-o", "build/musl"]);
        project.write("build/script", "#!/usr/bin/env python3\n");
        let script = build.join("script");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(script, executable).expect("modes can be set");
        let libc = fs::read(LIBC).expect("the machine has a C library");
        let loader = fs::read(LOADER).expect("the machine has a loader");
        for (folder, libc) in [("newer", libc.clone()), ("older", older(libc))] {
            project.write_bytes(&format!("{folder}{LIBC}"), &libc);
            project.write_bytes(&format!("{folder}{LOADER}"), &loader);
            for path in [LIBC, LOADER] {
                let path = project.root().join(format!("{folder}{path}"));
                let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                fs::set_permissions(path, executable).expect("modes can be set");
            }
        }
        let push = |target: &str| {
            let image = format!("{}/e2e/loads-{target}:{}", registry(), project.nonce());
            Build::new(&project).target(target).push(&image).succeeds();
            if !has_containerd_store() {
                docker_prints(&["image", "rm", &image]);
            }
            image
        };
        Some(Images { newer: push("base"), older: push("older"), builder: push("builder"), musl })
    })
    .as_ref()
}

/// A C library as it was before its newest versions: their names are others, so that loaders don't find them.
fn older(mut libc: Vec<u8>) -> Vec<u8> {
    for (newest, older) in NEWEST.iter().zip(OLDER) {
        let name = [newest.as_bytes(), b"\0"].concat();
        let place = libc.windows(name.len()).position(|window| window == name);
        let place = place.unwrap_or_else(|| panic!("{LIBC} has no {newest}"));
        libc[place..place + older.len()].copy_from_slice(older.as_bytes());
    }
    libc
}

/// A project whose agent takes an executable to a base, with more instructions.
fn project(images: &Images, executable: &str, base: &str, more: &str) -> Project {
    let dockerfile = DOCKERFILE
        .replace("EXECUTABLE", executable)
        .replace("FROM BUILDER", &format!("FROM {}", images.builder))
        .replace("FROM BASE", &format!("FROM {base}"))
        .replace("LABEL", &format!("{more}LABEL"));
    Project::new(&[("Dockerfile", &dockerfile)])
}

fn prebuilt<'a>(project: &'a Project, images: &Images) -> Build<'a> {
    Build::new(project).target("agent").arg("BUILDER_IMAGE", &images.builder)
}

/// Builds an image and returns what it prints when it is started, on its standard error, too.
fn printed(build: Build<'_>, project: &Project) -> (Outcome, String) {
    let image = format!("e2e/loads:{}", project.nonce());
    let outcome = build.tag(&image).succeeds();
    let run = docker().args(["run", "--rm", "--network=none", &image]).output();
    let output = run.expect("the docker client runs");
    docker_prints(&["image", "rm", "--force", &image]);
    (outcome, String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
#[ignore = "needs a Docker engine"]
fn a_c_library_that_is_older_than_the_builders() {
    let Some(images) = images().filter(|_| is_known()) else { return };
    // Without the contract: the build is green, and the image doesn't start.
    let project = project(images, "dynamic", &images.older, "");
    let text = fs::read_to_string(project.root().join("Dockerfile")).expect("a Dockerfile");
    project.write("Dockerfile", &text.replace(",+loads", ""));
    let (_, said) = printed(prebuilt(&project, images), &project);
    assert!(said.contains("version `GLIBC_2.34' not found"), "{said}");
    // With it: an error before the first step, of a build and of a check.
    project.write("Dockerfile", &text);
    let outcome = prebuilt(&project, images).fails();
    let lack = format!(
        "/build/dynamic cannot start in agent: wants GLIBC_2.34 of libc.so.6; {} has 2.33 ({LIBC}) (needed by line 8)",
        images.older
    );
    says(
        &outcome,
        &[&lack, "the contract in line 5 asks that it loads: require=/build/dynamic,+x,+loads"],
    );
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
    if has_flag("--call") {
        let outcome = prebuilt(&project, images).option("--call", "check,format=json").fails();
        let said = format!("{}{}", outcome.printed, outcome.progress.messages());
        assert!(said.contains("wants GLIBC_2.34"), "{said}");
    }
    // What the Dockerfile compiles itself is looked at, too, when it was built.
    let outcome = Build::new(&project).target("agent").fails();
    let lack = format!(
        "  - /opt/bin/agentd (/build/dynamic of alias builder (BUILDER_IMAGE → \"local_builder\"), line 8): wants GLIBC_2.34 of libc.so.6; agent, from {}, has 2.33",
        images.older
    );
    says(&outcome, &["agent (linux/amd64) cannot start", &lack]);
    // A newer one serves.
    let project = self::project(images, "dynamic", &images.newer, "");
    let (outcome, said) = printed(prebuilt(&project, images), &project);
    assert_eq!(said, "it starts\n");
    if has_flag("--call") {
        let line = "agent: /opt/bin/agentd finds what it loads";
        assert!(outcome.printed.contains(line), "{}", outcome.printed);
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn static_executables_start_anywhere() {
    let Some(images) = images().filter(|_| is_known()) else { return };
    for executable in ["static", "static-pie"] {
        for base in ["scratch", &images.older] {
            let project = project(images, executable, base, "");
            let (_, said) = printed(prebuilt(&project, images), &project);
            assert_eq!(said, "it starts\n", "{executable} on {base}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn libraries_that_are_missing_or_beside_the_executable() {
    let Some(images) = images().filter(|_| is_known()) else { return };
    let missing = project(images, "with-library", &images.newer, "");
    let outcome = prebuilt(&missing, images).fails();
    let lack = "/build/with-library cannot start in agent: needs libsaid.so.1, which is in none of /opt/lib, /lib/x86_64-linux-gnu, ";
    says(&outcome, &[lack]);
    assert_eq!(outcome.counts().executed, 0, "{:?}", outcome.executed());
    // A step that may bring it leaves it to the end.
    let step = "RUN [\"/opt/bin/static\", \"NONCE\"]\n";
    let copy = "COPY --from=builder /build/static /opt/bin/\n";
    let late = project(images, "with-library", &images.newer, &format!("{copy}{step}"));
    let outcome = prebuilt(&late, images).fails();
    says(&outcome, &["agent (linux/amd64) cannot start", "needs libsaid.so.1"]);
    assert_eq!(outcome.processes("/opt/bin/static"), 1);
    let beside = "COPY --from=builder /build/libsaid.so.1 /opt/lib/\n";
    let project = project(images, "with-library", &images.newer, beside);
    for build in [prebuilt(&project, images), Build::new(&project).target("agent")] {
        assert_eq!(printed(build, &project).1, "it starts\n");
    }
}

#[test]
#[ignore = "needs a Docker engine"]
fn another_c_library_and_scripts() {
    let Some(images) = images().filter(|_| is_known()) else { return };
    let scratch = project(images, "dynamic", "scratch", "");
    let outcome = prebuilt(&scratch, images).fails();
    says(&outcome, &[&format!("needs its interpreter {LOADER}, which is not there in scratch")]);
    let script = project(images, "script", "debian:bookworm-slim", "");
    let outcome = prebuilt(&script, images).fails();
    says(&outcome, &["is a script for python3, which is in none of /usr/local/sbin, "]);
    let python = project(images, "script", "python:3.11-slim-bookworm", "");
    prebuilt(&python, images).option("--output", "type=cacheonly").succeeds();
    if images.musl {
        let musl = project(images, "musl", &images.newer, "");
        let outcome = prebuilt(&musl, images).fails();
        let lack = "needs its interpreter /lib/ld-musl-x86_64.so.1, which is not there in ";
        says(&outcome, &[lack, "it is built for musl, and that has glibc"]);
        // With the loader, which is the C library, it starts.
        let loader = "COPY --chmod=0755 ld-musl-x86_64.so.1 /lib/\n";
        let musl = project(images, "musl", "scratch", loader);
        let libc = Path::new("/usr/lib/x86_64-linux-musl/libc.so");
        let libc = fs::read(libc).expect("musl's C library is beside its compiler");
        musl.write_bytes("ld-musl-x86_64.so.1", &libc);
        let image = format!("e2e/loads:{}", musl.nonce());
        prebuilt(&musl, images).tag(&image).succeeds();
        let said = container::answer(&image, "");
        docker_prints(&["image", "rm", "--force", &image]);
        assert_eq!(said, "it starts\n");
    }
}

/// A build that fails is told once, as without the contract.
#[test]
#[ignore = "needs a Docker engine"]
fn steps_that_fail_are_told_by_the_engine() {
    let Some(images) = images().filter(|_| is_known()) else { return };
    let failing = "RUN [\"/opt/bin/no-such-program\"]\n";
    let project = project(images, "dynamic", &images.newer, failing);
    let outcome = prebuilt(&project, images).fails();
    let messages = outcome.progress.messages();
    assert!(messages.contains("/opt/bin/no-such-program"), "{messages}");
    assert!(!messages.contains("cannot start"), "{messages}");
}
