//! Contracts: what the comments above an alias stage ask of the image that it becomes.
//!
//! ```dockerfile
//! # alias require=/build/agentd,+x
//! # alias allow=ghcr.io/org/*
//! # alias pin=digest fallback=local fresh=revision verify=files
//! FROM ${BUILDER_IMAGE} AS builder
//! ```
//!
//! Other frontends take them for comments. A build argument of each contract's name adds to it, as
//! `--build-arg ALIASFRONT_PIN=digest` does, and says what it likes where the Dockerfile says nothing. One that asks for
//! less than the Dockerfile does is refused, unless the contract says `override=allow`.

use std::collections::BTreeMap;
use std::fmt;

use aliasfront_gotext::path;
use buildkit_dockerfile::{Lines, suggest};

use super::allow::{ContextKind, Pattern};
use super::auto;
use crate::error::Error;
use crate::fingerprint::Holds;
use crate::listed::listed;
use crate::{shown, wildcard};

/// The word that a contract's comment starts with.
const WORD: &str = "alias";
/// What the build arguments that add to contracts start with.
pub const PREFIX: &str = "ALIASFRONT_";
/// The build argument, without the prefix, that lists the targets of a build with several.
pub const TARGETS: &str = "TARGETS";
/// The build argument, without the prefix, that says what such a build's output is.
pub const TARGETS_OUTPUT: &str = "TARGETS_OUTPUT";
/// The build argument, without the prefix, that makes of a build the image that others find.
pub const PUBLISH: &str = "PUBLISH";
/// The build argument, without the prefix, that says how many seconds a build waits for such an image.
pub const WAIT: &str = "WAIT";
/// The build argument, without the prefix, that leaves the contract out which has such an image found.
const AUTO: &str = "AUTO";
/// The build argument, without the prefix, that leaves out the stages that must pass.
pub const NEEDS: &str = "NEEDS";
/// The build arguments with the prefix that are no contract's, without it.
const OTHER_ARGUMENTS: [&str; 8] =
    ["REVISION", "WHY", TARGETS, TARGETS_OUTPUT, PUBLISH, WAIT, AUTO, NEEDS];
/// How many seconds a build may wait for an image to be published: a day.
const MAX_WAIT: u32 = 24 * 60 * 60;
/// The value that leaves a contract out.
const OFF: &str = "off";
/// The value that forbids to compile.
const NEVER: &str = "never";
/// The mark of a path that must be executable.
const EXECUTABLE: &str = "+x";
/// The mark of a path that must find what it loads, where it is copied to.
const LOADS: &str = "+loads";
/// The mark of a path that may run with its owner's or group's rights.
const SET_ID: &str = "+s";
/// The mark of a path that must be a file.
const FILE: &str = "file";
/// How contracts are written.
const FORM: &str = "contracts are name=value, without spaces";
/// What separates the paths of a build argument.
const SEPARATOR: char = ';';

listed! {
    /// A contract, by its name.
    enum Name {
        Require,
        Allow,
        Pin,
        Compile,
        Fallback,
        Fresh,
        Verify,
        Onbuild,
        Auto,
        Layout,
        Override,
    }
}

impl Name {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Allow => "allow",
            Self::Pin => "pin",
            Self::Compile => "compile",
            Self::Fallback => "fallback",
            Self::Fresh => "fresh",
            Self::Verify => "verify",
            Self::Onbuild => "onbuild",
            Self::Auto => "auto",
            Self::Layout => "layout",
            Self::Override => "override",
        }
    }

    /// A value that says what is written behind the name.
    const fn example(self) -> &'static str {
        match self {
            Self::Require => "/path",
            Self::Allow => "ghcr.io/org/*",
            Self::Pin => "digest",
            Self::Compile => NEVER,
            Self::Fallback => "local",
            Self::Fresh => "revision",
            Self::Verify => "files",
            Self::Onbuild | Self::Override => "allow",
            Self::Auto => "ghcr.io/org/builder",
            Self::Layout => "flat",
        }
    }

    /// The contract of this name.
    fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == name)
    }

    /// The names of all contracts.
    fn all() -> Vec<&'static str> {
        Self::ALL.iter().map(|name| name.as_str()).collect()
    }

    /// The build argument of its name, without the prefix; `None` where only the Dockerfile may say it.
    fn argument(self) -> Option<String> {
        (!matches!(self, Self::Override | Self::Auto | Self::Layout))
            .then(|| self.as_str().to_uppercase())
    }
}

/// The build arguments with the prefix, without it.
fn arguments() -> Vec<String> {
    let contracts = Name::ALL.iter().filter_map(|name| name.argument());
    contracts.chain(OTHER_ARGUMENTS.map(str::to_owned)).collect()
}

