//! From the parsed Dockerfile to the graph of its stages.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::ast::Stage;
use buildkit_dockerfile::expand::Expansion;
use buildkit_dockerfile::lint::rule;
use buildkit_dockerfile::{Instruction, Kind, suggest};

use super::{Command, Graph, Node, NodeId};
use crate::arena::Id as _;
use crate::args::GlobalArgs;
use crate::budget::Budget;
use crate::context::named;
use crate::error::{Error, ErrorKind};
use crate::given::Given;
use crate::lint::{Linter, rule as own_rule};
use aliasfront_image::platform::Platform;

impl Graph {
    /// Lays out the stages of a Dockerfile, expands what their `FROM` says, and links them.
    ///
    /// # Errors
    ///
    /// A base or platform that does not expand or is blank, a `--from` that names no stage, a
    /// circle.
    pub fn build(given: &Given, budget: &mut Budget, lint: &mut Linter) -> Result<Self, Error> {
        let mut graph = Self::default();
        let mut late = late_args(given);
        let mut unknown = Unknown::new(&given.globals);
        let mut names = Budget::default();
        for (index, stage) in given.dockerfile().stages.iter().enumerate() {
            let node = declared(index, stage, given, budget, &mut late, &mut unknown, lint)?;
            names.charge(node.base_name.len()).map_err(|error| error.at(stage.lines))?;
            let id = graph.add(node);
            graph.count_steps(id, stage);
        }
        Ok(graph)
    }

    /// Links instructions to the stages they take files from.
    ///
    /// # Errors
    ///
    /// A `--from` that names no stage or cannot be expanded, a circle.
    pub fn link(&mut self, given: &Given, budget: &mut Budget) -> Result<(), Error> {
        for (index, stage) in given.dockerfile().stages.iter().enumerate() {
            for instruction in &stage.instructions {
                let instruction = Rc::new(instruction.clone());
                let id = NodeId::from_index(index);
                let command = self.link_command(id, instruction, false, given, budget)?;
                self[id].commands.push(command);
            }
        }
        self.check_cycles()?;
        // A mount without `from` counts as a stage of its own here.
        if let ([only], [_]) = (self.nodes.as_mut_slice(), self.numbers.as_slice()) {
            only.label.clear();
        }
        Ok(())
    }

    /// The stage that the request builds.
    ///
    /// # Errors
    ///
    /// No stage has the target's name.
    pub fn target(&self, target: Option<&str>) -> Result<NodeId, Error> {
        let mut declared = self.nodes.entries().filter(|(_, node)| node.declared.is_some());
        match target {
            None => match declared.next_back() {
                Some((last, _)) => Ok(last),
                None => Err(Error::new("no build stage in current context")),
            },
            Some(name) => self.find(name).ok_or_else(|| {
                Error::new(suggest::did_you_mean(
                    format!("target stage {} could not be found", quote(name)),
                    name,
                    self.labels(),
                    true,
                ))
                .kind(ErrorKind::Option)
            }),
        }
    }

    /// Counts what the numbering of a stage's steps counts: its base, where it is no stage and not
    /// `scratch`, and the instructions that change files.
    fn count_steps(&mut self, id: NodeId, stage: &Stage) {
        let node = &mut self[id];
        if node.replaced_by.is_some() {
            return;
        }
        let base = usize::from(node.base_name != named::SCRATCH && node.base.is_none());
        let steps = stage.instructions.iter().filter(|instruction| is_step(&instruction.kind));
        node.steps = base + steps.count();
    }
}

/// Whether an instruction changes files: then the numbering of its stage's steps counts it.
pub(super) fn is_step(kind: &Kind) -> bool {
    matches!(kind, Kind::Add(_) | Kind::Copy(_) | Kind::Run(_) | Kind::Workdir(_))
}

