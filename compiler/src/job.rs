//! A request whose Dockerfile was read: what it compiles, and what it answers, whoever drives it.

use std::collections::BTreeSet;
use std::sync::Arc;

use aliasfront_image::platform::Platform;
use buildkit_dockerfile::lint::{Config, Finding};
use buildkit_dockerfile::{Broken, Dockerfile};
use buildkit_proto::apicaps::CapSet;

use crate::alias::contract::{PREFIX, TARGETS};
use crate::context::MainContext;
use crate::error::{Error, ErrorKind};
use crate::given::{Input, Purpose, Vertices};
use crate::graph::chain;
use crate::machine::{
    Collected, Compilation, Compiled, Compiler, Outcome, collect, part_to_pass, parts,
};
use crate::options::Options;
use crate::source_file::SourceFile;
use crate::view::request::Kind;
use crate::view::{self, Metadata};

/// What a build starts from.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The Dockerfile.
    pub source: SourceFile,
    /// The ignore file beside it, with its name.
    pub ignore_file: Option<(String, Arc<[u8]>)>,
    /// The build context.
    pub context: Arc<MainContext>,
    /// The directory of it that is the context, where it isn't local.
    pub subdirectory: Option<String>,
}

/// A request whose Dockerfile was read.
#[derive(Debug, Clone)]
pub struct Job {
    /// The Dockerfile and the context.
    pub entry: Entry,
    /// The options.
    pub options: Arc<Options>,
    /// The targets of a build with several; none where there is the one of the options.
    pub targets: Vec<String>,
    /// What the engine can do.
    pub caps: Arc<CapSet>,
}

/// Who runs compilations to their ends, and answers their questions meanwhile.
pub trait Drive {
    /// Runs compilations side by side. There is an outcome for each, in their order.
    fn drive(&self, compilers: Vec<Compiler>) -> impl Future<Output = Vec<Outcome>>;
}

/// What comes of a request: as a rule the answer, or why there is none.
#[derive(Debug)]
pub struct Answered<T = Metadata> {
    /// What lint rules found, where that isn't the answer.
    pub findings: Vec<Finding>,
    /// The answer.
    pub result: Result<T, Error>,
}

impl Job {
    /// The parsed Dockerfile.
    ///
    /// # Errors
    ///
    /// It does not parse; before that, what is wrong with its `check` directive.
    pub fn parsed(&self) -> Result<Arc<Dockerfile>, Broken> {
        match Dockerfile::read(&self.entry.source.data) {
            Ok(dockerfile) => Ok(Arc::new(dockerfile)),
            Err(broken) => Err(self.check_error().map_or(broken, Broken::from)),
        }
    }

    /// What is wrong with the `check` directive, where it counts.
    fn check_error(&self) -> Option<buildkit_dockerfile::Error> {
        if self.options.lint.is_some() {
            return None;
        }
        let check = buildkit_dockerfile::detect_check(&self.entry.source.data)?;
        let mut error = Config::parse(&check).err()?;
        error.message = format!("failed to parse check options: {}", error.message);
        Some(error)
    }

    /// What lint rules found in a Dockerfile until it did not parse.
    pub fn findings_until(&self, broken: &Broken) -> Vec<Finding> {
        let config = self.options.lint.clone().or_else(|| {
            let check = buildkit_dockerfile::detect_check(&self.entry.source.data)?;
            Config::parse(&check).ok()
        });
        broken.lint(&config.unwrap_or_default())
    }

    /// Compiles every target for every platform.
    pub async fn compile(
        &self,
        dockerfile: Arc<Dockerfile>,
        purpose: Purpose,
        driver: &impl Drive,
    ) -> Collected {
        let input = Input { purpose, ..self.input(dockerfile, None) };
        let parts = parts(&input, &self.targets).into_iter();
        let (parts, compilers): (Vec<_>, Vec<_>) =
            parts.map(|(part, input)| (part, Compiler::new(input))).unzip();
        let outcomes = driver.drive(compilers).await;
        let mut collected = collect(parts.into_iter().zip(outcomes));
        if purpose == Purpose::Build {
            self.compile_to_pass(&input, &mut collected, driver).await;
        }
        collected
    }

