//! What the stages that build on no other stage start from.

use std::collections::HashMap;
use std::rc::Rc;
use std::task::{Poll, ready};

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::lint::rule;
use buildkit_dockerfile::{Comments, Lines};

use super::{Edge, Graph, Node, NodeId, Reach, Root};
use crate::context::named::{self, Loaded};
use crate::context::{ContextKey, Laid, RootSource, Within};
use crate::error::{Error, ErrorKind};
use crate::facts::Facts;
use crate::given::Given;
use crate::lint::Linter;
use crate::question::{Fact, Image, ImageFact, Key};
use aliasfront_image::config::ImageConfig;
use aliasfront_image::platform::Platform;
use aliasfront_image::reference::Reference;

/// Images that a misspelt base may have meant.
const COMMON_IMAGES: [&str; 7] =
    ["alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora"];

/// That a stage's base cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The stage.
    pub stage: NodeId,
    /// Why.
    pub error: Error,
}

/// Why a base cannot be had.
struct BaseError {
    error: Error,
    /// Whether it is an image that cannot be looked up: its name may be misspelt.
    missing: bool,
}

impl From<Error> for BaseError {
    fn from(error: Error) -> Self {
        Self { error, missing: false }
    }
}

/// What the base of a stage without a base stage is to be looked up as. Its names say that, so it is found out once.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// A name that nobody needs so far.
    Name(Reference),
    /// The named context that takes the stage's place.
    Stage(ContextKey),
    /// The named context that takes the image's place.
    Context(ContextKey),
    /// A directory of the main context.
    Directory(Rc<Laid>),
    /// An image.
    Image {
        key: Key,
        /// Its full reference.
        full: String,
    },
}

/// A looked-up image, read once for all stages that start from it.
struct FoundImage {
    fact: Rc<ImageFact>,
    config: Rc<ImageConfig>,
    /// The reference, with the digest where the registry has one.
    reference: String,
    /// Whether it has no files.
    is_empty: bool,
}

/// Images that were read, by the question.
type Images = HashMap<Key, Rc<FoundImage>>;

impl Graph {
    /// Makes a stage build on `fallback`, whatever it was about to start from.
    pub fn fall_back(&mut self, id: NodeId, fallback: NodeId) {
        let name = self[fallback].name.clone().unwrap_or_default();
        let node = &mut self[id];
        node.base_name = name;
        node.base = Some(fallback);
        self.start_anew(id);
    }

    /// Makes a stage start from an image, called `name`, whatever it was about to build on.
    pub fn start_from(&mut self, id: NodeId, name: &str, image: Reference) {
        let node = &mut self[id];
        name.clone_into(&mut node.base_name);
        node.base = None;
        self.start_anew(id);
        let node = &mut self[id];
        // The names of stages that were looked at before are not read again.
        node.wanted = Some(Wanted::Name(image));
        // An image is a step of the stage.
        node.steps += 1;
    }

    /// Makes a stage start from a directory, called `name`, whatever it was about to build on.
    pub fn start_from_directory(&mut self, id: NodeId, name: &str, directory: Laid) {
        let node = &mut self[id];
        name.clone_into(&mut node.base_name);
        node.base = None;
        self.start_anew(id);
        let node = &mut self[id];
        node.wanted = Some(Wanted::Directory(Rc::new(directory)));
        node.steps += 1;
    }

    /// Forgets what a stage started from before.
    fn start_anew(&mut self, id: NodeId) {
        let node = &mut self[id];
        node.replaced_by = None;
        node.wanted = None;
        node.root = None;
        // What the image's triggers brought goes with the image.
        node.commands.retain(|command| !command.trigger);
        node.triggered = false;
        let kept = node.commands.iter();
        let edges = kept.flat_map(|command| {
            let lines = command.instruction.lines;
            command.sources.iter().flatten().map(move |to| Edge { to: *to, lines })
        });
        node.edges = edges.collect();
        // The base is no step of the stage any more.
        let instructions = node.commands.iter().map(|command| &command.instruction);
        node.steps =
            instructions.filter(|instruction| super::build::is_step(&instruction.kind)).count();
    }

