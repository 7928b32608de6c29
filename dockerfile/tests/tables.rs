//! Tables of cases, one a line: what goes in, `=>`, and what comes out, or `!` and the error.
//!
//! `␤` is a line feed, `␍` a carriage return, `␉` a tab, `∅` nothing at all, `BOM` a
//! byte order mark; a line that starts with `;`
//! is a comment, and one in brackets sets up the cases below. `UPDATE_TABLES=1` writes what comes out into the tables: read
//! the difference before you commit it.

use std::fmt::Write as _;
use std::path::Path;

use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::instruction::Kind;
use buildkit_dockerfile::lint::Config;
use buildkit_dockerfile::{
    Dockerfile, Error, Lines, Span, detect_check, detect_syntax, parse_trigger,
};

/// Runs each case of the table `name` through `run`, which gets the set-up above it, and compares.
fn check(name: &str, mut run: impl FnMut(&[String], &str) -> Result<String, Error>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tables/{name}.txt"));
    let table = std::fs::read_to_string(&path).expect("the table is there");
    let mut setup = Vec::new();
    let mut out = String::new();
    let mut cases = 0;
    for line in table.lines() {
        if let Some(words) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            setup = words.split(' ').map(decode).collect();
        } else if !line.is_empty() && !line.starts_with(';') {
            let input = line.split_once(" =>").map_or(line, |(input, _)| input);
            let result = match run(&setup, &decode(input)) {
                Ok(text) => encode(&text),
                Err(error) => format!("! {}", describe(&error)),
            };
            writeln!(out, "{input} => {result}").expect("writing to a string works");
            cases += 1;
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    assert!(cases > 0, "{name} has no cases");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(&path, out).expect("the table can be written");
        return;
    }
    for (line, (is, should)) in out.lines().zip(table.lines()).enumerate() {
        assert_eq!(is, should, "{name}.txt:{}", line + 1);
    }
}

fn decode(text: &str) -> String {
    text.replace('␤', "\n")
        .replace('␍', "\r")
        .replace('␉', "\t")
        .replace('∅', "")
        .replace("BOM", "\u{feff}")
}

fn encode(text: &str) -> String {
    match text {
        "" => "∅".into(),
        text => {
            text.replace('\n', "␤").replace('\r', "␍").replace('\t', "␉").replace('\u{feff}', "BOM")
        }
    }
}

/// An error with its places: lines, and the span of the offending word.
fn describe(error: &Error) -> String {
    let mut text = encode(&error.message);
    // Who writes `${NAME:?message}` says in the message what to do.
    assert!(error.hint.is_some() || text.contains(":?") || text.contains('?'), "no hint: {text}");
    if let Some(Lines { first, last }) = error.lines {
        write!(text, " @{first}-{last}").expect("writing to a string works");
    }
    if let Some(span) = error.span {
        write!(text, " {}", place(span)).expect("writing to a string works");
    }
    if let Some(hint) = &error.hint {
        write!(text, " ({})", encode(hint)).expect("writing to a string works");
    }
    for other in &error.others {
        write!(text, " and {}", describe(other)).expect("writing to a string works");
    }
    text
}

fn place(Span { start, end }: Span) -> String {
    if start.line == end.line {
        format!("{}:{}..{}", start.line, start.column, end.column)
    } else {
        format!("{}:{}..{}:{}", start.line, start.column, end.line, end.column)
    }
}

/// The expander and the environment that a set-up asks for.
fn environment(setup: &[String]) -> (Expander, EnvList) {
    let mut expander = Expander::new('\\');
    let mut env = EnvList::new();
    for word in setup {
        match (word.as_str(), word.split_once('=')) {
            (_, Some((name, value))) => env.add_or_replace(name, value),
            ("backtick", _) => expander.escape = '`',
            ("raw_quotes", _) => expander.raw_quotes = true,
            ("raw_escapes", _) => expander.raw_escapes = true,
            ("skip_process_quotes", _) => expander.skip_process_quotes = true,
            ("skip_unset", _) => expander.skip_unset = true,
            (word, _) => panic!("unknown set-up {word}"),
        }
    }
    (expander, env)
}

