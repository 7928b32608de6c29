//! What the engine knows of a source without loading it.

use aliasfront_compiler::question::Source;
use buildkit_proto::gateway::{
    ResolveSourceGitRequest, ResolveSourceMetaRequest, ResolveSourceMetaResponse,
};
use buildkit_proto::{caps, pb};

use crate::engine::Engine;
use crate::failure::Failure;

/// Asks for all there is to know; `None` where the engine only tells about images.
///
/// # Errors
///
/// The engine does not answer.
pub(crate) async fn ask(
    engine: &Engine,
    source: &Source,
    log_name: &str,
) -> Result<Option<ResolveSourceMetaResponse>, Failure> {
    if !engine.caps.has(caps::SOURCE_META_RESOLVER) {
        return Ok(None);
    }
    let git = source.identifier.starts_with("git://");
    let request = ResolveSourceMetaRequest {
        source: Some(source_op(source)),
        log_name: log_name.to_owned(),
        git: git.then_some(ResolveSourceGitRequest { return_object: true }),
        ..ResolveSourceMetaRequest::default()
    };
    let response = engine.gateway().resolve_source_meta(request).await;
    response.map(Some).map_err(|error| Failure::request(&error, log_name))
}

/// The commit that a git source is at; `None` where the engine does not tell it.
///
/// # Errors
///
/// The engine does not answer.
pub(crate) async fn commit(
    engine: &Engine,
    source: &Source,
    log_name: &str,
) -> Result<Option<String>, Failure> {
    let git = ask(engine, source, log_name).await?.and_then(|response| response.git);
    // An annotated tag has a checksum of its own.
    let checksums = git.map(|git| [git.commit_checksum, git.checksum]);
    Ok(checksums.into_iter().flatten().find(|checksum| !checksum.is_empty()))
}

/// The vertex of a source, for requests about it.
fn source_op(source: &Source) -> pb::SourceOp {
    pb::SourceOp { identifier: source.identifier.clone(), attrs: source.attributes.clone() }
}
