//! Alias stages: stages whose `FROM` is expanded from a global argument, with a compile stage as the
//! default. What they became, what is asked of them, and whether that holds.

pub mod allow;
pub mod auto;
pub mod contract;
pub mod directory;
pub mod elf;
pub mod enforce;
pub mod findings;
pub mod hold;
mod kind;
pub mod leak;
pub mod loads;
mod made;
mod near;
pub mod policy;
pub mod pruned;
pub mod report;
pub mod shell_check;
pub mod source;
pub mod source_policy;
pub mod store;
pub mod verify;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use buildkit_dockerfile::expand::Expander;
use buildkit_dockerfile::{Dockerfile, Lines};

use crate::arena::Id as _;
use crate::args::GlobalArgs;
use crate::budget::Budget;
use crate::context::RootSource;
use crate::error::Error;
use crate::graph::{Graph, NodeId, Reach};
use aliasfront_image::reference::Reference;
use auto::{Auto, AutoArgs, Publication};
use contract::{Above, Contract};

/// An alias stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The stage.
    pub stage: NodeId,
    /// Its name.
    pub name: String,
    /// The stage that its files come from in the end, where a contract holds for that; else the alias itself.
    pub source: NodeId,
    /// Whether a contract holds for what it became.
    pub is_held: bool,
    /// The lines of its `FROM`.
    pub lines: Lines,
    /// The global arguments that its `FROM` uses.
    pub args: BTreeSet<String>,
    /// The earlier stage that the arguments' defaults name.
    pub fallback: Option<NodeId>,
    /// What the comments above it, and the build, ask of it.
    pub contract: Contract,
    /// Why it became its fallback although it was overridden.
    pub fell_back: Option<String>,
    /// Where its image is looked for by the fingerprint of its compile stage.
    pub auto: Option<Auto>,
    /// What was found there.
    pub publication: Option<Rc<Publication>>,
    /// Why the fingerprint of its compile stage could not be worked out.
    pub search_failed: Option<String>,
}

impl Alias {
    /// Whether it is something else than its fallback. An alias without one, which only has a contract,
    /// is what its contract speaks of whenever it is no other stage.
    pub fn is_overridden(&self, graph: &Graph) -> bool {
        let node = &graph[self.stage];
        node.replaced_by.is_some()
            || match self.fallback {
                Some(_) => node.base != self.fallback,
                None => node.base.is_none(),
            }
    }

    /// Whether what it became is checked: the build needs it, and it is not just its fallback.
    pub fn is_checked(&self, graph: &Graph, reach: &Reach) -> bool {
        reach.contains(self.stage) && (self.is_overridden(graph) || self.is_held)
    }

    /// Whether it is the image that was found by the fingerprint of its compile stage.
    pub fn is_found(&self) -> bool {
        self.publication.as_ref().is_some_and(|publication| publication.is_found())
    }

    /// The name of that image, without a digest.
    pub fn found(&self) -> Option<Reference> {
        let found = self.publication.as_ref().filter(|publication| publication.is_found())?;
        Reference::parse_normalized(&found.reference).ok()
    }

    /// The image that it became, where it is one, as the build's graph names it: with its digest, unless the
    /// graph names it by its tag.
    pub fn image(&self, graph: &Graph) -> Option<String> {
        image(self.source, graph)
    }
}

/// The image that a stage starts from, where it starts from one, as the build's graph names it.
fn image(stage: NodeId, graph: &Graph) -> Option<String> {
    match &graph[stage].root.as_ref()?.source {
        RootSource::Image { reference, .. } | RootSource::Layout { reference, .. } => {
            Some(reference.clone())
        }
        _ => None,
    }
}

/// Fails where a contract stands where it is no alias's.
fn check_loose_contracts(dockerfile: &Dockerfile) -> Result<(), Error> {
    let of_args = dockerfile.global_args.iter().map(|arg| &arg.comments);
    let instructions = dockerfile.stages.iter().flat_map(|stage| &stage.instructions);
    for comments in of_args.chain(instructions.map(|instruction| &instruction.comments)) {
        check_loose(comments.placed())?;
    }
    for comment in &dockerfile.loose_comments {
        check_loose([(comment.text.as_str(), Lines::new(comment.line, comment.line))])?;
    }
    Ok(())
}

