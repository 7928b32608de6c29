//! A directory that takes an alias's place: where its files are, and where the build finds them.

use std::rc::Rc;

use aliasfront_gotext::path;

use crate::wildcard::{self, Wildcards};
use aliasfront_image::ignore::Patterns;

/// A directory whose files are laid out as the build takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Laid {
    /// What the directory is in.
    pub within: Within,
    /// Its path there, absolute: `/` where it is all of that.
    pub directory: String,
    /// How files are found in it.
    pub placement: Placement,
}

/// What a directory is in.
#[derive(Debug, Clone, PartialEq)]
pub enum Within {
    /// The main context.
    Context,
    /// A local directory, as a named context.
    Local {
        /// The local source's name.
        local: String,
        /// The context's key.
        key: String,
        /// Patterns of its `.dockerignore`.
        excludes: Rc<Patterns>,
    },
}

/// How the files of a directory are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// At the paths that the build takes.
    Nested,
    /// By the last parts of those paths: what is taken as `/build/target/release/agentd` is the directory's `agentd`.
    /// These paths are wanted beside those that the build takes.
    Flat(Rc<[String]>),
}

impl Laid {
    /// Where a path is that the build takes, within what the directory is in: as the directory that is looked into, and
    /// the pattern that is looked for there. The path itself, and no pattern, where it has no wildcards.
    pub fn place(&self, taken: &str, wildcards: Wildcards) -> (String, Option<String>) {
        match (wildcard::split(taken, wildcards), &self.placement) {
            ((above, pattern), Placement::Nested) => {
                (path::join(&[&self.directory, &above]), pattern)
            }
            ((_, Some(pattern)), Placement::Flat(_)) => (self.directory.clone(), Some(pattern)),
            ((taken, None), Placement::Flat(_)) if taken == "/" => (self.directory.clone(), None),
            ((taken, None), Placement::Flat(_)) => {
                (path::join(&[&self.directory, path::base(&taken)]), None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_their_places() {
        let laid = |placement| Laid {
            within: Within::Context,
            directory: "/dist/amd64".to_owned(),
            placement,
        };
        let (nested, flat) = (laid(Placement::Nested), laid(Placement::Flat(Rc::new([]))));
        for (taken, in_nested, in_flat) in [
            ("/build/agentd", "/dist/amd64/build/agentd", "/dist/amd64/agentd"),
            ("/build/*.so", "/dist/amd64/build *.so", "/dist/amd64 *.so"),
            ("/", "/dist/amd64", "/dist/amd64"),
            ("/agentd", "/dist/amd64/agentd", "/dist/amd64/agentd"),
        ] {
            for (laid, expected) in [(&nested, in_nested), (&flat, in_flat)] {
                let (path, pattern) = laid.place(taken, Wildcards::Names);
                let place = pattern.map_or(path.clone(), |pattern| format!("{path} {pattern}"));
                assert_eq!(place, expected, "{taken}");
            }
        }
        let (path, pattern) = flat.place("/build/*.so", Wildcards::Literal);
        assert_eq!((path.as_str(), pattern), ("/dist/amd64/*.so", None));
    }
}
