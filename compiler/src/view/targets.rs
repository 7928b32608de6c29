//! `frontend.targets`: which stages there are to build.

use aliasfront_gotext::tabwriter;
use buildkit_dockerfile::Dockerfile;

use buildkit_proto::json::go;

use super::json::{Json, Object};
use super::request::{RESULT_JSON, RESULT_TEXT};
use super::{Metadata, Request, location};

/// Lists the stages.
pub static REQUEST: Request = Request {
    name: "frontend.targets",
    version: "1.0.0",
    description: "List all targets current build supports",
    opts: Some(&[]),
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: true,
};
use crate::shown;

const PADDING: usize = 1;

/// Answers with the stages of a Dockerfile that was read from `source`, in their order. The last one
/// is the default.
pub fn targets(dockerfile: &Dockerfile, source: &[u8]) -> Metadata {
    let mut table = String::from("TARGET\tDESCRIPTION\n");
    let mut targets = Vec::with_capacity(dockerfile.stages.len());
    for (index, stage) in dockerfile.stages.iter().enumerate() {
        let default = index + 1 == dockerfile.stages.len();
        let name = stage.name.as_deref().unwrap_or_default();
        let description = shown::block(stage.description.as_deref().unwrap_or_default());
        let mark = match (name, default) {
            (_, false) => "",
            ("", true) => "(default)",
            (_, true) => " (default)",
        };
        table.extend([name, mark, "\t", &description, "\n"]);
        let platform = stage.platform.as_ref().map(|platform| platform.text.as_str());
        let object = Object::default()
            .filled("name", name)
            .filled("default", default)
            .filled("description", description)
            .filled("base", shown::block(&stage.base.text))
            .filled("platform", shown::block(platform.unwrap_or_default()))
            .with("location", go::location(&location::lines(&[stage.lines])));
        targets.push(Json::Object(object));
    }
    let targets = if targets.is_empty() { Json::Null } else { Json::Array(targets) };
    let result = Object::default()
        .with("targets", targets)
        .with("sources", Json::Array(vec![Json::bytes(source)]));
    REQUEST.answer([
        (RESULT_JSON, Json::Object(result).to_bytes()),
        (RESULT_TEXT, tabwriter::align(&table, PADDING).into_bytes()),
    ])
}