/// The node of a declared stage, not yet linked.
fn declared(
    index: usize,
    stage: &Stage,
    given: &Given,
    budget: &mut Budget,
    late: &mut LateArgs<'_>,
    unknown: &mut Unknown<'_>,
    lint: &mut Linter,
) -> Result<Node, Error> {
    let (options, globals, expander) = (given.options(), &given.globals, given.expander());
    let base = budget
        .expand(expander, &stage.base.text, &globals.env)
        .map_err(|error| error.at(stage.lines))?;
    if let Ok(base) = &base {
        unknown.report(stage, base, lint);
    }
    let base = base.map_err(|e| Error::from(e).at(stage.lines).span(stage.base.span))?;
    report_late_args(index, &base, late, lint);
    if base.text.is_empty() {
        let error = Error::new(format!("base name ({}) should not be blank", stage.base.text))
            .at(stage.lines)
            .span(stage.base.span);
        return Err(explain_blank(error, &base, given));
    }
    let mut from_args = base.used;

    let mut platform = None;
    if let Some(word) = &stage.platform {
        let expansion = budget.expand(expander, &word.text, &globals.env);
        let expansion = expansion.map_err(|error| error.at(stage.lines))?.map_err(|e| {
            Error::from(e)
                .context(format!("failed to process arguments for platform {}", word.text))
                .at(stage.lines)
                .span(word.span)
        })?;
        unknown.report(stage, &expansion, lint);
        report_platform(stage, &word.text, &expansion, globals, lint);
        platform = Some(
            parse_platform(&word.text, &expansion, globals)
                .map_err(|error| error.at(stage.lines).span(word.span))?,
        );
        from_args.extend(expansion.used);
    }

    let replaced_by = match &stage.name {
        Some(name) => {
            named::find(options, name, platform.as_ref().or(given.input.platform.as_ref()))
                .map_err(|error| error.at_own(stage.lines))?
        }
        None => None,
    };
    let replaced = replaced_by.is_some();
    Ok(Node {
        declared: Some(index),
        name: stage.name.clone(),
        label: stage.name.clone().unwrap_or_else(|| format!("stage-{index}")),
        base_name: base.text,
        base_expression: stage.base.text.clone(),
        base: None,
        replaced_by,
        platform,
        commands: Vec::<Command>::new(),
        edges: Vec::new(),
        lines: stage.lines,
        mounted: false,
        comments: stage.comments.clone(),
        source: stage.source.clone(),
        steps: 0,
        no_cache: !replaced && options.is_no_cache(stage.name.as_deref().unwrap_or_default()),
        from_args: if replaced { BTreeSet::default() } else { from_args },
        passed: 0,
        placement: None,
        wanted: None,
        root: None,
        triggered: false,
    })
}

/// Says why a base is blank: the argument is declared too late, or not at all.
fn explain_blank(error: Error, base: &Expansion, given: &Given) -> Error {
    for name in &base.unset {
        for stage in &given.dockerfile().stages {
            for instruction in &stage.instructions {
                let Kind::Arg(args) = &instruction.kind else { continue };
                if args.iter().any(|arg| &arg.name.text == name) {
                    return error.hint(format!(
                        "ARG {name} on {} belongs to a stage; move it before the first FROM, where \
                         every FROM can use it",
                        instruction.lines
                    ));
                }
            }
        }
    }
    match base.unset.iter().chain(&base.used).next() {
        Some(name) if given.options().build_args.contains_key(name) => {
            let default = given.globals.declared.get(name).and_then(|arg| arg.default.as_deref());
            let default =
                default.filter(|default| !default.is_empty()).unwrap_or("<image or stage>");
            error.hint(format!(
                "the build argument {name} is empty; give it a value, omit it, or write FROM ${{{name}:-{default}}}, \
                  which takes an empty argument for none"
            ))
        }
        Some(name) if given.globals.declared.contains_key(name) => {
            error.hint(format!("give ARG {name} a default, or set it with --build-arg {name}=…"))
        }
        Some(name) => {
            error.hint(format!("declare it before the first FROM: ARG {name}=<image or stage>"))
        }
        None => error,
    }
}

/// The arguments that stages declare, each with the first instruction that does and the stage's place.
/// No `FROM` sees them.
type LateArgs<'a> = HashMap<&'a str, (usize, &'a Instruction)>;

fn late_args(given: &Given) -> LateArgs<'_> {
    let mut late = LateArgs::new();
    for (index, stage) in given.dockerfile().stages.iter().enumerate() {
        for instruction in &stage.instructions {
            let Kind::Arg(args) = &instruction.kind else { continue };
            for arg in args {
                let name = arg.name.text.as_str();
                if !given.globals.declared.contains_key(name) {
                    late.entry(name).or_insert((index, instruction));
                }
            }
        }
    }
    late
}

