//! What must not be in the executable, since every builder that meets the syntax line pulls it.

use std::collections::HashSet;
use std::path::Path;

use aliasfront_tests::frontend;

/// Shorter lines of pages may be in the executable by chance, or as the text of a finding.
const LONG: usize = 60;

/// The lines of the text that only the rules' pages have: no headings, no quoted descriptions, no code, no settings.
fn lines_of_pages() -> HashSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules");
    let mut lines = HashSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let (text, _) = page.split_once("\n## Settings").unwrap_or(("", ""));
        let text = text.split("```").step_by(2).flat_map(str::lines);
        lines.extend(
            text.filter(|line| line.len() >= LONG && !line.starts_with(['#', '>']))
                .map(str::to_owned),
        );
    }
    lines
}

#[test]
fn pages_of_rules_are_not_in_it() {
    let executable = std::fs::read(frontend::binary()).unwrap();
    let lines = lines_of_pages();
    assert!(lines.len() > 50, "the pages have no text: {lines:?}");
    // Strings in an executable have no ends: each place where a line could start is looked up. Few can, by their first
    // two bytes.
    let starts: HashSet<&[u8]> = lines.iter().map(|line| &line.as_bytes()[..LONG]).collect();
    let key = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    let mut possible = vec![false; 1 << 16];
    for start in &starts {
        possible[key(start)] = true;
    }
    let found: Vec<_> = executable
        .windows(LONG)
        .filter(|window| possible[key(window)] && starts.contains(window))
        .map(String::from_utf8_lossy)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// What the command line and the tests are made of, and the executable isn't: crates, and features of crates that it has.
const NOT_IN_IT: [&str; 11] = [
    "annotate-snippets ",
    "chrono ",
    "clap ",
    "oci-client ",
    "regex ",
    "reqwest ",
    "ring ",
    "rustls ",
    "url ",
    "tokio feature \"net\"",
    "hyper feature \"server\"",
];

#[test]
fn nothing_of_the_command_line_is_in_it() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["tree", "--offline", "--locked", "-p", "aliasfront-frontend", "--prefix", "none"])
        .args(["-e", "normal,features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("tokio feature \"sync\""), "{tree}");
    let found: Vec<&str> =
        tree.lines().filter(|line| NOT_IN_IT.iter().any(|name| line.starts_with(name))).collect();
    assert!(found.is_empty(), "{found:#?}");
}
