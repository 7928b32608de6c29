//! Interprets the reached stages: their instructions become steps, with all words expanded.

mod add;
mod arg;
mod args;
mod capability;
mod command;
mod copy;
mod env;
mod evaluated;
mod expose;
mod findings;
mod history;
mod labels;
mod laid;
mod mount;
mod name;
pub mod outline;
mod run;
pub mod sbom;
mod stage;
pub mod step;
mod user;
mod uses;
mod volume;
mod workdir;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::lint::{Rule, rule};
use buildkit_dockerfile::{Kind, Span, Word};

use crate::arena::Arena;
use crate::budget::Budget;
use crate::error::Error;
use crate::given::Given;
use crate::graph::{Command, Graph, NodeId, Reach};
use crate::lint::Linter;
use crate::wildcard::Wildcards;
use aliasfront_image::ignore::Matcher;

pub use evaluated::Evaluated;
pub use laid::LaidOut;
use outline::GlobalInfos;
pub use stage::Stage;
use step::{Files, Step, StepId, StepKind};
pub use uses::{EdgeKind, Origin, Use};

/// Everything the reached stages come to.
#[derive(Debug, Default)]
pub struct Program {
    /// The steps, each after those it needs.
    pub steps: Arena<StepId, Step>,
    /// The stages by node: `None` for those that are not reached.
    pub stages: Arena<NodeId, Option<Stage>>,
    /// The paths that are used of what each root has, by the root's node.
    pub root_paths: Arena<NodeId, BTreeSet<String>>,
    /// What the root of each node is before any instruction changes it.
    pub root_files: Arena<NodeId, Files>,
    /// What is taken of the directories whose files are laid out for that, by the root's node.
    pub laid: BTreeMap<NodeId, LaidOut>,
    /// What the stages use, in the order of their evaluation: those of a stage stand together.
    pub uses: Vec<Use>,
}

impl Program {
    /// What a stage uses itself, without what the stages it builds on use; nothing of one that is not
    /// evaluated.
    pub fn uses_of(&self, id: NodeId) -> &[Use] {
        let uses = self.stages.get(id).and_then(Option::as_ref).map(|stage| stage.uses.clone());
        uses.and_then(|uses| self.uses.get(uses)).unwrap_or_default()
    }
}

/// Evaluates the reached stages.
///
/// # Errors
///
/// The first error, in the order of the stages.
pub fn evaluate(
    given: &Given,
    graph: &Graph,
    reach: &Reach,
    ignore: Option<&Matcher<'_>>,
    lint: &mut Linter,
) -> Result<Program, Error> {
    let nodes = graph.nodes();
    let mut evaluator = Evaluator {
        given,
        graph,
        ignore,
        lint,
        expander: given.expander(),
        globals: GlobalInfos::new(&given.globals),
        budget: Budget::default(),
        unseen: HashSet::new(),
        program: Program {
            steps: Arena::default(),
            stages: nodes.map(|_| None),
            root_paths: nodes.map(|_| BTreeSet::new()),
            root_files: nodes.map(|_| Files::Scratch),
            laid: BTreeMap::new(),
            uses: Vec::new(),
        },
    };
    // Roots first: they can be used by stages before them where they stand for images.
    for id in reach.iter() {
        let Some(root) = &graph[id].root else { continue };
        capability::check_root(given.caps(), &root.source)
            .map_err(|error| error.at(graph[id].lines))?;
        if root.complete {
            let stage = evaluator.start_root(id, root);
            evaluator.program.stages[id] = Some(stage);
        }
    }
    for id in reach.iter() {
        // Lint also looks at the instructions of stages that a context replaces.
        let node = &graph[id];
        let replaced = given.input.all_stages && node.declared.is_some() && node.base.is_none();
        if evaluator.program.stages[id].is_none() || replaced {
            evaluator.stage(id)?;
        }
    }
    Ok(evaluator.program)
}

/// Evaluates stages into a program.
struct Evaluator<'a, 'l> {
    given: &'a Given,
    /// The stages, their roots resolved.
    graph: &'a Graph,
    /// What the main context leaves out, where there is such a file.
    ignore: Option<&'a Matcher<'a>>,
    lint: &'l mut Linter,
    expander: Expander,
    globals: GlobalInfos,
    budget: Budget,
    /// The arguments that were found to be missing in a stage, each told once.
    unseen: HashSet<(NodeId, String)>,
    program: Program,
}

