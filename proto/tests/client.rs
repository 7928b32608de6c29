//! The gateway client against an HTTP/2 server that answers as BuildKit does, or doesn't.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use buildkit_proto::Failure;
use buildkit_proto::client::{self, Connection, Gateway, MAX_MESSAGE_SIZE, connect};
use buildkit_proto::environment::Environment;
use buildkit_proto::errdefs::Detail;
use buildkit_proto::gateway::{
    self, PingRequest, PongResponse, ReadFileRequest, ReadFileResponse, ReturnRequest,
    ReturnResponse, SolveRequest,
};
use buildkit_proto::google::Status;
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::io::DuplexStream;
use tonic::Code;

/// What the server answers: a message, and the trailers after it.
struct Answer {
    message: Option<Vec<u8>>,
    trailers: HeaderMap,
}

impl Answer {
    fn message(message: &impl Message) -> Self {
        Self { message: Some(message.encode_to_vec()), trailers: trailers(Code::Ok, "") }
    }

    fn error(code: Code, message: &str) -> Self {
        Self { message: None, trailers: trailers(code, message) }
    }

    fn with_details(mut self, status: &Status) -> Self {
        let details = STANDARD_NO_PAD.encode(status.encode_to_vec());
        self.trailers.insert("grpc-status-details-bin", details.parse().unwrap());
        self
    }

    fn into_response(self) -> Response<Frames> {
        let mut frames: VecDeque<Frame<Bytes>> = VecDeque::new();
        if let Some(message) = self.message {
            let mut framed = BytesMut::new();
            framed.put_u8(0);
            framed.put_u32(u32::try_from(message.len()).unwrap());
            framed.put_slice(&message);
            frames.push_back(Frame::data(framed.freeze()));
        }
        frames.push_back(Frame::trailers(self.trailers));
        Response::builder().header("content-type", "application/grpc").body(Frames(frames)).unwrap()
    }
}

/// The body of an answer.
struct Frames(VecDeque<Frame<Bytes>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

fn trailers(code: Code, message: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(i32::from(code)));
    trailers.insert("grpc-message", message.replace(' ', "%20").parse().unwrap());
    trailers
}

/// A client whose requests `answer` answers, and its connection.
async fn client<A>(answer: A) -> (Gateway, Connection)
where
    A: Fn(&str, &[u8]) -> Answer + Clone + Send + 'static,
{
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(theirs, answer));
    connect(ours).await.unwrap()
}

async fn serve<A>(stream: DuplexStream, answer: A)
where
    A: Fn(&str, &[u8]) -> Answer + Clone + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let answer = answer.clone();
        async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await?.to_bytes();
            let message = body.get(5..).unwrap_or_default();
            Ok::<_, hyper::Error>(answer(&path, message).into_response())
        }
    });
    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(1 << 24)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

#[tokio::test]
async fn calls_reach_their_methods() {
    let (gateway, connection) = client(|path, message| {
        assert_eq!(path, "/moby.buildkit.v1.frontend.LLBBridge/ReadFile");
        let request = ReadFileRequest::decode(message).unwrap();
        Answer::message(&ReadFileResponse { data: request.file_path.into_bytes() })
    })
    .await;
    tokio::spawn(connection);
    let request = ReadFileRequest { file_path: "Dockerfile".into(), ..Default::default() };
    assert_eq!(gateway.read_file(request).await.unwrap().data, b"Dockerfile");
}

#[tokio::test]
async fn messages_may_be_large_in_both_directions() {
    let (gateway, connection) = client(|_, message| {
        let request = SolveRequest::decode(message).unwrap();
        Answer::message(&ReadFileResponse { data: request.exporter_attr })
    })
    .await;
    tokio::spawn(connection);
    let data = vec![7; MAX_MESSAGE_SIZE - 1024];
    let request = ReadFileRequest { file_path: "x".repeat(data.len()), ..Default::default() };
    // Both calls carry 16 MiB one way.
    assert!(gateway.read_file(request).await.unwrap().data.is_empty());
    let request = SolveRequest { exporter_attr: data, ..Default::default() };
    assert!(gateway.solve(request).await.is_ok());
}

#[tokio::test]
async fn too_large_answers_are_errors() {
    let (gateway, connection) =
        client(|_, _| Answer::message(&ReadFileResponse { data: vec![0; MAX_MESSAGE_SIZE] })).await;
    tokio::spawn(connection);
    let error = gateway.read_file(ReadFileRequest::default()).await.unwrap_err();
    assert_eq!((error.rpc(), error.code()), ("ReadFile", Code::OutOfRange));
}

