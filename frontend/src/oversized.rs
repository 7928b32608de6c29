//! What doesn't fit into a message: what is too large, how large, and what to do.

use aliasfront_compiler::Error;
use buildkit_llb::Digest;
use buildkit_proto::client::MAX_MESSAGE_SIZE;
use buildkit_proto::pb;

/// The key under which a vertex's description has its name.
const NAME: &str = "llb.customname";

/// The error of a graph that is solved by a message of `size` bytes, which is more than
/// [`MAX_MESSAGE_SIZE`]. Says what the larger part of it is.
pub(crate) fn graph(definition: &pb::Definition, size: usize) -> Error {
    let infos = definition.source.iter().flat_map(|source| &source.infos);
    let source: usize = infos.map(|info| info.data.len()).sum();
    let largest = definition.def.iter().max_by_key(|vertex| vertex.len());
    let largest = largest.map_or(&[][..], Vec::as_slice);
    let message = format!(
        "the graph of the build has {size} bytes, more than BuildKit takes in a message \
         (MAX_MESSAGE_SIZE is {MAX_MESSAGE_SIZE})"
    );
    if source.max(largest.len()) < size / 4 {
        let steps = definition.def.len();
        return Error::new(format!("{message}: it has {steps} steps")).hint(
            "build a target that needs fewer of them, or set fewer and shorter variables: each RUN has \
             all of them",
        );
    }
    if source > largest.len() {
        return Error::new(format!(
            "{message}: the Dockerfile, which goes along with it, has {source} bytes"
        ))
        .hint("move what its heredocs hold to files of the build context");
    }
    let metadata = definition.metadata.get(&Digest::of(largest).to_string());
    let name = metadata.and_then(|metadata| metadata.description.get(NAME));
    let name = name.map_or("without a name", String::as_str);
    Error::new(format!("{message}: the step {name:?} has {} bytes", largest.len())).hint(
        "a long .dockerignore can name directories instead of files, a heredoc can be a file of the \
         build context, and a long command a script",
    )
}

/// The error of a file that has `size` bytes, which is more than [`MAX_MESSAGE_SIZE`].
pub(crate) fn file(path: &str, size: i64) -> Error {
    Error::new(format!(
        "{path} has {size} bytes, more than BuildKit sends in a message (MAX_MESSAGE_SIZE is \
         {MAX_MESSAGE_SIZE})"
    ))
    .hint("move what its heredocs and long comments hold to files of the build context")
}
