//! Alias stages with steps of their own: what is known of the image all the same, and what isn't.

use aliasfront_tests::gateway::{Gateway, Image};
use serde_json::json;

use crate::{
    ARM64, DIGEST, IMAGE, fail_with, files, message, own_warnings, prebuilt, probes, program,
    request, succeed,
};

/// An alias with these instructions, and a target that copies these paths from it. The alias's `FROM` is line 3, its
/// first instruction line 4.
fn dockerfile(steps: &str, taken: &str) -> String {
    format!(
        "ARG BUILDER_IMAGE=local\nFROM rust:1 AS local\nFROM ${{BUILDER_IMAGE}} AS builder\n{steps}\n\
         FROM scratch\nCOPY --from=builder {taken} /\n"
    )
}

fn build(dockerfile: &str) -> Gateway {
    let gateway = prebuilt(dockerfile, files()).build_arg("BUILDER_IMAGE", IMAGE);
    gateway.context_file("a", "a")
}

#[tokio::test]
async fn what_the_image_has_is_verified() {
    for steps in [
        "RUN make",
        "RUN for bin in agentd cli; do test -x /build/$bin; done && make",
        "ENV A=b",
        "WORKDIR /src",
        "COPY a /a",
        "COPY a /build/",
        "COPY --link a /a",
        "ADD https://example.com/a /a",
    ] {
        let recording = succeed(build(&dockerfile(steps, "/build/agentd /build/cli"))).await;
        let message = message(&recording);
        assert!(message.contains("2 paths verified, pruned"), "{steps}: {message}");
        assert_eq!(probes(&recording).len(), 1, "{steps}");
    }
}

#[tokio::test]
async fn what_it_lacks_and_no_step_makes_is_an_error() {
    for steps in [
        "ENV A=b",
        "RUN for bin in agentd nothing; do test -x /build/$bin; done",
        "RUN <<EOF\nset -e\nls -l /build/nothing\nEOF",
        "WORKDIR /src",
        "WORKDIR /build",
        "COPY a /a",
        "COPY a /build/agent",
        "COPY --link a /a",
        "COPY <<made /build/\nx\nmade\n",
        "ADD https://example.com/made /build/",
    ] {
        let gateway = build(&dockerfile(steps, "/build/agentd /build/nothing"));
        fail_with(
            gateway,
            &["/build/nothing is not there; /build has cli, agentd, lib.so (needed by line "],
        )
        .await;
    }
}

#[tokio::test]
async fn what_a_command_may_make_is_told_with_its_line() {
    for (steps, lines) in [
        ("RUN make", "line 4"),
        ("RUN [\"/build/cli\"]", "line 4"),
        ("ENV A=b\nRUN <<EOF\nmake\nEOF", "lines 5-7"),
        ("RUN make one\nENV A=b\nRUN make two", "line 4, line 6"),
        // A file or a directory: only the engine knows.
        ("COPY a /build/", "line 4"),
        ("COPY --exclude=*.md a /build/nothing", "line 4"),
        ("COPY a* /build/nothing", "line 4"),
        ("ADD a /build", "line 4"),
        ("COPY a /build/\nRUN make", "line 4, line 5"),
    ] {
        let taken = "/build/agentd /build/nothing";
        let text = dockerfile(steps, taken);
        let recording = succeed(build(&text)).await;
        let told = format!("1 path verified, not checked: /build/nothing ({lines} may make it), ");
        assert!(message(&recording).contains(&told), "{steps}: {}", message(&recording));
        // Nothing is wrong with it.
        assert_eq!(own_warnings(&recording), [], "{steps}");
        let (plan, page) = request(build(&text), "frontend.plan").await;
        let alias = &plan["platforms"][0]["aliases"][0];
        assert_eq!(alias["verifiedPaths"], json!(["/build/agentd"]), "{steps}");
        assert_eq!(alias["notChecked"][0]["path"], json!("/build/nothing"), "{steps}");
        let first: i64 = lines.trim_matches(|c: char| !c.is_ascii_digit())[..1].parse().unwrap();
        assert_eq!(alias["notChecked"][0]["lines"][0], json!(first), "{steps}");
        assert!(page.contains("1 path verified\n    not checked: /build/nothing ("), "{page}");
    }
}

#[tokio::test]
async fn what_a_step_surely_brings_is_known() {
    for (steps, taken) in [
        ("COPY a /made", "/made"),
        ("COPY a /opt/made/", "/opt/made"),
        ("COPY a /opt/made/", "/opt"),
        ("COPY --link a /made", "/made"),
        ("COPY --parents a /opt/", "/opt/a"),
        ("COPY <<made /opt/\nx\nmade", "/opt/made"),
        ("ADD https://example.com/made /opt/", "/opt/made"),
        ("WORKDIR /opt/made", "/opt/made"),
        ("WORKDIR /opt\nCOPY a made", "/opt/made"),
        // The command only comes after it.
        ("COPY a /made\nRUN make", "/made"),
    ] {
        let recording = succeed(build(&dockerfile(steps, taken))).await;
        let message = message(&recording);
        assert!(message.contains("(linux/amd64), pruned"), "{steps}: {message}");
        assert!(probes(&recording).is_empty(), "{steps}");
    }
}

