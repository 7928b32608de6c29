//! How a frontend's build compares to the reference's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::REFERENCE_RULES;
use super::expected::{Expected, ExpectedVertex};
use crate::diff;
use crate::gateway::{Recording, Returned};
use crate::graph::{Graph, Vertex};

/// Metadata that this project adds beside the reference's: what became of aliases, which clients print after the
/// build, and write down for programs.
const OWN_METADATA: [&str; 2] = ["frontend.result.inlinemessage", "frontend.aliases"];

/// The answer to a request, and what is made of it: only those of lint have findings.
const LINT_RESULT: &str = "result.json";
const LINT_TEXTS: [&str; 2] = ["result.txt", "result.statuscode"];

/// An error whose recorded details are at least this many has a source range among them: one is the stack trace.
const DETAILS_WITH_RANGE: usize = 2;

/// A difference that makes a case fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub what: String,
    /// How, over as many lines as it takes.
    pub how: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        for line in self.how.lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// Which differences that don't make a case fail are wanted all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strictness {
    /// Texts and codes of errors.
    pub errors: bool,
    /// Names of steps.
    pub names: bool,
    /// More requests than the reference made.
    pub requests: bool,
    /// Texts of warnings.
    pub warnings: bool,
}

/// Compares a build with what the reference did. The first difference counts.
pub fn compare(expected: &Expected, recording: &Recording) -> Result<(), Difference> {
    if !recording.has_ended() {
        return Err(difference("the process didn't end, and was killed", &recording.stderr));
    }
    if let Some(message) = &expected.error {
        return compare_error(expected, message, recording);
    }
    if let Some(error) = recording.error() {
        return Err(difference("the build fails, and shouldn't", &error.message));
    }
    let Some(result) = recording.result() else {
        return Err(difference("the build ends without a result", &recording.stderr));
    };
    compare_graphs(expected, result)?;
    compare_metadata(expected, result)?;
    compare_warnings(expected, recording)?;
    compare_resolved(expected, recording)?;
    compare_forwarded(expected, recording)?;
    if recording.exit_code() != Some(0) {
        let exit = recording.exit.map(|exit| exit.to_string()).unwrap_or_default();
        return Err(difference(
            &format!("after its result the process ends with {exit}"),
            &recording.stderr,
        ));
    }
    Ok(())
}

/// The differences that don't make a case fail.
pub fn remarks(expected: &Expected, recording: &Recording, wanted: Strictness) -> Vec<Difference> {
    let mut remarks = Vec::new();
    if wanted.errors
        && let (Some(message), Some(error)) = (&expected.error, recording.error())
        && (*message != without_hint(&error.message) || expected.error_code != error.code)
    {
        remarks.push(difference(
            "the error reads differently",
            &diff::lines(
                &format!("{message}\ncode {}", expected.error_code),
                &format!("{}\ncode {}", without_hint(&error.message), error.code),
            ),
        ));
    }
    if wanted.requests && expected.error.is_none() && recording.counted() > expected.rpcs {
        let requests: Vec<String> =
            recording.requests.iter().map(|(rpc, count)| format!("{rpc} {count}")).collect();
        remarks.push(difference(
            &format!("{} requests, the reference made {}", recording.counted(), expected.rpcs),
            &requests.join("\n"),
        ));
    }
    if wanted.names
        && let Some(result) = recording.result()
    {
        remarks.extend(different_names(expected, result));
    }
    if wanted.warnings {
        let texts = |warnings: Vec<String>| warnings.join("\n");
        let theirs = texts(
            expected
                .warnings
                .iter()
                .map(|warning| {
                    format!("{} | {} | {}", warning.short, warning.detail.join(" "), warning.url)
                })
                .collect(),
        );
        let ours = texts(
            recording
                .warnings
                .iter()
                .filter(|warning| REFERENCE_RULES.contains(&warning.rule()))
                .map(|warning| {
                    format!("{} | {} | {}", warning.short, warning.detail.join(" "), warning.url)
                })
                .collect(),
        );
        if theirs != ours {
            remarks.push(difference("the warnings read differently", &diff::lines(&theirs, &ours)));
        }
    }
    remarks
}

