//! Commands in aliases that only test files: found, told with the contract to write, and known to make nothing.

use aliasfront_tests::gateway::{Gateway, Recording};

use crate::{IMAGE, fail_with, files, graph, message, prebuilt, request, succeed};

const RULE: &str = "AliasShellCheck";

/// An alias with these instructions. The alias's `FROM` is line 3, its first instruction line 4.
fn dockerfile(steps: &str) -> String {
    format!(
        "ARG BUILDER_IMAGE=local\nFROM rust:1 AS local\nFROM ${{BUILDER_IMAGE}} AS builder\n{steps}\n\
         FROM scratch\nCOPY --from=builder /build/agentd /\n"
    )
}

fn build(dockerfile: &str) -> Gateway {
    let gateway = prebuilt(dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE);
    gateway.context_file("a", "a")
}

/// The texts of the rule's warnings.
fn told(recording: &Recording) -> Vec<String> {
    let warnings = recording.warnings.iter().map(|warning| warning.short.clone());
    warnings.filter(|text| text.starts_with(RULE)).collect()
}

#[tokio::test]
async fn the_contract_is_there_to_copy() {
    for (steps, contract) in [
        ("RUN test -x /build/agentd", "# alias require=/build/agentd,+x (line 4)"),
        (
            "RUN set -eux; for bin in agentd cli; do \\\n  test -x \"/build/$bin\" || { echo \"no $bin\"; exit 1; }; \\\n  done",
            "# alias require=/build/agentd,+x require=/build/cli,+x (line 4)",
        ),
        (
            "WORKDIR /build\nRUN <<EOF\nset -e\n[ -f lib.so ]\nls agentd cli >/dev/null\nEOF",
            "# alias require=/build/lib.so,file require=/build/agentd require=/build/cli (line 5)",
        ),
        (
            "SHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN [[ -x /build/agentd && -x /build/cli ]]",
            "# alias require=/build/agentd,+x require=/build/cli,+x (line 5)",
        ),
        ("RUN [\"sh\", \"-c\", \"test -x /build/cli\"]", "# alias require=/build/cli,+x (line 4)"),
        (
            "RUN for b in one-executable two-executable three-executable four-executable; do stat /opt/tools/$b; done",
            "# alias require=/opt/tools/one-executable require=/opt/tools/two-executable\n\
             # alias require=/opt/tools/three-executable require=/opt/tools/four-executable (line 4)",
        ),
    ] {
        // Whoever compiles is told, too.
        for gateway in [build(&dockerfile(steps)), Gateway::new().dockerfile(dockerfile(steps))] {
            let recording = succeed(gateway).await;
            let expected = format!(
                "{RULE}: alias builder: this RUN only tests files, and needs a shell in every prebuilt image; \
                 write in its place, right above the alias's FROM:\n{contract}"
            );
            assert_eq!(told(&recording), [expected], "{steps}");
        }
        // What it says can be copied.
        let contract = contract.rsplit_once(" (line").map_or(contract, |(contract, _)| contract);
        let better = dockerfile("ENV A=b").replacen("FROM $", &format!("{contract}\nFROM $"), 1);
        if !steps.contains("/opt/tools") {
            let recording = succeed(build(&better)).await;
            assert_eq!(told(&recording), [""; 0], "{better}");
        }
    }
}

#[tokio::test]
async fn what_the_contract_has_is_not_asked_for_again() {
    let steps = "RUN test -x /build/agentd && test -f /build/cli";
    let with = |contract: &str| {
        dockerfile(steps).replacen("FROM $", &format!("# alias {contract}\nFROM $"), 1)
    };
    for (contract, end) in [
        ("require=/build/agentd,+x", "FROM:\n# alias require=/build/cli,file (line 5)"),
        (
            "require=/build/agentd",
            "FROM:\n# alias require=/build/agentd,+x require=/build/cli,file (line 5)",
        ),
        (
            "require=/build/agentd,+x require=/build/cli,+x",
            "the contract above the alias asks for all of that: omit the RUN (line 5)",
        ),
    ] {
        let told = told(&succeed(build(&with(contract))).await);
        assert!(told.len() == 1 && told[0].ends_with(end), "{contract}: {told:?}");
    }
}

