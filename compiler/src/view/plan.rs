//! `frontend.plan`: what a build would do, and why.

use std::collections::HashSet;
use std::rc::Rc;

use buildkit_dockerfile::{Kind, Lines};

use super::json::{Json, Object};
use super::page::Page;
use super::request::{self, Named, RESULT_JSON, RESULT_TEXT};
use super::stages::Reasons;
use super::{Metadata, Request, aliases, stages};
use crate::alias::report;
use crate::arena::Arena;
use crate::graph::NodeId;
use crate::machine::Compilation;
use crate::question::{Fact, Key};
use crate::secrets::Secrets;
use aliasfront_image::platform::Platform;

/// Shows the plan of a build.
pub static REQUEST: Request = Request {
    name: "frontend.plan",
    version: "1.0.0",
    description: "Show which stages a build keeps and why, its aliases, arguments and images",
    opts: Some(&[Named { name: "target", description: "Target build stage" }]),
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: false,
};

/// How many instructions of the chain that leads to a stage are shown with it: those nearest to it. The
/// stages before have chains of their own.
const MAX_CHAIN: usize = 20;

/// Answers with what the compilations of a build came to, one for each platform.
pub fn plan(compilations: &[Compilation]) -> Metadata {
    let mut page = Page::default();
    let mut platforms = Vec::with_capacity(compilations.len());
    for (index, compilation) in compilations.iter().enumerate() {
        let images = images(compilation);
        if index > 0 {
            page.gap();
        }
        let stages = Stages::of(compilation);
        let args = args(compilation, &stages.secrets);
        page.hide(&stages.secrets);
        write(&stages, &args, &images, &mut page);
        platforms
            .push(Json::Object(platform_json(&stages, &args, &images)).hidden(&stages.secrets));
    }
    let target = compilations.first().map(|first| stages::name(&first.graph, first.target));
    let result =
        request::versioned().with("target", target).with("platforms", Json::Array(platforms));
    REQUEST
        .answer([(RESULT_JSON, Json::Object(result).to_bytes()), (RESULT_TEXT, page.into_bytes())])
}

fn platform_json(stages: &Stages<'_>, args: &[Arg], images: &[Image]) -> Object {
    let compilation = stages.compilation;
    let declared = stages::declared(&compilation.graph);
    Object::default()
        .with("platform", compilation.given.platforms.target.format_all())
        .with("stages", Json::list(declared, |id| stage_json(stages, id)))
        .with("aliases", aliases::list(compilation))
        .with("args", Json::list(args, |arg| arg_json(compilation, arg)))
        .with("images", Json::list(images, image_json))
}

/// The stages of a compilation, with what is told of each.
struct Stages<'a> {
    compilation: &'a Compilation,
    reasons: Reasons<'a>,
    /// The names of a stage's steps, as the progress output shows them, by the stage.
    steps: Arena<NodeId, Vec<String>>,
    secrets: Rc<Secrets>,
}

impl<'a> Stages<'a> {
    fn of(compilation: &'a Compilation) -> Self {
        let secrets = Rc::new(compilation.secrets());
        let mut steps = compilation.graph.nodes().map(|_| Vec::new());
        for step in compilation.program.steps.iter().filter(|step| !step.name.is_empty()) {
            steps[step.stage].push(secrets.step(step));
        }
        Self { compilation, reasons: Reasons::of(compilation), steps, secrets }
    }
}

fn stage_json(stages: &Stages<'_>, id: NodeId) -> Object {
    let Stages { compilation, reasons, steps, .. } = stages;
    let graph = &compilation.graph;
    let node = &graph[id];
    let kept = compilation.to_pass.contains(id);
    let base = match (&node.replaced_by, node.base) {
        (Some(context), _) => format!("context {}", context.key),
        (None, Some(base)) => stages::name(graph, base),
        (None, None) => node.base_name.clone(),
    };
    let steps = steps[id].iter().map(|step| step.as_str().into()).collect();
    let (chain, left_out) = stages::chain(graph, &compilation.to_pass, id, MAX_CHAIN);
    let reason = if kept { String::new() } else { reasons.why(id) };
    Object::default()
        .with("name", stages::name(graph, id))
        .with("line", Json::number(node.lines.first))
        .with("base", base)
        .with("kept", kept)
        .filled("target", id == compilation.target)
        .filled("mustPass", kept && !compilation.reach.contains(id))
        .filled("reason", reason)
        .filled("chainLeftOut", Json::number(left_out))
        .with("chain", stages::chain_json(graph, &chain))
        .with("stepCount", Json::number(node.steps))
        .with("steps", Json::Array(steps))
}

