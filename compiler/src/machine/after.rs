//! Whether what was built has what its executables load: a look at the results of a build before they are returned.

use std::rc::Rc;
use std::task::{Poll, ready};

use buildkit_dockerfile::Lines;

use super::{Compilation, Compiled};
use crate::alias::loads::before::{SYSTEM, hint};
use crate::alias::loads::landing::{Landing, Landings};
use crate::alias::loads::place::{Cache, File, Place};
use crate::alias::loads::resolve::{Env, Executable, lacks};
use crate::alias::loads::{self, Stop};
use crate::alias::verify::MAX_MATCHES;
use crate::alias::{Alias, elf, report};
use crate::budget::Checks;
use crate::error::{Error, ErrorKind};
use crate::facts::Facts;
use crate::question::{Fact, Key, Question, Stat, Tree};
use crate::secrets::Secrets;
use crate::shown;
use crate::wildcard::{self, Wildcards};
use aliasfront_image::platform::Platform;

/// A look at what was built, where contracts ask for one: a machine like [`Compiler`](super::Compiler).
#[derive(Debug)]
pub struct Loads {
    results: Vec<Built>,
    facts: Facts,
    cache: Cache,
}

/// What a look wants.
#[derive(Debug)]
pub enum Looking {
    /// Answers to these; none where all questions were handed out before and answers are open.
    Ask(Vec<Question>),
    /// Nothing more.
    Done(Looked),
}

/// What a look came to.
#[derive(Debug, Default)]
pub struct Looked {
    /// What cannot start.
    pub error: Option<Error>,
    /// What to say of the rest at the end of the build, a line each.
    pub lines: Vec<String>,
}

/// What was built of a compilation.
#[derive(Debug)]
struct Built {
    /// The compilation's place.
    index: usize,
    tree: Tree,
    /// What it is called: `kiro, from debian:bookworm-slim,`.
    name: String,
    /// The target, where it has a name.
    target: String,
    base: String,
    platform: Platform,
    env: Env,
    executables: Vec<Taken>,
    cut: Option<String>,
    secrets: Secrets,
}

/// An executable that was copied there.
#[derive(Debug)]
struct Taken {
    landing: Landing,
    lines: Lines,
    alias: Rc<Alias>,
    /// Where it is from: `/build/agentd of alias builder (BUILDER_IMAGE → "local_builder")`.
    from: String,
    finding: Option<Finding>,
}

/// What was found of an executable.
#[derive(Debug)]
enum Finding {
    /// These load, by their paths. None where nothing is there: a later step took it away, or it went elsewhere.
    Loads(Vec<String>),
    /// These don't, with what they lack.
    Lacks(Vec<(String, String)>),
    /// Nobody can tell, for this reason.
    Unknown(String),
}

impl Loads {
    /// The look at what compilations come to; `None` where no contract asks for one.
    pub fn of(compilations: &[Compiled]) -> Option<Self> {
        let results: Vec<Built> = compilations
            .iter()
            .enumerate()
            .filter_map(|(index, compiled)| Built::of(index, &compiled.compilation))
            .collect();
        (!results.is_empty()).then(|| Self {
            results,
            facts: Facts::default(),
            cache: Cache::default(),
        })
    }

    /// The results that are looked at: the places of their compilations, and the definitions that they are of.
    pub fn trees(&self) -> impl Iterator<Item = (usize, &Tree)> {
        self.results.iter().map(|built| (built.index, &built.tree))
    }

    /// Tells the answer to a question.
    pub fn answer(&mut self, key: Key, fact: Fact) {
        self.facts.learn(key, fact);
    }

