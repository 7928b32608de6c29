//! What secrets flow into, for views and messages: values of arguments and variables that are not shown.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use buildkit_dockerfile::Kind;

use crate::budget::Checks;
use crate::eval::Program;
use crate::eval::step::Step;
use crate::given::Given;
use crate::graph::{Graph, NodeId};
use crate::shown::{self, HIDDEN, is_secret};

/// How many bytes a value must have to be looked for in other text: shorter ones are part of words.
pub const MIN_VALUE: usize = 4;

/// How many bytes of text a value starts with, by which candidates are found.
type Start = [u8; MIN_VALUE];

/// What is secret in a compilation: the variables whose names say so, and those whose values are made with them.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Names of variables.
    names: HashSet<String>,
    /// Values by their starts, the longest first.
    values: BTreeMap<Start, Vec<String>>,
    /// Instructions that use a part of a secret, by stage and first line.
    partial: HashSet<(NodeId, u32)>,
    /// What finding values may still compare.
    checks: Checks,
}

impl Secrets {
    /// The secrets of a compilation. Takes time in the size of its instructions.
    pub fn of(given: &Given, graph: &Graph, program: &Program) -> Self {
        let mut secrets = Self::default();
        let globals = &given.globals.declared;
        let written = given.input.dockerfile.global_args.iter();
        for arg in written.flat_map(|instruction| &instruction.args) {
            let name = &arg.name.text;
            let Some(global) = globals.get(name) else { continue };
            let is_made = |made: &String| secrets.names.contains(made);
            if is_secret(name) || !global.overridden && global.uses.iter().any(is_made) {
                secrets.add(name, &global.value);
            }
        }
        let mut configs = HashSet::new();
        // Stages come after those that they build on.
        for id in graph.ids() {
            let Some(stage) = &program.stages[id] else { continue };
            // Many stages may start from one image.
            let config = stage.base_config.as_ref().filter(|_| stage.root == id);
            if let Some(config) = config.filter(|config| configs.insert(Rc::as_ptr(config))) {
                let env = config.config.env.iter();
                for (name, value) in env.filter_map(|pair| pair.split_once('=')) {
                    if is_secret(name) {
                        secrets.add(name, value);
                    }
                }
            }
            for command in &graph[id].commands {
                let instruction = &command.instruction;
                match &instruction.kind {
                    Kind::Arg(args) => {
                        for arg in args {
                            let name = &arg.name.text;
                            let default = arg.default.as_ref().map(|word| word.text.as_str());
                            let value = stage.build_args.last(name);
                            secrets.variable(name, default, value);
                        }
                    }
                    Kind::Env(pairs) => {
                        for pair in pairs {
                            let name = &pair.key.text;
                            let value = stage.env.get(name);
                            secrets.variable(name, Some(&pair.value.text), value);
                        }
                    }
                    _ if secrets.uses_part(&instruction.source) => {
                        secrets.partial.insert((id, instruction.lines.first));
                    }
                    _ => {}
                }
            }
        }
        for values in secrets.values.values_mut() {
            values.sort_by(|a, b| (b.len(), b).cmp(&(a.len(), a)));
            values.dedup();
        }
        secrets
    }

    /// A variable that an instruction sets, to a word, and what it came to.
    fn variable(&mut self, name: &str, word: Option<&str>, value: Option<&str>) {
        let is_made = || word.is_some_and(|word| used(word).any(|(name, _)| self.is_named(name)));
        if !is_secret(name) && !is_made() {
            return;
        }
        self.add(name, value.unwrap_or_default());
        // It may be set again later: a word without variables is what it was until then.
        if let Some(word) = word.filter(|word| !word.contains('$')) {
            self.add(name, word.trim_matches(['"', '\'']));
        }
    }