    /// Finds out what the reached stages without a base stage start from, as far as the facts say.
    ///
    /// # Errors
    ///
    /// All in the graph's order, once no answer is open: which answer comes first does not count. An
    /// invalid reference is an error in stages that are not reached, too.
    pub fn resolve_bases(
        &mut self,
        given: &Given,
        reach: &Reach,
        facts: &mut Facts,
        lint: &mut Linter,
    ) -> Poll<Result<(), Vec<Failed>>> {
        // What is wrong whatever the answers are is told before anything is asked, once: later rounds only add stages.
        let new = std::mem::replace(&mut self.checked, self.nodes.len());
        self.check_names(new).map_err(|failed| vec![failed])?;
        let mut images = Images::new();
        for id in self.ids().skip(new).filter(|id| reach.contains(*id)) {
            if let Some(Wanted::Stage(_) | Wanted::Context(_)) = self.want(id, given) {
                let (mut nothing, mut nobody) = (Facts::default(), Linter::default());
                let known = self.resolve_base(given, id, &mut images, &mut nothing, &mut nobody);
                if let Poll::Ready(Err(BaseError { error, .. })) = known {
                    let error = self[id].located(error);
                    return Poll::Ready(Err(vec![Failed { stage: id, error }]));
                }
            }
        }
        let mut complete = true;
        let mut errors = Vec::new();
        for id in self.ids() {
            // What isn't reached isn't asked about.
            let is_asked = reach.contains(id) || self[id].is_scratch();
            if !self[id].is_open() || !is_asked {
                continue;
            }
            self.want(id, given);
            match self.resolve_base(given, id, &mut images, facts, lint) {
                Poll::Ready(Ok(mut root)) => {
                    // A stage that only stands for an image has no instructions to run.
                    root.complete |= self[id].declared.is_none();
                    self[id].root = Some(root);
                }
                Poll::Pending => complete = false,
                Poll::Ready(Err(error)) => {
                    errors.push((id, error));
                }
            }
        }
        if !complete {
            return Poll::Pending;
        }
        if errors.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let options: Vec<String> =
            self.labels().into_iter().map(str::to_owned).chain(common_images()).collect();
        let failed = errors.into_iter().map(|(stage, BaseError { mut error, missing })| {
            if missing {
                // The stage or image that may have been meant.
                let names = options.iter().map(String::as_str);
                let nearest = lint.checks().closest(&self[stage].base_name, names, true);
                if let Some(nearest) = nearest {
                    let suggestion = format!(" (did you mean {nearest}?)");
                    error.message.push_str(&suggestion);
                    error.lint_message = error
                        .lint_message
                        .map(|message| (message.into_string() + &suggestion).into_boxed_str());
                }
            }
            Failed { stage, error: self[stage].located(error) }
        });
        Poll::Ready(Err(failed.collect()))
    }

    /// Notes which stages with an image of their own nobody needs so far, of the first `known` ones: the others came with
    /// triggers.
    ///
    /// An image that an instruction names is never looked up then, not even where triggers need it later: the reference
    /// takes it by its tag, and no named context takes its place.
    pub fn pass_over(&mut self, given: &Given, reach: &Reach, known: usize) {
        for id in self.ids().take(known).filter(|id| !reach.contains(*id)) {
            let node = &mut self[id];
            if !node.is_open() || node.is_scratch() {
                continue;
            }
            if node.declared.is_some() {
                node.passed += 1;
            } else if let Some(Wanted::Name(name)) = &node.wanted {
                let platform = node.platform.as_ref().unwrap_or(&given.platforms.target);
                node.root = Some(unseen_image(name.clone(), platform.clone(), given));
            }
        }
    }

    /// Reads the names of the bases of stages from the place `new` on. The reference looks at them side by side, and it
    /// is nearly always the last one that it reports; the others are noted.
    fn check_names(&mut self, new: usize) -> Result<(), Failed> {
        let mut failed: Option<(Lines, Failed)> = None;
        for id in self.ids().skip(new) {
            let node = &mut self[id];
            let is_directory = matches!(node.wanted, Some(Wanted::Directory(_)));
            if !node.is_open() || node.is_scratch() || is_directory {
                continue;
            }
            let error = match Reference::parse_normalized(&node.base_name) {
                Ok(reference) => {
                    node.wanted = Some(Wanted::Name(reference));
                    continue;
                }
                Err(error) => error,
            };
            let error = format!("failed to parse stage name {}: {error}", quote(&node.base_name));
            let mut error = node.located(Error::new(error));
            if let Some((lines, Failed { error: before, .. })) = failed {
                let mut notes = before.notes.into_vec();
                notes.push(format!("{lines}: {}", before.message));
                error.notes = notes.into();
            }
            failed = Some((node.lines, Failed { stage: id, error }));
        }
        failed.map_or(Ok(()), |(_, failed)| Err(failed))
    }