#[tokio::test]
async fn errors_keep_their_details_however_large() {
    let detail = Detail::subrequest("x".repeat(1 << 18));
    let status = Status {
        code: 2,
        message: "no such thing".into(),
        details: vec![detail.clone().into_any()],
    };
    let sent = status.clone();
    let (gateway, connection) =
        client(move |_, _| Answer::error(Code::Unknown, "no such thing").with_details(&sent)).await;
    tokio::spawn(connection);
    let error = gateway.solve(SolveRequest::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "Solve: no such thing");
    assert_eq!(error.details(), [detail]);
    assert_eq!(error.to_status(), status);
}

#[tokio::test]
async fn missing_files_are_told_in_two_ways() {
    let cases = [
        (Code::NotFound, "x", true),
        (Code::Unknown, "open /x: no such file or directory", true),
        (Code::Unknown, "x", false),
        (Code::Internal, "no such file or directory", false),
    ];
    for (code, message, expected) in cases {
        let (gateway, connection) = client(move |_, _| Answer::error(code, message)).await;
        tokio::spawn(connection);
        let error = gateway.read_file(ReadFileRequest::default()).await.unwrap_err();
        assert_eq!(error.is_not_found(), expected, "{code:?} {message}");
        assert_eq!((error.code(), error.message()), (code, message));
    }
}

#[tokio::test]
async fn answers_that_do_not_decode_are_errors() {
    let (gateway, connection) =
        client(|_, _| Answer { message: Some(vec![0xff; 3]), trailers: trailers(Code::Ok, "") })
            .await;
    tokio::spawn(connection);
    let error = gateway.ping(PingRequest::default()).await.unwrap_err();
    assert_eq!((error.rpc(), error.code()), ("Ping", Code::Internal));
}

#[tokio::test]
async fn calls_run_at_the_same_time() {
    let (gateway, connection) = client(|_, _| Answer::message(&PongResponse::default())).await;
    tokio::spawn(connection);
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.ping(PingRequest::default()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_connection_ends_when_the_other_side_goes() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(serve(theirs, |_, _| Answer::message(&PongResponse::default())));
    let (gateway, connection) = connect(ours).await.unwrap();
    let connection = tokio::spawn(connection);
    gateway.ping(PingRequest::default()).await.unwrap();
    server.abort();
    tokio::time::timeout(Duration::from_secs(5), connection).await.unwrap().unwrap().ok();
    let error = gateway.ping(PingRequest::default()).await.unwrap_err();
    assert_eq!((error.rpc(), error.code()), ("Ping", Code::Unavailable));
}

#[tokio::test]
async fn open_calls_fail_when_the_other_side_goes() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (gateway, connection) = connect(ours).await.unwrap();
    let connection = tokio::spawn(connection);
    let call = tokio::spawn(async move { gateway.ping(PingRequest::default()).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(theirs);
    let error = tokio::time::timeout(Duration::from_secs(5), call).await.unwrap().unwrap();
    assert_eq!(error.unwrap_err().rpc(), "Ping");
    tokio::time::timeout(Duration::from_secs(5), connection).await.unwrap().unwrap().ok();
}

/// Runs a frontend that comes to `outcome` on a server that answers with `answer`.
async fn run<A>(
    outcome: Result<gateway::Result, Failure>,
    answer: A,
) -> Result<client::Ended, client::RunError>
where
    A: Fn(&str, &[u8]) -> Answer + Clone + Send + 'static,
{
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(theirs, answer));
    client::serve(ours, Environment::default(), |_, _| async { outcome }).await
}

#[tokio::test]
async fn what_a_frontend_comes_to_is_returned() {
    let returned = |expected: &'static str| {
        move |path: &str, message: &[u8]| {
            assert_eq!(path, "/moby.buildkit.v1.frontend.LLBBridge/Return");
            let request = ReturnRequest::decode(message).unwrap();
            let error = request.error.map(|error| error.message).unwrap_or_default();
            assert_eq!((error.as_str(), request.result.is_some()), (expected, expected.is_empty()));
            Answer::message(&ReturnResponse::default())
        }
    };
    let built = run(Ok(gateway::Result::one(None)), returned("")).await;
    assert_eq!(built.unwrap(), client::Ended::Built);
    let failed = run(Err("no".into()), returned("no")).await;
    assert_eq!(failed.unwrap(), client::Ended::Failed);
    let refused = |_: &str, _: &[u8]| Answer::error(Code::Internal, "not now");
    let error = run(Err("no".into()), refused).await.unwrap_err();
    assert_eq!(error.to_string(), "the result could not be returned: Return: not now");
}

#[tokio::test]
async fn a_frontend_ends_when_the_other_side_goes() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(serve(theirs, |_, _| Answer::message(&PongResponse::default())));
    let working = client::serve(ours, Environment::default(), |gateway, _| async move {
        gateway.ping(PingRequest::default()).await?;
        server.abort();
        std::future::pending().await
    });
    let ended = tokio::time::timeout(Duration::from_secs(5), working).await.unwrap();
    assert!(matches!(ended, Err(client::RunError::Closed | client::RunError::Connection(_))));
}
