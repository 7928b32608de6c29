//! Text from outside on its way to people: nothing that a terminal acts on, and no credentials.

use aliasfront_tests::gateway::{Fault, Files, Gateway, Image, Recording, Rpc};
use aliasfront_tests::graph::Graph;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::{
    DOCKERFILE, IMAGE, fail, files, message, overridden, prebuilt, probes, request, succeed, with,
};

/// A screen that is cleared, a title that is set, text that is turned around, and a line that is forged.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}1m\u{202e}y\u{2066}\u{7f}";
/// The same, as it is shown.
const SHOWN: &str = "x\\x1b[2J\\u009b1m\\u202ey\\u2066\\x7f";

/// A terminal shows all of it, and does nothing else.
fn harmless(text: &str) {
    let acts = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(acts), "{text:?}");
}

/// The image lacks what is needed; beside it is a file of a hostile name.
fn lacking(name: &str) -> Files {
    let mut files = Files::default();
    files.add_with_mode("/build/agentd", "x", 0o755);
    files.add(&format!("/build/{name}"), "x");
    files
}

#[tokio::test]
async fn names_of_files_in_images_are_shown() {
    let (recording, message) = fail(overridden(DOCKERFILE, lacking(HOSTILE))).await;
    harmless(&message);
    assert!(message.contains(SHOWN), "{message}");
    for warning in &recording.warnings {
        harmless(&warning.short);
    }
    // A name can't forge a line.
    let forged = "z\n  - all is fine";
    let (_, message) = fail(overridden(DOCKERFILE, lacking(forged))).await;
    assert!(message.contains("z\\n  - all is fine"), "{message}");
    let (check, _) = request(overridden(DOCKERFILE, lacking(HOSTILE)), "frontend.lint").await;
    let shown = check["buildError"]["message"].as_str().expect("a message");
    harmless(shown);
    assert!(shown.contains(SHOWN), "{shown}");
}

#[tokio::test]
async fn targets_of_links_are_shown() {
    let mut files = lacking("other");
    files.add_link("/build/cli", &format!("/gone/{HOSTILE}"));
    let (_, message) = fail(overridden(DOCKERFILE, files)).await;
    harmless(&message);
    assert!(message.contains(&format!("is a link to /gone/{SHOWN}")), "{message}");
}

#[tokio::test]
async fn the_final_message_is_one_line_for_each_alias() {
    let forged = format!("{HOSTILE}\nalias builder: 9 paths verified");
    let gateway = overridden(&with("fallback=local"), lacking(&forged));
    let recording = succeed(gateway).await;
    let message = message(&recording);
    harmless(&message);
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(&format!("{SHOWN}\\nalias builder")), "{message}");
    for warning in &recording.warnings {
        harmless(&warning.short);
        assert!(!warning.short.contains('\n'), "{}", warning.short);
    }
    let gateway = overridden(&with("fallback=local"), lacking(&forged));
    let (plan, text) = request(gateway, "frontend.plan").await;
    harmless(&text);
    // For programs it is what it is, and what stands in the file is harmless.
    let reason = plan["platforms"][0]["aliases"][0]["fellBack"].as_str().expect("a reason");
    assert!(reason.contains(SHOWN), "{reason}");
}

#[tokio::test]
async fn errors_of_registries_are_shown_without_credentials() {
    let error = format!(
        "{HOSTILE} Get \"https://user:hunter2@ghcr.io/v2/?X-Amz-Signature=abcdef&X-Amz-Date=1\": EOF"
    );
    let gateway = overridden(DOCKERFILE, files()).image(IMAGE, Image::failing(&error));
    let (_, message) = fail(gateway).await;
    harmless(&message);
    assert!(message.contains(SHOWN), "{message}");
    assert!(!message.contains("hunter2") && !message.contains("abcdef"), "{message}");
    assert!(
        message.contains("https://***@ghcr.io/v2/?X-Amz-Signature=***&X-Amz-Date=1"),
        "{message}"
    );
}

