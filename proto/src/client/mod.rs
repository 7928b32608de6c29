//! The gateway client: gRPC over the process's standard streams.
//!
//! BuildKit starts a frontend as a container and speaks HTTP/2 over its standard streams. The
//! frontend is the client there, and it has one connection, which ends when BuildKit has no more use
//! for it.

mod codec;
mod connection;
mod error;
mod run;

use std::sync::Arc;

use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;

pub use self::connection::{Connection, ConnectionError, connect, connect_stdio};
pub use self::error::RpcError;
pub use self::run::{Ended, RunError, run, serve};
pub use crate::gateway::MAX_MESSAGE_SIZE;
use crate::gateway::{
    EvaluateRequest, EvaluateResponse, InputsRequest, InputsResponse, PingRequest, PongResponse,
    ReadDirRequest, ReadDirResponse, ReadFileRequest, ReadFileResponse, ResolveImageConfigRequest,
    ResolveImageConfigResponse, ResolveSourceMetaRequest, ResolveSourceMetaResponse, ReturnRequest,
    ReturnResponse, SolveRequest, SolveResponse, StatFileRequest, StatFileResponse, WarnRequest,
    WarnResponse,
};

/// BuildKit, as a frontend sees it. Clones share the connection; calls may run at the same time.
#[derive(Clone)]
pub struct Gateway {
    grpc: Arc<Grpc<connection::Sender>>,
}

/// Declares a call: its documentation, its name here, its name on the wire, its messages.
macro_rules! calls {
    ($($(#[$meta:meta])* $name:ident = $rpc:literal ($request:ty) -> $response:ty;)*) => {
        impl Gateway {$(
            $(#[$meta])*
            pub async fn $name(&self, request: $request) -> Result<$response, RpcError> {
                const PATH: &str = concat!("/moby.buildkit.v1.frontend.LLBBridge/", $rpc);
                let response = self.call($rpc, PATH, request.encode_to_vec()).await?;
                Message::decode(response.as_ref()).map_err(|error| RpcError::undecodable($rpc, &error))
            }
        )*}
    };
}

calls! {
    /// Asks for capabilities and workers.
    ping = "Ping"(PingRequest) -> PongResponse;
    /// Solves a definition, or asks another frontend.
    solve = "Solve"(SolveRequest) -> SolveResponse;
    /// Reads a file of a result.
    read_file = "ReadFile"(ReadFileRequest) -> ReadFileResponse;
    /// Lists a directory of a result.
    read_dir = "ReadDir"(ReadDirRequest) -> ReadDirResponse;
    /// Asks about a file of a result.
    stat_file = "StatFile"(StatFileRequest) -> StatFileResponse;
    /// Asks for the digest and the config of an image.
    resolve_image_config =
        "ResolveImageConfig"(ResolveImageConfigRequest) -> ResolveImageConfigResponse;
    /// Asks about a source: which image, commit or file it is.
    resolve_source_meta =
        "ResolveSourceMeta"(ResolveSourceMetaRequest) -> ResolveSourceMetaResponse;
    /// Waits until a result is there.
    evaluate = "Evaluate"(EvaluateRequest) -> EvaluateResponse;
    /// Asks for the inputs that the client gave.
    inputs = "Inputs"(InputsRequest) -> InputsResponse;
    /// Warns the user.
    warn = "Warn"(WarnRequest) -> WarnResponse;
    /// Gives BuildKit the result, or the error. To be called once, last.
    return_result = "Return"(ReturnRequest) -> ReturnResponse;
}

impl Gateway {
    fn new(sender: connection::Sender) -> Self {
        let grpc = Grpc::with_origin(sender, connection::origin())
            .max_decoding_message_size(MAX_MESSAGE_SIZE)
            .max_encoding_message_size(MAX_MESSAGE_SIZE);
        Self { grpc: Arc::new(grpc) }
    }

    /// Sends an encoded message and waits for the encoded answer. All calls go through this one
    /// function, so that there is only one copy of it in the program.
    async fn call(
        &self,
        rpc: &'static str,
        path: &'static str,
        request: Vec<u8>,
    ) -> Result<bytes::Bytes, RpcError> {
        let mut grpc = Grpc::clone(&self.grpc);
        let failed = |status| RpcError::new(rpc, status);
        // Further down it would be an error of the connection.
        if request.len() > MAX_MESSAGE_SIZE {
            return Err(failed(tonic::Status::resource_exhausted(format!(
                "the message has {} bytes, more than BuildKit takes (MAX_MESSAGE_SIZE is {MAX_MESSAGE_SIZE})",
                request.len()
            ))));
        }
        grpc.ready()
            .await
            .map_err(|error| failed(tonic::Status::unavailable(error.to_string())))?;
        let request = tonic::Request::new(request.into());
        let path = PathAndQuery::from_static(path);
        let response = grpc.unary(request, path, codec::Bytes).await.map_err(failed)?;
        Ok(response.into_inner())
    }
}