/// What is asked of the image that an alias becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// The line of the comment that it starts with.
    pub lines: Lines,
    /// Paths that it must have.
    pub require: Vec<Requirement>,
    /// What it may be: any image or context where there are none.
    pub allow: Vec<Pattern>,
    /// What the build lets it be, beside what the Dockerfile does: both must admit it.
    pub allow_by_argument: Vec<Pattern>,
    /// Whether its reference must have a digest.
    pub pin: bool,
    /// Whether the compile stage must not be part of a build.
    pub never_compile: bool,
    /// Whether the compile stage serves where the image does not. Never together with the one above,
    /// which is the stricter one.
    pub fallback: bool,
    /// Whether the build says that it does not, whatever the comment says.
    pub fallback_refused: bool,
    /// Whether its revision must be the build's.
    pub fresh: bool,
    /// How much of it is checked.
    pub verify: Verify,
    /// Whether the triggers of the image may become instructions.
    pub onbuild: bool,
    /// The repository in which the image is looked for by its fingerprint.
    pub auto: Option<String>,
    /// Whether the files of a directory are found by the last parts of the paths that are taken.
    pub flat: bool,
    /// Whether build arguments may ask for less than the Dockerfile does.
    pub may_be_loosened: bool,
    /// Where they do. It holds only where they may.
    pub loosened: Vec<Loosened>,
    /// Where the comments say what.
    said: BTreeMap<Name, Lines>,
}

/// A build argument that asks for less than the Dockerfile does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosened {
    /// The argument's name.
    pub argument: String,
    /// Its value.
    pub value: String,
    /// What the Dockerfile says, as it is written there: `pin=digest`.
    pub contract: String,
    /// Where it says that.
    pub lines: Lines,
}

impl fmt::Display for Loosened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { argument, value, contract, .. } = self;
        write!(f, "{argument}={} loosens {contract}", shown::line(value))
    }
}

/// A path that an image must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The path, absolute.
    pub path: String,
    /// Whether it must be executable on the platform that uses it.
    pub executable: bool,
    /// Whether the executable must find what it loads in the file system that it is copied to.
    pub loads: bool,
    /// Whether it must be a file, and no directory.
    pub file: bool,
    /// Whether it may have the bits that set the user or the group.
    pub set_id: bool,
}

/// How much of an image is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Verify {
    /// Nothing.
    Off,
    /// Its reference, platform and labels.
    Config,
    /// Also the files that the build takes from it.
    #[default]
    Files,
}

/// The build arguments that add to contracts, without their prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides(BTreeMap<String, String>);

impl Overrides {
    /// Takes the build arguments with the prefix, and checks them as contracts are checked.
    ///
    /// # Errors
    ///
    /// A name that does not exist, a value that is none.
    pub fn parse(build_args: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut overrides = BTreeMap::new();
        for (name, value) in build_args {
            let Some(short) = name.strip_prefix(PREFIX) else { continue };
            let known = arguments();
            if !known.iter().any(|known| known == short) {
                let full: Vec<String> =
                    known.iter().map(|argument| format!("{PREFIX}{argument}")).collect();
                return Err(Error::new(suggest::did_you_mean(
                    format!("unknown build argument {name}"),
                    name,
                    full.iter().map(String::as_str),
                    true,
                ))
                .hint(format!("{PREFIX}… arguments are {}", known.join(", "))));
            }
            overrides.insert(short.to_owned(), value.clone());
        }
        let overrides = Self(overrides);
        for (name, argument, value) in overrides.contracts() {
            Contract::of_argument(name, value)
                .map_err(|error| error.context(format!("build argument {argument}")))?;
        }
        overrides.check_wait()?;
        if let Some(value) = overrides.get(AUTO) {
            one_of(AUTO, value, &[(OFF, ())]).map_err(|error| {
                let hint = "to look for an image, write auto=REPOSITORY above the alias, or give its argument auto:REPOSITORY";
                error.context(format!("build argument {PREFIX}{AUTO}")).hint(hint)
            })?;
        }
        if let Some(value) = overrides.get(NEEDS) {
            one_of(NEEDS, value, &[(OFF, ())])
                .map_err(|error| error.context(format!("build argument {PREFIX}{NEEDS}")))?;
        }
        if let Some(value) = overrides.get(PUBLISH) {
            one_of(PUBLISH, value, &Holds::ALL)
                .map_err(|error| error.context(format!("build argument {PREFIX}{PUBLISH}")))?;
        }
        Ok(overrides)
    }

    fn check_wait(&self) -> Result<(), Error> {
        let Some(value) = self.get(WAIT) else { return Ok(()) };
        match value.parse::<u32>() {
            Ok(seconds) if seconds <= MAX_WAIT => Ok(()),
            _ => Err(Error::new(format!(
                "build argument {PREFIX}{WAIT}: {value} is no number of seconds up to {MAX_WAIT}"
            ))),
        }
    }

    /// A build argument by its name without the prefix.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What a build publishes of its target, where it publishes.
    pub fn publish(&self) -> Option<Holds> {
        let given = self.get(PUBLISH)?;
        // It was checked when it was read.
        Holds::ALL.iter().find(|(word, _)| *word == given).map(|(_, holds)| *holds)
    }

