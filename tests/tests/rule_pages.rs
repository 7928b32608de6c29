//! The manual's page on every lint rule, and the list of them.
//!
//! A rule with a file of its own is documented there, and its page is made from that. A rule that shares its file with
//! others has a short documentation there, which its page starts with; the rest of the page is written by hand. The tests
//! fail where a page is missing, out of date, or about a rule that is gone. `UPDATE_RULE_PAGES=1` writes what is made:
//!
//! ```text
//! UPDATE_RULE_PAGES=1 cargo test -p aliasfront-tests --test rule_pages
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Where the rules are.
const SOURCES: [&str; 2] = ["dockerfile/src", "compiler/src"];
/// Where their pages are.
const PAGES: &str = "docs/rules";
/// The page that lists them.
const INDEX: &str = "README.md";
/// What stands between the name of a rule's static and its fields.
const DECLARATION: &str = ": Rule = Rule {";
/// The static of a rule with a file of its own.
const OWN_FILE: &str = "RULE";
/// The heading behind which pages tell how a rule is turned on or off.
const SETTINGS: &str = "\n## Settings\n";
/// Where the reference documents its rules.
const REFERENCE_PAGES: &str = "https://docs.docker.com/";

/// A rule, as it is described where it is declared.
#[derive(Debug)]
struct Rule {
    name: String,
    description: String,
    url: String,
    experimental: bool,
    /// What it finds: the first paragraph of its documentation.
    summary: String,
    /// The rest of the documentation; `None` where the page says it.
    body: Option<String>,
    /// The name of its page.
    page: String,
}

impl Rule {
    /// The rules in the text of a file, called `stem`.
    fn parse_all(stem: &str, text: &str) -> Result<Vec<Self>, String> {
        let declarations = text.match_indices(DECLARATION).map(|(at, _)| text.split_at(at));
        declarations
            .filter_map(|(above, declaration)| {
                let (above, name) = above.rsplit_once("pub static ")?;
                Some(Self::parse(stem, above, name, declaration))
            })
            .collect()
    }

    fn parse(stem: &str, above: &str, variable: &str, declaration: &str) -> Result<Self, String> {
        let name = field(declaration, "name").ok_or("a rule without a name")?;
        let is_own_file = variable == OWN_FILE;
        let documentation = if is_own_file {
            comment(above.lines(), "//!")
        } else {
            let mut lines: Vec<&str> =
                above.lines().rev().take_while(|line| line.starts_with("///")).collect();
            lines.reverse();
            comment(lines.into_iter(), "///")
        };
        let (summary, body) = documentation.split_once("\n\n").unwrap_or((&documentation, ""));
        let summary = match summary.strip_prefix(&format!("`{name}`: ")) {
            Some(summary) => summary,
            None if is_own_file => {
                return Err(format!("the documentation of {name} does not start with `{name}`: "));
            }
            None => summary,
        };
        if summary.is_empty() {
            return Err(format!("{name} is not documented"));
        }
        let stem = if is_own_file { stem.to_owned() } else { variable.to_lowercase() };
        Ok(Self {
            description: field(declaration, "description").ok_or("a rule without a description")?,
            url: field(declaration, "url").ok_or("a rule without a url")?,
            experimental: declaration
                .split_once("experimental: ")
                .is_some_and(|(_, value)| value.starts_with("true")),
            summary: capitalized(&summary.replace('\n', " ")),
            body: is_own_file.then(|| body.trim().to_owned()),
            page: format!("{}.md", stem.replace('_', "-")),
            name,
        })
    }

    /// Whether the reference has it too.
    fn is_of_reference(&self) -> bool {
        self.url.is_empty() || self.url.starts_with(REFERENCE_PAGES)
    }

    /// The page; what is written by hand is taken from the page as it is.
    fn page(&self, current: Option<&str>) -> String {
        let Self { name, description, summary, .. } = self;
        let head = format!("# {name}\n\n> {description}\n\n{}", wrapped(summary));
        let body = match (&self.body, current) {
            (Some(body), _) => format!("\n{body}\n"),
            (None, Some(current)) => {
                let written = current.split_once(SETTINGS).map_or(current, |(written, _)| written);
                written.strip_prefix(&head).unwrap_or("\n").to_owned()
            }
            (None, None) => "\n".to_owned(),
        };
        format!("{head}{body}{SETTINGS}\n{}", self.settings())
    }

