//! The compilation of one target for one platform, driven from outside.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aliasfront_gotext::quote::quote;

use aliasfront_gotext::timestamp::Timestamp;
use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::lint::{self, Finding, rule};
use buildkit_dockerfile::{Comments, Dockerfile, Lines};
use buildkit_llb::Definition;
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::caps;

use crate::alias::contract::Overrides;
use crate::alias::contract::Verify;
use crate::alias::findings::Checked;
use crate::alias::pruned::Pruning;
use crate::alias::report::{self, Report};
use crate::alias::source::{self, Source};
use crate::alias::store::{self, Registry};
use crate::alias::verify::{self, ProblemKind};
use crate::alias::{self, Alias, leak, policy};
use crate::budget::Budget;
use crate::context::{MainContext, main};
use crate::emit::{self, Emitted, SourceFile};
use crate::epoch::{self, Epoch};
use crate::error::{Code, Error};
use crate::eval::step::Files;
use crate::eval::{self, Program};
use crate::facts::Facts;
use crate::graph::{self, BuildArgs, Failed, GlobalArgs, Graph, NodeId, Plan, Platforms, Reach};
use crate::image::config::ImageConfig;
use crate::image::ignore::{Matcher, Patterns};
use crate::image::platform::Platform;
use crate::image::reference::Reference;
use crate::lint::Linter;
use crate::options::Options;
use crate::question::{Fact, File, Key, Question};

/// How often triggers of images may add stages and images, before the compilation is given up.
pub const MAX_ROUNDS: usize = 100;

/// How many instructions triggers of images may add, over all stages: an image's triggers may bring
/// several images with triggers each.
pub const MAX_TRIGGERS: usize = 10_000;

/// What is compiled.
#[derive(Debug, Clone)]
pub struct Input {
    /// The Dockerfile, parsed.
    pub dockerfile: Arc<Dockerfile>,
    /// The Dockerfile as it was read.
    pub source: SourceFile,
    /// The build options.
    pub options: Arc<Options>,
    /// The platform that was asked for; `None` is the build platform.
    pub platform: Option<Platform>,
    /// The main build context.
    pub context: Arc<MainContext>,
    /// The directory of a context that is not local which is the context.
    pub subdirectory: Option<String>,
    /// What the engine can do.
    pub caps: Arc<CapSet>,
    /// The ignore file beside the Dockerfile, with its name, where there is one.
    pub ignore_file: Option<(String, Arc<[u8]>)>,
    /// Whether the reference's lint rules run: once a build, not once a platform. The project's own
    /// always do.
    pub lint: bool,
    /// Whether all stages are visited, as lint without a target does.
    pub all_stages: bool,
    /// What the vertices are for.
    pub vertices: Vertices,
}

/// What the vertices of a compilation are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vertices {
    /// They are built.
    #[default]
    Built,
    /// They are shown.
    Shown,
    /// Nothing: a request is about the Dockerfile only. None are made, and what can be no vertex is no error.
    Unused,
}

impl Input {
    /// A Dockerfile in a local context, with frontend options such as `target`, for an engine on this
    /// processor that can do everything.
    ///
    /// # Errors
    ///
    /// The Dockerfile does not parse, or an option has a value that the reference would not take.
    pub fn of(
        dockerfile: impl Into<Vec<u8>>,
        opts: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let text = dockerfile.into();
        let options = Options::parse(opts, "", Platform::default_spec())?;
        Ok(Self {
            dockerfile: Arc::new(buildkit_dockerfile::parse(&text)?),
            source: SourceFile {
                filename: main::DEFAULT_FILENAME.to_owned(),
                data: text.into(),
                definition: None,
            },
            platform: options.platforms.first().cloned(),
            options: Arc::new(options),
            context: Arc::new(MainContext::Local { local: main::DEFAULT_CONTEXT.to_owned() }),
            subdirectory: None,
            caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
            ignore_file: None,
            lint: true,
            all_stages: false,
            vertices: Vertices::Built,
        })
    }
}