    /// How many seconds a build waits for an image that isn't published yet.
    pub fn wait(&self) -> u32 {
        // It was checked when it was read.
        self.get(WAIT).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    /// Whether images are not looked for by their fingerprint.
    pub fn is_auto_off(&self) -> bool {
        self.get(AUTO) == Some(OFF)
    }

    /// Whether the stages are left out that must pass.
    pub fn is_needs_off(&self) -> bool {
        self.get(NEEDS) == Some(OFF)
    }

    /// Those that are contracts, each with the argument's name and value.
    fn contracts(&self) -> impl Iterator<Item = (Name, String, &str)> {
        Name::ALL.iter().filter_map(|name| {
            let argument = name.argument()?;
            Some((*name, format!("{PREFIX}{argument}"), self.get(&argument)?))
        })
    }

    /// Whether no compile stage may be part of the build: neither an alias's, nor another stage that
    /// an argument names where it is not given.
    pub fn never_compile(&self) -> bool {
        self.get("COMPILE") == Some(NEVER)
    }
}

/// What a comment stands above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Above {
    /// An alias with a compile stage.
    Alias,
    /// A stage whose base is an argument, and an image by default: with a contract it is an alias.
    Argument,
    /// Anything else.
    Other,
}

impl Contract {
    /// Reads the contract in the comments above a stage; `None` where there is none.
    ///
    /// Above a stage that is no alias only what is surely meant as a contract is taken for one:
    /// comments there may speak of other aliases.
    ///
    /// # Errors
    ///
    /// A misspelt contract, or a value that is none.
    pub fn parse<'a>(
        comments: impl IntoIterator<Item = (&'a str, Lines)>,
        above: Above,
    ) -> Result<Option<Self>, Error> {
        let may_be_alias = above != Above::Other;
        let mut contract: Option<Self> = None;
        for (comment, lines) in comments {
            // The text of an indented comment starts with its `#`.
            let comment = comment.trim_start_matches(['#', ' ', '\t']);
            if let Some(meant) = without_word(comment).filter(|_| may_be_alias) {
                let message = format!("no contract in the comment {comment:?}");
                return Err(Error::new(format!("{message} (did you mean {meant}?)"))
                    .at(lines)
                    .hint("contracts follow the word alias and a space: alias pin=digest"));
            }
            let mut words = comment.split_whitespace();
            let (Some(first), Some(second)) = (words.next(), words.next()) else { continue };
            let Some((name, _)) = second.split_once('=').filter(|(name, _)| !name.is_empty())
            else {
                if let Some(meant) =
                    without_equals(words, second).filter(|_| may_be_alias && is_word(first))
                {
                    let message = format!("no contract in the comment {comment:?}");
                    return Err(Error::new(format!("{message} (did you mean {meant}?)"))
                        .at(lines)
                        .hint(FORM));
                }
                continue;
            };
            let known = Name::find(name).is_some();
            if first != WORD {
                let near = is_word(first) || suggest::closest(first, [WORD], false).is_some();
                if may_be_alias && near && (known || is_nearly_contract(comment)) {
                    return Err(misspelt(comment, first, &[WORD]).at(lines));
                }
                continue;
            }
            let meant = match above {
                Above::Alias => true,
                Above::Argument => known || is_nearly_contract(comment),
                Above::Other => known,
            };
            if !meant {
                continue;
            }
            let contract = contract.get_or_insert_with(|| Self { lines, ..Self::default() });
            for word in comment.split_whitespace().skip(1) {
                let Some((name, value)) = word.split_once('=') else {
                    return Err(Error::new(format!("{word:?} is not a contract of an alias"))
                        .at(lines)
                        .hint(FORM));
                };
                let Some(name) = Name::find(name) else {
                    return Err(misspelt(comment, name, &Name::all()).at(lines));
                };
                contract.set(name, value).map_err(|error| error.at(lines))?;
                contract.said.entry(name).or_insert(lines);
            }
            if contract.never_compile && contract.fallback {
                return Err(Error::new("compile=never and fallback=local contradict each other")
                    .at(lines)
                    .hint("omit one of them: with fallback=local an image that doesn't serve makes the build compile"));
            }
        }
        Ok(contract)
    }

    /// Whether the Dockerfile asks something of the image.
    pub fn is_written(&self) -> bool {
        self.lines.first > 0
    }

    /// Whether something is asked of the image: by the Dockerfile, or by the build.
    pub fn is_there(&self) -> bool {
        self.is_written()
            || !self.allow.is_empty()
            || !self.allow_by_argument.is_empty()
            || self.pin
            || self.fresh
            || !self.require.is_empty()
    }

    /// Whether a source that is no image needs no digest where a contract asks for one. What a build argument allows
    /// takes nothing from what the Dockerfile asks for.
    pub fn excuses(&self, kind: ContextKind) -> bool {
        let by_argument = self.may_be_loosened || !self.said.contains_key(&Name::Pin);
        let more = self.allow_by_argument.iter().filter(|_| by_argument);
        self.allow.iter().chain(more).any(|pattern| pattern.admits_context(kind))
    }

