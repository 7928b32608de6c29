//! The files of a source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use bollard_buildkit_proto::fsutil::types::Stat;
use prost::Message as _;
use tonic::{Code, Status};

/// Bits of a file mode that say what the file is (Go's `os.FileMode`, which `Stat.mode` is).
const MODE_DIR: u32 = 1 << 31;
const MODE_LINK: u32 = 1 << 27;

/// The mode of files that nobody gave another one.
const USUAL_MODE: u32 = 0o644;

/// How many symbolic links are followed on the way to a file.
const MAX_LINKS: usize = 40;

/// The files of a source, by their paths without a leading slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, File>);

/// A file, a symbolic link, or an empty directory; others are there where something is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum File {
    Directory,
    Regular { data: Vec<u8>, mode: u32 },
    Link(String),
}

/// How a daemon says that there is no such file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// With gRPC's code for it.
    #[default]
    NotFound,
    /// With the code Unknown, and the operating system's words in the message.
    Unknown,
    /// In the words of a client that has no folders at all.
    NoLocalSources,
}

impl Files {
    /// Reads a folder of the disk with all that is in it.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Self::default();
        files.add_folder(folder, "")?;
        Ok(files)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.add_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_symlink() {
                self.add_link(&path, &fs::read_link(entry.path())?.to_string_lossy());
            } else {
                let is_executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
                let mode = if is_executable { 0o755 } else { USUAL_MODE };
                self.add_with_mode(&path, fs::read(entry.path())?, mode);
            }
        }
        Ok(())
    }

    /// Those whose paths are kept.
    pub(super) fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(path, _)| keep(path));
        Self(kept.map(|(path, file)| (path.clone(), file.clone())).collect())
    }

    /// Adds a file.
    pub fn add(&mut self, path: &str, data: impl Into<Vec<u8>>) {
        self.add_with_mode(path, data, USUAL_MODE);
    }

    /// Adds a file with these permissions.
    pub fn add_with_mode(&mut self, path: &str, data: impl Into<Vec<u8>>, mode: u32) {
        self.0.insert(normal(path), File::Regular { data: data.into(), mode });
    }

    /// Adds a symbolic link: to an absolute path in these files, or one beside the link.
    pub fn add_link(&mut self, path: &str, target: &str) {
        self.0.insert(normal(path), File::Link(target.to_owned()));
    }

    /// Adds a directory in which there may be nothing.
    pub fn add_directory(&mut self, path: &str) {
        self.0.insert(normal(path), File::Directory);
    }

    /// What an engine has of a transfer without contents: one file with what it was told of each, in a frame.
    pub(super) fn names_alone(&self) -> Self {
        let above = |path: &str| -> Vec<String> {
            path.match_indices('/').map(|(slash, _)| path[..slash].to_owned()).collect()
        };
        let directories = self.0.keys().flat_map(|path| above(path));
        let mut stats: BTreeMap<String, Stat> =
            directories.map(|path| (path.clone(), dir_stat(&path))).collect();
        stats.extend(self.0.iter().map(|(path, file)| (path.clone(), file.stat(path))));
        let frame = |stat: Stat| {
            let length = u32::try_from(stat.encoded_len()).unwrap_or(u32::MAX);
            [length.to_le_bytes().to_vec(), stat.encode_to_vec()].concat()
        };
        let mut files = Self::default();
        files.add(".fsutil-metadata", stats.into_values().flat_map(frame).collect::<Vec<u8>>());
        files
    }

    /// Writes all files to a folder of the disk, which is made.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (path, file) in &self.0 {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            match file {
                File::Directory => fs::create_dir_all(path)?,
                File::Regular { data, mode } => {
                    fs::write(&path, data)?;
                    fs::set_permissions(&path, Permissions::from_mode(*mode))?;
                }
                File::Link(target) => symlink(target, path)?,
            }
        }
        Ok(())
    }

    /// The paths of all files, links and empty directories.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a directory at a path.
    pub(super) fn has_directory(&self, path: &str) -> bool {
        self.follow(path, Missing::default()).is_ok_and(|path| self.is_directory(&path))
    }

    /// What a path is of, or all that a pattern matches: paths with all links followed.
    pub(super) fn matching(&self, path: &str, is_pattern: bool) -> Vec<String> {
        let real = |path: &str| self.follow(path, Missing::default()).ok();
        if !is_pattern || !path.contains(['*', '?', '[']) {
            return real(path).into_iter().collect();
        }
        let pattern = normal(path);
        let mut found = BTreeSet::new();
        for path in self.0.keys() {
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            for end in ends.filter(|end| matches(&pattern, &path[..*end])) {
                found.extend(real(&path[..end]));
            }
        }
        found.into_iter().collect()
    }

    /// Takes what is at a path of other files, if there is something, to a path here.
    pub(super) fn take(&mut self, from: &Self, path: &str, to: &str) {
        let Some(file) = from.0.get(&normal(path)) else { return };
        let to = normal(to);
        let (directory, name) = to.rsplit_once('/').unwrap_or(("", &to));
        let directory = self.follow(directory, Missing::default()).unwrap_or_default();
        let to = normal(&format!("{directory}/{name}"));
        if *file == File::Directory && self.is_directory(&to) {
            return;
        }
        self.0.insert(to, file.clone());
    }

    /// The path with all symbolic links followed.
    fn follow(&self, path: &str, missing: Missing) -> Result<String, Status> {
        let mut real = normal(path);
        for _ in 0..MAX_LINKS {
            let link =
                real.match_indices('/').map(|(at, _)| at).chain([real.len()]).find_map(|at| {
                    match self.0.get(&real[..at]) {
                        Some(File::Link(target)) => Some((at, target)),
                        _ => None,
                    }
                });
            let Some((at, target)) = link else { return Ok(real) };
            let beside = real[..at].rsplit_once('/').map_or("", |(dir, _)| dir);
            let target = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("{beside}/{target}"),
            };
            real = normal(&format!("{target}{}", &real[at..]));
        }
        Err(missing.status("stat", path))
    }

    /// The content of a file, or a part of it. A length of 0 is all the rest.
    pub fn read(
        &self,
        path: &str,
        offset: usize,
        length: usize,
        missing: Missing,
    ) -> Result<Vec<u8>, Status> {
        let real = self.follow(path, missing)?;
        let Some(File::Regular { data, .. }) = self.0.get(&real) else {
            if self.is_directory(&real) {
                return Err(Status::unknown(format!("read /{real}: is a directory")));
            }
            return Err(missing.status("open", path));
        };
        let rest = data.get(offset..).unwrap_or_default();
        let end = if length == 0 { rest.len() } else { length.min(rest.len()) };
        Ok(rest[..end].to_vec())
    }

    /// What is known about a file or a directory.
    pub fn stat(&self, path: &str, missing: Missing) -> Result<Stat, Status> {
        let path = self.follow(path, missing)?;
        if let Some(file) = self.0.get(&path).filter(|file| **file != File::Directory) {
            return Ok(file.stat(&path));
        }
        if self.is_directory(&path) {
            return Ok(dir_stat(&path));
        }
        Err(missing.status("lstat", &path))
    }

    /// Whether a path, with no link in it, is a directory.
    fn is_directory(&self, path: &str) -> bool {
        path.is_empty()
            || self.0.iter().any(|(other, file)| {
                below(other, path).is_some() || (other == path && *file == File::Directory)
            })
    }

    /// What is directly in a directory. Where there is a pattern, what it matches, and the directories in which it
    /// matches something.
    pub fn list(&self, path: &str, pattern: &str, missing: Missing) -> Result<Vec<Stat>, Status> {
        let path = self.follow(path, missing)?;
        self.stat(&path, missing)?;
        let mut dirs = BTreeSet::new();
        let mut entries = Vec::new();
        for (name, file) in &self.0 {
            let Some(rest) = below(name, &path) else { continue };
            let is_match = pattern.is_empty() || {
                // The file, or a directory that it is in.
                let ends = rest.match_indices('/').map(|(at, _)| at).chain([rest.len()]);
                ends.into_iter().any(|end| matches(pattern, &rest[..end]))
            };
            if !is_match {
                continue;
            }
            match rest.split_once('/') {
                Some((dir, _)) if dirs.insert(dir.to_owned()) => entries.push(dir_stat(dir)),
                Some(_) => {}
                None if *file == File::Directory => {
                    if dirs.insert(rest.to_owned()) {
                        entries.push(dir_stat(rest));
                    }
                }
                None => entries.push(file.stat(rest)),
            }
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }
}

