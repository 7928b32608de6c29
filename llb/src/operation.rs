//! What can be added to a graph.

use crate::graph::Graph;
use crate::options::VertexOptions;

/// What can be added to a [`Graph`].
pub trait Operation {
    /// What adding it gives: an [`Output`](crate::Output), or more than one, or an optional one where
    /// the operation may come to nothing.
    type Added;

    /// Adds the operation to the graph. [`Graph::add`] is the usual way to call this.
    fn add_to(self, graph: &mut Graph, options: VertexOptions) -> Self::Added;
}
