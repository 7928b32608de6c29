//! The list of a directory on disk.

use std::collections::HashSet;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::entry::{Entry, Special};
use crate::hash::{Hash, Hasher};
use crate::limits::Limits;
use crate::list::List;
use crate::walk::{Found, Kind, Task, Walk, WalkError};

/// How many files are hashed at a time, at the most.
const MAX_THREADS: usize = 8;

/// So many files are worth a thread.
const FILES_PER_THREAD: usize = 64;

/// How many bytes are read at once.
const PIECE: usize = 64 << 10;

/// The bit of a mode that lets the owner execute a file.
const OWNER_EXECUTES: u32 = 0o100;

/// A directory that can't be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something can't be read.
    #[error("failed to read {}: {error}", crate::escaped(.path.as_os_str().as_bytes()))]
    Io {
        /// What can't be read.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is too much of it, or what is in it is no tree.
    #[error(transparent)]
    Walk(#[from] WalkError),
}

/// Whether something is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is, and what is in it is chosen likewise.
    Take,
    /// It isn't, and neither is what is in it.
    Leave,
    /// It is listed if something in it is: of a directory.
    Enter,
}

/// The list of a directory. Links aren't followed, but for the directory's own path. Files are read in pieces, on as many
/// threads as there are processors, and 8 at the most.
///
/// Whatever order the file system has, the list is the same. Files that somebody writes to at the same time are listed
/// with what was read of them.
///
/// # Errors
///
/// Something in it can't be read, or a limit is reached.
pub fn list(root: &Path, limits: Limits) -> Result<List, Error> {
    list_chosen(root, limits, |_, _| Choice::Take)
}

/// As [`list`], of what is chosen by its path, and by whether it is a directory. What is left isn't read.
///
/// # Errors
///
/// Something in it can't be read, or a limit is reached.
pub fn list_chosen(
    root: &Path,
    limits: Limits,
    mut choose: impl FnMut(&[u8], bool) -> Choice,
) -> Result<List, Error> {
    let mut walk = Walk::new(limits);
    let mut entered = HashSet::new();
    let mut files = Vec::new();
    while let Some(task) = walk.next_task() {
        match task {
            Task::Read { directory, path } => {
                let on_disk = below(root, &path);
                let found = read(&on_disk, limits.entries.most);
                let mut found = found.map_err(|error| Error::Io { path: on_disk, error })?;
                found.retain(|found| {
                    let path = joined(&path, &found.name);
                    let choice = choose(&path, found.kind == Kind::Directory);
                    if choice == Choice::Enter {
                        entered.insert(path);
                    }
                    choice != Choice::Leave
                });
                walk.read(directory, found)?;
            }
            Task::Hash { file, path, .. } => files.push((file, below(root, &path))),
        }
    }
    for (file, size, hash) in hash_all(&files)? {
        walk.hashed(file, size, hash);
    }
    let list = walk.finish()?;
    if entered.is_empty() {
        return Ok(list);
    }
    Ok(List::new(without_empty(list, &entered)).map_err(WalkError::from)?)
}

/// The entries of a list but for directories of these that have no other entry in them.
fn without_empty(list: List, entered: &HashSet<Vec<u8>>) -> Vec<Entry> {
    let mut needed: HashSet<Vec<u8>> = HashSet::new();
    for entry in list.entries().iter().filter(|entry| !entered.contains(&entry.path)) {
        let mut path = entry.path.as_slice();
        while let Some(slash) = path.iter().rposition(|byte| *byte == b'/') {
            path = &path[..slash];
            if !needed.insert(path.to_owned()) {
                break;
            }
        }
    }
    let is_kept = |entry: &&Entry| !entered.contains(&entry.path) || needed.contains(&entry.path);
    list.entries().iter().filter(is_kept).cloned().collect()
}

/// The path of something in a directory.
fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() { name.to_owned() } else { [directory, b"/", name].concat() }
}

fn below(root: &Path, path: &[u8]) -> PathBuf {
    if path.is_empty() { root.to_owned() } else { root.join(std::ffi::OsStr::from_bytes(path)) }
}

/// What is in a directory: one more than there may be at the most, which the walk refuses.
fn read(path: &Path, most: u64) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().into_vec();
        found.push(Found { name, kind: kind(&entry.path(), &entry.metadata()?)? });
        if found.len() as u64 > most {
            break;
        }
    }
    Ok(found)
}

fn kind(path: &Path, metadata: &Metadata) -> io::Result<Kind> {
    let file_type = metadata.file_type();
    Ok(if file_type.is_dir() {
        Kind::Directory
    } else if file_type.is_file() {
        let is_executable = metadata.permissions().mode() & OWNER_EXECUTES != 0;
        Kind::File { is_executable, size: metadata.len() }
    } else if file_type.is_symlink() {
        Kind::Link { target: fs::read_link(path)?.into_os_string().into_vec() }
    } else {
        Kind::Special(special(file_type))
    })
}

fn special(file_type: FileType) -> Special {
    if file_type.is_fifo() {
        Special::Pipe
    } else if file_type.is_socket() {
        Special::Socket
    } else if file_type.is_block_device() {
        Special::BlockDevice
    } else {
        Special::CharacterDevice
    }
}

/// Hashes files, on threads where there are many.
fn hash_all(files: &[(usize, PathBuf)]) -> Result<Vec<(usize, u64, Hash)>, Error> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = files.len().div_ceil(FILES_PER_THREAD).min(processors).min(MAX_THREADS);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut hashed = Vec::new();
        let mut piece = vec![0; PIECE];
        while let Some((file, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            match hash(path, &mut piece) {
                Ok((size, hash)) => hashed.push((*file, size, hash)),
                Err(error) => return Err(Error::Io { path: path.clone(), error }),
            }
        }
        Ok(hashed)
    };
    if threads <= 1 {
        return work();
    }
    let parts = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        for other in others {
            // A thread that panicked has no part.
            parts.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parts
    });
    let mut hashed = Vec::with_capacity(files.len());
    for part in parts {
        hashed.extend(part?);
    }
    Ok(hashed)
}

/// The size and hash of a file, read piece by piece.
fn hash(path: &Path, piece: &mut [u8]) -> io::Result<(u64, Hash)> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new();
    loop {
        match file.read(piece) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(length) => hasher.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
