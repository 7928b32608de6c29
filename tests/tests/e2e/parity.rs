//! Cache parity: what the engine's own frontend built is found in the cache by ours, step by step.
//!
//! The engine's frontend is as old as the engine. Where it lowers a construct in another way than the version that
//! this project equals, the steps are listed in [`DIFFERENCES`] with the cause, and nowhere else.

use crate::{
    build::{Build, Outcome},
    engine::{self, Frontend, frontend},
    project::Project,
};

/// A step that runs again on an engine, and why.
struct Difference {
    /// The engine's version, as far as it matters.
    engine: &'static str,
    /// The case, as [`assert_cached`] is told.
    case: &'static str,
    /// What the step's name holds.
    step: &'static str,
    /// How its frontend differs.
    #[allow(dead_code, reason = "it is there to be read, and printed by Debug")]
    cause: &'static str,
}

const DIFFERENCES: &[Difference] = &[Difference {
    engine: "26.1",
    case: "bake",
    step: "--mount=type=secret",
    cause: "BuildKit 0.13 makes another vertex of a command with a secret than v0.32 does",
}];

/// Every step was taken from the cache, save the listed ones, and all of those ran.
#[track_caller]
pub(crate) fn assert_cached(case: &str, outcome: &Outcome) {
    let version = engine::version();
    let listed: Vec<_> = DIFFERENCES
        .iter()
        .filter(|difference| difference.case == case && version.starts_with(difference.engine))
        .collect();
    let executed = outcome.executed();
    let unexpected: Vec<_> = executed
        .iter()
        .filter(|name| !listed.iter().any(|difference| name.contains(difference.step)))
        .collect();
    assert!(unexpected.is_empty(), "{case}, engine {version}: these ran again: {unexpected:#?}");
    for difference in listed {
        assert!(
            executed.iter().any(|name| name.contains(difference.step)),
            "{case}, engine {version}: {:?} is listed but was cached",
            difference.step
        );
    }
    assert!(outcome.counts().cached > 0, "{case}: no step was seen at all");
}

struct Case {
    name: &'static str,
    dockerfile: &'static str,
    files: &'static [(&'static str, &'static str)],
    arguments: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "processes",
        dockerfile: "\
FROM busybox:1.35
ENV GREETING=hello
ARG WHO=NONCE
RUN echo $GREETING $WHO
RUN [\"/bin/sh\", \"-c\", \"echo NONCE in exec form\"]
SHELL [\"/bin/sh\", \"-e\", \"-c\"]
RUN echo in another shell
USER 1000:1000
RUN id -u
",
        files: &[],
        arguments: &[("WHO", "somebody NONCE")],
    },
    Case {
        name: "heredocs",
        dockerfile: "\
FROM busybox:1.35
RUN <<EOF
echo NONCE
echo two lines
EOF
COPY <<one <<two /texts/
NONCE
one
a word
two
",
        files: &[],
        arguments: &[],
    },
    Case {
        name: "mounts",
        dockerfile: "\
FROM busybox:1.35 AS source
RUN mkdir /made && echo NONCE > /made/word
FROM busybox:1.35
RUN --mount=type=bind,source=folder,target=/folder cat /folder/a
RUN --mount=type=bind,from=source,source=/made,target=/made,rw cat /made/word
RUN --mount=type=cache,target=/kept,id=e2e-NONCE,sharing=locked touch /kept/here
RUN --mount=type=tmpfs,target=/scratch touch /scratch/here
RUN --network=none echo no network
",
        files: &[("folder/a", "NONCE"), ("folder/b", "b")],
        arguments: &[],
    },
    Case {
        name: "copies",
        dockerfile: "\
FROM busybox:1.35 AS source
WORKDIR /made
RUN echo NONCE > word && cp word other
FROM busybox:1.35
WORKDIR /relative/one
WORKDIR two
COPY folder ./
COPY --chown=1000:1000 folder/a /owned/
COPY --chmod=0755 folder/a folder/b /modes/
COPY fold*/a /matched/
COPY --from=source /made/word /made/other /words/
COPY --from=source --chown=1:2 --chmod=600 /made /all
ADD folder/a /added/a
ADD archive.txt /added/
RUN echo NONCE
",
        files: &[("folder/a", "NONCE"), ("folder/b", "b"), ("archive.txt", "not one")],
        arguments: &[],
    },
    Case {
        name: "links",
        dockerfile: "\
FROM busybox:1.35 AS source
RUN echo NONCE > /word
FROM busybox:1.35
COPY --link folder /linked/
COPY --link --from=source /word /linked/word
RUN ls /linked
",
        files: &[("folder/a", "NONCE")],
        arguments: &[],
    },
    Case {
        name: "ignored files",
        dockerfile: "\
FROM busybox:1.35
COPY . /all/
RUN ls /all
",
        files: &[
            (".dockerignore", "**/*.log\nfolder/b\n!keep.log\n"),
            ("folder/a", "NONCE"),
            ("folder/b", "b"),
            ("x.log", "x"),
            ("keep.log", "kept"),
        ],
        arguments: &[],
    },
    Case {
        name: "stages",
        dockerfile: "\
ARG BASE=busybox:1.35
FROM $BASE AS one
ONBUILD RUN echo never here
RUN echo NONCE
FROM one AS two
LABEL a=b
EXPOSE 80
RUN echo NONCE again
FROM scratch
COPY --from=two /bin/busybox /bin/sh
RUN echo on an empty base
VOLUME /data
CMD [\"sh\"]
",
        files: &[],
        arguments: &[],
    },
];

#[test]
#[ignore = "needs a Docker engine"]
fn what_the_engines_own_frontend_built_is_cached() {
    if frontend() == Frontend::Builtin {
        // Compared with itself it says nothing.
        return;
    }
    for case in CASES {
        let project = Project::new(case.files);
        project.write("Dockerfile", case.dockerfile);
        // The Dockerfile differs in its first line: it must not be part of what is copied.
        let rules = case.files.iter().find(|(path, _)| *path == ".dockerignore");
        let rules = rules.map_or("", |(_, rules)| rules);
        project.write(".dockerignore", &format!("{rules}Dockerfile\n.dockerignore\n"));
        let images = [Frontend::Builtin, frontend()].map(|frontend| {
            let theirs = frontend == Frontend::Builtin;
            let tag = format!("aliasfront-e2e-parity:{}", if theirs { "theirs" } else { "ours" });
            let mut build = Build::new(&project).frontend(frontend).tag(&tag);
            for (name, value) in case.arguments {
                build = build.arg(name, &value.replace("NONCE", project.nonce()));
            }
            let outcome = build.succeeds();
            if theirs {
                assert!(outcome.counts().executed > 0, "{}: nothing ran at first", case.name);
            } else {
                assert_cached(case.name, &outcome);
            }
            engine::identity(&tag)
        });
        let [theirs, ours] = images;
        assert_eq!(theirs, ours, "{}: the images differ", case.name);
    }
}
