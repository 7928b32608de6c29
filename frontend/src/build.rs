//! A build, from the request to its result.

use std::collections::HashMap;

use aliasfront_compiler::image::platform::Platform;
use aliasfront_compiler::view;
use aliasfront_compiler::{Collected, Compiled, Error, Job, Loads, Purpose, message};
use buildkit_dockerfile::Broken;
use buildkit_proto::gateway;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::driver;
use crate::engine::{Engine, Ref, Solve};
use crate::failure::{self, Failure};
use crate::{cache_imports, sbom, warning};

const CONFIG: &str = "containerimage.config";
const BASE_CONFIG: &str = "containerimage.base.config";
const EPOCH: &str = "source.date.epoch";
const PLATFORMS: &str = "refs.platforms";
/// What buildx prints when the build is done.
const INLINE_MESSAGE: &str = "frontend.result.inlinemessage";
/// What aliases became, for programs. BuildKit hands what starts with `frontend.` on to clients.
const ALIASES: &str = "frontend.aliases";

/// A build whose Dockerfile was read.
pub(crate) struct Build {
    /// The engine.
    pub engine: Engine,
    /// What is asked of it.
    pub job: Job,
}

/// A platform of a result, as exporters read it.
#[derive(Debug, Serialize, Deserialize)]
struct ResultPlatform {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Platform")]
    platform: Platform,
}

#[derive(Debug, Serialize, Deserialize)]
struct ResultPlatforms {
    #[serde(rename = "Platforms")]
    platforms: Vec<ResultPlatform>,
}

impl Build {
    /// A failure of the compiler, with its places in the Dockerfile.
    pub(crate) fn failure(&self, error: &Error) -> Failure {
        failure::about(error, &self.job.entry.source)
    }

    /// The failure of a Dockerfile that does not parse; what lint rules found until there is sent.
    pub(crate) async fn broken(&self, broken: Broken) -> Failure {
        warning::send(&self.engine, &self.job.entry.source, &self.job.findings_until(&broken))
            .await;
        self.failure(&broken.error.into())
    }

    /// Builds the target for every platform.
    ///
    /// # Errors
    ///
    /// What the client is told.
    pub(crate) async fn result(&self) -> Result<gateway::Result, Failure> {
        let scanner = match &self.job.options.sbom {
            Some(options) => {
                Some(sbom::find_scanner(&self.engine, options, &self.job.options).await?)
            }
            None => None,
        };
        let dockerfile = match self.job.parsed() {
            Ok(dockerfile) => dockerfile,
            Err(broken) => return Err(self.broken(broken).await),
        };
        let compile = self.job.compile(dockerfile, Purpose::Build, &self.engine);
        let Collected { mut compilations, must_pass, findings, error } = tokio::select! {
            collected = compile => collected,
            failure = self.engine.meanwhile.failed() => return Err(failure),
        };
        let warned = warning::send(&self.engine, &self.job.entry.source, &findings);
        if let Some(error) = error {
            warned.await;
            return Err(self.failure(&error));
        }
        // The build doesn't wait for its warnings, but the client gets them all, whatever comes of it.
        let solved = async {
            tokio::select! {
                references = self.solve(&compilations, &must_pass) => references,
                failure = self.engine.meanwhile.failed() => Err(failure),
            }
        };
        let (references, ()) = tokio::join!(solved, warned);
        let references = references?;
        self.engine.meanwhile.ended().await;
        let looked = self.look(&compilations, &references).await?;
        let mut result = self.assemble(&compilations, references, &looked);
        if let (Some(scanner), Some(options)) = (scanner, &self.job.options.sbom) {
            for compiled in &mut compilations {
                let key = self.result_platform(compiled).id;
                let compilation = &mut compiled.compilation;
                sbom::attach(&self.engine, &scanner, options, &key, compilation, &mut result)
                    .await?;
            }
        }
        Ok(result)
    }