/// A compilation: asks questions until it is done.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use aliasfront_compiler::{Compiler, Fact, Input, Progress, Question};
///
/// let mut compiler = Compiler::new(Input::of("FROM scratch\nCOPY a /\n", &BTreeMap::new())?);
/// let compilation = loop {
///     match compiler.advance()? {
///         Progress::Done(compilation) => break compilation,
///         Progress::Ask(questions) => {
///             for Question { key, .. } in questions {
///                 // Nothing but `.dockerignore` is asked about here, and there is none.
///                 compiler.answer(key, Fact::File(None));
///             }
///         }
///     }
/// };
/// assert_eq!(compilation.definition.def.len(), 3);
/// # Ok::<(), aliasfront_compiler::Error>(())
/// ```
#[derive(Debug)]
pub struct Compiler {
    input: Input,
    platforms: Platforms,
    facts: Facts,
    lint: Linter,
    build_args: BuildArgs,
    globals: GlobalArgs,
    /// The global arguments as they are without build arguments.
    defaults: GlobalArgs,
    /// What expanding the words that the graph depends on may still take.
    budget: Cell<Budget>,
    overrides: Overrides,
    aliases: Vec<Alias>,
    sources: Vec<Source>,
    epoch: Option<Timestamp>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Start,
    Epoch,
    Bases {
        graph: Box<Graph>,
        target: NodeId,
        rounds: usize,
    },
    Verify(Box<Evaluated>),
    /// Nothing changes before all answers are there, or one that leads to a new question.
    Waiting(Box<Phase>),
    Over,
}

/// A compilation whose stages are evaluated.
#[derive(Debug)]
struct Evaluated {
    graph: Graph,
    target: NodeId,
    rounds: usize,
    reach: Reach,
    program: Program,
    excludes: Patterns,
    /// What was found before the stages were evaluated.
    before: Linter,
}

/// What a compilation wants.
#[derive(Debug)]
pub enum Progress {
    /// Answers to these; none where all questions were handed out before and answers are open.
    Ask(Vec<Question>),
    /// Nothing more.
    Done(Box<Compilation>),
}

/// A finished compilation.
#[derive(Debug)]
pub struct Compilation {
    /// The stages, and what their bases are.
    pub graph: Graph,
    /// Which of them are reached, and why.
    pub reach: Reach,
    /// The target.
    pub target: NodeId,
    /// What the reached stages come to.
    pub program: Program,
    /// The vertices.
    pub emitted: Emitted,
    /// The target's definition; empty for the empty file system.
    pub definition: Definition,
    /// The target's image config.
    pub config: ImageConfig,
    /// The config of the image that the target starts from.
    pub base_config: Option<ImageConfig>,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// What lint rules found.
    pub findings: Vec<Finding>,
    /// The global arguments.
    pub globals: GlobalArgs,
    /// The platforms.
    pub platforms: Platforms,
    /// What was asked, with the answers.
    pub facts: Facts,
    /// The alias stages, and what they became.
    pub aliases: Vec<Report>,
    /// The sources of files that arguments name, and what they became.
    pub sources: Vec<Source>,
    /// How many steps the checks took, of [`MAX_CHECK_STEPS`](crate::MAX_CHECK_STEPS).
    pub check_steps: usize,
}

impl Compilation {
    /// The files of which an SBOM is made besides the target's, by name.
    pub fn scan_extras(&self) -> Vec<(String, Files)> {
        let mut extras = Vec::new();
        for id in self.reach.iter() {
            let Some(stage) = &self.program.stages[id.0] else { continue };
            if id == self.target {
                if stage.scan_context {
                    extras.push(("context".to_owned(), Files::Context));
                }
            } else if stage.scan_stage {
                extras.push((self.graph[id].label.clone(), stage.files));
            }
        }
        extras.sort_by(|a, b| a.0.cmp(&b.0));
        extras
    }

