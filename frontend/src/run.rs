//! A request, from its options to what is returned.

use std::sync::Arc;

use aliasfront_compiler::context::main::Location;
use aliasfront_compiler::{Job, Options};
use buildkit_proto::gateway;

use crate::build::Build;
use crate::caps::{self, Verdict};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::{forward, request, source};

/// Builds what the request asks for.
///
/// # Errors
///
/// What the client is told.
pub(crate) async fn run(engine: Engine) -> Result<gateway::Result, Failure> {
    Options::refuse_removed(&engine.environment.opts)?;
    let verdict = caps::check(engine.option("frontend.caps").unwrap_or_default())?;
    let options = Options::parse(
        &engine.environment.opts,
        &engine.environment.session,
        engine.platform.clone(),
    )?;
    let location = Location::parse(&engine.environment.opts)?;
    let entry = source::read(&engine, location).await?;
    if let Some(result) = forward::forward(&engine, &entry.source).await? {
        return Ok(result);
    }
    if let Verdict::OnlyForward(failure) = verdict {
        return Err(failure);
    }
    let targets = aliasfront_compiler::targets::parse(&options)?;
    let caps = Arc::clone(&engine.llb_caps);
    let build = Build { engine, job: Job { entry, options: Arc::new(options), targets, caps } };
    match build.engine.option("requestid") {
        Some(id) => request::answer(&build, id).await,
        None => build.result().await,
    }
}
