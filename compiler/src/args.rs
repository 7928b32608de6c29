//! Global arguments: those before the first `FROM`, and those that every build has.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::{GlobalArg, Lines, Position};

use crate::budget::Budget;
use crate::error::Error;
use aliasfront_image::platform::Platform;

/// Build arguments by name.
pub type BuildArgs = BTreeMap<String, String>;

/// The global arguments with their values, and where each was declared.
#[derive(Debug, Clone, Default)]
pub struct GlobalArgs {
    /// Values, in the order in which they were set.
    pub env: EnvList,
    /// The declared ones by name.
    pub declared: BTreeMap<String, GlobalValue>,
}

/// A declared global argument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GlobalValue {
    /// Its value; empty where it has none.
    pub value: String,
    /// Other arguments that its default uses.
    pub uses: BTreeSet<String>,
    /// The lines of its `ARG`.
    pub lines: Lines,
    /// Where its name stands in there.
    pub at: Position,
    /// What the comment above says of it.
    pub description: Option<String>,
    /// Its default as written.
    pub default: Option<String>,
    /// Whether a build argument set it.
    pub overridden: bool,
}

/// The arguments that every build has: the platforms of the build and of the target, and the
/// target's name.
pub fn predefined(
    build: &Platform,
    target: &Platform,
    stage: &str,
    build_args: &BuildArgs,
) -> EnvList {
    let stage = if stage.is_empty() { "default" } else { stage };
    let mut env = EnvList::default();
    for (name, value) in [
        ("BUILDPLATFORM", build.format()),
        ("BUILDOS", build.os.clone()),
        ("BUILDOSVERSION", build.os_version.clone()),
        ("BUILDARCH", build.architecture.clone()),
        ("BUILDVARIANT", build.variant.clone()),
        ("TARGETPLATFORM", target.format_all()),
        ("TARGETOS", target.os.clone()),
        ("TARGETOSVERSION", target.os_version.clone()),
        ("TARGETARCH", target.architecture.clone()),
        ("TARGETVARIANT", target.variant.clone()),
        ("TARGETSTAGE", stage.to_owned()),
    ] {
        env.add_or_replace(name, build_args.get(name).unwrap_or(&value));
    }
    env
}

impl GlobalArgs {
    /// Sets `declared` on top of `env`: build arguments win over defaults, and a default may use
    /// what was set before it.
    ///
    /// # Errors
    ///
    /// A default that does not expand.
    pub fn evaluate(
        env: &EnvList,
        declared: &[GlobalArg],
        build_args: &BuildArgs,
        expander: Expander,
    ) -> Result<Self, Error> {
        let mut args = Self { env: env.clone(), declared: BTreeMap::new() };
        let mut budget = Budget::default();
        for instruction in declared {
            for arg in &instruction.args {
                let name = &arg.name.text;
                let mut value = GlobalValue {
                    lines: instruction.lines,
                    at: arg.name.span.start,
                    description: arg.description.clone(),
                    default: arg.default.as_ref().map(|word| word.text.clone()),
                    ..GlobalValue::default()
                };
                let set = if let Some(given) = build_args.get(name) {
                    value.overridden = true;
                    Some(given.clone())
                } else if let Some(default) = &arg.default {
                    let expansion = budget
                        .expand(expander, &default.text, &args.env)
                        .map_err(|error| error.at(instruction.lines))?
                        .map_err(|e| Error::from(e).at(instruction.lines).span(default.span))?;
                    value.uses = expansion.used;
                    if value.uses.remove(name)
                        && let Some(before) = args.declared.get(name)
                    {
                        value.uses.extend(before.uses.iter().cloned());
                    }
                    Some(expansion.text)
                } else {
                    None
                };
                if let Some(set) = set {
                    budget.charge(set.len()).map_err(|error| error.at(instruction.lines))?;
                    args.env.add_or_replace(name, &set);
                    value.value = set;
                }
                args.declared.insert(name.clone(), value);
            }
        }
        Ok(args)
    }

    /// Replaces the value of an argument that is set.
    pub fn replace(&mut self, name: &str, value: &str) {
        if self.env.get(name).is_some() {
            self.env.add_or_replace(name, value);
        }
    }

    /// The names that a `FROM` may use.
    pub fn known(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        names.extend(self.declared.keys().map(String::as_str).chain(self.env.names()));
        names
    }
}
