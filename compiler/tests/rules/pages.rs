//! The manual's page of every rule, and the list of them: made from the rules' constants. `UPDATE_RULE_PAGES=1` writes
//! them:
//!
//! ```text
//! UPDATE_RULE_PAGES=1 cargo test -p aliasfront-compiler --test rules
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use aliasfront_compiler::lint::rule::{self as own, is_own};
use buildkit_dockerfile::lint::{Documentation, Example, Rule, rule as reference};

use crate::all;

/// Where the pages are, below the root of the repository.
const PAGES: &str = "docs/rules";
/// The page that lists them.
const INDEX: &str = "README.md";

/// The name of a rule's page: `JSONArgsRecommended` is in `json-args-recommended.md`.
pub(crate) fn file_name(rule: &Rule) -> String {
    let letters: Vec<char> = rule.name.chars().collect();
    let mut name = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
        if at > 0 && letter.is_ascii_uppercase() && (is_lower(at - 1) || is_lower(at + 1)) {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name + ".md"
}

fn page(documentation: &Documentation) -> String {
    let Documentation { rule, finds, why, examples, more } = documentation;
    let mut page =
        format!("# {}\n\n> {}\n\n{finds}.\n\n{}", rule.name, rule.description, text(why));
    for example in *examples {
        page += &shown(example);
    }
    if !more.is_empty() {
        page += &format!("\n{}", text(more));
    }
    page + "\n## Settings\n\n" + &settings(rule)
}

/// An example with what it is built with.
fn shown(example: &Example) -> String {
    let side = if example.is_found { "Found" } else { "Better" };
    let flags: Vec<String> =
        example.flags.iter().map(|(flag, value)| format!("`{flag} {value}`")).collect();
    let ignored = format!("`{}` in `.dockerignore`", example.ignored);
    let with = match (flags.as_slice(), example.ignored) {
        ([], "") => String::new(),
        ([], _) => format!(", with {ignored}"),
        (flags, "") => format!(", with {}", flags.join(" and ")),
        (flags, _) => format!(", with {} and {ignored}", flags.join(", ")),
    };
    format!("\n{}\n```dockerfile\n{}```\n", wrapped(&format!("{side}{with}:")), example.dockerfile)
}

/// How the rule is turned on or off, and whether others have it.
fn settings(rule: &Rule) -> String {
    let Rule { name, experimental, url, .. } = rule;
    let setting = if *experimental {
        format!(
            "The rule is experimental: it runs only where it is asked for, with `# check=experimental={name}` at the top \
             of the Dockerfile, or with the build argument `BUILDKIT_DOCKERFILE_CHECK=experimental={name}`."
        )
    } else {
        format!(
            "The rule always runs. `# check=skip={name}` at the top of the Dockerfile turns it off, and so does the \
             build argument `BUILDKIT_DOCKERFILE_CHECK=skip={name}`."
        )
    };
    let whose = if is_own(rule) {
        wrapped(
            "Only this frontend has the rule. Its findings never fail a build, also not with `error=true`: what the \
             stock frontend builds, this one builds. `--call=check` counts them like any other.",
        )
    } else if url.is_empty() {
        "The stock frontend has the same rule, without a page of its own.\n".to_owned()
    } else {
        format!("The stock frontend has the same rule: [its page]({url}).\n")
    };
    format!("{}\n{whose}", wrapped(&setting))
}

fn index() -> String {
    let mut index = "# Lint rules\n\n".to_owned();
    index += &wrapped(
        "Rules run in every build, and warn. `docker buildx build --call=check .` runs them without building. Rules \
         that need only the text look at the whole Dockerfile. The others look at the stages that the target needs; \
         `--call=check` without `--target` makes them look at every stage of the Dockerfile, also at those that no \
         build of the last stage would need, and at what these start from: their images are looked up. Where a page \
         says otherwise, that holds.",
    );
    index +=
        "\n```dockerfile\n# check=skip=JSONArgsRecommended,StageNameCasing;error=true\n```\n\n";
    index += &wrapped(
        "at the top of a Dockerfile skips rules and makes the findings of the others fail the build; `skip=all` skips \
         every rule, `experimental=NAME` or `experimental=all` adds experimental ones. The build argument \
         `BUILDKIT_DOCKERFILE_CHECK` takes the same text and replaces the line. A comment \
         `# check=skip=NAME` right above an instruction is heeded by the rules that look at single instructions.",
    );
    index += &format!("\n## Rules of this frontend\n\n{}", list(&own::ALL));
    index += "\n## Rules of the stock frontend\n\n";
    index += &wrapped(
        "Names, texts and defaults are the same as in `docker/dockerfile`, so that configuration and tools keep working.",
    );
    index + "\n" + &list(&reference::ALL)
}

fn list(rules: &[Documentation]) -> String {
    let mut list = "| rule | finds | runs |\n|---|---|---|\n".to_owned();
    for Documentation { rule, finds, .. } in rules {
        let runs = if rule.experimental { "when asked for" } else { "always" };
        let (name, page, finds) = (rule.name, file_name(rule), finds.replace('|', "\\|"));
        let _ = writeln!(list, "| [{name}]({page}) | {finds} | {runs} |");
    }
    list
}

/// Paragraphs and blocks of code.
fn text(markdown: &str) -> String {
    format!("{}\n", markdown.trim())
}

/// A paragraph in lines of the manual's width, each code span on one line.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 115;
    let mut in_code = false;
    let pieces = text.trim().split(|character: char| {
        in_code ^= character == '`';
        !in_code && character.is_whitespace()
    });
    let mut wrapped = String::new();
    let mut column = 0;
    for piece in pieces {
        let length = piece.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(piece);
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGES)
}

/// The pages as they are.
fn actual() -> BTreeMap<String, String> {
    let files = fs::read_dir(folder()).expect("the manual is there");
    files
        .map(|entry| {
            let path = entry.expect("a page can be read").path();
            let name = path.file_name().expect("a page has a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a page can be read"))
        })
        .collect()
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let mut expected: BTreeMap<String, String> = all()
        .iter()
        .map(|documentation| (file_name(documentation.rule), page(documentation)))
        .collect();
    expected.insert(INDEX.to_owned(), index());
    if env::var_os("UPDATE_RULE_PAGES").is_some() {
        for page in actual().keys().filter(|page| !expected.contains_key(*page)) {
            fs::remove_file(folder().join(page)).expect("a page can be removed");
        }
        for (page, text) in &expected {
            fs::write(folder().join(page), text).expect("a page can be written");
        }
    }
    let actual = actual();
    for page in expected.keys().chain(actual.keys()) {
        assert!(
            expected.get(page) == actual.get(page),
            "{PAGES}/{page} is not what its rule says: set UPDATE_RULE_PAGES=1"
        );
    }
}

#[test]
fn pages_are_named_after_their_rules() {
    let name = |name| file_name(&Rule { name, description: "", url: "", experimental: false });
    assert_eq!(name("JSONArgsRecommended"), "json-args-recommended.md");
    assert_eq!(name("AliasAsTarget"), "alias-as-target.md");
}
