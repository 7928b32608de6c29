//! A file system that is looked into, by questions.
//!
//! Links are followed by whoever answers, within that file system and never out of it. Only where a loader goes by the
//! real place of an executable, links are followed here, so many of them as [`MAX_LINKS`].

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, ready};

use aliasfront_gotext::path;

use super::Stop;
use super::object::{self, Object};
use super::script::Script;
use crate::context::named;
use crate::facts::Facts;
use crate::question::{Bytes, Entry, Fact, Key, Probe, Probed, Stat, Tree};

/// How many questions are asked for one compilation, or after one build, to find out whether executables load.
pub const MAX_LOOKS: usize = 20_000;
/// How many bytes are read for that.
pub const MAX_BYTES: u64 = 256 << 20;
/// How many links are followed on the way to an executable.
pub const MAX_LINKS: usize = 40;

/// What is known of files that were looked into, and how much was asked.
#[derive(Debug, Default)]
pub struct Cache {
    files: HashMap<(String, String), Rc<Result<File, Stop>>>,
    looks: usize,
    bytes: u64,
}

/// A file that may be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum File {
    /// A program or library.
    Object(Rc<Object>),
    /// A script.
    Script(Script),
    /// Neither.
    Other,
}

/// A file system.
#[derive(Debug)]
pub struct Place<'a> {
    /// Its files; `None` where there are none.
    tree: Option<&'a Tree>,
    facts: &'a mut Facts,
    cache: &'a mut Cache,
    /// The paths that were looked at.
    seen: Vec<String>,
}

impl<'a> Place<'a> {
    /// The files of `tree`; the empty file system where there are none.
    pub fn new(tree: Option<&'a Tree>, facts: &'a mut Facts, cache: &'a mut Cache) -> Self {
        Self { tree, facts, cache, seen: Vec::new() }
    }

    /// The paths that were looked at so far, in the order that they were.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// What is at a path, links followed.
    ///
    /// # Errors
    ///
    /// That cannot be told.
    pub fn stat(&mut self, path: &str) -> Poll<Result<Option<Entry>, Stop>> {
        self.seen.push(path.to_owned());
        let Some(tree) = self.tree else { return Poll::Ready(Ok(None)) };
        let key = Key::Stat(Stat { tree: tree.clone(), path: path.to_owned() });
        Poll::Ready(match ready!(self.ask(&key, 0)?) {
            Fact::Stat(entry) => Ok(entry.clone()),
            other => Err(unexpected(other)),
        })
    }

    /// Whether there is a regular file at a path. Nothing else is ever read: who opens a named pipe waits.
    ///
    /// # Errors
    ///
    /// That cannot be told.
    pub fn is_file(&mut self, path: &str) -> Poll<Result<bool, Stop>> {
        let entry = ready!(self.stat(path))?;
        Poll::Ready(Ok(entry.is_some_and(|entry| entry.is_regular())))
    }

    /// As [`Self::is_file`], by the question that is asked of what a contract requires anyway.
    ///
    /// # Errors
    ///
    /// That cannot be told.
    pub fn is_required_file(&mut self, path: &str) -> Poll<Result<bool, Stop>> {
        let Some(tree) = self.tree else { return Poll::Ready(Ok(false)) };
        let (tree, path) = (tree.clone(), path.to_owned());
        let key = Key::Probe(Probe { tree, path, pattern: None });
        Poll::Ready(match ready!(self.ask(&key, 0)?) {
            Fact::Probe(Probed::Found(found)) => Ok(found.iter().any(Entry::is_regular)),
            Fact::Probe(_) => Ok(false),
            other => Err(unexpected(other)),
        })
    }

    /// What the regular file at a path is. Its rights are left aside.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is broken.
    pub fn file(&mut self, path: &str) -> Poll<Rc<Result<File, Stop>>> {
        let Some(tree) = self.tree else {
            return Poll::Ready(Rc::new(Err(Stop::Unknown("there are no files".to_owned()))));
        };
        let key = (tree.digest.clone(), path.to_owned());
        if let Some(file) = self.cache.files.get(&key) {
            return Poll::Ready(Rc::clone(file));
        }
        let file = Rc::new(ready!(self.read_file(path)));
        self.cache.files.insert(key, Rc::clone(&file));
        Poll::Ready(file)
    }

    fn read_file(&mut self, path: &str) -> Poll<Result<File, Stop>> {
        let head = ready!(self.bytes(path, 0, object::HEAD)?);
        if !object::is_elf(&head) {
            return Poll::Ready(Ok(Script::parse(&head).map_or(File::Other, File::Script)));
        }
        let object = object::read(&mut |offset, length| self.bytes(path, offset, length));
        object.map(|object| object.map(|object| File::Object(Rc::new(object))))
    }

