//! Bills of materials and provenance, as the registry has them.

use serde_json::Value;

use crate::{
    build::Build,
    engine::{Frontend, docker_prints, frontend, has_containerd_store, registry},
    project::Project,
};

/// A scanner that lists what it is shown.
const SCANNER: &str = r#"
FROM busybox:1.35
COPY scan /bin/scan
CMD ["sh", "/bin/scan"]
"#;

const SCAN: &str = r#"
for source in $BUILDKIT_SCAN_SOURCE $BUILDKIT_SCAN_SOURCE_EXTRAS/*; do
    test -e $source || continue
    name=${source##*/}
    files=$(ls $source | tr '\n' ' ')
    type='"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document"'
    echo "{$type, \"predicate\": {\"name\": \"$name\", \"files\": \"$files\"}}" \
        > $BUILDKIT_SCAN_DESTINATION/$name.spdx.json
done
"#;

const DOCKERFILE: &str = "\
ARG BUILDKIT_SBOM_SCAN_CONTEXT=true
FROM busybox:1.35 AS build
ARG BUILDKIT_SBOM_SCAN_STAGE=true
ARG WHO
RUN echo NONCE $WHO > /made
FROM busybox:1.35
COPY --from=build /made /
COPY word /
LABEL a=b
";

/// What of an attestation differs between runs: times, and digests of sources that name a session.
const OF_A_RUN: [&str; 4] =
    ["digestMapping", "buildFinishedOn", "buildInvocationID", "buildStartedOn"];

/// What of it says which frontend it was.
const OF_A_FRONTEND: [&str; 4] = ["build-arg:BUILDKIT_SYNTAX", "cmdline", "source", "frontend"];

/// Takes out what may differ.
fn normalize(value: &mut Value, parent: &str) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                let of_frontend = ["args", "parameters"].contains(&parent)
                    && OF_A_FRONTEND.contains(&name.as_str());
                !of_frontend && !OF_A_RUN.contains(&name.as_str())
            });
            for (name, field) in fields {
                normalize(field, name);
            }
        }
        Value::Array(items) => {
            let of_frontend =
                |item: &Value| item["uri"].as_str().is_some_and(|uri| uri.contains("/aliasfront"));
            items.retain(|item| parent != "materials" || !of_frontend(item));
            // Before BuildKit 0.32, scanners were looked up for no platform in particular.
            for uri in items.iter_mut().filter_map(|item| item.get_mut("uri")) {
                let named = uri.as_str().and_then(|uri| uri.split_once("?platform="));
                if let Some(image) = named.map(|(image, _)| image.to_owned()) {
                    *uri = image.into();
                }
            }
            for item in items {
                normalize(item, parent);
            }
        }
        _ => {}
    }
}

fn attestation(image: &str, name: &str) -> Value {
    let format = format!("{{{{json .{name}}}}}");
    let printed = docker_prints(&["buildx", "imagetools", "inspect", image, "--format", &format]);
    let mut value = serde_json::from_str(&printed).expect("imagetools prints JSON");
    normalize(&mut value, "");
    value
}

#[test]
#[ignore = "needs a Docker engine"]
fn attestations_are_those_of_the_engines_own_frontend() {
    if !has_containerd_store() {
        // The client refuses to ask the classic store for them.
        return;
    }
    let scanner = Project::new(&[("Dockerfile", SCANNER), ("scan", SCAN)]);
    let scanner_image = format!("{}/e2e/scanner:{}", registry(), scanner.nonce());
    Build::new(&scanner).push(&scanner_image).succeeds();

    let project = Project::new(&[("Dockerfile", DOCKERFILE), ("word", "NONCE")]);
    let [theirs, ours] = [("theirs", Frontend::Builtin), ("ours", frontend())].map(|(tag, by)| {
        let image = format!("{}/e2e/attested-{tag}:{}", registry(), project.nonce());
        Build::new(&project)
            .frontend_by_argument(&by)
            .arg("WHO", "me")
            .option("--provenance", "mode=max")
            .option("--sbom", format!("generator={scanner_image}"))
            .push(&image)
            .succeeds();
        (attestation(&image, "SBOM"), attestation(&image, "Provenance"))
    });
    assert_eq!(theirs.0["AdditionalSPDXs"].as_array().map(Vec::len), Some(2), "{}", theirs.0);
    assert_eq!(ours.0, theirs.0);
    let steps = &theirs.1["SLSA"]["buildConfig"]["llbDefinition"];
    assert!(steps.as_array().is_some_and(|steps| steps.len() > 4), "{}", theirs.1);
    assert_eq!(ours.1, theirs.1);
}
