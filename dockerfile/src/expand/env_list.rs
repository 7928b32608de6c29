//! An environment that keeps the order in which variables were set.

use std::collections::{BTreeMap, HashMap};

use crate::expand::Environment;

/// Variables in the order in which they were last set.
///
/// This is the order of a container's environment as the reference has it: setting a variable again
/// moves it to the end.
#[derive(Debug, Clone, Default)]
pub struct EnvList {
    /// Name and value by the turn at which they were set.
    variables: BTreeMap<u64, (String, String)>,
    /// The turn of each name.
    turns: HashMap<String, u64>,
    next_turn: u64,
}

impl EnvList {
    /// An environment in which nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable. It goes to the end of the list, also where it was set before.
    pub fn add_or_replace(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        let turn = self.next_turn;
        self.next_turn += 1;
        if let Some(before) = self.turns.insert(name.clone(), turn) {
            self.variables.remove(&before);
        }
        self.variables.insert(turn, (name, value.into()));
    }

    /// Sets a variable where it is not set yet.
    pub fn set_default(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        if !self.turns.contains_key(&name) {
            self.add_or_replace(name, value);
        }
    }

    /// Unsets a variable.
    pub fn delete(&mut self, name: &str) {
        if let Some(turn) = self.turns.remove(name) {
            self.variables.remove(&turn);
        }
    }

    /// The value of `name`, where it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.variables.get(self.turns.get(name)?)?;
        Some(value)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.values().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names that are set, in order.
    pub fn names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name).collect()
    }

    /// `NAME=value` of each variable, in order.
    pub fn to_array(&self) -> Vec<String> {
        self.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// How many variables are set.
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }
}

impl Environment for EnvList {
    fn get(&self, name: &str) -> Option<&str> {
        Self::get(self, name)
    }

    fn names(&self) -> Vec<&str> {
        Self::names(self)
    }
}

impl PartialEq for EnvList {
    /// The same variables in the same order.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for EnvList {}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for EnvList {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let mut list = Self::new();
        list.extend(variables);
        list
    }
}

impl<N: Into<String>, V: Into<String>> Extend<(N, V)> for EnvList {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, variables: I) {
        for (name, value) in variables {
            self.add_or_replace(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EnvList;

    #[test]
    fn setting_again_moves_to_the_end() {
        let mut env = EnvList::from_iter([("a", "1"), ("b", "2"), ("c", "3")]);
        env.add_or_replace("a", "4");
        assert_eq!(env.to_array(), ["b=2", "c=3", "a=4"]);
        env.set_default("b", "5");
        env.set_default("d", "6");
        env.delete("c");
        env.delete("none");
        assert_eq!(env.to_array(), ["b=2", "a=4", "d=6"]);
        assert_eq!((env.get("a"), env.get("c"), env.len()), (Some("4"), None, 3));
    }
}
