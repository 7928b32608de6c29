//! The compilation of one target for one platform, driven from outside.

mod after;
mod batch;
mod collect;
mod compilation;
mod fallback;
mod find;
mod part;
mod publish;
pub mod targets;

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, ready};

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::lint::{self, Finding, rule};
use buildkit_dockerfile::{Comments, Dockerfile, Lines};
use buildkit_llb::Definition;

use crate::alias::auto::AutoArgs;
use crate::alias::contract::{Overrides, Verify};
use crate::alias::directory::{self, DirectoryArgs};
use crate::alias::enforce;
use crate::alias::findings::Checked;
use crate::alias::hold::{self, Asker, Hold};
use crate::alias::loads::before;
use crate::alias::loads::landing::{self, Landings};
use crate::alias::loads::place::Cache;
use crate::alias::pruned::Pruning;
use crate::alias::report::{self, Report};
use crate::alias::source::{self, Source};
use crate::alias::source_policy::SourcePolicy;
use crate::alias::store::{self, Registry};
use crate::alias::verify::{self, ProblemKind};
use crate::alias::{self, Alias, leak, policy, shell_check};
use crate::arena::Id as _;
use crate::args::{self, BuildArgs, GlobalArgs};
use crate::budget::Budget;
use crate::context::{Laid, MainContext, Placement, Within, main};
use crate::emit::{self, Emitted};
use crate::epoch::{self, Epoch};
use crate::error::{Error, ErrorKind};
use crate::eval::{self, Evaluated};
use crate::facts::Facts;
use crate::fingerprint::{self, Taken};
use crate::given::{Given, Input, Platforms, Purpose, Vertices};
use crate::graph::{Failed, Graph, NodeId, Reach};
use crate::lint::{Linter, rule as own_rule};
use crate::question::{Fact, File, Key, Question};
use crate::secrets::Secrets;
use aliasfront_gotext::timestamp::Timestamp;
use aliasfront_image::ignore::{Matcher, Patterns};
use aliasfront_image::reference::Reference;

pub use after::{Loads, Looked, Looking};
pub use batch::{Batch, Outcome};
pub use collect::{Collected, Compiled, collect, message};
pub use compilation::Compilation;
use fallback::{fall_back, may_fall_back};
use find::Search;
pub(crate) use part::part_to_pass;
pub use part::{Part, parts};

/// How often triggers of images may add stages and images, before the compilation is given up.
pub const MAX_ROUNDS: usize = 100;

/// How many instructions triggers of images may add, over all stages: an image's triggers may bring
/// several images with triggers each.
pub const MAX_TRIGGERS: usize = 10_000;

/// A compilation: asks questions until it is done.
///
/// [`Batch`] drives several side by side; one alone is driven like this:
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
    given: Given,
    facts: Facts,
    lint: Linter,
    /// The global arguments as they are without build arguments.
    defaults: GlobalArgs,
    /// What expanding the words that the graph depends on may still take.
    budget: Budget,
    overrides: Overrides,
    aliases: Vec<Alias>,
    askers: Vec<Asker>,
    holds: Vec<Hold>,
    sources: Vec<Source>,
    /// The build arguments that leave an image to be found.
    autos: AutoArgs,
    /// The build arguments that name directories of the main context.
    directories: DirectoryArgs,
    /// What can be run while aliases are checked, and nobody took yet.
    meanwhile: Vec<Meanwhile>,
    /// The searches for images, as they are begun.
    searches: Vec<Search>,
    /// What the stages take from the alias that a fingerprint is asked for.
    taken: Option<Rc<Taken>>,
    /// What is known of files that executables load.
    loads: Cache,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Start,
    Epoch,
    Bases(Box<Bases>),
    Verify(Box<Verifying>),
    /// Nothing changes before all answers are there, or one that leads to a new question.
    Waiting(Box<Phase>),
    Over,
}

/// A compilation whose graph stands and whose bases are looked for.
#[derive(Debug)]
struct Bases {
    graph: Graph,
    target: NodeId,
    /// How often triggers have added to the graph.
    rounds: usize,
}

/// A compilation whose stages are evaluated and whose aliases are checked.
#[derive(Debug)]
struct Verifying {
    evaluated: Evaluated,
    rounds: usize,
    /// What was found before the stages were evaluated.
    before: Linter,
    /// The vertices, where they were needed before the checks ended.
    emitted: Option<Emitted>,
}

/// A definition that the build needs whatever the checks of aliases come to.
#[derive(Debug, Clone)]
pub struct Meanwhile {
    /// A step with all that it depends on, to be evaluated.
    pub definition: Definition,
    /// What its images may be.
    pub source_policy: Option<SourcePolicy>,
}

/// What a compilation wants.
#[derive(Debug)]
pub enum Progress {
    /// Answers to these; none where all questions were handed out before and answers are open.
    Ask(Vec<Question>),
    /// Nothing more.
    Done(Box<Compilation>),
}