    /// What the base of a reached stage is to be looked up as; `None` where nothing is to be looked up.
    fn want(&mut self, id: NodeId, given: &Given) -> Option<&Wanted> {
        let node = &mut self[id];
        if let Some(Wanted::Name(reference)) = &node.wanted {
            let (options, target) = (given.options(), &given.platforms.target);
            let platform = node.platform.as_ref().unwrap_or(target);
            node.wanted = Some(if let Some(context) = &node.replaced_by {
                Wanted::Stage(context.clone())
            } else if let Some(context) = named::find_for(options, reference, platform) {
                Wanted::Context(context)
            } else {
                let full = reference.clone().tag_name_only().to_string();
                let key = Key::Image(Image {
                    reference: full.clone(),
                    platform: Some(platform.clone()),
                    mode: options.resolve_mode,
                    layout: None,
                });
                Wanted::Image { key, full }
            });
        }
        node.wanted.as_ref()
    }

    fn resolve_base(
        &self,
        given: &Given,
        id: NodeId,
        images: &mut Images,
        facts: &mut Facts,
        lint: &mut Linter,
    ) -> Poll<Result<Root, BaseError>> {
        let (options, platforms) = (given.options(), &given.platforms);
        let node = &self[id];
        let platform = || node.platform.clone().unwrap_or_else(|| platforms.target.clone());
        let (key, full) = match &node.wanted {
            None | Some(Wanted::Name(_)) => {
                return Poll::Ready(Ok(scratch(platforms.target.clone())));
            }
            Some(Wanted::Stage(context)) => {
                let asked = node
                    .platform
                    .as_ref()
                    .or_else(|| (!platforms.implicit).then_some(&platforms.target));
                let mut loaded = ready!(named::load(options, context, asked, facts))?;
                lay_out(&mut loaded.source, node);
                return Poll::Ready(Ok(in_place_of_stage(loaded, node.platform.as_ref())));
            }
            Some(Wanted::Context(context)) => {
                let platform = platform();
                let mut loaded = ready!(named::load(options, context, Some(&platform), facts))?;
                lay_out(&mut loaded.source, node);
                return Poll::Ready(Ok(in_place_of_image(loaded, platform)));
            }
            Some(Wanted::Directory(laid)) => {
                let source = RootSource::Laid(Box::new(Laid::clone(laid)));
                let loaded =
                    Loaded { source, config: None, preset: None, platform: None, image: None };
                return Poll::Ready(Ok(in_place_of_image(loaded, platform())));
            }
            Some(Wanted::Image { key, full }) => (key, full),
        };
        let log_name = || {
            if options.multi_platform {
                format!("[{} internal] load metadata for {full}", platform().format_all())
            } else {
                format!("[internal] load metadata for {full}")
            }
        };
        Poll::Ready(match ready!(facts.ask(key, log_name)) {
            Fact::Image(image) => {
                let image = if let Some(image) = images.get(key) {
                    Rc::clone(image)
                } else {
                    let image = FoundImage::read(image);
                    let image = Rc::new(image.map_err(|error| error.kind(ErrorKind::Source))?);
                    images.insert(key.clone(), Rc::clone(&image));
                    image
                };
                Ok(image_root(given, node, &image, platform(), lint))
            }
            other => {
                let mut error = named::no_image(other, Some(&platform()));
                let in_lint = error.lint_message.as_deref().unwrap_or(&error.message);
                error.lint_message = Some(format!("{}: {in_lint}", node.base_name).into());
                let mut error = named::about_image(error, &node.base_name);
                let later = self.find(&node.base_name).filter(|later| *later > id);
                if let Some(later) = later.filter(|_| node.declared.is_some()) {
                    error = error.hint(format!(
                        "stage {} is declared on {}, below this FROM; move it up, above this stage",
                        quote(&node.base_name),
                        self[later].lines
                    ));
                }
                let elsewhere = error.elsewhere.is_some();
                if elsewhere {
                    let hint =
                        || format!("docker buildx imagetools inspect {full} lists its platforms");
                    error = error.or_hint(hint);
                }
                Err(BaseError { error: error.kind(ErrorKind::Source), missing: !elsewhere })
            }
        })
    }
}

impl Node {
    /// Whether it is to be found out what it starts from.
    fn is_open(&self) -> bool {
        self.root.is_none() && self.base.is_none()
    }

    /// Whether it starts from the empty image.
    fn is_scratch(&self) -> bool {
        self.base_name == named::SCRATCH && self.replaced_by.is_none()
    }
}

impl FoundImage {
    fn read(image: &ImageFact) -> Result<Self, Error> {
        let config = ImageConfig::parse(&image.config)
            .map_err(|error| Error::new(format!("{}: {error}", image.reference)))?;
        let mut reference = Reference::parse_normalized(&image.reference).map_err(|error| {
            Error::new(format!("failed to parse ref {}: {error}", quote(&image.reference)))
        })?;
        if !image.digest.is_empty() {
            reference = reference
                .with_digest(&image.digest)
                .map_err(|error| Error::new(error.to_string()))?;
        }
        Ok(Self {
            // Schema 1 images have no list of layers, so their history decides.
            is_empty: config.layers() == 0 && config.history.iter().all(|entry| entry.empty_layer),
            config: Rc::new(config),
            reference: reference.to_string(),
            fact: Rc::new(image.clone()),
        })
    }
}

