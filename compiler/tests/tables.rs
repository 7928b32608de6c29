//! Tables of errors, and of what aliases come to.

mod common;

use common::{Run, table};

/// What a run came to, by the keys of tables.
fn outcome(run: &Run, key: &str) -> String {
    match (key, &run.result) {
        ("asks", _) => run.images().join(" "),
        ("steps", Ok(_)) => run.names().join(" / "),
        ("at", Err(error)) => {
            let lines = error.locations.iter().map(|lines| {
                if lines.first == lines.last {
                    lines.first.to_string()
                } else {
                    format!("{}-{}", lines.first, lines.last)
                }
            });
            lines.collect::<Vec<_>>().join(" ")
        }
        ("word", Err(error)) => error
            .span
            .map_or_else(String::new, |span| format!("{}:{}", span.start.line, span.start.column)),
        ("hint", Err(error)) => error.hint.as_deref().unwrap_or_default().to_owned(),
        (_, Ok(_)) => "no error".to_owned(),
        (_, Err(error)) => error.message.clone(),
    }
}

/// Runs a table, and fails with all that differs.
fn check(text: &str) {
    let mut failures = Vec::new();
    let cases = table::read(text);
    assert!(!cases.is_empty());
    for case in cases {
        let run = case.build.run();
        assert!(!case.expected.is_empty(), "{} expects nothing", case.name);
        for (key, expected) in case.expected {
            let found = outcome(&run, &key);
            // Hints may be longer than what matters of them.
            let fits = if key == "hint" && !expected.is_empty() {
                found.contains(&expected)
            } else {
                found == expected
            };
            if !fits {
                failures.push(format!("== {}\n{key}: {found}\n  not: {expected}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn errors_say_what_where_and_what_next() {
    check(include_str!("tables/errors.txt"));
}

#[test]
fn aliases_come_to_stages_images_and_contexts() {
    check(include_str!("tables/aliases.txt"));
}
