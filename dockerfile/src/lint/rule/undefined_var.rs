//! `UndefinedVar`: variables that neither `ARG` nor `ENV` nor the base image defines.
//!
//! They expand to nothing, and a path or a flag is not what it looks like. Arguments declared before
//! the first `FROM` need an `ARG` of their own in the stage.
//!
//! Found:
//!
//! ```dockerfile
//! FROM alpine
//! COPY $SOURCE /src
//! ```
//!
//! Better:
//!
//! ```dockerfile
//! FROM alpine
//! ARG SOURCE=.
//! COPY $SOURCE /src
//! ```

use crate::lint::Rule;

/// The rule.
pub static RULE: Rule = Rule {
    name: "UndefinedVar",
    description: "Variables should be defined before their use",
    url: "https://docs.docker.com/go/dockerfile/rule/undefined-var/",
    experimental: false,
};

/// The text of a finding on the variable `name`, with the known variable nearest to it, where there
/// is one.
pub fn message(name: &str, suggestion: Option<&str>) -> String {
    let suggestion = suggestion.map(|s| format!(" (did you mean ${s}?)")).unwrap_or_default();
    format!("Usage of undefined variable '${name}'{suggestion}")
}
