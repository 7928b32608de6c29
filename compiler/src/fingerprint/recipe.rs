//! The canonical text of what a compile stage is made of.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use buildkit_llb::{Definition, Digest};
use buildkit_proto::json::ToJson as _;
use buildkit_proto::pb::{self, op};
use prost::Message as _;
use serde_json::Value;

use super::{Fingerprint, Recipe, Taken};
use crate::error::Error;
use crate::question::Tree;
use aliasfront_content::List;
use aliasfront_image::config::ImageConfig;
use aliasfront_image::platform::Platform;

/// What recipes start with: the number grows with every change of what a recipe is.
const HEAD: &str = "aliasfront fingerprint 1";
/// What stands for everything that is taken.
const EVERYTHING: &str = "*";
/// The sources that are images, by what their identifiers start with.
const IMAGES: [&str; 2] = ["docker-image://", "oci-layout://"];
/// What identifiers of local sources start with.
const LOCAL: &str = "local://";
/// The fields of an image config that are times, or follow from the steps and the base.
const LEFT_OUT: [&str; 3] = ["created", "history", "rootfs"];

/// A recipe whose lists of files are not known yet.
#[derive(Debug)]
pub struct Draft {
    /// The lines, with a place for each list.
    lines: Vec<Line>,
    /// The local sources whose files are to be listed, in the order of the lines.
    pub sources: Vec<LocalSource>,
    taken: Rc<Taken>,
}

#[derive(Debug)]
enum Line {
    Text(String),
    /// The files of the source at this place, as this vertex.
    Files {
        vertex: usize,
        source: usize,
    },
}

/// A local source of a compile stage, with what the stage takes of it.
#[derive(Debug, Clone)]
pub struct LocalSource {
    /// The local source's name, for example `context`.
    pub name: String,
    /// Its files: the definition has just its vertex.
    pub tree: Tree,
}

/// The list of the files of a local source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFiles {
    /// The local source's name.
    pub name: String,
    /// The list.
    pub list: Arc<List>,
}

impl Draft {
    /// The recipe of a stage that was compiled as the target, without its lists of files.
    ///
    /// `digests` has those of images that vertices name by a tag, by the image's name.
    ///
    /// # Errors
    ///
    /// A vertex that doesn't decode; there are none in definitions that the compiler makes.
    pub fn of(
        definition: &Definition,
        config: &ImageConfig,
        platform: &Platform,
        taken: Rc<Taken>,
        digests: &HashMap<String, String>,
    ) -> Result<Self, Error> {
        let mut lines = vec![
            Line::Text(HEAD.to_owned()),
            Line::Text(format!("platform {}", platform.normalize().format_all())),
        ];
        match taken.paths() {
            Some(paths) => {
                lines.extend(paths.map(|path| Line::Text(format!("take {}", Value::from(path)))));
            }
            None => lines.push(Line::Text(format!("take {EVERYTHING}"))),
        }
        let mut sources = Vec::new();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (number, bytes) in definition.def.iter().enumerate() {
            let op = pb::Op::decode(bytes.as_slice())
                .map_err(|error| Error::new(format!("vertex {number} does not decode: {error}")))?;
            let digest = Digest::of(bytes);
            let line = match &op.op {
                // The last one names the result.
                None => Line::Text(format!("result {}", inputs(&op, &numbers))),
                Some(op::Op::Source(source)) if source.identifier.starts_with(LOCAL) => {
                    let name = source.identifier[LOCAL.len()..].to_owned();
                    let tree = Tree::of(alone(definition, bytes, digest), false);
                    sources.push(LocalSource { name, tree });
                    Line::Files { vertex: number, source: sources.len() - 1 }
                }
                Some(of_vertex) => {
                    Line::Text(if let Some(digest) = image_digest(of_vertex, digests) {
                        let platform =
                            op.platform.as_ref().map_or(Value::Null, pb::Platform::to_json);
                        format!("vertex {number} image {digest} {platform}")
                    } else {
                        let inputs = inputs(&op, &numbers);
                        format!("vertex {number} step {inputs} {}", canonical(&op))
                    })
                }
            };
            lines.push(line);
            numbers.insert(digest.to_string(), number);
        }
        lines.push(Line::Text(format!("config {}", canonical_config(config))));
        Ok(Self { lines, sources, taken })
    }

    /// The recipe with the lists of the files of its sources, in their order.
    pub fn finish(&self, lists: Vec<Arc<List>>) -> Recipe {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Text(line) => text.push_str(line),
                Line::Files { vertex, source } => {
                    let _ = write!(text, "vertex {vertex} files");
                    if let Some(list) = lists.get(*source) {
                        let _ = write!(text, " {}", list.hash());
                    }
                }
            }
            text.push('\n');
        }
        let names = self.sources.iter().map(|source| source.name.clone());
        let files = names.zip(lists).map(|(name, list)| LocalFiles { name, list }).collect();
        Recipe { fingerprint: Fingerprint::of(&text), text, files, taken: Rc::clone(&self.taken) }
    }
}

/// The inputs of a vertex by their numbers and outputs: `[0.0,2.1]`.
fn inputs(op: &pb::Op, numbers: &HashMap<String, usize>) -> String {
    let inputs: Vec<String> = op
        .inputs
        .iter()
        .map(|input| {
            let number = numbers.get(&input.digest).copied().unwrap_or_default();
            format!("{number}.{}", input.index)
        })
        .collect();
    format!("[{}]", inputs.join(","))
}

/// The digest of a vertex that is an image: the one in its name, or the one that was looked up.
fn image_digest<'a>(op: &'a op::Op, digests: &'a HashMap<String, String>) -> Option<&'a str> {
    let op::Op::Source(source) = op else { return None };
    let name = IMAGES.iter().find_map(|scheme| source.identifier.strip_prefix(scheme))?;
    match name.rsplit_once('@') {
        Some((_, digest)) => Some(digest),
        None => digests.get(name).map(String::as_str),
    }
}

/// A vertex as JSON with sorted keys, without its inputs and without what a build's surroundings decide.
fn canonical(op: &pb::Op) -> Value {
    let mut json = op.to_json();
    if let Value::Object(fields) = &mut json {
        fields.remove("inputs");
        let meta = fields.get_mut("exec").and_then(|exec| exec.get_mut("meta"));
        if let Some(Value::Object(meta)) = meta {
            meta.remove("proxyEnv");
        }
    }
    json
}

/// A definition of one vertex without inputs.
fn alone(definition: &Definition, bytes: &[u8], digest: Digest) -> Definition {
    let input = pb::Input { digest: digest.to_string(), index: 0 };
    let last = pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec();
    let last_digest = Digest::of(&last);
    let metadata = [digest, last_digest].into_iter().filter_map(|digest| {
        definition.metadata.get(&digest).map(|metadata| (digest, metadata.clone()))
    });
    Definition { def: vec![bytes.to_vec(), last], metadata: metadata.collect(), source: None }
}

/// An image config as JSON with sorted keys, without times.
fn canonical_config(config: &ImageConfig) -> Value {
    let mut json: Value = serde_json::from_slice(&config.to_json()).unwrap_or_default();
    if let Value::Object(fields) = &mut json {
        for field in LEFT_OUT {
            fields.remove(field);
        }
    }
    json
}
