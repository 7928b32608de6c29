//! What an executable lacks in a place to start.
//!
//! Libraries are looked for as the loader looks for them that the executable names: those that it needs first, then
//! those that they need, each name once. Two things are left out on purpose, since both could only make an error of what
//! works: glibc's directories for newer processors, and the order of its index, which may prefer another library of the
//! same name. So a library counts as there where any directory has a fitting one.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::task::{Poll, ready};

use aliasfront_gotext::path;

use super::Stop;
use super::object::Object;
use super::place::{File, Place};
use super::script::Script;
use super::search;
use crate::alias::report::listed;

/// How many libraries an executable may come to.
pub const MAX_LIBRARIES: usize = 512;
/// Where programs are looked for where an image doesn't say it.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What musl's loader is called.
const MUSL: &str = "ld-musl";
/// What the versions of glibc start with.
const GLIBC: &str = "GLIBC_";
/// Libraries that musl's loader is itself.
const OF_MUSL: [&str; 7] = ["c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."];
/// How many of the versions are named that a library lacks.
const MAX_VERSIONS: usize = 4;

/// What an image's environment says of where programs and libraries are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Env {
    path: String,
    library_path: String,
}

impl Env {
    /// Of an image config's environment, `NAME=value` each.
    pub fn of<'a>(variables: impl IntoIterator<Item = &'a String>) -> Self {
        let mut env = Self { path: USUAL_PATH.to_owned(), library_path: String::new() };
        for variable in variables {
            match variable.split_once('=') {
                Some(("PATH", value)) => value.clone_into(&mut env.path),
                Some(("LD_LIBRARY_PATH", value)) => value.clone_into(&mut env.library_path),
                _ => {}
            }
        }
        env
    }
}

/// An executable on its way to where it is started.
#[derive(Debug, Clone, Copy)]
pub struct Executable<'a> {
    /// What it is.
    pub file: &'a File,
    /// Where it will be.
    pub at: &'a str,
    /// The environment there.
    pub env: &'a Env,
    /// What the file system is called that it is started in.
    pub place_name: &'a str,
}

/// What an executable lacks to start in a place, each in words that go on after its name; nothing where it loads.
///
/// # Errors
///
/// It cannot be told.
pub fn lacks(place: &mut Place<'_>, executable: Executable<'_>) -> Poll<Result<Vec<String>, Stop>> {
    match executable.file {
        File::Object(object) => of_object(place, executable, object),
        File::Script(script) => of_script(place, executable, script),
        File::Other => Poll::Ready(Ok(vec![
            "is neither an ELF file nor a script that names its interpreter".to_owned(),
        ])),
    }
}

fn of_script(
    place: &mut Place<'_>,
    executable: Executable<'_>,
    script: &Script,
) -> Poll<Result<Vec<String>, Stop>> {
    let interpreter = &script.interpreter;
    if !ready!(place.is_file(interpreter))? {
        let name = executable.place_name;
        return Poll::Ready(Ok(vec![format!(
            "is a script for {interpreter}, which is not there in {name}"
        )]));
    }
    let Some(program) = &script.program else { return Poll::Ready(Ok(Vec::new())) };
    let directories: Vec<&str> = search::listed(&executable.env.path).collect();
    let candidates: Vec<String> = if program.contains('/') {
        vec![program.clone()]
    } else {
        directories.iter().map(|directory| path::join(&[directory, program])).collect()
    };
    for candidate in candidates.iter().filter(|candidate| candidate.starts_with('/')) {
        if ready!(place.is_file(candidate))? {
            return Poll::Ready(Ok(Vec::new()));
        }
    }
    // What is looked for where it is started may be anywhere.
    if candidates.iter().any(|candidate| !candidate.starts_with('/')) {
        return Poll::Ready(Ok(Vec::new()));
    }
    let looked =
        listed(directories.iter().map(|&directory| directory.to_owned()), directories.len());
    Poll::Ready(Ok(vec![if program.contains('/') {
        format!("is a script for {program}, which is not there in {}", executable.place_name)
    } else {
        format!("is a script for {program}, which is in none of {looked}")
    }]))
}