    /// A part of a regular file.
    fn bytes(&mut self, path: &str, offset: u64, length: u64) -> Result<Poll<Arc<[u8]>>, Stop> {
        let Some(tree) = self.tree else { return Ok(Poll::Ready([].into())) };
        let tree = tree.clone();
        let key = Key::Bytes(Bytes { tree, path: path.to_owned(), offset, length });
        match self.ask(&key, length)? {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Fact::Bytes(bytes)) => Ok(Poll::Ready(Arc::clone(bytes))),
            Poll::Ready(other) => Err(unexpected(other)),
        }
    }

    /// The text of a small regular file, as far as it is text: no more than `limit` bytes. Nothing where there is no
    /// such file.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is larger than the limit.
    pub(super) fn small_file(&mut self, path: &str, limit: u64) -> Poll<Result<Arc<[u8]>, Stop>> {
        if !ready!(self.is_file(path))? {
            return Poll::Ready(Ok([].into()));
        }
        let bytes = ready!(self.bytes(path, 0, limit + 1)?);
        Poll::Ready(if bytes.len() as u64 > limit {
            Err(Stop::Unknown(format!("{path} has more than {limit} bytes")))
        } else {
            Ok(bytes)
        })
    }

    /// What a pattern matches in a directory, links as such.
    ///
    /// # Errors
    ///
    /// That cannot be told.
    pub fn matches(&mut self, directory: &str, pattern: &str) -> Poll<Result<Vec<Entry>, Stop>> {
        let Some(tree) = self.tree else { return Poll::Ready(Ok(Vec::new())) };
        let key = Key::Probe(Probe {
            tree: tree.clone(),
            path: directory.to_owned(),
            pattern: Some(pattern.to_owned()),
        });
        Poll::Ready(match ready!(self.ask(&key, 0)?) {
            Fact::Probe(Probed::Found(entries)) => Ok(entries.clone()),
            Fact::Probe(Probed::Missing { .. }) => Ok(Vec::new()),
            Fact::Probe(Probed::Unreadable) => {
                Err(Stop::Unknown("the engine does not show its files".to_owned()))
            }
            other => Err(unexpected(other)),
        })
    }

    /// A path without links in it. What of it isn't there is left as it is.
    ///
    /// # Errors
    ///
    /// That cannot be told, or there are more links than [`MAX_LINKS`].
    pub fn real(&mut self, path: &str) -> Poll<Result<String, Stop>> {
        let mut real = String::from("/");
        let mut links = 0;
        let clean = path::clean(path);
        let mut open: Vec<String> = parts(&clean);
        while let Some(name) = open.pop() {
            if name == ".." {
                real = path::dir(&real);
                continue;
            }
            let found = ready!(self.matches(&real, &literal(&name)))?;
            let next = path::join(&[&real, &name]);
            let Some(entry) = found.into_iter().find(|entry| entry.path == next) else {
                // `..` of what is not there leads nowhere, so what is left has none.
                let rest: Vec<String> = open.into_iter().rev().collect();
                return Poll::Ready(Ok(path::join(&[&next, &rest.join("/")])));
            };
            if !entry.is_link() {
                real = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Poll::Ready(Err(Stop::Unknown(format!(
                    "{path} leads through more than {MAX_LINKS} links (MAX_LINKS)"
                ))));
            }
            if entry.link.starts_with('/') {
                "/".clone_into(&mut real);
            }
            open.extend(parts(&entry.link));
        }
        Poll::Ready(Ok(real))
    }

    fn ask(&mut self, key: &Key, bytes: u64) -> Result<Poll<&Fact>, Stop> {
        let cache = &mut *self.cache;
        if !self.facts.is_asked(key) {
            cache.looks += 1;
            cache.bytes = cache.bytes.saturating_add(bytes);
            if cache.looks > MAX_LOOKS {
                let message = format!("it takes more than {MAX_LOOKS} looks (MAX_LOOKS)");
                return Err(Stop::Unknown(message));
            }
            if cache.bytes > MAX_BYTES {
                let message = format!("it takes more than {MAX_BYTES} bytes (MAX_BYTES)");
                return Err(Stop::Unknown(message));
            }
        }
        Ok(self.facts.ask(key, || "[internal] look for what executables load".to_owned()))
    }
}

/// The names in a path, the first one last.
fn parts(path: &str) -> Vec<String> {
    let names = path.split('/').filter(|name| !name.is_empty() && *name != ".");
    names.rev().map(str::to_owned).collect()
}

/// A pattern that matches a name and nothing else.
fn literal(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for (at, char) in name.chars().enumerate() {
        if matches!(char, '*' | '?' | '[' | ']' | '\\') || (at == 0 && char == '!') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

fn unexpected(fact: &Fact) -> Stop {
    Stop::Unknown(named::unexpected(fact).message)
}
