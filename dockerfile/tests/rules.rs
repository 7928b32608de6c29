//! The rules' documentation: the examples show what they say they show.

use std::collections::BTreeSet;
use std::path::Path;

use buildkit_dockerfile::Dockerfile;
use buildkit_dockerfile::lint::rule::ALL;
use buildkit_dockerfile::lint::{Config, Rule};

/// The rules that need values: what they find is not known here.
const OF_VALUES: [&str; 14] = [
    "CopyIgnoredFile",
    "ExposeInvalidFormat",
    "ExposeProtoCasing",
    "FromPlatformFlagConstDisallowed",
    "InvalidBaseImagePlatform",
    "InvalidDefaultArgInFrom",
    "JSONArgsRecommended",
    "LegacyKeyValueFormat",
    "MultipleInstructionsDisallowed",
    "RedundantTargetPlatform",
    "SecretsUsedInArgOrEnv",
    "UndefinedArgInFrom",
    "UndefinedVar",
    "WorkdirRelativePath",
];

/// The source file of each rule, by its module's name.
fn documentation() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rule");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the rules are there")
        .map(|entry| entry.expect("a rule can be read").path())
        .map(|path| {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            (stem.to_owned(), std::fs::read_to_string(&path).expect("a rule can be read"))
        })
        .filter(|(name, _)| name != "mod")
        .collect();
    files.sort();
    files
}

/// The example under `heading` in a file's documentation, with a stage where it has none.
fn example(source: &str, heading: &str) -> Option<String> {
    let (_, behind) = source.split_once(&format!("//! {heading}:\n//!\n//! ```dockerfile\n"))?;
    let (example, _) = behind.split_once("//! ```")?;
    let lines = example.lines().map(|line| line.strip_prefix("//! ").unwrap_or_default());
    let example = lines.collect::<Vec<_>>().join("\n");
    Some(if example.contains("FROM ") { example } else { format!("FROM alpine\n{example}") })
}

/// Whether `rule` finds something in `source`.
fn finds(rule: &Rule, source: &str) -> bool {
    let config = Config { experimental_all: true, ..Config::default() };
    // A global argument alone is no Dockerfile.
    let source = if source.contains("\nFROM") || source.starts_with("FROM") {
        source.to_owned()
    } else {
        format!("{source}\nFROM alpine")
    };
    let dockerfile = Dockerfile::parse(source.as_bytes()).expect("the example is right");
    dockerfile.lint(&config).iter().any(|finding| finding.rule == rule)
}

#[test]
fn examples_show_what_they_say() {
    let files = documentation();
    assert_eq!(files.len(), ALL.len());
    for (rule, (file, source)) in ALL.iter().zip(&files) {
        assert!(source.contains(&format!("name: \"{}\"", rule.name)), "{file}: {}", rule.name);
        let found = example(source, "Found").unwrap_or_else(|| panic!("{file} shows no finding"));
        let better = example(source, "Better").unwrap_or_else(|| panic!("{file} shows no way out"));
        let of_values = OF_VALUES.contains(&rule.name);
        assert_eq!(finds(rule, &found), !of_values, "{file}:\n{found}");
        assert!(!finds(rule, &better), "{file}:\n{better}");
    }
}

#[test]
fn rules_are_known_by_their_names() {
    let names: BTreeSet<&str> = ALL.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), ALL.len());
    for rule in ALL {
        assert!(!rule.description.is_empty(), "{}", rule.name);
        let address = "https://docs.docker.com/go/dockerfile/rule/";
        assert!(rule.url.is_empty() || rule.url.starts_with(address), "{}", rule.name);
        assert_eq!(rule.experimental, rule.name == "InvalidDefinitionDescription");
    }
}