    /// The contract with the build arguments that add to it. What they loosen is noted, and counts only where the
    /// contract lets them.
    #[must_use]
    pub fn overridden(self, overrides: &Overrides) -> Self {
        let mut contract = self.clone();
        for (name, argument, value) in overrides.contracts() {
            // The values were checked when they were read.
            let Ok(by) = Self::of_argument(name, value) else { continue };
            if let Some((said, written)) = self.loosened_by(name, &by) {
                let lines = self.said.get(&said).copied().unwrap_or(self.lines);
                let value = value.to_owned();
                contract.loosened.push(Loosened { argument, value, contract: written, lines });
                if !self.may_be_loosened {
                    continue;
                }
            }
            contract.take(name, by);
        }
        if overrides.get("VERIFY").is_none() {
            // What a build asks for is looked at, however little the Dockerfile says is enough.
            let asked = |name: &str| overrides.get(name).is_some();
            let least = match (asked("REQUIRE"), asked("FRESH") && contract.fresh) {
                (true, _) if !contract.require.is_empty() => Verify::Files,
                (_, true) => Verify::Config,
                _ => Verify::Off,
            };
            contract.verify = contract.verify.max(least);
        }
        contract.fallback &= !contract.never_compile;
        // By the build alone: what the Dockerfile refuses, no build argument allows.
        let is_written = self.said.contains_key(&Name::Fallback) && !self.fallback;
        contract.fallback_refused =
            overrides.get("FALLBACK").is_some() && !contract.fallback && !is_written;
        contract
    }

    /// What a build argument alone asks for.
    fn of_argument(name: Name, value: &str) -> Result<Self, Error> {
        let separators = match name {
            Name::Require => &[SEPARATOR][..],
            Name::Allow => &[SEPARATOR, ','],
            _ => &[],
        };
        let mut contract = Self::default();
        let values = value.split(separators).filter(|value| !value.is_empty());
        values.into_iter().try_for_each(|value| contract.set(name, value))?;
        Ok(contract)
    }

    /// Which contract of the Dockerfile a build argument takes something from, and how that is written.
    fn loosened_by(&self, name: Name, by: &Self) -> Option<(Name, String)> {
        match name {
            Name::Require => {
                let lacks = |required: &Requirement| {
                    !by.require.iter().any(|requirement| requirement.asks_no_less(required))
                };
                let loosens = if self.may_be_loosened {
                    self.require.iter().any(lacks)
                } else {
                    by.require.is_empty() && !self.require.is_empty()
                };
                loosens.then(|| self.written(name))
            }
            Name::Allow if self.is_widened_by(&by.allow) => Some(self.written(name)),
            // A context that is allowed needs no digest.
            Name::Allow if self.may_be_loosened && self.pin => {
                let contexts = ContextKind::ALL.into_iter();
                let mut excused = contexts.filter(|kind| {
                    !self.excuses(*kind) && by.allow.iter().any(|it| it.admits_context(*kind))
                });
                excused.next().map(|_| self.written(Name::Pin))
            }
            Name::Allow | Name::Override | Name::Auto | Name::Layout => None,
            Name::Pin => (self.pin && !by.pin).then(|| self.written(name)),
            Name::Fresh => (self.fresh && !by.fresh).then(|| self.written(name)),
            Name::Compile => (self.never_compile && !by.never_compile).then(|| self.written(name)),
            Name::Fallback => {
                let refuses = self.said.contains_key(&name) && !self.fallback;
                (refuses && by.fallback).then(|| self.written(name))
            }
            Name::Verify => {
                let (said, least) = if self.said.contains_key(&name) {
                    (name, self.verify)
                } else if !self.require.is_empty() {
                    (Name::Require, Verify::Files)
                } else if self.fresh {
                    (Name::Fresh, Verify::Config)
                } else {
                    (name, Verify::Off)
                };
                (by.verify < least).then(|| self.written(said))
            }
            Name::Onbuild => {
                (self.is_written() && !self.onbuild && by.onbuild).then(|| self.written(name))
            }
        }
    }

    /// Whether what a build argument allows can only be meant to admit more than the Dockerfile does. Of a list that
    /// holds beside the Dockerfile's, so that both must admit an image, that is one with a pattern that has all of
    /// another one and more, or with none.
    fn is_widened_by(&self, allow: &[Pattern]) -> bool {
        if self.allow.is_empty() {
            return false;
        }
        let exceeds =
            |pattern: &&Pattern| !self.allow.iter().any(|written| written.covers(pattern));
        let mut more = allow.iter().filter(exceeds);
        allow.is_empty()
            || if self.may_be_loosened {
                more.next().is_some()
            } else {
                more.any(|pattern| self.allow.iter().any(|written| pattern.covers(written)))
            }
    }

    /// A contract with its name, as it is written in the Dockerfile.
    fn written(&self, name: Name) -> (Name, String) {
        let each = |values: &mut dyn Iterator<Item = String>| {
            let values: Vec<String> =
                values.map(|value| format!("{}={value}", name.as_str())).collect();
            values.join(" ")
        };
        let one = |value: &str| format!("{}={value}", name.as_str());
        let written = match name {
            Name::Require => each(&mut self.require.iter().map(ToString::to_string)),
            Name::Allow => each(&mut self.allow.iter().map(ToString::to_string)),
            Name::Verify => one(self.verify.as_str()),
            Name::Fallback => one("off"),
            Name::Onbuild => one("refuse"),
            Name::Pin
            | Name::Fresh
            | Name::Compile
            | Name::Override
            | Name::Auto
            | Name::Layout => one(name.example()),
        };
        (name, written)
    }

