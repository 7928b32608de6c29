//! A request, from its options to what is returned.

use std::sync::Arc;

use aliasfront_compiler::context::main::Location;
use aliasfront_compiler::{Error, Options};
use aliasfront_gotext::boolean::parse_bool;
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
    refuse_removed_options(&engine)?;
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
    let build = Build { engine, entry, options: Arc::new(options), targets };
    match build.engine.option("requestid") {
        Some(id) => request::answer(&build, id).await,
        None => build.result().await,
    }
}

/// Options that BuildKit once had: they would be ignored in silence.
fn refuse_removed_options(engine: &Engine) -> Result<(), Failure> {
    for (key, name) in [
        ("override-copy-image", "\"override-copy-image\""),
        ("build-arg:BUILDKIT_DISABLE_FILEOP", "\"BUILDKIT_DISABLE_FILEOP\" build-arg"),
    ] {
        let value = engine.option(key).unwrap_or_default();
        let off =
            value.is_empty() || (key.starts_with("build-arg:") && parse_bool(value) != Some(true));
        if !off {
            let message = format!("support for {name} was removed in BuildKit 0.11");
            return Err(Error::new(message).hint("leave it out").into());
        }
    }
    Ok(())
}
