//! Whether the engine took the image of an alias from its own store, although the registry has another one
//! by the same tag.
//!
//! An engine that keeps images in containerd answers a look-up with the digest of what it has, and nothing
//! tells that from the registry's. So the registry is asked as well, for the digest alone, where the client
//! lets the engine take what it has: Docker's own driver does, unless `--pull` is given.

use std::task::{Poll, ready};

use super::Alias;
use crate::context::RootSource;
use crate::facts::Facts;
use crate::graph::Graph;
use crate::lint::{Linter, rule};
use crate::options::ResolveMode;
use crate::question::{Fact, Image, ImageFact, Key};
use crate::secrets::Secrets;

/// What the registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registry {
    /// The same, or nobody knows: it cannot be reached, or was not to be asked.
    NoOther,
    /// Another image, by its digest.
    Other(String),
}

/// Asks the registry for the tag of an alias's image, where that may be another image. A registry that does not answer, or does not have the tag, is no reason to fail.
pub fn ask(
    alias: &Alias,
    graph: &Graph,
    secrets: &Secrets,
    facts: &mut Facts,
    lint: &Linter,
) -> Poll<Registry> {
    // What was found by its fingerprint is the right image, wherever it is from.
    if alias.is_found() {
        return Poll::Ready(Registry::NoOther);
    }
    let node = &graph[alias.stage];
    let Some((image, question)) = question(alias, graph) else {
        return Poll::Ready(Registry::NoOther);
    };
    if !lint.notes(&rule::alias_from_local_store::RULE, &node.comments) {
        return Poll::Ready(Registry::NoOther);
    }
    let log_name = || {
        let image = secrets.hide(&image.reference);
        format!("[alias {}] compare {image} with the registry", alias.name)
    };
    Poll::Ready(match ready!(facts.ask(&Key::Image(question), log_name)) {
        Fact::Image(other) if !other.digest.is_empty() && other.digest != image.digest => {
            Registry::Other(other.digest.clone())
        }
        _ => Registry::NoOther,
    })
}

/// The image of an alias by its tag, as the engine may have had it, and the question what the registry has.
fn question<'a>(alias: &Alias, graph: &'a Graph) -> Option<(&'a ImageFact, Image)> {
    let root = graph[alias.source].root.as_ref()?;
    let RootSource::Image { mode: ResolveMode::Local, .. } = root.source else { return None };
    let image = root.image.as_deref()?;
    let by_tag = !image.reference.contains('@') && !image.digest.is_empty();
    by_tag.then(|| {
        let question = Image {
            reference: image.reference.clone(),
            platform: root.platform.clone(),
            mode: ResolveMode::Pull,
            layout: None,
        };
        (image, question)
    })
}