/// A message without the lines that say what to do about it, which is this project's own.
fn without_hint(message: &str) -> &str {
    let end = ["\nhint: ", "\nnote: "].iter().filter_map(|mark| message.find(mark)).min();
    end.map_or(message, |end| &message[..end])
}

/// A message whose list of rules is sorted: the reference has them in any order.
fn with_sorted_rules(message: &str) -> String {
    const VIOLATION: &str = "lint violation found for rules: ";
    let Some(rules) = message.strip_prefix(VIOLATION) else { return message.to_owned() };
    let mut rules: Vec<&str> = rules.split(", ").collect();
    rules.sort_unstable();
    VIOLATION.to_owned() + &rules.join(", ")
}

fn difference(what: &str, how: &str) -> Difference {
    Difference { what: what.to_owned(), how: how.to_owned() }
}

fn compare_error(
    expected: &Expected,
    message: &str,
    recording: &Recording,
) -> Result<(), Difference> {
    if recording.error().is_none() {
        let what = if recording.result().is_some() {
            "the build succeeds, and should fail"
        } else {
            "the build ends without an error of its own"
        };
        return Err(difference(what, &format!("{message}\n{}", recording.stderr)));
    }
    if let Some(lines) = &expected.error_lines {
        let (mut lines, mut ours) = (lines.clone(), recording.error_lines());
        // The reference tells some places twice, and those of a circle in any order.
        for places in [&mut lines, &mut ours] {
            places.sort_unstable();
            places.dedup();
        }
        let text = without_hint(recording.error().map_or("", |error| &error.message));
        let message = without_hint(message);
        let (message, text) = (with_sorted_rules(message), with_sorted_rules(text));
        if message != text {
            return Err(difference("the error reads differently", &diff::lines(&message, &text)));
        }
        if lines != ours && !lines.is_empty() {
            let error = recording.error().map(|error| error.message.as_str()).unwrap_or_default();
            let how = format!("- {lines:?} {message}\n+ {ours:?} {error}");
            return Err(difference("the error is about other lines", &how));
        }
    }
    // Without any request, the Dockerfile wasn't read, and the second detail is something else.
    let has_range = expected.error_lines.is_none()
        && expected.error_details >= DETAILS_WITH_RANGE
        && expected.rpcs > 0;
    if has_range && recording.error_lines().is_empty() {
        let error = recording.error().map(|error| error.message.as_str()).unwrap_or_default();
        return Err(difference("the error has no source range", error));
    }
    // What was found before the error is told all the same.
    compare_warnings(expected, recording)
}

fn compare_graphs(expected: &Expected, result: &Returned) -> Result<(), Difference> {
    // The empty file system is a ref without a graph, and a request's answer has no ref at all.
    let empty = Graph::default();
    let keys: BTreeSet<&String> = expected.refs.keys().chain(result.graphs.keys()).collect();
    for key in keys {
        let platform = if key.is_empty() { String::new() } else { format!(" of {key}") };
        let graph = result.graphs.get(key).unwrap_or(&empty);
        let vertices = expected.refs.get(key).map(Vec::as_slice).unwrap_or_default();
        if let Some(how) = different_vertices(vertices, graph) {
            return Err(difference(&format!("the vertices{platform} differ"), &how));
        }
        let (theirs, ours) = (expected.heads.get(key), graph.head.as_ref());
        if theirs != ours {
            let how = format!("- {theirs:?}\n+ {ours:?}");
            return Err(difference(&format!("the head{platform} differs"), &how));
        }
    }
    Ok(())
}

