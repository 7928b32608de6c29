//! Variables in the `from` of a `RUN --mount`.
//!
//! The reference takes none. Here they may be global arguments, which are known before any stage is looked at; all
//! others are refused where the reference refuses them, while parsing.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::expand::{Expander, Unset};
use crate::instruction::Run;

/// What the reference says of a variable in `from`.
pub const MESSAGE: &str = "'from' doesn't support variable expansion, define alias stage instead";

/// The arguments that every build has, declared or not.
pub const AUTOMATIC_ARGS: [&str; 11] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// Whether the reference takes `from` for one with a variable: a `$` that isn't the last character.
pub fn has_variable(from: &str) -> bool {
    from.find('$').is_some_and(|at| at + 1 != from.len())
}

/// What to do about a source that can't be expanded from global arguments: because of the variable `name`, or
/// because there is none in it.
pub fn hint(name: Option<&str>) -> String {
    match name {
        Some(name) => format!(
            "a stage's variables are not known when stages are linked; put ARG {name} before the \
             first FROM, or add a stage: FROM ${{{name}}} AS <name>"
        ),
        None => "write the name without quotes and escapes".to_owned(),
    }
}

/// Refuses sources with other variables than global arguments, of which `is_declared` knows those that the Dockerfile
/// declares.
pub(crate) fn check(
    run: &Run,
    is_declared: impl Fn(&str) -> bool,
    escape: char,
) -> Result<(), Error> {
    for mount in &run.mounts {
        let Some(from) = mount.from.as_ref().filter(|from| has_variable(&from.text)) else {
            continue;
        };
        let expansion = Expander::new(escape).expand(&from.text, &Unset);
        let names = expansion.map_or_else(|_| BTreeSet::new(), |expansion| expansion.unset);
        let is_global = |name: &str| AUTOMATIC_ARGS.contains(&name) || is_declared(name);
        let stranger = names.iter().find(|name| !is_global(name));
        if names.is_empty() || stranger.is_some() {
            let hint = hint(stranger.map(String::as_str));
            return Err(Error::new(MESSAGE).span(mount.value.span).hint(hint));
        }
    }
    Ok(())
}