    /// What happened to the aliases, for the end of the build; `None` where nothing did.
    pub fn message(&self) -> Option<String> {
        let platform = Some(&self.platforms.target).filter(|_| !self.platforms.implicit);
        let mut lines: Vec<String> =
            self.aliases.iter().filter_map(|report| report.line(&self.graph, platform)).collect();
        let Self { sources, aliases, graph, reach, .. } = self;
        lines.extend(report::exempt(sources, aliases, graph, reach));
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The files of the target.
    pub fn target_files(&self) -> Files {
        self.program.stages[self.target.0].as_ref().map_or(Files::Scratch, |stage| stage.files)
    }

    /// Whether the target, or a stage that is scanned, is built without cache.
    pub fn ignores_cache(&self) -> bool {
        let scanned = self
            .reach
            .iter()
            .filter(|id| self.program.stages[id.0].as_ref().is_some_and(|stage| stage.scan_stage));
        scanned.chain([self.target]).any(|id| self.graph[id].no_cache)
    }
}

impl Compiler {
    /// Starts a compilation.
    pub fn new(input: Input) -> Self {
        let build = input.options.build_platform.clone();
        let platforms = Platforms {
            target: input.platform.clone().unwrap_or_else(|| build.clone()),
            implicit: input.platform.is_none(),
            build,
        };
        Self {
            build_args: input.options.build_args.clone(),
            platforms,
            facts: Facts::default(),
            lint: Linter::default(),
            globals: GlobalArgs::default(),
            defaults: GlobalArgs::default(),
            budget: Cell::default(),
            overrides: Overrides::default(),
            aliases: Vec::new(),
            sources: Vec::new(),
            epoch: None,
            phase: Phase::Start,
            input,
        }
    }

    /// Tells the answer to a question.
    pub fn answer(&mut self, key: Key, fact: Fact) {
        self.facts.learn(key, fact);
    }

    /// What lint rules found so far, also where the compilation failed.
    pub fn findings(&self) -> &[Finding] {
        self.lint.findings()
    }

    /// Goes on as far as the answers allow.
    ///
    /// # Errors
    ///
    /// What is wrong with the Dockerfile or with an answer. The compilation is over then.
    pub fn advance(&mut self) -> Result<Progress, Error> {
        loop {
            match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Start => {
                    self.start()?;
                    self.phase = Phase::Epoch;
                }
                Phase::Epoch => {
                    if self.find_epoch()? {
                        let (graph, target) = self.build_graph()?;
                        // It is read whatever happens: asked now, it comes with the images.
                        self.ignore_file();
                        self.phase = Phase::Bases { graph: Box::new(graph), target, rounds: 0 };
                    } else {
                        self.phase = Phase::Epoch;
                        return Ok(Progress::Ask(self.facts.take_open()));
                    }
                }
                Phase::Bases { mut graph, target, rounds } => {
                    match self.find_bases(&mut graph, target)? {
                        Round::Open => {
                            let bases = Phase::Bases { graph, target, rounds };
                            self.phase = Phase::Waiting(Box::new(bases));
                            return Ok(Progress::Ask(self.facts.take_open()));
                        }
                        // There are only so many aliases, and each falls back once.
                        Round::FellBack => self.phase = Phase::Bases { graph, target, rounds },
                        Round::Grown if rounds < MAX_ROUNDS => {
                            self.phase = Phase::Bases { graph, target, rounds: rounds + 1 };
                        }
                        Round::Grown => {
                            return Err(Error::new(format!(
                                "triggers of images add more and more stages (MAX_ROUNDS is {MAX_ROUNDS})"
                            )));
                        }
                        Round::Done(reach) => {
                            let evaluated = self.evaluate(*graph, target, rounds, reach)?;
                            self.phase = Phase::Verify(Box::new(evaluated));
                        }
                    }
                }
                Phase::Verify(evaluated) => match self.verify(*evaluated)? {
                    Verdict::Open(evaluated) => {
                        self.phase = Phase::Waiting(Box::new(Phase::Verify(evaluated)));
                        return Ok(Progress::Ask(self.facts.take_open()));
                    }
                    Verdict::FellBack { graph, target, rounds } => {
                        self.phase = Phase::Bases { graph, target, rounds };
                    }
                    Verdict::Fine { evaluated, checked } => {
                        let done = self.finish(*evaluated, &checked)?;
                        return Ok(Progress::Done(Box::new(done)));
                    }
                },
                Phase::Waiting(phase) => {
                    if self.facts.is_waiting() && !self.facts.take_redirected() {
                        self.phase = Phase::Waiting(phase);
                        return Ok(Progress::Ask(self.facts.take_open()));
                    }
                    self.phase = *phase;
                }
                Phase::Over => return Err(Error::new("the compilation is over")),
            }
        }
    }

