//! Bills of materials, provenance, and the time of a source.

use aliasfront_tests::gateway::{Gateway, Recording};

use crate::{fail, graph, succeed};

const DOCKERFILE: &str = "\
ARG BUILDKIT_SBOM_SCAN_CONTEXT=true
FROM alpine AS build
ARG BUILDKIT_SBOM_SCAN_STAGE=true
RUN compile
FROM scratch
COPY --from=build /a /
COPY b /
";

fn scanned() -> Gateway {
    Gateway::new().dockerfile(DOCKERFILE).opt("attest:sbom", "generator=docker.io/org/scanner:1")
}

/// The graphs that scan: those whose command is the scanner's.
fn attested(recording: &Recording) -> Vec<(&String, usize)> {
    let result = recording.result().expect("a result");
    result.attestations.iter().map(|(key, list)| (key, list.attestation.len())).collect()
}

#[tokio::test]
async fn bills_of_materials_are_attached() {
    let recording = succeed(scanned()).await;
    assert_eq!(attested(&recording), [(&"linux/amd64".to_owned(), 1)]);
    assert!(
        recording.resolved().contains(&"docker.io/org/scanner:1|linux/amd64".to_owned()),
        "{:?}",
        recording.resolved()
    );
    let result = recording.result().expect("a result");
    let attestation = &result.attestations["linux/amd64"].attestation[0];
    let id = &attestation.r#ref.as_ref().expect("a ref").id;
    assert!(recording.solves.iter().any(|solve| solve.id == *id), "{id} wasn't solved");
}

#[tokio::test]
async fn every_platform_has_its_bill() {
    let recording = succeed(scanned().opt("platform", "linux/amd64,linux/arm64")).await;
    let keys: Vec<&str> = attested(&recording).into_iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["linux/amd64", "linux/arm64"]);
}

#[tokio::test]
async fn scanning_changes_nothing_of_the_result() {
    let with = succeed(scanned()).await;
    let without = succeed(Gateway::new().dockerfile(DOCKERFILE)).await;
    assert_eq!(graph(&with).head, graph(&without).head);
    assert!(attested(&without).is_empty());
}

#[tokio::test]
async fn a_scanner_is_needed() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("attest:sbom", "");
    let recording = succeed(gateway).await;
    assert_eq!(attested(&recording).len(), 1);

    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("attest:sbom", "generator=Bad//Ref");
    let error = fail(gateway).await;
    let message = &error.error().expect("an error").message;
    assert!(message.contains("failed to parse sbom scanner Bad//Ref"), "{message}");
}

#[tokio::test]
async fn provenance_needs_nothing_else() {
    let gateway = Gateway::new().dockerfile(DOCKERFILE).opt("attest:provenance", "mode=max");
    let recording = succeed(gateway).await;
    assert!(attested(&recording).is_empty());
    assert!(graph(&recording).source.is_some());
}

#[tokio::test]
async fn scanning_ignores_the_cache_where_the_target_does() {
    let ignored = |recording: &Recording| {
        let result = recording.result().expect("a result");
        let attestation = &result.attestations["linux/amd64"].attestation[0];
        let id = &attestation.r#ref.as_ref().expect("a ref").id;
        let solve = recording.solves.iter().find(|solve| solve.id == *id).expect("a solve");
        let graph = solve.graph.as_ref().expect("a graph");
        let scan = graph.vertices.iter().rev().find(|vertex| vertex.args().is_some());
        scan.expect("a scan").metadata.ignore_cache
    };
    assert!(!ignored(&succeed(scanned()).await));
    assert!(ignored(&succeed(scanned().opt("no-cache", "")).await));
}