/// An argument with where its value comes from.
struct Arg {
    name: String,
    /// The stage that declares it; `None` for global ones.
    stage: Option<NodeId>,
    lines: Lines,
    origin: &'static str,
    value: Option<String>,
}

/// The declared arguments, global ones first, then those of reached stages.
fn args(compilation: &Compilation, secrets: &Secrets) -> Vec<Arg> {
    let globals = &compilation.given.globals;
    let dockerfile = compilation.given.dockerfile();
    let build_args = &compilation.given.options().build_args;
    let mut args: Vec<Arg> = Vec::new();
    let mut listed = HashSet::new();
    for declared in dockerfile.global_args.iter().flat_map(|instruction| &instruction.args) {
        let name = &declared.name.text;
        let Some(value) = globals.declared.get(name) else { continue };
        if !listed.insert(name) {
            continue;
        }
        let origin = match (value.overridden, &value.default) {
            (true, _) => "build-arg",
            (false, Some(_)) => "default",
            (false, None) => "unset",
        };
        let is_set = origin != "unset";
        let value = is_set.then(|| secrets.value(name, &value.value));
        let lines = globals.declared[name].lines;
        args.push(Arg { name: name.clone(), stage: None, lines, origin, value });
    }
    for id in compilation.reach.iter() {
        let Some(stage) = &compilation.program.stages[id] else { continue };
        for command in &compilation.graph[id].commands {
            let Kind::Arg(declared) = &command.instruction.kind else { continue };
            for arg in declared {
                let name = &arg.name.text;
                let value = stage.build_args.last(name);
                let origin = if build_args.contains_key(name) {
                    "build-arg"
                } else if arg.default.is_some() {
                    "default"
                } else if globals.declared.contains_key(name) && value.is_some() {
                    "inherited"
                } else if value.is_some() {
                    "predefined"
                } else {
                    "unset"
                };
                args.push(Arg {
                    name: name.clone(),
                    stage: Some(id),
                    lines: command.instruction.lines,
                    origin,
                    value: value.map(|value| secrets.value(name, value)),
                });
            }
        }
    }
    args
}

fn arg_json(compilation: &Compilation, arg: &Arg) -> Object {
    let stage = arg.stage.map(|id| stages::name(&compilation.graph, id));
    Object::default()
        .with("name", arg.name.as_str())
        .filled("stage", stage)
        .with("line", Json::number(arg.lines.first))
        .with("from", arg.origin)
        .filled("value", arg.value.as_deref())
}

/// An image that was looked up.
struct Image {
    reference: String,
    platform: String,
    /// What it was found to be: its digest, or why it was not found.
    found: Result<String, String>,
}

fn images(compilation: &Compilation) -> Vec<Image> {
    let mut images: Vec<Image> = compilation
        .facts
        .known()
        .filter_map(|(key, fact)| {
            let Key::Image(image) = key else { return None };
            let found = match fact {
                Fact::Image(found) => Ok(found.digest.clone()),
                Fact::Redirected(identifier) => Err(format!("became {identifier} by a policy")),
                Fact::Failed(failure) => Err(failure.message.clone()),
                _ => return None,
            };
            let platform = image.platform.as_ref().map(Platform::format_all);
            let platform = platform.unwrap_or_default();
            Some(Image { reference: image.reference.clone(), platform, found })
        })
        .collect();
    aliasfront_gotext::sort::stable_by(&mut images, |a, b| {
        (&a.reference, &a.platform).cmp(&(&b.reference, &b.platform))
    });
    images
}