fn of_object(
    place: &mut Place<'_>,
    executable: Executable<'_>,
    object: &Rc<Object>,
) -> Poll<Result<Vec<String>, Stop>> {
    if !object.is_loadable {
        return Poll::Ready(Ok(vec!["is an ELF file, but no executable".to_owned()]));
    }
    // Static, whether its place in memory is fixed or not.
    if object.interpreter.is_none() && object.needed.is_empty() {
        return Poll::Ready(Ok(Vec::new()));
    }
    let mut loaded =
        vec![Loaded { path: executable.at.to_owned(), object: Rc::clone(object), by: None }];
    let mut loader = Loader::Glibc;
    if let Some(interpreter) = &object.interpreter {
        let found = match ready!(interpreter_in(place, executable, object, interpreter))? {
            Ok(found) => found,
            Err(lack) => return Poll::Ready(Ok(vec![lack])),
        };
        loader = Loader::of(interpreter, &found);
        loaded.push(Loaded { path: interpreter.clone(), object: found, by: None });
    }
    if loader == Loader::Unknown {
        return Poll::Ready(Ok(Vec::new()));
    }
    let interpreter = object.interpreter.as_deref().unwrap_or_default();
    let of_loader = match loader {
        Loader::Musl => ready!(search::of_musl(place, interpreter))?,
        _ => search::usual(&object.architecture, interpreter),
    };
    let resolver =
        Resolver { place, executable, loader, of_loader, loaded, by_name: HashMap::new() };
    resolver.run()
}

/// Which program loads an executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loader {
    Glibc,
    Musl,
    /// It has the name of one of them, at the most: nobody knows where it looks.
    Unknown,
}

impl Loader {
    fn of(interpreter: &str, found: &Object) -> Self {
        if path::base(interpreter).starts_with(MUSL) {
            Self::Musl
        } else if found.has.iter().any(|version| version.starts_with(GLIBC)) {
            Self::Glibc
        } else {
            Self::Unknown
        }
    }
}

/// The interpreter of an executable, or what is wrong with it.
fn interpreter_in(
    place: &mut Place<'_>,
    executable: Executable<'_>,
    object: &Object,
    interpreter: &str,
) -> Poll<Result<Result<Rc<Object>, String>, Stop>> {
    if !ready!(place.is_file(interpreter))? {
        let name = executable.place_name;
        let other = search::other_loader(&object.architecture, interpreter);
        let mut lack = format!("needs its interpreter {interpreter}, which is not there in {name}");
        if let Some((other, built_for, has)) = other
            && ready!(place.is_file(other))?
        {
            lack.push_str(&format!("; it is built for {built_for}, and that has {has}"));
        }
        return Poll::Ready(Ok(Err(lack)));
    }
    let found = ready!(place.file(interpreter));
    Poll::Ready(match &*found {
        Ok(File::Object(found)) if found.architecture == object.architecture => {
            Ok(Ok(Rc::clone(found)))
        }
        Ok(File::Object(found)) => Ok(Err(format!(
            "needs its interpreter {interpreter}, which is for {}",
            found.architecture
        ))),
        Ok(_) => Ok(Err(format!("needs its interpreter {interpreter}, which is no ELF file"))),
        Err(Stop::Broken(why)) => {
            Ok(Err(format!("needs its interpreter {interpreter}, which is broken: {why}")))
        }
        Err(unknown) => Err(unknown.clone()),
    })
}

/// A program or library with where it is.
#[derive(Debug)]
struct Loaded {
    path: String,
    object: Rc<Object>,
    /// Which one needs it, of those that are loaded.
    by: Option<usize>,
}

struct Resolver<'a, 'p, 'e> {
    place: &'a mut Place<'p>,
    executable: Executable<'e>,
    loader: Loader,
    /// The loader's own directories.
    of_loader: Vec<String>,
    /// The executable first.
    loaded: Vec<Loaded>,
    by_name: HashMap<String, usize>,
}

