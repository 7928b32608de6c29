//! A folder with a Dockerfile, for the time of a test.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::engine::Frontend;

/// A build context of our own; the folder goes when this does.
pub(crate) struct Project {
    root: PathBuf,
    nonce: String,
}

impl Project {
    /// A folder with these files. Every `NONCE` in them becomes a word that no other project has, so that no build
    /// step is found in the cache of an earlier run.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self::empty();
        for (path, content) in files {
            project.write(path, content);
        }
        project
    }

    /// A copy of the unified example.
    pub(crate) fn unified() -> Self {
        let project = Self::empty();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/unified");
        copy_folder(&example, &project.root);
        project
    }

    fn empty() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let nonce = format!(
            "{}-{}-{}",
            since.as_millis(),
            process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        let root = env::temp_dir().join(format!("aliasfront-e2e-{nonce}"));
        fs::create_dir_all(&root).expect("a temporary folder can be made");
        Self { root, nonce }
    }

    /// Writes a file of the context.
    pub(crate) fn write(&self, path: &str, content: &str) {
        self.write_bytes(path, content.replace("NONCE", &self.nonce).as_bytes());
    }

    /// Writes a file of the context as it is.
    pub(crate) fn write_bytes(&self, path: &str, content: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder"))
            .expect("folders can be made");
        fs::write(path, content).expect("files can be written");
    }

    /// Puts the frontend's name on the Dockerfile's first line, in the place of a syntax line that is there.
    pub(crate) fn set_frontend(&self, frontend: &Frontend) {
        let path = self.root.join("Dockerfile");
        let text = fs::read_to_string(&path).expect("the project has a Dockerfile");
        let rest = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("# syntax=") => rest,
            _ => &text,
        };
        let text = match frontend {
            Frontend::Builtin => rest.to_owned(),
            Frontend::Image(image) => format!("# syntax={image}\n{rest}"),
        };
        fs::write(path, text).expect("files can be written");
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The word that only this project has.
    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary one does no harm.
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders can be made");
    for entry in fs::read_dir(from).expect("the example is there") {
        let entry = entry.expect("the example can be listed");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "target" {
            continue;
        }
        if source.is_dir() {
            copy_folder(&source, &target);
        } else {
            fs::copy(&source, &target).expect("files can be copied");
        }
    }
}