    /// Compiles the stages that must pass, and those that must for these, each once for each platform.
    async fn compile_to_pass(&self, input: &Input, collected: &mut Collected, driver: &impl Drive) {
        let mut known: BTreeSet<(String, Option<String>)> = BTreeSet::new();
        let on = |compiled: &Compiled| {
            let platforms = &compiled.compilation.given.platforms;
            (!platforms.implicit).then(|| platforms.target.clone())
        };
        for compiled in &collected.compilations {
            let Compilation { graph, target, .. } = &compiled.compilation;
            let platform = on(compiled).map(|platform| platform.format_all());
            known.insert((chain::name(graph, *target), platform));
        }
        let mut looked_at = 0;
        while collected.error.is_none() {
            let all = collected.compilations.iter().chain(&collected.must_pass);
            let mut parts = Vec::new();
            let mut compilers = Vec::new();
            for compiled in all.clone().skip(looked_at) {
                let platform = on(compiled);
                for stage in compiled.compilation.must_pass() {
                    let shown = platform.as_ref().map(Platform::format_all);
                    if known.insert((stage.clone(), shown)) {
                        let (part, input) = part_to_pass(input, &stage, platform.clone());
                        parts.push(part);
                        compilers.push(Compiler::new(input));
                    }
                }
            }
            looked_at = all.count();
            if parts.is_empty() {
                return;
            }
            let outcomes = driver.drive(compilers).await;
            collected.and_must_pass(collect(parts.into_iter().zip(outcomes)));
        }
    }

    /// What a compilation of the target is given, for a platform or for the builder's own.
    pub fn input(&self, dockerfile: Arc<Dockerfile>, platform: Option<Platform>) -> Input {
        Input {
            dockerfile,
            source: self.entry.source.clone(),
            options: Arc::clone(&self.options),
            platform,
            context: Arc::clone(&self.entry.context),
            subdirectory: self.entry.subdirectory.clone(),
            caps: Arc::clone(&self.caps),
            ignore_file: self.entry.ignore_file.clone(),
            lint: true,
            all_stages: false,
            vertices: Vertices::Built,
            purpose: Purpose::Build,
        }
    }

    /// Answers a request.
    pub async fn answer(&self, kind: Kind, driver: &impl Drive) -> Answered {
        let source = &self.entry.source;
        match kind {
            Kind::Describe => Answered::only(Ok(view::describe())),
            Kind::Targets => {
                // A Dockerfile without stages has no targets, which is an answer.
                let dockerfile = Dockerfile::read_any(&source.data);
                Answered::only(match dockerfile {
                    Ok(dockerfile) => Ok(view::targets(&dockerfile, &source.data)),
                    Err(broken) => Err(broken.error.into()),
                })
            }
            Kind::Lint => Answered::only(Ok(self.lint(driver).await)),
            Kind::Outline => {
                self.answer_one(Vertices::Unused, driver, |one| Ok(view::outline(one))).await
            }
            Kind::ConvertLlb => {
                self.answer_one(Vertices::Shown, driver, |one| Ok(view::convertllb(one))).await
            }
            Kind::Plan => self.answer_all(Purpose::Build, driver, |all| Ok(view::plan(all))).await,
            Kind::Why => self.answer_all(Purpose::Build, driver, view::why).await,
            Kind::Fingerprint => self.answer_all(Purpose::Name, driver, view::fingerprint).await,
        }
    }

