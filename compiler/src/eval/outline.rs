//! What a target can be given: arguments, secrets and sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use buildkit_dockerfile::{Lines, Position};

use crate::args::GlobalArgs;

/// What a stage declares and uses.
///
/// A stage knows the global arguments and those that it declares itself: what the stage it builds on
/// declares and uses is said there.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// The arguments it declares.
    args: Rc<BTreeMap<String, ArgInfo>>,
    /// The global ones.
    globals: Rc<BTreeMap<String, ArgInfo>>,
    /// The arguments that its `FROM` uses, and those of the stages it builds on.
    from_args: Rc<BTreeSet<String>>,
    /// The arguments it uses.
    pub used: Rc<BTreeSet<String>>,
    /// Its secrets by id.
    pub secrets: Rc<BTreeMap<String, Access>>,
    /// Its agent sockets by id.
    pub ssh: Rc<BTreeMap<String, Access>>,
}

/// An argument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArgInfo {
    /// Its value.
    pub value: String,
    /// What the comment above says of it.
    pub description: Option<String>,
    /// The lines of its `ARG`.
    pub lines: Lines,
    /// Where its name stands in there.
    pub at: Position,
    /// Arguments that its default uses.
    pub uses: BTreeSet<String>,
}

/// What is known of the global arguments, shared by all stages.
#[derive(Debug, Clone, Default)]
pub struct GlobalInfos(Rc<BTreeMap<String, ArgInfo>>);

impl GlobalInfos {
    /// What is known of `globals`.
    pub fn new(globals: &GlobalArgs) -> Self {
        let mut infos = BTreeMap::new();
        for (name, arg) in &globals.declared {
            let info = ArgInfo {
                value: arg.value.clone(),
                description: arg.description.clone(),
                lines: arg.lines,
                at: arg.at,
                uses: arg.uses.clone(),
            };
            infos.insert(name.clone(), info);
        }
        Self(Rc::new(infos))
    }
}

/// A secret or socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Whether the build fails without it.
    pub required: bool,
    /// The lines of the instruction that uses it.
    pub lines: Lines,
    /// Which of the instruction's mounts it is, from 0.
    pub mount: usize,
}

impl Outline {
    /// The outline of a stage that builds on no other stage.
    pub fn new(globals: &GlobalInfos, from_args: &BTreeSet<String>) -> Self {
        let from_args = Rc::new(from_args.clone());
        Self {
            args: Rc::default(),
            globals: Rc::clone(&globals.0),
            used: Rc::clone(&from_args),
            from_args,
            secrets: Rc::default(),
            ssh: Rc::default(),
        }
    }

    /// Notes a declared argument.
    pub(super) fn declare(&mut self, name: &str, info: ArgInfo) {
        Rc::make_mut(&mut self.args).insert(name.to_owned(), info);
    }

    /// Notes that an argument is used.
    pub(super) fn use_arg(&mut self, name: &str) {
        if !self.used.contains(name) {
            Rc::make_mut(&mut self.used).insert(name.to_owned());
        }
    }

    /// Notes a secret, the first time.
    pub(super) fn use_secret(&mut self, id: &str, access: Access) {
        Rc::make_mut(&mut self.secrets).entry(id.to_owned()).or_insert(access);
    }

    /// Notes a socket, the first time.
    pub(super) fn use_ssh(&mut self, id: &str, access: Access) {
        Rc::make_mut(&mut self.ssh).entry(id.to_owned()).or_insert(access);
    }

    /// The outline of a stage that builds on the one that `self` is of. It starts over, but what the
    /// `FROM` instructions above it use is used by it, too.
    pub(super) fn derive(&self, from_args: &BTreeSet<String>) -> Self {
        let from_args = if from_args.is_subset(&self.from_args) {
            Rc::clone(&self.from_args)
        } else {
            Rc::new(self.from_args.union(from_args).cloned().collect())
        };
        Self {
            args: Rc::default(),
            globals: Rc::clone(&self.globals),
            used: Rc::clone(&from_args),
            from_args,
            secrets: Rc::default(),
            ssh: Rc::default(),
        }
    }

    /// The arguments in use, with those that their defaults use.
    pub fn used_args(&self) -> BTreeMap<&str, &ArgInfo> {
        let mut found = BTreeMap::new();
        let mut open: Vec<&str> = self.used.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            let known = self.args.get_key_value(name).or_else(|| self.globals.get_key_value(name));
            let Some((name, info)) = known else { continue };
            if found.insert(name.as_str(), info).is_none() {
                open.extend(info.uses.iter().map(String::as_str));
            }
        }
        found
    }
}