impl Compiler {
    /// Starts a compilation.
    pub fn new(input: Input) -> Self {
        Self {
            given: Given::new(input),
            facts: Facts::default(),
            lint: Linter::default(),
            defaults: GlobalArgs::default(),
            budget: Budget::default(),
            overrides: Overrides::default(),
            aliases: Vec::new(),
            askers: Vec::new(),
            holds: Vec::new(),
            sources: Vec::new(),
            autos: AutoArgs::default(),
            directories: DirectoryArgs::default(),
            meanwhile: Vec::new(),
            searches: Vec::new(),
            taken: None,
            loads: Cache::default(),
            phase: Phase::Start,
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

    /// What lint rules found, of a compilation that is over.
    pub fn into_findings(mut self) -> Vec<Finding> {
        if !self.lint.findings().is_empty() {
            let secrets = Secrets::before(&self.given, &self.facts).beyond_the_text();
            self.lint.show(|text| secrets.hide(text));
        }
        self.lint.into_findings()
    }

    /// Goes on as far as the answers allow.
    ///
    /// # Errors
    ///
    /// What is wrong with the Dockerfile or with an answer. The compilation is over then.
    pub fn advance(&mut self) -> Result<Progress, Error> {
        self.go_on().map_err(|error| {
            Secrets::before(&self.given, &self.facts).beyond_the_text().without(error)
        })
    }

    fn go_on(&mut self) -> Result<Progress, Error> {
        loop {
            match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Start => {
                    self.start()?;
                    self.phase = Phase::Epoch;
                }
                Phase::Epoch => {
                    if self.find_epoch()?.is_pending() {
                        self.phase = Phase::Epoch;
                        return Ok(self.ask());
                    }
                    let bases = self.build_graph()?;
                    // It is read whatever happens: asked now, it comes with the images.
                    let _ = self.ignore_file();
                    self.phase = Phase::Bases(Box::new(bases));
                }
                Phase::Bases(mut bases) => match self.find_bases(&mut bases)? {
                    Poll::Pending => {
                        self.phase = Phase::Waiting(Box::new(Phase::Bases(bases)));
                        return Ok(self.ask());
                    }
                    // There are only so many aliases, and each is found once and falls back once.
                    Poll::Ready(Round::Changed) => self.phase = Phase::Bases(bases),
                    Poll::Ready(Round::Grown) if bases.rounds < MAX_ROUNDS => {
                        bases.rounds += 1;
                        self.phase = Phase::Bases(bases);
                    }
                    Poll::Ready(Round::Grown) => {
                        return Err(Error::new(format!(
                            "triggers of images add more and more stages (MAX_ROUNDS is {MAX_ROUNDS})"
                        ))
                        .kind(ErrorKind::Limit));
                    }
                    Poll::Ready(Round::Done { reach, ignored }) => {
                        let verifying = self.evaluate(*bases, reach, ignored)?;
                        self.phase = Phase::Verify(Box::new(verifying));
                    }
                },
                Phase::Verify(verifying) => match self.verify(&verifying.evaluated).map_err(
                    // What instructions made of secrets is known now.
                    |error| {
                        let secrets = secrets_of(&self.given, &verifying.evaluated);
                        secrets.beyond_the_text().without(error)
                    },
                )? {
                    Poll::Pending => {
                        let mut verifying = verifying;
                        self.go_on_meanwhile(&mut verifying)?;
                        self.phase = Phase::Waiting(Box::new(Phase::Verify(verifying)));
                        return Ok(self.ask());
                    }
                    Poll::Ready(Verdict::FallBack(falls)) => {
                        let Verifying { evaluated, rounds, before, emitted: _ } = *verifying;
                        let Evaluated { mut graph, target, .. } = evaluated;
                        // The stages are evaluated anew, so what was found in them is dropped.
                        self.lint = before;
                        self.fall_back_all(falls, &mut graph);
                        self.phase = Phase::Bases(Box::new(Bases { graph, target, rounds }));
                    }
                    Poll::Ready(Verdict::Fine(checked)) => {
                        let Verifying { evaluated, emitted, .. } = *verifying;
                        let done = self.finish(evaluated, emitted, &checked)?;
                        return Ok(Progress::Done(Box::new(done)));
                    }
                },
                Phase::Waiting(phase) => {
                    if self.facts.is_waiting() && !self.facts.take_redirected() {
                        self.phase = Phase::Waiting(phase);
                        return Ok(self.ask());
                    }
                    self.phase = *phase;
                }
                Phase::Over => {
                    return Err(Error::new("the compilation is over").kind(ErrorKind::Driver));
                }
            }
        }
    }

    fn ask(&mut self) -> Progress {
        Progress::Ask(self.facts.take_open())
    }

    /// The global arguments and the rules that look at text.
    fn start(&mut self) -> Result<(), Error> {
        let input = &self.given.input;
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
        let Platforms { build, target: platform, .. } = &self.given.platforms;
        let env = args::predefined(build, platform, target, &self.given.build_args);
        let expander = self.given.expander();
        let defaults =
            GlobalArgs::evaluate(&env, &dockerfile.global_args, &BuildArgs::new(), expander);
        if let Ok(defaults) = defaults {
            report_invalid_defaults(dockerfile, &defaults, expander, &mut self.lint);
            self.defaults = defaults;
        }
        self.overrides =
            Overrides::parse(&input.options.build_args).map_err(|e| e.kind(ErrorKind::Option))?;
        let bases = &self.given.input.dockerfile.stages;
        let bases: BTreeSet<&str> =
            bases.iter().flat_map(|stage| stage.base.text.split(is_no_name)).collect();
        let is_in_from = |name: &str| bases.contains(name);
        let build_args = &mut self.given.build_args;
        self.autos = AutoArgs::take(build_args, is_in_from)
            .map_err(|error| error.kind(ErrorKind::Option))?;
        self.directories = DirectoryArgs::take(build_args, is_in_from);
        self.given.globals =
            GlobalArgs::evaluate(&env, &dockerfile.global_args, &self.given.build_args, expander)?;
        Ok(())
    }

    /// Finds out `SOURCE_DATE_EPOCH`, which arguments have as a number from then on.
    fn find_epoch(&mut self) -> Poll<Result<(), Error>> {
        let epoch = ready!(epoch::resolve(&self.given, &mut self.facts))?;
        let Epoch::Known(time) = epoch else { return Poll::Ready(Ok(())) };
        let given = &mut self.given;
        given.epoch = time.map(Timestamp::from_unix);
        if let Some(time) = time {
            let time = time.to_string();
            if let Some(value) = given.build_args.get_mut(epoch::NAME) {
                value.clone_from(&time);
            }
            given.globals.replace(epoch::NAME, &time);
        } else {
            given.build_args.remove(epoch::NAME);
            given.globals.env.delete(epoch::NAME);
        }
        Poll::Ready(Ok(()))
    }

    fn build_graph(&mut self) -> Result<Bases, Error> {
        let mut graph = Graph::build(&self.given, &mut self.budget, &mut self.lint)?;
        let target = match self.given.input.purpose {
            Purpose::Build | Purpose::Name => {
                graph.target(self.given.options().target.as_deref())?
            }
            Purpose::Fingerprint { stage, .. } => NodeId::from_index(stage),
        };
        graph.link(&self.given, &mut self.budget)?;
        let of_contract = |error: Error| error.kind(ErrorKind::Contract);
        graph.read_needs(self.given.dockerfile()).map_err(of_contract)?;
        self.aliases = alias::find(
            &graph,
            self.given.dockerfile(),
            &self.defaults,
            &self.overrides,
            &self.autos,
        )
        .map_err(of_contract)?;
        self.lay_out(&mut graph)?;
        self.askers =
            hold::askers(&graph, self.given.dockerfile(), &self.given.globals, &self.aliases)
                .map_err(of_contract)?;
        self.sources = source::find(&graph, self.given.dockerfile(), &self.defaults)?;
        if let Purpose::Fingerprint { alias, .. } = self.given.input.purpose {
            let stage = NodeId::from_index(alias);
            let contract = self.aliases.iter().find(|alias| alias.stage == stage);
            let required = contract.iter().flat_map(|alias| &alias.contract.require);
            let required = required.map(|requirement| requirement.path.as_str());
            self.taken = Some(Rc::new(fingerprint::taken(&self.given, &graph, stage, required)));
        }
        Ok(Bases { graph, target, rounds: 0 })
    }

    /// Makes aliases start from directories where they are given those, or where their contracts say how files are found
    /// in them.
    fn lay_out(&mut self, graph: &mut Graph) -> Result<(), Error> {
        let is_alias = |(name, _): &(&str, String)| {
            let mut with_stage = self.aliases.iter().filter(|alias| alias.fallback.is_some());
            with_stage.any(|alias| alias.args.contains(*name))
        };
        if let Some((name, value)) = self.directories.iter().find(|given| !is_alias(given)) {
            let error = directory::unused((name, &value)).kind(ErrorKind::Option);
            let declared = self.given.globals.declared.get(name);
            return Err(declared.map_or(error.clone(), |declared| error.at(declared.lines)));
        }
        for alias in &self.aliases {
            let placement = if alias.contract.flat {
                let required = alias.contract.require.iter();
                Placement::Flat(required.map(|requirement| requirement.path.clone()).collect())
            } else {
                Placement::Nested
            };
            // A named context that takes the alias's place counts more.
            let given = self
                .directories
                .of(&alias.args)
                .filter(|_| graph[alias.stage].replaced_by.is_none());
            if let Some(given) = given {
                let (directory, shown) = directory::expand(given, &self.given, &mut self.budget)
                    .map_err(|error| error.kind(ErrorKind::Option))?;
                let laid = Laid { within: Within::Context, directory, placement };
                graph.start_from_directory(alias.stage, &shown, laid);
            } else if alias.contract.flat {
                graph[alias.stage].placement = Some(placement);
            }
        }
        Ok(())
    }

    /// Looks for the bases of reached stages, and takes over the triggers they bring.
    fn find_bases(&mut self, bases: &mut Bases) -> Poll<Result<Round, Error>> {
        let Bases { graph, target, .. } = bases;
        let roots: Vec<NodeId> =
            if self.given.input.all_stages { graph.ids().collect() } else { vec![*target] };
        let reach = graph.reach(&roots);
        match self.search(graph, &reach, *target)? {
            Poll::Pending => {
                // What is needed whatever comes of it is asked at the same time; what is wrong with that is told in its
                // turn.
                let _ = graph.clone().resolve_bases(
                    &self.given,
                    &reach,
                    &mut self.facts,
                    &mut Linter::default(),
                );
                return Poll::Pending;
            }
            Poll::Ready(true) => return Poll::Ready(Ok(Round::Changed)),
            Poll::Ready(false) => {}
        }
        // Before anything is asked: it is the graph that decides.
        let loosened = enforce::loosened(&self.aliases, &self.askers, &reach);
        enforce::keep(loosened, graph, &mut self.lint)?;
        let (given, aliases, sources) = (&self.given, &self.aliases, &self.sources);
        let leaks = leak::Setting { given, graph, reach: &reach, aliases, sources };
        // Whoever publishes or asks for a name means the compile stage.
        let publishes = self.overrides.publish().is_some();
        if self.given.input.purpose == Purpose::Build && !publishes {
            leak::forbid(&leaks, &self.overrides)
                .map_err(|error| error.kind(ErrorKind::Contract))?;
        }
        self.holds = hold::find(graph, &reach, &mut self.aliases, &self.askers);
        self.enforce(graph, enforce::by_name)?;
        let found =
            ready!(graph.resolve_bases(&self.given, &reach, &mut self.facts, &mut self.lint));
        if let Err(failed) = found {
            return Poll::Ready(self.fall_back_from(failed, graph));
        }
        self.enforce(graph, enforce::as_emitted)?;
        let mut grown = false;
        let known = graph.ids().count();
        // Lint visits stages that the target doesn't need, too, but nobody builds on their images.
        let needed =
            if self.given.input.all_stages { graph.reach(&[*target]) } else { reach.clone() };
        for id in needed.iter() {
            grown |= graph.take_triggers(id, &self.given, &mut self.budget)?;
            if graph.triggers() > MAX_TRIGGERS {
                let message = format!(
                    "triggers of images add more than {MAX_TRIGGERS} instructions (MAX_TRIGGERS)"
                );
                let error = Error::new(message).at(graph[id].lines);
                return Poll::Ready(Err(error.kind(ErrorKind::Limit)));
            }
        }
        if grown {
            graph.pass_over(&self.given, &reach, known);
            return Poll::Ready(Ok(Round::Grown));
        }
        let ignored = ready!(self.ignore_file());
        Poll::Ready(Ok(Round::Done { reach, ignored }))
    }

    /// Looks for the images of reached aliases by what their compile stages are made of. Whether an alias became one.
    fn search(
        &mut self,
        graph: &mut Graph,
        reach: &Reach,
        target: NodeId,
    ) -> Poll<Result<bool, Error>> {
        let input = &self.given.input;
        let asks_for_name = match input.purpose {
            Purpose::Build if input.vertices != Vertices::Unused => false,
            Purpose::Name => true,
            Purpose::Build | Purpose::Fingerprint { .. } => return Poll::Ready(Ok(false)),
        };
        let published = match (asks_for_name, self.overrides.publish()) {
            (true, _) => self.aliases.iter().position(|alias| alias.stage == target),
            (false, Some(_)) => {
                let alias = publish::alias(&self.aliases, target, graph);
                Some(alias.map_err(|error| error.kind(ErrorKind::Option))?)
            }
            (false, None) => None,
        };
        for (index, alias) in self.aliases.iter().enumerate() {
            let begun = self.searches.iter().any(|search| search.alias == index);
            let looked_for = alias.auto.is_some() && reach.contains(alias.stage) && !asks_for_name;
            let wanted = looked_for || published == Some(index);
            let Some(fallback) = alias.fallback.filter(|_| wanted && !begun) else { continue };
            if alias.is_overridden(graph) || alias.fell_back.is_some() {
                continue;
            }
            enforce::repository(alias, graph)?;
            let subject = find::Subject {
                alias: index,
                name: &alias.name,
                stage: alias.stage,
                fallback,
                fallback_name: &graph[fallback].label,
                auto: alias.auto.clone(),
                asks: looked_for,
                wait: self.overrides.wait(),
            };
            self.searches.push(Search::new(&self.given, subject));
        }
        let (mut open, mut changed) = (false, false);
        for search in &mut self.searches {
            let alias = &mut self.aliases[search.alias];
            if alias.publication.is_some() || alias.search_failed.is_some() {
                continue;
            }
            let advanced = search.advance(&mut self.facts);
            let Poll::Ready(publication) = advanced else {
                open = true;
                continue;
            };
            let publication = match publication {
                Ok(publication) => publication,
                // Who only wants to build can still compile.
                Err(error) if published != Some(search.alias) => {
                    alias.search_failed = Some(error.message);
                    continue;
                }
                Err(error) => return Poll::Ready(Err(error)),
            };
            for (lines, message) in &search.unrepeatable {
                let message = format!(
                    "alias {}: {message}, so that its builds may differ under one fingerprint",
                    alias.name
                );
                self.lint.note(
                    &own_rule::alias_not_repeatable::RULE,
                    message,
                    *lines,
                    &graph[alias.stage].comments,
                );
            }
            if let Some(holds) =
                self.overrides.publish().filter(|_| published == Some(search.alias))
            {
                publish::check(alias, &publication.recipe.taken, holds)
                    .map_err(|error| error.kind(ErrorKind::Option))?;
            }
            if publication.is_found()
                && let Ok(image) = Reference::parse_normalized(&publication.reference)
            {
                graph.start_from(alias.stage, &publication.reference, image);
                changed = true;
            }
            alias.publication = Some(publication);
        }
        if open {
            return Poll::Pending;
        }
        if changed {
            return Poll::Ready(Ok(true));
        }
        // Whoever publishes compiles, where it isn't published yet.
        let never = self.overrides.never_compile() && published.is_none();
        let missing = self.aliases.iter().filter(|alias| {
            let published = published.is_some_and(|index| self.aliases[index].stage == alias.stage);
            reach.contains(alias.stage) && !published && (never || alias.contract.never_compile)
        });
        let errors = missing.filter_map(|alias| report::not_found(alias, &self.given)).collect();
        let error = Error::all(errors).map(|error| error.kind(ErrorKind::Contract));
        Poll::Ready(error.map_or(Ok(false), Err))
    }

    /// Checks the sources that contracts hold for.
    fn enforce(
        &mut self,
        graph: &Graph,
        check: impl Fn(&enforce::Setting<'_>, &mut Linter) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (given, aliases, holds) = (&self.given, &self.aliases, &self.holds);
        check(&enforce::Setting { given, graph, aliases, holds }, &mut self.lint)
            .map_err(|error| error.kind(ErrorKind::Contract))
    }

    /// Makes the aliases whose images cannot be had their fallbacks, up to the first failure for which
    /// there is none. That one is the error where it comes first.
    fn fall_back_from(&mut self, failed: Vec<Failed>, graph: &mut Graph) -> Result<Round, Error> {
        let mut aliases: HashMap<NodeId, &mut Alias> =
            self.aliases.iter_mut().map(|alias| (alias.stage, alias)).collect();
        let mut fell_back = false;
        for Failed { stage, error } in failed {
            match aliases.get_mut(&stage) {
                Some(alias) if may_fall_back(alias, graph, &error) => {
                    fall_back(alias, graph, error.message, &mut self.lint);
                    fell_back = true;
                }
                _ if fell_back => break,
                Some(alias) if alias.is_overridden(graph) => {
                    let platforms = &self.given.platforms;
                    let error = match &error.elsewhere {
                        Some(elsewhere) => {
                            let hint = report::platform_hint(alias, graph, platforms, elsewhere);
                            error.hint(hint)
                        }
                        None => error.or_hint(|| report::hint(alias, graph)),
                    };
                    return Err(Error { joins: true, ..error });
                }
                _ => return Err(error),
            }
        }
        Ok(Round::Changed)
    }

    /// The question for the ignore file of a local context; `None` where there is nothing to ask.
    fn ignore_file_key(&self) -> Option<Key> {
        let MainContext::Local { local } = self.given.context() else { return None };
        if self.given.input.ignore_file.is_some() {
            return None;
        }
        Some(Key::File(File {
            local: local.clone(),
            session: self.given.options().session_of(local).to_owned(),
            shared_key: format!("{local}-{}", main::IGNORE_FILE),
            path: main::IGNORE_FILE.to_owned(),
            must_load: false,
        }))
    }

    /// What a local context leaves out: the file's name and content, where there is such a file.
    fn ignore_file(&mut self) -> Poll<Option<IgnoreFile>> {
        if let (MainContext::Local { .. }, Some(file)) =
            (self.given.context(), &self.given.input.ignore_file)
        {
            return Poll::Ready(Some(file.clone()));
        }
        let Some(key) = self.ignore_file_key() else { return Poll::Ready(None) };
        let log_name = || format!("[internal] load {}", main::IGNORE_FILE);
        Poll::Ready(match ready!(self.facts.ask(&key, log_name)) {
            Fact::File(Some(content)) => Some((main::IGNORE_FILE.to_owned(), content.clone())),
            _ => None,
        })
    }

    /// Evaluates the reached stages.
    fn evaluate(
        &mut self,
        bases: Bases,
        reach: Reach,
        ignored: Option<IgnoreFile>,
    ) -> Result<Verifying, Error> {
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
        let before = self.lint.clone();
        let Bases { graph, target, rounds } = bases;
        let mut program =
            eval::evaluate(&self.given, &graph, &reach, matcher.as_ref(), &mut self.lint)?;
        // All of the target is used, whatever it starts from.
        if let Some(stage) = &program.stages[target] {
            program.root_paths[stage.root].insert("/".to_owned());
        }
        program.lay_out(&graph, target).map_err(|error| error.kind(ErrorKind::Contract))?;
        let file_tests = shell_check::find(&self.aliases, &program);
        let evaluated = Evaluated { graph, reach, target, program, excludes, file_tests };
        shell_check::report(&self.aliases, &evaluated, &mut self.lint);
        Ok(Verifying { evaluated, rounds, before, emitted: None })
    }

    /// While aliases are checked, what needs nothing of them can run.
    fn go_on_meanwhile(&mut self, verifying: &mut Verifying) -> Result<(), Error> {
        let Input { vertices, purpose, .. } = &self.given.input;
        let is_built = *vertices == Vertices::Built && *purpose == Purpose::Build;
        // Rules that fail the build fail it before anything runs, and what is published is no stage's result.
        let is_fine = self.lint.verdict().is_ok() && self.overrides.publish().is_none();
        if !is_built || !is_fine || verifying.emitted.is_some() {
            return Ok(());
        }
        let Verifying { evaluated, emitted, .. } = verifying;
        let Evaluated { graph, reach, .. } = &*evaluated;
        let of_graph = self.aliases.iter().filter(|alias| alias.is_checked(graph, reach));
        let checked: Vec<NodeId> = of_graph
            .map(|alias| alias.source)
            .chain(self.holds.iter().map(|it| it.source))
            .collect();
        let emitted = emitted.insert(emit::emit(&self.given, evaluated)?);
        let source_policy = SourcePolicy::of(graph, reach, &self.aliases, &self.holds);
        let definitions = emitted.meanwhile(evaluated, &checked).into_iter();
        self.meanwhile.extend(
            definitions
                .map(|definition| Meanwhile { definition, source_policy: source_policy.clone() }),
        );
        Ok(())
    }

    /// Takes what can be run already, while the checks of aliases have not come to their end. A driver may leave it:
    /// it is part of what the compilation comes to. Where one of these fails, so will the build.
    pub fn take_meanwhile(&mut self) -> Vec<Meanwhile> {
        std::mem::take(&mut self.meanwhile)
    }

    /// Checks the images that reached aliases became.
    fn verify(&mut self, evaluated: &Evaluated) -> Poll<Result<Verdict, Error>> {
        let revision = ready!(self.revision(evaluated));
        let Evaluated { graph, reach, .. } = evaluated;
        let given = &self.given;
        let checks = self.lint.checks().clone();
        let uses = verify::Uses::of(&evaluated.program);
        let mut checked = Vec::new();
        let mut errors = Vec::new();
        let mut broken = Vec::new();
        let mut falls = Vec::new();
        let mut open = false;
        let aliases = self.aliases.iter().enumerate();
        let aliases = aliases.filter(|(_, alias)| alias.is_checked(graph, reach));
        let aliases = aliases.map(|(index, alias)| (Some(index), Cow::Borrowed(alias)));
        let others = hold::others(&self.holds, &self.aliases);
        let secrets = LazyCell::new(|| secrets_of(given, evaluated));
        let all: Vec<&Alias> = self.aliases.iter().collect();
        let loads = !landing::required(&all).is_empty();
        let landings = loads.then(|| Landings::of(&evaluated.program, &all, &checks));
        for (index, alias) in aliases.chain(others.map(|alias| (None, Cow::Owned(alias)))) {
            let alias = &*alias;
            let (mut problems, mut notes) = policy::check(alias, given, graph, revision.as_deref());
            for problem in &problems {
                if let Some(rule) = problem.rule {
                    let message = format!("alias {}: {}", alias.name, problem.message);
                    broken.push((alias.stage, alias.lines, rule, message));
                }
            }
            let mut outcome = verify::Outcome::default();
            // What the reference and the config say comes first: looking at a file makes the engine
            // pull and unpack the image.
            if problems.is_empty() && alias.contract.verify > Verify::Off {
                match store::ask(alias, graph, &secrets, &mut self.facts, &self.lint) {
                    Poll::Ready(Registry::Other(digest)) => notes.in_registry = Some(digest),
                    Poll::Ready(Registry::NoOther) => {}
                    Poll::Pending => open = true,
                }
            }
            if problems.is_empty() {
                let setting = verify::Setting {
                    given,
                    evaluated,
                    uses: &uses,
                    checks: &checks,
                    secrets: &secrets,
                };
                match verify::check(alias, setting, &mut self.facts)? {
                    Poll::Ready(found) => outcome = found,
                    Poll::Pending => open = true,
                }
                if let (Some(landings), Some(index)) = (&landings, index) {
                    let alias = (index, alias);
                    match before::check(alias, setting, landings, &mut self.facts, &mut self.loads)?
                    {
                        Poll::Ready(found) => outcome.problems.extend(found),
                        Poll::Pending => open = true,
                    }
                }
            }
            problems.append(&mut outcome.problems);
            let serves = problems.is_empty();
            if !serves {
                let by_choice = alias.contract.fallback
                    && alias.fallback.is_some()
                    && alias.is_overridden(graph);
                let index = index.filter(|_| by_choice);
                if let Some(index) = index
                    && problems.iter().all(|p| p.kind == ProblemKind::Verification)
                {
                    let reason = report::reason(alias, graph, &problems);
                    falls.push((index, reason));
                } else {
                    errors.push(report::error(alias, graph, &problems));
                }
            }
            checked.extend(index.map(|index| Checked { index, notes, outcome }));
        }
        if open {
            return Poll::Pending;
        }
        // Told once, however often the checks wait for answers.
        for (stage, lines, rule, message) in broken {
            self.lint.note(rule, message, lines, &graph[stage].comments);
        }
        if let Some(error) = Error::all(errors) {
            return Poll::Ready(Err(error.kind(ErrorKind::Contract)));
        }
        Poll::Ready(Ok(if falls.is_empty() {
            Verdict::Fine(checked)
        } else {
            Verdict::FallBack(falls)
        }))
    }

    /// Makes aliases that do not serve their fallbacks, up to one after which others may not be needed.
    fn fall_back_all(&mut self, falls: Vec<(usize, String)>, graph: &mut Graph) {
        for (index, reason) in falls {
            let alias = &mut self.aliases[index];
            // What triggers of its image take files from may not be needed any more.
            let triggers = graph[alias.stage].commands.iter().filter(|command| command.trigger);
            let takes_files = triggers.flat_map(|command| &command.sources).any(Option::is_some);
            fall_back(alias, graph, reason, &mut self.lint);
            if takes_files {
                break;
            }
        }
    }

    /// The revision that is built; `None` where nothing tells it.
    fn revision(&mut self, evaluated: &Evaluated) -> Poll<Option<String>> {
        if let Some(revision) = self.overrides.get("REVISION") {
            return Poll::Ready(Some(revision.to_owned()));
        }
        if let Some(revision) = &self.given.options().revision {
            return Poll::Ready(Some(revision.clone()));
        }
        let MainContext::Git(git) = self.given.context() else { return Poll::Ready(None) };
        if let Some(commit) = git.commit() {
            return Poll::Ready(Some(commit.to_owned()));
        }
        // A branch is at a commit that only the engine knows: it is asked where that matters.
        let Evaluated { graph, reach, .. } = evaluated;
        let matters = |alias: &Alias| {
            reach.contains(alias.stage)
                && alias.is_overridden(graph)
                && policy::needs_revision(alias, graph)
        };
        if !self.aliases.iter().any(matters) {
            return Poll::Ready(None);
        }
        let key = Key::Commit(epoch::to_key(&git.to_source().into()));
        let log_name = || "[internal] resolve the context's commit".to_owned();
        Poll::Ready(match ready!(self.facts.ask(&key, log_name)) {
            Fact::Commit(commit) => commit.clone(),
            _ => None,
        })
    }

    /// Emits the vertices of an evaluated compilation.
    fn finish(
        &mut self,
        evaluated: Evaluated,
        emitted: Option<Emitted>,
        checked: &[Checked],
    ) -> Result<Compilation, Error> {
        self.lint.verdict()?;
        let Evaluated { graph, reach, .. } = &evaluated;
        let mut reports: Vec<Report> = Vec::with_capacity(self.aliases.len());
        let to_pass = graph.reach_to_pass(&[evaluated.target]);
        let is_off = self.overrides.is_needs_off();
        let is_left_out = |id: &NodeId| is_off && !reach.contains(*id) && to_pass.contains(*id);
        let left_out: Vec<NodeId> = graph.ids().filter(is_left_out).collect();
        let to_pass = if is_off { reach.clone() } else { to_pass };
        let mut pruning = Pruning::new(graph, &to_pass);
        for alias in &self.aliases {
            reports.push(Report {
                alias: alias.clone(),
                reached: reach.contains(alias.stage),
                checked: Vec::new(),
                odd: Vec::new(),
                not_checked: Vec::new(),
                pruned: pruning.of(alias, self.lint.checks()),
            });
        }
        for Checked { index, outcome, .. } in checked {
            reports[*index].checked.clone_from(&outcome.checked);
            reports[*index].odd.clone_from(&outcome.odd);
            reports[*index].not_checked.clone_from(&outcome.not_checked);
        }
        let (aliases, sources) = (&self.aliases, &self.sources);
        let lint = &mut self.lint;
        for alias in enforce::loosened(aliases, &self.askers, reach) {
            enforce::note_loosened(alias, graph, lint);
        }
        alias::findings::report(&self.given, &evaluated, aliases, sources, checked, lint);
        if !self.lint.findings().is_empty() {
            let secrets = secrets_of(&self.given, &evaluated).beyond_the_text();
            self.lint.show(|text| secrets.hide(text));
        }

        let vertices = self.given.input.vertices;
        let mut emitted = match (emitted, vertices) {
            (Some(emitted), _) => emitted,
            (None, Vertices::Built | Vertices::Shown) => emit::emit(&self.given, &evaluated)?,
            (None, Vertices::Unused) => Emitted::nothing(&self.given, &evaluated.program),
        };
        let source_policy = SourcePolicy::of(graph, reach, &self.aliases, &self.holds);
        let Evaluated { graph, reach, target, program, .. } = evaluated;
        let Some(stage) = &program.stages[target] else {
            return Err(Error::new("the target was not evaluated"));
        };
        let mut config = compilation::result_config(&self.given, stage);
        let mut definition = emitted.definition(stage.files);
        let mut base_config = stage.base_config.as_ref().map(|config| (**config).clone());
        let mut given = self.given.clone();
        let published =
            reports.iter().map(|report| &report.alias).find(|alias| alias.stage == target);
        let publication = published.and_then(|alias| Some((alias, alias.publication.as_ref()?)));
        if let (Some(holds), Some((alias, publication)), Vertices::Built) =
            (self.overrides.publish(), publication, vertices)
        {
            let revision = self.overrides.get("REVISION").or(given.options().revision.as_deref());
            let result = publish::publish(
                &given,
                &program,
                &mut emitted,
                (alias, &graph),
                (publication, holds, revision),
            )?;
            definition = result.definition;
            config = result.config;
            given.epoch = result.epoch;
            base_config = None;
        }
        emitted.check(&definition)?;
        if vertices == Vertices::Built {
            config.check_times().map_err(|error| {
                // In the words of the JSON that exporters get.
                Error::new(format!(
                    "failed to marshal image config: json: error calling MarshalJSON for type \
                     *time.Time: {error}"
                ))
                .hint(format!("the time comes from {}, in seconds since 1970", epoch::NAME))
            })?;
        }
        let done = Compilation {
            definition,
            config,
            base_config,
            given,
            graph,
            reach,
            target,
            program,
            emitted,
            facts: std::mem::take(&mut self.facts),
            aliases: reports,
            check_steps: self.lint.checks().taken(),
            taken: self.taken.take(),
            sources: std::mem::take(&mut self.sources),
            source_policy,
            to_pass,
            left_out,
        };
        if done.given.options().sbom.is_some() {
            for (_, files) in done.scan_extras() {
                done.emitted.check(&done.emitted.definition(files))?;
            }
        }
        Ok(done)
    }
}

/// Whether no name of a variable has such a character.
fn is_no_name(c: char) -> bool {
    !c.is_ascii_alphanumeric() && c != '_'
}

/// What is secret in evaluated stages.
fn secrets_of(given: &Given, evaluated: &Evaluated) -> Secrets {
    Secrets::of(given, &evaluated.graph, &evaluated.program)
}

/// What a local context leaves out: the file's name and content.
type IgnoreFile = (String, Arc<[u8]>);

/// What the checks of aliases came to.
enum Verdict {
    /// The aliases at these places become their fallbacks, for these reasons.
    FallBack(Vec<(usize, String)>),
    /// Every alias serves.
    Fine(Vec<Checked>),
}

/// What a round of looking for bases came to.
enum Round {
    /// An alias became its fallback, or the image that was found for it.
    Changed,
    /// Triggers added stages or images.
    Grown,
    /// All bases are known.
    Done { reach: Reach, ignored: Option<IgnoreFile> },
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
