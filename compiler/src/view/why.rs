//! `frontend.why`: why a stage is still there, or why it is not.

use std::rc::Rc;

use buildkit_dockerfile::suggest;

use super::json::{Json, Object};
use super::page::Page;
use super::request::{self, Named, RESULT_JSON, RESULT_TEXT};
use super::stages::Reasons;
use super::{Metadata, Request, stages};
use crate::alias::contract::{Overrides, PREFIX};
use crate::error::{Error, ErrorKind};
use crate::graph::{Graph, NodeId};
use crate::machine::Compilation;

/// Tells why a stage is kept or pruned.
pub static REQUEST: Request = Request {
    name: "frontend.why",
    version: "1.0.0",
    description: "Tell why a stage is part of the build, or why it is not",
    opts: Some(&[Named { name: "target", description: "Target build stage" }]),
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: false,
};

/// The build argument that names the stage, without its prefix.
pub const ARGUMENT: &str = "WHY";

/// Answers for the stage that the build argument names, on each platform of a build.
///
/// # Errors
///
/// No stage was given, or there is none of that name.
pub fn why(compilations: &[Compilation]) -> Result<Metadata, Error> {
    let given = compilations.first().map(|first| first.given.options());
    let overrides = given.map(|options| Overrides::parse(&options.build_args)).transpose()?;
    let Some(stage) = overrides.as_ref().and_then(|overrides| overrides.get(ARGUMENT)) else {
        return Err(Error::new(format!(
            "{} needs the name of a stage: --build-arg {PREFIX}{ARGUMENT}=<stage>",
            REQUEST.name
        ))
        .kind(ErrorKind::Option));
    };
    let mut named = (String::new(), String::new());
    let mut platforms = Vec::with_capacity(compilations.len());
    let mut pages: Vec<(Vec<String>, Vec<u8>)> = Vec::new();
    for compilation in compilations {
        let id = find(&compilation.graph, stage)?;
        let name = |id| stages::name(&compilation.graph, id);
        named = (name(id), name(compilation.target));
        let (result, page) = on_platform(compilation, id);
        let platform = compilation.given.platforms.target.format_all();
        platforms.push(result);
        match pages.iter_mut().find(|(_, known)| *known == page) {
            Some((on, _)) => on.push(platform),
            None => pages.push((vec![platform], page)),
        }
    }
    let (name, target) = named;
    let result = request::versioned()
        .with("stage", name)
        .with("target", target)
        .with("platforms", Json::Array(platforms));
    Ok(REQUEST.answer([(RESULT_JSON, Json::Object(result).to_bytes()), (RESULT_TEXT, join(pages))]))
}

/// The pages of all platforms. Mostly they say the same, and which platforms they are about only matters
/// where they don't.
fn join(pages: Vec<(Vec<String>, Vec<u8>)>) -> Vec<u8> {
    if let [(_, page)] = pages.as_slice() {
        return page.clone();
    }
    let mut text = Vec::new();
    for (index, (platforms, page)) in pages.into_iter().enumerate() {
        let mut heading = Page::default();
        if index > 0 {
            heading.gap();
        }
        heading.wrapped(0, &format!("ON {}", platforms.join(", ")));
        text.extend(heading.into_bytes());
        text.extend(page);
    }
    text
}

/// The answer for one platform, as JSON and as text.
fn on_platform(compilation: &Compilation, id: NodeId) -> (Json, Vec<u8>) {
    let graph = &compilation.graph;
    let name = stages::name(graph, id);
    let target = stages::name(graph, compilation.target);
    let kept = compilation.to_pass.contains(id);
    let (chain, _) = stages::chain(graph, &compilation.to_pass, id, usize::MAX);
    let needed_by = stages::needed_by(graph, id);

    let secrets = Rc::new(compilation.secrets());
    let mut page = Page::default();
    page.hide(&secrets);
    if id == compilation.target {
        page.line(0, &format!("{name} is kept: it is the target"));
    } else if kept {
        let passes = if compilation.reach.contains(id) { "" } else { " to pass" };
        page.line(0, &format!("{name} is kept: {target} needs it{passes}"));
        for link in &chain {
            page.line(2, &stages::link_line(graph, link));
        }
        let others = needed_by
            .iter()
            .filter(|link| compilation.to_pass.contains(link.by) && !chain.contains(link));
        for (index, link) in others.enumerate() {
            if index == 0 {
                page.line(0, "it is also needed by");
            }
            page.line(2, &stages::link_line(graph, link));
        }
    } else {
        let reason = Reasons::of(compilation).why(id);
        page.wrapped(0, &format!("{name} is pruned: {reason}"));
        for link in &needed_by {
            page.line(2, &stages::link_line(graph, link));
        }
    }
    let reason = (!kept).then(|| Reasons::of(compilation).why(id));
    let result = Object::default()
        .with("platform", compilation.given.platforms.target.format_all())
        .with("kept", kept)
        .filled("reason", reason)
        .with("chain", stages::chain_json(graph, &chain))
        .with("neededBy", stages::chain_json(graph, &needed_by));
    (Json::Object(result).hidden(&secrets), page.into_bytes())
}

/// The declared stage of this name: of several the one that `--target` would find.
fn find(graph: &Graph, name: &str) -> Result<NodeId, Error> {
    let names = || stages::declared(graph).map(|id| (stages::name(graph, id), id));
    let found = names().filter(|(known, _)| known.eq_ignore_ascii_case(name)).last();
    found.map(|(_, id)| id).ok_or_else(|| {
        let known: Vec<String> = names().map(|(name, _)| name).collect();
        let message = suggest::did_you_mean(
            format!("{PREFIX}{ARGUMENT}={name}: there is no such stage"),
            name,
            known.iter().map(String::as_str),
            false,
        );
        Error::new(message).hint(format!("stages are {}", known.join(", "))).kind(ErrorKind::Option)
    })
}