    /// Goes on as far as the answers allow.
    pub fn advance(&mut self) -> Looking {
        if self.facts.is_waiting() {
            return Looking::Ask(self.facts.take_open());
        }
        // That the roots are there means that all is built.
        for built in &self.results {
            let root = Key::Stat(Stat { tree: built.tree.clone(), path: "/".to_owned() });
            match self.facts.ask(&root, || "[internal] look at what was built".to_owned()) {
                // The engine tells what failed once more when it is given the result, in its own words and with its own
                // details.
                Poll::Ready(Fact::Failed(_) | Fact::Stat(None)) => {
                    return Looking::Done(Looked::default());
                }
                Poll::Ready(_) | Poll::Pending => {}
            }
        }
        if self.facts.is_waiting() {
            return Looking::Ask(self.facts.take_open());
        }
        for built in &mut self.results {
            built.look(&mut self.facts, &mut self.cache);
        }
        if self.facts.is_waiting() {
            return Looking::Ask(self.facts.take_open());
        }
        let mut looked = Looked::default();
        for built in &self.results {
            if let Some(error) = built.error() {
                looked.error = Some(match looked.error.take() {
                    Some(before) => before.and(error),
                    None => error,
                });
            }
            for line in built.lines() {
                if !looked.lines.contains(&line) {
                    looked.lines.push(line);
                }
            }
        }
        Looking::Done(looked)
    }
}

impl Built {
    fn of(index: usize, compilation: &Compilation) -> Option<Self> {
        let Compilation { program, graph, given, target, aliases, definition, .. } = compilation;
        let reached = aliases.iter().filter(|report| report.reached);
        let aliases: Vec<&Alias> = reached.map(|report| &report.alias).collect();
        if loads::landing::required(&aliases).is_empty() {
            return None;
        }
        let landings = Landings::of(program, &aliases, &Checks::default());
        let stage = program.stages[*target].as_ref()?;
        let platform = stage.platform.as_ref().unwrap_or(&given.platforms.target);
        if platform.os != SYSTEM || definition.def.is_empty() {
            return None;
        }
        let shared: Vec<Rc<Alias>> =
            aliases.iter().map(|alias| Rc::new((*alias).clone())).collect();
        let mut executables: Vec<Taken> = Vec::new();
        for landing in landings.at(stage.files).iter() {
            let Some(copied) = landing.copied else { continue };
            // Where two instructions bring the same, the last one counts.
            executables.retain(|taken| {
                taken.landing.path != landing.path || taken.landing.origin != landing.origin
            });
            let alias = &shared[landing.required.0];
            let from = format!("of alias {} ({})", alias.name, report::became(alias, graph));
            executables.push(Taken {
                landing: landing.clone(),
                lines: copied.lines,
                alias: Rc::clone(alias),
                from,
                finding: None,
            });
        }
        if executables.is_empty() && landings.cut.is_none() {
            return None;
        }
        let label = graph[*target].label.as_str();
        let target = if label.is_empty() { "the image" } else { label };
        let base = graph[stage.root].base_name.clone();
        Some(Self {
            index,
            tree: Tree::of(definition.clone(), true),
            name: format!("{target}, from {base},"),
            target: target.to_owned(),
            base,
            platform: platform.clone(),
            env: Env::of(&compilation.config.config.env),
            executables,
            cut: landings.cut.clone(),
            secrets: compilation.secrets(),
        })
    }

    /// Looks at the executables that nothing is known of yet.
    fn look(&mut self, facts: &mut Facts, cache: &mut Cache) {
        let Self { tree, name, platform, env, .. } = self;
        for taken in self.executables.iter_mut().filter(|taken| taken.finding.is_none()) {
            let mut place = Place::new(Some(tree), facts, cache);
            let subject = Subject { landing: &taken.landing, name, platform, env };
            taken.finding = match subject.look(&mut place) {
                Poll::Pending => None,
                Poll::Ready(Ok(finding)) => Some(finding),
                Poll::Ready(Err(stop)) => Some(Finding::Unknown(stop.words().to_owned())),
            };
        }
    }

    fn error(&self) -> Option<Error> {
        let mut message = format!("{} ({}) cannot start", self.target, self.platform.normalize());
        let mut hints = Vec::new();
        let mut locations = Vec::new();
        for taken in &self.executables {
            let Some(Finding::Lacks(lacks)) = &taken.finding else { continue };
            for (path, lack) in lacks {
                let Taken { lines, alias, from, landing, .. } = taken;
                let origin = &landing.origin;
                let line = format!("{path} ({origin} {from}, {lines}): {lack}");
                message.extend(["\n  - ", &shown::line(&self.secrets.hide(&line))]);
                let required = alias.contract.require[landing.required.1].to_string();
                hints.push(hint(alias, required, &self.base));
                if !locations.contains(lines) {
                    locations.push(*lines);
                }
            }
        }
        if hints.is_empty() {
            return None;
        }
        let error = Error { locations, joins: true, ..Error::new(message) };
        let error = hints.iter().fold(error, |error, hint| error.and_hint(hint));
        Some(error.kind(ErrorKind::Contract))
    }

