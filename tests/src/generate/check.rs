//! What holds for every build, whatever it says.

use std::io;
use std::path::Path;

use super::Sample;
use crate::gateway::{Recording, Returned, Rpc};
use crate::golden::{Difference, Expected, compare};

/// Requests that a build may have several of, the order of whose answers doesn't matter.
const HELD: [Rpc; 4] = [Rpc::ResolveSourceMeta, Rpc::ResolveImageConfig, Rpc::ReadFile, Rpc::Solve];

/// A stage that nobody needs, with what would show if somebody took it for needed: an image, a path of the context.
const UNNEEDED: &str = "\nFROM unneeded:1 AS unneeded-stage\nCOPY unneeded /\nRUN --mount=from=unneeded:2,target=/x unneeded\n";

/// Puts a build through a frontend in several ways that must come to the same. The first difference counts.
///
/// - The process ends by itself, with a result or an error, and says nothing of a panic.
/// - With the answers to its requests in another order, the build comes out the same.
/// - The Dockerfile as the parser prints it is the same Dockerfile.
/// - A stage more that nobody needs changes nothing.
///
/// # Errors
///
/// The frontend can't be started.
pub async fn check(sample: &Sample, frontend: &Path) -> io::Result<Result<(), Difference>> {
    let recording = sample.gateway().run(frontend).await?;
    if let Err(difference) = ended(&recording) {
        return Ok(Err(difference));
    }
    for rpc in HELD {
        let together = recording.at_once.get(&rpc).copied().unwrap_or_default();
        if together < 2 {
            continue;
        }
        let other = sample.gateway().hold(rpc, together).run(frontend).await?;
        if let Err(difference) = same(&recording, &other) {
            return Ok(Err(about("in another order of answers", difference)));
        }
    }
    if let Some(printed) = printed(sample) {
        let other = sample.with_dockerfile(printed.clone()).gateway().run(frontend).await?;
        if let Err(mut difference) = same_vertices(&recording, &other) {
            difference.how = format!("{}\n{printed}", difference.how);
            return Ok(Err(about("as the parser prints it", difference)));
        }
    }
    if let Some(larger) = with_unneeded_stage(sample) {
        let other = larger.gateway().run(frontend).await?;
        if let Err(difference) = same_vertices(&recording, &other) {
            return Ok(Err(about("with a stage that nobody needs", difference)));
        }
        if other.resolved().iter().any(|image| image.contains("unneeded")) {
            return Ok(Err(Difference {
                what: "an image of a stage that nobody needs is looked up".to_owned(),
                how: other.resolved().join("\n"),
            }));
        }
    }
    Ok(Ok(()))
}

fn about(when: &str, difference: Difference) -> Difference {
    Difference { what: format!("{when}: {}", difference.what), ..difference }
}

fn ended(recording: &Recording) -> Result<(), Difference> {
    let fails = |what: &str| Err(Difference { what: what.to_owned(), how: recording.words() });
    if !recording.has_ended() {
        return fails("the process doesn't end");
    }
    if recording.stderr.contains("panicked") {
        return fails("the process panics");
    }
    if recording.outcome.is_none() {
        return fails("the build ends without a result and without an error");
    }
    Ok(())
}

/// Whether two recordings are of the same outcome, to the last message.
fn same(one: &Recording, other: &Recording) -> Result<(), Difference> {
    ended(other)?;
    compare(&Expected::of(one), other)?;
    let message = |recording: &Recording| recording.error().map(|error| error.message.clone());
    let (left, right) = (message(one), message(other));
    if left == right {
        return Ok(());
    }
    Err(Difference {
        what: "the error differs".to_owned(),
        how: format!("- {left:?}\n+ {right:?}"),
    })
}

/// Whether two recordings came to the same digests, where the first came to any.
fn same_vertices(one: &Recording, other: &Recording) -> Result<(), Difference> {
    ended(other)?;
    let Some(result) = one.result() else { return Ok(()) };
    let heads = |result: &Returned| {
        let graphs = result.graphs.iter();
        graphs.map(|(key, graph)| format!("{key} {:?}", graph.head)).collect::<Vec<_>>()
    };
    let (left, right) = (heads(result), other.result().map(heads));
    if right.as_ref() == Some(&left) {
        return Ok(());
    }
    Err(Difference {
        what: "the vertices differ".to_owned(),
        how: format!("- {left:?}\n+ {right:?}\n{}", other.words()),
    })
}

/// The Dockerfile as the parser prints it; `None` where it doesn't parse, or where somebody else is asked to.
fn printed(sample: &Sample) -> Option<String> {
    let source = sample.dockerfile().as_bytes();
    if buildkit_dockerfile::detect_syntax(source).is_some() {
        return None;
    }
    Some(buildkit_dockerfile::parse(source).ok()?.to_string())
}

/// The build with a stage more behind all others; `None` where the target is that of the last place, or where it would
/// not be a stage of its own.
fn with_unneeded_stage(sample: &Sample) -> Option<Sample> {
    if sample.opts.contains_key("requestid") || !sample.opts.contains_key("target") {
        return None;
    }
    printed(sample)?;
    let text = format!("{}{UNNEEDED}", sample.dockerfile());
    // What ends in a continuation would swallow the stage.
    let before = buildkit_dockerfile::parse(sample.dockerfile().as_bytes()).ok()?;
    let after = buildkit_dockerfile::parse(text.as_bytes()).ok()?;
    (after.stages.len() == before.stages.len() + 1).then(|| sample.with_dockerfile(text))
}