#[tokio::test]
async fn triggers_are_shown() {
    for trigger in [format!("NO{HOSTILE} x"), format!("COPY --from=none --{HOSTILE} a b")] {
        let gateway = Gateway::new()
            .dockerfile("FROM hostile\n")
            .image("docker.io/library/hostile:latest", Image::with_triggers(&[&trigger]));
        let (_, message) = fail(gateway).await;
        harmless(&message);
    }
}

#[tokio::test]
async fn steps_that_look_at_images_are_named_harmlessly() {
    let local = format!("made{HOSTILE}");
    let gateway = prebuilt(DOCKERFILE, files())
        .opt("target", "kiro")
        .opt("context:builder", &format!("local:{local}"))
        .local(&local, files());
    let recording = succeed(gateway).await;
    let probes = probes(&recording);
    assert!(!probes.is_empty());
    for name in probes.iter().filter_map(|probe| probe.graph.as_ref()).flat_map(Graph::names) {
        harmless(name);
    }
}

#[tokio::test]
async fn views_are_harmless() {
    let dockerfile = format!(
        "# A {HOSTILE} comment\n# check=skip=all\nARG TEXT={HOSTILE}\n# final {HOSTILE}\nFROM debian AS final\n\
         # MODE is {HOSTILE}\nARG MODE=a{HOSTILE}\nRUN --mount=type=secret,id=a echo $MODE {HOSTILE}\n\
         COPY a{HOSTILE} /\n"
    );
    for view in
        ["frontend.plan", "frontend.outline", "frontend.targets", "frontend.subrequests.describe"]
    {
        let gateway = Gateway::new().dockerfile(dockerfile.as_str()).context_file("a", "x");
        let recording = succeed(gateway.opt("requestid", view)).await;
        let metadata = &recording.result().expect("a result").metadata;
        for key in ["result.txt", "result.json"] {
            let text = String::from_utf8(metadata[key].clone()).expect("text");
            harmless(&text);
        }
    }
    let gateway = Gateway::new().dockerfile(dockerfile.as_str());
    let (outline, text) = request(gateway, "frontend.outline").await;
    let mode = outline["args"].as_array().expect("args").iter().find(|arg| arg["name"] == "MODE");
    let mode = mode.expect("the argument");
    // Clients print the values.
    assert_eq!(mode["value"], format!("a{SHOWN}"));
    assert_eq!(mode["description"], format!("is {SHOWN}"));
    assert!(text.contains(SHOWN), "{text}");
    let gateway =
        Gateway::new().dockerfile(dockerfile.as_str()).build_arg("ALIASFRONT_WHY", "final");
    let (_, text) = request(gateway, "frontend.why").await;
    harmless(&text);
}

#[tokio::test]
async fn warnings_are_harmless() {
    let gateway = || overridden(&with("fallback=local"), lacking(HOSTILE));
    let recording = succeed(gateway()).await;
    assert!(recording.warnings.iter().any(|warning| warning.short.contains(SHOWN)));
    for warning in &recording.warnings {
        harmless(&warning.short);
    }
    let (check, text) = request(gateway().opt("target", "kiro"), "frontend.lint").await;
    harmless(&text);
    assert!(check.to_string().contains("x1b"), "{check}");
    for warning in check["warnings"].as_array().expect("warnings") {
        harmless(warning["detail"].as_str().unwrap_or_default());
    }
}

/// What no answer may have.
const TOKEN: &str = "hunter2-hunter2";

