//! Where the frontend binary is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

/// The name of the frontend's package and of its binary.
const NAME: &str = "aliasfront-frontend";

/// The variable that names another binary to test: any Dockerfile frontend.
pub const VARIABLE: &str = "ALIASFRONT_FRONTEND";

/// The frontend binary that belongs to the running program: built in the same profile, once.
///
/// # Panics
///
/// If it can't be built. There is nothing to test then.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = env::var_os(VARIABLE) {
            return path.into();
        }
        let (folder, profile) = target().expect("the running program is in cargo's target folder");
        let binary = folder.join(format!("{NAME}{}", env::consts::EXE_SUFFIX));
        // With nextest, every test is a program of its own: the first one builds for the others.
        let stamp =
            env::var("NEXTEST_RUN_ID").ok().map(|run| folder.join(format!(".{NAME}.{run}")));
        if binary.is_file() && stamp.as_ref().is_some_and(|stamp| stamp.is_file()) {
            return binary;
        }
        build(&["--package", NAME, "--bin", NAME], &folder, &profile);
        assert!(binary.is_file(), "{} is not there after building it", binary.display());
        if let Some(stamp) = stamp {
            // Without the stamp, the others build too, and find everything built.
            let _ = fs::write(stamp, "");
        }
        binary
    })
}

/// Builds programs of this workspace into the folder of the running program's profile.
///
/// # Panics
///
/// If they don't build.
pub(crate) fn build(what: &[&str], folder: &Path, profile: &str) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--profile", profile])
        .args(what)
        .arg("--target-dir")
        .arg(folder.parent().unwrap_or(folder))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // What cargo sets for the program that it runs isn't meant for another cargo.
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "cargo build {} fails", what.join(" "));
}

/// The folder that cargo puts binaries of the running program's profile into, and the name of that profile.
pub(crate) fn target() -> Option<(PathBuf, String)> {
    let running = env::current_exe().ok()?;
    let mut folder = running.parent()?;
    // Tests are one level deeper than binaries.
    if folder.ends_with("deps") {
        folder = folder.parent()?;
    }
    let name = folder.file_name()?.to_str()?;
    let profile = if name == "debug" { "dev" } else { name };
    Some((folder.to_owned(), profile.to_owned()))
}
