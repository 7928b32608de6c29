//! Prints the list of a folder's files, and its hash on standard error.
//!
//! `cargo run -p aliasfront-content --features directory --example list -- FOLDER`

use std::path::Path;
use std::process::ExitCode;

use aliasfront_content::{Limits, directory};

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1);
    let folder = folder.as_deref().map_or(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new);
    match directory::list(folder, Limits::default()) {
        Ok(list) => {
            print!("{list}");
            eprintln!("{}", list.hash());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
