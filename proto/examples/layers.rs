//! A whole frontend: a file that names images, one a line, is built as these images laid over each other. Packed into
//! an image, it builds every file that starts with `# syntax=` and the name of that image.

use buildkit_proto::client::{self, Ended, Gateway, RunError};
use buildkit_proto::environment::Environment;
use buildkit_proto::gateway::{ReadFileRequest, Result as BuildResult, SolveRequest};
use buildkit_proto::{Failure, pb};
use sha2::{Digest, Sha256};

fn main() -> Result<Ended, RunError> {
    client::run(build)
}

async fn build(gateway: Gateway, environment: Environment) -> Result<BuildResult, Failure> {
    let filename = environment.opts.get("filename").map_or("Dockerfile", String::as_str);
    let mut folder = pb::Definition::default();
    let local = add_source(&mut folder, "local://dockerfile");
    let folder = solve(&gateway, folder, local).await?.unwrap_or_default();
    let file = ReadFileRequest { r#ref: folder, file_path: filename.into(), ..Default::default() };
    let text = gateway.read_file(file).await?.data;
    let text = String::from_utf8_lossy(&text);
    let names = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));

    let mut layers = pb::Definition::default();
    let identifiers = names.map(|name| format!("docker-image://{name}"));
    let images: Vec<_> = identifiers.map(|image| add_source(&mut layers, &image)).collect();
    if images.len() < 2 {
        return Err(Failure::new(format!("{filename} names fewer than two images")));
    }
    let inputs = (0..).map(|input| pb::MergeInput { input }).take(images.len()).collect();
    let merge = pb::op::Op::Merge(pb::MergeOp { inputs });
    let merged = add(&mut layers, pb::Op { op: Some(merge), inputs: images, ..Default::default() });
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}}"#;
    let reference = solve(&gateway, layers, merged).await?;
    Ok(BuildResult::one(reference).metadata("containerimage.config", config))
}

fn add_source(graph: &mut pb::Definition, identifier: &str) -> pb::Input {
    let source = pb::SourceOp { identifier: identifier.into(), ..Default::default() };
    add(graph, pb::Op { op: Some(pb::op::Op::Source(source)), ..Default::default() })
}

/// Adds a vertex, and gives what comes of it, to be the input of others.
fn add(graph: &mut pb::Definition, vertex: pb::Op) -> pb::Input {
    graph.def.push(vertex.into_bytes());
    let digest = graph.def.last().map(Sha256::digest).unwrap_or_default();
    pb::Input { digest: format!("sha256:{digest:x}"), index: 0 }
}

async fn solve(
    gateway: &Gateway,
    mut graph: pb::Definition,
    result: pb::Input,
) -> Result<Option<String>, Failure> {
    add(&mut graph, pb::Op { inputs: vec![result], ..Default::default() });
    let request = SolveRequest::new(graph);
    Ok(gateway.solve(request).await?.into_reference()?)
}
