//! `frontend.convertllb`: the graph that a build would solve.

use super::json::Json;
use super::request::RESULT_JSON;
use super::{Metadata, Request};
use crate::machine::Compilation;

/// Shows the vertices.
pub static REQUEST: Request = Request {
    name: "frontend.convertllb",
    version: "0.1.0",
    description: "Convert Dockerfile to LLB",
    opts: Some(&[]),
    metadata: &[RESULT_JSON],
    listed: false,
};

/// Answers with the vertices by their digests, with what is known about them and where they come
/// from.
pub fn convertllb(compilation: &Compilation) -> Metadata {
    REQUEST.answer([(RESULT_JSON, Json::from(compilation.definition.to_json()).to_bytes())])
}
