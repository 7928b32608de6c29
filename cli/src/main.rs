//! `aliasfront`: what a build would do, without a daemon.

use std::process::ExitCode;

use aliasfront_cli::args::Cli;
use aliasfront_cli::command;
use clap::Parser as _;

fn main() -> ExitCode {
    command::run(Cli::parse()).into()
}
