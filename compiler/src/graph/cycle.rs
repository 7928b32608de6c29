//! Stages that need each other.

use buildkit_dockerfile::Lines;

use super::{Graph, NodeId};
use crate::arena::Arena;
use crate::error::Error;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

impl Graph {
    /// Fails where stages take files from each other in a circle.
    ///
    /// # Errors
    ///
    /// The first circle, with the instructions that make it.
    pub(super) fn check_cycles(&self) -> Result<(), Error> {
        let mut marks = self.nodes().map(|_| Mark::New);
        for start in self.ids() {
            self.walk(start, &mut marks)?;
        }
        Ok(())
    }

    /// Walks edges depth first, without recursion: a chain may be as long as the Dockerfile.
    fn walk(&self, start: NodeId, marks: &mut Arena<NodeId, Mark>) -> Result<(), Error> {
        if marks[start] != Mark::New {
            return Ok(());
        }
        let mut path: Vec<(NodeId, usize)> = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let Some(edge) = self[node].edges.get(*next).copied() else {
                marks[node] = Mark::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match marks[edge.to] {
                Mark::New => {
                    marks[edge.to] = Mark::Open;
                    path.push((edge.to, 0));
                }
                Mark::Open => {
                    let mut error = Error::new(format!(
                        "circular dependency detected on stage: {}",
                        self[start].label
                    ))
                    .hint("a stage can only take files from stages before it");
                    for pair in path.windows(2) {
                        error = error.and_at(self.last_lines(pair[0].0, pair[1].0));
                    }
                    return Err(error.and_at(self.last_lines(node, edge.to)));
                }
                Mark::Done => {}
            }
        }
        Ok(())
    }

    /// The lines of the last of the instructions by which a stage needs another: the one that the reference names.
    fn last_lines(&self, from: NodeId, to: NodeId) -> Lines {
        let mut edges = self[from].edges.iter().rev();
        edges.find(|edge| edge.to == to).map_or(self[from].lines, |edge| edge.lines)
    }
}
