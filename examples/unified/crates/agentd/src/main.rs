//! The daemon: answers calls on a Unix socket.

use std::{
    fs, io,
    io::BufReader,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use agent_core::{
    DEFAULT_SOCKET, frame,
    message::{Call, Failure, Outcome, Response},
    session::Sessions,
};
use lexopt::prelude::{Long, Short, ValueExt as _};

const USAGE: &str = "agentd [--socket PATH] [--agent NAME] [--version]";

struct Options {
    socket: PathBuf,
    agent: String,
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        socket: std::env::var_os("AGENTD_SOCKET").unwrap_or_else(|| DEFAULT_SOCKET.into()).into(),
        agent: std::env::var("AGENT_NAME").unwrap_or_else(|_| "agent".into()),
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("socket") => options.socket = arguments.value()?.into(),
            Long("agent") => options.agent = arguments.value()?.string()?,
            Short('V') | Long("version") => {
                println!("agentd {}", env!("CARGO_PKG_VERSION"));
                return Ok(None);
            }
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(None);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
}

fn serve(stream: &UnixStream, sessions: &Mutex<Sessions>) -> io::Result<()> {
    let mut from = BufReader::new(stream);
    loop {
        let response = match frame::read::<Call>(&mut from) {
            Ok(None) => return Ok(()),
            Ok(Some(call)) => {
                let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
                Response::new(Some(call.id), sessions.handle(call.request))
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Response::new(None, Outcome::Error(Failure::parse(error.to_string())))
            }
            Err(error) => return Err(error),
        };
        frame::write(stream, &response)?;
    }
}

fn run(options: &Options) -> io::Result<()> {
    if options.socket.exists() {
        fs::remove_file(&options.socket)?;
    }
    let listener = UnixListener::bind(&options.socket)?;
    eprintln!("{} listens on {}", options.agent, options.socket.display());
    let sessions = Arc::new(Mutex::new(Sessions::new(&options.agent)));
    for stream in listener.incoming() {
        let (stream, sessions) = (stream?, Arc::clone(&sessions));
        thread::spawn(move || {
            if let Err(error) = serve(&stream, &sessions) {
                eprintln!("a client was lost: {error}");
            }
        });
    }
    Ok(())
}

fn main() -> ExitCode {
    match options() {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(options)) => match run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("agentd: {error}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("agentd: {error}\nusage: {USAGE}");
            ExitCode::from(2)
        }
    }
}
