//! `auto:REPOSITORY` and the contract `auto=`: an alias whose image is found by what its compile stage is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::args::{BuildArgs, GlobalArgs};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Recipe};
use aliasfront_gotext::quote::quote;
use aliasfront_image::reference::Reference;

/// What the value of an argument starts with that leaves it to this frontend to find the image.
pub const SCHEME: &str = "auto:";

/// Where the image of an alias is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auto {
    /// The repository, as it is written.
    pub repository: String,
    /// The argument whose value named it; the contract did where there is none.
    pub arg: Option<String>,
}

/// What was looked for under the fingerprint of an alias's compile stage, and whether it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// What the compile stage is made of.
    pub recipe: Recipe,
    /// Where it is, or would be: the repository with the tag, the tag alone where no repository is named.
    pub reference: String,
    /// Why it isn't used; `None` where it is. Not asked for where no repository is named.
    pub missing: Option<Missing>,
}

/// Why a published image is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// It was not looked for.
    NotAsked,
    /// It is not there.
    NotThere,
    /// The registry could not be asked: what it said, or what kept it from being asked.
    Unknown(String),
}

impl Publication {
    /// Whether the image was found.
    pub fn is_found(&self) -> bool {
        self.missing.is_none()
    }

    /// The fingerprint.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.recipe.fingerprint
    }
}

/// Checks the name of a repository: no tag and no digest, since the tag is what is to be found.
///
/// # Errors
///
/// It is none.
pub fn check_repository(repository: &str) -> Result<(), Error> {
    let what = || format!("{} names no repository", quote(repository));
    let hint = "write the name of an image without tag and digest, such as ghcr.io/org/builder";
    let reference = Reference::parse_normalized(repository)
        .map_err(|error| Error::new(format!("{}: {error}", what())).hint(hint))?;
    if reference.tag().is_some() || reference.digest().is_some() {
        let message = format!("{}: the tag follows from what is compiled", what());
        return Err(Error::new(message).hint(hint));
    }
    Ok(())
}

/// The name of what is published in a repository under a fingerprint.
pub fn reference(repository: &str, fingerprint: &Fingerprint) -> String {
    format!("{repository}:{}", fingerprint.tag())
}

/// The build arguments that leave an alias's image to be found, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutoArgs(BTreeMap<String, Rc<str>>);

impl AutoArgs {
    /// Takes such arguments out of the build's, as far as a `FROM` has them: what they are given to has its default then.
    /// To other instructions the value is any other one.
    ///
    /// # Errors
    ///
    /// What follows the scheme is no repository.
    pub fn take(
        build_args: &mut BuildArgs,
        is_in_from: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let mut autos = BTreeMap::new();
        for (name, value) in &*build_args {
            if let Some(repository) = value.strip_prefix(SCHEME).filter(|_| is_in_from(name)) {
                check_repository(repository)
                    .map_err(|error| error.context(format!("build argument {name}")))?;
                autos.insert(name.clone(), repository.into());
            }
        }
        build_args.retain(|name, _| !autos.contains_key(name));
        Ok(Self(autos))
    }

    /// The repository that one of an alias's arguments names.
    pub fn of(&self, args: &BTreeSet<String>) -> Option<Auto> {
        let named = self.0.iter().find(|(name, _)| args.contains(*name));
        named.map(|(name, repository)| Auto {
            repository: repository.to_string(),
            arg: Some(name.clone()),
        })
    }

    /// Fails where a declared argument is given to nothing that has a compile stage.
    ///
    /// # Errors
    ///
    /// Such an argument, at its line.
    pub fn check(&self, used: &BTreeSet<&str>, globals: &GlobalArgs) -> Result<(), Error> {
        let unused = self.0.iter().find(|(name, _)| !used.contains(name.as_str()));
        let Some((name, repository)) = unused else { return Ok(()) };
        let message = format!(
            "{name}={SCHEME}{repository} is for aliases, and no FROM uses {name} with a stage as its default"
        );
        let error = Error::new(message).hint(format!(
            "write ARG {name}=<stage> before the first FROM, and FROM ${{{name}}} AS <alias>"
        ));
        Err(match globals.declared.get(name) {
            Some(declared) => error.at(declared.lines),
            None => error,
        })
    }
}
