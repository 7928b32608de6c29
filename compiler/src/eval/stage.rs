//! A stage while its instructions are interpreted.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use aliasfront_gotext::path;
use aliasfront_gotext::timestamp::Timestamp;
use buildkit_dockerfile::Lines;
use buildkit_dockerfile::expand::EnvList;

use super::args::StageArgs;
use super::history::Log;
use super::outline::Outline;
use super::step::{Files, Step, StepKind};
use super::{Evaluator, sbom};
use crate::context::{RootSource, Within};
use crate::error::Error;
use crate::given::Given;
use crate::graph::{NodeId, Root};
use crate::options::Network;
use aliasfront_image::config::{History, ImageConfig, split_env};
use aliasfront_image::platform::Platform;
use aliasfront_image::system::System;

/// The comment of every history entry that a Dockerfile's instruction makes.
const HISTORY_COMMENT: &str = "buildkit.dockerfile.v0";

/// A stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its node.
    pub id: NodeId,
    /// The node whose root it starts from, over all the stages it builds on.
    pub root: NodeId,
    /// Its files.
    pub files: Files,
    /// The environment of its next step.
    pub env: Rc<EnvList>,
    /// The working directory of its next step.
    pub directory: String,
    /// The user of its next step.
    pub user: String,
    /// The host name of its next step.
    pub hostname: String,
    /// The build's network mode.
    pub network: Network,
    /// The platform of its next step, normalized: an engine that is asked for `linux/arm64/v8` runs commands on
    /// `linux/arm64`. `None` is the target's, where the files are from scratch or from no image.
    pub state_platform: Option<Platform>,
    /// Its platform.
    pub platform: Option<Platform>,
    /// Its arguments with their values, in order.
    pub build_args: Rc<StageArgs>,
    /// What it says of arguments, secrets and sockets.
    pub outline: Outline,
    /// The config of the image it starts from, as the registry has it.
    pub base_config: Option<Rc<ImageConfig>>,
    /// Whether an SBOM is made of the context for it.
    pub scan_context: bool,
    /// Whether an SBOM is made of it.
    pub scan_stage: bool,
    /// The places of what it uses itself among [`Program::uses`](super::Program::uses).
    pub uses: std::ops::Range<usize>,
    /// How many of its steps have a number.
    pub(super) numbered: usize,
    /// Whether an instruction set the working directory.
    pub(super) workdir_set: bool,
    /// Where it has a `CMD`.
    pub(super) cmd: Option<Lines>,
    /// Where it has an `ENTRYPOINT`.
    pub(super) entrypoint: Option<Lines>,
    /// Where it has a `HEALTHCHECK`.
    pub(super) healthcheck: Option<Lines>,
    /// Its image config, without the history.
    config: Rc<ImageConfig>,
    /// Where in the config's environment each name first stands, once an instruction sets one.
    env_places: Option<HashMap<String, usize>>,
    /// How many bytes were copied of what the stage shares with the one it builds on, since that was
    /// last charged for.
    copied: usize,
    history: Log,
}

impl Stage {
    /// A stage that builds on this one.
    pub(super) fn derive(&self, id: NodeId, from_args: &BTreeSet<String>) -> Self {
        let mut stage = self.clone();
        stage.outline = self.outline.derive(from_args);
        stage.id = id;
        stage.numbered = 0;
        stage.cmd = None;
        stage.entrypoint = None;
        stage.healthcheck = None;
        stage.scan_context = false;
        stage.scan_stage = false;
        stage.env_places = None;
        // Triggers are for those who build on the image, and were taken over when stages were linked.
        if !stage.config.config.on_build.is_empty() {
            stage.config().config.on_build.clear();
        }
        stage
    }

    /// The image config, to be changed.
    pub(super) fn config(&mut self) -> &mut ImageConfig {
        if Rc::strong_count(&self.config) > 1 {
            self.copied += size_of_config(&self.config);
        }
        Rc::make_mut(&mut self.config)
    }

    /// Adds an argument.
    pub(super) fn add_arg(&mut self, name: String, value: Option<String>) {
        if Rc::strong_count(&self.build_args) > 1 {
            self.copied += self.build_args.size();
        }
        Rc::make_mut(&mut self.build_args).push(name, value);
    }