    /// How the rule is turned on or off, and whether others have it.
    fn settings(&self) -> String {
        let Self { name, experimental, url, .. } = self;
        let setting = if *experimental {
            format!(
                "The rule is experimental: it runs only where it is asked for, with \
                 `# check=experimental={name}` at the top of the Dockerfile, or with the build argument \
                 `BUILDKIT_DOCKERFILE_CHECK=experimental={name}`."
            )
        } else {
            format!(
                "The rule always runs. `# check=skip={name}` at the top of the Dockerfile turns it off, and so does \
                 the build argument `BUILDKIT_DOCKERFILE_CHECK=skip={name}`."
            )
        };
        let whose = match (self.is_of_reference(), url.as_str()) {
            (true, "") => {
                "The stock frontend has the same rule, without a page of its own.\n".to_owned()
            }
            (true, url) => format!("The stock frontend has the same rule: [its page]({url}).\n"),
            (false, _) => wrapped(
                "Only this frontend has the rule. Its findings never fail a build, also not with `error=true`: what \
                 the stock frontend builds, this one builds. `--call=check` counts them like any other.",
            ),
        };
        format!("{}\n{whose}", wrapped(&setting))
    }
}

/// The text of comment lines at the start of `lines`.
fn comment<'a>(lines: impl Iterator<Item = &'a str>, prefix: &str) -> String {
    let lines: Vec<&str> = lines
        .map_while(|line| line.strip_prefix(prefix))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The text of a field of a rule's declaration.
fn field(declaration: &str, name: &str) -> Option<String> {
    let (_, rest) = declaration.split_once(&format!("{name}:"))?;
    let mut characters = rest.trim_start().strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => match characters.next()? {
                // The string goes on where the next line has something.
                '\n' => {
                    let rest = characters.as_str().trim_start();
                    characters = rest.chars();
                }
                escaped => text.push(escaped),
            },
            plain => text.push(plain),
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Text in lines of the manual's width, each code span on one line.
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below a folder.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Every rule by the name of its page.
fn rules() -> BTreeMap<String, Rule> {
    let mut files = Vec::new();
    for source in SOURCES {
        rust_files(&root().join(source), &mut files).unwrap();
    }
    let mut rules = BTreeMap::new();
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let found = Rule::parse_all(&stem, &fs::read_to_string(&file).unwrap());
        for rule in found.unwrap_or_else(|error| panic!("{}: {error}", file.display())) {
            let page = rule.page.clone();
            assert!(rules.insert(page.clone(), rule).is_none(), "two rules have the page {page}");
        }
    }
    rules
}

fn index(rules: &BTreeMap<String, Rule>) -> String {
    let mut index = "# Lint rules\n\n".to_owned();
    index.push_str(&wrapped(
        "Rules run in every build, and warn. `docker buildx build --call=check .` runs them without building. Some rules \
         need only the text; the others look at the stages that are built, and with `--call=check` without \
         `--target` at all stages.",
    ));
    index.push_str(
        "\n```dockerfile\n# check=skip=JSONArgsRecommended,StageNameCasing;error=true\n```\n\n",
    );
    index.push_str(&wrapped(
        "at the top of a Dockerfile skips rules and makes the findings of the others fail the build; `skip=all` skips \
         every rule, `experimental=NAME` or `experimental=all` adds experimental ones. The build argument \
         `BUILDKIT_DOCKERFILE_CHECK` takes the same text and replaces the line. A comment \
         `# check=skip=NAME` right above an instruction is heeded by the rules that look at single instructions.",
    ));
    let own: Vec<_> = rules.iter().filter(|(_, rule)| !rule.is_of_reference()).collect();
    if !own.is_empty() {
        index.push_str("\n## Rules of this frontend\n\n");
        list(&mut index, &own);
    }
    index.push_str("\n## Rules of the stock frontend\n\n");
    index.push_str(&wrapped(
        "Names, texts and defaults are the same as in `docker/dockerfile`, so that configuration and tools keep \
         working.",
    ));
    index.push('\n');
    list(&mut index, &rules.iter().filter(|(_, rule)| rule.is_of_reference()).collect::<Vec<_>>());
    index
}

fn list(index: &mut String, rules: &[(&String, &Rule)]) {
    index.push_str("| rule | finds | runs |\n|---|---|---|\n");
    for (page, Rule { name, summary, experimental, .. }) in rules {
        let runs = if *experimental { "when asked for" } else { "always" };
        let summary = summary.trim_end_matches('.').replace('|', "\\|");
        let _ = writeln!(index, "| [{name}]({page}) | {summary} | {runs} |");
    }
}

/// What the folder of pages should hold.
fn expected(actual: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let rules = rules();
    assert!(!rules.is_empty(), "no rules found");
    let mut pages: BTreeMap<String, String> = rules
        .iter()
        .map(|(page, rule)| (page.clone(), rule.page(actual.get(page).map(String::as_str))))
        .collect();
    pages.insert(INDEX.to_owned(), index(&rules));
    pages
}

fn actual() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(root().join(PAGES)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        pages.insert(name, fs::read_to_string(&path).unwrap());
    }
    pages
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let expected = expected(&actual());
    let folder = root().join(PAGES);
    if env::var_os("UPDATE_RULE_PAGES").is_some() {
        for page in actual().keys().filter(|page| !expected.contains_key(*page)) {
            fs::remove_file(folder.join(page)).unwrap();
        }
        for (page, text) in &expected {
            fs::write(folder.join(page), text).unwrap();
        }
    }
    let actual = actual();
    for (page, text) in &expected {
        let found = actual.get(page);
        assert!(found.is_some(), "{PAGES}/{page} is missing: set UPDATE_RULE_PAGES=1");
        assert!(found == Some(text), "{PAGES}/{page} is out of date: set UPDATE_RULE_PAGES=1");
    }
    for page in actual.keys() {
        assert!(
            expected.contains_key(page),
            "{PAGES}/{page} is about no rule: set UPDATE_RULE_PAGES=1"
        );
    }
}