/// `AliasArgAfterFrom`: an argument of the base that a stage declares, each told once.
///
/// Where the base has a default for it, an `ARG` in a later stage is a matter of that stage.
fn report_late_args(index: usize, base: &Expansion, late: &mut LateArgs<'_>, lint: &mut Linter) {
    for name in &base.unset {
        let Some((at, instruction)) = late.get(name.as_str()).copied() else { continue };
        if at < index || base.text.is_empty() {
            let message = format!(
                "ARG {name} belongs to a stage here, so that FROM cannot use it; move it before the first FROM"
            );
            let rule = &own_rule::alias_arg_after_from::RULE;
            lint.note(rule, message, instruction.lines, &instruction.comments);
            late.remove(name.as_str());
        }
    }
}

/// The platform of a `FROM`.
fn parse_platform(
    written: &str,
    expansion: &Expansion,
    globals: &GlobalArgs,
) -> Result<Platform, Error> {
    let suggest = |message: String| {
        let names = globals.env.names();
        expansion
            .unset
            .iter()
            .find_map(|name| {
                suggest::closest(name, names.iter().copied(), true)
                    .map(|nearest| format!("{message} (did you mean {nearest}?)"))
            })
            .unwrap_or(message)
    };
    if expansion.text.is_empty() {
        return Err(Error::new(suggest(format!("empty platform value from expression {written}"))));
    }
    Platform::parse(&expansion.text).map_err(|error| {
        Error::new(format!("failed to parse platform {written}: {}", suggest(error.to_string())))
    })
}

/// `UndefinedArgInFrom`. What a name may mean is looked for once, however many stages use it.
struct Unknown<'a> {
    globals: &'a GlobalArgs,
    /// The names that a `FROM` may use, once one was not among them.
    known: Option<BTreeSet<&'a str>>,
    nearest: HashMap<String, Option<String>>,
}

impl<'a> Unknown<'a> {
    fn new(globals: &'a GlobalArgs) -> Self {
        Self { globals, known: None, nearest: HashMap::new() }
    }

    fn report(&mut self, stage: &Stage, expansion: &Expansion, lint: &mut Linter) {
        if expansion.unset.is_empty() {
            return;
        }
        let known = self.known.get_or_insert_with(|| self.globals.known());
        for name in expansion.unset.iter().filter(|name| !known.contains(name.as_str())) {
            let nearest = self
                .nearest
                .entry(name.clone())
                .or_insert_with(|| lint.checks().closest(name, known.iter().copied(), true));
            let message = rule::undefined_arg_in_from::message(name, nearest.as_deref());
            let rule = &rule::undefined_arg_in_from::RULE;
            lint.report(rule, message, stage.lines, &stage.comments);
        }
    }
}

/// `RedundantTargetPlatform` and `FromPlatformFlagConstDisallowed`
fn report_platform(
    stage: &Stage,
    written: &str,
    expansion: &Expansion,
    globals: &GlobalArgs,
    lint: &mut Linter,
) {
    const TARGET: &str = "TARGETPLATFORM";
    if expansion.used.len() == 1
        && expansion.unset.is_empty()
        && expansion.used.contains(TARGET)
        && globals.env.get(TARGET) == Some(expansion.text.as_str())
    {
        lint.report(
            &rule::redundant_target_platform::RULE,
            rule::redundant_target_platform::message(written),
            stage.lines,
            &stage.comments,
        );
    }
    if expansion.used.is_empty()
        && expansion.unset.is_empty()
        && let Ok(platform) = Platform::parse(&expansion.text)
    {
        let name = stage.name.as_deref().unwrap_or_default();
        if !name.contains(&platform.os) && !name.contains(&platform.architecture) {
            lint.report(
                &rule::from_platform_flag_const_disallowed::RULE,
                rule::from_platform_flag_const_disallowed::message(&expansion.text),
                stage.lines,
                &stage.comments,
            );
        }
    }
}
