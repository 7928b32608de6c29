//! Tables of Dockerfiles with what becomes of them.
//!
//! A case starts with `== ` and its name. Then come flags as of `docker buildx build`, one a line, with
//! `--missing IMAGE` and `--onbuild IMAGE TRIGGER` beside them; the Dockerfile, each line behind `| `; and what is expected,
//! as `key: value`. Lines that start with `#` say something to the reader.

use super::{Build, compile, config};

/// A case of a table.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its name.
    pub name: String,
    /// The compilation.
    pub build: Build,
    /// What is expected.
    pub expected: Vec<(String, String)>,
}

/// The cases of a table.
///
/// # Panics
///
/// A line that says nothing.
pub(crate) fn read(text: &str) -> Vec<Case> {
    let blocks = text.split("\n== ").skip(1);
    blocks.map(case).collect()
}

fn case(block: &str) -> Case {
    let (name, rest) = block.split_once('\n').expect("a case has lines");
    let mut dockerfile = String::new();
    let mut flags = Vec::new();
    let mut expected = Vec::new();
    for line in rest.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(line) = line.strip_prefix('|') {
            dockerfile.push_str(line.strip_prefix(' ').unwrap_or(line));
            dockerfile.push('\n');
        } else if let Some(flag) = line.strip_prefix("--") {
            flags.push(flag);
        } else {
            let (key, value) = line.split_once(':').expect("key: value");
            expected.push((key.to_owned(), value.trim().to_owned()));
        }
    }
    let build = flags.into_iter().fold(compile(dockerfile), flag);
    Case { name: name.to_owned(), build, expected }
}

fn flag(build: Build, flag: &str) -> Build {
    let (flag, value) = flag.split_once(' ').expect("a flag has a value");
    let pair = || value.split_once('=').expect("NAME=VALUE");
    match flag {
        "build-arg" => build.arg(pair().0, pair().1),
        "build-context" => build.named_context(pair().0, pair().1),
        "target" => build.target(value),
        "platform" => build.platform(value),
        "opt" => build.opt(pair().0, pair().1),
        "missing" => build.missing(value),
        "onbuild" => {
            let (image, trigger) = value.split_once(' ').expect("IMAGE TRIGGER");
            build.image(image, config().onbuild(trigger))
        }
        _ => panic!("--{flag} is no flag of tables"),
    }
}