/// What a search came to.
#[derive(Debug, Default)]
struct Search {
    found: Option<(String, Rc<Object>)>,
    /// Where it was looked, and what was wrong there.
    directories: Vec<String>,
    unfit: Option<String>,
}

impl Resolver<'_, '_, '_> {
    fn run(mut self) -> Poll<Result<Vec<String>, Stop>> {
        let mut lacks = Vec::new();
        for index in 0..self.loaded.len() {
            self.name(index);
        }
        let mut level = 0..self.loaded.len();
        while !level.is_empty() {
            // All libraries of a level are looked for before any is waited for.
            let mut found: Vec<(usize, String, Search)> = Vec::new();
            let mut asked: HashMap<String, usize> = HashMap::new();
            let mut open = false;
            for by in level.clone() {
                for name in self.loaded[by].object.needed.clone() {
                    if self.is_loaded(&name) || asked.insert(name.clone(), by).is_some() {
                        continue;
                    }
                    match self.search(&name, by, &|_| true) {
                        Poll::Pending => open = true,
                        Poll::Ready(search) => found.push((by, name, search?)),
                    }
                }
            }
            if open {
                return Poll::Pending;
            }
            let first = self.loaded.len();
            for (by, name, search) in found {
                if self.is_loaded(&name) {
                    continue;
                }
                let Some((path, object)) = search.found else {
                    lacks.push(self.missing(by, &name, &search));
                    continue;
                };
                if self.loaded.len() > MAX_LIBRARIES {
                    return Poll::Ready(Err(Stop::Unknown(format!(
                        "it needs more than {MAX_LIBRARIES} libraries (MAX_LIBRARIES)"
                    ))));
                }
                self.loaded.push(Loaded { path, object, by: Some(by) });
                let index = self.loaded.len() - 1;
                self.name(index);
                self.by_name.entry(name).or_insert(index);
            }
            level = first..self.loaded.len();
        }
        if self.loader == Loader::Glibc {
            lacks.extend(ready!(self.versions())?);
        }
        Poll::Ready(Ok(lacks))
    }

    /// Makes a library known by its own names.
    fn name(&mut self, index: usize) {
        let Loaded { path, object, .. } = &self.loaded[index];
        let names = [Some(path::base(path).to_owned()), object.soname.clone()];
        for name in names.into_iter().flatten() {
            self.by_name.entry(name).or_insert(index);
        }
    }

    fn is_loaded(&self, name: &str) -> bool {
        let is_musl = || {
            let rest = name.strip_prefix("lib");
            rest.is_some_and(|rest| OF_MUSL.iter().any(|own| rest.starts_with(own)))
        };
        self.by_name.contains_key(name) || (self.loader == Loader::Musl && is_musl())
    }

    /// The first fitting library of a name, for one of those that are loaded, of which `serves` is true.
    fn search(
        &mut self,
        name: &str,
        by: usize,
        serves: &dyn Fn(&Object) -> bool,
    ) -> Poll<Result<Search, Stop>> {
        let mut search = Search::default();
        if name.contains('/') {
            if !name.starts_with('/') {
                let message = format!("{name} is looked for where it is started");
                return Poll::Ready(Err(Stop::Unknown(message)));
            }
            search.directories.push(path::dir(name));
            ready!(self.try_path(name, serves, &mut search))?;
            return Poll::Ready(Ok(search));
        }
        let said = ready!(self.said(by))?;
        let no_default = self.loaded[by].object.no_default;
        let own = if no_default { Vec::new() } else { self.of_loader.clone() };
        ready!(self.try_directories(said.into_iter().chain(own), name, serves, &mut search))?;
        if self.loader == Loader::Glibc && !no_default && search.found.is_none() {
            let configured = ready!(search::configured(self.place))?;
            ready!(self.try_directories(configured.into_iter(), name, serves, &mut search))?;
            if search.found.is_none() {
                for path in ready!(search::indexed(self.place, name))? {
                    ready!(self.try_path(&path, serves, &mut search))?;
                }
            }
        }
        Poll::Ready(Ok(search))
    }

    /// The directories that the environment, and one of those that are loaded, have libraries looked for in.
    fn said(&mut self, by: usize) -> Poll<Result<Vec<String>, Stop>> {
        let mut said = Vec::new();
        let is_musl = self.loader == Loader::Musl;
        // For glibc, who has a `RUNPATH` is content with that.
        if is_musl || self.loaded[by].object.runpath.is_none() {
            let mut next = Some(by);
            while let Some(index) = next {
                let Loaded { object, by, .. } = &self.loaded[index];
                next = by.or((index != 0).then_some(0));
                let list = object.rpath.clone();
                let list = list.or_else(|| object.runpath.clone().filter(|_| is_musl));
                if let Some(list) = list {
                    said.extend(ready!(self.expand(&list, index))?);
                }
            }
        }
        let from_env = self.executable.env.library_path.clone();
        said.extend(ready!(self.expand(&from_env, 0))?);
        if let Some(list) = self.loaded[by].object.runpath.clone().filter(|_| !is_musl) {
            said.extend(ready!(self.expand(&list, by))?);
        }
        Poll::Ready(Ok(said))
    }

    /// The directories of a list that one of those that are loaded has.
    fn expand(&mut self, list: &str, index: usize) -> Poll<Result<Vec<String>, Stop>> {
        let mut origin = path::dir(&self.loaded[index].path);
        // A loader knows the real place of the program, and of libraries where it found them.
        if index == 0 && search::has_origin(list) {
            let at = self.loaded[index].path.clone();
            origin = path::dir(&ready!(self.place.real(&at))?);
        }
        let architecture = &self.loaded[0].object.architecture;
        let directories = search::listed(list);
        Poll::Ready(Ok(directories
            .flat_map(|directory| search::expanded(directory, &origin, architecture))
            .collect()))
    }

    /// Looks in directories, those that weren't looked in yet, up to the first that has it.
    fn try_directories(
        &mut self,
        directories: impl Iterator<Item = String>,
        name: &str,
        serves: &dyn Fn(&Object) -> bool,
        search: &mut Search,
    ) -> Poll<Result<(), Stop>> {
        for directory in directories {
            if search.found.is_some() {
                break;
            }
            if !search.directories.contains(&directory) {
                let path = path::join(&[&directory, name]);
                search.directories.push(directory);
                ready!(self.try_path(&path, serves, search))?;
            }
        }
        Poll::Ready(Ok(()))
    }

    fn try_path(
        &mut self,
        path: &str,
        serves: &dyn Fn(&Object) -> bool,
        search: &mut Search,
    ) -> Poll<Result<(), Stop>> {
        if search.found.is_some() || !ready!(self.place.is_file(path))? {
            return Poll::Ready(Ok(()));
        }
        let architecture = &self.loaded[0].object.architecture;
        match &*ready!(self.place.file(path)) {
            Ok(File::Object(object)) if object.architecture != *architecture => {
                let unfit = format!("{path} is for {}", object.architecture);
                search.unfit.get_or_insert(unfit);
            }
            Ok(File::Object(object)) if !object.is_loadable => {
                search.unfit.get_or_insert(format!("{path} is no library"));
            }
            Ok(File::Object(object)) => {
                if serves(object) {
                    search.found = Some((path.to_owned(), Rc::clone(object)));
                }
            }
            Ok(_) => drop(search.unfit.get_or_insert(format!("{path} is no library"))),
            Err(Stop::Broken(why)) => {
                search.unfit.get_or_insert(format!("{path} is broken: {why}"));
            }
            Err(unknown) => return Poll::Ready(Err(unknown.clone())),
        }
        Poll::Ready(Ok(()))
    }

    /// Who lacks something, where it isn't the executable itself.
    fn who(&self, index: usize) -> String {
        if index == 0 {
            String::new()
        } else {
            format!("needs {}, which ", self.loaded[index].path)
        }
    }

    fn missing(&self, by: usize, name: &str, search: &Search) -> String {
        let who = self.who(by);
        let directories = &search.directories;
        let mut lack = format!("{who}needs {name}, ");
        match directories.as_slice() {
            [] => lack.push_str("and has it looked for nowhere"),
            [directory] => lack.push_str(&format!("which is not in {directory}")),
            directories => {
                let all = listed(directories.iter().cloned(), directories.len());
                lack.push_str(&format!("which is in none of {all}"));
            }
        }
        if let Some(unfit) = &search.unfit {
            lack.push_str(&format!("; {unfit}"));
        }
        lack
    }

    /// The versions that are wanted and that no library has.
    fn versions(&mut self) -> Poll<Result<Vec<String>, Stop>> {
        let mut lacks = Vec::new();
        let mut open = false;
        for by in 0..self.loaded.len() {
            for wants in self.loaded[by].object.wants.clone() {
                let Some(found) = self.by_name.get(&wants.of) else { continue };
                let has = &self.loaded[*found].object.has;
                // A library that says nothing of versions has all of them, as far as loaders care.
                if has.is_empty() {
                    continue;
                }
                let is_missing = |version: &&String| !has.contains(*version);
                let missing: Vec<&String> = wants.versions.iter().filter(is_missing).collect();
                if missing.is_empty() {
                    continue;
                }
                let lack = self.lacking_versions(by, *found, &wants.of, &missing);
                let all = wants.versions.clone();
                let serves = move |object: &Object| {
                    object.has.is_empty() || all.iter().all(|version| object.has.contains(version))
                };
                match self.search(&wants.of, by, &serves) {
                    Poll::Pending => open = true,
                    Poll::Ready(search) => {
                        if search?.found.is_none() {
                            lacks.push(lack);
                        }
                    }
                }
            }
        }
        if open { Poll::Pending } else { Poll::Ready(Ok(lacks)) }
    }

    fn lacking_versions(&self, by: usize, of: usize, name: &str, missing: &[&String]) -> String {
        let more = missing.len().saturating_sub(MAX_VERSIONS);
        // The highest ones first.
        let mut left: Vec<&str> = missing.iter().map(|version| version.as_str()).collect();
        let mut sorted = Vec::new();
        while sorted.len() < MAX_VERSIONS
            && let Some(highest) =
                (0..left.len()).max_by(|a, b| numbers(left[*a]).cmp(&numbers(left[*b])))
        {
            sorted.push(left.swap_remove(highest));
        }
        let mut wanted = sorted.join(", ");
        if more > 0 {
            wanted.push_str(&format!(" and {more} more"));
        }
        let Loaded { path, object, .. } = &self.loaded[of];
        let place = self.executable.place_name;
        let highest = sorted.first().and_then(|version| highest(&object.has, version));
        let has = match highest {
            Some(highest) => format!("has {highest}"),
            None => "has no such version".to_owned(),
        };
        format!("{}wants {wanted} of {name}; {place} {has} ({path})", self.who(by))
    }
}