impl Evaluator<'_, '_> {
    /// Evaluates a stage whose root and whose base stage are known.
    fn stage(&mut self, id: NodeId) -> Result<(), Error> {
        let node = &self.graph[id];
        let mut stage = match (node.base, &node.root) {
            (Some(base), _) => match &self.program.stages[base] {
                Some(base) => base.derive(id, &node.from_args),
                None => {
                    return Err(Error::new("a stage was evaluated before its base").at(node.lines));
                }
            },
            (None, Some(root)) => self.start_root(id, root),
            (None, None) => {
                return Err(
                    Error::new("a stage was evaluated before its image was known").at(node.lines)
                );
            }
        };
        // A context without a platform has none while a stage on it is evaluated, and is of the target's for those
        // that build on that stage.
        let without_platform = stage.platform.is_none();
        stage.platform.get_or_insert_default();
        stage.begin(self.given).map_err(|error| error.at(node.lines))?;
        let size = stage.env_size() + stage.take_copied();
        self.budget.charge(size).map_err(|error| error.at(node.lines))?;
        let first_use = self.program.uses.len();
        self.use_base(&stage);
        for command in &node.commands {
            let first_step = self.program.steps.len();
            self.command(&mut stage, command)
                .and_then(|()| self.charge(&mut stage, first_step))
                .map_err(|error| error.at(command.instruction.lines))?;
        }
        stage.uses = first_use..self.program.uses.len();
        stage.scan(self.given, &node.label);
        if without_platform {
            stage.platform = Some(self.given.platforms.target.clone());
        }
        self.program.stages[id] = Some(stage);
        Ok(())
    }

    /// Charges for what an instruction came to: its entry in the history, what it copied of the stage
    /// below, and the steps from `first_step` on, each command with the whole environment.
    fn charge(&mut self, stage: &mut Stage, first_step: usize) -> Result<(), Error> {
        let mut size = stage.last_entry_size() + stage.take_copied();
        for step in &self.program.steps.as_slice()[first_step..] {
            size += step.name.len();
            if matches!(step.kind, StepKind::Run(_)) {
                size += stage.env_size();
            }
        }
        self.budget.charge(size)
    }

    fn command(&mut self, stage: &mut Stage, command: &Command) -> Result<(), Error> {
        let instruction = &*command.instruction;
        match &instruction.kind {
            Kind::Add(add) => self.add(stage, command, add),
            Kind::Arg(args) => self.arg(stage, command, args),
            Kind::Cmd(line) => {
                self.cmd(stage, command, line);
                Ok(())
            }
            Kind::Copy(copy) => self.copy(stage, command, copy),
            Kind::Entrypoint(line) => {
                self.entrypoint(stage, command, line);
                Ok(())
            }
            Kind::Env(pairs) => self.env(stage, command, pairs),
            Kind::Expose(ports) => self.expose(stage, command, ports),
            Kind::Healthcheck(check) => {
                self.healthcheck(stage, command, check);
                Ok(())
            }
            Kind::Label(pairs) => self.label(stage, command, pairs),
            Kind::Maintainer(name) => {
                self.maintainer(stage, name);
                Ok(())
            }
            Kind::Onbuild(onbuild) => {
                stage.config().config.on_build.push(onbuild.expression.clone());
                Ok(())
            }
            Kind::Run(run) => self.run(stage, command, run),
            Kind::Shell(shell) => {
                self.shell(stage, shell);
                Ok(())
            }
            Kind::Stopsignal(signal) => self.stopsignal(stage, command, signal),
            Kind::User(user) => self.user(stage, command, user),
            Kind::Volume(volumes) => self.volume(stage, command, volumes),
            Kind::Workdir(path) => self.workdir(stage, command, path),
        }
    }

    /// Expands a word in the environment of `stage`.
    fn word(&mut self, stage: &Stage, command: &Command, word: &Word) -> Result<String, Error> {
        self.expand(self.expander, stage, command, &word.text, word.span)
    }

    /// Expands a word that may be missing; a missing one is empty.
    fn optional(
        &mut self,
        stage: &Stage,
        command: &Command,
        word: Option<&Word>,
    ) -> Result<String, Error> {
        word.map_or(Ok(String::new()), |word| self.word(stage, command, word))
    }

