//! Whether a prebuilt image has what the build takes from it: asked for before a step takes that.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::task::{Poll, ready};

use aliasfront_gotext::path;
use buildkit_dockerfile::Lines;
use buildkit_dockerfile::lint::Rule;
use buildkit_llb::{File, Graph as Llb, Mkdir, Source, VertexOptions};
use buildkit_proto::caps;

use super::contract::Verify;
use super::made::{self, LastRuns, Made};
use super::{Alias, elf, kind, report};
use crate::budget::Checks;
use crate::context::{Laid, MainContext, RootSource, Within};
use crate::emit::context::follow_paths;
use crate::emit::root;
use crate::error::Error;
use crate::eval::step::Files;
use crate::eval::{EdgeKind, Evaluated, Origin, Program, Use};
use crate::facts::Facts;
use crate::given::Given;
use crate::graph::NodeId;
use crate::question::{Bytes, Entry, Fact, Key, Probe, Probed, Tree};
use crate::secrets::Secrets;
use crate::shown;
use crate::wildcard::{self, Wildcards};
use crate::wire::PlatformExt as _;
use aliasfront_image::ignore::Matcher;
use aliasfront_image::platform::Platform;
use aliasfront_image::system::System;

/// How many names are shown of a directory that lacks a path.
const MAX_NAMES: usize = 8;
/// How many files with wildcards in their contract are looked into.
pub(crate) const MAX_MATCHES: usize = 256;
/// The bits of a mode that let somebody execute a file.
const EXECUTE_BITS: u32 = 0o111;

/// The files of a local directory whose contents are needed where only names are: none.
const NO_CONTENT: [&str; 0] = [];

/// What is wrong with a prebuilt image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether `fallback=local` helps.
    pub kind: ProblemKind,
    /// The rule that it breaks; `None` where it is found by looking.
    pub rule: Option<&'static Rule>,
    /// What is wrong.
    pub message: String,
    /// The instructions that it matters to.
    pub lines: Vec<Lines>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The image is not what was asked for: never used, whatever the fallback.
    Policy,
    /// The image does not serve: the fallback may.
    Verification,
}

/// A path that is needed of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    /// As it is written.
    path: String,
    /// The directory that is looked into, and for what; the path itself where that is `None`.
    split: (String, Option<String>),
    executable: bool,
    /// Whether it must be a file, and no directory.
    file: bool,
    /// Whether it may run with another's rights.
    set_id: bool,
    /// Whether the contract asks for it, and not only an instruction.
    required: bool,
    lines: Vec<Lines>,
    /// The instructions on top of the image that may make it, where all that take it would have it from there; none
    /// where the image has to have it.
    makers: Vec<Lines>,
}

impl Need {
    fn asks_for_a_file(&self) -> bool {
        self.executable || self.file
    }

    /// Whether it need not be there: a contract is about the image itself, whatever is made of that.
    fn may_be_made(&self) -> bool {
        !self.required && !self.makers.is_empty()
    }

    fn not_checked(&self) -> NotChecked {
        NotChecked { path: self.path.clone(), makers: self.makers.clone() }
    }

    /// The directories that it would be in, the nearest first.
    fn directories(&self) -> impl Iterator<Item = &str> {
        let (path, pattern) = &self.split;
        let within = pattern.is_some().then_some(path.as_str());
        let above = path.match_indices('/').map(|(slash, _)| &path[..slash.max(1)]).rev();
        within.into_iter().chain(above)
    }
}

/// What the build takes from images as they are, by the stage that starts from the image.
#[derive(Debug, Default)]
pub struct Uses<'a> {
    of_stages: HashMap<NodeId, UsesOfStage<'a>>,
}

#[derive(Debug, Default)]
struct UsesOfStage<'a> {
    /// In the order of the instructions.
    all: Vec<&'a Use>,
    /// The stage that runs the last command on what each of them takes from.
    last_run: Vec<Option<NodeId>>,
    /// The places of those without wildcards, by path.
    plain: HashMap<&'a str, Vec<usize>>,
    /// The places of the others.
    wild: Vec<usize>,
}

/// A path that the image lacks, and that a step on top of it may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// The path, as it is written.
    pub path: String,
    /// The instructions of those steps.
    pub makers: Vec<Lines>,
}

