//! Where the steps of a build take files of an alias: along every `COPY`, from stage to stage.
//!
//! Only what `COPY` takes is followed. What a `RUN` does with a file, nobody knows before it runs.

use std::rc::Rc;

use aliasfront_gotext::path;
use buildkit_dockerfile::Lines;

use crate::alias::Alias;
use crate::alias::contract::{Requirement, Verify};
use crate::arena::Arena;
use crate::budget::Checks;
use crate::eval::Program;
use crate::eval::step::{Action, CopyAction, FileStep, Files, StepId, StepKind};
use crate::graph::NodeId;
use crate::wildcard;

/// In how many places of a stage executables of aliases are followed.
pub const MAX_LANDINGS: usize = 4096;

/// That a file of an alias is, or may be, at a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Landing {
    /// The alias and the requirement of its contract, by their places.
    pub required: (usize, usize),
    /// The file's path in the alias.
    pub origin: String,
    /// Its path here.
    pub path: String,
    /// Whether the last parts of both paths have wildcards.
    pub is_pattern: bool,
    /// The `COPY` that brought it; `None` where it is the alias's own.
    pub copied: Option<Copied>,
}

/// Where a `COPY` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copied {
    /// Its lines.
    pub lines: Lines,
    /// Its stage.
    pub stage: NodeId,
}

/// Where files of aliases are after each step.
#[derive(Debug)]
pub struct Landings {
    of_steps: Arena<StepId, Rc<Vec<Landing>>>,
    /// What was not followed, for want of steps or places: the limit that is in the way.
    pub cut: Option<String>,
}

/// The requirements of aliases that are about what executables load, as far as the contracts are checked.
pub fn required(aliases: &[&Alias]) -> Vec<(usize, usize)> {
    let checked =
        aliases.iter().enumerate().filter(|(_, alias)| alias.contract.verify == Verify::Files);
    let all = checked.flat_map(|(alias, of)| {
        of.contract.require.iter().enumerate().map(move |(place, it)| ((alias, place), it))
    });
    all.filter(|(_, requirement)| requirement.loads).map(|(places, _)| places).collect()
}

impl Landings {
    /// Follows what the contracts of aliases ask for through the steps of a program.
    pub fn of(program: &Program, aliases: &[&Alias], checks: &Checks) -> Self {
        let nothing: Rc<Vec<Landing>> = Rc::default();
        let mut landings = Self { of_steps: program.steps.map(|_| Rc::clone(&nothing)), cut: None };
        let mut seeds: Arena<StepId, Vec<Landing>> = program.steps.map(|_| Vec::new());
        let mut any = false;
        for (alias, place) in required(aliases) {
            let stage = program.stages.get(aliases[alias].stage).and_then(Option::as_ref);
            let Some(Files::Step(step)) = stage.map(|stage| stage.files) else { continue };
            let Requirement { path, .. } = &aliases[alias].contract.require[place];
            let is_pattern = wildcard::first_wildcard(path).is_some();
            let landing = Landing {
                required: (alias, place),
                origin: path.clone(),
                path: path.clone(),
                is_pattern,
                copied: None,
            };
            seeds[step].push(landing);
            any = true;
        }
        if !any {
            return landings;
        }
        for (id, step) in program.steps.entries() {
            let after = match &step.kind {
                StepKind::Root { .. } | StepKind::Git { .. } | StepKind::Http { .. } => None,
                StepKind::Run(run) => Some((run.root, None)),
                StepKind::Files(files) => Some((files.root, Some(files))),
                StepKind::Link { base, layer, .. } => Some((*base, Some(layer))),
            };
            let mut here = after.map_or_else(|| Rc::clone(&nothing), |(root, _)| landings.at(root));
            let lines = step.lines.unwrap_or_default();
            if let Some((_, Some(files))) = after {
                landings.copy(files, Copied { lines, stage: step.stage }, &mut here, checks);
            }
            for landing in &seeds[id] {
                landings.add(&mut here, landing.clone());
            }
            landings.of_steps[id] = here;
        }
        landings
    }

    /// Where files of aliases are in these files.
    pub fn at(&self, files: Files) -> Rc<Vec<Landing>> {
        match files {
            Files::Step(step) => Rc::clone(&self.of_steps[step]),
            Files::Scratch | Files::Context => Rc::default(),
        }
    }

