//! Sessions: a folder, and what was said in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::message::{Failure, Outcome, Request};

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub prompt: String,
    pub answer: String,
}

#[derive(Debug, Default)]
struct Session {
    cwd: String,
    turns: Vec<Turn>,
}

/// All sessions of one agent.
#[derive(Debug)]
pub struct Sessions {
    agent: String,
    next: u64,
    open: BTreeMap<u64, Session>,
}

impl Sessions {
    pub fn new(agent: impl Into<String>) -> Self {
        Self { agent: agent.into(), next: 1, open: BTreeMap::new() }
    }

    /// Carries a request out.
    pub fn handle(&mut self, request: Request) -> Outcome {
        match self.try_handle(request) {
            Ok(result) => Outcome::Result(result),
            Err(failure) => Outcome::Error(failure),
        }
    }

    fn try_handle(&mut self, request: Request) -> Result<Value, Failure> {
        match request {
            Request::Initialize => {
                Ok(json!({ "agent": self.agent, "version": env!("CARGO_PKG_VERSION") }))
            }
            Request::NewSession { cwd } => {
                let session = self.next;
                self.next += 1;
                self.open.insert(session, Session { cwd, turns: Vec::new() });
                Ok(json!({ "session": session }))
            }
            Request::Prompt { session, text } => {
                let agent = self.agent.clone();
                let session = self.find(session)?;
                let answer = format!(
                    "{agent} in {}: turn {}, {} words",
                    session.cwd,
                    session.turns.len() + 1,
                    text.split_whitespace().count()
                );
                session.turns.push(Turn { prompt: text, answer: answer.clone() });
                Ok(json!({ "answer": answer }))
            }
            Request::Transcript { session } => {
                let session = self.find(session)?;
                Ok(json!({ "cwd": session.cwd, "turns": session.turns }))
            }
            Request::Close { session } => {
                self.find(session)?;
                self.open.remove(&session);
                Ok(Value::Null)
            }
        }
    }

    fn find(&mut self, session: u64) -> Result<&mut Session, Failure> {
        self.open
            .get_mut(&session)
            .ok_or_else(|| Failure::invalid(format!("there is no session {session}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_keeps_its_turns() {
        let mut sessions = Sessions::new("test");
        assert_eq!(
            sessions.handle(Request::NewSession { cwd: "/work".into() }),
            Outcome::Result(json!({ "session": 1 }))
        );
        sessions.handle(Request::Prompt { session: 1, text: "two words".into() });
        let Outcome::Result(transcript) = sessions.handle(Request::Transcript { session: 1 })
        else {
            panic!("the session is open");
        };
        assert_eq!(transcript["turns"][0]["answer"], "test in /work: turn 1, 2 words");
    }

    #[test]
    fn a_closed_session_is_gone() {
        let mut sessions = Sessions::new("test");
        sessions.handle(Request::NewSession { cwd: "/".into() });
        sessions.handle(Request::Close { session: 1 });
        assert_eq!(
            sessions.handle(Request::Transcript { session: 1 }),
            Outcome::Error(Failure::invalid("there is no session 1"))
        );
    }
}
