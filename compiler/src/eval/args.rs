//! The arguments of a stage.

use std::collections::HashMap;

/// Arguments with their values, in the order of their declarations; one that is declared again is there
/// again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageArgs {
    list: Vec<(String, Option<String>)>,
    /// Where in the list each name stands last, and where last with a value.
    places: HashMap<String, (usize, Option<usize>)>,
}

impl StageArgs {
    /// Adds a declaration.
    pub(super) fn push(&mut self, name: String, value: Option<String>) {
        let place = self.list.len();
        let places = self.places.entry(name.clone()).or_default();
        places.0 = place;
        if value.is_some() {
            places.1 = Some(place);
        }
        self.list.push((name, value));
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether an argument is declared.
    pub fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The value that the last declaration of an argument gave it, if it did.
    pub fn last(&self, name: &str) -> Option<&str> {
        let (place, _) = self.places.get(name)?;
        self.list[*place].1.as_deref()
    }

    /// The value that an argument was last given.
    pub fn last_value(&self, name: &str) -> Option<&str> {
        let (_, place) = self.places.get(name)?;
        self.list[(*place)?].1.as_deref()
    }

    /// How many bytes it takes to copy them.
    pub(super) fn size(&self) -> usize {
        let value = |value: Option<&str>| value.map_or(0, str::len);
        self.iter().map(|(name, given)| 2 * name.len() + value(given) + OVERHEAD).sum()
    }
}

/// What an entry takes besides its texts, in bytes.
const OVERHEAD: usize = size_of::<(String, Option<String>, String, usize, Option<usize>)>();
