//! Known answers: the recipes and fingerprints that the manual shows. `UPDATE_RECIPES=1` writes them anew.

mod common;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use aliasfront_compiler::Purpose;
use common::compile;

const START: &str = "<!-- recipes -->\n";
const END: &str = "<!-- end of recipes -->\n";

/// A Dockerfile with an alias, and the build's options.
struct Case {
    title: &'static str,
    dockerfile: &'static str,
    /// Frontend options, as buildx has them on its command line.
    options: &'static [(&'static str, &'static str)],
}

/// The options' names to those of frontends.
const NAMES: [(&str, &str); 3] =
    [("--build-arg", "build-arg:"), ("--build-context", "context:"), ("--platform", "platform")];

const CASES: [Case; 10] = [
    Case {
        title: "Files on nothing",
        dockerfile: "FROM scratch AS local\nCOPY . /\n# alias auto=ghcr.io/org/builder\nFROM local AS builder\nFROM scratch\nCOPY --from=builder /file /\n",
        options: &[],
    },
    Case {
        title: "A command on an image",
        dockerfile: "ARG B=local\nFROM rust:1 AS local\nWORKDIR /build\nRUN cargo build\nFROM ${B} AS builder\nFROM debian\nCOPY --from=builder /build/agentd /build/lib/*.so /usr/lib/\n",
        options: &[],
    },
    Case {
        title: "An argument that is given",
        dockerfile: "ARG B=local\nFROM alpine AS local\nARG LEVEL=1\nRUN make\nFROM ${B} AS builder\nFROM scratch\nCOPY --from=builder /out /\n",
        options: &[("--build-arg", "LEVEL=2")],
    },
    Case {
        title: "A stage on a stage, and files of another one",
        dockerfile: "ARG B=local\nFROM alpine AS deps\nCOPY file /deps\nFROM golang AS generated\nRUN go generate\nFROM deps AS local\nCOPY --from=generated /src /src\nENV MODE=release\nFROM ${B} AS builder\nFROM scratch\nCOPY --from=builder /src /\n",
        options: &[],
    },
    Case {
        title: "A base that a named context replaces",
        dockerfile: "ARG B=local\nFROM rust:1 AS local\nRUN cargo build\nFROM ${B} AS builder\nFROM scratch\nCOPY --from=builder /out /\n",
        options: &[("--build-context", "rust:1=docker-image://registry.example.com/rust:1.90")],
    },
    Case {
        title: "Mounts",
        dockerfile: "ARG B=local\nFROM rust:1 AS local\nRUN --mount=type=cache,target=/target --mount=type=secret,id=token,env=TOKEN --mount=target=/src cargo build\nFROM ${B} AS builder\nFROM debian\nRUN --mount=from=builder,source=/out,target=/out /out/install\n",
        options: &[],
    },
    Case {
        title: "Downloads",
        dockerfile: "ARG B=local\nFROM scratch AS local\nADD --checksum=sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad https://example.com/abc /\nADD https://github.com/org/repo.git#0123456789012345678901234567890123456789 /repo\nFROM ${B} AS builder\nFROM scratch\nCOPY --from=builder /repo /\n",
        options: &[],
    },
    Case {
        title: "Another platform",
        dockerfile: "ARG B=local\nFROM --platform=$BUILDPLATFORM rust:1 AS local\nARG TARGETARCH\nRUN cargo build --target $TARGETARCH\nFROM ${B} AS builder\nFROM debian\nCOPY --from=builder /out /\n",
        options: &[("--platform", "linux/arm64")],
    },
    Case {
        title: "A contract",
        dockerfile: "ARG B=local\nFROM rust:1 AS local\nUSER build\nCOPY --link --chown=1000 --chmod=0644 file /src/\nRUN cargo build\n# alias require=/build/agentd,+x require=/build/tools/*\nFROM ${B} AS builder\nFROM debian\nCOPY --from=builder /build/agentd /\n",
        options: &[],
    },
    Case {
        title: "More than files",
        dockerfile: "ARG B=local\nFROM rust:1 AS local\nRUN <<EOF\ncargo build\nEOF\nFROM ${B} AS builder\nFROM builder\nCMD [\"agentd\"]\n",
        options: &[],
    },
];

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/fingerprint.md")
}

/// The part of the page that shows the cases.
fn shown() -> String {
    let mut text = String::new();
    for (index, Case { title, dockerfile, options }) in CASES.iter().enumerate() {
        let mut build =
            compile(*dockerfile).target("builder").purpose(Purpose::Name).list("context", "abc");
        let mut flags = String::new();
        for (flag, value) in *options {
            let _ = write!(flags, " {flag} {value}");
            let name = NAMES.iter().find(|(known, _)| known == flag).expect("a known option").1;
            build = match value.split_once('=') {
                Some((key, value)) => build.opt(&format!("{name}{key}"), value),
                None => build.opt(name, value),
            };
        }
        let run = build.run();
        let publication =
            run.compilation().aliases[0].alias.publication.clone().expect("a fingerprint");
        let with =
            if flags.is_empty() { String::new() } else { format!("With `{}`:\n\n", flags.trim()) };
        let number = index + 1;
        let (recipe, fingerprint) = (&publication.recipe.text, publication.fingerprint());
        let _ = writeln!(
            text,
            "### {number}. {title}\n\n```dockerfile\n{dockerfile}```\n\n{with}```text\n{recipe}```\n\n`{fingerprint}`\n"
        );
    }
    text
}

#[test]
fn the_manual_has_the_recipes() {
    let page_text = fs::read_to_string(page()).expect("the page is there");
    let (before, rest) = page_text.split_once(START).expect("the page says where they start");
    let (recipes, after) = rest.split_once(END).expect("the page says where they end");
    let expected = shown();
    if env::var_os("UPDATE_RECIPES").is_some() {
        let text = format!("{before}{START}\n{expected}{END}{after}");
        return fs::write(page(), text).expect("the page can be written");
    }
    assert_eq!(recipes.trim(), expected.trim());
}