impl<'a> Uses<'a> {
    /// What a program takes.
    pub fn of(program: &'a Program) -> Self {
        let mut uses = Self::default();
        let mut last_runs = LastRuns::default();
        for used in program.uses.iter().filter(|used| used.edge != EdgeKind::Base) {
            let Origin::Stage(from) = used.from else { continue };
            let Some(from) = &program.stages[from] else { continue };
            let of_stage = uses.of_stages.entry(from.root).or_default();
            let root = program.root_files[from.root];
            of_stage.last_run.push(last_runs.of(program, used.files, root));
            let place = of_stage.all.len();
            if wildcard::has_wildcards(&used.path, used.wildcards) {
                of_stage.wild.push(place);
            } else {
                of_stage.plain.entry(&used.path).or_default().push(place);
            }
            of_stage.all.push(used);
        }
        uses
    }

    /// What is taken of an alias's image, as far as that isn't of the making of a stage on top of the alias: of one
    /// that runs commands.
    fn of_alias(&self, alias: &Alias) -> impl Iterator<Item = &'a Use> {
        let uses = self.of_stages.get(&alias.source).into_iter();
        uses.flat_map(|uses| (0..uses.all.len()).filter_map(|place| uses.of(alias, place)))
    }

    /// The instructions that take a path of an alias's image, alone or with others, in their order. None
    /// where finding them takes more steps than are left.
    fn of_path(&self, alias: &Alias, path: &str, checks: &Checks) -> Vec<&'a Use> {
        let Some(uses) = self.of_stages.get(&alias.source) else { return Vec::new() };
        let above = path.match_indices('/').map(|(slash, _)| &path[..slash.max(1)]);
        let mut places: Vec<usize> = Vec::new();
        for path in above.chain([path]) {
            let plain = uses.plain.get(path).map_or(&[][..], Vec::as_slice);
            if !checks.take(path.len() + plain.len()) {
                return Vec::new();
            }
            places.extend(plain);
        }
        for place in &uses.wild {
            let used = uses.all[*place];
            if !checks.take(used.path.len() + path.len()) {
                return Vec::new();
            }
            if wildcard::may_cover(&used.path, used.wildcards, path) {
                places.push(*place);
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| uses.of(alias, place)).collect()
    }
}

impl<'a> UsesOfStage<'a> {
    fn of(&self, alias: &Alias, place: usize) -> Option<&'a Use> {
        let is_aliases = self.last_run[place].is_none_or(|by| by == alias.stage);
        is_aliases.then_some(self.all[place])
    }
}

/// What a verification came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The paths that were checked, as they are written.
    pub checked: Vec<String>,
    /// What is there and is more, or something else, than a file or a directory, so that it does not
    /// count as checked: `/run/x is a named pipe`.
    pub odd: Vec<String>,
    /// What is not there, and may be made by the steps of the alias's own stage.
    pub not_checked: Vec<NotChecked>,
    /// The engine does not show the image's files.
    pub unreadable: bool,
}

/// What aliases are checked in.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What is given.
    pub given: &'a Given,
    /// The evaluated stages.
    pub evaluated: &'a Evaluated,
    /// What they use.
    pub uses: &'a Uses<'a>,
    /// What may still be compared.
    pub checks: &'a Checks,
    /// What is not shown in the names of steps.
    pub secrets: &'a Secrets,
}