fn image_json(image: &Image) -> Object {
    let object = Object::default()
        .with("reference", image.reference.as_str())
        .filled("platform", image.platform.as_str());
    match &image.found {
        Ok(digest) => object.with("digest", digest.as_str()),
        Err(error) => object.with("error", error.as_str()),
    }
}

/// Writes the plan for one platform.
fn write(stages: &Stages<'_>, args: &[Arg], images: &[Image], page: &mut Page) {
    let compilation = stages.compilation;
    let graph = &compilation.graph;
    let target = stages::name(graph, compilation.target);
    let total = stages::declared(graph).count();
    let kept = stages::declared(graph).filter(|id| compilation.to_pass.contains(*id)).count();
    let platform = compilation.given.platforms.target.format_all();
    page.line(0, &format!("TARGET {target} for {platform}: {kept} of {total} stages"));

    if !compilation.aliases.is_empty() {
        page.gap();
        page.line(0, "ALIASES");
    }
    for report in &compilation.aliases {
        let alias = &report.alias;
        let became = report::became(alias, graph);
        page.wrapped(
            2,
            &format!(
                "{}, {}: {became}",
                alias.name,
                aliases::state(compilation, report).in_words()
            ),
        );
        if let Some(reason) = &alias.fell_back {
            page.wrapped(4, reason);
        }
        if let Some(unpublished) = report::unpublished(alias) {
            page.wrapped(4, &unpublished);
        }
        if let Some(verified) = report.verified() {
            page.line(4, &verified);
        }
        for told in [report.not_verified(), report.not_checked()].into_iter().flatten() {
            page.wrapped(4, &told);
        }
        if let Some(loosened) = report.loosened() {
            page.wrapped(4, &loosened);
        }
        if report.pruned.count > 0 {
            let names = report.pruned.first.iter().map(|id| stages::name(graph, *id));
            let names = report::listed(names, report.pruned.count);
            page.wrapped(4, &format!("pruned {names}"));
        }
    }

    page.gap();
    page.line(0, "STAGES");
    for id in stages::declared(graph) {
        write_stage(stages, id, page);
    }

    if !args.is_empty() {
        page.gap();
        page.line(0, "ARGUMENTS");
    }
    for arg in args {
        let place = match arg.stage {
            Some(id) => format!("{}, {}", stages::name(graph, id), arg.lines),
            None => format!("{}", arg.lines),
        };
        let value = arg.value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
        page.wrapped(2, &format!("{}{value} ({}; {place})", arg.name, arg.origin));
    }

    if !images.is_empty() {
        page.gap();
        page.line(0, "IMAGES");
    }
    for Image { reference, platform, found } in images {
        let on = if platform.is_empty() { String::new() } else { format!(" for {platform}") };
        page.wrapped(2, &format!("{reference}{on}"));
        match found {
            Ok(digest) if digest.is_empty() => page.line(4, "from the engine's local store"),
            Ok(digest) => page.line(4, digest),
            Err(error) => page.wrapped(4, error),
        }
    }
}

fn write_stage(stages: &Stages<'_>, id: NodeId, page: &mut Page) {
    let Stages { compilation, reasons, steps, .. } = stages;
    let graph = &compilation.graph;
    let name = stages::name(graph, id);
    let count = graph[id].steps;
    let counted = format!("{count} {}", if count == 1 { "step" } else { "steps" });
    if !compilation.to_pass.contains(id) {
        page.line(2, &format!("pruned {name} ({counted})"));
        page.wrapped(6, &reasons.why(id));
        return;
    }
    let passes = if compilation.reach.contains(id) { "" } else { ", to pass" };
    page.line(2, &format!("kept {name} ({counted}){passes}"));
    if id == compilation.target {
        page.line(6, "it is the target");
    }
    let (chain, left_out) = stages::chain(graph, &compilation.to_pass, id, MAX_CHAIN);
    if left_out > 0 {
        page.line(6, &format!("… {left_out} instructions before these"));
    }
    for link in chain {
        page.line(6, &stages::link_line(graph, &link));
    }
    for step in &steps[id] {
        page.line(4, step);
    }
}
