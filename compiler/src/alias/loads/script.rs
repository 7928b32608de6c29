//! What a script's first line asks for.

/// How much of the first line kernels read, in bytes.
const MAX_LINE: usize = 256;
/// The program that looks another one up.
const ENV: &str = "env";

/// The programs that a script needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The interpreter, an absolute path.
    pub interpreter: String,
    /// What `env` looks for in the image's `PATH`, where it is the interpreter.
    pub program: Option<String>,
}

impl Script {
    /// Reads a file's first bytes; `None` where the file is no script with a first line that names an absolute path.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let line = head.strip_prefix(b"#!")?;
        let line = &line[..line.len().min(MAX_LINE - 2)];
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = str::from_utf8(line).ok()?;
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let interpreter = words.next().filter(|word| word.starts_with('/'))?;
        let is_env = interpreter.rsplit('/').next() == Some(ENV);
        let program = is_env.then(|| program(words)).flatten();
        Some(Self { interpreter: interpreter.to_owned(), program: program.map(str::to_owned) })
    }
}

/// The program among the words for `env`; `None` where an option may change where it is looked for.
fn program<'a>(words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    for word in words {
        match word {
            "-S" | "-" | "--" => {}
            _ if word.starts_with('-') => return None,
            _ if word.starts_with("PATH=") => return None,
            _ if word.contains('=') => {}
            _ => return Some(word),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_read_as_kernels_and_env_read_them() {
        for (head, interpreter, program) in [
            ("#!/bin/sh\nexit 0\n", "/bin/sh", None),
            ("#! /bin/sh -e\n", "/bin/sh", None),
            ("#!/usr/bin/env python3", "/usr/bin/env", Some("python3")),
            ("#!/usr/bin/env -S A=b node --flag\n", "/usr/bin/env", Some("node")),
            ("#!/usr/bin/env -u PATH node\n", "/usr/bin/env", None),
            ("#!/usr/bin/env PATH=/opt node\n", "/usr/bin/env", None),
            ("#!/usr/bin/env\n", "/usr/bin/env", None),
        ] {
            let expected =
                Script { interpreter: interpreter.to_owned(), program: program.map(str::to_owned) };
            assert_eq!(Script::parse(head.as_bytes()), Some(expected), "{head}");
        }
        for head in ["", "#!", "#!sh\n", "echo #!/bin/sh", "#!\n/bin/sh"] {
            assert_eq!(Script::parse(head.as_bytes()), None, "{head}");
        }
        assert_eq!(Script::parse(b"#!/bin/\xff\n"), None);
    }
}
