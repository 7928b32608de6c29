//! `frontend.lint`: what rules found, and what the build would fail with.

use std::io::Write as _;

use aliasfront_gotext::sort;
use buildkit_dockerfile::lint::Finding;
use buildkit_llb::SourceMap;
use buildkit_proto::json::go;
use buildkit_proto::pb;

use super::json::{Json, Object};
use super::request::{RESULT_JSON, RESULT_STATUS, RESULT_TEXT};
use super::{Metadata, Request, frame, location};
use crate::error::Error;
use crate::shown;
use crate::source_file::SourceFile;

/// Checks the Dockerfile.
pub static REQUEST: Request = Request {
    name: "frontend.lint",
    version: "1.0.0",
    description: "Lint a Dockerfile",
    opts: Some(&[]),
    metadata: &[RESULT_JSON, RESULT_TEXT, RESULT_STATUS],
    listed: false,
};

const CLEAN: &str = "0";
const NOT_CLEAN: &str = "1";

/// Answers with findings in their order, and with the error that the build would end with.
pub fn lint(findings: &[Finding], error: Option<&Error>, source: &SourceFile) -> Metadata {
    let source = source.source_map();
    let located: Vec<Located<'_>> = findings
        .iter()
        .map(|finding| Located { finding, location: location::lines(&finding.lines) })
        .collect();
    let warnings = Json::list_or_null(&located, Located::to_json);
    let error = error.map(|error| {
        let places = if error.own_place { &[] } else { error.locations.as_slice() };
        Object::default()
            // Clients print it: it has the hints below it, as the one that a build ends with.
            .with("message", shown::block(&error.with_hints_below(error.lint_message.as_deref())))
            .with("location", go::location(&location::merged(places)))
            .filled(
                "hints",
                Json::Array(error.hints().map(|hint| shown::line(hint).into()).collect()),
            )
    });
    let status = if findings.is_empty() && error.is_none() { CLEAN } else { NOT_CLEAN };
    let result = Object::default()
        .with("warnings", warnings)
        .with("sources", Json::Array(vec![go::source_info(&info(&source)).into()]))
        .filled("buildError", error);
    REQUEST.answer([
        (RESULT_JSON, Json::Object(result).to_bytes()),
        (RESULT_TEXT, text(located, &source)),
        (RESULT_STATUS, status.as_bytes().to_vec()),
    ])
}

struct Located<'a> {
    finding: &'a Finding,
    location: pb::Location,
}

impl Located<'_> {
    fn to_json(&self) -> Object {
        let Finding { rule, message, .. } = self.finding;
        Object::default()
            .with("ruleName", rule.name)
            .filled("description", rule.description)
            .filled("url", rule.url)
            .filled("detail", shown::block(message))
            .with("location", go::location(&self.location))
    }

    fn first_line(&self) -> Option<u32> {
        self.finding.lines.first().map(|lines| lines.first)
    }

    /// By line. Those without a line come first, by the names of their rules.
    fn is_before(&self, other: &Self) -> bool {
        match (self.first_line(), other.first_line()) {
            (None, None) => self.finding.rule.name < other.finding.rule.name,
            (first, second) => first < second,
        }
    }

    fn write(&self, out: &mut Vec<u8>, source: &SourceMap) {
        let Finding { rule, message, .. } = self.finding;
        let url = if rule.url.is_empty() { String::new() } else { format!(" - {}", rule.url) };
        // Writing to memory doesn't fail.
        let message = shown::block(message);
        let _ = writeln!(out, "\nWARNING: {}{url}\n{message}", rule.name);
        frame::write(out, source, &self.location.ranges);
    }
}

/// The findings for people. Clients print the error themselves.
fn text(mut findings: Vec<Located<'_>>, source: &SourceMap) -> Vec<u8> {
    sort::sort_by(&mut findings, Located::is_before);
    let mut out = Vec::new();
    for finding in &findings {
        finding.write(&mut out, source);
    }
    out
}

fn info(source: &SourceMap) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: source.filename.clone(),
        data: source.data.to_vec(),
        definition: source.definition.clone(),
        language: source.language.clone(),
    }
}