/// Verifies the files of what an overridden alias became.
///
/// # Errors
///
/// A context that cannot be read.
pub fn check(
    alias: &Alias,
    setting: Setting<'_>,
    facts: &mut Facts,
) -> Poll<Result<Outcome, Error>> {
    let evaluated = setting.evaluated;
    let check = Check::new(alias, setting);
    let needs = if alias.contract.verify < Verify::Files { Vec::new() } else { check.needs() };
    let mut outcome = Outcome::default();
    if needs.is_empty() {
        return Poll::Ready(Ok(outcome));
    }
    let Some(tree) = check.tree()? else {
        // An image without layers has no file at all.
        let root = evaluated.graph[alias.source].root.as_ref();
        if root.is_some_and(|root| root.source == RootSource::Scratch) {
            let problem = |need: &Need| check.problem("is not there: the image is empty", need);
            let (made, needed): (Vec<&Need>, Vec<&Need>) =
                needs.iter().partition(|need| need.may_be_made());
            outcome.problems.extend(needed.into_iter().map(problem));
            outcome.not_checked.extend(made.into_iter().map(Need::not_checked));
        }
        return Poll::Ready(Ok(outcome));
    };
    let mut open = false;
    for need in needs.iter().filter(|need| tree.whole || check.is_taken(need)) {
        match check.look(need, &tree, facts) {
            Poll::Pending => open = true,
            Poll::Ready(Look::Unreadable) => outcome.unreadable = true,
            Poll::Ready(Look::MayBeMade(not_checked)) => outcome.not_checked.push(not_checked),
            Poll::Ready(Look::Checked(found)) => {
                if found.odd.is_empty() {
                    outcome.checked.push(need.path.clone());
                }
                outcome.problems.extend(found.problems);
                outcome.odd.extend(found.odd);
            }
        }
    }
    if open { Poll::Pending } else { Poll::Ready(Ok(outcome)) }
}

/// The files of what an alias became, as [`check`] looks at them, and how they are laid out where it is a directory;
/// `None` where there is nothing to look at.
///
/// # Errors
///
/// A context that cannot be read.
pub(super) fn files<'a>(
    alias: &'a Alias,
    setting: Setting<'a>,
) -> Result<Option<(Tree, Option<&'a Laid>)>, Error> {
    let check = Check::new(alias, setting);
    Ok(check.tree()?.map(|tree| (tree, check.laid())))
}

/// The check of an alias.
struct Check<'a> {
    alias: &'a Alias,
    given: &'a Given,
    evaluated: &'a Evaluated,
    uses: &'a Uses<'a>,
    checks: &'a Checks,
    secrets: &'a Secrets,
    /// Where the names are that are there, worked out when something isn't.
    names: OnceCell<Option<Tree>>,
    /// What leaves files out of the directory that the alias became, worked out likewise.
    ignored: OnceCell<Option<Matcher<'a>>>,
}

/// What a look at a path came to.
enum Look {
    Checked(Found),
    /// It is not there, and may be made.
    MayBeMade(NotChecked),
    /// The engine does not show the image's files.
    Unreadable,
}

/// Where a path would be in a directory whose files are laid out, in words.
enum Place {
    /// An ignore file leaves it out, so what else is there does not matter.
    Ignored(String),
    /// It isn't there.
    Missing(String),
}

/// What was found at a path.
#[derive(Debug, Default)]
struct Found {
    problems: Vec<Problem>,
    /// As in [`Outcome::odd`].
    odd: Vec<String>,
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}

impl<'a> Check<'a> {
    fn new(alias: &'a Alias, setting: Setting<'a>) -> Self {
        let Setting { given, evaluated, uses, checks, secrets } = setting;
        Self {
            alias,
            given,
            evaluated,
            uses,
            checks,
            secrets,
            names: OnceCell::new(),
            ignored: OnceCell::new(),
        }
    }

    /// The paths that the build takes, and those that the contract asks for, each once.
    fn needs(&self) -> Vec<Need> {
        let mut needs: BTreeMap<(String, Option<String>), Need> = BTreeMap::new();
        for used in self.uses.of_alias(self.alias) {
            let split = wildcard::split(&used.path, used.wildcards);
            // The root is always there, and `COPY` is content with wildcards that match nothing: what
            // is optional is written so. A contract can ask for more.
            if split.0 == "/" || split.1.is_some() {
                continue;
            }
            let makers = match self.made(used) {
                Made::No => Vec::new(),
                Made::Maybe(makers) => makers,
                Made::Surely | Made::Unknown => continue,
            };
            let need = needs.entry(split.clone()).or_insert_with(|| Need {
                path: used.path.clone(),
                split,
                executable: false,
                file: false,
                set_id: false,
                required: false,
                lines: Vec::new(),
                makers: makers.clone(),
            });
            // One instruction that has it from the image is enough.
            if makers.is_empty() {
                need.makers.clear();
            }
            // What one instruction takes stands together.
            if need.lines.last() != Some(&used.lines) {
                need.lines.push(used.lines);
            }
        }
        for requirement in &self.alias.contract.require {
            let path = &requirement.path;
            let split = wildcard::split(path, Wildcards::Names);
            let need = needs.entry(split.clone()).or_insert_with(|| Need {
                path: path.clone(),
                split,
                executable: false,
                file: false,
                set_id: false,
                required: true,
                makers: Vec::new(),
                lines: self.users(path).iter().map(|used| used.lines).collect(),
            });
            need.required = true;
            need.executable |= requirement.executable;
            need.file |= requirement.file || requirement.loads;
            need.set_id |= requirement.set_id;
        }
        let mut needs: Vec<Need> = needs.into_values().collect();
        if let Some(laid) = self.laid() {
            for need in &mut needs {
                let is_pattern = need.split.1.is_some();
                let wildcards = if is_pattern { Wildcards::Names } else { Wildcards::Literal };
                need.split = laid.place(&need.path, wildcards);
            }
        }
        needs
    }

