//! `frontend.subrequests.describe`: which requests there are.

use aliasfront_gotext::tabwriter;

use super::json::Json;
use super::request::{Kind, RESULT_JSON, RESULT_TEXT};
use super::{Metadata, Request};

/// Lists the requests.
pub static REQUEST: Request = Request {
    name: "frontend.subrequests.describe",
    version: "1.0.0",
    description: "List available subrequest types",
    opts: None,
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: true,
};

const PREFIX: &str = "frontend.";
const PADDING: usize = 1;

/// Answers with the listed requests.
pub fn describe() -> Metadata {
    let all = || Kind::ALL.iter().map(|kind| kind.request());
    let listed = || all().filter(|request| request.listed);
    let mut table = String::from("NAME\tVERSION\tDESCRIPTION\n");
    for Request { name, version, description, .. } in listed() {
        let name = name.strip_prefix(PREFIX).unwrap_or(name);
        table.extend([name, "\t", version, "\t", description, "\n"]);
    }
    REQUEST.answer([
        (RESULT_JSON, Json::list(listed(), |request| request.to_json()).to_bytes()),
        (RESULT_TEXT, tabwriter::align(&table, PADDING).into_bytes()),
    ])
}