    fn copy(
        &mut self,
        files: &FileStep,
        copied: Copied,
        here: &mut Rc<Vec<Landing>>,
        checks: &Checks,
    ) {
        for action in &files.actions {
            let Action::Copy(copy) = action else { continue };
            let from = self.at(copy.from);
            for landing in from.iter() {
                if !checks.take(copy.source.len() + landing.path.len() + 1) {
                    self.cut =
                        Some("what is taken is more than is compared (MAX_CHECK_STEPS)".to_owned());
                    return;
                }
                for Place { path, origin, is_pattern } in places(copy, landing) {
                    let copied = Some(copied);
                    let required = landing.required;
                    self.add(here, Landing { required, origin, path, is_pattern, copied });
                }
            }
        }
    }

    fn add(&mut self, here: &mut Rc<Vec<Landing>>, landing: Landing) {
        if here.len() >= MAX_LANDINGS {
            self.cut = Some(format!(
                "executables are taken to more than {MAX_LANDINGS} places (MAX_LANDINGS)"
            ));
            return;
        }
        // What is copied over a file takes its place.
        let here = Rc::make_mut(here);
        here.push(landing);
    }
}

/// Where a `COPY` takes a file.
struct Place {
    path: String,
    origin: String,
    is_pattern: bool,
}

/// Whether a `COPY` takes one file, and no other, that is known to be there: the places that it may take it to.
pub fn places_of_file(copy: &CopyAction, from: &[Landing]) -> Option<Vec<String>> {
    if copy.unpack || !copy.include.is_empty() || wildcard::first_wildcard(&copy.source).is_some() {
        return None;
    }
    let source = path::clean(&wildcard::unescaped(&copy.source));
    let file = from.iter().find(|landing| !landing.is_pattern && landing.path == source)?;
    Some(places(copy, file).map(|place| place.path).collect())
}

/// Where a `COPY` may take a file: to its destination, or into that where it is a directory.
fn places(copy: &CopyAction, landing: &Landing) -> impl Iterator<Item = Place> + use<> {
    let found = taken(copy, landing).map_or_else(Vec::new, |Taken { below, name, rest }| {
        let destination = path::join(&["/", &copy.destination]);
        let is_directory = copy.destination.ends_with('/') || destination == "/";
        let inside = path::join(&[&destination, &rest]);
        let is_pattern = landing.is_pattern && name.is_none();
        // The name that the file has in the alias, where a wildcard of the contract stood for it.
        let origin = match &name {
            Some(name) if landing.is_pattern => path::join(&[&path::dir(&landing.origin), name]),
            _ => landing.origin.clone(),
        };
        let mut paths = vec![inside];
        if !below && !is_directory && !is_pattern {
            paths.insert(0, destination);
        }
        paths.into_iter().map(|path| Place { path, origin: origin.clone(), is_pattern }).collect()
    });
    found.into_iter()
}

/// That a `COPY` takes a file.
struct Taken {
    /// Whether it takes the file with a directory that it is in.
    below: bool,
    /// The file's name, where it is known.
    name: Option<String>,
    /// Its path in the destination, where that is a directory.
    rest: String,
}

