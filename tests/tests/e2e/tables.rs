//! The tables that clients print of answers: the recorded ones, and the same as with the engine's own frontend.

use std::path::Path;

use aliasfront_tests::golden::Case;
use serde_json::Value;

use crate::{
    engine::{self, Frontend, frontend, has_flag, registry},
    project::Project,
};

/// Requests as the option `requestid` names them, and as `docker buildx build --call` does.
const CALLS: [(&str, &str); 3] =
    [("frontend.lint", "check"), ("frontend.outline", "outline"), ("frontend.targets", "targets")];

/// What comes before the table of findings: their number.
const HEADLINE: &str = "Check complete, ";

/// The cases of a corpus that ask for a table, with the client's name of the request. A client here has no images of
/// its own making, and no context.
fn cases(corpus: &str) -> Vec<(Case, &'static str)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join(corpus);
    let cases = Case::all(&corpus, &[]).expect("the corpus is there");
    let call = |case: &Case| {
        let request = case.opts().get("requestid")?;
        CALLS.iter().find(|(id, _)| id == request).map(|(_, call)| *call)
    };
    let plain = cases.into_iter().filter(Case::is_plain);
    plain.filter_map(|case| call(&case).map(|call| (case, call))).collect()
}

/// What the client prints when a frontend is asked about a case.
fn printed(case: &Case, call: &str, frontend: &Frontend) -> String {
    let text = case.dockerfile().expect("the case has a Dockerfile");
    let project = Project::new(&[("Dockerfile", &text)]);
    let mut command = engine::docker();
    command.current_dir(project.root());
    // Older clients know the same question by another name, as an experiment.
    command.env("BUILDX_EXPERIMENTAL", "1");
    command.args(["buildx", "build", if has_flag("--call") { "--call" } else { "--print" }, call]);
    if let Frontend::Image(image) = frontend {
        // The Dockerfile stays as it is: its lines are in the tables.
        command.args(["--build-arg", &format!("BUILDKIT_SYNTAX={image}")]);
    }
    for (key, value) in case.opts() {
        if let Some(name) = key.strip_prefix("build-arg:") {
            command.args(["--build-arg", &format!("{name}={value}")]);
        } else if key == "target" {
            command.args(["--target", value]);
        }
    }
    // No image of the corpus is there. What stands in for them has no triggers either.
    for image in &case.expected.resolved {
        let name = image.split('|').next().unwrap_or_default();
        let name = name.trim_start_matches("docker.io/library/").trim_end_matches(":latest");
        let stand_in = format!("{name}=docker-image://{}/base/busybox:1.35", registry());
        command.args(["--build-context", &stand_in]);
    }
    let output = command.arg(".").output().expect("the docker client runs");
    // A target may have nothing to outline, and an error is no table.
    assert!(
        !output.stdout.is_empty() || recorded(case).is_empty(),
        "{}: {}",
        case.name,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the docker client prints text")
}

/// The table that the reference answered with; empty where it has none.
fn recorded(case: &Case) -> &str {
    case.expected.metadata.get("result.txt").and_then(Value::as_str).unwrap_or_default()
}

/// The engine's own frontend reads this Dockerfile too: it has no syntax line.
fn is_for_any_frontend(case: &Case) -> bool {
    !case.dockerfile().unwrap_or_default().contains("# syntax=")
}

#[test]
#[ignore = "needs a Docker engine"]
fn tables_are_the_recorded_ones() {
    let cases = ["golden", "corpus"].into_iter().flat_map(cases);
    let mut seen = 0;
    for (case, call) in cases.filter(|(_, call)| *call != "check" || has_flag("--call")) {
        let recorded = recorded(&case);
        let ours = printed(&case, call, &frontend());
        let table = match ours.split_once('\n') {
            Some((headline, table)) if headline.starts_with(HEADLINE) => table,
            _ => &ours,
        };
        assert!(
            table.starts_with(recorded),
            "{}: {recorded}\nis not what is printed: {ours}",
            case.name
        );
        let rest = table[recorded.len()..].trim();
        let failed = case.expected.metadata.get("result.json").map(|json| &json["buildError"]);
        let failed = failed.is_some_and(Value::is_object);
        // What keeps the Dockerfile from being built may come below.
        assert!(failed || rest.is_empty(), "{}: {rest}", case.name);
        seen += 1;
    }
    assert!(seen >= 3, "the corpus has no tables any more");
}

#[test]
#[ignore = "needs a Docker engine"]
fn tables_are_those_of_the_engines_own_frontend() {
    let cases = ["golden", "corpus"].into_iter().flat_map(cases);
    for (case, call) in cases.filter(|(_, call)| *call != "check" || has_flag("--call")) {
        if is_for_any_frontend(&case) {
            let theirs = printed(&case, call, &Frontend::Builtin);
            assert_eq!(printed(&case, call, &frontend()), theirs, "{}", case.name);
        }
    }
}