    /// Takes over what a build argument asks for.
    fn take(&mut self, name: Name, by: Self) {
        match name {
            Name::Require if self.may_be_loosened => self.require = by.require,
            Name::Require => self.require.extend(by.require),
            Name::Allow => {
                if self.may_be_loosened {
                    self.allow.clear();
                }
                self.allow_by_argument = by.allow;
            }
            Name::Pin => self.pin = by.pin,
            Name::Compile => self.never_compile = by.never_compile,
            Name::Fallback => self.fallback = by.fallback,
            Name::Fresh => self.fresh = by.fresh,
            Name::Verify => self.verify = by.verify,
            Name::Onbuild => self.onbuild = by.onbuild,
            Name::Override | Name::Auto | Name::Layout => {}
        }
    }

    fn set(&mut self, name: Name, value: &str) -> Result<(), Error> {
        match name {
            Name::Require => self.require.push(Requirement::parse(value)?),
            Name::Allow => self.allow.push(Pattern::parse(value)?),
            Name::Onbuild => {
                self.onbuild = choice(name, value, &[("allow", true), ("refuse", false)])?;
            }
            Name::Override => {
                self.may_be_loosened = choice(name, value, &[("allow", true), ("refuse", false)])?;
            }
            Name::Compile => {
                self.never_compile = choice(name, value, &[(NEVER, true), ("allowed", false)])?;
            }
            Name::Auto => {
                auto::check_repository(value)?;
                self.auto = Some(value.to_owned());
            }
            Name::Layout => {
                self.flat = choice(name, value, &[("flat", true), ("nested", false)])?;
            }
            Name::Pin => self.pin = choice(name, value, &[("digest", true), ("off", false)])?,
            Name::Fallback => {
                self.fallback = choice(name, value, &[("local", true), ("off", false)])?;
            }
            Name::Fresh => self.fresh = choice(name, value, &[("revision", true), ("off", false)])?,
            Name::Verify => {
                let choices = Verify::ALL.map(|verify| (verify.as_str(), verify));
                self.verify = choice(name, value, &choices)?;
            }
        }
        Ok(())
    }
}

impl Verify {
    const ALL: [Self; 3] = [Self::Off, Self::Config, Self::Files];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Config => "config",
            Self::Files => "files",
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        let marks = [
            (EXECUTABLE, self.executable),
            (LOADS, self.loads),
            (FILE, self.file),
            (SET_ID, self.set_id),
        ];
        marks.iter().filter(|(_, is_set)| *is_set).try_for_each(|(mark, _)| write!(f, ",{mark}"))
    }
}

impl Requirement {
    /// Whether what has this has the other one, too.
    fn asks_no_less(&self, other: &Self) -> bool {
        self.path == other.path
            && self.executable >= other.executable
            && self.loads >= other.loads
            && self.file >= other.file
            && self.set_id <= other.set_id
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let mut marks = text.split(',');
        let path = marks.next().unwrap_or_default();
        if !path.starts_with('/') {
            return Err(Error::new(format!("require={text}: the path must be absolute"))
                .hint("write require=/path, or require=/path,+x"));
        }
        if wildcard::first_wildcard(&path::dir(path)).is_some() {
            return Err(Error::new(format!(
                "require={text}: only the last part may have wildcards"
            ))
            .hint("require the files of each directory"));
        }
        let path = path::clean(path);
        let (executable, loads, file, set_id) = (false, false, false, false);
        let mut requirement = Self { path, executable, loads, file, set_id };
        for mark in marks {
            match mark {
                EXECUTABLE => requirement.executable = true,
                LOADS => requirement.loads = true,
                FILE => requirement.file = true,
                SET_ID => requirement.set_id = true,
                _ => {
                    let message = format!("require={text}: {mark:?} is not a property of a path");
                    return Err(Error::new(message).hint(
                        "write +x for an executable, +loads where what it loads must be there, file for a file that is no directory, +s where it may be set-user-id or set-group-id",
                    ));
                }
            }
        }
        Ok(requirement)
    }
}

/// The choice that a value names.
fn choice<T: Copy>(name: Name, value: &str, choices: &[(&str, T)]) -> Result<T, Error> {
    one_of(name.as_str(), value, choices)
}

/// The choice that a value names, `name=value`.
fn one_of<T: Copy>(name: &str, value: &str, choices: &[(&str, T)]) -> Result<T, Error> {
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == value) {
        return Ok(*choice);
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let message = format!("{name}={value} is not one of {}", words.join(", "));
    Err(Error::new(suggest::did_you_mean(message, value, words.iter().copied(), true)))
}

/// Whether a comment's first word is the one that contracts follow, or that with other letters or
/// punctuation: `ALIAS:`.
fn is_word(first: &str) -> bool {
    first.trim_end_matches(|char: char| char.is_ascii_punctuation()).eq_ignore_ascii_case(WORD)
}

/// Whether a word of a comment is a contract, or one with a name that is nearly right.
fn is_nearly_contract(comment: &str) -> bool {
    comment.split_whitespace().filter_map(|word| word.split_once('=')).any(|(name, _)| {
        Name::find(&name.to_ascii_lowercase()).is_some()
            || suggest::closest(name, Name::all(), false).is_some_and(|_| name.len() > 2)
    })
}

