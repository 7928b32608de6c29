//! The variables of shell scripts, as far as a look at the text tells.

use std::collections::HashSet;

/// Shells whose scripts are read.
const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];
/// Commands that set variables which their arguments name.
const SETTERS: [&str; 8] =
    ["declare", "getopts", "local", "mapfile", "printf", "read", "readarray", "typeset"];

/// Whether the program at this path is a shell of Unix.
pub fn is_shell(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name))
}

/// Whether a script with this first line is one for a shell: it says nothing of who runs it, or names a shell.
pub fn is_script(first_line: &str) -> bool {
    let Some(interpreter) = first_line.strip_prefix("#!") else { return true };
    let mut words = interpreter.split_whitespace();
    match words.next() {
        Some(path) if path.ends_with("/env") => words.next().is_some_and(is_shell),
        Some(path) => is_shell(path),
        None => true,
    }
}

/// What pieces of scripts, which one command runs, do with variables.
///
/// Where it can't be told whether the command sets a variable itself, it is taken for one that it sets.
#[derive(Debug, Default)]
pub struct Variables<'a> {
    used: Vec<&'a str>,
    set: HashSet<&'a str>,
    /// Names that are no use of a variable: arguments of commands, which may set them.
    mentioned: HashSet<&'a str>,
    has_setter: bool,
    /// Whether another script may set anything.
    sources: bool,
}

impl<'a> Variables<'a> {
    /// Reads a script.
    pub fn read_script(&mut self, text: &'a str) {
        Reader { text, at: 0, variables: self }.read(true);
    }

    /// Reads the body of a heredoc in which variables are expanded: quotes mean nothing there.
    pub fn read_heredoc(&mut self, text: &'a str) {
        Reader { text, at: 0, variables: self }.read(false);
    }

    /// The variables that are used without being set by the command, each once, in order.
    pub fn open(&self) -> Vec<&'a str> {
        if self.sources {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let is_set = |name: &str| {
            self.set.contains(name) || self.has_setter && self.mentioned.contains(name)
        };
        self.used.iter().copied().filter(|name| !is_set(name) && seen.insert(*name)).collect()
    }
}

struct Reader<'v, 'a> {
    text: &'a str,
    at: usize,
    variables: &'v mut Variables<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn read(&mut self, is_script: bool) {
        let mut in_double = false;
        // Whether a command may begin here, and whether `for` was the word before.
        let mut command = true;
        let mut after_for = false;
        let mut start_of_word = true;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => {
                    // A line that goes on is no new command, and no word.
                    let continues = matches!(self.peek(1), Some(b'\n' | b'\r'));
                    self.at +=
                        1 + self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8);
                    if !continues {
                        (command, start_of_word) = (false, false);
                    }
                    continue;
                }
                b'\'' if is_script && !in_double => {
                    let rest = &self.text[self.at + 1..];
                    self.at += 1 + rest.find('\'').map_or(rest.len(), |end| end + 1);
                    (command, start_of_word) = (false, false);
                    continue;
                }
                b'"' if is_script => in_double = !in_double,
                b'#' if is_script && !in_double && start_of_word => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                b'$' => {
                    self.variable();
                    (command, start_of_word) = (false, false);
                    continue;
                }
                b'.' if is_script && command && matches!(self.peek(1), Some(b' ' | b'\t')) => {
                    self.variables.sources = true;
                }
                b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let word = self.name();
                    self.word(word, after_for);
                    after_for = word == "for";
                    // What comes behind these words, or behind a variable that is set, is a command.
                    command = matches!(word, "then" | "do" | "else" | "if" | "while" | "until");
                    start_of_word = false;
                    continue;
                }
                _ => {}
            }
            start_of_word = byte.is_ascii_whitespace() || b";&|()".contains(&byte);
            if b";&|({\n`".contains(&byte) {
                command = true;
            } else if !byte.is_ascii_whitespace() {
                command = false;
            }
            self.at += 1;
        }
    }

    /// A word that is no variable's use.
    fn word(&mut self, word: &'a str, after_for: bool) {
        let variables = &mut *self.variables;
        if word == "source" || word == "eval" {
            variables.sources = true;
        }
        variables.has_setter |= SETTERS.contains(&word);
        let rest = &self.text[self.at..];
        let value = rest.strip_prefix("+=").or_else(|| rest.strip_prefix('='));
        if after_for || value.is_some_and(|value| !is_itself(value, word)) {
            variables.set.insert(word);
        } else {
            variables.mentioned.insert(word);
        }
    }

    /// A name, or a number.
    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What a `$` begins.
    fn variable(&mut self) {
        self.at += 1;
        let braces = self.peek(0) == Some(b'{');
        if braces {
            self.at += 1;
            if matches!(self.peek(0), Some(b'#' | b'!')) {
                self.at += 1;
            }
        }
        if !self.peek(0).is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic()) {
            // `$$` and the like.
            if !braces && matches!(self.peek(0), Some(b'$' | b'?' | b'#' | b'@' | b'*' | b'!')) {
                self.at += 1;
            }
            return;
        }
        let name = self.name();
        let guarded = braces
            && match (self.peek(0), self.peek(1)) {
                (Some(b':'), Some(operator)) | (Some(operator), _) => b"-=+?".contains(&operator),
                _ => false,
            };
        if guarded {
            // It has a value here in any case, or the script sees that it has none.
            if self.peek(0) == Some(b'=') || self.peek(1) == Some(b'=') {
                self.variables.set.insert(name);
            }
        } else {
            self.variables.used.push(name);
        }
    }
}

