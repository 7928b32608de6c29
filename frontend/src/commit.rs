//! The commit that a git source is at.

use aliasfront_compiler::question::Source;
use buildkit_proto::caps;
use buildkit_proto::gateway::ResolveSourceMetaRequest;

use crate::answer::source_op;
use crate::engine::Engine;
use crate::failure::Failure;

/// Finds the commit of a git source; `None` where the engine does not tell it.
///
/// # Errors
///
/// The engine does not answer.
pub async fn find(
    engine: &Engine,
    source: &Source,
    log_name: &str,
) -> Result<Option<String>, Failure> {
    // Older engines only tell about images.
    if !engine.caps.has(caps::SOURCE_META_RESOLVER) {
        return Ok(None);
    }
    let request = ResolveSourceMetaRequest {
        source: Some(source_op(source)),
        log_name: log_name.to_owned(),
        ..ResolveSourceMetaRequest::default()
    };
    let response = engine.gateway().resolve_source_meta(request).await;
    let git = response.map_err(|error| Failure::request(&error, log_name))?.git;
    // An annotated tag has a checksum of its own.
    let checksums = git.into_iter().flat_map(|git| [git.commit_checksum, git.checksum]);
    Ok(checksums.into_iter().find(|checksum| !checksum.is_empty()))
}