/// What a comment surely means that is a contract without the word in front of it, or without a space
/// behind that: `pin=digest allow=…`, `alias:pin=digest`.
fn without_word(comment: &str) -> Option<String> {
    let rest = match comment.get(..WORD.len()) {
        Some(word) if word.eq_ignore_ascii_case(WORD) => {
            let rest = &comment[WORD.len()..];
            let contract = rest.trim_start_matches(|char: char| char.is_ascii_punctuation());
            // With a space it is read as what it is.
            if contract.len() == rest.len() || contract.starts_with(char::is_whitespace) {
                return None;
            }
            contract
        }
        _ => comment,
    };
    let mut probe = Contract::default();
    let mut words = rest.split_whitespace();
    let (name, value) = words.next()?.split_once('=')?;
    // A word of prose that looks like one has prose behind it.
    let surely = probe.set(Name::find(name)?, value).is_ok()
        && words.all(|word| word.split_once('=').is_some_and(|(name, _)| !name.is_empty()));
    surely.then(|| format!("{WORD} {rest}"))
}

/// What a comment surely means that names a contract and has no `=` behind the name: `pin digest`,
/// `pin: digest`, `pin`.
fn without_equals<'a>(words: impl Iterator<Item = &'a str>, second: &'a str) -> Option<String> {
    const SEPARATORS: [char; 2] = [':', '='];
    let (name, value) = second.split_once(SEPARATORS).unwrap_or((second, ""));
    let Some(name) = Name::find(name) else {
        // `alias builder pin=digest`: the alias is the one below.
        let is_contract =
            |word: &&str| word.split_once('=').is_some_and(|(name, _)| Name::find(name).is_some());
        return words.into_iter().find(is_contract).map(str::to_owned);
    };
    let mut words = words.map(|word| word.trim_start_matches(SEPARATORS)).peekable();
    let is_last = words.peek().is_none();
    let value = Some(value).into_iter().chain(words).find(|word| !word.is_empty());
    match value {
        None if is_last => Some(format!("{}={}", name.as_str(), name.example())),
        // Anything can be a pattern, and any other word can be prose.
        Some(value) if name == Name::Allow && !value.contains(['/', '*', ':']) => None,
        Some(value) => {
            let contract = Contract::default().set(name, value).is_ok();
            contract.then(|| format!("{}={value}", name.as_str()))
        }
        None => None,
    }
}

