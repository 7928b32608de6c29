//! Errors say what kind of error they are.

use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::lint::Config;
use buildkit_dockerfile::{ErrorKind, parse};

#[test]
fn of_parsing() {
    let cases = [
        ("", ErrorKind::Syntax),
        ("RUN a\n", ErrorKind::Syntax),
        ("FROM a\nCOPY a\n", ErrorKind::Syntax),
        ("FROM a\nNOPE\n", ErrorKind::UnknownInstruction),
        ("FROM a\nCOPY --nope a b\n", ErrorKind::UnknownFlag),
        ("FROM a\nCOPY --link=maybe a b\n", ErrorKind::Syntax),
    ];
    for (source, kind) in cases {
        let error = parse(source.as_bytes()).expect_err(source);
        assert_eq!(error.kind, kind, "{source:?}: {error}");
    }
}

#[test]
fn of_expanding() {
    let nested = "${a:-".repeat(200);
    let cases = [
        ("${", ErrorKind::Expansion),
        ("${a:?no}", ErrorKind::Expansion),
        ("'a", ErrorKind::Expansion),
        (nested.as_str(), ErrorKind::Limit),
    ];
    for (word, kind) in cases {
        let error = Expander::new('\\').expand(word, &EnvList::default()).expect_err(word);
        assert_eq!(error.kind, kind, "{word:?}: {error}");
    }
}

#[test]
fn of_options() {
    let error = Config::parse("nope").expect_err("no option");
    assert_eq!(error.kind, ErrorKind::Syntax);
}
