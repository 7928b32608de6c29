//! A frontend that is just enough to test the test gateway with: it looks up the image of every line of the Dockerfile
//! that starts with `FROM`, all at once, and returns the first as the result.
//!
//! The option `fixture` makes it do other things: `error` returns the Dockerfile as an error, `linger` ignores the end
//! of its stdin, and `silent` ends without returning anything.

use std::env;
use std::error::Error;
use std::future::{pending, ready};
use std::process::exit;

use bollard_buildkit_proto::google::rpc;
use bollard_buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_client::LlbBridgeClient;
use bollard_buildkit_proto::moby::buildkit::v1::frontend::{
    PingRequest, ReadFileRequest, Ref, ResolveSourceMetaRequest, Result as BuildResult,
    ReturnRequest, SolveRequest, result,
};
use bollard_buildkit_proto::pb;
use hyper_util::rt::TokioIo;
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::transport::{Channel, Endpoint};

type Client = LlbBridgeClient<Channel>;

#[tokio::main]
async fn main() {
    let mode = env::vars()
        .filter(|(name, _)| name.starts_with("BUILDKIT_FRONTEND_OPT_"))
        .find_map(|(_, opt)| opt.strip_prefix("fixture=").map(str::to_owned))
        .unwrap_or_default();
    // Ended like this, since a runtime that is dropped waits for whoever reads stdin.
    let Err(error) = build(&mode).await else { exit(0) };
    eprintln!("the fixture fails: {error}");
    if mode == "linger" {
        pending::<()>().await;
    }
    exit(1);
}

async fn build(mode: &str) -> Result<(), Box<dyn Error>> {
    let stdio = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
    let mut stdio = Some(TokioIo::new(stdio));
    // The address has no meaning: there is one connection.
    let channel = Endpoint::from_static("http://gateway")
        .connect_with_connector(tower::service_fn(move |_| {
            ready(stdio.take().ok_or("the connection is lost"))
        }))
        .await?;
    let mut client = LlbBridgeClient::new(channel).max_decoding_message_size(16 << 20);
    client.ping(PingRequest {}).await?;

    let source = solve(&mut client, "local://dockerfile").await?;
    let file = client
        .read_file(ReadFileRequest {
            r#ref: source,
            file_path: "Dockerfile".to_owned(),
            ..ReadFileRequest::default()
        })
        .await?;
    let dockerfile = String::from_utf8(file.into_inner().data)?;

    let outcome = match mode {
        "silent" => return Ok(()),
        "error" => {
            let error = rpc::Status { code: 2, message: dockerfile, details: Vec::new() };
            ReturnRequest { result: None, error: Some(error) }
        }
        _ => ReturnRequest {
            result: Some(first_image(client.clone(), &dockerfile).await?),
            error: None,
        },
    };
    client.r#return(outcome).await?;
    if mode == "error" { Err("as it should".into()) } else { Ok(()) }
}

/// Looks all images up, and evaluates the first.
async fn first_image(mut client: Client, dockerfile: &str) -> Result<BuildResult, Box<dyn Error>> {
    let mut lookups = Vec::new();
    for image in dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")) {
        let mut client = client.clone();
        let request = ResolveSourceMetaRequest {
            source: Some(pb::SourceOp {
                identifier: format!("docker-image://{image}"),
                ..pb::SourceOp::default()
            }),
            ..ResolveSourceMetaRequest::default()
        };
        lookups.push(tokio::spawn(async move { client.resolve_source_meta(request).await }));
    }
    let mut id = String::new();
    for (index, lookup) in lookups.into_iter().enumerate() {
        let found = lookup.await??.into_inner().source.ok_or("an image without a source")?;
        if index == 0 {
            id = solve(&mut client, &found.identifier).await?;
        }
    }
    let result = Some(result::Result::Ref(Ref { id, def: None }));
    Ok(BuildResult { result, ..BuildResult::default() })
}

/// Evaluates a source, and says which ref it is.
async fn solve(client: &mut Client, identifier: &str) -> Result<String, Box<dyn Error>> {
    let source = pb::SourceOp { identifier: identifier.to_owned(), ..pb::SourceOp::default() };
    let vertex = pb::Op { op: Some(pb::op::Op::Source(source)), ..pb::Op::default() };
    let vertex = vertex.encode_to_vec();
    let digest = format!("sha256:{:x}", Sha256::digest(&vertex));
    let last = pb::Op { inputs: vec![pb::Input { digest, index: 0 }], ..pb::Op::default() };
    let definition =
        pb::Definition { def: vec![vertex, last.encode_to_vec()], ..Default::default() };
    let request = SolveRequest {
        definition: Some(definition),
        allow_result_return: true,
        allow_result_array_ref: true,
        ..SolveRequest::default()
    };
    let answer = client.solve(request).await?.into_inner();
    match answer.result.and_then(|result| result.result) {
        Some(result::Result::Ref(one)) => Ok(one.id),
        other => Err(format!("an unexpected result: {other:?}").into()),
    }
}