/// What versions like `GLIBC_2.38` start with, and their numbers; none where they end otherwise.
fn numbers(version: &str) -> Option<(&str, Vec<u64>)> {
    let (prefix, numbers) = version.rsplit_once('_')?;
    let numbers: Option<Vec<u64>> = numbers.split('.').map(|number| number.parse().ok()).collect();
    Some((prefix, numbers?))
}

/// The highest version of the kind of another one: `2.36`.
fn highest(has: &BTreeSet<String>, version: &str) -> Option<String> {
    let (prefix, _) = numbers(version)?;
    let of_kind = has.iter().filter_map(|version| numbers(version));
    let highest = of_kind.filter(|(of, _)| *of == prefix).map(|(_, numbers)| numbers).max()?;
    let highest: Vec<String> = highest.iter().map(u64::to_string).collect();
    Some(highest.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let has: BTreeSet<String> =
            ["GLIBC_2.4", "GLIBC_2.36", "GLIBC_2.3.4", "GLIBC_PRIVATE"].map(str::to_owned).into();
        assert_eq!(highest(&has, "GLIBC_2.38").as_deref(), Some("2.36"));
        assert_eq!(highest(&has, "GLIBCXX_3.4.30"), None);
        assert_eq!(highest(&has, "GLIBC_PRIVATE"), None);
    }
}
