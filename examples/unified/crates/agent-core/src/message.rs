//! JSON-RPC 2.0 messages of the agent protocol.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a client asks of the daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", content = "params", rename_all = "camelCase")]
pub enum Request {
    /// Which agent this is, and which version of the daemon runs it.
    Initialize,
    /// Opens a session in a folder.
    #[serde(rename = "session/new")]
    NewSession { cwd: String },
    /// Hands a prompt to a session.
    #[serde(rename = "session/prompt")]
    Prompt { session: u64, text: String },
    /// What was said in a session so far.
    #[serde(rename = "session/transcript")]
    Transcript { session: u64 },
    /// Closes a session.
    #[serde(rename = "session/close")]
    Close { session: u64 },
}

/// A request with the number that its response carries too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub jsonrpc: Version,
    pub id: u64,
    #[serde(flatten)]
    pub request: Request,
}

impl Call {
    pub fn new(id: u64, request: Request) -> Self {
        Self { jsonrpc: Version::V2, id, request }
    }
}

/// The daemon's answer to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub jsonrpc: Version,
    pub id: Option<u64>,
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Response {
    pub fn new(id: Option<u64>, outcome: Outcome) -> Self {
        Self { jsonrpc: Version::V2, id, outcome }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Result(Value),
    Error(Failure),
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub code: i32,
    pub message: String,
}

impl Failure {
    /// The text is no JSON.
    pub fn parse(message: impl Into<String>) -> Self {
        Self { code: -32700, message: message.into() }
    }

    /// The request names something that isn't there.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }
}

/// The one version of JSON-RPC that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    #[serde(rename = "2.0")]
    V2,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_read_as_json_rpc() {
        let call = Call::new(7, Request::Prompt { session: 1, text: "hello".into() });
        let text = serde_json::to_string(&call).unwrap();
        assert_eq!(
            text,
            r#"{"jsonrpc":"2.0","id":7,"method":"session/prompt","params":{"session":1,"text":"hello"}}"#
        );
        assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call);
    }

    #[test]
    fn failures_carry_their_code() {
        let response = Response::new(Some(7), Outcome::Error(Failure::invalid("no session 9")));
        let value = serde_json::to_value(&response).unwrap();
        assert_eq!(value["error"]["code"], -32602);
    }
}