/// Words expanded, and the variables that were used for it.
#[test]
fn words() {
    check("words", |setup, input| {
        let (expander, env) = environment(setup);
        let expansion = expander.expand(input, &env)?;
        let mut text = encode(&expansion.text);
        if !expansion.used.is_empty() || !expansion.unset.is_empty() {
            let unset = expansion.unset.iter().map(|name| format!("-{name}"));
            let names: Vec<String> = expansion.used.iter().cloned().chain(unset).collect();
            write!(text, "   ({})", names.join(" ")).expect("writing to a string works");
        }
        Ok(text)
    });
}

/// Words expanded and split.
#[test]
fn splits() {
    check("splits", |setup, input| {
        let (expander, env) = environment(setup);
        let words = expander.expand_words(input, &env)?;
        Ok(words.iter().map(|word| format!("[{word}]")).collect::<Vec<_>>().concat())
    });
}

/// Mounts; the set-up's variables stand in their fields.
#[test]
fn mounts() {
    check("mounts", |setup, input| {
        let (expander, env) = environment(setup);
        let trigger = parse_trigger(&format!("RUN --mount={input} x"), Lines::new(1, 1))?;
        let Kind::Run(run) = trigger.kind else { unreachable!("a RUN is a RUN") };
        let mut expand = |word: &str| Ok(expander.expand(word, &env)?.text);
        let mount = run.mounts[0].resolve(&mut expand)?;
        let mut text = format!("{} {}", mount.kind, if mount.read_only { "ro" } else { "rw" });
        let texts = [
            ("from", mount.from.clone()),
            ("source", Some(mount.source.clone())),
            ("target", Some(mount.target.clone())),
            ("id", mount.id.clone()),
            ("sharing", mount.sharing.map(|sharing| sharing.as_str().to_owned())),
            ("env", mount.env.as_ref().map(|env| format!("{env:?}"))),
            ("size", (mount.size != 0).then(|| mount.size.to_string())),
            ("mode", mount.mode.map(|mode| format!("{mode:o}"))),
            ("uid", mount.uid.map(|uid| uid.to_string())),
            ("gid", mount.gid.map(|gid| gid.to_string())),
            ("required", mount.required.then(|| "true".to_owned())),
        ];
        for (name, value) in texts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                write!(text, " {name}={value}").expect("writing to a string works");
            }
        }
        Ok(text)
    });
}

/// Instructions behind `FROM a`, as they are printed.
#[test]
fn instructions() {
    check("instructions", |_, input| {
        let dockerfile = Dockerfile::parse(format!("FROM a\n{input}\n").as_bytes())?;
        let [stage] = dockerfile.stages.as_slice() else {
            return Ok(dockerfile.to_string().trim().to_owned());
        };
        let printed: String = stage.instructions.iter().map(ToString::to_string).collect();
        Ok(printed.trim_end().to_owned())
    });
}

/// Whole Dockerfiles, as they are printed.
#[test]
fn dockerfiles() {
    check("dockerfiles", |_, input| {
        Ok(Dockerfile::parse(input.as_bytes())?.to_string().trim().to_owned())
    });
}

/// What the rules find, experimental ones too, with the lines.
#[test]
fn findings() {
    check("findings", |setup, input| {
        let config = Config::parse(setup.first().map_or("experimental=all", String::as_str))?;
        let findings = Dockerfile::parse(input.as_bytes())?.lint(&config);
        let texts = findings.iter().map(|finding| {
            let lines = finding.lines[0];
            format!("{} ({lines}): {}", finding.rule.name, finding.message)
        });
        Ok(texts.collect::<Vec<_>>().join("\n"))
    });
}

/// Which syntax and which lint options a source asks for.
#[test]
fn directives() {
    check("directives", |_, input| {
        let mut texts = Vec::new();
        if let Some(syntax) = detect_syntax(input.as_bytes()) {
            texts.push(format!(
                "syntax [{}] of [{}] on {}",
                syntax.image, syntax.cmdline, syntax.lines
            ));
        }
        texts.extend(detect_check(input.as_bytes()).map(|options| format!("check [{options}]")));
        Ok(texts.join(", "))
    });
}

/// `ONBUILD` triggers of images, as they are printed; their place is lines 7 to 8.
#[test]
fn triggers() {
    check("triggers", |_, input| {
        let trigger = parse_trigger(input, Lines::new(7, 8))?;
        assert_eq!(trigger.lines, Lines::new(7, 8));
        Ok(trigger.to_string().trim_end().to_owned())
    });
}
