//! Directories on disk.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use aliasfront_content::directory::{Choice, Error, list, list_chosen};
use aliasfront_content::{Hash, Limit, Limits, List, WalkError};

/// Something done to a folder.
type Change = fn(&Folder);

/// A folder of its own for a test, removed when that ends.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("content-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>, mode: u32) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
    }

    fn list(&self) -> List {
        list(&self.0, Limits::default()).expect("a list")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_directory_is_listed() {
    let folder = Folder::new("listed");
    folder.write("src/run.sh", "abc", 0o744);
    folder.write("src-/a b", "", 0o666);
    folder.write("src/data", vec![7; 200_000], 0o611);
    fs::create_dir(folder.path("empty")).expect("a folder");
    symlink("../src", folder.path("src/circle")).expect("a link");
    symlink("/nowhere", folder.path("broken")).expect("a link");
    let _socket = UnixListener::bind(folder.path("socket")).expect("a socket");
    let made = Command::new("mkfifo").arg(folder.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let data = Hash::of(&vec![7; 200_000]);
    let expected = format!(
        "l /nowhere broken\nd empty\np pipe\ns socket\nd src\nd src-\n\
         f 0 {} src-/a\\x20b\nl ../src src/circle\nf 200000 {data} src/data\nx 3 {} src/run.sh\n",
        Hash::of(b""),
        Hash::of(b"abc"),
    );
    assert_eq!(folder.list().to_string(), expected);
}

#[test]
fn names_need_not_be_unicode() {
    let folder = Folder::new("bytes");
    fs::write(folder.0.join(OsStr::from_bytes(b"\xff\n")), "").expect("a file");
    fs::write(folder.path("\u{e9}"), "").expect("a file");
    let empty = Hash::of(b"");
    assert_eq!(
        folder.list().to_string(),
        format!("f 0 {empty} \\xc3\\xa9\nf 0 {empty} \\xff\\x0a\n")
    );
}

#[test]
fn only_content_counts() {
    let folder = Folder::new("content");
    folder.write("b/run", "run", 0o755);
    folder.write("a", "a", 0o644);
    let before = folder.list();
    // Another time, other bits for others, another order of making.
    let other = Folder::new("content-other");
    other.write("a", "a", 0o600);
    other.write("b/run", "run", 0o700);
    let file = File::options().write(true).open(other.path("a")).expect("a file");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(9)).expect("a time");
    fs::set_permissions(other.path("b"), Permissions::from_mode(0o700)).expect("a mode");
    assert_eq!(other.list().hash(), before.hash());
    // Each of these is another list than all before it.
    let mut seen = vec![before.hash()];
    let changes: [(&str, Change); 7] = [
        ("content", |folder| folder.write("a", "b", 0o600)),
        ("executable bit", |folder| folder.write("a", "b", 0o700)),
        ("empty directory", |folder| fs::create_dir(folder.path("c")).expect("a folder")),
        ("link", |folder| symlink("a", folder.path("l")).expect("a link")),
        ("target", |folder| {
            fs::remove_file(folder.path("l")).expect("a link");
            symlink("b", folder.path("l")).expect("a link");
        }),
        ("name", |folder| fs::rename(folder.path("a"), folder.path("a2")).expect("a file")),
        ("left out", |folder| fs::remove_file(folder.path("b/run")).expect("a file")),
    ];
    for (what, change) in changes {
        change(&other);
        let hash = other.list().hash();
        assert!(!seen.contains(&hash), "{what}");
        seen.push(hash);
    }
}

#[test]
fn many_files_are_hashed_on_threads() {
    let folder = Folder::new("many");
    for index in 0..500 {
        folder.write(&format!("{}/{index}", index % 7), index.to_string(), 0o644);
    }
    let list = folder.list();
    assert_eq!(list.entries().len(), 507);
    for index in 0..500 {
        let line = format!(
            "f {} {} {}/{index}",
            index.to_string().len(),
            Hash::of(index.to_string().as_bytes()),
            index % 7
        );
        let entry = list.get(format!("{}/{index}", index % 7).as_bytes()).expect("an entry");
        assert_eq!(entry.to_string(), line);
    }
    assert_eq!(list.to_string().parse(), Ok(list));
}

#[test]
fn limits_hold() {
    let folder = Folder::new("limits");
    for index in 0..9 {
        folder.write(&index.to_string(), "", 0o644);
    }
    let limits = |most| Limits { entries: Limit::new("MOST", most), ..Limits::default() };
    assert!(list(&folder.0, limits(9)).is_ok());
    assert!(
        matches!(list(&folder.0, limits(8)), Err(Error::Walk(WalkError::Entries(limit))) if limit.most == 8)
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let error = list(Path::new("/no/such\x1bfolder"), Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with(r"failed to read /no/such\x1bfolder: "), "{error}");
}

#[test]
fn what_is_chosen_is_listed() {
    let folder = Folder::new("chosen");
    for path in ["a/b/c/file", "a/b/other", "a-b/file", "left/file", "none/sub/file", "top"] {
        folder.write(path, path, 0o644);
    }
    // What isn't chosen isn't read.
    folder.write("left/secret", "x", 0o000);
    let choose = |path: &[u8], is_directory: bool| match (path, is_directory) {
        (b"left", true) => Choice::Leave,
        (_, true) => Choice::Enter,
        (path, false) if path.ends_with(b"c/file") || path == b"top" => Choice::Take,
        _ => Choice::Leave,
    };
    let list = list_chosen(&folder.0, Limits::default(), choose).expect("a list");
    let paths: Vec<&[u8]> = list.entries().iter().map(|entry| entry.path.as_slice()).collect();
    assert_eq!(paths, [&b"a"[..], b"a/b", b"a/b/c", b"a/b/c/file", b"top"]);

    let all = |_: &[u8], is_directory: bool| {
        if is_directory { Choice::Take } else { Choice::Leave }
    };
    let list = list_chosen(&folder.0, Limits::default(), all).expect("a list");
    assert_eq!(list.entries().len(), 7, "directories that are taken stay: {list}");
}
