//! Requests other than builds: `docker buildx build --call=…`.

use std::sync::Arc;

use aliasfront_compiler::alias::contract::{PREFIX, TARGETS};
use aliasfront_compiler::view::request::Kind;
use aliasfront_compiler::view::{self, Metadata};
use aliasfront_compiler::{Collected, Compilation, Error, Outcome, Purpose, Vertices};
use buildkit_dockerfile::Dockerfile;
use buildkit_proto::errdefs::Detail;
use buildkit_proto::gateway;

use crate::build::Build;
use crate::driver;
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
    let source = &build.entry.source;
    let metadata = match kind {
        Kind::Describe => view::describe(),
        Kind::Targets => {
            // A Dockerfile without stages has no targets, which is an answer.
            let dockerfile = Dockerfile::read_any(&source.data)
                .map_err(|broken| build.failure(&broken.error.into()))?;
            view::targets(&dockerfile, &source.data)
        }
        Kind::Lint => lint(build).await,
        Kind::Outline => view::outline(&compile(build, Vertices::Unused).await?),
        Kind::Plan => view::plan(&compile_all(build).await?),
        Kind::Why => {
            view::why(&compile_all(build).await?).map_err(|error| build.failure(&error))?
        }
        Kind::Fingerprint => {
            let named = compile_for(build, Purpose::Name).await?;
            view::fingerprint(&named).map_err(|error| build.failure(&error))?
        }
        Kind::ConvertLlb => view::convertllb(&compile(build, Vertices::Shown).await?),
    };
    Ok(gateway::Result { metadata: metadata.into_iter().collect(), ..gateway::Result::default() })
}

async fn parse(build: &Build) -> Result<Arc<Dockerfile>, Failure> {
    match build.parsed() {
        Ok(dockerfile) => Ok(dockerfile),
        Err(broken) => Err(build.broken(broken).await),
    }
}

/// Compiles the target for every platform that the build would be for.
async fn compile_all(build: &Build) -> Result<Vec<Compilation>, Failure> {
    compile_for(build, Purpose::Build).await
}

async fn compile_for(build: &Build, purpose: Purpose) -> Result<Vec<Compilation>, Failure> {
    check_single_target(build)?;
    let dockerfile = parse(build).await?;
    let Collected { compilations, findings, error } = build.compile(&dockerfile, purpose).await;
    warning::send(&build.engine, &build.entry.source, &findings).await;
    match error {
        None => Ok(compilations.into_iter().map(|compiled| compiled.compilation).collect()),
        Some(error) => Err(build.failure(&error)),
    }
}

/// Compiles the target for the build platform.
async fn compile(build: &Build, vertices: Vertices) -> Result<Compilation, Failure> {
    check_single_target(build)?;
    let compiler = build.compiler_of(parse(build).await?, None, false, vertices);
    let Some(Outcome { result, findings }) =
        driver::drive(&build.engine, vec![compiler]).await.pop()
    else {
        return Err(Error::new("the compilation came to no end").into());
    };
    warning::send(&build.engine, &build.entry.source, &findings).await;
    match result {
        Ok(compilation) => Ok(*compilation),
        Err(error) => Err(build.failure(&error)),
    }
}

fn check_single_target(build: &Build) -> Result<(), Failure> {
    if build.targets.is_empty() {
        return Ok(());
    }
    let message = format!("{PREFIX}{TARGETS} is for builds: a request is about one target");
    Err(Error::new(message).hint("name it with --target").into())
}

/// Lints the target, or all stages where none is named. What keeps the Dockerfile from being built is
/// part of the answer.
async fn lint(build: &Build) -> Metadata {
    let source = &build.entry.source;
    let all_stages = build.options.target.is_none();
    let compiler = match build.parsed() {
        Ok(dockerfile) => build.compiler_of(dockerfile, None, all_stages, Vertices::Unused),
        Err(broken) => {
            let findings = build.findings_until(&broken);
            return view::lint(&findings, Some(&broken.error.into()), source);
        }
    };
    match driver::drive(&build.engine, vec![compiler]).await.pop() {
        Some(Outcome { result, findings }) => view::lint(&findings, result.err().as_ref(), source),
        None => view::lint(&[], None, source),
    }
}
