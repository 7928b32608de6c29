//! The client's directories, as a build sees them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use aliasfront_gotext::path;

/// How many symbolic links one path may lead over.
const MAX_LINKS: usize = 255;

/// How large a file may be that is read as a whole, in bytes: as much as a message of BuildKit has.
pub const MAX_FILE_SIZE: u64 = 16 << 20;

/// A local source.
#[derive(Debug, Clone)]
pub enum Local {
    /// A directory on disk.
    Directory(PathBuf),
    /// Files that come from elsewhere, by name.
    Files(BTreeMap<String, Arc<[u8]>>),
}

impl Local {
    /// A source without files.
    pub const fn empty() -> Self {
        Self::Files(BTreeMap::new())
    }

    /// Reads a file; `None` where there is none of that path. A directory is none.
    ///
    /// # Errors
    ///
    /// It is there, and can't be read, or is larger than [`MAX_FILE_SIZE`].
    pub fn read(&self, path: &str) -> io::Result<Option<Arc<[u8]>>> {
        // As the engine does, before any link is looked at.
        let path = path::join(&["/", path]).trim_start_matches('/').to_owned();
        let root = match self {
            Self::Files(files) => return Ok(files.get(&path).cloned()),
            Self::Directory(root) => root,
        };
        let Some(path) = resolve(root, &path)? else { return Ok(None) };
        if path.is_dir() {
            return Ok(None);
        }
        let mut data = Vec::new();
        File::open(path)?.take(MAX_FILE_SIZE + 1).read_to_end(&mut data)?;
        if data.len() as u64 > MAX_FILE_SIZE {
            let message = format!("it has more than {MAX_FILE_SIZE} bytes (MAX_FILE_SIZE)");
            return Err(io::Error::other(message));
        }
        Ok(Some(data.into()))
    }
}

/// Where a path leads within a directory: links are followed, and none leads out of it. `None` where there is nothing.
///
/// # Errors
///
/// A directory on the way can't be read, or links go in a circle.
pub fn resolve(root: &Path, path: &str) -> io::Result<Option<PathBuf>> {
    let mut open: Vec<PathBuf> = parts(Path::new(path));
    let mut found: Vec<PathBuf> = Vec::new();
    let mut links = 0;
    while let Some(part) = open.pop() {
        if part == Path::new("..") {
            found.pop();
            continue;
        }
        let mut real = root.to_owned();
        real.extend(&found);
        real.push(&part);
        let metadata = match fs::symlink_metadata(&real) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !metadata.is_symlink() {
            found.push(part);
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            let message = format!("it leads over more than {MAX_LINKS} links (MAX_LINKS)");
            return Err(io::Error::other(message));
        }
        let target = fs::read_link(&real)?;
        if target.is_absolute() {
            found.clear();
        }
        open.extend(parts(&target));
    }
    let mut real = root.to_owned();
    real.extend(found);
    Ok(Some(real))
}

/// The names in a path, the last one first.
fn parts(path: &Path) -> Vec<PathBuf> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(PathBuf::from(name)),
        Component::ParentDir => Some(PathBuf::from("..")),
        _ => None,
    });
    let mut names: Vec<PathBuf> = names.collect();
    names.reverse();
    names
}

/// Whether a file isn't there, also where something above it is a file.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_lead_nowhere_but_into_the_directory() {
        let root = std::env::temp_dir().join(format!("aliasfront-local-{}", std::process::id()));
        let outside = root.join("outside");
        let inside = root.join("root");
        fs::create_dir_all(inside.join("sub")).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("secret"), "s").unwrap();
        fs::write(inside.join("file"), "f").unwrap();
        symlink("/file", inside.join("absolute")).unwrap();
        symlink("../../../file", inside.join("sub/up")).unwrap();
        symlink("../outside/secret", inside.join("out")).unwrap();
        symlink("round", inside.join("round")).unwrap();
        symlink("sub", inside.join("dir")).unwrap();
        let local = Local::Directory(inside);
        for path in ["file", "absolute", "sub/up", "dir/up", "dir/../file", "/file", "../file"] {
            assert_eq!(local.read(path).unwrap().as_deref(), Some(&b"f"[..]), "{path}");
        }
        for path in ["out", "none", "file/x", "sub", "../outside/secret"] {
            assert_eq!(local.read(path).unwrap(), None, "{path}");
        }
        assert!(local.read("round").unwrap_err().to_string().contains("MAX_LINKS"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn what_is_too_large_is_told() {
        let error = Local::Directory("/dev".into()).read("zero").unwrap_err();
        assert!(error.to_string().contains("MAX_FILE_SIZE"), "{error}");
    }
}