    fn expand(
        &mut self,
        expander: Expander,
        stage: &Stage,
        command: &Command,
        text: &str,
        span: Span,
    ) -> Result<String, Error> {
        let expansion = match self.budget.expand(expander, text, &*stage.env)? {
            Ok(expansion) => expansion,
            Err(error) => {
                let unset = expander.names(text, &*stage.env).unset;
                self.report_unset(stage, command, &unset);
                return Err(Error::from(error).span(span));
            }
        };
        self.report_unset(stage, command, &expansion.unset);
        self.budget.charge(expansion.text.len())?;
        Ok(expansion.text)
    }

    /// `UndefinedVar`
    fn report_unset<'n>(
        &mut self,
        stage: &Stage,
        command: &Command,
        unset: impl IntoIterator<Item = &'n String>,
    ) {
        for name in unset {
            if stage.build_args.contains(name) || sbom::is_scan_argument(name) {
                continue;
            }
            let names = stage.env.iter().map(|(name, _)| name);
            let nearest = self.lint.checks().closest(name, names, true);
            let message = rule::undefined_var::message(name, nearest.as_deref());
            self.report(&rule::undefined_var::RULE, message, command);
            self.report_unseen(stage, command, [name.as_str()]);
        }
    }

    fn report(&mut self, rule: &'static Rule, message: String, command: &Command) {
        let instruction = &command.instruction;
        self.lint.report(rule, message, instruction.lines, &instruction.comments);
    }

    /// The files of a stage that an instruction of `stage` takes from, as they are so far: a trigger may take from the
    /// stage that it runs in. Nothing for a source that is no stage; `None` where the stage comes later.
    fn files_of(&self, stage: &Stage, source: Option<NodeId>) -> Option<Files> {
        match source {
            None => Some(Files::Scratch),
            Some(id) if id == stage.id => Some(stage.files),
            Some(id) => self.program.stages[id].as_ref().map(|source| source.files),
        }
    }

    /// Notes what a stage builds on.
    fn use_base(&mut self, stage: &Stage) {
        let node = &self.graph[stage.id];
        let from = match node.base {
            Some(base) => Origin::Stage(base),
            None if stage.files == Files::Scratch => return,
            None => Origin::Root,
        };
        self.program.uses.push(Use {
            by: stage.id,
            lines: node.lines,
            edge: EdgeKind::Base,
            from,
            path: "/".to_owned(),
            wildcards: Wildcards::Literal,
            files: stage.files,
        });
    }

    /// Notes a path of the main context that an instruction takes.
    fn use_context(
        &mut self,
        stage: &Stage,
        command: &Command,
        path: String,
        wildcards: Wildcards,
    ) {
        self.program.uses.push(Use {
            by: stage.id,
            lines: command.instruction.lines,
            edge: EdgeKind::of(command),
            from: Origin::Context,
            path,
            wildcards,
            files: Files::Context,
        });
    }

    /// Notes the paths that an instruction takes from another stage.
    fn use_paths(
        &mut self,
        stage: &Stage,
        command: &Command,
        from: NodeId,
        paths: impl IntoIterator<Item = String>,
        wildcards: Wildcards,
    ) {
        let source =
            if from == stage.id { Some(stage) } else { self.program.stages[from].as_ref() };
        let Some(Stage { root, files, .. }) = source else { return };
        let (root, files) = (*root, *files);
        for path in paths {
            self.program.root_paths[root].insert(path.clone());
            self.program.uses.push(Use {
                by: stage.id,
                lines: command.instruction.lines,
                edge: EdgeKind::of(command),
                from: Origin::Stage(from),
                path,
                wildcards,
                files,
            });
        }
    }

    /// Adds a step and gives what it leaves behind.
    fn push(&mut self, step: Step) -> Files {
        Files::Step(self.program.steps.push(step))
    }

    /// Adds a step that belongs to an instruction.
    fn push_for(
        &mut self,
        stage: &Stage,
        command: &Command,
        name: String,
        kind: StepKind,
    ) -> Files {
        self.push(Step {
            stage: stage.id,
            kind,
            name,
            lines: Some(command.instruction.lines),
            ignore_cache: self.graph[stage.id].no_cache,
        })
    }
}
