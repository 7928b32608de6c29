//! Commands that do nothing but look whether files are there, and what a contract would ask for in their place.

use std::collections::HashMap;

use aliasfront_gotext::path;

use super::script::{self, Command, Join, List, Piece, Word};
use super::shell;
use crate::wildcard;

/// How many words are looked at, those in loops as often as they run.
const MAX_WORDS: usize = 2000;
/// How long a path may be, in bytes: as long as Linux lets it be.
const MAX_PATH: usize = 4096;
/// Where a program is taken to be that is only named.
const PROGRAMS: &str = "/usr/bin";

/// What a command tests, that does nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTests {
    /// What a contract asks for that stands for all of it; none where no contract does, or there is nothing to ask for.
    pub wanted: Vec<Wanted>,
    /// The program that it takes, where it takes no shell.
    pub program: Option<String>,
}

/// A path that has to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The path, absolute. The last part may have wildcards.
    pub path: String,
    /// Whether it has to be executable.
    pub executable: bool,
    /// Whether it has to be a file.
    pub file: bool,
    /// Whether only its name is given, and the directory is a guess.
    pub is_guess: bool,
}

/// Reads the script of a shell that runs in a directory; `None` where it does, or may do, anything but test files and
/// say what came of it.
pub fn of_script(script: &str, directory: &str) -> Option<FileTests> {
    let list = script::read(script)?;
    let mut reading = Reading::new(directory);
    reading.list(&list)?;
    Some(reading.into_tests(None))
}

/// Likewise, a command of these arguments without a shell.
pub fn of_arguments(args: &[String], directory: &str) -> Option<FileTests> {
    if let [program, flags @ .., last, script] = args
        && shell::is_shell(program)
        && last.starts_with('-')
        && last.ends_with('c')
    {
        let flags: Vec<Word> = flags.iter().map(|flag| Word::literal(flag)).collect();
        let last = Word::literal(&last[..last.len() - 1]);
        let is_plain = |flags: &[Word]| {
            flags.iter().all(|it| it.text().as_deref() == Some("-")) || is_options(flags)
        };
        return (is_plain(&flags) && is_plain(&[last])).then(|| of_script(script, directory))?;
    }
    let words: Vec<Word> = args.iter().map(|arg| Word::literal(arg)).collect();
    let name = base_name(args.first()?).to_owned();
    // What else there is belongs to shells.
    if !matches!(name.as_str(), "test" | "[" | "ls" | "stat" | "file" | "true" | "echo") {
        return None;
    }
    let mut reading = Reading::new(directory);
    reading.simple(&words)?;
    Some(reading.into_tests(Some(name)))
}

/// The name of a program that is where programs are.
fn base_name(program: &str) -> &str {
    let name = program.strip_prefix("/usr/bin/").or_else(|| program.strip_prefix("/bin/"));
    name.unwrap_or(program)
}

/// The value of a variable or a word.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    text: String,
    /// Whether wildcards in it are some: the shell puts names in their place.
    is_pattern: bool,
}

struct Reading<'a> {
    directory: &'a str,
    variables: HashMap<String, Option<Value>>,
    wanted: Vec<Wanted>,
    /// Whether the command succeeds where all that is wanted is there, and fails where not.
    is_exact: bool,
    /// Whether it may be over.
    is_over: bool,
    /// How many words were looked at.
    words: usize,
}

impl<'a> Reading<'a> {
    fn new(directory: &'a str) -> Self {
        Self {
            directory,
            variables: HashMap::new(),
            wanted: Vec::new(),
            is_exact: true,
            is_over: false,
            words: 0,
        }
    }

    fn into_tests(self, program: Option<String>) -> FileTests {
        let wanted = if self.is_exact { self.wanted } else { Vec::new() };
        FileTests { wanted, program }
    }

    fn list(&mut self, list: &List) -> Option<()> {
        for (join, command) in list {
            if *join == Join::Or {
                // What was tested has to hold only where the rest fails.
                self.is_exact &= self.fails(command)?;
            } else {
                self.command(command)?;
            }
        }
        Some(())
    }