    /// What to say of what loads, and of what nobody could look at.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut loads = Vec::new();
        for Taken { landing, finding, .. } in &self.executables {
            match finding {
                Some(Finding::Loads(paths)) => loads.extend(paths.iter().cloned()),
                Some(Finding::Unknown(why)) => {
                    lines.push(format!(
                        "{}: {} not checked, since {why}",
                        self.target, landing.path
                    ));
                }
                Some(Finding::Lacks(_)) | None => {}
            }
        }
        if let Some(cut) = &self.cut {
            lines.push(format!("{}: not all executables checked, since {cut}", self.target));
        }
        if !loads.is_empty() {
            let count = loads.len();
            let loads = report::listed(loads.into_iter(), count);
            let verb = if count == 1 { "finds what it loads" } else { "find what they load" };
            lines.push(format!("{}: {loads} {verb}", self.target));
        }
        lines.iter().map(|line| shown::line(&self.secrets.hide(line))).collect()
    }
}

/// A file to look at.
struct Subject<'a> {
    landing: &'a Landing,
    name: &'a str,
    platform: &'a Platform,
    env: &'a Env,
}

impl Subject<'_> {
    fn look(&self, place: &mut Place<'_>) -> Poll<Result<Finding, Stop>> {
        let Landing { path, is_pattern, .. } = self.landing;
        let mut paths = vec![path.clone()];
        if *is_pattern {
            let (directory, pattern) = wildcard::split(path, Wildcards::Names);
            let found = ready!(place.matches(&directory, &pattern.unwrap_or_default()))?;
            let files = found.into_iter().filter(|entry| entry.is_regular() || entry.is_link());
            paths = files.map(|entry| entry.path).collect();
            if paths.len() > MAX_MATCHES {
                return Poll::Ready(Err(Stop::Unknown(format!(
                    "it matches more than {MAX_MATCHES} files (MAX_MATCHES)"
                ))));
            }
        }
        let mut open = false;
        let (mut fine, mut wrong) = (Vec::new(), Vec::new());
        for path in paths {
            match self.look_at(&path, place) {
                Poll::Pending => open = true,
                Poll::Ready(lacks) => match lacks? {
                    None => {}
                    Some(lacks) if lacks.is_empty() => fine.push(path),
                    Some(lacks) => wrong.extend(lacks.into_iter().map(|lack| (path.clone(), lack))),
                },
            }
        }
        if open {
            return Poll::Pending;
        }
        Poll::Ready(Ok(if wrong.is_empty() { Finding::Loads(fine) } else { Finding::Lacks(wrong) }))
    }

    /// What a file lacks; `None` where there is none.
    fn look_at(
        &self,
        path: &str,
        place: &mut Place<'_>,
    ) -> Poll<Result<Option<Vec<String>>, Stop>> {
        if !ready!(place.is_file(path))? {
            return Poll::Ready(Ok(None));
        }
        let file = ready!(place.file(path));
        let file = match &*file {
            // What a pattern matches may be more than executables.
            Ok(File::Other) if self.landing.is_pattern => return Poll::Ready(Ok(None)),
            Ok(file) => file,
            Err(Stop::Broken(why)) => {
                return Poll::Ready(Ok(Some(vec![format!("is broken: {why}")])));
            }
            Err(unknown) => return Poll::Ready(Err(unknown.clone())),
        };
        if let File::Object(object) = file
            && !elf::runs_on(&object.architecture, self.platform)
        {
            let lack = format!("is for {}", object.architecture);
            return Poll::Ready(Ok(Some(vec![lack])));
        }
        let executable = Executable { file, at: path, env: self.env, place_name: self.name };
        lacks(place, executable).map(|lacks| lacks.map(Some))
    }
}