    /// Sets a variable of the image config, where it first stands, or at the end.
    pub(super) fn set_config_env(&mut self, name: &str, value: &str) {
        let mut places = self.env_places.take().unwrap_or_else(|| {
            let mut places = HashMap::new();
            for (place, entry) in self.config.config.env.iter().enumerate() {
                places.entry(split_env(entry).0.to_owned()).or_insert(place);
            }
            places
        });
        let env = &mut self.config().config.env;
        let place = *places.entry(name.to_owned()).or_insert(env.len());
        let entry = format!("{name}={value}");
        match env.get_mut(place) {
            Some(old) => *old = entry,
            None => env.push(entry),
        }
        self.env_places = Some(places);
    }

    /// How many bytes were copied of what the stage shares with others, since the last call.
    pub(super) fn take_copied(&mut self) -> usize {
        std::mem::take(&mut self.copied)
    }

    /// The image config so far, without its history.
    pub fn config_ref(&self) -> &ImageConfig {
        &self.config
    }

    /// The image config with its history.
    pub fn image_config(&self) -> ImageConfig {
        let mut config = (*self.config).clone();
        config.history = self.history.to_vec();
        config
    }

    /// Sets a variable of the next steps.
    pub(super) fn set_env(&mut self, name: &str, value: &str) {
        Rc::make_mut(&mut self.env).add_or_replace(name, value);
    }