    fn command(&mut self, command: &Command) -> Option<()> {
        match command {
            Command::Simple(words) => {
                self.words += words.len();
                if self.words > MAX_WORDS {
                    return None;
                }
                self.simple(words)
            }
            Command::Group(list) => self.list(list),
            Command::For { name, values, body } => {
                for value in values {
                    let value = self.value(value);
                    self.variables.insert(name.clone(), value);
                    self.list(body)?;
                }
                // Behind the loop it has its last value, and nobody asks for that.
                self.variables.remove(name);
                Some(())
            }
        }
    }

    /// Whether a command says something and fails.
    fn fails(&mut self, command: &Command) -> Option<bool> {
        match command {
            Command::Simple(words) => match (words[0].text()?.as_str(), words.get(1)) {
                ("false", _) | ("exit", None) => Some(true),
                ("exit", Some(status)) => {
                    let status = status.text().and_then(|status| status.parse::<u8>().ok());
                    Some(status.is_some_and(|status| status != 0))
                }
                _ => self.looks(command),
            },
            Command::Group(list) => {
                let (last, before) = list.split_last()?;
                let is_said = |(join, command): &(Join, Command)| {
                    let Command::Simple(words) = command else { return false };
                    let says = |word: &str| matches!(word, "echo" | "printf" | ":" | "true");
                    *join != Join::Or && words[0].text().is_some_and(|word| says(&word))
                };
                if last.0 != Join::Or && before.iter().all(is_said) {
                    return self.fails(&last.1);
                }
                self.looks(command)
            }
            Command::For { .. } => self.looks(command),
        }
    }

    /// Of a command that is no test of its own: whether it does nothing else, in which case the whole is not to be
    /// said in a contract.
    fn looks(&mut self, command: &Command) -> Option<bool> {
        self.command(command)?;
        Some(false)
    }

    fn simple(&mut self, words: &[Word]) -> Option<()> {
        // Nothing behind an `exit` is sure to run.
        self.is_exact &= !self.is_over;
        let (first, args) = words.split_first()?;
        match base_name(&first.text()?) {
            "true" | ":" | "echo" => Some(()),
            // Some shells let it set a variable.
            "printf" => (args.first()?.text()? != "-v").then_some(()),
            "false" => {
                self.is_exact = false;
                Some(())
            }
            "exit" => {
                self.is_over = true;
                self.is_exact &= args.first().is_none_or(|arg| arg.text().as_deref() == Some("0"));
                Some(())
            }
            "set" => is_options(args).then_some(()),
            "!" => {
                self.is_exact = false;
                self.simple(args)
            }
            "test" => {
                self.test(args, false);
                Some(())
            }
            "[" => {
                let (last, args) = args.split_last()?;
                self.test(args, false);
                (last.text()? == "]").then_some(())
            }
            "[[" => {
                let (_, args) = args.split_last()?;
                self.test(args, true);
                Some(())
            }
            "ls" | "file" => self.paths(args, &[]),
            "stat" => self.paths(args, &["-c", "--format", "--printf"]),
            "command" => {
                let (flag, names) = args.split_first()?;
                (flag.text()? == "-v").then_some(())?;
                self.programs(names);
                Some(())
            }
            "which" => {
                self.programs(args);
                Some(())
            }
            _ => None,
        }
    }

    /// What a condition asks for. Whatever it is, it changes nothing.
    fn test(&mut self, words: &[Word], in_brackets: bool) {
        let mut words = words.iter();
        loop {
            let (Some(operator), Some(word)) = (words.next(), words.next()) else {
                self.is_exact = false;
                return;
            };
            let (executable, file) = match operator.text().as_deref() {
                Some("-e" | "-d" | "-r") => (false, false),
                Some("-f" | "-s") => (false, true),
                Some("-x") => (true, false),
                _ => {
                    self.is_exact = false;
                    return;
                }
            };
            // A condition is about one path: names that the shell would put there are several, or none.
            let is_pattern = word.pieces.iter().any(
                |piece| matches!(piece, Piece::Text { text, quoted: false } if has_wildcards(text)),
            );
            let path =
                self.path(word).filter(|path| !(is_pattern || in_brackets && has_wildcards(path)));
            self.want(path, executable, file, false);
            match words.next().map(Word::text) {
                None => return,
                Some(and) if and.as_deref() == Some("-a") => {}
                Some(_) => {
                    self.is_exact = false;
                    return;
                }
            }
        }
    }

