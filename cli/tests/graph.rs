//! Pictures of builds.

use std::collections::BTreeMap;

use aliasfront_cli::graph::Picture;
use aliasfront_cli::images::Known;
use aliasfront_cli::local::Local;
use aliasfront_cli::outside::Outside;
use aliasfront_cli::request::Request;
use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::question::{Image, ImageFact};
use aliasfront_compiler::{Compilation, Purpose};
use serde_json::Value;

const DOCKERFILE: &str = "ARG B=local\nFROM rust:1 AS local\nRUN make\nFROM ${B} AS builder\nFROM debian AS \
                          other\nFROM debian AS app\nRUN --mount=from=builder,target=/b --mount=from=tools,target=/t \
                          make\nCOPY --from=builder /a /\nCOPY --from=builder /b /\nFROM rust:1 AS unused\nRUN make\n\
                          COPY --from=local /x /\nFROM app\n";

/// Compiles the Dockerfile with build arguments.
async fn compile(args: &[(&str, &str)]) -> Compilation {
    let opts = args.iter().map(|(name, value)| (format!("build-arg:{name}"), (*value).to_owned()));
    let file = ("Dockerfile".to_owned(), DOCKERFILE.as_bytes().into());
    let request = Request {
        opts: opts.collect(),
        locals: BTreeMap::from([
            ("dockerfile".to_owned(), Local::Files(BTreeMap::from([file]))),
            ("context".to_owned(), Local::empty()),
        ]),
        session: String::new(),
        platform: Platform::new("linux", "amd64", ""),
    };
    let images = Known(|image: &Image| {
        let config = r#"{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:0"]}}"#;
        Ok(ImageFact {
            reference: image.reference.clone(),
            digest: format!("sha256:{}", "1".repeat(64)),
            config: config.into(),
        })
    });
    let outside = Outside::new(request.locals.clone(), images);
    let job = request.job().unwrap();
    let compilations = job.compilations(Purpose::Build, &outside).await.result.unwrap();
    compilations.into_iter().next().unwrap()
}

/// The nodes and edges of a picture, a line each.
fn lines(picture: &Picture) -> Vec<String> {
    let picture: Value = serde_json::from_slice(&picture.json()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kept = |value: &Value| if value["kept"] == true { "" } else { " pruned" };
    let mut names = BTreeMap::new();
    let mut lines = Vec::new();
    for node in picture["nodes"].as_array().unwrap() {
        names.insert(text(&node["id"]), text(&node["name"]));
        lines.push(format!("{} {}{}", text(&node["kind"]), text(&node["name"]), kept(node)));
    }
    for edge in picture["edges"].as_array().unwrap() {
        lines.push(format!(
            "{} -> {} {} {}{}",
            names[&text(&edge["from"])],
            names[&text(&edge["to"])],
            text(&edge["kind"]),
            edge["count"],
            kept(edge)
        ));
    }
    lines
}

#[tokio::test]
async fn stages_are_drawn_with_what_they_are_made_of() {
    let lines = lines(&Picture::of(&compile(&[]).await));
    for line in [
        "stage local",
        "alias builder",
        "stage other pruned",
        "stage unused pruned",
        "target stage-5",
        "image tools",
        "image rust:1",
        "rust:1 -> local base 1",
        "rust:1 -> unused base 1 pruned",
        "local -> builder alias 1",
        "builder -> app copy 2",
        "builder -> app mount 1",
        "tools -> app mount 1",
        "local -> unused copy 1 pruned",
        "app -> stage-5 base 1",
    ] {
        assert!(lines.iter().any(|known| known == line), "{line}\n{lines:#?}");
    }
}

#[tokio::test]
async fn what_an_alias_became_is_drawn() {
    let compilation = compile(&[("B", "ghcr.io/org/b:1")]).await;
    let picture = Picture::of(&compilation);
    let lines = lines(&picture);
    for line in ["stage local pruned", "ghcr.io/org/b:1 -> builder alias 1", "image rust:1 pruned"]
    {
        assert!(lines.iter().any(|known| known == line), "{line}\n{lines:#?}");
    }
    let mermaid = String::from_utf8(picture.mermaid()).unwrap();
    assert!(mermaid.contains("([\"ghcr.io/org/b:1\"])"), "{mermaid}");
    assert!(mermaid.contains("-->|COPY ×2| "), "{mermaid}");
    // Every line of an edge is about nodes that there are.
    let is_node = |id: &str| {
        let is_it = |line: &str| {
            line.trim_start().strip_prefix(id).is_some_and(|rest| rest.starts_with(['[', '(', '{']))
        };
        mermaid.lines().any(is_it)
    };
    for line in mermaid.lines().filter(|line| line.contains(">|")) {
        let ends = [line.split_whitespace().next(), line.split_whitespace().last()];
        assert!(ends.into_iter().flatten().all(is_node), "{line}\n{mermaid}");
    }
}
