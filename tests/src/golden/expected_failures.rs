//! The list of cases that aren't expected to pass yet.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The cases that aren't expected to pass yet, and which feature each lacks.
///
/// One line each: the name of the case, white space, the feature. Lines that start with `#` are comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedFailures(BTreeMap<String, String>);

impl ExpectedFailures {
    /// Reads the list. A file that isn't there is an empty one.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text)
                .map_err(|error| io::Error::other(format!("{}: {error}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut list = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, feature) = line
                .split_once(char::is_whitespace)
                .ok_or_else(|| format!("line {} names no missing feature", number + 1))?;
            if list.insert(name.to_owned(), feature.trim().to_owned()).is_some() {
                return Err(format!("line {} names {name} again", number + 1));
            }
        }
        Ok(Self(list))
    }

    /// The feature that a case lacks, if it is on the list.
    pub fn feature(&self, case: &str) -> Option<&str> {
        self.0.get(case).map(String::as_str)
    }

    /// The names on the list.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How many cases are on the list.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every case is expected to pass.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_a_case_and_a_feature() {
        let list = ExpectedFailures::parse("# why\n\nadd-git   ADD of repositories\n");
        let list = list.expect("a list");
        assert_eq!(list.feature("add-git"), Some("ADD of repositories"));
        assert_eq!(list.feature("add-url"), None);
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn lines_without_a_feature_and_repeated_ones_are_errors() {
        assert_eq!(
            ExpectedFailures::parse("add-git").expect_err("no feature"),
            "line 1 names no missing feature"
        );
        assert_eq!(ExpectedFailures::parse("a b\na c").expect_err("twice"), "line 2 names a again");
    }
}