    /// The directory that the alias became, where its files are laid out.
    fn laid(&self) -> Option<&'a Laid> {
        match &self.evaluated.graph[self.alias.source].root.as_ref()?.source {
            RootSource::Laid(laid) => Some(laid),
            _ => None,
        }
    }

    /// The instructions that take a path, alone or with others.
    fn users(&self, path: &str) -> Vec<&Use> {
        let Self { uses, checks, .. } = self;
        uses.of_path(self.alias, path, checks)
    }

    /// What the steps on top of the image do to what an instruction takes.
    fn made(&self, used: &Use) -> Made {
        let Evaluated { graph, program, .. } = self.evaluated;
        let source = self.alias.source;
        let platform = graph[source].root.as_ref().and_then(|root| root.platform.as_ref());
        let system = platform.map_or(System::Unix, |platform| System::of(&platform.os));
        let root = program.root_files[source];
        made::made(self.evaluated, used, (self.alias.stage, root), system, self.checks)
    }

    /// Whether an instruction takes all of what is needed, so that it is there where the build only has
    /// what it takes.
    fn is_taken(&self, need: &Need) -> bool {
        let takes_all = |used: &Use| {
            wildcard::split(&used.path, used.wildcards).1.is_none() || used.path == need.path
        };
        self.users(&need.path).into_iter().any(takes_all)
    }

    /// The files of what the alias became, with a step of its own on top, which shows in the progress
    /// output. What is below is the build's own vertex, so that it is loaded once.
    ///
    /// `None` where there is nothing to look at: the empty image, or a target of the same build.
    /// That one is no prebuilt image, and its build goes on beside this one's.
    fn tree(&self) -> Result<Option<Tree>, Error> {
        let Evaluated { graph, program, .. } = self.evaluated;
        let stage = self.alias.source;
        let Some(root) = graph[stage].root.as_ref() else { return Ok(None) };
        let platform = match &root.source {
            RootSource::Scratch | RootSource::Input(_) => return Ok(None),
            RootSource::Image { platform, .. } | RootSource::Layout { platform, .. } => {
                platform.as_ref()
            }
            RootSource::Local { .. }
            | RootSource::Laid(_)
            | RootSource::Git(_)
            | RootSource::Http { .. } => None,
        };
        // Nothing of it depends on the platform that is built for.
        let mut llb = Llb::new(platform.unwrap_or(&self.given.platforms.target).to_pb());
        let name = match program.root_files[stage] {
            Files::Step(step) => program.steps[step].name.clone(),
            Files::Scratch | Files::Context => String::new(),
        };
        let options = VertexOptions::named(name);
        // Of files that are laid out it is the directory that is looked at: what isn't there can't be laid out.
        let root_vertex = match self.laid() {
            Some(laid) => root::add_within(&mut llb, self.given, self.evaluated, stage, laid)?,
            None => root::add(&mut llb, self.given, self.evaluated, stage, options)?,
        };
        let Some(root_vertex) = root_vertex else { return Ok(None) };
        let step = File::on(root_vertex).mkdir(Mkdir::new("/", 0o755).parents());
        let name =
            format!("[alias {}] verify {}", self.alias.name, report::what(self.alias, graph));
        let name = shown::line(&self.secrets.hide(&name));
        let output = llb.add(step, VertexOptions::named(name));
        let definition = llb.definition(output);
        let whole = match &root.source {
            RootSource::Local { .. } => follow_paths(&program.root_paths[stage]).is_none(),
            RootSource::Laid(laid) => match (&laid.within, self.given.context()) {
                (Within::Context, MainContext::Local { .. }) => {
                    follow_paths(&program.context_paths()).is_none()
                }
                (Within::Context, _) => true,
                (Within::Local { .. }, _) => {
                    let laid_out = program.laid.get(&stage);
                    laid_out.is_none_or(|laid_out| follow_paths(&laid_out.paths).is_none())
                }
            },
            _ => true,
        };
        Ok(Some(Tree::of(definition, whole)))
    }

    /// Looks at a path, and where it must be executable into what is there.
    fn look(&self, need: &Need, tree: &Tree, facts: &mut Facts) -> Poll<Look> {
        let (path, pattern) = need.split.clone();
        let found = match ready!(self.probe(tree, path, pattern, facts)) {
            Fact::Probe(Probed::Unreadable) => return Poll::Ready(Look::Unreadable),
            Fact::Probe(Probed::Missing { directory, names, link }) => {
                if need.may_be_made() {
                    return Poll::Ready(Look::MayBeMade(need.not_checked()));
                }
                let makers = ready!(self.through_links(need, tree, facts));
                if !makers.is_empty() {
                    let path = need.path.clone();
                    return Poll::Ready(Look::MayBeMade(NotChecked { path, makers }));
                }
                let missing =
                    ready!(self.missing(need, &directory, &names, link.as_deref(), tree, facts));
                return Poll::Ready(Look::Checked(self.problem(&missing, need).into()));
            }
            Fact::Probe(Probed::Found(found)) => found,
            other => return Poll::Ready(Look::Checked(self.failed(need, &other).into())),
        };
        let asked = found.iter().filter(|entry| need.executable || entry.is_link()).count();
        if asked > MAX_MATCHES {
            let many = format!(
                "matches {} files, more than are checked (MAX_MATCHES is {MAX_MATCHES}): name the ones that matter",
                found.len()
            );
            return Poll::Ready(Look::Checked(self.problem(&many, need).into()));
        }
        let mut all = Found::default();
        let mut open = false;
        for entry in &found {
            match self.entry(entry, need, tree, facts) {
                Poll::Pending => open = true,
                Poll::Ready(found) => {
                    all.problems.extend(found.problems);
                    all.odd.extend(found.odd);
                }
            }
        }
        if open { Poll::Pending } else { Poll::Ready(Look::Checked(all)) }
    }

    /// Looks at what is at a path, on each platform that uses it.
    fn entry(&self, entry: &Entry, need: &Need, tree: &Tree, facts: &mut Facts) -> Poll<Found> {
        let path = entry.path.as_str();
        if entry.is_link() {
            // A pattern matches links as such: where do they lead?
            let need = &Need { path: path.to_owned(), ..need.clone() };
            return match ready!(self.probe(tree, path.to_owned(), None, facts)) {
                Fact::Probe(Probed::Found(found)) => match found.first() {
                    Some(file) if !file.is_link() => self.entry(file, need, tree, facts),
                    _ => Poll::Ready(Found::default()),
                },
                Fact::Probe(Probed::Missing { directory, names, link })
                    if need.asks_for_a_file() =>
                {
                    let link = link.as_deref();
                    let missing = ready!(self.missing(need, &directory, &names, link, tree, facts));
                    Poll::Ready(self.problem(&missing, need).into())
                }
                Fact::Probe(Probed::Missing { .. } | Probed::Unreadable) => {
                    Poll::Ready(Found::default())
                }
                other => Poll::Ready(self.failed(need, &other).into()),
            };
        }
        let mut found = Found::default();
        // What only an instruction takes is the image's affair, and told.
        let mut odd = |what: &str, asked: &str| {
            if need.required {
                let need = &Need { path: path.to_owned(), ..need.clone() };
                found.problems.push(self.problem(&format!("{what}, {asked}"), need));
            } else {
                found.odd.push(format!("{} {what}", need.path));
            }
        };
        if let Some(special) = kind::special(entry) {
            odd(&format!("is {special}"), "but the contract asks for a file or a directory");
            return Poll::Ready(found);
        }
        if let Some(rights) = kind::runs_as(entry).filter(|_| !need.set_id) {
            odd(&format!("is {rights}"), "and the contract does not ask for that with +s");
        }
        if !entry.is_regular() && need.asks_for_a_file() {
            let asked = if need.executable { "an executable" } else { "a file" };
            let need = &Need { path: path.to_owned(), ..need.clone() };
            let message = format!("is not a file, but the contract asks for {asked}");
            found.problems.push(self.problem(&message, need));
        } else if need.executable {
            let need = &Need { path: path.to_owned(), ..need.clone() };
            found.problems.extend(ready!(self.executable(entry, need, tree, facts)));
        }
        Poll::Ready(found)
    }

    /// Why a file that must be executable is not, on each platform that uses it.
    fn executable(
        &self,
        entry: &Entry,
        need: &Need,
        tree: &Tree,
        facts: &mut Facts,
    ) -> Poll<Vec<Problem>> {
        let path = entry.path.as_str();
        if entry.mode & EXECUTE_BITS == 0 {
            let message = format!("is not executable: its mode is {:04o}", entry.mode & 0o7777);
            return Poll::Ready(vec![self.problem(&message, need)]);
        }
        let length = elf::HEADER_LENGTH;
        let key =
            Key::Bytes(Bytes { tree: tree.clone(), path: path.to_owned(), offset: 0, length });
        let header = match ready!(facts.ask(&key, || self.log_name(path))) {
            Fact::Bytes(header) => header,
            other => return Poll::Ready(vec![self.failed(need, other)]),
        };
        let Some(architecture) = elf::architecture(header) else { return Poll::Ready(Vec::new()) };
        Poll::Ready(self.unfit(&architecture, need))
    }

    /// The platforms that a file is used on and that it does not fit, with the instructions that take
    /// it there. One that no instruction takes has to fit the alias, or the platform that is built.
    fn unfit(&self, architecture: &str, need: &Need) -> Vec<Problem> {
        let Evaluated { graph, program, .. } = self.evaluated;
        let platforms = &self.given.platforms;
        let mut users: Vec<(Platform, Vec<Lines>)> = Vec::new();
        for used in self.users(&need.path) {
            let platform =
                program.stages[used.by].as_ref().and_then(|stage| stage.platform.as_ref());
            let platform = platform.unwrap_or(&platforms.target);
            match users.iter_mut().find(|(known, _)| known == platform) {
                Some((_, lines)) if lines.last() == Some(&used.lines) => {}
                Some((_, lines)) => lines.push(used.lines),
                None => users.push((platform.clone(), vec![used.lines])),
            }
        }
        if users.is_empty() {
            let root = graph[self.alias.source].root.as_ref();
            let own =
                root.and_then(|root| root.platform.clone()).unwrap_or(platforms.target.clone());
            if elf::runs_on(architecture, &platforms.target) {
                return Vec::new();
            }
            users.push((own, Vec::new()));
        }
        let unfit = users.into_iter().filter(|(platform, _)| !elf::runs_on(architecture, platform));
        unfit
            .map(|(platform, lines)| {
                let message =
                    format!("is for {architecture}, but is used on {}", platform.normalize());
                self.problem(&message, &Need { lines, ..need.clone() })
            })
            .collect()
    }

    /// The instructions on top of the image that may make a path although they name another one: links in the image
    /// may lead from one to the other, as `/lib` does to `/usr/lib`.
    fn through_links(&self, need: &Need, tree: &Tree, facts: &mut Facts) -> Poll<Vec<Lines>> {
        let mut makers = Vec::new();
        if need.required {
            return Poll::Ready(makers);
        }
        let program = &self.evaluated.program;
        let root = program.root_files[self.alias.source];
        let users = self.users(&need.path).into_iter().filter(|used| used.path == need.path);
        for used in users {
            for (to, lines) in made::destinations(program, used, root) {
                if makers.contains(&lines) || !self.checks.take(1 + to.len()) {
                    continue;
                }
                let by_link = ready!(self.has_link(&need.path, tree, facts))
                    || ready!(self.has_link(to, tree, facts));
                if by_link {
                    makers.push(lines);
                }
            }
        }
        makers.sort_unstable();
        Poll::Ready(makers)
    }

    /// Whether a part of a path is a link in the image. What is missing there is none.
    fn has_link(&self, path: &str, tree: &Tree, facts: &mut Facts) -> Poll<bool> {
        let mut directory = "/".to_owned();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let name_alone = wildcard::escape(name);
            match ready!(self.probe(tree, directory.clone(), Some(name_alone), facts)) {
                Fact::Probe(Probed::Found(found)) if found.iter().any(Entry::is_link) => {
                    return Poll::Ready(true);
                }
                Fact::Probe(Probed::Found(_)) => {}
                _ => return Poll::Ready(false),
            }
            directory = path::join(&[&directory, name]);
        }
        Poll::Ready(false)
    }

    fn probe(
        &self,
        tree: &Tree,
        path: String,
        pattern: Option<String>,
        facts: &mut Facts,
    ) -> Poll<Fact> {
        let log_name = self.log_name(&path);
        let key = Key::Probe(Probe { tree: tree.clone(), path, pattern });
        facts.ask(&key, || log_name).map(Fact::clone)
    }

    fn log_name(&self, path: &str) -> String {
        format!("[alias {}] verify {path}", self.alias.name)
    }

    /// What is wrong with a path, and who needs it: the alias's contract where nobody else does.
    fn problem(&self, message: &str, need: &Need) -> Problem {
        let mut message = shown::line(&format!("{} {message}", need.path));
        let mut lines = need.lines.clone();
        if lines.is_empty() {
            message.push_str(" (the contract asks for it)");
            lines.push(self.alias.lines);
        }
        Problem { kind: ProblemKind::Verification, rule: None, message, lines, hint: None }
    }

    fn failed(&self, need: &Need, fact: &Fact) -> Problem {
        let error = crate::context::named::unexpected(fact);
        self.problem(&format!("could not be checked: {}", error.message), need)
    }

    /// What to say of a path that is not there: what is there instead, as far as that can be seen.
    fn missing(
        &self,
        need: &Need,
        directory: &str,
        names: &[String],
        link: Option<&str>,
        tree: &Tree,
        facts: &mut Facts,
    ) -> Poll<String> {
        if let Some(link) = link {
            return Poll::Ready(format!("is a link to {link}, which is not there"));
        }
        let verb = if need.split.1.is_some() { "matches nothing" } else { "is not there" };
        let verb = match self.laid() {
            None => verb.to_owned(),
            Some(laid) => match self.place(need, laid) {
                Place::Ignored(place) => return Poll::Ready(format!("{verb}: {place}")),
                Place::Missing(place) => format!("{verb}: {place}"),
            },
        };
        if !tree.whole {
            let there = match ready!(self.look_around(need, facts)) {
                Some((directory, names)) => self.there(need, &directory, names),
                None => return Poll::Ready(verb),
            };
            return Poll::Ready(format!("{verb}; {there}"));
        }
        Poll::Ready(format!("{verb}; {}", self.there(need, directory, names)))
    }

    /// Where a path would be in a directory whose files are laid out, and what leaves it out.
    fn place(&self, need: &Need, laid: &'a Laid) -> Place {
        let (directory, pattern) = &need.split;
        let place = match pattern {
            Some(pattern) => path::join(&[directory, pattern]),
            None => directory.clone(),
        };
        let place = place.trim_start_matches('/');
        let (whole, patterns) = match &laid.within {
            Within::Context => ("the context", &self.evaluated.excludes),
            Within::Local { excludes, .. } => ("the directory", &**excludes),
        };
        let ignored = self.ignored.get_or_init(|| Matcher::new(patterns).ok());
        let is_left_out = |matcher: &Matcher<'_>| {
            self.checks.within(|steps| matcher.leaves_out_all_of(place, steps))
        };
        if ignored.as_ref().and_then(is_left_out).unwrap_or_default() {
            Place::Ignored(format!(".dockerignore leaves {place} out of {whole}"))
        } else {
            Place::Missing(format!("{whole} has no {place}"))
        }
    }

    /// What is in a directory that lacks a path.
    fn there(&self, need: &Need, directory: &str, names: &[String]) -> String {
        let more = names.len().saturating_sub(MAX_NAMES);
        let names = nearest(names, path::base(&need.path), self.checks);
        match (names.as_slice(), more) {
            ([], _) => format!("{directory} is empty"),
            (names, 0) => format!("{directory} has {}", names.join(", ")),
            (names, more) => format!("{directory} has {} and {more} more", names.join(", ")),
        }
    }

    /// The nearest directory above a path that is missing in a local one, with the names in it. What the build takes of
    /// a local directory doesn't tell what else is there, so names are asked for, and no content. `None` where the
    /// engine can't do that, or doesn't find out.
    fn look_around<'f>(
        &self,
        need: &Need,
        facts: &'f mut Facts,
    ) -> Poll<Option<(String, &'f [String])>> {
        let Some(names) = self.names.get_or_init(|| self.names()) else {
            return Poll::Ready(None);
        };
        let log_name =
            || shown::line(&format!("[alias {}] look at what is there", self.alias.name));
        Poll::Ready(match ready!(facts.ask(&Key::Names(names.clone()), log_name)) {
            Fact::Names(directories) => need.directories().find_map(|directory| {
                directories.get(directory).map(|names| (directory.to_owned(), names.as_slice()))
            }),
            _ => None,
        })
    }

    /// The local directory that the alias became, by names alone, with all that is on the way to what the build needs.
    fn names(&self) -> Option<Tree> {
        let Self { alias, given, evaluated, .. } = self;
        let root = evaluated.graph[alias.source].root.as_ref()?;
        let (local, key, excludes) = match &root.source {
            RootSource::Local { local, key, excludes } => (local, key.as_str(), &**excludes),
            RootSource::Laid(laid) => match (&laid.within, given.context()) {
                (Within::Local { local, key, excludes }, _) => (local, key.as_str(), &**excludes),
                (Within::Context, MainContext::Local { local }) => (local, "", &evaluated.excludes),
                (Within::Context, _) => return None,
            },
            _ => return None,
        };
        if !given.caps().has(caps::SOURCE_METADATA_TRANSFER) {
            return None;
        }
        let needs = self.needs();
        let taken = needs.iter().filter(|need| self.is_taken(need));
        let directories: BTreeSet<&str> = taken.flat_map(Need::directories).collect();
        let source = Source::local(local)
            .session(given.options().session_of(local))
            .shared_key(format!("context:{key}-names"))
            .exclude(excludes.iter())
            .follow(directories.into_iter().map(|directory| path::join(&[".", directory, "*"])))
            .metadata_only(NO_CONTENT);
        let mut llb = Llb::new(given.platforms.target.to_pb());
        let name = shown::line(&format!("[alias {}] look at what is in {local}", alias.name));
        let output = llb.add(source, VertexOptions::named(name));
        Some(Tree::of(llb.definition(output), true))
    }
}