#[tokio::test]
async fn what_takes_no_shell_takes_a_program() {
    let told = told(&succeed(build(&dockerfile("RUN [\"test\", \"-x\", \"/build/cli\"]"))).await);
    assert!(told.len() == 1 && told[0].contains("and needs the program test in every"), "{told:?}");
}

#[tokio::test]
async fn a_name_is_looked_for_somewhere() {
    let told = told(&succeed(build(&dockerfile("RUN command -v git"))).await);
    let guess = "\n# alias require=/usr/bin/git,+x\n(the directory of /usr/bin/git is a guess: name the one";
    assert!(told.len() == 1 && told[0].contains(guess), "{told:?}");
}

#[tokio::test]
async fn a_command_that_does_more_is_not_told() {
    for steps in [
        "RUN make",
        "RUN test -x /build/cli && make",
        "RUN test -x /build/cli || true",
        "RUN test ! -e /build/cli",
        "RUN ls /build | grep cli",
        "RUN ls",
        "RUN true",
        "RUN echo $HOME > /home",
        "RUN [\"/build/cli\"]",
        "RUN --mount=type=bind,source=a,target=/build/a test -f /build/a",
        "RUN --mount=type=cache,target=/cache test -d /cache",
        "RUN --mount=type=secret,id=x test -f /run/secrets/x",
        "RUN bash <<EOF\ntest -x /build/cli\nEOF",
        "RUN <<EOF\n#!/usr/bin/env python3\ntest\nEOF",
        "ARG NAME=cli\nRUN test -x /build/$NAME",
        // What is tested may be the stage's own.
        "COPY a /build/made\nRUN test -x /build/made",
        "RUN make\nRUN test -x /build/made",
        "COPY --link a /build/made\nRUN test -x /build/made",
        "SHELL [\"cmd\", \"/c\"]\nRUN test -x /build/cli",
        "# check=skip=AliasShellCheck\nRUN test -x /build/cli",
    ] {
        let recording = succeed(build(&dockerfile(steps))).await;
        assert_eq!(told(&recording), [""; 0], "{steps}");
    }
    // Nor is one in a stage that is no alias.
    let text = "FROM alpine AS a\nRUN test -x /bin/sh\nFROM a\nRUN test -x /bin/sh\n";
    assert_eq!(told(&succeed(Gateway::new().dockerfile(text)).await), [""; 0]);
}

#[tokio::test]
async fn it_is_told_once_for_all_platforms() {
    let text = dockerfile("RUN test -x /build/agentd");
    let recording = succeed(build(&text).opt("platform", "linux/amd64,linux/arm64")).await;
    assert_eq!(told(&recording).len(), 1);
}

#[tokio::test]
async fn a_check_counts_it() {
    let gateway = build(&dockerfile("RUN test -x /build/cli"));
    let (found, text) = request(gateway, "frontend.lint").await;
    let found = &found["warnings"][0];
    assert_eq!(found["ruleName"], RULE, "{found}");
    assert!(text.contains("\n# alias require=/build/cli,+x\n"), "{text}");
    assert_eq!(found["location"]["ranges"][0]["start"]["line"], 4, "{found}");
}

#[tokio::test]
async fn a_test_makes_nothing() {
    let text = dockerfile("RUN for bin in agentd made; do test -x /build/$bin; done");
    let recording = succeed(build(&text)).await;
    assert!(message(&recording).contains("1 path verified, pruned"), "{}", message(&recording));
    // It is a step like any other.
    assert!(graph(&recording).names().iter().any(|name| name.contains("RUN for bin")));
    let text = text.replace("COPY --from=builder /build/agentd", "COPY --from=builder /build/made");
    fail_with(build(&text), &["/build/made is not there"]).await;
}
