//! The example programs of the library crates.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, io};

use crate::frontend;

/// The folder of this workspace.
pub fn workspace() -> &'static Path {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.parent().unwrap_or(folder)
}

/// The sources of all example programs: `crate/examples/name.rs`, relative to the [`workspace`], sorted.
pub fn sources() -> io::Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for member in fs::read_dir(workspace())? {
        let member = member?;
        let folder = member.path().join("examples");
        if !member.path().join("Cargo.toml").is_file() || !folder.is_dir() {
            continue;
        }
        for example in fs::read_dir(folder)? {
            let name = example?.file_name();
            if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
                sources.push(Path::new(&member.file_name()).join("examples").join(name));
            }
        }
    }
    sources.sort();
    Ok(sources)
}

/// The program that an example's source is compiled to, in the profile of the running program. All of them are built
/// at the first call.
///
/// # Panics
///
/// If they don't build.
pub fn program(source: &Path) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let (folder, profile) =
            frontend::target().expect("the running program is in cargo's target folder");
        // As `cargo test --workspace` has built them, so that nothing is left to do then.
        frontend::build(&["--workspace", "--examples"], &folder, &profile);
        folder.join("examples")
    });
    let name = source.file_stem().unwrap_or_default();
    folder.join(name).with_extension(env::consts::EXE_EXTENSION)
}
