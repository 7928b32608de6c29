//! The one step that the gateway runs: where a frontend lists the files of a source with its own executable.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, process};

use buildkit_proto::pb::{Definition, ExecOp, Op, SourceOp, op};
use tokio::process::Command;
use tonic::Status;

use super::files::{Files, matches};
use super::world::World;
use crate::graph::Graph;

/// The first argument of that step.
const LIST: &str = "list";

/// The output of a mount that has none.
const SKIP_OUTPUT: i64 = -1;

/// What becomes of a step that lists files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    /// It runs.
    #[default]
    Run,
    /// The daemon refuses it in these words.
    Refuse(String),
    /// It leaves these files, whatever its program would.
    Leave(Files),
}

/// A step that lists files.
#[derive(Debug)]
pub(super) struct Step {
    args: Vec<String>,
    /// Where it sees the files of which source.
    source: (String, Op),
    /// Where it writes what is kept.
    result: String,
}

/// A folder of its own, for as long as a step runs.
struct Folder(PathBuf);

impl Step {
    /// The step that a definition is the result of, if it is one that lists files.
    pub(super) fn of(definition: &Definition) -> Option<Self> {
        let graph = Graph::new(definition).ok()?;
        let exec = graph.vertex(graph.head.as_deref()?)?;
        let Some(op::Op::Exec(ExecOp { meta: Some(meta), mounts, .. })) = &exec.op.op else {
            return None;
        };
        meta.args.get(1).filter(|mode| *mode == LIST)?;
        let result = mounts.iter().find(|mount| mount.output != SKIP_OUTPUT)?.dest.clone();
        let source = mounts.iter().find(|mount| mount.readonly && mount.dest != "/")?;
        let input = exec.op.inputs.get(usize::try_from(source.input).ok()?)?;
        let vertex = graph.vertex(&input.digest)?;
        let source = (source.dest.clone(), vertex.op.clone());
        Some(Self { args: meta.args.clone(), source, result })
    }

    /// Runs the step's program on a copy of the files. Its root file system is this machine's.
    pub(super) async fn run(self, world: &World) -> Result<Files, Status> {
        match &world.steps {
            Steps::Refuse(words) => return Err(Status::unknown(words)),
            Steps::Leave(files) => return Ok(files.clone()),
            Steps::Run => {}
        }
        let failed = |error: io::Error| Status::unknown(error.to_string());
        let files = match &self.source.1.op {
            Some(op::Op::Source(source)) => {
                world.files(&source.identifier).map(|files| transferred(files, source))
            }
            _ => None,
        };
        let files = files.ok_or_else(|| Status::unknown("the source of the step has no files"))?;
        let folder = Folder::new().map_err(failed)?;
        let [source, result] = ["source", "result"].map(|name| folder.0.join(name));
        fs::create_dir(&result).map_err(failed)?;
        files.write_to(&source).map_err(failed)?;
        let args = self.args.iter().skip(1).map(|arg| match arg {
            arg if *arg == self.source.0 => source.as_os_str().to_owned(),
            arg if *arg == self.result => result.as_os_str().to_owned(),
            arg => arg.into(),
        });
        let program = Command::new(&self.args[0]).args(args).env_clear().output().await;
        let output = program.map_err(failed)?;
        if !output.status.success() {
            return Err(Status::unknown(format!(
                "process {:?} did not complete successfully: {}",
                self.args.join(" "),
                output.status,
            )));
        }
        Files::from_folder(&result).map_err(failed)
    }
}

/// What a client sends of a folder: the paths that the source asks for, but for those that are excluded. Links aren't
/// followed, as clients do.
fn transferred(files: &Files, source: &SourceOp) -> Files {
    let list = |key: &str| -> Vec<String> {
        let json = source.attrs.get(key).map_or("[]", String::as_str);
        serde_json::from_str(json).unwrap_or_default()
    };
    let [follow, exclude] = ["local.followpaths", "local.excludepatterns"].map(list);
    // A pattern is about what is in a directory, too.
    let is_about = |pattern: &str, path: &str| {
        let mut ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.any(|end| matches(pattern, &path[..end]))
    };
    files.filtered(|path| {
        let is_wanted = follow.is_empty() || follow.iter().any(|pattern| is_about(pattern, path));
        let is_excluded =
            exclude.iter().fold(false, |is, pattern| match pattern.strip_prefix('!') {
                Some(exception) => is && !is_about(exception, path),
                None => is || is_about(pattern, path),
            });
        is_wanted && !is_excluded
    })
}

impl Folder {
    fn new() -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("aliasfront-step-{}-{count}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is left to whoever cleans up temporary files.
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}