fn check_loose<'a>(comments: impl IntoIterator<Item = (&'a str, Lines)>) -> Result<(), Error> {
    match Contract::parse(comments, Above::Other)? {
        Some(contract) => Err(Error::new("the contract of an alias is not above its FROM")
            .at(contract.lines)
            .hint("put it on the lines right above the alias's FROM, with no empty comment in between")),
        None => Ok(()),
    }
}

/// Finds the alias stages of a graph: those whose base uses a declared global argument, and whose
/// default names an earlier stage, or that have a contract.
///
/// `defaults` are the global arguments as they are when no build argument is given.
///
/// # Errors
///
/// A contract that cannot be read, or stands above a stage that is no alias.
pub fn find(
    graph: &Graph,
    dockerfile: &Dockerfile,
    defaults: &GlobalArgs,
    overrides: &contract::Overrides,
    autos: &AutoArgs,
) -> Result<Vec<Alias>, Error> {
    let expander = Expander::new(dockerfile.directives.escape);
    let mut budget = Budget::default();
    let mut aliases = Vec::new();
    let mut earlier: HashMap<&str, NodeId> = HashMap::new();
    check_loose_contracts(dockerfile)?;
    for (index, stage) in dockerfile.stages.iter().enumerate() {
        let expansion = budget
            .expand(expander, &stage.base.text, &defaults.env)
            .map_err(|error| error.at(stage.lines))?
            .unwrap_or_default();
        let names = expansion.used.into_iter().chain(expansion.unset);
        let mut args: BTreeSet<String> = BTreeSet::new();
        args.extend(names.filter(|name| defaults.declared.contains_key(name)));
        let id = NodeId::from_index(index);
        // The last stage of that name before this one, as `FROM` finds it.
        let earlier_stage = earlier.get(expansion.text.as_str()).copied();
        let fallback = earlier_stage.filter(|_| !args.is_empty());
        if let Some(name) = &stage.name {
            earlier.insert(name, id);
        }
        let is_alias = !args.is_empty() && fallback.is_some();
        let above = match (is_alias, args.is_empty()) {
            (true, _) => Above::Alias,
            (false, false) => Above::Argument,
            (false, true) => Above::Other,
        };
        let contract = Contract::parse(stage.comments.placed(), above)?;
        let contract_lines = contract.as_ref().map_or(stage.lines, |contract| contract.lines);
        if !is_alias && contract.is_none() {
            continue;
        }
        let finds = contract.as_ref().is_some_and(|contract| contract.auto.is_some());
        // Without an argument the name of a compile stage is the alias's default.
        let fallback = fallback.or_else(|| earlier_stage.filter(|_| finds));
        if finds && fallback.is_none() {
            let name = stage.name.as_deref().unwrap_or("without a name");
            return Err(Error::new(format!("auto= above stage {name} has no stage to compile"))
                .at(contract_lines)
                .hint("let its FROM name an earlier stage, or an argument whose default is one"));
        }
        if args.is_empty() && !finds {
            return Err(Error::new(format!(
                "the contract above stage {} is for an alias, and its FROM uses no global ARG",
                stage.name.as_deref().unwrap_or("without a name")
            ))
            .at(contract_lines)
            .hint(report::HOW_TO_ALIAS));
        }
        if let Some(Contract { fallback: true, .. }) = &contract
            && fallback.is_none()
        {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            return Err(Error::new(format!(
                "fallback=local above stage {} has no stage to fall back to",
                stage.name.as_deref().unwrap_or("without a name")
            ))
            .at(contract_lines)
            .hint(format!("let the default of {} name an earlier stage", args.join(", "))));
        }
        let contract = contract.unwrap_or_default().overridden(overrides);
        let named = contract.auto.clone().map(|repository| Auto { repository, arg: None });
        let auto = autos.of(&args).or(named).filter(|_| !overrides.is_auto_off());
        aliases.push(Alias {
            stage: id,
            source: id,
            is_held: false,
            name: graph[id].label.clone(),
            lines: stage.lines,
            args,
            fallback,
            contract,
            fell_back: None,
            auto,
            publication: None,
            search_failed: None,
        });
    }
    let with_stage = aliases.iter().filter(|alias| alias.fallback.is_some());
    let used = with_stage.flat_map(|alias| &alias.args).map(String::as_str).collect();
    autos.check(&used, defaults)?;
    Ok(aliases)
}