/// The names nearest to `base`, [`MAX_NAMES`] of them: one may be what was meant. The first ones where
/// comparing all of them takes more steps than are left.
fn nearest<'a>(names: &'a [String], base: &str, checks: &Checks) -> Vec<&'a str> {
    let mut best = BinaryHeap::with_capacity(MAX_NAMES + 1);
    for name in names {
        // Without steps left, no path looks at all the names of its directory.
        if !checks.take(1 + name.len() * base.len()) {
            return names.iter().take(MAX_NAMES).map(String::as_str).collect();
        }
        best.push((strsim::levenshtein(name, base), name.as_str()));
        if best.len() > MAX_NAMES {
            best.pop();
        }
    }
    best.into_sorted_vec().into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::MAX_CHECK_STEPS;

    #[test]
    fn names_are_compared_as_long_as_steps_are_left() {
        let names: Vec<String> = (0..MAX_NAMES + 3).rev().map(|i| format!("name{i:02}")).collect();
        let checks = Checks::default();
        assert_eq!(nearest(&names, "name001", &checks)[0], "name00");
        assert!(checks.take(MAX_CHECK_STEPS - checks.taken() - names.len()));
        for _ in 0..2 {
            assert_eq!(nearest(&names, "name001", &checks), names[..MAX_NAMES]);
            assert_eq!(checks.taken(), MAX_CHECK_STEPS);
        }
    }
}
