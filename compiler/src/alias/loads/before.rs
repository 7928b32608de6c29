//! What is certain before a step takes from the image: whether an executable of a prebuilt image can start on the base of who takes
//! it.
//!
//! Certain is what no step changes. A `RUN` may install anything, so a stage with one is left to the look at what was
//! built. A `COPY` may bring what is lacking, unless it goes where nobody looks.

use std::collections::BTreeSet;
use std::task::{Poll, ready};

use aliasfront_gotext::path;
use buildkit_llb::{Graph as Llb, VertexOptions};

use super::Stop;
use super::landing::{Copied, Landing, Landings, places_of_file};
use super::place::{Cache, File, Place};
use super::resolve::{Env, Executable, lacks};
use crate::alias::verify::{MAX_MATCHES, Problem, ProblemKind, Setting, files};
use crate::alias::{Alias, elf};
use crate::context::{Laid, RootSource};
use crate::emit::root;
use crate::error::Error;
use crate::eval::Stage;
use crate::eval::step::{Action, FileStep, Files, StepKind};
use crate::facts::Facts;
use crate::graph::NodeId;
use crate::question::Tree;
use crate::wildcard::{self, Wildcards};
use crate::wire::PlatformExt as _;

/// What loaders read to know where to look: who brings such files may change that.
const LISTS: [&str; 2] = ["/etc/ld.so", "/etc/ld-musl"];

/// The only system whose loaders are known here.
pub const SYSTEM: &str = "linux";

/// What a stage starts from, and where its steps may change that.
#[derive(Debug)]
struct Base {
    /// Its files; `None` where there are none.
    tree: Option<Tree>,
    /// What it is called.
    name: String,
    changes: Vec<Change>,
}

/// Where a `COPY` may bring something.
#[derive(Debug)]
struct Change {
    path: String,
    /// Whether also what is below may be from it.
    is_directory: bool,
}

/// Checks what the executables of an alias, which is at a place among the aliases, need to start where they are taken.
///
/// # Errors
///
/// A context that cannot be read.
pub fn check(
    (index, alias): (usize, &Alias),
    setting: Setting<'_>,
    landings: &Landings,
    facts: &mut Facts,
    cache: &mut Cache,
) -> Poll<Result<Vec<Problem>, Error>> {
    let evaluated = setting.evaluated;
    // What the alias's own steps change is no image's any more.
    let own = evaluated.program.stages[alias.stage].as_ref();
    if own.is_some_and(|own| own.files != evaluated.program.root_files[own.root]) {
        return Poll::Ready(Ok(Vec::new()));
    }
    let mut files_of_alias = None;
    // What an executable lacks in a stage. It may land in one of several places: it can't start where it can start in
    // none of them.
    let mut found: Vec<(NodeId, Copied, String, Vec<String>)> = Vec::new();
    let mut open = false;
    for id in subjects(setting) {
        let Some(stage) = &evaluated.program.stages[id] else { continue };
        let here = landings.at(stage.files);
        let mut base = None;
        for landing in here.iter().filter(|landing| landing.required.0 == index) {
            let Some(copied) = landing.copied else { continue };
            if base.is_none() {
                base = Some(base_of(setting, stage, landings)?);
            }
            let Some(base) = base.as_ref().and_then(Option::as_ref) else { break };
            if files_of_alias.is_none() {
                files_of_alias = files(alias, setting)?;
            }
            let Some((tree, laid)) = &files_of_alias else { return Poll::Ready(Ok(Vec::new())) };
            let origins = origins(landing, *laid, &mut Place::new(Some(tree), facts, cache));
            let Poll::Ready(origins) = origins else {
                open = true;
                continue;
            };
            for (origin, at) in origins.unwrap_or_default() {
                let required = &alias.contract.require[landing.required.1];
                let subject = Subject { setting, stage, base, tree, laid: *laid, required };
                let Poll::Ready(lacks) = subject.lacks(&origin, &at, facts, cache) else {
                    open = true;
                    continue;
                };
                let lacks = lacks.unwrap_or_default();
                match found.last_mut() {
                    Some((of, by, known, before))
                        if (*of, *by) == (id, copied) && *known == origin =>
                    {
                        if lacks.is_empty() {
                            before.clear();
                        }
                    }
                    _ => found.push((id, copied, origin, lacks)),
                }
            }
        }
    }
    if open {
        return Poll::Pending;
    }
    let mut problems = Vec::new();
    for (id, copied, origin, lacks) in found {
        let stage = &evaluated.graph[id].label;
        let name = &evaluated.graph[root_of(setting, id)].base_name;
        let stage = if stage.is_empty() { "the image" } else { stage };
        for lack in lacks {
            problems.push(Problem {
                kind: ProblemKind::Verification,
                rule: None,
                message: format!("{origin} cannot start in {stage}: {lack}"),
                lines: vec![copied.lines],
                hint: Some(hint(alias, landing_contract(alias, &origin), name)),
            });
        }
    }
    Poll::Ready(Ok(problems))
}

