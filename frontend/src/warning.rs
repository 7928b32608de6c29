//! Lint findings as warnings of the build.

use aliasfront_compiler::{SourceFile, shown};
use buildkit_dockerfile::lint::Finding;
use buildkit_proto::caps;
use buildkit_proto::gateway::WarnRequest;

use crate::engine::Engine;
use crate::failure::{ranges, source_info};

/// The level of all lint findings.
const LEVEL: i64 = 1;

/// How much source goes along with the warnings of a build, in bytes. Each warning has all of it.
const MAX_FRAMES_SIZE: usize = 16 << 20;

/// Sends findings as warnings on the vertex that loads the Dockerfile.
///
/// Of very many in a long Dockerfile the first ones, and a last one that says how many more there are. A
/// warning that cannot be sent does not fail a build.
pub(crate) async fn send(engine: &Engine, source: &SourceFile, findings: &[Finding]) {
    if findings.is_empty() || !engine.caps.has(caps::GATEWAY_WARNINGS) {
        return;
    }
    let head = source.definition.as_ref().and_then(buildkit_llb::Definition::head);
    let Some(head) = head else { return };
    let info = source_info(source);
    let most = MAX_FRAMES_SIZE / source.data.len().max(1);
    let (shown, rest) = findings.split_at(findings.len().min(most));
    for finding in shown {
        let line = finding.lines.first().map_or(0, |lines| lines.first);
        let mut short = format!("{}: {}", finding.rule.name, shown::block(&finding.message));
        if line > 0 {
            short.push_str(&format!(" (line {line})"));
        }
        let request = WarnRequest {
            digest: head.to_string(),
            level: LEVEL,
            short: short.into_bytes(),
            detail: vec![finding.rule.description.as_bytes().to_vec()],
            url: finding.rule.url.to_owned(),
            info: Some(info.clone()),
            ranges: finding.lines.iter().flat_map(|lines| ranges(*lines)).collect(),
        };
        if !warn(engine, request).await {
            return;
        }
    }
    if !rest.is_empty() {
        let short = format!(
            "{} more findings are not shown (MAX_FRAMES_SIZE is {MAX_FRAMES_SIZE}): --call=check has all",
            rest.len()
        );
        let request = WarnRequest {
            digest: head.to_string(),
            level: LEVEL,
            short: short.into_bytes(),
            ..WarnRequest::default()
        };
        warn(engine, request).await;
    }
}

/// Sends a warning. Returns whether it was taken.
async fn warn(engine: &Engine, request: WarnRequest) -> bool {
    match engine.gateway().warn(request).await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(%error, "a warning could not be sent");
            false
        }
    }
}
