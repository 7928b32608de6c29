//! What makes a compile stage come out differently from the same recipe.

use buildkit_dockerfile::Lines;

use crate::context::git::is_commit;
use crate::context::{MainContext, RootSource};
use crate::eval::step::StepKind;
use crate::eval::{EdgeKind, Origin, Program};
use crate::given::Given;
use crate::graph::{Graph, Reach};
use aliasfront_gotext::quote::quote;

/// What of the reached stages two builds of the same recipe may get differently, each with its lines.
pub fn unrepeatable(
    given: &Given,
    graph: &Graph,
    reach: &Reach,
    program: &Program,
) -> Vec<(Lines, String)> {
    let mut found = Vec::new();
    for id in reach.iter() {
        let node = &graph[id];
        let Some(root) = node.root.as_ref().filter(|_| node.base.is_none()) else { continue };
        match &root.source {
            RootSource::Image { reference, .. } | RootSource::Layout { reference, .. }
                if !reference.contains('@') && root.looked_up().is_none() =>
            {
                let name = quote(reference);
                found.push((
                    node.lines,
                    format!("image {name} is named by a tag, and nothing tells its digest"),
                ));
            }
            RootSource::Git(git) if git.commit().is_none() => {
                let name = quote(&git.given);
                found.push((node.lines, format!("repository {name} is named without a commit")));
            }
            RootSource::Http { url, .. } => {
                let name = quote(url);
                found.push((node.lines, format!("download {name} has no checksum")));
            }
            _ => {}
        }
    }
    let of_context = program.uses.iter().find(|used| {
        used.from == Origin::Context && matches!(used.edge, EdgeKind::Copy | EdgeKind::Mount)
    });
    if let Some(used) = of_context {
        match given.context() {
            MainContext::Git(git) if git.commit().is_none() => {
                found.push((
                    used.lines,
                    "the build context is a repository without a commit".to_owned(),
                ));
            }
            MainContext::Http { .. } => {
                found.push((
                    used.lines,
                    "the build context is a download without a checksum".to_owned(),
                ));
            }
            _ => {}
        }
    }
    for step in &program.steps {
        // Of what an instruction loads from the network the graph has no lines.
        let lines = step.lines.unwrap_or(graph[step.stage].lines);
        match &step.kind {
            StepKind::Git { reference, checksum, .. }
                if !is_given(checksum.as_deref()) && !is_commit(&reference.reference) =>
            {
                let name = quote(&reference.remote);
                found.push((lines, format!("repository {name} is named without a commit")));
            }
            StepKind::Http { url, checksum, .. } if !is_given(checksum.as_deref()) => {
                found.push((lines, format!("download {} has no checksum", quote(url))));
            }
            StepKind::Run(run) if !run.secrets.is_empty() => {
                let ids: Vec<&str> = run.secrets.iter().map(|secret| secret.id.as_str()).collect();
                found.push((
                    lines,
                    format!("what the secret {} holds is not in it", ids.join(", ")),
                ));
            }
            _ => {}
        }
    }
    found.sort_by_key(|(lines, _)| *lines);
    found.dedup();
    found
}

/// Whether an instruction says what the files must be.
fn is_given(checksum: Option<&str>) -> bool {
    checksum.is_some_and(|checksum| !checksum.is_empty())
}
