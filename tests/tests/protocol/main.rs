//! The frontend protocol, tested with the frontend binary on the test gateway.
//!
//! Each module is one part of the protocol. What the golden corpus covers isn't repeated here.

mod attestations;
mod cancellation;
mod concurrency;
mod content;
mod contexts;
mod engines;
mod epoch;
mod errors;
mod forwarding;
mod hardening;
mod hostile;
mod lint;
mod named_contexts;
mod needs;
mod options;
mod oversized;
mod requests;

use std::collections::BTreeMap;

use aliasfront_tests::frontend;
use aliasfront_tests::gateway::{Gateway, Recording};
use aliasfront_tests::graph::Graph;
use bollard_buildkit_proto::pb;
use buildkit_proto::pb::op;
use prost::Message;
use sha2::{Digest, Sha256};

/// Runs this repository's frontend on a gateway.
async fn build(gateway: Gateway) -> Recording {
    gateway.run(frontend::binary()).await.expect("the frontend starts")
}

/// Runs this repository's frontend on a gateway. The build has to succeed.
async fn succeed(gateway: Gateway) -> Recording {
    let recording = build(gateway).await;
    assert!(recording.result().is_some(), "{}", recording.words());
    assert_eq!(recording.exit_code(), Some(0), "{}", recording.words());
    recording
}

/// Runs this repository's frontend on a gateway. The build has to fail with an error, and the process with it.
async fn fail(gateway: Gateway) -> Recording {
    let recording = build(gateway).await;
    assert!(recording.error().is_some(), "{:?}: {}", recording.outcome, recording.words());
    assert!(recording.exit_code().is_some_and(|code| code != 0), "{}", recording.words());
    recording
}

/// Runs this repository's frontend on a gateway. The build has to fail with this message; a hint may follow.
async fn fail_with(gateway: Gateway, message: &str) -> Recording {
    let recording = fail(gateway).await;
    let error = &recording.error().expect("an error").message;
    assert_eq!(error.split("\nhint: ").next(), Some(message), "{error}");
    recording
}

/// The graph of a single result.
fn graph(recording: &Recording) -> &Graph {
    recording.result().and_then(|result| result.graph()).expect("a single graph")
}

/// The attributes of a source of a graph.
fn attrs<'a>(graph: &'a Graph, identifier: &str) -> &'a BTreeMap<String, String> {
    graph
        .vertices
        .iter()
        .find_map(|vertex| match &vertex.op.op {
            Some(op::Op::Source(source)) if source.identifier == identifier => Some(&source.attrs),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{identifier} is not among {:?}", graph.sources()))
}

/// An attribute of a source of a graph.
fn attr<'a>(graph: &'a Graph, identifier: &str, name: &str) -> Option<&'a str> {
    attrs(graph, identifier).get(name).map(String::as_str)
}

/// A definition of one source.
fn source(identifier: &str) -> pb::Definition {
    let source = pb::SourceOp { identifier: identifier.to_owned(), ..pb::SourceOp::default() };
    let vertex = pb::Op { op: Some(pb::op::Op::Source(source)), ..pb::Op::default() };
    let vertex = vertex.encode_to_vec();
    let digest = format!("sha256:{:x}", Sha256::digest(&vertex));
    let last = pb::Op {
        inputs: vec![pb::Input { digest: digest.clone(), index: 0 }],
        ..pb::Op::default()
    };
    let known = pb::OpMetadata {
        caps: [(buildkit_proto::caps::CONSTRAINTS.to_owned(), true)].into(),
        ..pb::OpMetadata::default()
    };
    pb::Definition {
        def: vec![vertex, last.encode_to_vec()],
        metadata: [(digest, known)].into(),
        ..pb::Definition::default()
    }
}
