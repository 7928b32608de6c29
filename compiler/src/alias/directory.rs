//! `context:DIRECTORY`: an alias whose files are in a directory of the main context.

use std::collections::{BTreeMap, BTreeSet};

use crate::args::BuildArgs;
use crate::budget::Budget;
use crate::error::Error;
use crate::given::Given;
use aliasfront_gotext::path;
use aliasfront_gotext::quote::quote;

/// What the value of an argument starts with that names a directory of the main context.
pub const SCHEME: &str = "context:";

/// The build arguments that name directories, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryArgs(BTreeMap<String, String>);

impl DirectoryArgs {
    /// Takes such arguments out of the build's, as far as a `FROM` has them: what they are given to has its default then.
    pub fn take(build_args: &mut BuildArgs, is_in_from: impl Fn(&str) -> bool) -> Self {
        let mut directories = BTreeMap::new();
        for (name, value) in &*build_args {
            let directory = value.strip_prefix(SCHEME).filter(|_| is_in_from(name));
            if let Some(directory) = directory {
                directories.insert(name.clone(), directory.to_owned());
            }
        }
        build_args.retain(|name, _| !directories.contains_key(name));
        Self(directories)
    }

    /// The directory that one of an alias's arguments names, as it is written.
    pub fn of(&self, args: &BTreeSet<String>) -> Option<(&str, &str)> {
        let named = self.0.iter().find(|(name, _)| args.contains(*name));
        named.map(|(name, directory)| (name.as_str(), directory.as_str()))
    }

    /// The names of the arguments, each with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, directory)| (name.as_str(), format!("{SCHEME}{directory}")))
    }
}

/// The path of a directory in the main context, its variables expanded for the platform that is built for: absolute, and
/// as it is shown.
///
/// # Errors
///
/// A variable that isn't set, a path out of the context.
pub fn expand(
    (arg, directory): (&str, &str),
    given: &Given,
    budget: &mut Budget,
) -> Result<(String, String), Error> {
    let what = || format!("build argument {arg}: {SCHEME}{directory}");
    let expanded = budget
        .expand(given.expander(), directory, &given.globals.env)?
        .map_err(|error| Error::from(error).context(what()))?;
    if let Some(name) = expanded.unset.first() {
        return Err(Error::new(format!("{}: {name} is not set", what())).hint(
            "variables in it are global arguments and platforms: TARGETARCH, TARGETPLATFORM",
        ));
    }
    if expanded.text.split('/').any(|part| part == "..") {
        return Err(Error::new(format!("{} leads out of the context", what())).hint(
            "name a directory in it, or give one elsewhere as a named context: --build-context",
        ));
    }
    if expanded.text.trim().is_empty() {
        return Err(Error::new(format!("{} names no directory", what()))
            .hint(format!("write {SCHEME}., or {SCHEME}dist/$TARGETARCH")));
    }
    let path = path::join(&["/", &expanded.text]);
    let shown = format!("{SCHEME}{}", if path == "/" { "." } else { path.trim_start_matches('/') });
    Ok((path, shown))
}

/// That an argument is given to nothing that has a compile stage.
pub fn unused((name, value): (&str, &str)) -> Error {
    Error::new(format!(
        "{name}={} is for aliases, and no FROM uses {name} with a stage as its default",
        quote(value)
    ))
    .hint(format!(
        "write ARG {name}=<stage> before the first FROM, and FROM ${{{name}}} AS <alias>; an image of the name context is docker.io/library/{value}"
    ))
}