fn misspelt(comment: &str, word: &str, words: &[&str]) -> Error {
    let message = format!("unknown contract {word:?} in the comment {comment:?}");
    let bare = word.trim_end_matches(|char: char| char.is_ascii_punctuation());
    let nearest = words.iter().find(|known| known.eq_ignore_ascii_case(bare));
    let message = match nearest {
        Some(known) => format!("{message} (did you mean {known}?)"),
        None => suggest::did_you_mean(message, word, words.iter().copied(), true),
    };
    Error::new(message)
        .hint(format!("contracts are {}; each follows the word alias", Name::all().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Lines = Lines::new(3, 3);

    fn parse(comments: &[&str]) -> Result<Option<Contract>, Error> {
        Contract::parse(comments.iter().map(|comment| (*comment, LINES)), Above::Alias)
    }

    #[test]
    fn contracts_are_read_from_comments() {
        let contract = parse(&[
            "builder compiles everything",
            "alias require=/build/agentd,+x require=/build/data",
            "alias allow=ghcr.io/org/* pin=digest fallback=local",
            "alias fresh=revision verify=config",
        ])
        .unwrap()
        .unwrap();
        assert_eq!(contract.require.len(), 2);
        assert!(contract.require[0].executable && !contract.require[1].executable);
        assert_eq!(contract.allow, [Pattern::parse("ghcr.io/org/*").unwrap()]);
        assert!(contract.pin && contract.fallback && contract.fresh);
        assert_eq!(contract.verify, Verify::Config);
        for prose in [
            "alias of the compile stage",
            "alias fallback is the stage above",
            "alias allow everything",
            "alias = builder",
            "check=skip=all",
            "",
        ] {
            assert_eq!(parse(&[prose]).unwrap(), None, "{prose}");
        }
        let marked = parse(&["alias require=/a,+x,+s require=/b,file"]).unwrap().unwrap().require;
        assert!(marked[0].executable && marked[0].set_id && !marked[0].file);
        assert!(marked[1].file && !marked[1].executable && !marked[1].set_id);
        let indented = parse(&["# alias pin=digest"]).unwrap().unwrap();
        assert!(indented.pin);
    }

    #[test]
    fn misspelt_contracts_are_errors() {
        for (comment, message) in [
            ("alias requier=/a", "did you mean require?"),
            ("alais require=/a", "did you mean alias?"),
            ("alias verify=file", "did you mean files?"),
            ("alias require=a", "must be absolute"),
            ("alias require=/a*/b", "only the last part may have wildcards"),
            ("alias require=/a,x", "not a property of a path"),
            ("alias require=/a,+x,dir", "\"dir\" is not a property of a path"),
            ("alias pin=digest now", "\"now\" is not a contract"),
            ("alias allow=", "names no image"),
            ("Alias pin=digest", "did you mean alias?"),
            ("alias: pin=digest", "did you mean alias?"),
            ("alias PIN=digest", "did you mean pin?"),
            ("alias pin digest", "did you mean pin=digest?"),
            ("alias pin: digest", "did you mean pin=digest?"),
            ("alias pin = digest", "did you mean pin=digest?"),
            ("alias pin:digest", "did you mean pin=digest?"),
            ("alias fresh", "did you mean fresh=revision?"),
            ("alias builder pin=digest", "did you mean pin=digest?"),
            ("alias require /build/agentd,+x", "did you mean require=/build/agentd,+x?"),
            ("alias allow ghcr.io/org/*", "did you mean allow=ghcr.io/org/*?"),
            ("# alias requier=/a", "did you mean require?"),
            ("pin=digest", "did you mean alias pin=digest?"),
            ("pin=digest allow=a/*", "did you mean alias pin=digest allow=a/*?"),
            ("require=/build/agentd,+x", "did you mean alias require=/build/agentd,+x?"),
            ("alias:pin=digest", "did you mean alias pin=digest?"),
            ("ALIAS:pin=digest allow=a/*", "did you mean alias pin=digest allow=a/*?"),
            ("ALIAS: pin=digest", "did you mean alias?"),
            ("ALIAS: pin digest", "did you mean pin=digest?"),
            ("ALIAS pni=digest", "did you mean alias?"),
        ] {
            let error = parse(&[comment]).unwrap_err();
            assert!(error.message.contains(message), "{comment}: {}", error.message);
            assert_eq!(error.locations, [LINES], "{comment}");
        }
    }

    #[test]
    fn comments_above_other_stages_may_speak_of_aliases() {
        for above in [Above::Other, Above::Argument] {
            let parse = |comment| Contract::parse([(comment, LINES)], above).unwrap();
            assert_eq!(parse("alias ll='ls -l'"), None);
            assert_eq!(parse("alias of the stage below"), None);
            assert!(parse("alias pin=digest").is_some());
        }
        let parse = |comment| Contract::parse([(comment, LINES)], Above::Other).unwrap();
        assert_eq!(parse("pin=digest"), None);
    }

    #[test]
    fn contracts_above_arguments_are_not_misspelt_either() {
        for comment in [
            "alias pni=digest",
            "alias PIN=digest",
            "alias pni=digest allow=a/*",
            "pin=digest",
            "alias:pin=digest",
            "ALIAS: pin=digest",
        ] {
            let error = Contract::parse([(comment, LINES)], Above::Argument).unwrap_err();
            assert!(error.message.contains("did you mean "), "{comment}: {}", error.message);
        }
    }

    fn overrides(pairs: &[(&str, &str)]) -> Result<Overrides, Error> {
        let args = pairs.iter().map(|(k, v)| (format!("ALIASFRONT_{k}"), (*v).to_owned()));
        Overrides::parse(&args.collect())
    }

    #[test]
    fn build_arguments_are_read() {
        let given = overrides(&[
            ("VERIFY", "off"),
            ("ALLOW", "a/*,b/*"),
            ("REQUIRE", "/a,+x;/b"),
            ("PIN", "digest"),
            ("ONBUILD", "allow"),
        ])
        .unwrap();
        // Where the Dockerfile says nothing, they say what they like.
        for contract in [Contract::default(), parse(&["alias compile=never"]).unwrap().unwrap()] {
            let contract = contract.overridden(&given);
            assert_eq!(contract.verify, Verify::Off);
            let allowed: Vec<String> =
                contract.allow_by_argument.iter().map(ToString::to_string).collect();
            assert_eq!(allowed, ["a/*", "b/*"]);
            assert_eq!(contract.require.len(), 2);
            assert!(contract.pin && contract.is_there());
            assert_eq!(contract.onbuild, !contract.never_compile);
        }
        let error = overrides(&[("VERFIY", "off")]).unwrap_err();
        assert!(error.message.contains("did you mean ALIASFRONT_VERIFY?"), "{}", error.message);
        assert!(overrides(&[("FRESH", "yes")]).is_err());
        assert!(overrides(&[("OVERRIDE", "allow")]).is_err());
    }

    #[test]
    fn build_arguments_only_tighten_contracts() {
        for (contract, argument, loosened) in [
            ("pin=digest", "PIN=off", Some("pin=digest")),
            ("pin=digest", "PIN=digest", None),
            ("pin=off", "PIN=off", None),
            ("pin=off", "PIN=digest", None),
            ("fresh=revision", "FRESH=off", Some("fresh=revision")),
            ("fresh=revision", "FRESH=revision", None),
            ("compile=never", "COMPILE=allowed", Some("compile=never")),
            ("pin=digest", "COMPILE=allowed", None),
            ("fallback=off", "FALLBACK=local", Some("fallback=off")),
            ("fallback=local", "FALLBACK=off", None),
            ("pin=digest", "FALLBACK=local", None),
            ("verify=files", "VERIFY=config", Some("verify=files")),
            ("verify=config", "VERIFY=off", Some("verify=config")),
            ("verify=config", "VERIFY=files", None),
            ("verify=off", "VERIFY=off", None),
            ("require=/a,+x", "VERIFY=config", Some("require=/a,+x")),
            ("require=/a verify=config", "VERIFY=config", None),
            ("fresh=revision", "VERIFY=off", Some("fresh=revision")),
            ("fresh=revision", "VERIFY=config", None),
            ("pin=digest", "VERIFY=off", None),
            ("onbuild=allow", "ONBUILD=refuse", None),
            ("onbuild=allow", "ONBUILD=allow", None),
            ("pin=digest", "ONBUILD=allow", Some("onbuild=refuse")),
            ("require=/a require=/b,+s", "REQUIRE=;", Some("require=/a require=/b,+s")),
            ("require=/a", "REQUIRE=/b", None),
            ("pin=digest", "REQUIRE=;", None),
            ("allow=a/* allow=b/*", "ALLOW=,", Some("allow=a/* allow=b/*")),
            ("allow=a/*", "ALLOW=*", Some("allow=a/*")),
            ("allow=a/*", "ALLOW=a/x;**", Some("allow=a/*")),
            ("allow=a/*", "ALLOW=a/**", Some("allow=a/*")),
            ("allow=a/x", "ALLOW=a/*", Some("allow=a/x")),
            ("allow=context:local", "ALLOW=context:*", Some("allow=context:local")),
            ("allow=a/*", "ALLOW=a/*", None),
            ("allow=a/*", "ALLOW=a/x,b/x", None),
            ("allow=a/*", "ALLOW=b/*", None),
            ("allow=a/*", "ALLOW=context:*", None),
            ("allow=a/** allow=a/x", "ALLOW=a/*", None),
            ("pin=digest", "ALLOW=*", None),
            // Who can have both, has no list in mind that means more.
            ("allow=*", "ALLOW=a/*", None),
        ] {
            let (name, value) = argument.split_once('=').unwrap();
            let given = overrides(&[(name, value)]).unwrap();
            let written = parse(&["builder", &format!("alias {contract}")]).unwrap().unwrap();
            let tightened = written.clone().overridden(&given);
            let found: Vec<&str> =
                tightened.loosened.iter().map(|loosened| &*loosened.contract).collect();
            assert_eq!(found, Vec::from_iter(loosened), "{contract} {argument}");
            for Loosened { argument: given, value: of, lines, .. } in &tightened.loosened {
                assert_eq!(format!("{given}={of}"), format!("ALIASFRONT_{argument}"));
                assert_eq!(*lines, LINES);
            }
            if loosened.is_some() {
                let kept = Contract { loosened: Vec::new(), ..tightened };
                assert_eq!(kept, written, "{contract} {argument}");
            }
        }
    }

    #[test]
    fn contracts_may_let_build_arguments_loosen_them() {
        for (contract, argument, loosened) in [
            ("pin=digest", "PIN=off", Some("pin=digest")),
            ("fresh=revision", "VERIFY=off", Some("fresh=revision")),
            ("allow=a/*", "ALLOW=b/*", Some("allow=a/*")),
            ("allow=a/*", "ALLOW=a/x", None),
            ("allow=a/* pin=digest", "ALLOW=a/x,context:git", Some("allow=a/*")),
            ("pin=digest", "ALLOW=context:git", Some("pin=digest")),
            ("pin=digest", "ALLOW=a/*", None),
            ("require=/a", "REQUIRE=/b", Some("require=/a")),
            ("require=/a", "REQUIRE=/b;/a,+x", None),
            ("require=/a,file", "REQUIRE=/a", Some("require=/a,file")),
            ("require=/a,+x,+loads", "REQUIRE=/a,+x", Some("require=/a,+x,+loads")),
            ("require=/a,+x,+loads", "REQUIRE=/a,+x", Some("require=/a,+x,+loads")),
            ("require=/a", "REQUIRE=/a,+s", Some("require=/a")),
            ("pin=digest", "ONBUILD=allow", Some("onbuild=refuse")),
        ] {
            let (name, value) = argument.split_once('=').unwrap();
            let given = overrides(&[(name, value)]).unwrap();
            let written = parse(&[&format!("alias override=allow {contract}")]).unwrap().unwrap();
            let taken = written.clone().overridden(&given);
            let found: Vec<&str> =
                taken.loosened.iter().map(|loosened| &*loosened.contract).collect();
            assert_eq!(found, Vec::from_iter(loosened), "{contract} {argument}");
            let taken = Contract { loosened: Vec::new(), ..taken };
            assert_ne!(taken, written, "{contract} {argument}");
        }
    }

    #[test]
    fn what_a_build_asks_for_is_looked_at() {
        for (contract, argument, verify) in [
            ("verify=off", ("FRESH", "revision"), Verify::Config),
            ("verify=off", ("REQUIRE", "/a"), Verify::Files),
            ("verify=config", ("REQUIRE", "/a"), Verify::Files),
            ("verify=off", ("PIN", "digest"), Verify::Off),
            ("fresh=revision verify=off", ("PIN", "digest"), Verify::Off),
        ] {
            let given = overrides(&[argument]).unwrap();
            let contract = parse(&[&format!("alias {contract}")]).unwrap().unwrap();
            assert_eq!(contract.overridden(&given).verify, verify, "{argument:?}");
        }
    }

    #[test]
    fn a_build_argument_does_not_excuse_what_the_dockerfile_pins() {
        let given = overrides(&[("ALLOW", "context:local"), ("PIN", "digest")]).unwrap();
        for (contract, excused) in [
            ("pin=digest", false),
            ("pin=digest override=allow", true),
            ("pin=digest allow=context:*", true),
            ("compile=never", true),
        ] {
            let contract = parse(&[&format!("alias {contract}")]).unwrap().unwrap();
            assert_eq!(contract.overridden(&given).excuses(ContextKind::Local), excused);
        }
    }
}
