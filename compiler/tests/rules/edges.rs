//! Where the project's own rules find something, and above all where they don't.

use aliasfront_compiler::lint::rule::is_own;

use crate::common::{Build, compile, config};

/// What the project's own rules find, as `RULE@LINE`.
fn found(build: Build) -> Vec<String> {
    let run = build.lint().run();
    assert!(run.result.is_ok(), "{:?}", run.result.err());
    let own = run.findings.iter().filter(|finding| is_own(finding.rule));
    own.map(|finding| format!("{}@{}", finding.rule.name, finding.lines[0].first)).collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (dockerfile, expected) in cases {
        assert_eq!(found(compile(*dockerfile)), *expected, "{dockerfile}");
    }
}

#[test]
fn arguments_that_a_stage_does_not_see() {
    const RUN: &[&str] = &["ArgNotInStage@3"];
    check(&[
        ("ARG A=1\nFROM a\nRUN echo $A\nRUN echo $A\n", RUN),
        ("ARG A=1\nFROM a\nCOPY $A /\nRUN echo $A\n", RUN),
        ("ARG A=1\nFROM a\nRUN <<EOF\necho $A\nEOF\n", RUN),
        ("ARG A=1\nFROM a\nRUN <<'EOF'\necho $A\nEOF\n", RUN),
        ("ARG A=1\nFROM a\nRUN cat <<EOF\n'$A'\nEOF\n", RUN),
        ("ARG A=1\nFROM a\nRUN echo \\\n  # it's\n  $A\n", RUN),
        ("ARG A=1\nFROM a\nRUN cat <<'EOF'\n$A\nEOF\n", &[]),
        ("ARG A=1\nFROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint('$A', \"$A\")\nEOF\n", &[]),
        ("ARG A=1\nFROM a\nARG A\nRUN echo $A\n", &[]),
        ("ARG A=1\nFROM a\nENV A=2\nRUN echo $A\n", &[]),
        ("ARG A=1\nFROM a AS b\nARG A\nFROM b\nRUN echo $A\n", &[]),
        ("ARG A=1\nFROM a\nRUN --mount=type=secret,id=x,env=A echo $A\n", &[]),
        ("ARG A=1\nFROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN echo $A\n", &[]),
        ("ARG A=1\nFROM a\nRUN [\"echo\", \"$A\"]\n", &[]),
        ("ARG A=1\nFROM a\n# check=skip=ArgNotInStage\nRUN echo $A\n", &[]),
        ("ARG HTTP_PROXY\nFROM a\nRUN echo $HTTP_PROXY $http_proxy\n", &[]),
        ("FROM a\nRUN echo $OTHER\n", &[]),
        (
            "FROM a AS b\nRUN echo $TARGETARCH\nFROM b\nRUN $TARGETARCH\n",
            &["ArgNotInStage@2", "ArgNotInStage@4"],
        ),
    ]);
    let of_image = compile("ARG A=1\nFROM a\nRUN echo $A\n").image("a", config().env("A=b"));
    assert!(found(of_image).is_empty());
    let trigger =
        compile("ARG A=1\nFROM a\n").image("a", config().onbuild("RUN echo $A $TARGETARCH"));
    assert!(found(trigger).is_empty());
}

#[test]
fn defaults_of_automatic_arguments() {
    check(&[
        ("ARG TARGETOS=linux\nFROM a\n", &["AutomaticArgDefault@1"]),
        ("ARG TARGETOS=${TARGETOS:-linux}\nFROM a\n", &[]),
        ("FROM a\nARG TARGETOS=${TARGETOS:-linux}\n", &["AutomaticArgDefault@2"]),
        ("FROM a\nARG TARGETOS TARGETARCH\nARG OTHER=1\n", &[]),
    ]);
}

#[test]
fn platforms_of_stages_on_stages() {
    const SECOND: &[&str] = &["FromPlatformIgnored@2"];
    check(&[
        ("FROM a AS b\nFROM --platform=linux/arm64 b AS arm64\n", SECOND),
        ("FROM --platform=$BUILDPLATFORM a AS b\nFROM --platform=${BUILDPLATFORM} b\n", &[]),
        ("FROM a AS b\nFROM --platform=$TARGETPLATFORM b\n", &[]),
        (
            "FROM --platform=$BUILDPLATFORM a AS b\nFROM b AS c\nFROM --platform=$BUILDPLATFORM c\n",
            &[],
        ),
        ("ARG B=b\nFROM a AS b\nFROM --platform=$BUILDPLATFORM $B AS c\n", &[]),
        ("FROM --platform=$BUILDPLATFORM a AS b\nFROM --platform=$BUILDPLATFORM c\n", &[]),
    ]);
}

