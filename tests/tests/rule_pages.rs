//! The manual's page on every lint rule, and the list of them.
//!
//! A rule's page is made from the documentation of its file, so that there is one text to keep true. The tests fail
//! where a page is missing, out of date, or about a rule that is gone. `UPDATE_RULE_PAGES=1` writes the pages instead:
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
/// What the file of a rule says.
const DECLARATION: &str = "pub static RULE: Rule = Rule {";
/// Where the reference documents its rules.
const REFERENCE_PAGES: &str = "https://docs.docker.com/";

/// A rule, as its file describes it.
#[derive(Debug)]
struct Rule {
    name: String,
    description: String,
    url: String,
    experimental: bool,
    /// What it finds: the first line of its documentation, behind the name.
    summary: String,
    /// The rest of the documentation.
    body: String,
}

impl Rule {
    /// The rule in the text of a file; `None` where it holds none.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        let (above, declaration) = text.split_once(DECLARATION)?;
        Some(Self::of(above, declaration))
    }

    fn of(above: &str, declaration: &str) -> Result<Self, String> {
        let documentation: Vec<&str> = above
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let documentation = documentation.join("\n");
        let (paragraph, body) = documentation.split_once("\n\n").unwrap_or((&documentation, ""));
        let name = field(declaration, "name").ok_or("no name")?;
        let summary = paragraph
            .strip_prefix(&format!("`{name}`: "))
            .ok_or_else(|| format!("the documentation does not start with `{name}`: "))?;
        Ok(Self {
            description: field(declaration, "description").ok_or("no description")?,
            url: field(declaration, "url").ok_or("no url")?,
            experimental: declaration
                .split_once("experimental: ")
                .is_some_and(|(_, value)| value.starts_with("true")),
            summary: capitalized(&summary.replace('\n', " ")),
            body: body.trim().to_owned(),
            name,
        })
    }

    /// Whether the reference has it too.
    fn is_of_reference(&self) -> bool {
        self.url.is_empty() || self.url.starts_with(REFERENCE_PAGES)
    }

    /// The page.
    fn page(&self) -> String {
        let Self { name, description, summary, body, .. } = self;
        let mut page =
            format!("# {name}\n\n> {description}\n\n{summary}\n\n{body}\n\n## Settings\n\n");
        let setting = if self.experimental {
            format!(
                "The rule is experimental: it runs only where it is asked for, with \
                 `# check=experimental={name}` at the top of the Dockerfile, or with the build argument \
                 `BUILDKIT_DOCKERFILE_CHECK=experimental={name}`.\n"
            )
        } else {
            format!(
                "The rule always runs. `# check=skip={name}` at the top of the Dockerfile turns it off, and so does \
                 the build argument `BUILDKIT_DOCKERFILE_CHECK=skip={name}`.\n"
            )
        };
        page.push_str(&wrapped(&setting));
        if !self.is_of_reference() {
            page.push_str("\nOther frontends don't have this rule.\n");
        } else if self.url.is_empty() {
            page.push_str("\nThe stock frontend has the same rule, without a page of its own.\n");
        } else {
            let _ =
                writeln!(page, "\nThe stock frontend has the same rule: [its page]({}).", self.url);
        }
        page
    }
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
        let text = fs::read_to_string(&file).unwrap();
        let Some(rule) = Rule::parse(&text) else { continue };
        let rule = rule.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let stem = file.file_stem().unwrap().to_string_lossy().replace('_', "-");
        assert!(
            rules.insert(format!("{stem}.md"), rule).is_none(),
            "two rules have the page {stem}"
        );
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
fn expected() -> BTreeMap<String, String> {
    let rules = rules();
    assert!(!rules.is_empty(), "no rules found");
    let mut pages: BTreeMap<String, String> =
        rules.iter().map(|(page, rule)| (page.clone(), rule.page())).collect();
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
    let expected = expected();
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
fn a_rule_is_read_from_its_file() {
    let text = "//! `SomeRule`: things\n//! of some kind.\n//!\n//! Why.\n\npub static RULE: Rule = Rule {\n    \
                name: \"SomeRule\",\n    description: \"Say \\\"yes\\\", \\\n        please\",\n    url: \"\",\n    \
                experimental: true,\n};\n";
    let rule = Rule::parse(text).unwrap().unwrap();
    assert_eq!(rule.name, "SomeRule");
    assert_eq!(rule.description, "Say \"yes\", please");
    assert_eq!(rule.summary, "Things of some kind.");
    assert_eq!(rule.body, "Why.");
    assert!(rule.experimental && rule.is_of_reference());
    assert!(Rule::parse("//! Nothing\n").is_none());
    assert!(Rule::parse(&text.replace("`SomeRule`:", "Some")).unwrap().is_err());
}