#[tokio::test]
async fn links_of_the_image_may_lead_to_what_is_copied() {
    let mut there = files();
    there.add_link("/lib", "usr/lib");
    there.add("/usr/lib/x", "");
    let build = |steps: &str, taken: &str| {
        let gateway = prebuilt(&dockerfile(steps, taken), there.clone());
        gateway.build_arg("BUILDER_IMAGE", IMAGE).context_file("a", "a")
    };
    for (steps, taken) in [
        ("COPY a /lib/made", "/usr/lib/made"),
        ("COPY a /usr/lib/made", "/lib/made"),
        ("ENV A=b\nCOPY a /lib/", "/usr/lib/made"),
    ] {
        let recording = succeed(build(steps, taken)).await;
        let told = format!("not checked: {taken} (line ");
        assert!(message(&recording).contains(&told), "{}", message(&recording));
    }
    fail_with(build("COPY a /opt/made", "/usr/lib/made"), &["/usr/lib/made is not there"]).await;
}

#[tokio::test]
async fn contracts_are_about_the_image() {
    let with = |contract: &str| {
        let dockerfile = dockerfile("RUN make\nCOPY a /made", "/build/agentd /made /other");
        dockerfile.replacen("FROM $", &format!("# alias {contract}\nFROM $"), 1)
    };
    for (contract, part) in [
        ("require=/made", "/made is not there"),
        ("require=/other", "/other is not there"),
        ("require=/build/lib.so,+x", "/build/lib.so is not executable"),
    ] {
        fail_with(build(&with(contract)), &[part]).await;
    }
    let recording = succeed(build(&with("require=/build/cli,+x"))).await;
    let expected = "2 paths verified, not checked: /other (line 5 may make it)";
    assert!(message(&recording).contains(expected), "{}", message(&recording));
    // A file for another processor is known by who takes it.
    let mut there = files();
    there.add_with_mode("/build/agentd", program(ARM64), 0o755);
    let gateway =
        prebuilt(&with("require=/build/agentd,+x"), there).build_arg("BUILDER_IMAGE", IMAGE);
    let part = "/build/agentd is for arm64, but is used on linux/amd64 (needed by line 8)";
    fail_with(gateway.context_file("a", "a"), &[part]).await;
}

#[tokio::test]
async fn stages_on_the_alias_have_what_it_has() {
    let with = |steps: &str, on_top: &str, taken: &str| {
        format!(
            "ARG BUILDER_IMAGE=local\nFROM rust:1 AS local\nFROM ${{BUILDER_IMAGE}} AS builder\n\
             {steps}\nFROM builder AS tools\n{on_top}\nFROM scratch\nCOPY --from=tools {taken} /\n"
        )
    };
    // The command of the alias may make it.
    let recording = succeed(build(&with("RUN make", "ENV A=b", "/build/cli /x"))).await;
    let expected = "1 path verified, not checked: /x (line 4 may make it)";
    assert!(message(&recording).contains(expected), "{}", message(&recording));
    // What is copied in between is no image's, and the rest is.
    let recording = succeed(build(&with("ENV A=b", "COPY a /x", "/build/cli /x"))).await;
    assert!(message(&recording).contains("1 path verified, pruned"), "{}", message(&recording));
    let gateway = build(&with("ENV A=b", "COPY a /x", "/build/nothing /x"));
    fail_with(gateway, &["/build/nothing is not there"]).await;
    // What another stage makes is that stage's affair, and nobody looks at it.
    for (steps, on_top) in
        [("RUN make", "RUN make"), ("ENV A=b", "RUN make"), ("RUN make", "COPY a /")]
    {
        let recording = succeed(build(&with(steps, on_top, "/x"))).await;
        assert!(!message(&recording).contains("checked"), "{}", message(&recording));
        assert!(probes(&recording).is_empty());
    }
}

#[tokio::test]
async fn platforms_are_checked_each() {
    let dockerfile = dockerfile("RUN make", "/build/agentd /made");
    let gateway = build(&dockerfile).opt("platform", "linux/amd64,linux/arm64");
    let recording = succeed(gateway).await;
    for platform in ["linux/amd64", "linux/arm64"] {
        let told =
            format!("({platform}), 1 path verified, not checked: /made (line 4 may make it)");
        assert!(message(&recording).contains(&told), "{}", message(&recording));
    }
}

#[tokio::test]
async fn an_image_that_was_packed_has_no_shell() {
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "config": {"Labels": {"aliasfront.content": "packed"}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]},
    });
    for (steps, again) in [("RUN make", "full"), ("ENV A=b", "packed")] {
        let text = dockerfile(steps, "/build/agentd");
        let text = text.replacen("FROM $", "# alias require=/nothing\nFROM $", 1);
        let gateway = build(&text).image(IMAGE, Image::with_config(config.clone()).digest(DIGEST));
        let hint = format!("publish it again from this one with ALIASFRONT_PUBLISH={again};");
        fail_with(gateway, &["/nothing is not there", "the image is packed", &hint]).await;
    }
}

#[tokio::test]
async fn an_empty_image_has_what_its_steps_bring() {
    let build = |taken: &str| {
        let text = dockerfile("COPY a /made\nCOPY a /opt/", taken);
        Gateway::new().dockerfile(text).build_arg("BUILDER_IMAGE", "scratch").context_file("a", "a")
    };
    let recording = succeed(build("/made /opt/x")).await;
    let expected = "not checked: /opt/x (line 5 may make it)";
    assert!(message(&recording).contains(expected), "{}", message(&recording));
    fail_with(build("/nothing"), &["/nothing is not there: the image is empty"]).await;
}