/// Whether a variable is set to itself: `VERSION=$VERSION make`.
fn is_itself(value: &str, name: &str) -> bool {
    let value = value.trim_start_matches(['"', '$', '{']);
    value
        .strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::{Variables, is_script};

    fn open(script: &str) -> Vec<&str> {
        let mut variables = Variables::default();
        variables.read_script(script);
        variables.open()
    }

    #[test]
    fn variables_that_nobody_sets() {
        for (script, expected) in [
            ("echo $A ${B}", &["A", "B"][..]),
            ("echo \"$A\" it's $B", &["A"]),
            ("echo \"it's $A\" $A", &["A"]),
            ("GOARCH=$A go build", &["A"]),
            ("A=$A make", &["A"]),
            ("export A=\"${A}\"", &["A"]),
            ("echo ${A%.*} ${#B} ${C:1:2}", &["A", "B", "C"]),
            ("find . -name $A", &["A"]),
            ("echo a#$A", &["A"]),
            ("echo $A_B", &["A_B"]),
            ("echo \\\\$A", &["A"]),
            ("echo version: A is $A", &["A"]),
            ("echo é \\é $A", &["A"]),
            ("echo $$A", &[]),
            ("A=1 && echo $A", &[]),
            ("export A=1; echo $A", &[]),
            ("echo '$A'", &[]),
            ("echo \\$A", &[]),
            ("echo \"\\$A\"", &[]),
            ("for A in 1 2; do echo $A; done", &[]),
            ("while read -r A; do echo $A; done", &[]),
            ("printf -v A x; echo $A", &[]),
            ("echo ${A:-1} ${B-1} ${C:?}", &[]),
            (": ${A:=1} && echo $A", &[]),
            (". /etc/os-release && echo $A", &[]),
            ("cd /x && . ./env && echo $A", &[]),
            ("if true; then . ./env; fi; echo $A", &[]),
            ("source env; echo $A", &[]),
            ("eval \"$(x)\"; echo $A", &[]),
            ("# it's $A\necho", &[]),
            ("echo $? $# $@ $1 ${1} $ ${} ${", &[]),
            ("A+=1; echo $A", &[]),
            ("echo \\", &[]),
        ] {
            assert_eq!(open(script), expected, "{script}");
        }
    }

    #[test]
    fn quotes_mean_nothing_in_heredocs() {
        let mut variables = Variables::default();
        variables.read_heredoc("it's '$A' # $B\n\\$C");
        assert_eq!(variables.open(), ["A", "B"]);
    }

    #[test]
    fn scripts_of_shells() {
        for line in ["echo", "#!/bin/sh", "#!/usr/bin/env bash", "#!/bin/bash -e", "#!"] {
            assert!(is_script(line), "{line}");
        }
        for line in ["#!/usr/bin/env python3", "#!/usr/bin/python3", "#!/usr/bin/env"] {
            assert!(!is_script(line), "{line}");
        }
    }
}
