//! Finding the image of an alias by what its compile stage is made of.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, ready};

use super::{Compilation, Compiler, Progress};
use crate::alias::auto::{self, Auto, Missing, Publication};
use crate::arena::Id as _;
use crate::epoch;
use crate::error::{Error, ErrorKind, FailureKind};
use crate::facts::Facts;
use crate::fingerprint::{self, Draft, Recipe};
use crate::given::{Given, Input, Purpose, Vertices};
use crate::graph::NodeId;
use crate::options::{Options, ResolveMode};
use crate::question::{Fact, Image, Key, Published};
use crate::shown;
use aliasfront_content::List;
use aliasfront_image::platform::Platform;
use aliasfront_image::reference::Reference;
use buildkit_dockerfile::{Kind, Lines};
use buildkit_proto::apicaps::CapSet;
use buildkit_proto::caps;

/// The search for the image of one alias.
#[derive(Debug)]
pub(super) struct Search {
    /// The alias, by its place among the aliases.
    pub alias: usize,
    name: String,
    auto: Option<Auto>,
    /// Whether the registry is asked for it.
    asks: bool,
    /// How many seconds the image is waited for.
    wait: u32,
    platform: Platform,
    mode: ResolveMode,
    state: State,
    /// What makes the compile stage come out differently from the same recipe.
    pub unrepeatable: Vec<(Lines, String)>,
}

#[derive(Debug)]
enum State {
    /// The compile stage is compiled.
    Compiling {
        compiler: Box<Compiler>,
        asked: HashSet<Key>,
    },
    /// The files that it takes are listed.
    Listing(Draft),
    /// The registry is asked.
    Looking(Box<Recipe>, Published),
    Over(Rc<Publication>),
}

/// Whose image is searched for.
pub(super) struct Subject<'a> {
    /// The alias, by its place among the aliases.
    pub alias: usize,
    pub name: &'a str,
    pub stage: NodeId,
    pub fallback: NodeId,
    /// The name of the compile stage.
    pub fallback_name: &'a str,
    pub auto: Option<Auto>,
    /// Whether the registry is asked for it, where a repository is named.
    pub asks: bool,
    pub wait: u32,
}

impl Search {
    pub(super) fn new(given: &Given, subject: Subject<'_>) -> Self {
        let Subject { alias, name, stage, fallback, fallback_name, auto, asks, wait } = subject;
        let compiler = Compiler::new(input(given, stage, fallback, fallback_name));
        Self {
            alias,
            name: name.to_owned(),
            auto,
            asks,
            wait,
            platform: given.platforms.target.clone(),
            mode: given.options().resolve_mode,
            state: State::Compiling { compiler: Box::new(compiler), asked: HashSet::new() },
            unrepeatable: Vec::new(),
        }
    }

    /// Goes on as far as the facts allow, and asks for what is missing.
    ///
    /// # Errors
    ///
    /// What keeps the compile stage from being compiled, or its files from being listed.
    pub(super) fn advance(&mut self, facts: &mut Facts) -> Poll<Result<Rc<Publication>, Error>> {
        loop {
            match &mut self.state {
                State::Compiling { compiler, asked } => {
                    let compilation = ready!(compile(compiler, asked, facts))?;
                    let Compilation { given, graph, reach, program, .. } = &*compilation;
                    self.unrepeatable = fingerprint::unrepeatable(given, graph, reach, program);
                    self.state = State::Listing(compilation.draft()?);
                }
                State::Listing(draft) => {
                    let lists = ready!(list(draft, &self.name, facts))?;
                    let recipe = draft.finish(lists);
                    self.state = self.look(recipe);
                }
                State::Looking(recipe, published) => {
                    let missing = ready!(look_up(published, &self.name, facts));
                    let recipe = Recipe::clone(recipe);
                    let reference = self.reference(&recipe);
                    self.state = State::Over(Rc::new(Publication { recipe, reference, missing }));
                }
                State::Over(publication) => return Poll::Ready(Ok(Rc::clone(publication))),
            }
        }
    }

    fn reference(&self, recipe: &Recipe) -> String {
        match &self.auto {
            Some(auto) => auto::reference(&auto.repository, &recipe.fingerprint),
            None => recipe.fingerprint.tag(),
        }
    }

