//! Lint findings as warnings of the build.

use aliasfront_compiler::SourceFile;
use buildkit_dockerfile::lint::Finding;
use buildkit_proto::caps;
use buildkit_proto::gateway::WarnRequest;

use crate::engine::Engine;
use crate::failure::{ranges, source_info};

/// The level of all lint findings.
const LEVEL: i64 = 1;

/// Sends findings as warnings on the vertex that loads the Dockerfile.
///
/// A warning that cannot be sent does not fail a build.
pub async fn send(engine: &Engine, source: &SourceFile, findings: &[Finding]) {
    if findings.is_empty() || !engine.caps.has(caps::GATEWAY_WARNINGS) {
        return;
    }
    let head = source.definition.as_ref().and_then(buildkit_llb::Definition::head);
    let Some(head) = head else { return };
    let info = source_info(source);
    for finding in findings {
        let line = finding.lines.first().map_or(0, |lines| lines.first);
        let mut short = format!("{}: {}", finding.rule.name, finding.message);
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
        if let Err(error) = engine.gateway().warn(request).await {
            tracing::warn!(%error, "a warning could not be sent");
            return;
        }
    }
}
