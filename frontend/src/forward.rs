//! Handing a build over to the frontend that its Dockerfile, or its request, names.

use aliasfront_compiler::SourceFile;
use buildkit_dockerfile::detect_syntax;
use buildkit_proto::gateway;

use crate::engine::Engine;
use crate::failure::{Failure, ranges, source_info};

/// The option that says which frontend runs: where it is there, this is the one.
pub(crate) const CMDLINE: &str = "cmdline";
const SYNTAX_ARG: &str = "build-arg:BUILDKIT_SYNTAX";
const SYNTAX_OPTION: &str = "BUILDKIT_SYNTAX";
/// Arguments of the build that stand for options. The reference hands both on.
const SHORTHANDS: [(&str, &str); 2] = [
    ("build-arg:BUILDKIT_MULTI_PLATFORM", "multi-platform"),
    ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "hostname"),
];
/// The frontend that runs others.
const GATEWAY: &str = "gateway.v0";

/// Forwards the build where it is another frontend's; `None` where it is ours.
///
/// # Errors
///
/// What the other frontend says, with the line that names it.
pub(crate) async fn forward(
    engine: &Engine,
    source: &SourceFile,
) -> Result<Option<gateway::Result>, Failure> {
    if engine.option(CMDLINE).is_some() {
        return Ok(None);
    }
    if let Some(cmdline) = engine.option(SYNTAX_ARG) {
        let image = cmdline.trim().split(' ').next().unwrap_or_default();
        return hand_over(engine, image, cmdline).await.map(Some).map_err(|failure| {
            if failure.has_source() {
                failure
            } else {
                failure.context(&format!("failed with build-arg:{SYNTAX_OPTION} = {cmdline}"))
            }
        });
    }
    let Some(syntax) = detect_syntax(&source.data) else { return Ok(None) };
    hand_over(engine, &syntax.image, &syntax.cmdline)
        .await
        .map(Some)
        .map_err(|failure| failure.at(&source_info(source), &[ranges(syntax.lines)]))
}

async fn hand_over(
    engine: &Engine,
    image: &str,
    cmdline: &str,
) -> Result<gateway::Result, Failure> {
    let mut options = engine.environment.opts.clone();
    for (argument, option) in SHORTHANDS {
        if let Some(value) = engine.option(argument).filter(|value| !value.is_empty()) {
            options.insert(option.to_owned(), value.to_owned());
        }
    }
    options.insert(CMDLINE.to_owned(), cmdline.to_owned());
    options.insert("source".to_owned(), image.to_owned());
    let inputs = engine.inputs().await?.clone();
    engine.solve_frontend(GATEWAY, options, inputs).await.map_err(|error| Failure::verbatim(&error))
}
