//! The command line: opens a session in the current folder, sends one prompt and prints the answer.

use std::{
    env, error::Error, io::BufReader, os::unix::net::UnixStream, path::PathBuf, process::ExitCode,
};

use agent_core::{
    DEFAULT_SOCKET, frame,
    message::{Call, Outcome, Request, Response},
};
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use serde_json::Value as Json;

const USAGE: &str = "agent-cli [--socket PATH] [--version] PROMPT...";

struct Client {
    stream: UnixStream,
    from: BufReader<UnixStream>,
    next: u64,
}

impl Client {
    fn connect(socket: &PathBuf) -> std::io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        let from = BufReader::new(stream.try_clone()?);
        Ok(Self { stream, from, next: 1 })
    }

    fn call(&mut self, request: Request) -> Result<Json, Box<dyn Error>> {
        frame::write(&self.stream, &Call::new(self.next, request))?;
        self.next += 1;
        let response: Response =
            frame::read(&mut self.from)?.ok_or("the daemon closed the connection")?;
        match response.outcome {
            Outcome::Result(result) => Ok(result),
            Outcome::Error(failure) => {
                Err(format!("{} (code {})", failure.message, failure.code).into())
            }
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut socket =
        PathBuf::from(env::var_os("AGENTD_SOCKET").unwrap_or_else(|| DEFAULT_SOCKET.into()));
    let mut words = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("socket") => socket = arguments.value()?.into(),
            Short('V') | Long("version") => {
                println!("agent-cli {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    if words.is_empty() {
        return Err(format!("nothing to ask\nusage: {USAGE}").into());
    }
    let mut client = Client::connect(&socket)?;
    let opened =
        client.call(Request::NewSession { cwd: env::current_dir()?.display().to_string() })?;
    let session = opened["session"].as_u64().ok_or("the daemon opened no session")?;
    let answer = client.call(Request::Prompt { session, text: words.join(" ") })?;
    println!("{}", answer["answer"].as_str().unwrap_or_default());
    client.call(Request::Close { session })?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agent-cli: {error}");
            ExitCode::FAILURE
        }
    }
}