    /// The paths behind the options of a program; some options have a value.
    fn paths(&mut self, args: &[Word], with_value: &[&str]) -> Option<()> {
        let mut args = args.iter();
        let mut options = true;
        while let Some(arg) = args.next() {
            match arg.text().filter(|arg| options && arg.starts_with('-')).as_deref() {
                Some("--") => options = false,
                Some(option) if with_value.contains(&option) => {
                    args.next()?;
                }
                Some(option) => {
                    let letters = option.trim_start_matches('-');
                    let known = option.starts_with("--")
                        || letters.bytes().all(|letter| letter.is_ascii_alphanumeric());
                    known.then_some(())?;
                }
                None => {
                    let path = self.path(arg);
                    self.want(path, false, false, false);
                }
            }
        }
        Some(())
    }

    /// Programs by their paths, or by names that are looked for.
    fn programs(&mut self, names: &[Word]) {
        self.is_exact &= !names.is_empty();
        for name in names {
            let named =
                self.value(name).filter(|value| !value.is_pattern && !value.text.contains('/'));
            match named {
                Some(Value { text, .. }) if !text.is_empty() && !has_wildcards(&text) => {
                    let path = is_writable(&text).then(|| path::join(&[PROGRAMS, &text]));
                    self.want(path, true, false, true);
                }
                _ => {
                    let path = self.path(name);
                    self.want(path, true, false, false);
                }
            }
        }
    }

    /// Notes a path that has to be there; one that no contract can name makes the whole one that none stands for.
    fn want(&mut self, path: Option<String>, executable: bool, file: bool, is_guess: bool) {
        let Some(path) = path else {
            self.is_exact = false;
            return;
        };
        match self.wanted.iter_mut().find(|wanted| wanted.path == path) {
            Some(wanted) => {
                wanted.executable |= executable;
                wanted.file |= file;
                wanted.is_guess &= is_guess;
            }
            None => self.wanted.push(Wanted { path, executable, file, is_guess }),
        }
    }

    /// The path that a word names, as a contract writes it; `None` where it can't, or nobody knows.
    fn path(&self, word: &Word) -> Option<String> {
        let Value { text, .. } = self.value(word)?;
        if text.is_empty() || !is_writable(&text) {
            return None;
        }
        let path = if text.starts_with('/') {
            path::clean(&text)
        } else {
            path::join(&["/", self.directory, &text])
        };
        let directory = path::dir(&path);
        (wildcard::first_wildcard(&directory).is_none()).then_some(path)
    }

    /// What a word comes to, where that is known.
    fn value(&self, word: &Word) -> Option<Value> {
        let mut value = Value { text: String::new(), is_pattern: false };
        for piece in &word.pieces {
            match piece {
                Piece::Text { text, quoted } => {
                    // Both in one word is more than a contract can say.
                    if *quoted && has_wildcards(text) {
                        return None;
                    }
                    value.is_pattern |= has_wildcards(text);
                    value.text.push_str(text);
                }
                Piece::Variable(name) => {
                    let of_variable = self.variables.get(name)?.as_ref()?;
                    value.is_pattern |= of_variable.is_pattern;
                    value.text.push_str(&of_variable.text);
                }
                Piece::Unknown => return None,
            }
            if value.text.len() > MAX_PATH {
                return None;
            }
        }
        Some(value)
    }
}