/// Shows the first vertex that differs, beside the one that probably takes its place.
fn different_vertices(expected: &[ExpectedVertex], graph: &Graph) -> Option<String> {
    let theirs: BTreeMap<&str, &ExpectedVertex> =
        expected.iter().map(|vertex| (vertex.digest.as_str(), vertex)).collect();
    let ours: BTreeMap<&str, &Vertex> =
        graph.vertices.iter().map(|vertex| (vertex.digest.as_str(), vertex)).collect();
    let missing: Vec<&ExpectedVertex> =
        expected.iter().filter(|vertex| !ours.contains_key(vertex.digest.as_str())).collect();
    let extra: Vec<&Vertex> = graph
        .vertices
        .iter()
        .filter(|vertex| !theirs.contains_key(vertex.digest.as_str()))
        .collect();
    if missing.is_empty() && extra.is_empty() {
        return None;
    }
    let summary = format!("{} missing, {} too many\n", missing.len(), extra.len());
    // A vertex differs when one of its inputs does: the first cause has all the inputs that it should have.
    let cause = missing
        .iter()
        .find(|vertex| vertex.inputs().all(|input| ours.contains_key(input)))
        .or(missing.first());
    let Some(cause) = cause else {
        let extra = extra.first()?;
        return Some(format!("{summary}+ {}\n{}", extra.digest, pretty(&extra.json())));
    };
    let name = cause.name().unwrap_or_default();
    let op = pretty(&cause.op);
    let nearest = extra
        .iter()
        .map(|vertex| (diff::distance(&op, &pretty(&vertex.json())), vertex))
        .filter(|(_, vertex)| kind(&vertex.json()) == kind(&cause.op))
        .min_by_key(|(distance, _)| *distance);
    Some(match nearest {
        None => format!("{summary}- {} {name}\n{op}", cause.digest),
        Some((0, vertex)) => format!(
            "{summary}- {} {name}\n+ {}\nthey read the same, and are encoded differently: {}\n{op}",
            cause.digest,
            vertex.digest,
            vertex.base64(),
        ),
        Some((_, vertex)) => format!(
            "{summary}- {} {name}\n+ {} {}\n{}",
            cause.digest,
            vertex.digest,
            vertex.name().unwrap_or_default(),
            diff::lines(&op, &pretty(&vertex.json())),
        ),
    })
}

/// What kind of vertex it is, by the field that says what it does.
fn kind(op: &Value) -> Option<&str> {
    const KINDS: [&str; 7] = ["exec", "source", "file", "build", "merge", "diff", "passthrough"];
    KINDS.into_iter().find(|kind| op.get(kind).is_some())
}

/// The answer of a lint request without what rules of this project's own found, and whether there was any of that.
fn without_own_rules(mut answer: Value) -> (Value, bool) {
    let Some(warnings) = answer.get_mut("warnings").and_then(Value::as_array_mut) else {
        return (answer, false);
    };
    let before = warnings.len();
    warnings.retain(|warning| {
        REFERENCE_RULES.iter().any(|rule| warning["ruleName"].as_str() == Some(*rule))
    });
    let dropped = warnings.len() < before;
    if warnings.is_empty() {
        answer["warnings"] = Value::Null;
    }
    (answer, dropped)
}

fn compare_metadata(expected: &Expected, result: &Returned) -> Result<(), Difference> {
    let lint = result.json(LINT_RESULT).map(without_own_rules);
    let ours = result.metadata.keys().filter(|key| !OWN_METADATA.contains(&key.as_str()));
    let keys: BTreeSet<&String> = expected.metadata.keys().chain(ours).collect();
    for key in keys {
        let without_times = |value: Option<Value>| match value.map(without_chance) {
            Some(value) if key.contains("image.config") || key.contains("image.base.config") => {
                pretty(&without_times(value))
            }
            Some(value) => pretty(&without_hints(value)),
            None => String::new(),
        };
        let theirs = without_times(expected.metadata.get(key).cloned());
        let ours = match &lint {
            Some((answer, true)) if key == LINT_RESULT => without_times(Some(answer.clone())),
            // What the same findings are for people, and whether there are any.
            Some((_, true)) if LINT_TEXTS.contains(&key.as_str()) => continue,
            _ => without_times(result.json(key)),
        };
        if theirs != ours {
            let what = format!("the metadata {key} differs");
            return Err(difference(&what, &diff::lines(&theirs, &ours)));
        }
    }
    Ok(())
}

/// The answer of lint without the hints of its error, which are this project's own.
fn without_hints(mut answer: Value) -> Value {
    if let Some(error) = answer.get_mut("buildError").and_then(Value::as_object_mut) {
        error.remove("hints");
        if let Some(Value::String(message)) = error.get_mut("message") {
            *message = without_hint(message).to_owned();
        }
    }
    answer
}