#[test]
fn pages_of_this_project_s_own_rules_are_where_their_findings_say() {
    for (page, rule) in rules().iter().filter(|(_, rule)| !rule.is_of_reference()) {
        assert!(rule.url.ends_with(&format!("/{PAGES}/{page}")), "{}: {}", rule.name, rule.url);
    }
}

#[test]
fn pages_of_this_project_s_own_rules_say_more_than_their_rule() {
    let pages = actual();
    for (page, rule) in rules().iter().filter(|(_, rule)| rule.body.is_none()) {
        let text = pages.get(page).map_or("", String::as_str);
        assert!(text.contains("```"), "{PAGES}/{page}, the page of {}, shows nothing", rule.name);
    }
}

#[test]
fn rules_are_read_from_their_files() {
    let text = "//! `SomeRule`: things\n//! of some kind.\n//!\n//! Why.\n\npub static RULE: Rule = Rule {\n    \
                name: \"SomeRule\",\n    description: \"Say \\\"yes\\\", \\\n        please\",\n    url: \"\",\n    \
                experimental: true,\n};\n";
    let rules = Rule::parse_all("some_rule", text).unwrap();
    let [rule] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!(rule.name, "SomeRule");
    assert_eq!(rule.page, "some-rule.md");
    assert_eq!(rule.description, "Say \"yes\", please");
    assert_eq!(rule.summary, "Things of some kind.");
    assert_eq!(rule.body.as_deref(), Some("Why."));
    assert!(rule.experimental && rule.is_of_reference());
    assert!(Rule::parse_all("some_rule", &text.replace("`SomeRule`:", "Some")).is_err());
    assert!(Rule::parse_all("other", "//! Nothing\n").unwrap().is_empty());

    let shared = "/// One thing.\n///\n/// Do better.\npub static ONE_RULE: Rule = Rule {\n    name: \"OneRule\",\n    \
                  description: \"d\",\n    url: \"https://example.com\",\n    experimental: false,\n};\n";
    let rules =
        Rule::parse_all("rule", &format!("{shared}{}", shared.replace("ONE", "TWO"))).unwrap();
    let pages: Vec<&str> = rules.iter().map(|rule| rule.page.as_str()).collect();
    assert_eq!(pages, ["one-rule.md", "two-rule.md"]);
    assert_eq!(rules[1].summary, "One thing.");
    assert!(rules.iter().all(|rule| rule.body.is_none() && !rule.is_of_reference()));
}
