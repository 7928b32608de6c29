//! `docker compose build`, with the engine's own frontend and with the tested one.

use std::process::Output;

use crate::{
    engine::{self, Frontend, docker, frontend, has_plugin, registry},
    project::Project,
};

/// What compose knows of a build. `SYNTAX` becomes the line that names the frontend, `TAG` the images' tag.
const COMPOSE: &str = "\
services:
  app:
    image: aliasfront-e2e-compose-app:TAG
    build:
      context: .
      target: app
      args:
        WHO: somebody NONCE
      labels:
        org.example.made: by compose
      platforms: [PLATFORM]
      shm_size: 64mb
      ulimits:
        nofile: {soft: 100, hard: 200}
      extra_hosts: [elsewhere=10.0.0.1]
      secrets: [token]
      additional_contexts:
        extra: ./extra
        replaced: docker-image://REGISTRY/base/busybox:1.35
        busybox:1.35: docker-image://REGISTRY/base/busybox:1.35
  inline:
    image: aliasfront-e2e-compose-inline:TAG
    build:
      context: ./extra
      dockerfile_inline: |
        SYNTAX
        FROM busybox:1.35
        COPY word /
        RUN cat /word && echo NONCE inline
      additional_contexts:
        busybox:1.35: docker-image://REGISTRY/base/busybox:1.35
secrets:
  token:
    file: ./token
";

/// The step with a secret is in a stage of its own: BuildKit 0.13 makes another vertex of it than v0.32, and only a
/// copy of what was there before is in the image.
const DOCKERFILE: &str = "\
ARG WHO=nobody
FROM nowhere AS replaced
RUN this is not built
FROM busybox:1.35 AS unreached
RUN exit 1
FROM busybox:1.35 AS lent
RUN --mount=type=secret,id=token,required test -s /run/secrets/token
FROM busybox:1.35 AS app
ARG WHO
RUN --mount=from=extra,target=/extra cat /extra/word && echo $WHO > /who
RUN test $(ulimit -n) = 100
COPY --from=lent /bin/busybox /lent
COPY --from=replaced /bin/busybox /copied
COPY a /
CMD [\"sh\"]
";

#[test]
#[ignore = "needs a Docker engine"]
fn compose_builds_the_same_images() {
    if !has_plugin("compose") {
        // The client that the machine brought lacks it. The engines that scripts/engine unpacks have it.
        return;
    }
    let project = Project::new(&[
        ("Dockerfile", DOCKERFILE),
        (".dockerignore", "Dockerfile\ncompose.yaml\n"),
        ("a", "NONCE"),
        ("extra/word", "NONCE"),
        ("token", "NONCE"),
    ]);
    let os_arch =
        engine::docker_prints(&["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
    // Newer versions hand a build to bake, unless they are told to do it themselves.
    for bake in ["true", "false"] {
        let images =
            [("theirs", Frontend::Builtin), ("ours", frontend())].map(|(tag, frontend)| {
                project.set_frontend(&frontend);
                let syntax = match &frontend {
                    Frontend::Builtin => "# the engine's own".to_owned(),
                    Frontend::Image(image) => format!("# syntax={image}"),
                };
                let compose = COMPOSE
                    .replace("SYNTAX", &syntax)
                    .replace("TAG", tag)
                    .replace("PLATFORM", os_arch.trim())
                    .replace("REGISTRY", &registry());
                project.write("compose.yaml", &compose);
                let mut command = docker();
                command.current_dir(project.root()).env("COMPOSE_BAKE", bake);
                command.args(["compose", "--project-name", "aliasfront-e2e", "build"]);
                let Output { status, stderr, .. } =
                    command.output().expect("the docker client runs");
                assert!(status.success(), "{tag}: {}", String::from_utf8_lossy(&stderr));
                ["app", "inline"].map(|service| {
                    engine::identity(&format!("aliasfront-e2e-compose-{service}:{tag}"))
                })
            });
        let [theirs, ours] = images;
        assert_eq!(theirs, ours, "with bake: {bake}");
        assert_eq!(ours[0].0["Labels"]["org.example.made"], "by compose");
    }
}
