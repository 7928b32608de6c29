//! The list of files by reading them through the gateway, one request for each directory and at least one for each file.

use aliasfront_compiler::Error;
use aliasfront_compiler::question::Tree;
use aliasfront_content::{
    Found, Hash, Hasher, Kind, Limit, Limits, List, Special, Task, Walk, WalkError,
};
use aliasfront_gotext::file_mode::{CHARACTER_DEVICE, DEVICE, DIRECTORY, LINK, NAMED_PIPE, SOCKET};
use buildkit_proto::client::RpcError;
use buildkit_proto::fs::Stat;
use buildkit_proto::gateway::{FileRange, ReadDirRequest};
use tokio::task::JoinSet;

use super::Unlisted;
use crate::engine::{Engine, Ref};
use crate::failure::Failure;

/// How many files and directories are read through the gateway at the most: every one is a request.
const MAX_READ_ENTRIES: u64 = 5_000;
/// How many bytes are read through the gateway at the most.
const MAX_READ_SIZE: u64 = 256 << 20;
/// How many requests are open at a time.
const AT_ONCE: usize = 16;
/// How many bytes of a file are asked for at once: so many times that of the open requests are in memory.
const PIECE: i64 = 1 << 20;

/// The bit that lets the owner execute a file.
const OWNER_EXECUTES: u32 = 0o100;

/// What came of a task.
enum Done {
    Read(usize, Vec<Found>),
    Hashed(usize, u64, Hash),
}

/// Reads all files of a tree.
pub(super) async fn list(engine: &Engine, tree: &Tree) -> Result<List, Unlisted> {
    let reference = engine.open(tree).await?;
    let limits = Limits {
        entries: Limit::new("MAX_READ_ENTRIES", MAX_READ_ENTRIES),
        content: Some(Limit::new("MAX_READ_SIZE", MAX_READ_SIZE)),
        ..Limits::default()
    };
    let mut walk = Walk::new(limits);
    let mut requests = JoinSet::new();
    loop {
        while requests.len() < AT_ONCE
            && let Some(task) = walk.next_task()
        {
            let (engine, reference) = (engine.clone(), reference.clone());
            requests.spawn(async move { run(&engine, &reference, task).await });
        }
        let Some(finished) = requests.join_next().await else { break };
        // A request that panicked has no answer; its panic ends the process, as all panics do.
        let Ok(done) = finished else { continue };
        match done? {
            Done::Read(directory, found) => walk.read(directory, found)?,
            Done::Hashed(file, size, hash) => walk.hashed(file, size, hash),
        }
    }
    Ok(walk.finish()?)
}

async fn run(engine: &Engine, reference: &Ref, task: Task) -> Result<Done, Failure> {
    match task {
        Task::Read { directory, path } => {
            let path = absolute(&path);
            let found = read_directory(engine, reference, &path).await;
            let failed = |error| Failure::request(&error, &format!("failed to list {path}"));
            Ok(Done::Read(directory, found.map_err(failed)?))
        }
        Task::Hash { file, path, .. } => {
            let path = absolute(&path);
            let hashed = hash(engine, reference, &path).await;
            let failed = |error| Failure::request(&error, &format!("failed to read {path}"));
            let (size, hash) = hashed.map_err(failed)?;
            Ok(Done::Hashed(file, size, hash))
        }
    }
}

/// The path as the engine is asked for it, which told all names in it as text.
fn absolute(path: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(path))
}

async fn read_directory(
    engine: &Engine,
    reference: &Ref,
    path: &str,
) -> Result<Vec<Found>, RpcError> {
    // The empty file system has no reference to ask about.
    let Some(reference) = reference.clone() else { return Ok(Vec::new()) };
    let request =
        ReadDirRequest { r#ref: reference, dir_path: path.to_owned(), ..ReadDirRequest::default() };
    let entries = engine.gateway().read_dir(request).await?.entries;
    Ok(entries.into_iter().map(found).collect())
}

fn found(stat: Stat) -> Found {
    let is = |bit| stat.mode & bit != 0;
    let kind = if is(DIRECTORY) {
        Kind::Directory
    } else if is(LINK) {
        Kind::Link { target: stat.linkname.into_bytes() }
    } else if is(NAMED_PIPE) {
        Kind::Special(Special::Pipe)
    } else if is(SOCKET) {
        Kind::Special(Special::Socket)
    } else if is(CHARACTER_DEVICE) {
        Kind::Special(Special::CharacterDevice)
    } else if is(DEVICE) {
        Kind::Special(Special::BlockDevice)
    } else {
        // Of a hard link to a file before it, engines tell no size.
        let size = u64::try_from(stat.size).unwrap_or_default();
        Kind::File { is_executable: is(OWNER_EXECUTES), size }
    };
    Found::new(stat.path, kind)
}

async fn hash(engine: &Engine, reference: &Ref, path: &str) -> Result<(u64, Hash), RpcError> {
    let mut hasher = Hasher::new();
    let mut offset = 0;
    loop {
        let range = FileRange { offset, length: PIECE };
        let piece = engine.read_existing_file(reference, path, Some(range)).await?;
        hasher.update(&piece);
        if (piece.len() as u64) < PIECE.unsigned_abs() {
            return Ok(hasher.finish());
        }
        offset += PIECE;
    }
}

impl From<WalkError> for Unlisted {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Unfinished => Self::Way(Error::new(error.to_string()).into()),
            error => Self::Files(error.to_string()),
        }
    }
}
