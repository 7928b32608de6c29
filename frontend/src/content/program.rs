//! What the step runs: this executable, which then lists a directory and speaks to no engine.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use aliasfront_content::Limits;
use aliasfront_content::directory::{self, Error};

/// The first argument, which says that this is no frontend.
pub(super) const LIST: &str = "list";
/// The file that the list is written to.
pub(super) const FILES: &str = "files";
/// The file that says why there is no list, where that is for what the files are: then the step succeeds all the same, so
/// that the engine keeps this answer, too.
pub(super) const FAILURE: &str = "failure";

/// Runs as the step, if the arguments, of which the first is the executable's name, say so: `list SOURCE RESULT` writes the list of the directory `SOURCE` into the directory
/// `RESULT`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    arguments.nth(1).filter(|mode| mode == LIST)?;
    let (source, result) = (arguments.next()?, arguments.next()?);
    Some(match list(Path::new(&source), Path::new(&result)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    })
}

fn list(source: &Path, result: &Path) -> Result<(), String> {
    let (name, text) = match directory::list(source, Limits::default()) {
        Ok(list) => (FILES, list.to_string()),
        Err(Error::Walk(error)) => (FAILURE, error.to_string()),
        Err(error) => return Err(error.to_string()),
    };
    fs::write(result.join(name), text).map_err(|error| format!("failed to write {name}: {error}"))
}
