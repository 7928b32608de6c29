//! What the stages that build on no other stage start from.

use std::rc::Rc;
use std::task::{Poll, ready};

use aliasfront_gotext::quote::quote;
use buildkit_dockerfile::lint::rule;
use buildkit_dockerfile::{Comments, Lines};

use super::{Edge, Graph, Node, NodeId, Reach, Root};
use crate::context::RootSource;
use crate::context::named::{self, Loaded};
use crate::error::Error;
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

impl Graph {
    /// Makes a stage build on `fallback`, whatever it was about to start from.
    pub fn fall_back(&mut self, id: NodeId, fallback: NodeId) {
        let name = self[fallback].name.clone().unwrap_or_default();
        let node = &mut self[id];
        node.base_name = name;
        node.base = Some(fallback);
        self.start_anew(id);
    }

    /// Makes a stage start from an image, whatever it was about to build on.
    pub fn start_from(&mut self, id: NodeId, image: &str) {
        let node = &mut self[id];
        image.clone_into(&mut node.base_name);
        node.base = None;
        self.start_anew(id);
        // An image is a step of the stage.
        self[id].steps += 1;
    }

    /// Forgets what a stage started from before.
    fn start_anew(&mut self, id: NodeId) {
        let node = &mut self[id];
        node.replaced_by = None;
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
        self.check_names().map_err(|failed| vec![failed])?;
        // What is wrong whatever the answers are is told before anything is asked, once: later rounds only add stages.
        let checked = std::mem::replace(&mut self.checked, self.nodes.len());
        for id in self.ids().skip(checked) {
            if self[id].root.is_some() || self[id].base.is_some() {
                continue;
            }
            let (mut nothing, mut nobody) = (Facts::default(), Linter::default());
            let reached = reach.contains(id);
            let known = self.resolve_base(given, id, reached, &mut nothing, &mut nobody);
            if let Poll::Ready(Err(BaseError { error, .. })) = known {
                let error = self[id].located(error);
                return Poll::Ready(Err(vec![Failed { stage: id, error }]));
            }
        }
        let mut complete = true;
        let mut errors = Vec::new();
        for id in self.ids() {
            if self[id].root.is_some() || self[id].base.is_some() {
                continue;
            }
            match self.resolve_base(given, id, reach.contains(id), facts, lint) {
                Poll::Ready(Ok(mut root)) => {
                    // A stage that only stands for an image has no instructions to run.
                    root.complete |= self[id].declared.is_none();
                    self[id].root = Some(root);
                }
                // What isn't reached isn't asked about.
                Poll::Pending => complete &= !reach.contains(id),
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

    /// Notes which stages with an image of their own nobody needs so far.
    pub fn pass_over(&mut self, reach: &Reach) {
        for id in self.ids() {
            let node = &mut self[id];
            let scratch = node.base_name == named::SCRATCH && node.replaced_by.is_none();
            let open = node.declared.is_some() && node.base.is_none() && node.root.is_none();
            node.passed += usize::from(open && !scratch && !reach.contains(id));
        }
    }

    /// Checks the names of all bases. The reference looks at them side by side, and it is nearly always the last one
    /// that it reports; the others are noted.
    fn check_names(&self) -> Result<(), Failed> {
        let mut failed: Option<(Lines, Failed)> = None;
        for id in self.ids() {
            let node = &self[id];
            let named = node.root.is_none() && node.base.is_none();
            if !named || (node.base_name == named::SCRATCH && node.replaced_by.is_none()) {
                continue;
            }
            let Err(error) = reference(node) else { continue };
            let mut error = node.located(error);
            if let Some((lines, Failed { error: before, .. })) = failed {
                let mut notes = before.notes.into_vec();
                notes.push(format!("{lines}: {}", before.message));
                error.notes = notes.into();
            }
            failed = Some((node.lines, Failed { stage: id, error }));
        }
        failed.map_or(Ok(()), |(_, failed)| Err(failed))
    }

    fn resolve_base(
        &self,
        given: &Given,
        id: NodeId,
        reached: bool,
        facts: &mut Facts,
        lint: &mut Linter,
    ) -> Poll<Result<Root, BaseError>> {
        let (options, platforms) = (given.options(), &given.platforms);
        let node = &self[id];
        if node.base_name == named::SCRATCH && node.replaced_by.is_none() {
            let platform = platforms.target.clone();
            return Poll::Ready(Ok(Root {
                source: RootSource::Scratch,
                config: ImageConfig::empty(&platform),
                base_config: None,
                platform: Some(platform),
                state_platform: None,
                preset: None,
                complete: false,
                image: None,
            }));
        }
        let reference = reference(node)?;
        if !reached {
            return Poll::Pending;
        }
        let platform = node.platform.clone().unwrap_or_else(|| platforms.target.clone());
        if let Some(context) = &node.replaced_by {
            let asked = node
                .platform
                .as_ref()
                .or_else(|| (!platforms.implicit).then_some(&platforms.target));
            let loaded = ready!(named::load(options, context, asked, facts))?;
            return Poll::Ready(Ok(in_place_of_stage(loaded, node.platform.as_ref())));
        }
        let full = reference.tag_name_only().to_string();
        if let Some(context) = named::find(options, &full, Some(&platform))? {
            let loaded = ready!(named::load(options, &context, Some(&platform), facts))?;
            return Poll::Ready(Ok(in_place_of_image(loaded, platform)));
        }

        let key = Key::Image(Image {
            reference: full.clone(),
            platform: Some(platform.clone()),
            mode: options.resolve_mode,
            layout: None,
        });
        let log_name = || {
            if options.multi_platform {
                format!("[{} internal] load metadata for {full}", platform.format_all())
            } else {
                format!("[internal] load metadata for {full}")
            }
        };
        Poll::Ready(match ready!(facts.ask(&key, log_name)) {
            Fact::Image(image) => Ok(self.image_root(given, id, image.clone(), platform, lint)?),
            other => {
                let mut error = named::no_image(other, Some(&platform));
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
                Err(BaseError { error, missing: !elsewhere })
            }
        })
    }

    /// The root of a stage that starts from a looked-up image.
    fn image_root(
        &self,
        given: &Given,
        id: NodeId,
        image: ImageFact,
        mut platform: Platform,
        lint: &mut Linter,
    ) -> Result<Root, Error> {
        let (options, platforms) = (given.options(), &given.platforms);
        let node = &self[id];
        let mut config = ImageConfig::parse(&image.config)
            .map_err(|error| Error::new(format!("{}: {error}", image.reference)))?;
        let base_config = Rc::new(config.clone());
        config.created = None;
        let mut reference = Reference::parse_normalized(&image.reference).map_err(|error| {
            Error::new(format!("failed to parse ref {}: {error}", quote(&image.reference)))
        })?;
        if node.platform.is_none() && platforms.implicit {
            let own = &config.platform;
            let same = |p: &Platform| p.os == own.os && p.architecture == own.architecture;
            if !same(&platform) && same(&platforms.build) {
                platform = platforms.build.clone();
            }
        }
        if !image.digest.is_empty() {
            reference = reference
                .with_digest(&image.digest)
                .map_err(|error| Error::new(error.to_string()))?;
        }
        // Schema 1 images have no list of layers, so their history decides.
        let empty = config.layers() == 0 && config.history.iter().all(|entry| entry.empty_layer);
        let reference = reference.to_string();
        let source = if empty {
            RootSource::Scratch
        } else {
            report_platform(node, &platform, &config, lint);
            RootSource::Image {
                name: format!("FROM {reference}"),
                reference,
                platform: Some(platform.clone()),
                mode: options.resolve_mode,
                numbered: true,
            }
        };
        let state_platform = (!empty).then(|| platform.clone());
        Ok(Root {
            source,
            config,
            base_config: Some(base_config),
            platform: Some(platform),
            state_platform,
            preset: None,
            complete: false,
            image: Some(image),
        })
    }
}

/// The reference that a stage's base is.
fn reference(node: &Node) -> Result<Reference, Error> {
    Reference::parse_normalized(&node.base_name).map_err(|error| {
        Error::new(format!("failed to parse stage name {}: {error}", quote(&node.base_name)))
    })
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
        node.lines,
        &Comments::default(),
    );
}

fn common_images() -> impl Iterator<Item = String> {
    COMMON_IMAGES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}:latest")])
}