/// The requirement that asks for a file, as it is written.
fn landing_contract(alias: &Alias, origin: &str) -> String {
    let matching = alias.contract.require.iter().find(|required| {
        required.loads
            && (required.path == origin
                || (path::dir(&required.path) == path::dir(origin)
                    && wildcard::matches_name(path::base(&required.path), path::base(origin))))
    });
    matching.map(ToString::to_string).unwrap_or_default()
}

/// What to do about an executable that lacks something, and who asks for the check.
pub fn hint(alias: &Alias, required: String, base: &str) -> String {
    let line = alias.contract.lines;
    let asks = if alias.contract.is_written() {
        format!("the contract in {line} asks that it loads: require={required}")
    } else {
        format!("the build asks that it loads: require={required}")
    };
    format!("build it for {base}, copy what it lacks along, or start from what has that; {asks}")
}

/// The stages that something is built of: the target, or all that are looked at.
fn subjects(setting: Setting<'_>) -> impl Iterator<Item = NodeId> + '_ {
    let evaluated = setting.evaluated;
    let all = setting.given.input.all_stages;
    evaluated.reach.iter().filter(move |id| {
        *id == evaluated.target || (all && evaluated.graph[*id].declared.is_some())
    })
}

fn root_of(setting: Setting<'_>, id: NodeId) -> NodeId {
    setting.evaluated.program.stages[id].as_ref().map_or(id, |stage| stage.root)
}

/// What a stage starts from, where no step of it may change what executables load without its being known where.
fn base_of(
    setting: Setting<'_>,
    stage: &Stage,
    landings: &Landings,
) -> Result<Option<Base>, Error> {
    let Setting { given, evaluated, .. } = setting;
    let program = &evaluated.program;
    let root = &evaluated.graph[stage.root];
    let platform = match root.root.as_ref().map(|root| &root.source) {
        Some(RootSource::Image { platform, .. } | RootSource::Layout { platform, .. }) => {
            platform.as_ref()
        }
        Some(RootSource::Scratch) | None => None,
        Some(_) => return Ok(None),
    };
    if stage.platform.as_ref().is_some_and(|platform| platform.os != SYSTEM) {
        return Ok(None);
    }
    let mut changes = Vec::new();
    let mut files = stage.files;
    while let Files::Step(id) = files {
        let step = &program.steps[id];
        files = match &step.kind {
            StepKind::Root { .. } => break,
            StepKind::Files(step) => {
                changes.extend(changes_of(step, landings));
                step.root
            }
            StepKind::Link { base, layer, .. } => {
                changes.extend(changes_of(layer, landings));
                *base
            }
            StepKind::Run(_) | StepKind::Git { .. } | StepKind::Http { .. } => return Ok(None),
        };
    }
    if files == Files::Context {
        return Ok(None);
    }
    let mut llb = Llb::new(platform.unwrap_or(&given.platforms.target).to_pb());
    let name = match program.root_files[stage.root] {
        Files::Step(step) => program.steps[step].name.clone(),
        Files::Scratch | Files::Context => String::new(),
    };
    let root_vertex =
        root::add(&mut llb, given, evaluated, stage.root, VertexOptions::named(name))?;
    let tree = root_vertex.map(|vertex| Tree::of(llb.definition(vertex), true));
    Ok(Some(Base { tree, name: root.base_name.clone(), changes }))
}

fn changes_of(step: &FileStep, landings: &Landings) -> Vec<Change> {
    let mut changes = Vec::new();
    for action in &step.actions {
        match action {
            Action::Copy(copy) => match places_of_file(copy, &landings.at(copy.from)) {
                Some(places) => changes
                    .extend(places.into_iter().map(|path| Change { path, is_directory: false })),
                None => changes.push(Change {
                    path: path::join(&["/", &copy.destination]),
                    is_directory: true,
                }),
            },
            Action::MakeFile { path, .. } => {
                changes.push(Change { path: path.clone(), is_directory: false });
            }
            Action::MakeDirectory { .. } => {}
        }
    }
    changes
}

/// The files that a landing is of, each with where it lands.
fn origins(
    landing: &Landing,
    laid: Option<&Laid>,
    place: &mut Place<'_>,
) -> Poll<Result<Vec<(String, String)>, Stop>> {
    if !landing.is_pattern {
        return Poll::Ready(Ok(vec![(landing.origin.clone(), landing.path.clone())]));
    }
    let (directory, pattern) = match laid {
        Some(laid) => laid.place(&landing.origin, Wildcards::Names),
        None => wildcard::split(&landing.origin, Wildcards::Names),
    };
    let (above, target) = (path::dir(&landing.origin), path::dir(&landing.path));
    let found = ready!(place.matches(&directory, &pattern.unwrap_or_default()))?;
    let files = found.into_iter().filter(|entry| entry.is_regular() || entry.is_link());
    let files = files.take(MAX_MATCHES).map(|entry| {
        let name = path::base(&entry.path);
        (path::join(&[&above, name]), path::join(&[&target, name]))
    });
    Poll::Ready(Ok(files.collect()))
}

/// An executable, and a stage that takes it.
struct Subject<'a> {
    setting: Setting<'a>,
    stage: &'a Stage,
    base: &'a Base,
    tree: &'a Tree,
    laid: Option<&'a Laid>,
    required: &'a crate::alias::contract::Requirement,
}