    /// Takes a value in. An empty one flows nowhere.
    fn add(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.names.insert(name.to_owned());
        let clean = shown::without_credentials(value);
        // An address is looked for as it is once its credentials are hidden.
        for value in [value, &clean] {
            if let Some(start) = value.as_bytes().first_chunk() {
                self.values.entry(*start).or_default().push(value.to_owned());
            }
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether text changes a secret before it uses it: `${TOKEN#ghp_}`.
    fn uses_part(&self, text: &str) -> bool {
        used(text).any(|(name, rest)| rest.starts_with(['#', '%', '/']) && self.is_named(name))
    }

    /// The value of a variable as it is shown.
    pub fn value(&self, name: &str, value: &str) -> String {
        if is_secret(name) || self.is_named(name) { HIDDEN.to_owned() } else { self.hide(value) }
    }

    /// The name of a step as it is shown.
    pub fn step(&self, step: &Step) -> String {
        let is_partial = |first| self.partial.contains(&(step.stage, first));
        if step.lines.is_some_and(|lines| is_partial(lines.first)) {
            let (number, _) = step.name.split_once(']').unwrap_or_default();
            return format!("{number}] {HIDDEN}");
        }
        self.hide(&step.name)
    }

    /// Text without the values of secrets, and without credentials in addresses. All of it is hidden where looking for
    /// values takes more than a compilation's checks may.
    pub fn hide(&self, text: &str) -> String {
        let text = shown::without_credentials(text);
        if self.values.is_empty() {
            return text.into_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = &*text;
        while !rest.is_empty() {
            let start = rest.as_bytes().first_chunk();
            let values = start.and_then(|start: &Start| self.values.get(start));
            let mut found = None;
            for value in values.into_iter().flatten() {
                if !self.checks.take(value.len().min(rest.len())) {
                    return HIDDEN.to_owned();
                }
                if let Some(behind) = rest.strip_prefix(value.as_str()) {
                    found = Some(behind);
                    break;
                }
            }
            rest = if let Some(behind) = found {
                out.push_str(HIDDEN);
                behind
            } else {
                let mut chars = rest.chars();
                out.extend(chars.next());
                chars.as_str()
            };
        }
        out
    }
}

/// The variables that text uses, each with what is behind its name in braces.
fn used(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('$').skip(1).map(|behind| {
        let braced = behind.strip_prefix('{');
        let behind = braced.unwrap_or(behind);
        let end = behind.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
        let (name, rest) = behind.split_at(end.unwrap_or(behind.len()));
        (name, if braced.is_some() { rest } else { "" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_text() {
        let mut secrets = Secrets::default();
        secrets.add("A", "abcd");
        secrets.add("B", "abcdef");
        secrets.add("C", "äöü");
        secrets.add("D", "abc");
        secrets.add("E", "");
        secrets.add("F", "https://u:p@h/part");
        for values in secrets.values.values_mut() {
            values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        }
        for (text, expected) in [
            ("", ""),
            ("xabcdefabcdyabc", "x******yabc"),
            ("aäöüb", "a***b"),
            ("ADD https://u:p@h/part/x /", "ADD ***/x /"),
            ("https://a:b@c", "https://***@c"),
        ] {
            assert_eq!(secrets.hide(text), expected, "{text}");
        }
        assert_eq!(secrets.value("D", "abc"), "***");
        assert_eq!(secrets.value("E", "abc"), "abc");
    }

    #[test]
    fn much_to_compare_hides_all() {
        let mut secrets = Secrets::default();
        for n in 0..1000 {
            secrets.add("A", &format!("aaaa{n:04}"));
        }
        assert_eq!(secrets.hide(&"a".repeat(10_000)), HIDDEN);
        assert_eq!(secrets.hide("aaaa"), HIDDEN);
    }

    #[test]
    fn variables_in_text() {
        let all = |text| used(text).collect::<Vec<_>>();
        assert_eq!(
            all("a$B/c${D#e}$$é${"),
            [("B", ""), ("D", "#e}"), ("", ""), ("", ""), ("", ""),]
        );
    }
}
