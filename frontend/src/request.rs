//! Requests other than builds: `docker buildx build --call=…`.

use aliasfront_compiler::Error;
use buildkit_proto::errdefs::Detail;
use buildkit_proto::gateway;

use crate::build::Build;
use crate::failure::Failure;

/// Answers the request `id`.
///
/// # Errors
///
/// It is unknown, or what it is about fails.
pub async fn answer(_build: &Build, id: &str) -> Result<gateway::Result, Failure> {
    let error = Error::new(format!("unsupported request {id}"));
    Err(Failure::from(error).detail(Detail::subrequest(id)))
}