    fn expander(&self) -> Expander {
        Expander::new(self.input.dockerfile.directives.escape)
    }

    /// The global arguments and the rules that look at text.
    fn start(&mut self) -> Result<(), Error> {
        let input = &self.input;
        let dockerfile = &*input.dockerfile;
        let config = match (&input.options.lint, &dockerfile.directives.check) {
            (Some(config), _) => Ok(config.clone()),
            (None, Some(check)) => lint::Config::parse(check.first_word()).map_err(|error| {
                Error::from(error).context("failed to parse check options").at_own(check.lines)
            }),
            (None, None) => Ok(lint::Config::default()),
        };
        if input.lint {
            let config = config?;
            let findings = dockerfile.lint(&config);
            self.lint = Linter::new(config);
            self.lint.extend(findings);
            crate::lint::text::report(dockerfile, &input.source.data, &mut self.lint);
        } else {
            // What is wrong with it, the first platform tells.
            self.lint = Linter::own(config.unwrap_or_default());
        }
        let last = dockerfile.stages.last().and_then(|stage| stage.name.as_deref());
        let target = input.options.target.as_deref().or(last).unwrap_or_default();
        let Platforms { build, target: platform, .. } = &self.platforms;
        let env = graph::predefined(build, platform, target, &self.build_args);
        let expander = self.expander();
        let defaults =
            GlobalArgs::evaluate(&env, &dockerfile.global_args, &BuildArgs::new(), expander);
        if let Ok(defaults) = defaults {
            report_invalid_defaults(dockerfile, &defaults, expander, &mut self.lint);
            self.defaults = defaults;
        }
        self.overrides = Overrides::parse(&self.input.options.build_args)?;
        self.globals =
            GlobalArgs::evaluate(&env, &dockerfile.global_args, &self.build_args, expander)?;
        Ok(())
    }

