//! What is printed parses to the same tree, but for places.

mod common;

use std::path::Path;

use buildkit_dockerfile::Dockerfile;
use common::without_places;
use proptest::prelude::*;

/// Parses `source`, prints it and parses that; compares the trees. A source that is wrong is none of
/// this test's business.
fn check(source: &[u8]) -> Result<bool, String> {
    let Ok(parsed) = Dockerfile::parse(source) else { return Ok(false) };
    let printed = parsed.to_string();
    let again = Dockerfile::parse(printed.as_bytes())
        .map_err(|error| format!("{error}\nprinted:\n{printed}"))?;
    let twice = again.to_string();
    let (parsed, again) = (without_places(parsed), without_places(again));
    if parsed != again {
        return Err(format!("printed:\n{printed}\nwas {parsed:#?}\nis {again:#?}"));
    }
    if printed != twice {
        return Err(format!("printed:\n{printed}\nthen:\n{twice}"));
    }
    Ok(true)
}

#[test]
fn the_golden_corpus() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/cases");
    let mut printed = 0;
    for case in std::fs::read_dir(cases).expect("the corpus is there") {
        let path = case.expect("a case's folder can be read").path().join("dockerfile/Dockerfile");
        let Ok(source) = std::fs::read(&path) else { continue };
        match check(&source) {
            Ok(parses) => printed += usize::from(parses),
            Err(difference) => panic!("{}: {difference}", path.display()),
        }
    }
    assert!(printed > 110, "only {printed} Dockerfiles");
}

/// Sources that once did not come out the same, or nearly so.
#[test]
fn odd_sources() {
    for source in [
        // Escapes and blanks where lines end.
        "FROM x\\ \\",
        "FROM a\nENV a\\  b=c",
        "FROM a\nENV 'a  b' c",
        "FROM a\nRUN x\\\\",
        "FROM a\nONBUILD RUN x  \nRUN y",
        "FROM a\nONBUILD RUN x \\ \\",
        "# escape=`\nFROM a\nRUN x `\n  y\nCOPY --chown=\"a b`\"\" x y\n",
        // What looks like flags.
        "FROM -- --x\nRUN -- --y\nENV -- --a=b\nCOPY -- --a --b\nONBUILD -- --x\nRUN -- -- a",
        "FROM a\nRUN --mount=type=bind,source=\"a b\"\\ c,'\"target=/x,y\"' ls",
        "FROM a\nCOPY --exclude=ü --exclude=\"à b\" --exclude=a\\\"b\\\\ x y",
        "FROM a\nRUN --device=required --device=a=b,required --device='\"name=a,b\"' x",
        // Files in words, in JSON, and as heredocs.
        "FROM a\nCOPY [\"a b\", \"c\"]\nCOPY [\"[\\\"a\\\",\", \"\\\"b\\\"]\"]\nCOPY [a b]\n",
        "FROM a\nCOPY <<EOF <<-\"E2\" x /y/\na\nEOF\n\tb\n\tE2\n",
        "FROM a\nCOPY <<EOF <<-EOF /y/\na\nEOF\n\tb\n\tEOF\n",
        "FROM a\nCOPY << EOF /y\nlost\nEOF\nCOPY 'a <<EOF b' /y\nCOPY [\"<<EOF\", \"a\\\"b\", \"/\"]\n",
        "FROM a\nCOPY <<\\-E <<E\\$F <<'-G' /y/\n-E\nE$F\n-G\n",
        "FROM a\nRUN 3<<EOF <<-'E F' cat\na\nEOF\n\tb\n\tE F\n",
        "FROM a\nONBUILD COPY <<-EOF <<B /\n\ta\n\tEOF\nb\nB\n",
        "FROM a\nVOLUME [\" a b \", \"c\"]\nVOLUME [\"x\"]\nEXPOSE 80 --70",
        // Times and counts.
        "FROM a\nHEALTHCHECK --interval=1h --timeout=90s --start-period=1500us --retries=3 CMD x",
        "FROM a\nHEALTHCHECK --foo NONE\nHEALTHCHECK --start-interval=1.5ms cmd [\"x\", \"y z\"]",
        "FROM a\nRUN []\nCMD\nENTRYPOINT []\nSHELL [\"a\"]",
        "# escape=`\nFROM a\nEXPOSE ` \\ \nRUN x",
        // Comments and directives.
        "# syntax=x y \n# check=skip=all\n# a\n\n# b\nFROM a\n  # c\n# escape=`\nRUN x\n#\nRUN y",
        "#!/bin/sh\n# syntax=x\nFROM a",
        "\u{feff}# syntax= \r\nfrom a as B\r\nRUN x \\\r\n\r\n y\r\n",
    ] {
        assert_eq!(check(source.as_bytes()), Ok(true), "{source}");
    }
}

#[test]
fn long_lines_are_broken() {
    let source = format!("FROM a\nRUN {}\nCMD x\n", "echo 'a # b' && ".repeat(10_000).trim_end());
    let broken = source.replace("a # b' && ", "a # b' && \\\n");
    assert_eq!(check(broken.as_bytes()), Ok(true));
}

/// Pieces that Dockerfiles are made of.
const PIECES: &[&str] = &[
    "FROM a\n",
    "from b as C\n",
    "RUN ",
    "run ",
    "COPY ",
    "ADD ",
    "ENV ",
    "LABEL ",
    "ARG ",
    "CMD ",
    "ENTRYPOINT ",
    "HEALTHCHECK ",
    "ONBUILD ",
    "VOLUME ",
    "EXPOSE ",
    "USER ",
    "WORKDIR ",
    "SHELL ",
    "STOPSIGNAL ",
    "MAINTAINER ",
    "\n",
    "\n",
    "\n",
    "\n",
    "\\\n",
    " \\ \n",
    "`\n",
    "\\\\",
    "\\",
    "`",
    "# c\n",
    "#\n",
    " ",
    "  ",
    "\t",
    "\r\n",
    "\"",
    "'",
    "$",
    "${x}",
    "=",
    "a",
    "b",
    "x=1",
    "k=\"v w\"",
    "\"a b\"=c",
    "--from=",
    "--chown=",
    "--link",
    "--link=false ",
    "--exclude=*.go ",
    "--mount=type=bind ",
    "--network=host ",
    "--security=insecure ",
    "--device=a,required ",
    "--interval=5s ",
    "--retries=3 ",
    "-- ",
    "[\"a\"]",
    "[\"a\", \"b c\"]",
    "[]",
    "CMD ",
    "NONE",
    "<<EOF ",
    "<<-EOF ",
    "<<\"EOF\" ",
    "3<<E ",
    "<< E ",
    "\nEOF\n",
    "\n\tEOF\n",
    "\nE\n",
    "ü",
    "漢",
    "/src",
    "/dst ",
    "80/tcp ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn pieces(
        escape in any::<bool>(),
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..16),
    ) {
        let head = if escape { "FROM a\n" } else { "# escape=`\nFROM a\n" };
        let source = format!("{head}{}", pieces.concat());
        if let Err(difference) = check(source.as_bytes()) {
            prop_assert!(false, "{source:?}\n{difference}");
        }
    }

    #[test]
    fn whatever_text(source in "(?s)(FROM a\n)?((RUN|COPY|ENV|ONBUILD|#)[ -~\n\t漢ü]{0,40}\n){0,4}") {
        if let Err(difference) = check(source.as_bytes()) {
            prop_assert!(false, "{source:?}\n{difference}");
        }
    }
}
