//! The bridge: lets an editor that speaks the protocol on stdio talk to the daemon's socket.

use std::{
    env, io,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::ExitCode,
    thread,
};

use agent_core::{DEFAULT_SOCKET, frame};
use lexopt::prelude::{Long, Short};
use serde_json::Value;

const USAGE: &str = "acp-bridge [--socket PATH] [--check] [--version]";

/// Copies messages, so that what isn't a message never reaches the other side.
fn copy(from: impl io::Read, to: impl Write) -> io::Result<u64> {
    let (mut from, mut to) = (BufReader::new(from), to);
    let mut copied = 0;
    while let Some(message) = frame::read::<Value>(&mut from)? {
        frame::write(&mut to, &message)?;
        copied += 1;
    }
    Ok(copied)
}

fn bridge(socket: &PathBuf) -> io::Result<()> {
    let stream = UnixStream::connect(socket)?;
    let (to_daemon, from_daemon) = (stream.try_clone()?, stream);
    let answers = thread::spawn(move || copy(from_daemon, io::stdout()));
    copy(io::stdin(), &to_daemon)?;
    to_daemon.shutdown(std::net::Shutdown::Write)?;
    answers.join().map_err(|_| io::Error::other("the answering thread failed"))??;
    Ok(())
}

/// Reads messages on standard input and says how many there are: a dry run for editors' configurations.
fn check() -> io::Result<()> {
    let mut from = io::stdin().lock();
    let mut messages = 0;
    while !from.fill_buf()?.is_empty() {
        messages += u64::from(frame::read::<Value>(&mut from)?.is_some());
    }
    println!("{messages} messages");
    Ok(())
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut socket =
        PathBuf::from(env::var_os("AGENTD_SOCKET").unwrap_or_else(|| DEFAULT_SOCKET.into()));
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("socket") => socket = arguments.value()?.into(),
            Long("check") => return Ok(check()?),
            Short('V') | Long("version") => {
                println!("acp-bridge {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(bridge(&socket)?)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("acp-bridge: {error}");
            ExitCode::FAILURE
        }
    }
}
