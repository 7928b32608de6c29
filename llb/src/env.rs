//! The environment of a command.

use std::collections::HashMap;

/// The environment of a command: names and values, each name once, in the order in which they were
/// last set. The order is part of a command's digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env(Vec<(String, String)>);

impl Env {
    /// Sets a variable. One that was set before moves to the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, value.into()));
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The variables, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The variables as `NAME=value`.
    pub(crate) fn into_words(self) -> Vec<String> {
        self.0.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let variables: Vec<(String, String)> = variables.collect();
        // Only where each name was set last counts. Setting one by one would look at all that came
        // before, each time.
        let mut last = HashMap::with_capacity(variables.len());
        for (place, (name, _)) in variables.iter().enumerate() {
            last.insert(name.as_str(), place);
        }
        if last.len() == variables.len() {
            return Self(variables);
        }
        let mut kept: Vec<usize> = last.into_values().collect();
        kept.sort_unstable();
        let mut kept = kept.into_iter().peekable();
        let variables = variables.into_iter().enumerate();
        let variables = variables.filter(|(place, _)| kept.next_if_eq(place).is_some());
        Self(variables.map(|(_, variable)| variable).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_again_moves_to_the_end() {
        let env: Env = [("A", "1"), ("B", "2"), ("A", "3")].into_iter().collect();
        assert_eq!(env.get("A"), Some("3"));
        assert_eq!(env.into_words(), ["B=2", "A=3"]);
    }
}