#[test]
fn directives_that_are_comments() {
    check(&[
        ("\n# syntax=a\nFROM a\n", &["DirectiveNotHeeded@2"]),
        ("# a\n#\n# syntax=a\n#\nFROM a\n", &["DirectiveNotHeeded@3"]),
        ("# a\n# escape=`\nARG A=1\nFROM a\n", &["DirectiveNotHeeded@2"]),
        ("# syntax=a\n# escape=\\\n# check=skip=A\nFROM a\n", &[]),
        ("# a\n# syntax=see the manual\nFROM a\n", &[]),
        ("FROM a\n# syntax=a\nRUN a\n", &[]),
        ("FROM a\n# check=skip=UndefinedVar\nRUN a\n", &[]),
        ("FROM a\n# check=skip=UndefinedVar;error=true\nRUN a\n", &["DirectiveNotHeeded@2"]),
        ("FROM a\n\n# check=skip=NoEmptyContinuation\n\nRUN a\n", &["DirectiveNotHeeded@3"]),
        ("FROM a\n# check=skip=NoEmptyContinuation\n#\nRUN a\n", &["DirectiveNotHeeded@2"]),
        ("FROM a\n# check=nonsense\n#\nRUN a\n", &[]),
    ]);
}

#[test]
fn paths() {
    check(&[
        ("FROM a\nWORKDIR ~/a\n", &["TildeInPath@2"]),
        ("FROM a\nCOPY a ~/\n", &["TildeInPath@2"]),
        ("FROM a\nCOPY a~ /~a/~/b\n", &[]),
        ("FROM a\nRUN --mount=source=../a,target=/a b\n", &["PathAboveRoot@2"]),
        ("FROM a\nCOPY a/../b /\n", &[]),
        ("FROM a\nADD https://example.com/../a /\n", &[]),
        ("FROM a\nADD --keep-git-dir=false https://example.com/a /\n", &[]),
        ("FROM a\nADD --keep-git-dir=true a https://github.com/a/b.git /c/\n", &[]),
    ]);
}

#[test]
fn heredocs_that_are_none() {
    check(&[
        ("FROM a\nCMD cat <<EOF\n", &["HeredocNotTaken@2"]),
        ("FROM a\nHEALTHCHECK CMD cat << EOF\n", &["HeredocNotTaken@2"]),
        ("FROM a\nCMD [\"cat\", \"<<EOF\"]\n", &[]),
        ("FROM a\nRUN cat << EOF\na\nEOF\n", &[]),
        ("FROM a\nENTRYPOINT cat '<<EOF'\n", &[]),
    ]);
}

#[test]
fn exec_forms_that_are_none() {
    check(&[
        ("FROM a\nRUN ['a', 'b']\n", &["ExecFormNotJson@2"]),
        ("FROM a\nENTRYPOINT [\"a\",]\n", &["ExecFormNotJson@2"]),
        ("FROM a\nHEALTHCHECK CMD ['a']\n", &["ExecFormNotJson@2"]),
        ("FROM a\nVOLUME ['/a', '/b']\n", &["ExecFormNotJson@2"]),
        ("FROM a\nRUN [ \"$A\" = 'b' ]\nRUN [[ -f a ]]\nVOLUME [\"/a\"] \n", &[]),
    ]);
}

#[test]
fn ignored_paths_with_exceptions() {
    for (ignored, source, is_found) in [
        ("*\n!a", "b", true),
        ("*\n!a", "b/c", true),
        ("b\n!b/c", "b/d", true),
        ("!b/c\nb", "b/d", true),
        ("*\n!a", "/b", true),
        ("*\n!a", "a", false),
        ("*\n!a", "a/b", false),
        ("*\n!b/c/d", "b", false),
        ("*\n!**/c", "b", false),
        ("*\n!*/c", "b", false),
        ("*\n!*.md", "b", true),
        ("*\n!*.md", "b/c", true),
        ("*\n!a.js", "a*", false),
        ("*\n!a", ".", false),
        ("b", "c", false),
    ] {
        let build = compile(format!("FROM a\nCOPY {source} /x\n")).ignore_file("context", ignored);
        let expected: &[&str] = if is_found { &["CopyIgnoredPath@2"] } else { &[] };
        assert_eq!(found(build), expected, "{ignored:?} {source}");
    }
}
