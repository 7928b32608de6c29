//! The list of files by a step of the build.

use std::env;

use aliasfront_compiler::Error;
use aliasfront_compiler::question::Tree;
use aliasfront_compiler::wire::PlatformExt as _;
use aliasfront_content::List;
use buildkit_llb::{Exec, Graph, Mount, Network, VertexOptions};
use buildkit_proto::pb;

use super::Unlisted;
use super::program::{FAILURE, FILES, LIST};
use crate::engine::{Engine, Solve};
use crate::failure::Failure;

/// Where this executable is, where the system doesn't tell.
const EXECUTABLE: &str = "/bin/aliasfront-frontend";
/// Where the step sees the files.
const SOURCE: &str = "/source";
/// Where the step writes the list.
const RESULT: &str = "/list";

/// Runs the step. It is the same for the same source and version of this frontend, whatever the build, and what it reads
/// is read-only: so the engine finds its result again by the content of the source.
pub(super) async fn run(
    engine: &Engine,
    tree: &Tree,
    image: &pb::Definition,
    log_name: &str,
) -> Result<List, Unlisted> {
    let definition = definition(engine, tree, image, log_name)?;
    let solve = Solve { definition, evaluate: true, ..Solve::default() };
    let reference = engine.solve(solve).await?;
    let read = async |name| {
        let data = engine.read_file(&reference, name, None).await;
        data.map_err(|error| Failure::request(&error, log_name))
    };
    let broken = |why: &str| Failure::from(Error::new(format!("{log_name}: {why}")));
    let Some(text) = read(FILES).await? else {
        let message = read(FAILURE).await?.ok_or_else(|| broken("the step wrote no list"))?;
        return Err(Unlisted::Files(String::from_utf8_lossy(&message).into_owned()));
    };
    let text = String::from_utf8(text).map_err(|error| broken(&error.to_string()))?;
    Ok(text.parse().map_err(|error: aliasfront_content::ParseError| broken(&error.to_string()))?)
}

fn definition(
    engine: &Engine,
    tree: &Tree,
    image: &pb::Definition,
    log_name: &str,
) -> Result<pb::Definition, Failure> {
    let source = tree.decode()?;
    let mut graph = Graph::new(engine.platform.to_pb());
    let mut import = |definition| {
        let imported = graph.import(definition);
        imported.map_err(|error| Error::new(format!("{log_name}: {error}")))
    };
    let (root, source) = (import(image)?, import(&source)?);
    let executable = env::current_exe().ok();
    let executable = executable.and_then(|path| path.into_os_string().into_string().ok());
    let executable = executable.unwrap_or_else(|| EXECUTABLE.to_owned());
    let exec = Exec::new([executable.as_str(), LIST, SOURCE, RESULT]);
    let exec = exec
        .map_err(|error| Error::new(error.to_string()))?
        .root(root)
        .readonly_root()
        .network(Network::None)
        .mount(Mount::bind(SOURCE, source).readonly())
        .mount(Mount::bind(RESULT, None));
    let outputs = graph.add(exec, VertexOptions::named(log_name));
    Ok(graph.definition(outputs.mount(RESULT)).into_pb())
}
