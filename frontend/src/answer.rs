//! Answers the compiler's questions by asking the engine.

use std::sync::Arc;

use aliasfront_compiler::Fact;
use aliasfront_compiler::question::{File, Key};
use aliasfront_compiler::wire::PlatformExt as _;
use buildkit_llb::{Differ, Graph, Source as LlbSource, VertexOptions};

use crate::engine::{Engine, Solve};
use crate::failure::Failure;
use crate::{
    content, elsewhere, image_meta, names, probe, published, source_meta, source_time, wording,
};

/// Asks the engine a question, called `log_name` in the build's progress.
pub(crate) async fn answer(engine: &Engine, key: &Key, log_name: &str) -> Fact {
    let outcome = match key {
        Key::Image(image) => match image_meta::find(engine, image, log_name).await {
            Err(failure) if elsewhere::is_missing_here(&failure) => {
                let elsewhere = Some(elsewhere::find(engine, image).await);
                return Fact::Failed(wording::failed(failure, elsewhere));
            }
            found => found,
        },
        Key::Published(published) => Ok(published::find(engine, published, log_name).await),
        Key::File(file) => read_file(engine, file, log_name).await,
        Key::Input(name) => {
            engine.inputs().await.map(|inputs| Fact::Input(inputs.get(name).cloned()))
        }
        Key::Probe(probe) => probe::look(engine, probe).await.map(Fact::Probe),
        Key::Stat(stat) => probe::stat(engine, stat).await.map(Fact::Stat),
        Key::Bytes(bytes) => probe::read(engine, bytes).await.map(Fact::Bytes),
        Key::Names(tree) => names::list(engine, tree).await.map(Fact::Names),
        Key::Commit(source) => {
            source_meta::commit(engine, source, log_name).await.map(Fact::Commit)
        }
        Key::Content(tree) => content::list(engine, tree, log_name).await,
        Key::SourceTime(source) => {
            source_time::find(engine, source, log_name).await.map(Fact::SourceTime)
        }
    };
    outcome.unwrap_or_else(|failure| Fact::Failed(wording::failed(failure, None)))
}

/// Reads a file of a local source that is loaded for just that.
async fn read_file(engine: &Engine, file: &File, log_name: &str) -> Result<Fact, Failure> {
    let source = LlbSource::local(&file.local)
        .session(&file.session)
        .follow([&file.path])
        .shared_key(&file.shared_key)
        .differ(Differ::None, false);
    let mut graph = Graph::new(engine.platform.to_pb());
    let output = graph.add(source, VertexOptions::named(log_name));
    let solve = Solve { evaluate: file.must_load, ..Solve::lazy(&graph.definition(output)) };
    let what = format!("failed to read {}", file.path);
    let reference = engine.solve(solve).await.map_err(|failure| failure.context(&what))?;
    match engine.read_ignore_file(&reference, &file.path).await {
        Ok(data) => Ok(Fact::File(data.map(Arc::from))),
        // If the build takes files of that source, it fails when it loads them.
        Err(error) if error.is_without_local_sources() => Ok(Fact::File(None)),
        Err(error) => Err(engine.unreadable(&reference, &file.path, &what, &error).await),
    }
}