impl Missing {
    pub(super) fn status(self, call: &str, path: &str) -> Status {
        let code = match self {
            Self::NotFound => Code::NotFound,
            Self::Unknown => Code::Unknown,
            Self::NoLocalSources => return Status::unknown("no local sources enabled"),
        };
        Status::new(code, format!("{call} /{}: no such file or directory", normal(path)))
    }
}

impl File {
    fn stat(&self, path: &str) -> Stat {
        let (mode, size, link) = match self {
            Self::Directory => return dir_stat(path),
            Self::Regular { data, mode } => (*mode, data.len(), ""),
            Self::Link(target) => (MODE_LINK | 0o777, target.len(), target.as_str()),
        };
        Stat {
            path: path.to_owned(),
            mode,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            linkname: link.to_owned(),
            ..Stat::default()
        }
    }
}

fn dir_stat(path: &str) -> Stat {
    Stat { path: path.to_owned(), mode: MODE_DIR | 0o755, ..Stat::default() }
}

/// The path of a file relative to a directory that contains it.
fn below<'a>(file: &'a str, dir: &str) -> Option<&'a str> {
    if dir.is_empty() {
        return Some(file);
    }
    file.strip_prefix(dir)?.strip_prefix('/')
}

/// A path without empty, `.` and `..` parts.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a pattern matches a whole path, as daemons match the patterns of a listing: `*` and `?` stand for no slash,
/// `**` for anything, `[ab]` for one of these, and a backslash takes a wildcard's meaning from it.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return path.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if let Some(rest) = pattern.strip_prefix("**") {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let ends = path.char_indices().map(|(at, _)| at).chain([path.len()]);
        return ends.into_iter().any(|at| matches(rest, &path[at..]));
    }
    if first == '*' {
        let ends = path.char_indices().chain([(path.len(), '/')]);
        let mut reached = ends.scan(false, |over, (at, char)| {
            let end = (!*over).then_some(at);
            *over |= char == '/';
            end
        });
        return reached.any(|at| matches(rest, &path[at..]));
    }
    if let Some((set, rest)) = rest.split_once(']').filter(|_| first == '[') {
        return path
            .chars()
            .next()
            .is_some_and(|c| set.contains(c) && matches(rest, &path[c.len_utf8()..]));
    }
    let (first, rest) = match (first, rest.chars().next()) {
        ('\\', Some(escaped)) => (escaped, &rest[escaped.len_utf8()..]),
        ('?', _) => {
            return path
                .chars()
                .next()
                .is_some_and(|c| c != '/' && matches(rest, &path[c.len_utf8()..]));
        }
        _ => (first, rest),
    };
    path.strip_prefix(first).is_some_and(|path| matches(rest, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let mut files = Files::default();
        files.add("Dockerfile", "FROM scratch\n");
        files.add("/src/main.rs", "fn main() {}");
        files.add("src/lib/a.rs", "");
        files
    }

    #[test]
    fn files_are_read_whole_and_in_parts() {
        let read = |offset, length| {
            let data = files().read("./Dockerfile", offset, length, Missing::NotFound);
            String::from_utf8(data.expect("the file is there")).expect("UTF-8")
        };
        assert_eq!(read(0, 0), "FROM scratch\n");
        assert_eq!(read(5, 7), "scratch");
        assert_eq!(read(5, 700), "scratch\n");
        assert_eq!(read(50, 0), "");
    }

    #[test]
    fn missing_files_are_missing_in_either_way() {
        for (missing, code) in
            [(Missing::NotFound, Code::NotFound), (Missing::Unknown, Code::Unknown)]
        {
            let status = files().read("nope", 0, 0, missing).expect_err("no such file");
            assert_eq!(status.code(), code);
            assert_eq!(status.message(), "open /nope: no such file or directory");
            assert_eq!(files().stat("src/x", missing).expect_err("no such file").code(), code);
        }
    }

    #[test]
    fn links_are_followed_except_in_lists() {
        let mut files = files();
        files.add_link("bin", "/src");
        files.add_link("src/link.rs", "main.rs");
        files.add_link("loop", "loop");
        let size = |path| files.stat(path, Missing::NotFound).map(|stat| stat.size);
        assert_eq!(size("bin/link.rs").expect("the link leads to a file"), 12);
        assert!(files.read("bin/main.rs", 0, 0, Missing::NotFound).is_ok());
        assert_eq!(size("loop").expect_err("a circle").code(), Code::NotFound);
        let entries = files.list("bin", "link*", Missing::NotFound).expect("a directory");
        assert_eq!(entries[0].mode & MODE_LINK, MODE_LINK);
    }

    #[test]
    fn directories_may_be_empty() {
        let mut files = files();
        files.add_directory("empty");
        files.add_directory("src");
        files.add_directory("src/none");
        let names = |path| -> Vec<String> {
            let entries = files.list(path, "", Missing::NotFound).expect("a directory");
            entries.into_iter().map(|entry| entry.path).collect()
        };
        assert_eq!(names("/"), ["Dockerfile", "empty", "src"]);
        assert_eq!(names("src"), ["lib", "main.rs", "none"]);
        assert!(names("src/none").is_empty());
        let read = files.read("empty", 0, 0, Missing::NotFound).expect_err("a directory");
        assert_eq!(read.message(), "read /empty: is a directory");
    }

    #[test]
    fn files_are_written_to_the_disk_and_read_back() {
        let folder = std::env::temp_dir().join(format!("files-{}", std::process::id()));
        files().write_to(&folder).expect("a folder");
        assert_eq!(Files::from_folder(&folder).expect("a folder"), files());
        fs::remove_dir_all(&folder).expect("a folder");
    }

    #[test]
    fn directories_are_listed() {
        let names = |path, pattern| -> Vec<String> {
            let entries = files().list(path, pattern, Missing::NotFound).expect("a directory");
            entries.into_iter().map(|entry| entry.path).collect()
        };
        assert_eq!(names("/", ""), ["Dockerfile", "src"]);
        assert_eq!(names("src", ""), ["lib", "main.rs"]);
        assert_eq!(names("src", "*.rs"), ["main.rs"]);
        assert_eq!(names("src", "m?in.*"), ["main.rs"]);
        assert_eq!(names("/", "s*/*.rs"), ["src"]);
        assert_eq!(names("/", "*/*/?.rs"), ["src"]);
        assert_eq!(names("/", "**/a.rs"), ["src"]);
        assert_eq!(names("/src", "[lm]ain.rs"), ["main.rs"]);
        assert!(names("/", "*.rs").is_empty());
        assert!(names("/", "s*/a.rs").is_empty());
        assert!(names("/", r"\*").is_empty());
        let stat = files().stat("src/lib", Missing::NotFound).expect("a directory");
        assert_eq!(stat.mode & MODE_DIR, MODE_DIR);
    }
}
