//! What a build is given of a local source: the files that its vertex asks for, after ignore files.

use std::collections::BTreeMap;
use std::io;

use aliasfront_compiler::image::ignore::{InvalidIgnore, Matcher, Patterns};
use aliasfront_compiler::question::Tree;
use aliasfront_compiler::wildcard::first_wildcard;
use aliasfront_content::directory::{self, Choice};
use aliasfront_content::{Limits, List};
use buildkit_proto::pb::{Op, op};
use prost::Message as _;

use crate::follow::follow;
use crate::local::Local;

/// What the identifiers of local sources start with.
const LOCAL: &str = "local://";

/// Why the files of a source can't be listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unlisted {
    /// Something can't be read.
    #[error("failed to follow links: {0}")]
    Links(#[from] io::Error),
    /// The directory can't be listed.
    #[error(transparent)]
    Directory(#[from] directory::Error),
    /// A pattern is none.
    #[error("{0}: {hint}", hint = .0.hint())]
    Pattern(#[from] InvalidIgnore),
    /// Nobody has the files but a daemon.
    #[error("the files of {0} take a daemon to be had")]
    NotLocal(String),
    /// The client hasn't the directory.
    #[error("there is no local source {0}")]
    NoLocal(String),
    /// The question is broken.
    #[error("{0}")]
    Definition(String),
}

/// A local source as a vertex asks for it.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Its name.
    pub name: String,
    include: Vec<String>,
    exclude: Vec<String>,
    follow: Vec<String>,
}

impl Source {
    /// The one source of a tree; `None` where it is none of the client's.
    pub(crate) fn of(tree: &Tree) -> Result<Self, Unlisted> {
        let broken = |error: &dyn std::fmt::Display| Unlisted::Definition(error.to_string());
        let definition = tree.decode().map_err(|error| broken(&error))?;
        for vertex in &definition.def {
            let vertex = Op::decode(vertex.as_slice()).map_err(|error| broken(&error))?;
            let Some(op::Op::Source(source)) = vertex.op else { continue };
            let Some(name) = source.identifier.strip_prefix(LOCAL) else {
                return Err(Unlisted::NotLocal(source.identifier));
            };
            let strings = |key: &str| match source.attrs.get(key) {
                Some(json) => serde_json::from_str(json).map_err(|error| broken(&error)),
                None => Ok(Vec::new()),
            };
            return Ok(Self {
                name: name.to_owned(),
                include: strings("local.includepattern")?,
                exclude: strings("local.excludepatterns")?,
                follow: strings("local.followpaths")?,
            });
        }
        Err(Unlisted::Definition("the definition has no source".to_owned()))
    }

    /// The list of its files.
    pub(crate) fn list(&self, locals: &BTreeMap<String, Local>) -> Result<List, Unlisted> {
        let root = match locals.get(&self.name) {
            Some(Local::Directory(root)) => root,
            // The Dockerfile from standard input is no context.
            Some(Local::Files(_)) => return Ok(List::default()),
            None => return Err(Unlisted::NoLocal(self.name.clone())),
        };
        let mut include = self.include.clone();
        if !self.follow.is_empty()
            && let Some(followed) = follow(root, self.follow.iter().map(String::as_str))?
        {
            include.extend(followed);
        }
        let [include, exclude]: [Patterns; 2] =
            [&include, &self.exclude].map(|patterns| patterns.iter().map(String::as_str).collect());
        let selection = Selection {
            include: if include.is_empty() { None } else { Some(Matcher::new(&include)?) },
            ways: include.iter().collect(),
            exclude: Matcher::new(&exclude)?,
        };
        let choose = |path: &[u8], is_directory| {
            selection.choose(&String::from_utf8_lossy(path), is_directory)
        };
        Ok(directory::list_chosen(root, Limits::default(), choose)?)
    }
}

/// What is taken of a directory.
struct Selection<'a> {
    /// What is taken; everything where there is nothing.
    include: Option<Matcher<'a>>,
    /// The patterns of it.
    ways: Vec<&'a str>,
    /// What is left of that.
    exclude: Matcher<'a>,
}

impl Selection<'_> {
    fn choose(&self, path: &str, is_directory: bool) -> Choice {
        // Whoever builds has the directory: there is no bound to what it costs.
        let matches = |matcher: &Matcher<'_>| {
            matcher.matches_or_parent_matches(path, &mut usize::MAX.clone()) == Some(true)
        };
        let is_included = self.include.as_ref().is_none_or(matches);
        let leads_on = is_directory && (is_included || self.leads_on(path));
        if !is_included && !leads_on {
            return Choice::Leave;
        }
        if !matches(&self.exclude) {
            return if is_included { Choice::Take } else { Choice::Enter };
        }
        let all = || self.exclude.leaves_out_all_of(path, &mut usize::MAX.clone());
        if is_directory && all() != Some(true) { Choice::Enter } else { Choice::Leave }
    }

    /// Whether something in a directory may be included that itself isn't.
    fn leads_on(&self, directory: &str) -> bool {
        self.ways.iter().any(|way| {
            let mut names = way.trim_start_matches('!').split('/');
            directory.split('/').all(|name| match names.next() {
                Some(way) => way == name || first_wildcard(way).is_some(),
                None => false,
            }) || way.contains("**")
        })
    }
}