/// Lays the files of a local directory out as the contract of an alias says.
fn lay_out(source: &mut RootSource, node: &Node) {
    let Some(placement) = &node.placement else { return };
    let RootSource::Local { local, key, excludes } = source else { return };
    let within = Within::Local {
        local: std::mem::take(local),
        key: std::mem::take(key),
        excludes: Rc::clone(excludes),
    };
    let placement = placement.clone();
    *source = RootSource::Laid(Box::new(Laid { within, directory: "/".to_owned(), placement }));
}

/// The root of a stage that starts from nothing.
fn scratch(platform: Platform) -> Root {
    Root {
        source: RootSource::Scratch,
        config: ImageConfig::empty(&platform),
        base_config: None,
        platform: Some(platform),
        state_platform: None,
        preset: None,
        complete: false,
        image: None,
    }
}

/// The root of a stage that starts from a looked-up image.
fn image_root(
    given: &Given,
    node: &Node,
    image: &FoundImage,
    mut platform: Platform,
    lint: &mut Linter,
) -> Root {
    let (options, platforms) = (given.options(), &given.platforms);
    let mut config = (*image.config).clone();
    config.created = None;
    if node.platform.is_none() && platforms.implicit {
        let own = &config.platform;
        let same = |p: &Platform| p.os == own.os && p.architecture == own.architecture;
        if !same(&platform) && same(&platforms.build) {
            platform = platforms.build.clone();
        }
    }
    let source = if image.is_empty {
        RootSource::Scratch
    } else {
        report_platform(node, &platform, &config, lint);
        RootSource::Image {
            name: format!("FROM {}", image.reference),
            reference: image.reference.clone(),
            platform: Some(platform.clone()),
            mode: options.resolve_mode,
            numbered: true,
        }
    };
    Root {
        source,
        config,
        base_config: Some(Rc::clone(&image.config)),
        state_platform: (!image.is_empty).then(|| platform.clone()),
        platform: Some(platform),
        preset: None,
        complete: false,
        image: Some(Rc::clone(&image.fact)),
    }
}

/// The root of an image that is not looked up.
fn unseen_image(name: Reference, platform: Platform, given: &Given) -> Root {
    let reference = name.tag_name_only().to_string();
    Root {
        source: RootSource::Image {
            name: format!("FROM {reference}"),
            reference,
            platform: Some(platform.clone()),
            mode: given.options().resolve_mode,
            numbered: true,
        },
        config: ImageConfig::default(),
        base_config: None,
        state_platform: Some(platform.clone()),
        platform: Some(platform),
        preset: None,
        complete: true,
        image: None,
    }
}

/// A context that takes a stage's place: its instructions are not run.
fn in_place_of_stage(loaded: Loaded, platform: Option<&Platform>) -> Root {
    let config_platform = loaded.config.as_ref().and_then(named::config_platform);
    let config = loaded.config.unwrap_or_default();
    Root {
        source: loaded.source,
        config: ImageConfig { created: None, ..config },
        base_config: None,
        platform: config_platform.or_else(|| platform.cloned()),
        state_platform: loaded.platform,
        preset: loaded.preset,
        complete: true,
        image: loaded.image,
    }
}

/// A context that takes an image's place.
fn in_place_of_image(loaded: Loaded, platform: Platform) -> Root {
    let mut config = loaded.config.unwrap_or_else(|| ImageConfig::empty(&platform));
    let base_config = Rc::new(config.clone());
    config.created = None;
    Root {
        source: loaded.source,
        config,
        base_config: Some(base_config),
        platform: Some(platform.clone()),
        state_platform: Some(platform),
        preset: loaded.preset,
        complete: false,
        image: loaded.image,
    }
}

/// `InvalidBaseImagePlatform`
fn report_platform(node: &Node, expected: &Platform, config: &ImageConfig, lint: &mut Linter) {
    let actual = &config.platform;
    if expected.os == actual.os && expected.architecture == actual.architecture {
        return;
    }
    lint.report(
        &rule::invalid_base_image_platform::RULE,
        rule::invalid_base_image_platform::message(
            &node.base_name,
            &expected.normalize().format_all(),
            &actual.normalize().format_all(),
        ),
        (!node.mounted).then_some(node.lines),
        &Comments::default(),
    );
}

fn common_images() -> impl Iterator<Item = String> {
    COMMON_IMAGES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}:latest")])
}
