//! `frontend.outline`: what a target can be given.

use std::collections::{BTreeMap, HashSet};

use aliasfront_gotext::tabwriter;
use buildkit_dockerfile::Lines;

use buildkit_proto::json::go;

use super::json::{Json, Object};
use super::request::{Named, RESULT_JSON, RESULT_TEXT};
use super::{Metadata, Request, location};
use crate::eval::outline::{Access, ArgInfo, Outline};
use crate::graph::{Graph, NodeId};
use crate::machine::Compilation;
use crate::shown;

/// Shows a target's arguments, secrets and agent sockets.
pub static REQUEST: Request = Request {
    name: "frontend.outline",
    version: "1.0.0",
    description: "List all parameters current build target supports",
    opts: Some(&[Named { name: "target", description: "Target build stage" }]),
    metadata: &[RESULT_JSON, RESULT_TEXT],
    listed: true,
};

const HEAD_PADDING: usize = 1;
const PADDING: usize = 3;

/// Answers with what the target of `compilation` can be given, it and all the stages it needs.
pub fn outline(compilation: &Compilation) -> Metadata {
    let node = &compilation.graph[compilation.target];
    let stages = &compilation.given.dockerfile().stages;
    let stage = node.declared.and_then(|index| stages.get(index));
    let outlines = needed(&compilation.graph, compilation.target).into_iter().filter_map(|id| {
        let stage = compilation.program.stages.get(id)?.as_ref()?;
        Some(&stage.outline)
    });
    Parameters::of(outlines).answer(
        node.name.as_deref().unwrap_or_default(),
        &shown::block(stage.and_then(|stage| stage.description.as_deref()).unwrap_or_default()),
        &compilation.given.input.source.data,
    )
}

/// The stages that `target` needs and itself, each before its base, and its base before the stages it
/// takes files from. Doesn't recurse: stages build on each other as often as they like.
fn needed(graph: &Graph, target: NodeId) -> Vec<NodeId> {
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![target];
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            order.push(id);
            let node = &graph[id];
            open.extend(node.edges.iter().rev().map(|edge| edge.to));
            open.extend(node.base);
        }
    }
    order
}

/// What a target can be given: of each name, what the first stage says that knows it.
#[derive(Default)]
struct Parameters<'a> {
    args: BTreeMap<&'a str, &'a ArgInfo>,
    secrets: BTreeMap<&'a str, &'a Access>,
    ssh: BTreeMap<&'a str, &'a Access>,
}

impl<'a> Parameters<'a> {
    fn of(outlines: impl IntoIterator<Item = &'a Outline>) -> Self {
        let mut all = Self::default();
        for outline in outlines {
            for (name, info) in outline.used_args() {
                all.args.entry(name).or_insert(info);
            }
            for (id, access) in outline.secrets.iter() {
                all.secrets.entry(id).or_insert(access);
            }
            for (id, access) in outline.ssh.iter() {
                all.ssh.entry(id).or_insert(access);
            }
        }
        all
    }

    fn answer(&self, name: &str, description: &str, source: &[u8]) -> Metadata {
        let args = by_line(&self.args, |info| (info.lines, info.at));
        let secrets = by_line(&self.secrets, |access| (access.lines, access.mount));
        let ssh = by_line(&self.ssh, |access| (access.lines, access.mount));
        let result = Object::default()
            .filled("name", name)
            .filled("description", description)
            .filled("args", Json::list(&args, |(name, info)| arg_json(name, info)))
            .filled("secrets", Json::list(&secrets, |(id, access)| access_json(id, access)))
            .filled("ssh", Json::list(&ssh, |(id, access)| access_json(id, access)))
            .with("sources", Json::Array(vec![Json::bytes(source)]));
        let tables = [
            head_table(name, description),
            args_table(&args),
            access_table("SECRET", &secrets),
            access_table("SSH", &ssh),
        ];
        REQUEST.answer([
            (RESULT_JSON, Json::Object(result).to_bytes()),
            (RESULT_TEXT, tables.concat().into_bytes()),
        ])
    }
}

/// The entries by the first lines of their instructions, and in one instruction in their order.
fn by_line<'a, T, P: Ord>(
    entries: &BTreeMap<&'a str, &'a T>,
    place: fn(&T) -> (Lines, P),
) -> Vec<(&'a str, &'a T)> {
    let mut entries: Vec<_> = entries.iter().map(|(name, entry)| (*name, *entry)).collect();
    let key = |entry: &T| {
        let (lines, at) = place(entry);
        (lines.first, at)
    };
    aliasfront_gotext::sort::stable_by(&mut entries, |(_, a), (_, b)| key(a).cmp(&key(b)));
    entries
}

fn arg_json(name: &str, info: &ArgInfo) -> Object {
    Object::default()
        .with("name", shown::block(name))
        .filled("description", description(info))
        .filled("value", shown::block(&info.value))
        .with("location", go::location(&location::lines(&[info.lines])))
}

/// What the comment above an argument says.
fn description(info: &ArgInfo) -> String {
    shown::block(info.description.as_deref().unwrap_or_default())
}

fn access_json(id: &str, access: &Access) -> Object {
    Object::default()
        .with("name", shown::block(id))
        .filled("required", access.required)
        .with("location", go::location(&location::lines(&[access.lines])))
}

fn head_table(name: &str, description: &str) -> String {
    if name.is_empty() && description.is_empty() {
        return String::new();
    }
    let name = if name.is_empty() { "(default)" } else { name };
    let mut table = format!("TARGET:\t{name}\n");
    if !description.is_empty() {
        table.extend(["DESCRIPTION:\t", description, "\n"]);
    }
    finish(&table, HEAD_PADDING)
}

fn args_table(args: &[(&str, &ArgInfo)]) -> String {
    if args.is_empty() {
        return String::new();
    }
    let mut table = String::from("BUILD ARG\tVALUE\tDESCRIPTION\n");
    for (name, info) in args {
        let (name, value) = (shown::block(name), shown::block(&info.value));
        table.extend([&name, "\t", &value, "\t", &description(info), "\n"]);
    }
    finish(&table, PADDING)
}

fn access_table(title: &str, entries: &[(&str, &Access)]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let mut table = format!("{title}\tREQUIRED\n");
    for (id, access) in entries {
        let required = if access.required { "true" } else { "" };
        table.extend([&shown::block(id), "\t", required, "\n"]);
    }
    finish(&table, PADDING)
}

/// The table with its columns aligned, and an empty line behind it.
fn finish(table: &str, padding: usize) -> String {
    tabwriter::align(table, padding) + "\n"
}