    /// Looks up what the target needs from outside, or what all stages need where none is named, on every platform that
    /// the build would be for.
    ///
    /// # Errors
    ///
    /// What keeps it from being built.
    pub async fn look_up(&self, driver: &impl Drive) -> Result<(), Error> {
        let dockerfile = self.parsed().map_err(|broken| broken.error)?;
        let all_stages = self.options.target.is_none();
        let input = self.input(dockerfile, None);
        let input = Input { all_stages, vertices: Vertices::Unused, ..input };
        let compilers = parts(&input, &self.targets);
        let compilers = compilers.into_iter().map(|(_, input)| Compiler::new(input)).collect();
        let outcomes = driver.drive(compilers).await;
        outcomes.into_iter().try_for_each(|outcome| outcome.result.map(|_| ()))
    }

    /// Answers from compilations of the target, one for every platform that the build would be for.
    async fn answer_all(
        &self,
        purpose: Purpose,
        driver: &impl Drive,
        view: impl FnOnce(&[Compilation]) -> Result<Metadata, Error>,
    ) -> Answered {
        let Answered { findings, result } = self.compilations(purpose, driver).await;
        Answered { findings, result: result.and_then(|compilations| view(&compilations)) }
    }

    /// The compilations of the target, one for every platform that the build would be for.
    pub async fn compilations(
        &self,
        purpose: Purpose,
        driver: &impl Drive,
    ) -> Answered<Vec<Compilation>> {
        let dockerfile = match self.only_target() {
            Ok(dockerfile) => dockerfile,
            Err(answered) => return answered,
        };
        let Collected { compilations, findings, error, .. } =
            self.compile(dockerfile, purpose, driver).await;
        let result = match error {
            Some(error) => Err(error),
            None => Ok(compilations.into_iter().map(|compiled| compiled.compilation).collect()),
        };
        Answered { findings, result }
    }

    /// Answers from a compilation of the target for the build platform.
    async fn answer_one(
        &self,
        vertices: Vertices,
        driver: &impl Drive,
        view: impl FnOnce(&Compilation) -> Result<Metadata, Error>,
    ) -> Answered {
        let dockerfile = match self.only_target() {
            Ok(dockerfile) => dockerfile,
            Err(answered) => return answered,
        };
        let compiler = Compiler::new(Input { vertices, ..self.input(dockerfile, None) });
        match driver.drive(vec![compiler]).await.pop() {
            Some(Outcome { result, findings }) => {
                Answered { findings, result: result.and_then(|compilation| view(&compilation)) }
            }
            None => Answered::only(Err(Error::new("the compilation came to no end"))),
        }
    }

    /// The Dockerfile of a request, which is about one target.
    fn only_target<T>(&self) -> Result<Arc<Dockerfile>, Answered<T>> {
        if !self.targets.is_empty() {
            let message = format!("{PREFIX}{TARGETS} is for builds: a request is about one target");
            let error = Error::new(message).hint("name it with --target");
            return Err(Answered::only(Err(error)));
        }
        self.parsed().map_err(|broken| Answered {
            findings: self.findings_until(&broken),
            result: Err(broken.error.into()),
        })
    }

    async fn lint(&self, driver: &impl Drive) -> Metadata {
        let Outcome { result, findings } = self.linted(driver).await;
        view::lint(&findings, result.err().as_ref(), &self.entry.source)
    }

    /// What lint rules find in the target, or in all stages where none is named, and what keeps the Dockerfile from being
    /// built.
    pub async fn linted(&self, driver: &impl Drive) -> Outcome {
        let all_stages = self.options.target.is_none();
        let input = match self.parsed() {
            Ok(dockerfile) => self.input(dockerfile, None),
            Err(broken) => {
                let findings = self.findings_until(&broken);
                return Outcome { result: Err(broken.error.into()), findings };
            }
        };
        let input = Input { all_stages, vertices: Vertices::Unused, ..input };
        let outcome = driver.drive(vec![Compiler::new(input)]).await.pop();
        outcome.unwrap_or_else(|| {
            let error = Error::new("the compilation came to no end").kind(ErrorKind::Driver);
            Outcome { result: Err(error), findings: Vec::new() }
        })
    }
}

impl<T> Answered<T> {
    /// An answer that no findings go along with.
    const fn only(result: Result<T, Error>) -> Self {
        Self { findings: Vec::new(), result }
    }
}