fn taken(copy: &CopyAction, landing: &Landing) -> Option<Taken> {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let file = parts(&landing.path);
    let last = file.len().checked_sub(1)?;
    // With `--parents`, patterns are below a directory, which is not made in the destination.
    let parent = parts(&copy.source);
    let mut sources = Vec::new();
    if copy.include.is_empty() {
        sources.push((0, parent));
    } else {
        for include in &copy.include {
            let source: Vec<String> = parent.iter().cloned().chain(parts(include)).collect();
            sources.push((parent.len(), source));
        }
    }
    for (kept, source) in sources {
        if source.len() > file.len() {
            continue;
        }
        let mut name = (!landing.is_pattern).then(|| file[last].clone());
        let fits = source.iter().zip(&file).enumerate().all(|(place, (source, part))| {
            let is_literal = !copy.wildcards || wildcard::first_wildcard(source).is_none();
            let plain =
                || if copy.wildcards { wildcard::unescaped(source) } else { source.clone() };
            if landing.is_pattern && place == last {
                if is_literal {
                    name = Some(plain());
                    return wildcard::matches_name(part, &plain());
                }
                return true;
            }
            if is_literal { plain() == *part } else { wildcard::matches_name(source, part) }
        });
        if !fits {
            continue;
        }
        let below = source.len() <= last;
        let first = match (copy.include.is_empty(), below) {
            (true, true) => source.len(),
            (true, false) => last,
            (false, _) => kept,
        };
        let mut rest: Vec<String> = file[first..].to_vec();
        if let (Some(name), Some(last)) = (&name, rest.last_mut()) {
            last.clone_from(name);
        }
        let below = below || !copy.include.is_empty();
        return Some(Taken { below, name, rest: rest.join("/") });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landing(path: &str) -> Landing {
        Landing {
            required: (0, 0),
            origin: path.to_owned(),
            path: path.to_owned(),
            is_pattern: wildcard::first_wildcard(path).is_some(),
            copied: None,
        }
    }

    #[test]
    fn files_land_where_copy_takes_them() {
        for (file, source, destination, expected) in [
            ("/build/agentd", "/build/agentd", "/usr/bin/", &["/usr/bin/agentd"][..]),
            ("/build/agentd", "/build/agentd", "/usr/bin", &["/usr/bin", "/usr/bin/agentd"]),
            ("/build/agentd", "/build/agentd", "/", &["/agentd"]),
            ("/build/agentd", "/build", "/opt", &["/opt/agentd"]),
            ("/build/agentd", "/", "/opt/", &["/opt/build/agentd"]),
            ("/build/agentd", "/build/agent?", "/bin/", &["/bin/agentd"]),
            ("/build/bin/agentd", "/b*", "/opt/", &["/opt/bin/agentd"]),
            ("/build/agentd", "/build/agent-cli", "/bin/", &[]),
            ("/build/agentd", "/build/agentd/x", "/bin/", &[]),
            ("/build/[a]", r"/build/\[a]", "/bin/", &[]),
            ("/build/*", "/build/agentd", "/bin/x", &["/bin/x", "/bin/x/agentd"]),
            ("/build/*", "/build/", "/opt", &["/opt/*"]),
            ("/build/*", "/build/*", "/opt/", &["/opt/*"]),
            ("/build/*.so", "/build/agentd", "/opt/", &[]),
        ] {
            let copy = CopyAction {
                source: source.to_owned(),
                destination: destination.to_owned(),
                wildcards: true,
                ..CopyAction::default()
            };
            let paths: Vec<String> =
                places(&copy, &landing(file)).map(|place| place.path).collect();
            assert_eq!(paths, expected, "{file} {source} {destination}");
        }
    }

    #[test]
    fn names_that_a_wildcard_stands_for_are_known_where_copy_says_them() {
        let copy = CopyAction {
            source: "/build/agentd".to_owned(),
            destination: "/bin/renamed".to_owned(),
            ..CopyAction::default()
        };
        let places: Vec<Place> = places(&copy, &landing("/build/*")).collect();
        assert!(places.iter().all(|place| place.origin == "/build/agentd" && !place.is_pattern));
    }

    #[test]
    fn parents_are_kept() {
        let copy = CopyAction {
            source: "/build".to_owned(),
            include: vec!["bin/agent*".to_owned()],
            destination: "/opt".to_owned(),
            wildcards: true,
            ..CopyAction::default()
        };
        let paths: Vec<String> =
            places(&copy, &landing("/build/bin/agentd")).map(|place| place.path).collect();
        assert_eq!(paths, ["/opt/bin/agentd"]);
    }

    #[test]
    fn one_file_is_known_to_be_one() {
        let copy = |source: &str| CopyAction {
            source: source.to_owned(),
            destination: "/bin/".to_owned(),
            wildcards: true,
            ..CopyAction::default()
        };
        let from = [landing("/build/agentd"), landing("/lib/*")];
        let places = places_of_file(&copy("/build/agentd"), &from);
        assert_eq!(places, Some(vec!["/bin/agentd".to_owned()]));
        for source in ["/build", "/build/*", "/lib/x.so"] {
            assert_eq!(places_of_file(&copy(source), &from), None, "{source}");
        }
    }
}