    /// Whether `SOURCE_DATE_EPOCH` is known; then arguments have it as a number.
    fn find_epoch(&mut self) -> Result<bool, Error> {
        let setting = epoch::Setting {
            dockerfile: &self.input.dockerfile,
            options: &self.input.options,
            globals: &self.globals,
            build_args: &self.build_args,
            context: &self.input.context,
        };
        match epoch::resolve(&setting, &mut self.facts)? {
            Epoch::Open => return Ok(false),
            Epoch::Unset => {}
            Epoch::Known(time) => {
                self.epoch = time.map(Timestamp::from_unix);
                if let Some(time) = time {
                    let time = time.to_string();
                    if let Some(value) = self.build_args.get_mut(epoch::NAME) {
                        value.clone_from(&time);
                    }
                    self.globals.replace(epoch::NAME, &time);
                } else {
                    self.build_args.remove(epoch::NAME);
                    self.globals.env.delete(epoch::NAME);
                }
            }
        }
        Ok(true)
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            dockerfile: &self.input.dockerfile,
            options: &self.input.options,
            globals: &self.globals,
            target_platform: self.input.platform.as_ref(),
            budget: &self.budget,
        }
    }

    fn build_graph(&mut self) -> Result<(Graph, NodeId), Error> {
        let mut lint = std::mem::take(&mut self.lint);
        let graph = Graph::build(self.plan(), &mut lint);
        self.lint = lint;
        let mut graph = graph?;
        let target = graph.target(self.input.options.target.as_deref())?;
        graph.link(self.plan())?;
        self.aliases =
            alias::find(&graph, &self.input.dockerfile, &self.defaults, &self.overrides)?;
        self.sources = source::find(&graph, &self.input.dockerfile, &self.defaults)?;
        Ok((graph, target))
    }

    /// Looks for the bases of reached stages, and takes over the triggers they bring.
    fn find_bases(&mut self, graph: &mut Graph, target: NodeId) -> Result<Round, Error> {
        let roots: Vec<NodeId> =
            if self.input.all_stages { graph.ids().collect() } else { vec![target] };
        let reach = graph.reach(&roots);
        // Before anything is asked: it is the graph that decides.
        let leaks = leak::Setting {
            options: &self.input.options,
            graph,
            reach: &reach,
            all_stages: self.input.all_stages,
            aliases: &self.aliases,
            sources: &self.sources,
        };
        leak::forbid(&leaks, &self.overrides)?;
        let resolution = graph.resolve_bases(
            &reach,
            &self.input.options,
            &self.platforms,
            &mut self.facts,
            &mut self.lint,
        );
        let complete = match resolution {
            Ok(complete) => complete,
            Err(failed) => return self.fall_back_from(failed, graph),
        };
        if !complete {
            return Ok(Round::Open);
        }
        let mut grown = false;
        // Lint visits stages that the target doesn't need, too, but nobody builds on their images.
        let needed = if self.input.all_stages { graph.reach(&[target]) } else { reach.clone() };
        for id in needed.iter() {
            grown |= graph.take_triggers(id, self.plan())?;
            if graph.triggers() > MAX_TRIGGERS {
                let message = format!(
                    "triggers of images add more than {MAX_TRIGGERS} instructions (MAX_TRIGGERS)"
                );
                return Err(Error::new(message).at(graph[id].lines));
            }
        }
        if grown {
            graph.pass_over(&reach);
            return Ok(Round::Grown);
        }
        if self.ignore_file().is_none() {
            return Ok(Round::Open);
        }
        Ok(Round::Done(reach))
    }

    /// Makes the aliases whose images cannot be had their fallbacks, up to the first failure for which
    /// there is none. That one is the error where it comes first.
    fn fall_back_from(&mut self, failed: Vec<Failed>, graph: &mut Graph) -> Result<Round, Error> {
        let mut aliases: HashMap<NodeId, &mut Alias> =
            self.aliases.iter_mut().map(|alias| (alias.stage, alias)).collect();
        let mut round = Round::Open;
        for Failed { stage, error } in failed {
            match aliases.get_mut(&stage) {
                Some(alias) if may_fall_back(alias, graph, &error) => {
                    fall_back(alias, graph, error.message, &mut self.lint);
                    round = Round::FellBack;
                }
                _ if matches!(round, Round::FellBack) => break,
                Some(alias) if alias.is_overridden(graph) => {
                    let error = match &error.elsewhere {
                        Some(elsewhere) => {
                            let hint =
                                report::platform_hint(alias, graph, &self.platforms, elsewhere);
                            error.hint(hint)
                        }
                        None => error.or_hint(|| report::hint(alias, graph)),
                    };
                    return Err(Error { joins: true, ..error });
                }
                _ => return Err(error),
            }
        }
        Ok(round)
    }

    /// The question for the ignore file of a local context; `None` where there is nothing to ask.
    fn ignore_file_key(&self) -> Option<Key> {
        let MainContext::Local { local } = &*self.input.context else { return None };
        if self.input.ignore_file.is_some() {
            return None;
        }
        Some(Key::File(File {
            local: local.clone(),
            session: self.input.options.session_of(local).to_owned(),
            shared_key: format!("{local}-{}", main::IGNORE_FILE),
            path: main::IGNORE_FILE.to_owned(),
            must_load: false,
        }))
    }

    /// What a local context leaves out: the file's name and content. `None` where it is not known
    /// yet.
    #[expect(clippy::option_option, reason = "not known yet is not the same as not there")]
    fn ignore_file(&mut self) -> Option<Option<(String, Arc<[u8]>)>> {
        if let (MainContext::Local { .. }, Some(file)) =
            (&*self.input.context, &self.input.ignore_file)
        {
            return Some(Some(file.clone()));
        }
        let Some(key) = self.ignore_file_key() else { return Some(None) };
        let log_name = || format!("[internal] load {}", main::IGNORE_FILE);
        match self.facts.ask(&key, log_name)? {
            Fact::File(Some(content)) => {
                Some(Some((main::IGNORE_FILE.to_owned(), content.clone())))
            }
            _ => Some(None),
        }
    }

    /// Evaluates the reached stages.
    fn evaluate(
        &mut self,
        graph: Graph,
        target: NodeId,
        rounds: usize,
        reach: Reach,
    ) -> Result<Evaluated, Error> {
        let ignored = self.ignore_file().flatten();
        // A failure to load the context for its ignore file is a failure to load the context.
        if let Some(failure) = self.ignore_file_key().and_then(|key| self.facts.failure(&key)) {
            return Err(failure);
        }
        let excludes = match &ignored {
            Some((name, content)) => Patterns::read(content)
                .map_err(|error| Error::from(error).context(format!("failed parsing {name}")))?,
            None => Patterns::default(),
        };
        let matcher = (!excludes.is_empty()).then(|| Matcher::new(&excludes)).transpose()?;
        let input = &self.input;
        let before = self.lint.clone();
        let mut lint = std::mem::take(&mut self.lint);
        let program = eval::evaluate(
            &eval::Setting {
                dockerfile: &input.dockerfile,
                graph: &graph,
                reach: &reach,
                all_stages: input.all_stages,
                options: &input.options,
                build_args: &self.build_args,
                globals: &self.globals,
                platforms: &self.platforms,
                caps: &input.caps,
                epoch: self.epoch,
                ignore: matcher.as_ref(),
            },
            &mut lint,
        );
        self.lint = lint;
        let mut program = program?;
        // All of the target is used, whatever it starts from.
        if let Some(stage) = &program.stages[target.0] {
            program.root_paths[stage.root.0].insert("/".to_owned());
        }
        Ok(Evaluated { graph, target, rounds, reach, program, excludes, before })
    }

    /// Checks the images that reached aliases became.
    fn verify(&mut self, evaluated: Evaluated) -> Result<Verdict, Error> {
        let Some(revision) = self.revision(&evaluated) else {
            return Ok(Verdict::Open(Box::new(evaluated)));
        };
        let Evaluated { graph, reach, program, .. } = &evaluated;
        let policy = policy::Setting {
            graph,
            options: &self.input.options,
            platforms: &self.platforms,
            revision: revision.as_deref(),
        };
        let checks = self.lint.checks().clone();
        let setting = verify::Setting {
            graph,
            program,
            options: &self.input.options,
            platforms: &self.platforms,
            uses: &verify::Uses::of(program),
            checks: &checks,
        };
        let mut checked = Vec::new();
        let mut errors = Vec::new();
        let mut falls = Vec::new();
        let mut open = false;
        for (index, alias) in self.aliases.iter().enumerate() {
            if !reach.contains(alias.stage) || !alias.is_overridden(graph) {
                continue;
            }
            let (mut problems, mut notes) = policy::check(alias, policy);
            for problem in &problems {
                if let Some(rule) = problem.rule {
                    let message = format!("alias {}: {}", alias.name, problem.message);
                    self.lint.note(rule, message, alias.lines, &graph[alias.stage].comments);
                }
            }
            let mut outcome = verify::Outcome::default();
            // What the reference and the config say comes first: looking at a file makes the engine
            // pull and unpack the image.
            if problems.is_empty() && alias.contract.verify > Verify::Off {
                match store::ask(alias, graph, &mut self.facts, &self.lint) {
                    Some(Registry::Other(digest)) => notes.in_registry = Some(digest),
                    Some(Registry::NoOther) => {}
                    None => open = true,
                }
            }
            if problems.is_empty() {
                match verify::check(alias, setting, &mut self.facts)? {
                    Some(found) => outcome = found,
                    None => open = true,
                }
            }
            problems.append(&mut outcome.problems);
            let serves = problems.is_empty();
            if !serves {
                let by_choice = alias.contract.fallback && alias.fallback.is_some();
                if by_choice && problems.iter().all(|p| p.kind == ProblemKind::Verification) {
                    let reason = report::reason(alias, graph, &problems);
                    falls.push((index, reason));
                } else {
                    errors.push(report::error(alias, graph, &problems));
                }
            }
            checked.push(Checked { index, notes, outcome });
        }
        if open {
            return Ok(Verdict::Open(Box::new(evaluated)));
        }
        if let Some(error) = Error::all(errors) {
            return Err(error);
        }
        if !falls.is_empty() {
            let Evaluated { mut graph, target, rounds, before, .. } = evaluated;
            // The stages are evaluated anew, so what was found in them is dropped.
            self.lint = before;
            for (index, reason) in falls {
                let alias = &mut self.aliases[index];
                // What triggers of its image take files from may not be needed any more.
                let triggers = graph[alias.stage].commands.iter().filter(|command| command.trigger);
                let takes_files =
                    triggers.flat_map(|command| &command.sources).any(Option::is_some);
                fall_back(alias, &mut graph, reason, &mut self.lint);
                if takes_files {
                    break;
                }
            }
            return Ok(Verdict::FellBack { graph: Box::new(graph), target, rounds });
        }
        Ok(Verdict::Fine { evaluated: Box::new(evaluated), checked })
    }

    /// The revision that is built, as far as it is known; `None` where an answer is open.
    #[expect(clippy::option_option, reason = "not known yet is not the same as not known")]
    fn revision(&mut self, evaluated: &Evaluated) -> Option<Option<String>> {
        if let Some(revision) = self.overrides.get("REVISION") {
            return Some(Some(revision.to_owned()));
        }
        if let Some(revision) = &self.input.options.revision {
            return Some(Some(revision.clone()));
        }
        let MainContext::Git(git) = &*self.input.context else { return Some(None) };
        if let Some(commit) = git.commit() {
            return Some(Some(commit.to_owned()));
        }
        // A branch is at a commit that only the engine knows: it is asked where that matters.
        let Evaluated { graph, reach, .. } = evaluated;
        let matters = |alias: &Alias| {
            reach.contains(alias.stage)
                && alias.is_overridden(graph)
                && policy::needs_revision(alias, graph)
        };
        if !self.aliases.iter().any(matters) {
            return Some(None);
        }
        let key = Key::Commit(epoch::to_key(&git.to_source().into()));
        match self.facts.ask(&key, || "[internal] resolve the context's commit".to_owned())? {
            Fact::Commit(commit) => Some(commit.clone()),
            _ => Some(None),
        }
    }

    /// Emits the vertices of an evaluated compilation.
    fn finish(&mut self, evaluated: Evaluated, checked: &[Checked]) -> Result<Compilation, Error> {
        let Evaluated { graph, target, reach, program, excludes, .. } = evaluated;
        let input = &self.input;
        self.lint.verdict()?;
        let mut reports: Vec<Report> = Vec::with_capacity(self.aliases.len());
        let mut pruning = Pruning::new(&graph, &reach);
        for alias in &self.aliases {
            reports.push(Report {
                alias: alias.clone(),
                reached: reach.contains(alias.stage),
                checked: Vec::new(),
                odd: Vec::new(),
                pruned: pruning.of(alias, self.lint.checks()),
            });
        }
        for Checked { index, outcome, .. } in checked {
            reports[*index].checked.clone_from(&outcome.checked);
            reports[*index].odd.clone_from(&outcome.odd);
        }
        alias::findings::report(
            &alias::findings::Setting {
                dockerfile: &input.dockerfile,
                options: &input.options,
                globals: &self.globals,
                graph: &graph,
                reach: &reach,
                program: &program,
                target,
                all_stages: input.all_stages,
                sources: &self.sources,
            },
            &self.aliases,
            checked,
            &mut self.lint,
        );

        let setting = emit::Setting {
            graph: &graph,
            program: &program,
            options: &input.options,
            build_args: &self.build_args,
            caps: &input.caps,
            platform: self.platforms.target.clone(),
            context: &input.context,
            subdirectory: input.subdirectory.as_deref(),
            excludes: &excludes,
            source: input.source.clone(),
            failing: (input.vertices == Vertices::Built)
                .then_some("failed to marshal LLB definition"),
        };
        let emitted = match input.vertices {
            Vertices::Built | Vertices::Shown => emit::emit(&setting)?,
            Vertices::Unused => Emitted::nothing(&setting),
        };
        let Some(stage) = &program.stages[target.0] else {
            return Err(Error::new("the target was not evaluated"));
        };
        let definition = emitted.definition(stage.files);
        let config = self.result_config(stage);
        if input.vertices == Vertices::Built {
            config.check_times().map_err(|error| {
                // In the words of the JSON that exporters get.
                Error::new(format!(
                    "failed to marshal image config: json: error calling MarshalJSON for type \
                     *time.Time: {error}"
                ))
                .hint(format!("the time comes from {}, in seconds since 1970", epoch::NAME))
            })?;
        }
        let base_config = stage.base_config.as_ref().map(|config| (**config).clone());
        let check_steps = self.lint.checks().taken();
        Ok(Compilation {
            definition,
            config,
            base_config,
            graph,
            reach,
            target,
            program,
            emitted,
            epoch: self.epoch,
            findings: std::mem::take(&mut self.lint).into_findings(),
            globals: std::mem::take(&mut self.globals),
            platforms: self.platforms.clone(),
            facts: std::mem::take(&mut self.facts),
            aliases: reports,
            check_steps,
            sources: std::mem::take(&mut self.sources),
        })
    }

    /// The target's image config, with the request's labels and platform.
    fn result_config(&self, stage: &eval::Stage) -> ImageConfig {
        let mut config = stage.image_config();
        let labels = &self.input.options.labels;
        if !labels.is_empty() {
            let own = &mut config.config.labels;
            own.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        if !self.platforms.implicit {
            let target = &self.platforms.target;
            let own = &mut config.platform;
            let same = target.os == own.os && target.architecture == own.architecture;
            own.os.clone_from(&target.os);
            own.architecture.clone_from(&target.architecture);
            if !target.variant.is_empty() || !same {
                own.variant.clone_from(&target.variant);
            }
            if !target.os_version.is_empty() || !same {
                own.os_version.clone_from(&target.os_version);
            }
            if !target.os_features.is_empty() {
                own.os_features.clone_from(&target.os_features);
            }
        }
        config.platform = config.platform.normalize();
        config
    }
}

