//! What secrets flow into, for views, messages, errors and findings: values of arguments and variables that are not shown.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use aliasfront_image::config::ImageConfig;
use buildkit_dockerfile::Kind;
use buildkit_dockerfile::expand::EnvList;

use crate::args::GlobalValue;
use crate::budget::{Budget, Checks};
use crate::error::Error;
use crate::eval::Program;
use crate::eval::step::Step;
use crate::facts::Facts;
use crate::given::Given;
use crate::graph::{Graph, NodeId};
use crate::question::Fact;
use crate::shown::{self, HIDDEN, is_secret};

/// How many bytes a value must have to be looked for in other text: shorter ones are part of words.
pub const MIN_VALUE: usize = 4;

/// How many bytes a value must have to be looked for within longer words of messages: `trig` is a part of many.
const MIN_PART: usize = 8;

/// How many values of a variable are looked at for parts of them that are used.
const MAX_VALUES: usize = 16;

/// How many bytes of text a value starts with, by which candidates are found.
type Start = [u8; MIN_VALUE];

/// What is secret in a compilation: the variables whose names say so, and those whose values are made with them.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Names of variables.
    names: HashSet<String>,
    /// Values by the names of their variables, the first ones of each.
    by_name: HashMap<String, Vec<String>>,
    /// Values by their starts, the longest first.
    values: BTreeMap<Start, Vec<String>>,
    /// Values that instructions have as they are: whoever reads the Dockerfile, or has the image whose triggers they are,
    /// knows them.
    written: HashSet<String>,
    /// Values that build arguments give.
    given: HashSet<String>,
    /// Instructions that use a part of a secret, by stage and first line.
    partial: HashSet<(NodeId, u32)>,
    /// Whether short values are hidden only where they are words of their own.
    whole_words: bool,
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
                secrets.note_written(global.default.as_deref());
                secrets.note_global(global);
                if global.overridden {
                    secrets.given.insert(global.value.clone());
                }
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
        secrets.sort();
        secrets
    }

    /// Puts the longest of the values that start the same first.
    fn sort(&mut self) {
        for values in self.values.values_mut() {
            aliasfront_gotext::sort::stable_by(values, |a, b| (b.len(), b).cmp(&(a.len(), a)));
            values.dedup();
        }
    }

    /// The secrets of a compilation that did not come to its end, as far as its text, what it is given and the images
    /// that it looked up tell them: no value is known that an instruction makes of others. Takes time in the size of
    /// its instructions.
    pub fn before(given: &Given, facts: &Facts) -> Self {
        let mut secrets = Self::default();
        let args = given.options().build_args.iter();
        for (name, value) in args.filter(|(name, _)| is_secret(name)) {
            secrets.given.insert(value.clone());
            secrets.add(name, value);
        }
        for (_, fact) in facts.known() {
            let Fact::Image(image) = fact else { continue };
            let Ok(config) = ImageConfig::parse(&image.config) else { continue };
            let env = config.config.env.iter();
            for (name, value) in env.filter_map(|pair| pair.split_once('=')) {
                if is_secret(name) {
                    secrets.add(name, value);
                }
            }
        }
        let dockerfile = given.dockerfile();
        let globals = &given.globals.declared;
        let mut budget = Budget::default();
        for arg in dockerfile.global_args.iter().flat_map(|instruction| &instruction.args) {
            let name = &arg.name.text;
            let word = arg.default.as_ref().map(|word| word.text.as_str());
            let global = globals.get(name);
            secrets.variable(name, word, global.map(|global| global.value.as_str()));
            if let Some(global) = global {
                secrets.note_global(global);
            }
        }
        let stages = dockerfile.stages.iter();
        for instruction in stages.flat_map(|stage| &stage.instructions) {
            match &instruction.kind {
                Kind::Arg(args) => {
                    for arg in args {
                        let word = arg.default.as_ref().map(|word| word.text.as_str());
                        let value = word.and_then(|word| secrets.made(word, given, &mut budget));
                        secrets.variable(&arg.name.text, word, value.as_deref());
                    }
                }
                Kind::Env(pairs) => {
                    for pair in pairs {
                        let word = &pair.value.text;
                        let value = secrets.made(word, given, &mut budget);
                        secrets.variable(&pair.key.text, Some(word), value.as_deref());
                    }
                }
                _ => {}
            }
        }
        secrets.add_parts(given, &mut budget);
        secrets.sort();
        secrets
    }

    /// What a word comes to that is made with secrets, as far as they are known.
    fn made(&self, word: &str, given: &Given, budget: &mut Budget) -> Option<String> {
        let known = |name: &str| self.by_name.get(name)?.first();
        let env: EnvList =
            used(word).filter_map(|(name, _)| Some((name, known(name)?.as_str()))).collect();
        let is_made = used(word).any(|(name, _)| self.is_named(name));
        is_made
            .then(|| budget.expand(given.expander(), word, &env).ok()?.ok())
            .flatten()
            .map(|expansion| expansion.text)
    }

    /// Takes in what instructions make of the secrets that they use a part of: `${TOKEN#ghp_}`.
    fn add_parts(&mut self, given: &Given, budget: &mut Budget) {
        let dockerfile = given.dockerfile();
        let bases = dockerfile.stages.iter().map(|stage| stage.base.text.as_str());
        let instructions = dockerfile.stages.iter().flat_map(|stage| &stage.instructions);
        let globals = dockerfile.global_args.iter().flat_map(|instruction| &instruction.args);
        let globals = globals.filter_map(|arg| Some(arg.default.as_ref()?.text.as_str()));
        let texts = bases.chain(instructions.map(|it| it.source.as_str())).chain(globals);
        let mut words: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (name, rest) in texts.flat_map(used) {
            let end = rest.find('}').filter(|_| rest.starts_with(['#', '%', '/']));
            if let Some(end) = end.filter(|_| self.is_named(name)) {
                words.insert((name, &rest[..=end]));
            }
        }
        let mut parts = Vec::new();
        for (name, rest) in words {
            for value in self.by_name.get(name).into_iter().flatten() {
                let env: EnvList = [(name, value.as_str())].into_iter().collect();
                // Where there is no budget left, nothing more is known.
                let Ok(part) = budget.expand(given.expander(), &format!("${{{name}{rest}"), &env)
                else {
                    return self.add_all(parts);
                };
                parts.extend(part.ok().map(|part| (name.to_owned(), part.text)));
            }
        }
        self.add_all(parts);
    }

    fn add_all(&mut self, values: Vec<(String, String)>) {
        for (name, value) in values {
            self.add(&name, &value);
        }
    }

    /// An error without the values of secrets.
    #[must_use]
    pub fn without(&self, error: Error) -> Error {
        let hide = |text: Box<str>| self.hide(&text).into_boxed_str();
        Error {
            message: self.hide(&error.message),
            lint_message: error.lint_message.map(hide),
            hint: error.hint.map(hide),
            notes: error.notes.iter().map(|note| self.hide(note)).collect(),
            ..error
        }
    }

    /// A variable that an instruction sets, to a word, and what it came to.
    fn variable(&mut self, name: &str, word: Option<&str>, value: Option<&str>) {
        let is_made = || word.is_some_and(|word| used(word).any(|(name, _)| self.is_named(name)));
        if !is_secret(name) && !is_made() {
            return;
        }
        self.note_written(word);
        self.add(name, value.unwrap_or_default());
        // It may be set again later: a word without variables is what it was until then.
        if let Some(word) = word.filter(|word| !word.contains('$')) {
            self.add(name, word.trim_matches(['"', '\'']));
        }
    }

    /// Notes that an instruction has a value as it is.
    fn note_written(&mut self, word: Option<&str>) {
        if let Some(word) = word.filter(|word| !word.contains('$')) {
            self.written.insert(word.to_owned());
            self.written.insert(word.trim_matches(['"', '\'']).to_owned());
        }
    }

    /// Notes the value of a global argument whose default uses no variable: its dollars are escaped ones.
    fn note_global(&mut self, global: &GlobalValue) {
        if !global.overridden && global.uses.is_empty() {
            self.written.insert(global.value.clone());
        }
    }

    /// The secrets that nobody knows from the Dockerfile alone: for errors and findings, which show its lines, and whose
    /// texts clients compare with the reference's. So short ones are not hidden in the middle of its words.
    #[must_use]
    pub fn beyond_the_text(mut self) -> Self {
        let Self { values, written, given, .. } = &mut self;
        values.retain(|_, values| {
            values.retain(|value| given.contains(value) || !written.contains(value));
            !values.is_empty()
        });
        self.whole_words = true;
        self
    }

    /// Takes a value in. An empty one flows nowhere.
    fn add(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.names.insert(name.to_owned());
        let known = self.by_name.entry(name.to_owned()).or_default();
        if known.len() < MAX_VALUES && !known.iter().any(|known| known == value) {
            known.push(value.to_owned());
        }
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
                if let Some(behind) = rest.strip_prefix(value.as_str())
                    && !(self.whole_words
                        && value.len() < MIN_PART
                        && is_part(&text[..text.len() - rest.len()], value, behind))
                {
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

/// Whether a value is a part of a longer word, between what is before and behind it.
fn is_part(before: &str, value: &str, behind: &str) -> bool {
    let joined = |left: Option<char>, right: Option<char>| {
        [left, right].into_iter().all(|c| c.is_some_and(char::is_alphanumeric))
    };
    joined(before.chars().next_back(), value.chars().next())
        || joined(value.chars().next_back(), behind.chars().next())
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
    fn short_values_are_no_parts_of_the_words_of_messages() {
        let mut secrets = Secrets::default();
        for value in ["trig", "-a-b", "hunter2!", "ärgr"] {
            secrets.add("TOKEN", value);
        }
        let text = "trigenv: x-trig trig1 1trig tri a-a-b1 xhunter2!x ärgre";
        assert_eq!(secrets.hide(text), "***env: x-*** ***1 1*** tri a***1 x***x ***e");
        let secrets = secrets.beyond_the_text();
        assert_eq!(secrets.hide(text), "trigenv: x-*** trig1 1trig tri a-a-b1 x***x ärgre");
        assert_eq!(secrets.hide("trig"), HIDDEN);
        assert_eq!(secrets.hide("a=trig,-a-b."), "a=***,***.");
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
