//! Every vertex that the reference was recorded to emit encodes to its digest, and reads the same as
//! JSON.

mod support;

use buildkit_llb::Digest;
use buildkit_proto::json::ToJson;
use serde_json::Value;

#[test]
fn recorded_vertices_encode_to_their_digests() {
    let mut count = 0;
    for (name, case) in support::recordings() {
        // The one request that answers vertices without solving them.
        let converted = &case["metadata"]["result.json"]["def"];
        for (digest, op) in converted.as_object().into_iter().flatten() {
            check(&name, digest, op);
            count += 1;
        }
        let Some(refs) = case["refs"].as_object() else { continue };
        for vertex in refs.values().flat_map(|vertices| vertices.as_array().unwrap()) {
            check(&name, vertex["digest"].as_str().unwrap(), &vertex["op"]);
            count += 1;
        }
    }
    assert!(count > 400, "only {count} vertices found");
}

fn check(case: &str, digest: &str, json: &Value) {
    let op = support::op_from_json(json);
    assert_eq!(op.to_json(), *json, "{case}");
    assert_eq!(Digest::of(&op.into_bytes()).to_string(), digest, "{case}: {json}");
}