impl Subject<'_> {
    /// What the executable surely lacks.
    fn lacks(
        &self,
        origin: &str,
        at: &str,
        facts: &mut Facts,
        cache: &mut Cache,
    ) -> Poll<Result<Vec<String>, Stop>> {
        let mut of_alias = Place::new(Some(self.tree), facts, cache);
        // What isn't there is told by those who look for that.
        let place = self.laid.map(|laid| laid.place(origin, Wildcards::Literal).0);
        let place = place.as_deref().unwrap_or(origin);
        if !ready!(of_alias.is_required_file(place))? {
            return Poll::Ready(Ok(Vec::new()));
        }
        let file = ready!(of_alias.file(place));
        let file = match &*file {
            Ok(file) => file,
            Err(Stop::Broken(why)) => return Poll::Ready(Ok(vec![format!("is broken: {why}")])),
            Err(unknown) => return Poll::Ready(Err(unknown.clone())),
        };
        if let File::Object(object) = file {
            let platform = self.stage.platform.as_ref();
            let platform = platform.unwrap_or(&self.setting.given.platforms.target);
            if !elf::runs_on(&object.architecture, platform) {
                let lack = format!("is for {}, and that is {platform}", object.architecture);
                // The other check tells it, too.
                let is_told = self.required.executable;
                return Poll::Ready(Ok(if is_told { Vec::new() } else { vec![lack] }));
            }
        }
        let config = self.stage.image_config();
        let env = Env::of(&config.config.env);
        let tree = self.base.tree.as_ref();
        let mut place = Place::new(tree, facts, cache);
        let executable = Executable { file, at, env: &env, place_name: &self.base.name };
        let lacks = ready!(lacks(&mut place, executable))?;
        if lacks.is_empty() || self.base.changes.is_empty() {
            return Poll::Ready(Ok(lacks));
        }
        let mut seen = BTreeSet::new();
        seen.extend(place.seen().iter().cloned());
        let may_change = ready!(self.may_change(&seen, &mut place))?;
        Poll::Ready(Ok(if may_change { Vec::new() } else { lacks }))
    }

    /// Whether something that is copied may be what was looked for, wherever links lead in what the stage starts from.
    fn may_change(
        &self,
        seen: &BTreeSet<String>,
        place: &mut Place<'_>,
    ) -> Poll<Result<bool, Stop>> {
        let mut real = BTreeSet::new();
        let mut open = false;
        for path in seen {
            match place.real(&path::dir(path)) {
                Poll::Pending => open = true,
                Poll::Ready(directory) => {
                    real.insert(path::join(&[&directory?, path::base(path)]));
                }
            }
        }
        let mut changed = Vec::new();
        for Change { path, is_directory } in &self.base.changes {
            match place.real(path) {
                Poll::Pending => open = true,
                Poll::Ready(path) => changed.push((path?, *is_directory)),
            }
        }
        if open {
            return Poll::Pending;
        }
        Poll::Ready(Ok(changed.iter().any(|(path, is_directory)| {
            let below = if path == "/" { "/".to_owned() } else { format!("{path}/") };
            // Names of what is at or below a path stand together.
            let next = real.range(below.clone()..).next();
            let has_below = next.is_some_and(|next| next.starts_with(&below));
            LISTS.iter().any(|list| path.starts_with(list))
                || real.contains(path)
                || (*is_directory && has_below)
        })))
    }
}