    /// How many bytes its environment has.
    pub(super) fn env_size(&self) -> usize {
        self.env.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// How many bytes the last entry of its history has.
    pub(super) fn last_entry_size(&self) -> usize {
        self.history.last().map_or(0, |entry| entry.created_by.len())
    }

    /// Notes an instruction in the image's history.
    pub(super) fn commit(
        &mut self,
        text: impl Into<String>,
        layer: bool,
        epoch: Option<Timestamp>,
    ) {
        self.history.push(History {
            created: epoch,
            created_by: text.into(),
            comment: HISTORY_COMMENT.to_owned(),
            empty_layer: !layer,
            ..History::default()
        });
    }

    /// Applies the image config that the stage starts with to its steps.
    pub(super) fn begin(&mut self, given: &Given) -> Result<(), Error> {
        let has_path =
            self.config.config.env.iter().any(|entry| entry.split('=').next() == Some("PATH"));
        if let Some(path) = self.system().search_path().filter(|_| !has_path) {
            self.config().config.env.push(format!("PATH={path}"));
        }
        let config = Rc::clone(&self.config);
        if !self.ends_with(&config.config.env) {
            if Rc::strong_count(&self.env) > 1 {
                self.copied += self.env.len() * ENV_OVERHEAD;
            }
            for entry in &config.config.env {
                let (name, value) = split_env(entry);
                self.set_env(name, value);
            }
        }
        if !given.options().hostname.is_empty() {
            self.hostname.clone_from(&given.options().hostname);
        }
        if !config.config.working_dir.is_empty() {
            self.set_directory(&config.config.working_dir)?;
        }
        if !config.config.user.is_empty() {
            self.user.clone_from(&config.config.user);
        }
        self.network = given.options().network;
        Ok(())
    }

    /// Whether the last variables of its environment are these already, in this order: then it is as it
    /// were if each was set again, and is shared with the stage below.
    fn ends_with(&self, env: &[String]) -> bool {
        let Some(before) = self.env.len().checked_sub(env.len()) else { return false };
        self.env.iter().skip(before).eq(env.iter().map(|entry| split_env(entry)))
    }

    /// The family of operating systems that the stage's paths are of.
    pub(super) fn system(&self) -> System {
        System::of(self.platform.as_ref().map_or("", |platform| &platform.os))
    }

    /// Changes the working directory, relative to the one before, and gives the new one, with slashes.
    pub(super) fn set_directory(&mut self, path: &str) -> Result<String, Error> {
        let system = self.system();
        let path =
            system.normalize_workdir(&self.config.config.working_dir, path).map_err(|error| {
                Error::from(error)
                    .context("normalizing working directory")
                    .context("normalizing workdir")
            })?;
        if self.config.config.working_dir != path {
            self.config().config.working_dir.clone_from(&path);
        }
        let directory = system.to_slash(&path);
        self.directory.clone_from(&directory);
        Ok(directory)
    }

    /// Notes which SBOM scans its arguments ask for, by the stage's label.
    pub(super) fn scan(&mut self, given: &Given, label: &str) {
        self.scan_context = sbom::is_enabled(sbom::SCAN_CONTEXT, label, self, given);
        self.scan_stage = sbom::is_enabled(sbom::SCAN_STAGE, label, self, given);
    }
}

/// How many bytes it takes to copy the parts of a config that instructions add to.
fn size_of_config(config: &ImageConfig) -> usize {
    let config = &config.config;
    let pairs = config.labels.iter().flat_map(|(key, value)| [key, value]);
    let texts = pairs.chain(&config.env).chain(&config.exposed_ports).chain(&config.volumes);
    texts.map(|text| text.len() + size_of::<String>()).sum()
}

/// What a variable of an environment takes besides its texts, and its name once more, in bytes.
const ENV_OVERHEAD: usize = 128;

impl Evaluator<'_, '_> {
    /// The stage that starts from `root`, and the step that brings the root's files.
    pub(super) fn start_root(&mut self, id: NodeId, root: &Root) -> Stage {
        let node = &self.graph[id];
        let mut config = root.config.clone();
        let history = Log::new(std::mem::take(&mut config.history));
        let mut stage = Stage {
            id,
            root: id,
            files: Files::Scratch,
            env: Rc::new(EnvList::default()),
            directory: "/".to_owned(),
            user: String::new(),
            hostname: String::new(),
            network: Network::default(),
            state_platform: root.state_platform.as_ref().map(Platform::normalize),
            platform: root.platform.clone(),
            build_args: Rc::default(),
            outline: Outline::new(&self.globals, &node.from_args),
            base_config: root.base_config.clone(),
            scan_context: false,
            scan_stage: false,
            uses: 0..0,
            numbered: node.passed,
            workdir_set: false,
            cmd: None,
            entrypoint: None,
            healthcheck: None,
            config: Rc::new(config),
            env_places: None,
            copied: 0,
            history,
        };
        if let Some(preset) = &root.preset {
            stage.env = Rc::new(preset.env.clone());
            if !preset.directory.is_empty() {
                stage.directory = path::join(&["/", &preset.directory]);
            }
        }
        let (name, command) = match &root.source {
            RootSource::Scratch => return stage,
            RootSource::Image { name, numbered, .. } => {
                if *numbered {
                    let platform = stage.platform.clone();
                    // The image is named before its triggers are known.
                    let triggers = node.commands.iter().filter(|command| command.trigger).count();
                    let steps = node.steps.saturating_sub(triggers);
                    let name =
                        self.numbered_of(&mut stage, steps, name, platform.as_ref(), None, false);
                    (name, Some(node.source.clone()))
                } else {
                    (name.clone(), None)
                }
            }
            RootSource::Layout { name, .. } | RootSource::Http { name, .. } => (name.clone(), None),
            RootSource::Local { key, .. } => (format!("[context {key}] load from client"), None),
            RootSource::Laid(laid) => match &laid.within {
                Within::Context => {
                    let platform = stage.platform.clone();
                    let name = format!("FROM {}", node.base_name);
                    let name = self.numbered_of(
                        &mut stage,
                        node.steps,
                        &name,
                        platform.as_ref(),
                        None,
                        false,
                    );
                    (name, Some(node.source.clone()))
                }
                Within::Local { key, .. } => {
                    (format!("[context {key}] lay out what is taken"), None)
                }
            },
            RootSource::Git(git) => (format!("[internal] load git source {}", git.given), None),
            RootSource::Input(_) => (String::new(), None),
        };
        let lines = command.is_some().then_some(node.lines);
        stage.files = self.push(Step {
            stage: id,
            kind: StepKind::Root { command },
            name,
            lines,
            ignore_cache: false,
        });
        self.program.root_files[id] = stage.files;
        stage
    }
}