/// An answer without what the reference draws by lot: the ids of groups, the order of rules in an error, and that of what
/// several variables of one instruction lead to.
fn without_chance(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            if let Some(group) = fields.get_mut("progress_group").and_then(Value::as_object_mut) {
                group.remove("id");
            }
            if let Some(Value::String(message)) = fields.get_mut("message") {
                *message = with_sorted_rules(message);
            }
            for field in fields.values_mut() {
                *field = without_chance(field.take());
            }
            if let Some(Value::Array(warnings)) = fields.get_mut("warnings") {
                // Those of one rule at one place stand together; what comes first there is chance.
                warnings.chunk_by_mut(is_of_same_place).for_each(|same| {
                    same.sort_by_key(|warning| warning["detail"].to_string());
                });
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_chance(item.take());
            }
        }
        _ => {}
    }
    value
}

/// Whether two warnings are of the same rule at the same place.
fn is_of_same_place(one: &Value, other: &Value) -> bool {
    ["ruleName", "location"].iter().all(|field| one[field] == other[field])
}

/// An image config without the times that depend on the day.
fn without_times(mut config: Value) -> Value {
    if let Some(config) = config.as_object_mut() {
        config.remove("created");
        for step in config.get_mut("history").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(step) = step.as_object_mut() {
                step.remove("created");
            }
        }
    }
    config
}

fn compare_warnings(expected: &Expected, recording: &Recording) -> Result<(), Difference> {
    let mut theirs: Vec<String> = expected
        .warnings
        .iter()
        .map(|warning| {
            let rule = warning.short.split(':').next().unwrap_or_default();
            format!("{rule} {}", warning.ranges.join(" "))
        })
        .collect();
    let mut ours: Vec<String> = recording
        .warnings
        .iter()
        .filter(|warning| REFERENCE_RULES.contains(&warning.rule()))
        .map(|warning| format!("{} {}", warning.rule(), warning.ranges.join(" ")))
        .collect();
    theirs.sort();
    ours.sort();
    if theirs == ours {
        return Ok(());
    }
    Err(difference("the warnings differ", &diff::lines(&theirs.join("\n"), &ours.join("\n"))))
}

fn compare_resolved(expected: &Expected, recording: &Recording) -> Result<(), Difference> {
    let extra: Vec<String> = recording
        .resolved()
        .into_iter()
        .filter(|image| !expected.resolved.contains(image))
        .map(|image| format!("+ {image}"))
        .collect();
    if extra.is_empty() {
        return Ok(());
    }
    Err(difference("images are looked up that the reference leaves alone", &extra.join("\n")))
}

fn compare_forwarded(expected: &Expected, recording: &Recording) -> Result<(), Difference> {
    let text = |frontend: &str, opts: &BTreeMap<String, String>| {
        let opts: Vec<String> =
            opts.iter().map(|(key, value)| format!("  {key}={value}")).collect();
        format!("{frontend}\n{}", opts.join("\n"))
    };
    let theirs: Vec<String> =
        expected.forwarded.iter().map(|to| text(&to.frontend, &to.opts)).collect();
    let ours: Vec<String> =
        recording.forwarded.iter().map(|to| text(&to.frontend, &to.opts)).collect();
    if theirs == ours {
        return Ok(());
    }
    Err(difference("forwarding differs", &diff::lines(&theirs.join("\n"), &ours.join("\n"))))
}

fn different_names(expected: &Expected, result: &Returned) -> Option<Difference> {
    let mut lines = Vec::new();
    for (key, vertices) in &expected.refs {
        let Some(graph) = result.graphs.get(key) else { continue };
        for theirs in vertices {
            let Some(ours) = graph.vertex(&theirs.digest) else { continue };
            let mut ours = ours.metadata_json();
            // The reference draws the ids of groups by lot, and the corpus has none.
            if let Some(group) = ours.pointer_mut("/progressGroup").and_then(Value::as_object_mut) {
                group.remove("id");
            }
            let (old, new) = (pretty(&theirs.meta), pretty(&ours));
            if old != new {
                lines.push(diff::lines(&old, &new));
            }
        }
    }
    (!lines.is_empty()).then(|| difference("steps are described differently", &lines.join("\n")))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|error| error.to_string())
}