/// Whether arguments of `set` only say how the shell runs: not, that it runs nothing, or leaves patterns alone.
fn is_options(args: &[Word]) -> bool {
    let mut is_name = false;
    !args.is_empty()
        && args.iter().all(|arg| {
            let Some(text) = arg.text() else { return false };
            if std::mem::take(&mut is_name) {
                return !matches!(text.as_str(), "" | "noexec" | "noglob");
            }
            let letters = text.strip_prefix(['-', '+']).unwrap_or_default();
            is_name = letters.ends_with('o');
            let is_known =
                |letter: u8| letter.is_ascii_lowercase() && !matches!(letter, b'n' | b'f');
            !letters.is_empty() && letters.bytes().all(is_known)
        })
}

fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a contract can have it in a path.
fn is_writable(text: &str) -> bool {
    let is_special = |c: char| matches!(c, ',' | '~' | '{' | '\\');
    !text.contains(|c: char| is_special(c) || c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(tests: &FileTests) -> String {
        let wanted = tests.wanted.iter().map(|wanted| {
            let marks =
                [(",+x", wanted.executable), (",file", wanted.file), (" (guess)", wanted.is_guess)];
            let marks = marks.iter().filter(|(_, is_set)| *is_set).map(|(mark, _)| *mark);
            format!("{}{}", wanted.path, marks.collect::<String>())
        });
        wanted.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn scripts_that_a_contract_stands_for() {
        for (script, expected) in [
            ("test -x /build/agentd", "/build/agentd,+x"),
            ("[ -x /a ] && [ -f /b ]", "/a,+x /b,file"),
            ("[[ -x /a && -f /b ]]", "/a,+x /b,file"),
            ("test -x /a -a -f /a", "/a,+x,file"),
            ("set -eux; test -e /a; test -d /b; test -r /c; test -s /d", "/a /b /c /d,file"),
            ("set -euo pipefail && test -e /a", "/a"),
            ("test -x /a || exit 1", "/a,+x"),
            ("test -x /a || exit", "/a,+x"),
            ("test -x /a || false", "/a,+x"),
            ("test -x /a || { echo \"no $X\" >&2; exit 1; }", "/a,+x"),
            ("test -x /a || (echo no && exit 2)", "/a,+x"),
            ("test -x /a && echo fine", "/a,+x"),
            ("for b in a b; do test -x /build/$b; done", "/build/a,+x /build/b,+x"),
            (
                "for b in a b; do test -x \"/build/${b}\" || exit 1; done; exit 0",
                "/build/a,+x /build/b,+x",
            ),
            (
                "set -e\nfor d in x y\ndo\n  for f in a b; do\n    [ -f $d/$f ]\n  done\ndone",
                "/srv/x/a,file /srv/x/b,file /srv/y/a,file /srv/y/b,file",
            ),
            ("ls /build/a /build/b >/dev/null", "/build/a /build/b"),
            ("ls -la /build/*.so", "/build/*.so"),
            ("for f in /build/*.so; do test -f \"$f\"; done", "/build/*.so,file"),
            ("ls", ""),
            ("stat /a", "/a"),
            ("stat -c %a /a --printf=%n /b", "/a /b"),
            ("file -b /a", "/a"),
            ("/usr/bin/test -x /a", "/a,+x"),
            ("test -x ./a", "/srv/a,+x"),
            ("command -v /a", "/a,+x"),
            ("command -v git >/dev/null", "/usr/bin/git,+x (guess)"),
            ("which git || exit 1", "/usr/bin/git,+x (guess)"),
            ("( test -x /a; test -x /b )", "/a,+x /b,+x"),
            ("echo checking; true && : && printf '%s\\n' x", ""),
            ("test -x '/a'\"/b\"", "/a/b,+x"),
            ("test -x /a//b/../c", "/a/c,+x"),
        ] {
            let tests = of_script(script, "/srv").unwrap_or_else(|| panic!("{script:?} is more"));
            assert_eq!(shown(&tests), expected, "{script:?}");
        }
    }

    #[test]
    fn scripts_that_test_what_no_contract_says() {
        for script in [
            "test -x /a || true",
            "test -x /a || echo no",
            "test -x /a || { echo no; exit 0; }",
            "test -x /a || (exit 1; echo no)",
            "test -x /a || test -x /b",
            "test -x /a || { test -x /b || exit 1; }",
            "test -x /a || exit $X",
            "test -x /a || exit 0",
            "test ! -e /a",
            "! test -e /a",
            "test -x /a -o -x /b",
            "[[ -x /a || -x /b ]]",
            "test -L /a && test -x /b",
            "test -n \"$X\" && test -x /a",
            "test a = b && test -x /a",
            "test -x $X",
            "test -x \"/a b\"",
            "test -x /a,b",
            "test -x '/a*'",
            "test -x /a*",
            "[[ -x /a* ]]",
            "test -x ''",
            "test",
            "test -x",
            "test -x ~/a",
            "ls /a*/b",
            "for b in $X; do test -x $b; done",
            "for b in a b; do true; done; test -x $b",
            "for b in /{a,b}; do test -x $b; done",
            "exit 0; test -x /a",
            "test -x /a; exit 1",
            "test -x /a && false",
            "command -v",
            "command -v $X",
        ] {
            let tests = of_script(script, "/srv").unwrap_or_else(|| panic!("{script:?} is more"));
            assert_eq!(tests.wanted, [], "{script:?}");
        }
    }

    #[test]
    fn scripts_that_do_more() {
        let long = format!("for b in {}; do test -x $b; done", "a ".repeat(MAX_WORDS));
        for script in [
            "make",
            "test -x /a && make",
            "test -x /a || make",
            "test -x /a || { make; exit 1; }",
            "ls /a > /b",
            "ls /a | grep b",
            "test -x \"$(make)\"",
            "cd /a && test -x b",
            "A=b test -x /a",
            "A=b; test -x /$A",
            "chmod +x /a; test -x /a",
            "set -- a b; test -x $1",
            "set a",
            "set -n; test -x /a",
            "set -o noexec; test -x /a",
            "command make",
            "command -p make",
            "printf -v x y; test -x /a",
            ". /a; test -x /b",
            "exec test -x /a",
            "eval test -x /a",
            "$X -x /a",
            "test -x /a\nmake",
            "[ -x /a",
            "for b in a; do make $b; done",
            "! make",
            "if test -x /a; then make; fi",
            long.as_str(),
        ] {
            assert_eq!(of_script(script, "/srv"), None, "{script:?}");
        }
    }

    #[test]
    fn commands_without_a_shell() {
        let of = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            of_arguments(&args, "/srv").map(|tests| (shown(&tests), tests.program))
        };
        let by = |program: &str| Some(program.to_owned());
        for (args, expected) in [
            (&["test", "-x", "/a"][..], Some(("/a,+x", by("test")))),
            (&["/usr/bin/test", "-x", "/a"], Some(("/a,+x", by("test")))),
            (&["[", "-x", "/a", "]"], Some(("/a,+x", by("[")))),
            (&["ls", "/a", "/b"], Some(("/a /b", by("ls")))),
            (&["ls", "/*"], Some(("", by("ls")))),
            (&["sh", "-c", "test -x /a"], Some(("/a,+x", None))),
            (&["/bin/bash", "-euc", "ls /a"], Some(("/a", None))),
            (&["/bin/bash", "-eo", "pipefail", "-c", "ls /a"], Some(("/a", None))),
            (&["sh", "-c", "make"], None),
            (&["sh", "-n", "-c", "ls /a"], None),
            (&["sh", "-nc", "ls /a"], None),
            (&["sh", "/script"], None),
            (&["sh", "-c", "test -x $1", "/a"], None),
            (&["command", "-v", "git"], None),
            (&["for"], None),
            (&["make"], None),
            (&[], None),
        ] {
            let expected = expected.map(|(wanted, program)| (wanted.to_owned(), program));
            assert_eq!(of(args), expected, "{args:?}");
        }
    }
}