    fn look(&self, recipe: Recipe) -> State {
        let reference = self.reference(&recipe);
        // The repository was checked when it was read.
        let full = self.auto.as_ref().filter(|_| self.asks);
        let full = full.and_then(|_| Reference::parse_normalized(&reference).ok());
        let Some(full) = full else {
            let missing = Some(Missing::NotAsked);
            return State::Over(Rc::new(Publication { recipe, reference, missing }));
        };
        let image = Image {
            reference: full.to_string(),
            platform: Some(self.platform.clone()),
            mode: self.mode,
            layout: None,
        };
        State::Looking(Box::new(recipe), Published { image, wait: self.wait })
    }
}

/// The compilation of a compile stage, with what has no part in it left out.
fn input(given: &Given, alias: NodeId, fallback: NodeId, name: &str) -> Input {
    let mut build_args = given.build_args.clone();
    if !declares_epoch(given) {
        // Times are no part of a recipe.
        build_args.remove(epoch::NAME);
    }
    let options = Options {
        target: Some(name.to_owned()),
        build_args,
        labels: BTreeMap::new(),
        no_cache: None,
        sbom: None,
        ..given.options().clone()
    };
    Input {
        options: Arc::new(options),
        // The recipe is the same for every engine.
        caps: Arc::new(CapSet::of(caps::LLB.iter().map(|cap| cap.id))),
        lint: false,
        all_stages: false,
        vertices: Vertices::Built,
        purpose: Purpose::Fingerprint { stage: fallback.index(), alias: alias.index() },
        ..given.input.clone()
    }
}

/// Whether a stage may look at `SOURCE_DATE_EPOCH`.
fn declares_epoch(given: &Given) -> bool {
    let instructions = given.dockerfile().stages.iter().flat_map(|stage| &stage.instructions);
    instructions.into_iter().any(|instruction| match &instruction.kind {
        Kind::Arg(args) => args.iter().any(|arg| arg.name.text == epoch::NAME),
        _ => false,
    })
}

/// Drives the compilation of a compile stage by the facts of the one that needs it.
fn compile(
    compiler: &mut Compiler,
    asked: &mut HashSet<Key>,
    facts: &mut Facts,
) -> Poll<Result<Box<Compilation>, Error>> {
    loop {
        let known: Vec<Key> =
            asked.iter().filter(|key| facts.get(key).is_some()).cloned().collect();
        for key in known {
            asked.remove(&key);
            if let Some(fact) = facts.get(&key) {
                compiler.answer(key, fact.clone());
            }
        }
        match compiler.advance()? {
            Progress::Done(compilation) => return Poll::Ready(Ok(compilation)),
            Progress::Ask(questions) => {
                let mut told = false;
                for question in questions {
                    told |= facts.ask(&question.key, || question.log_name.clone()).is_ready();
                    asked.insert(question.key);
                }
                if !told {
                    return Poll::Pending;
                }
            }
        }
    }
}

/// The lists of the files of a recipe's sources, in their order.
fn list(draft: &Draft, alias: &str, facts: &mut Facts) -> Poll<Result<Vec<Arc<List>>, Error>> {
    let mut lists = Vec::with_capacity(draft.sources.len());
    let mut open = false;
    for source in &draft.sources {
        let key = Key::Content(source.tree.clone());
        let log_name =
            || shown::line(&format!("[alias {alias}] list the files of {}", source.name));
        match facts.ask(&key, log_name) {
            Poll::Pending => open = true,
            Poll::Ready(Fact::Content(list)) => lists.push(Arc::clone(list)),
            Poll::Ready(Fact::Failed(failure)) => {
                let what = format!("failed to list the files of {}", source.name);
                let error = Error::from(failure.clone()).context(what).kind(ErrorKind::Source);
                return Poll::Ready(Err(error));
            }
            Poll::Ready(_) => {
                let message = format!("nobody lists the files of {}", source.name);
                return Poll::Ready(Err(Error::new(message).kind(ErrorKind::Driver)));
            }
        }
    }
    if open { Poll::Pending } else { Poll::Ready(Ok(lists)) }
}

/// Looks for a published image; why it can't be used, if it can't.
fn look_up(published: &Published, alias: &str, facts: &mut Facts) -> Poll<Option<Missing>> {
    let key = Key::Published(published.clone());
    let log_name =
        || shown::line(&format!("[alias {alias}] look for {}", published.image.reference));
    let fact = ready!(facts.ask(&key, log_name)).clone();
    Poll::Ready(match fact {
        Fact::Image(_) | Fact::Redirected(_) => {
            // What the build's graph asks about is the same image.
            facts.learn(Key::Image(published.image.clone()), fact);
            None
        }
        Fact::Failed(failure) => Some(match failure.kind {
            FailureKind::NotFound => Missing::NotThere,
            _ => Missing::Unknown(failure.message),
        }),
        _ => Some(Missing::NotThere),
    })
}