    /// Solves all definitions at once. Where stages must pass, all of them are run beside each other, and the first
    /// failure is the build's.
    async fn solve(
        &self,
        compilations: &[Compiled],
        must_pass: &[Compiled],
    ) -> Result<Vec<Ref>, Failure> {
        let cache_imports = cache_imports::of(&self.engine)?;
        // What runs already is not to wait for the build's other steps, nor they for it.
        let evaluate = self.engine.meanwhile.is_running() || !must_pass.is_empty();
        let mut solves = JoinSet::new();
        let all: Vec<&Compiled> = compilations.iter().chain(must_pass).collect();
        for (index, Compiled { compilation, .. }) in all.iter().enumerate() {
            let engine = self.engine.clone();
            let solve = Solve {
                evaluate,
                cache_imports: cache_imports.clone(),
                source_policy: compilation.source_policy.clone(),
                ..Solve::lazy(&compilation.definition)
            };
            // The message is what clients know from other frontends; which request it is goes below.
            let refused = "this is BuildKit's answer to Solve, the request that carries the steps of the build";
            solves.spawn(async move {
                let hint =
                    |failure: Failure| if evaluate { failure } else { failure.hint(refused) };
                (index, engine.solve(solve).await.map_err(hint))
            });
        }
        let mut references: Vec<Option<Result<Ref, Failure>>> = vec![None; all.len()];
        while let Some(solved) = solves.join_next().await {
            if let Ok((index, reference)) = solved {
                // What the engine says may have what an instruction made of a secret.
                let hide = |text: &str| all[index].compilation.secrets().hide(text);
                let reference = reference.map_err(|failure| failure.shown(hide));
                references[index] = Some(match reference {
                    Err(failure) if !must_pass.is_empty() => return Err(failure),
                    reference => reference,
                });
            }
        }
        references.truncate(compilations.len());
        references.into_iter().flatten().collect()
    }

    /// Looks, where contracts ask for it, whether what was built has what its executables load; what is to be said of
    /// it.
    ///
    /// # Errors
    ///
    /// An executable that cannot start.
    async fn look(
        &self,
        compilations: &[Compiled],
        references: &[Ref],
    ) -> Result<Vec<String>, Failure> {
        let Some(loads) = Loads::of(compilations) else { return Ok(Vec::new()) };
        for (index, tree) in loads.trees() {
            if let Some(reference) = references.get(index) {
                self.engine.opened(tree, reference);
            }
        }
        let looked = driver::look(&self.engine, loads).await;
        looked.error.map_or(Ok(looked.lines), |error| Err(self.failure(&error)))
    }

    /// The result of all targets and platforms, with the metadata that exporters need. `looked` is said at the end.
    fn assemble(
        &self,
        compilations: &[Compiled],
        references: Vec<Ref>,
        looked: &[String],
    ) -> gateway::Result {
        let multi = self.job.options.multi_platform || !self.job.targets.is_empty();
        let mut metadata = HashMap::new();
        let mut platforms = Vec::with_capacity(compilations.len());
        let mut keyed = Vec::new();
        let mut single = None;
        for (compiled, reference) in compilations.iter().zip(references) {
            let compilation = &compiled.compilation;
            let platform = self.result_platform(compiled);
            let suffix = if multi { format!("/{}", platform.id) } else { String::new() };
            metadata.insert(format!("{CONFIG}{suffix}"), compilation.config.to_json());
            if let Some(base) = &compilation.base_config {
                metadata.insert(format!("{BASE_CONFIG}{suffix}"), base.to_json());
            }
            if let Some(epoch) = compilation.given.epoch {
                metadata.insert(format!("{EPOCH}{suffix}"), epoch.unix().to_string().into_bytes());
            }
            if multi {
                keyed.push((platform.id.clone(), reference));
            } else {
                single = reference;
            }
            platforms.push(platform);
        }
        let mut message = message(compilations).unwrap_or_default();
        for line in looked {
            message.extend([line, "\n"]);
        }
        if !message.is_empty() {
            metadata.insert(INLINE_MESSAGE.to_owned(), message.into_bytes());
        }
        let all = compilations.iter();
        let all = all.map(|compiled| (compiled.target.as_deref(), &compiled.compilation));
        if let Some(aliases) = view::aliases(all) {
            metadata.insert(ALIASES.to_owned(), aliases);
        }
        let platforms = serde_json::to_vec(&ResultPlatforms { platforms }).unwrap_or_default();
        metadata.insert(PLATFORMS.to_owned(), platforms);
        let mut result =
            if multi { gateway::Result::several(keyed) } else { gateway::Result::one(single) };
        result.metadata = metadata;
        result
    }

    /// What exporters know a compilation's result by: its platform, its target, or both. Exporters of
    /// files name a folder by it.
    fn result_platform(&self, Compiled { target, compilation }: &Compiled) -> ResultPlatform {
        let platform = if compilation.given.platforms.implicit {
            Platform::default_spec()
        } else {
            compilation.given.platforms.target.clone()
        };
        let platform = platform.normalize();
        let id = match target {
            None => platform.format_all(),
            Some(target) if self.job.options.multi_platform => {
                format!("{target}/{}", platform.format_all())
            }
            Some(target) => target.clone(),
        };
        ResultPlatform { id, platform: platform.extended_by(&compilation.config.platform) }
    }
}
