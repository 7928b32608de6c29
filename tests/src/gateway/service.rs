//! The service as the connection sees it.
//!
//! The generated messages are of BuildKit 0.29: reading `Solve` with them would lose what definitions have had since.
//! They also lose whether a map's value was sent, which decides whether a daemon survives a `Solve` or a `Return`. So
//! these requests are read with the messages of `buildkit-proto`, and all others by the generated service.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bollard_buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::LlbBridgeServer;
use buildkit_proto::gateway::{ReturnRequest, ReturnResponse, SolveRequest, SolveResponse};
use hyper::body::Incoming;
use prost::Message;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service as TowerService, http};
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::bridge::Bridge;

/// The largest message of the protocol, in bytes.
const MAX_MESSAGE: usize = 16 << 20;

/// The paths of the requests that are read apart.
const SOLVE: &str = "/moby.buildkit.v1.frontend.LLBBridge/Solve";
const RETURN: &str = "/moby.buildkit.v1.frontend.LLBBridge/Return";

/// The service of one build.
#[derive(Clone)]
pub(super) struct Service {
    bridge: Arc<Bridge>,
    generated: LlbBridgeServer<Bridge>,
}

impl Service {
    pub(super) fn new(bridge: Arc<Bridge>) -> Self {
        let generated = LlbBridgeServer::from_arc(Arc::clone(&bridge))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(usize::MAX);
        Self { bridge, generated }
    }
}

impl TowerService<http::Request<Incoming>> for Service {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Incoming>) -> Self::Future {
        let bridge = Arc::clone(&self.bridge);
        match request.uri().path() {
            SOLVE => Box::pin(async move { Ok(grpc().unary(Solve(bridge), request).await) }),
            RETURN => Box::pin(async move { Ok(grpc().unary(Return(bridge), request).await) }),
            _ => self.generated.call(request),
        }
    }
}

/// Reads a request, and writes the answer to it.
fn grpc<Q, A>() -> Grpc<ProstCodec<A, Q>>
where
    Q: Message + Default + 'static,
    A: Message + 'static,
{
    Grpc::new(ProstCodec::default())
        .apply_max_message_size_config(Some(MAX_MESSAGE), Some(usize::MAX))
}

struct Solve(Arc<Bridge>);

impl UnaryService<SolveRequest> for Solve {
    type Response = SolveResponse;
    type Future = BoxFuture<Response<SolveResponse>, Status>;

    fn call(&mut self, request: Request<SolveRequest>) -> Self::Future {
        let bridge = Arc::clone(&self.0);
        Box::pin(async move { bridge.answer_solve(request.into_inner()).await.map(Response::new) })
    }
}

struct Return(Arc<Bridge>);

impl UnaryService<ReturnRequest> for Return {
    type Response = ReturnResponse;
    type Future = BoxFuture<Response<ReturnResponse>, Status>;

    fn call(&mut self, request: Request<ReturnRequest>) -> Self::Future {
        let bridge = Arc::clone(&self.0);
        Box::pin(async move { bridge.answer_return(request.into_inner()).await.map(Response::new) })
    }
}
