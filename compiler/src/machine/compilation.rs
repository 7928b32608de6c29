//! What a compilation comes to.

use std::collections::BTreeMap;
use std::rc::Rc;

use aliasfront_gotext::quote::quote;
use buildkit_llb::Definition;

use crate::alias::contract::{NEEDS, PREFIX};
use crate::alias::report::{self, Report};
use crate::alias::source::Source;
use crate::alias::source_policy::SourcePolicy;
use crate::emit::Emitted;
use crate::error::Error;
use crate::eval::step::Files;
use crate::eval::{Program, Stage};
use crate::facts::Facts;
use crate::fingerprint::{Draft, Taken};
use crate::given::Given;
use crate::graph::{Graph, NodeId, Reach, Root, chain};
use crate::secrets::Secrets;
use crate::shown;
use aliasfront_image::config::ImageConfig;

/// A finished compilation.
#[derive(Debug)]
pub struct Compilation {
    /// What it was given.
    pub given: Given,
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
    /// What was asked, with the answers.
    pub facts: Facts,
    /// The alias stages, and what they became.
    pub aliases: Vec<Report>,
    /// The sources of files that arguments name, and what they became.
    pub sources: Vec<Source>,
    /// What the images of the definition may be, where a contract says so.
    pub source_policy: Option<SourcePolicy>,
    /// How many steps the checks took, of [`MAX_CHECK_STEPS`](crate::MAX_CHECK_STEPS).
    pub check_steps: usize,
    /// What the stages take from the alias, where the compilation is for a fingerprint.
    pub taken: Option<Rc<Taken>>,
    /// What is reached together with the stages that must pass, which are built beside this one; what is reached alone,
    /// where those are left out.
    pub to_pass: Reach,
    /// The stages that are part of the build only to pass, where they are left out.
    pub left_out: Vec<NodeId>,
}

impl Compilation {
    /// What the target is made of, without the lists of the files that it takes.
    pub(super) fn draft(&self) -> Result<Draft, Error> {
        let Some(stage) = &self.program.stages[self.target] else {
            return Err(Error::new("the target was not evaluated"));
        };
        let nothing = || Rc::new(Taken::Paths(BTreeMap::new()));
        let taken = self.taken.clone().unwrap_or_else(nothing);
        let platform = &self.given.platforms.target;
        let digests = self
            .reach
            .iter()
            .filter_map(|id| self.graph[id].root.as_ref())
            .filter_map(Root::looked_up)
            .collect();
        Draft::of(&self.definition, &stage.image_config(), platform, taken, &digests)
    }

    /// The files of which an SBOM is made besides the target's, by name.
    pub fn scan_extras(&self) -> Vec<(String, Files)> {
        let mut extras = Vec::new();
        for id in self.reach.iter() {
            let Some(stage) = &self.program.stages[id] else { continue };
            if id == self.target {
                if stage.scan_context {
                    extras.push(("context".to_owned(), Files::Context));
                }
            } else if stage.scan_stage {
                extras.push((self.graph[id].label.clone(), stage.files));
            }
        }
        aliasfront_gotext::sort::stable_by(&mut extras, |a, b| a.0.cmp(&b.0));
        extras
    }

    /// What happened to the aliases, for the end of the build; `None` where nothing did.
    pub fn message(&self) -> Option<String> {
        let mut lines: Vec<String> = self
            .aliases
            .iter()
            .filter_map(|report| report.line(&self.graph, &self.given))
            .collect();
        let Self { sources, aliases, graph, reach, .. } = self;
        lines.extend(report::exempt(sources, aliases, graph, reach));
        if !self.left_out.is_empty() {
            let needs = |id: &&NodeId| {
                graph.ids().any(|by| graph.needs(by).iter().any(|need| need.to == **id))
            };
            let names: Vec<String> = self
                .left_out
                .iter()
                .filter(needs)
                .map(|id| quote(&chain::name(graph, *id)))
                .collect();
            let count = names.len();
            let listed = report::listed(names.into_iter(), count);
            lines.push(format!("must pass, and left out by {PREFIX}{NEEDS}=off: {listed}"));
        }
        if lines.is_empty() {
            return None;
        }
        let secrets = self.secrets();
        // Each stays one line, whatever is in it.
        let lines: Vec<String> =
            lines.iter().map(|line| shown::line(&secrets.hide(line))).collect();
        Some(lines.join("\n"))
    }

    /// What is not shown of it.
    pub fn secrets(&self) -> Secrets {
        Secrets::of(&self.given, &self.graph, &self.program)
    }

    /// The stages that must pass before the build has its result, and that it doesn't build anyway, by their names.
    pub fn must_pass(&self) -> Vec<String> {
        let needs = self.reach.iter().flat_map(|id| self.graph.needs(id)).map(|need| need.to);
        let open = needs.filter(|id| !self.reach.contains(*id) && self.to_pass.contains(*id));
        open.map(|id| chain::name(&self.graph, id)).collect()
    }

    /// The files of the target.
    pub fn target_files(&self) -> Files {
        self.program.stages[self.target].as_ref().map_or(Files::Scratch, |stage| stage.files)
    }

    /// Whether the target, or a stage that is scanned, is built without cache.
    pub fn ignores_cache(&self) -> bool {
        let scanned = self
            .reach
            .iter()
            .filter(|id| self.program.stages[*id].as_ref().is_some_and(|stage| stage.scan_stage));
        scanned.chain([self.target]).any(|id| self.graph[id].no_cache)
    }
}

/// The target's image config, with the request's labels and platform.
pub(super) fn result_config(given: &Given, stage: &Stage) -> ImageConfig {
    let mut config = stage.image_config();
    let labels = &given.options().labels;
    if !labels.is_empty() {
        let own = &mut config.config.labels;
        own.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    if !given.platforms.implicit {
        let target = &given.platforms.target;
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
