//! No input takes the parser, the expander or the printer down.

use buildkit_dockerfile::expand::{EnvList, Expander};
use buildkit_dockerfile::instruction::Kind;
use buildkit_dockerfile::{Lines, detect_check, detect_syntax, parse, parse_trigger};
use proptest::prelude::*;

/// Runs everything that reads Dockerfiles on `source`.
fn read(source: &[u8]) {
    detect_syntax(source);
    detect_check(source);
    if let Ok(dockerfile) = parse(source) {
        let printed = dockerfile.to_string();
        if printed.is_ascii() {
            let again = parse(printed.as_bytes()).expect("what is printed parses");
            assert_eq!(again.stages.len(), dockerfile.stages.len());
            assert_eq!(again.to_string(), printed);
        }
        for instruction in dockerfile.stages.iter().flat_map(|stage| &stage.instructions) {
            if let Kind::Run(run) = &instruction.kind {
                for mount in &run.mounts {
                    let _ = mount.resolve(&mut |word| Ok(word.to_owned()));
                }
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(source) {
        let _ = parse_trigger(text, Lines::new(1, 1));
    }
}

/// Bytes that mean something, and some that do not.
const PIECES: &[&[u8]] = &[
    b"FROM a\n",
    b"RUN ",
    b"COPY ",
    b"ENV ",
    b"ONBUILD ",
    b"HEALTHCHECK ",
    b"ARG ",
    b"\n",
    b"\\\n",
    b"`\n",
    b"\\",
    b"\"",
    b"'",
    b"$",
    b"${",
    b"}",
    b"<<EOF",
    b"<<-",
    b"EOF\n",
    b"--mount=",
    b"--a=",
    b" ",
    b"=",
    b"# escape=`\n",
    b"# syntax=",
    b"[",
    b"]",
    b"\xc3",
    b"\xa0",
    b"\x85",
    b"\xe3\x80\x80",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\0",
    b"a",
    b",",
    b"//",
    b"{\"syntax\":\"x\"}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes(source in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&source);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        read(&pieces.concat());
    }

    #[test]
    fn any_word(
        word in r#"([$\{}:+?#%/*\\`"' <a-c]|\$\{[ab](:?[-+?]|##?|%%?|//?)|ü|\PC){0,16}"#,
        (a, b) in (".{0,8}", ".{0,8}"),
        flags in any::<[bool; 5]>(),
    ) {
        let env = EnvList::from_iter([("a", a), ("b", b)]);
        let expander = Expander {
            escape: if flags[0] { '`' } else { '\\' },
            raw_quotes: flags[1],
            raw_escapes: flags[2],
            skip_process_quotes: flags[3],
            skip_unset: flags[4],
        };
        let expanded = expander.expand(&word, &env);
        let words = expander.expand_words(&word, &env);
        prop_assert_eq!(expanded.is_ok(), words.is_ok());
    }

    /// Spans lie in the source, and what they cover is the word, but for continuations.
    #[test]
    fn spans_cover_their_words(
        before in "( |\t|\\\\\n| \\\\\n\n ){0,3}",
        word in "[a-zü/.]{1,8}",
        value in "[a-zü/]{1,8}",
    ) {
        let source = format!("FROM a\nCOPY --from={value}x {before} {word} /d\n");
        let dockerfile = parse(source.as_bytes()).expect("the source is right");
        let Kind::Copy(copy) = &dockerfile.stages[0].instructions[0].kind else { unreachable!() };
        let lines: Vec<&str> = source.lines().collect();
        for word in copy.files.sources.iter().chain([&copy.files.destination]) {
            let (start, end) = (word.span.start, word.span.end);
            prop_assert_eq!(start.line, end.line);
            let line = lines[start.line as usize - 1];
            prop_assert_eq!(&line[start.column as usize..end.column as usize], &word.text);
        }
    }
}

/// Inputs that once were trouble, or are the kind that would be.
#[test]
fn troublesome_inputs() {
    for source in [
        "",
        "\u{feff}",
        "\\",
        "\\\n\\",
        "FROM",
        "FROM \u{3000}a",
        "\u{3000}#x\nFROM a",
        "FROM a\nRUN --a=à b",
        "FROM a\nRUN --a=\u{2163} b",
        "FROM a\nRUN --\u{85}x b",
        "FROM a\nHEALTHCHECK à",
        "FROM a\nENV \\",
        "FROM a\nENV a=\\\\\\",
        "FROM a\nONBUILD \u{a0}",
        "\u{a0}ONBUILD RUN x",
        "FROM a\nCOPY <<'' <<\"\" <<-\\  /x\n",
        "FROM a\nRUN <<\\\nEOF\n",
        "FROM a\nRUN 99999999999999999999<<EOF\nEOF\n",
    ] {
        read(source.as_bytes());
    }
}

/// Bytes that are not UTF-8 are refused where they would reach the graph, and only there.
#[test]
fn bytes_that_are_not_utf8() {
    for source in [
        b"# M\xfcller\nFROM a".as_slice(),
        b"FROM a\nMAINTAINER M\xfcller",
        b"FROM a\nLABEL a=\xff\xfe",
        b"FROM a\nRUN a \\\n# \xfc\n b",
        // The character that stands for such bytes elsewhere is itself here.
        b"# M\xfcller\nFROM a\nRUN \xef\xbf\xbd",
        b"FROM a\nRUN \xef\xbf\xbd \\\n# \xfc\n b",
        b"FROM a\nRUN <<EOF\n\xef\xbf\xbd\nEOF\n# \xfc",
    ] {
        assert!(parse(source).is_ok(), "{source:?}");
    }
    for source in [
        b"FROM \xff".as_slice(),
        b"FROM a\nRUN \xff",
        b"FROM a\nCOPY \xff b",
        b"FROM a\nRUN <<EOF\n\xff\nEOF",
        b"FROM a\nRUN a \\\n \xff",
        b"FROM a\nWORKDIR \xff",
    ] {
        let message = parse(source).expect_err("it is refused").message;
        assert!(message.ends_with("holds bytes that are not UTF-8"), "{message}");
    }
}