#[tokio::test]
async fn what_secrets_flow_into_is_hidden() {
    let dockerfile = "\
ARG API_TOKEN
ARG URL=https://u:${API_TOKEN}@example.com/x
ARG GITHUB_PAT=ghp_0123456789
ARG DATABASE_URL=postgres://u:pw@db/x
ARG PLAIN=shown
FROM debian AS base
ARG API_TOKEN
ARG PART=x-${API_TOKEN#hunter2-}-y
ENV NPM_AUTHTOKEN=npm-secret OTHER=$API_TOKEN
WORKDIR /x/$API_TOKEN/y
WORKDIR /y/${API_TOKEN#hunter2-}
COPY a /z/$OTHER/$NPM_AUTHTOKEN
ENV NPM_AUTHTOKEN=another
FROM base AS final
ARG URL
ADD https://u:$API_TOKEN@example.com/x?sig=abcdef /
WORKDIR /deeper/$PART
";
    let gateway = || {
        Gateway::new()
            .dockerfile(dockerfile)
            .context_file("a", "x")
            .build_arg("API_TOKEN", TOKEN)
            .build_arg("ALIASFRONT_WHY", "base")
    };
    for view in ["frontend.plan", "frontend.why"] {
        let (json, text) = request(gateway(), view).await;
        for answer in [json.to_string(), text] {
            for secret in ["hunter2", "ghp_0123", "u:pw", "npm-secret", "another", "abcdef"] {
                assert!(!answer.contains(secret), "{secret} in {view}: {answer}");
            }
        }
    }
    let (plan, text) = request(gateway(), "frontend.plan").await;
    let args = plan["platforms"][0]["args"].as_array().expect("args");
    let value = |name: &str| args.iter().find(|arg| arg["name"] == name).map(|arg| &arg["value"]);
    assert_eq!(value("URL").expect("it"), "***");
    assert_eq!(value("PLAIN").expect("it"), "shown");
    assert!(text.contains("WORKDIR /x/***/y"), "{text}");
    // The build itself is what it is.
    let recording = succeed(gateway()).await;
    let config = &recording.result().expect("a result").metadata["containerimage.config"];
    assert!(String::from_utf8_lossy(config).contains(TOKEN));
}

#[tokio::test]
async fn secrets_in_the_names_of_images_are_hidden() {
    let dockerfile = DOCKERFILE.replacen("ARG", "ARG REPO_TOKEN\nARG", 1);
    let image = "ghcr.io/org/builder:v1-hunter2";
    let gateway = Gateway::new()
        .dockerfile(dockerfile)
        .image(image, Image::default().digest(crate::DIGEST))
        .source(&format!("docker-image://{image}@{}", crate::DIGEST), files())
        .opt("target", "kiro")
        .build_arg("REPO_TOKEN", "v1-hunter2")
        .build_arg("BUILDER_IMAGE", image);
    let recording = succeed(gateway).await;
    let message = message(&recording);
    assert!(message.contains("ghcr.io/org/builder:***@sha256"), "{message}");
    let metadata = &recording.result().expect("a result").metadata["frontend.aliases"];
    let aliases = STANDARD.decode(metadata).expect("base64");
    let aliases = String::from_utf8(aliases).expect("text");
    assert!(aliases.contains("builder:***@") && !aliases.contains("hunter2"), "{aliases}");
}

/// An image whose labels, environment, triggers and other texts are hostile.
fn with_hostile_config() -> Image {
    Image::with_config(json!({
        "architecture": "amd64", "os": "linux", "author": HOSTILE,
        "config": {
            "Labels": {
                "org.opencontainers.image.revision": format!("abcdef0{HOSTILE}\nforged"),
                HOSTILE: HOSTILE,
            },
            "Env": [format!("{HOSTILE}=x"), format!("MODE={HOSTILE}")],
            "User": HOSTILE, "WorkingDir": format!("/{HOSTILE}"), "OnBuild": [format!("ENV {HOSTILE}=x")],
        },
        "history": [{"created_by": HOSTILE}],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    }))
    .digest(crate::DIGEST)
}

#[tokio::test]
async fn labels_of_images_are_shown() {
    const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
    // Bases that bring hostile text along, too.
    let dockerfile = format!("{DOCKERFILE}FROM debian AS steps\nRUN echo $MODE\nWORKDIR x\n");
    let build = |contract: &str| {
        let contract = format!("\n# alias onbuild=allow {contract}\n");
        overridden(&dockerfile.replacen("\n\n", &contract, 1), files())
            .image(IMAGE, with_hostile_config())
            .image("docker.io/library/debian:latest", with_hostile_config())
            .opt("vcs:revision", REVISION)
            .build_arg("ALIASFRONT_WHY", "builder")
    };
    let (recording, message) = fail(build("fresh=revision")).await;
    harmless(&message);
    assert!(message.contains(&format!("made from revision abcdef0{SHOWN}\\nforged")), "{message}");
    let warned = |recording: &Recording| {
        let stale: Vec<_> =
            recording.warnings.iter().filter(|warning| warning.rule() == "AliasStale").collect();
        assert!(!stale.is_empty() && stale.iter().all(|it| it.short.contains(SHOWN)), "{stale:?}");
        for warning in &recording.warnings {
            harmless(&warning.short);
            for detail in &warning.detail {
                harmless(detail);
            }
        }
    };
    warned(&recording);
    let recording = succeed(build("")).await;
    warned(&recording);
    let told = crate::message(&recording);
    harmless(&told);
    assert!(told.contains("with its ONBUILD instructions"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let aliases = &recording.result().expect("a result").metadata["frontend.aliases"];
    let aliases = STANDARD.decode(aliases).expect("base64");
    harmless(&String::from_utf8(aliases).expect("text"));
    for view in ["frontend.plan", "frontend.why", "frontend.outline", "frontend.lint"] {
        for target in ["kiro", "steps"] {
            let gateway = build("").opt("target", target).opt("requestid", view);
            let recording = succeed(gateway).await;
            let metadata = &recording.result().expect("a result").metadata;
            for key in ["result.txt", "result.json"] {
                harmless(&String::from_utf8(metadata[key].clone()).expect("text"));
            }
        }
    }
    let (check, _) = request(build("fresh=revision"), "frontend.lint").await;
    let shown = check["buildError"]["message"].as_str().expect("a message");
    harmless(shown);
    assert!(shown.contains(SHOWN), "{shown}");
    for warning in check["warnings"].as_array().expect("warnings") {
        harmless(warning["detail"].as_str().unwrap_or_default());
    }
}

#[tokio::test]
async fn what_the_dockerfile_says_itself_is_told_as_it_is() {
    let dockerfile = "FROM debian AS base\nENV DB_PWD=base\nEXPOSE $DB_PWD\n";
    let (_, message) = fail(Gateway::new().dockerfile(dockerfile)).await;
    assert!(message.contains("invalid containerPort: base"), "{message}");
    // The same word is a secret where a build argument gives it.
    let given = "ARG API_TOKEN\nFROM debian\nARG API_TOKEN=hunter\nEXPOSE $API_TOKEN\n";
    let gateway = Gateway::new().dockerfile(given).build_arg("API_TOKEN", "hunter");
    let (_, message) = fail(gateway).await;
    assert!(message.contains("invalid containerPort: ***"), "{message}");
}

#[tokio::test]
async fn secrets_are_hidden_in_errors_whose_words_stay() {
    const START: &str = "ARG API_TOKEN\nFROM debian AS base\nARG API_TOKEN\n";
    for (dockerfile, words) in [
        ("ARG API_TOKEN\nFROM a/$API_TOKEN:+\n".to_owned(), "invalid reference format"),
        ("ARG API_TOKEN\nFROM missing/${API_TOKEN}\n".to_owned(), "not found"),
        ("ARG API_TOKEN\nFROM missing/${API_TOKEN#hunter2-}\n".to_owned(), "not found"),
        (format!("{START}EXPOSE $API_TOKEN\n"), "invalid containerPort: ***"),
        (format!("{START}EXPOSE ${{API_TOKEN#hunter2-}}\n"), "invalid containerPort: ***"),
        (format!("{START}EXPOSE ${{API_TOKEN%-*}}\n"), "invalid containerPort: ***"),
        (format!("{START}ENV OTHER=x-$API_TOKEN\nEXPOSE $OTHER\n"), "invalid containerPort: ***"),
        (
            format!("{START}ENV OTHER=x-$API_TOKEN\nEXPOSE ${{OTHER#x-hunter2-}}\n"),
            "invalid containerPort: ***",
        ),
        (format!("{START}EXPOSE $NPM_AUTHTOKEN\n"), "invalid containerPort: ***"),
        (format!("{START}COPY --chmod=$API_TOKEN a /\n"), "***"),
        (format!("{START}STOPSIGNAL $API_TOKEN\nCOPY --from=$API_TOKEN a /\n"), "***"),
    ] {
        let missing = |name: &str| Image::missing(&format!("missing/{name}: not found"));
        let base = Image::with_config(json!({
            "architecture": "amd64", "os": "linux",
            "config": {"Env": ["NPM_AUTHTOKEN=hunter2-too"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
        }));
        let gateway = || {
            Gateway::new()
                .dockerfile(dockerfile.as_str())
                .build_arg("API_TOKEN", TOKEN)
                .image("docker.io/library/debian:latest", base.clone())
                .image("docker.io/missing/hunter2:latest", missing("hunter2"))
                .image("docker.io/missing/hunter2-hunter2:latest", missing(TOKEN))
        };
        let (recording, message) = fail(gateway()).await;
        assert!(message.contains(words) && !message.contains("hunter2"), "{dockerfile}: {message}");
        for warning in &recording.warnings {
            assert!(!warning.short.contains("hunter2"), "{}", warning.short);
        }
        let (check, _) = request(gateway(), "frontend.lint").await;
        let error = check["buildError"]["message"].as_str().unwrap_or_default();
        assert!(!error.contains("hunter2"), "{error}");
        for warning in check["warnings"].as_array().expect("warnings") {
            let detail = warning["detail"].as_str().unwrap_or_default();
            assert!(!detail.contains("hunter2-h"), "{detail}");
        }
    }
}

#[tokio::test]
async fn secrets_are_hidden_in_what_is_verified_and_in_names_of_its_steps() {
    let dockerfile = DOCKERFILE.replacen("ARG", "ARG REPO_TOKEN\nARG", 1).replace(
        "AS kiro\n",
        "AS kiro\nARG API_TOKEN\nCOPY --from=builder /build/${API_TOKEN#hunter2-} /\n",
    );
    let image = "ghcr.io/org/builder:v1-hunter2";
    let build = |there: Files, found: Image| {
        Gateway::new()
            .dockerfile(dockerfile.as_str())
            .image(image, found)
            .source(&format!("docker-image://{image}@{}", crate::DIGEST), there.clone())
            .source(&format!("docker-image://{image}"), there)
            .opt("target", "kiro")
            .build_arg("BUILDER_IMAGE", image)
            .build_arg("API_TOKEN", TOKEN)
            .build_arg("REPO_TOKEN", "v1-hunter2")
    };
    let (recording, message) = fail(build(files(), Image::default().digest(crate::DIGEST))).await;
    assert!(message.contains("ghcr.io/org/builder:***@sha256"), "{message}");
    assert!(message.contains("/build/*** is not there"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    let probes = probes(&recording);
    let names: Vec<&str> =
        probes.iter().filter_map(|probe| probe.graph.as_ref()).flat_map(Graph::names).collect();
    let ours: Vec<_> = names.iter().filter(|name| name.starts_with("[alias ")).collect();
    assert!(!ours.is_empty(), "{names:?}");
    for name in ours {
        assert!(
            name.contains("verify ghcr.io/org/builder:***@") && !name.contains("hunter2"),
            "{name}"
        );
    }
    // A warning that names the image, in a build that succeeds.
    let mut there = files();
    there.add("/build/hunter2", "x");
    let recording = succeed(build(there, Image::default().digest(""))).await;
    let told =
        crate::warning(&recording, "AliasFromLocalStore", &["ghcr.io/org/builder:*** is from"]);
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn secrets_are_hidden_in_what_the_engine_says_of_a_build() {
    let dockerfile = "FROM debian\nARG API_TOKEN\nWORKDIR /x/$API_TOKEN\n";
    // A word of what it says is the secret.
    let (before, secret) = Fault::MESSAGE.rsplit_once(' ').expect("several words");
    let gateway = Gateway::new().dockerfile(dockerfile).build_arg("API_TOKEN", secret);
    let solves = succeed(gateway.clone()).await.solves.len();
    let gateway = gateway.misbehave_nth(Rpc::Solve, solves, Fault::Code(tonic::Code::Internal));
    let (_, message) = fail(gateway).await;
    assert!(message.contains(&format!("{before} ***")), "{message}");
    assert!(!message.contains(secret), "{message}");
}
