//! Requests other than builds: `docker buildx build --call=…`.

use aliasfront_compiler::view::request::Kind;
use aliasfront_compiler::{Answered, Error};
use buildkit_proto::errdefs::Detail;
use buildkit_proto::gateway;

use crate::build::Build;
use crate::failure::Failure;
use crate::warning;

/// Answers the request of this name.
///
/// # Errors
///
/// It is unknown, or what it is about fails.
pub(crate) async fn answer(build: &Build, name: &str) -> Result<gateway::Result, Failure> {
    let Some(kind) = Kind::find(name) else {
        let error = Error::new(format!("unsupported request {name}"));
        return Err(Failure::from(error).detail(Detail::subrequest(name)));
    };
    let Answered { findings, result } = build.job.answer(kind, &build.engine).await;
    warning::send(&build.engine, &build.job.entry.source, &findings).await;
    let metadata = result.map_err(|error| build.failure(&error))?;
    Ok(gateway::Result { metadata: metadata.into_iter().collect(), ..gateway::Result::default() })
}