/// What the checks of aliases came to.
enum Verdict {
    /// Answers are open.
    Open(Box<Evaluated>),
    /// An alias became its fallback.
    FellBack { graph: Box<Graph>, target: NodeId, rounds: usize },
    /// Every alias serves.
    Fine { evaluated: Box<Evaluated>, checked: Vec<Checked> },
}

/// Whether the look-up of an alias's image failed in a way for which `fallback=local` is there: the
/// image is not there, not for this platform, or not to be read.
fn may_fall_back(alias: &Alias, graph: &Graph, error: &Error) -> bool {
    // Engines say it in the words of registries, in any case.
    const NOT_READABLE: [&str; 9] = [
        ": not found",
        "no match for platform",
        "insufficient_scope",
        "unauthorized",
        "authorization failed",
        "authentication required",
        "no basic auth credentials",
        "access denied",
        "403 forbidden",
    ];
    let message = error.message.to_lowercase();
    alias.contract.fallback
        && alias.fallback.is_some()
        && alias.is_overridden(graph)
        && (matches!(error.code, Code::NotFound | Code::Other(7 | 16))
            || NOT_READABLE.iter().any(|words| message.contains(words)))
}

/// Makes an alias its fallback, and says so.
fn fall_back(alias: &mut Alias, graph: &mut Graph, reason: String, lint: &mut Linter) {
    let Some(fallback) = alias.fallback else { return };
    graph.fall_back(alias.stage, fallback);
    lint.note(
        &crate::lint::rule::alias_fell_back::RULE,
        format!(
            "alias {} is compiled by stage {}, since its image cannot be used: {reason}",
            alias.name,
            quote(&graph[fallback].label)
        ),
        alias.lines,
        &graph[alias.stage].comments,
    );
    alias.fell_back = Some(reason);
}

enum Round {
    Open,
    FellBack,
    Grown,
    Done(Reach),
}

/// `InvalidDefaultArgInFrom`: what the bases are when no build argument is given.
fn report_invalid_defaults(
    dockerfile: &Dockerfile,
    defaults: &GlobalArgs,
    expander: Expander,
    lint: &mut Linter,
) {
    if !lint.is_on() {
        return;
    }
    let mut budget = Budget::default();
    for stage in &dockerfile.stages {
        let Ok(Ok(expansion)) = budget.expand(expander, &stage.base.text, &defaults.env) else {
            return;
        };
        if Reference::parse_normalized(&expansion.text).is_err() {
            let lines: Lines = stage.lines;
            lint.report(
                &rule::invalid_default_arg_in_from::RULE,
                rule::invalid_default_arg_in_from::message(&stage.base.text),
                lines,
                &Comments::default(),
            );
        }
    }
}
