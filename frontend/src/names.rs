//! What is in a local directory, by names alone.

use std::collections::BTreeMap;

use aliasfront_compiler::question::Tree;
use aliasfront_gotext::file_mode::DIRECTORY;
use aliasfront_gotext::path;
use buildkit_proto::fs::Stat;
use buildkit_proto::gateway::FileRange;
use prost::Message as _;

use crate::engine::Engine;
use crate::failure::Failure;

/// The file in which an engine leaves what it was told of files whose contents it did not want (fsutil's `receive.go`):
/// messages, each behind its length in four bytes, the least significant first.
const NAMES_FILE: &str = "/.fsutil-metadata";
/// How many bytes of it are read. Of a directory with more in it nothing is told.
const MAX_NAMES_FILE: i64 = 4 << 20;
const LENGTH_BYTES: usize = size_of::<u32>();

/// The names in each directory of a local source that is transferred by names alone. Nothing where the engine does not
/// tell them, or there are too many.
///
/// # Errors
///
/// The source cannot be loaded.
pub(crate) async fn list(
    engine: &Engine,
    tree: &Tree,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let reference = engine.open(tree).await?;
    let range = FileRange { offset: 0, length: MAX_NAMES_FILE };
    let data = engine.read_file(&reference, NAMES_FILE, Some(range)).await;
    let what = "failed to read the names in the directory";
    let data = data.map_err(|error| Failure::request(&error, what))?.unwrap_or_default();
    let is_whole = i64::try_from(data.len()).is_ok_and(|length| length < MAX_NAMES_FILE);
    Ok(Some(data).filter(|_| is_whole).and_then(|data| names(&data)).unwrap_or_default())
}

/// The names in each directory; `None` where the bytes are no such file.
fn names(mut data: &[u8]) -> Option<BTreeMap<String, Vec<String>>> {
    let mut directories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    directories.entry("/".to_owned()).or_default();
    while !data.is_empty() {
        let (length, rest) = data.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (message, rest) = rest.split_at_checked(length)?;
        data = rest;
        let stat = Stat::decode(message).ok()?;
        let path = path::join(&["/", &stat.path]);
        if stat.mode & DIRECTORY != 0 {
            directories.entry(path.clone()).or_default();
        }
        let names = directories.entry(path::dir(&path)).or_default();
        names.push(path::base(&path).to_owned());
    }
    Some(directories)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(stats: &[(&str, u32)]) -> Vec<u8> {
        let stats = stats.iter().map(|(path, mode)| {
            Stat { path: (*path).to_owned(), mode: *mode, ..Stat::default() }.encode_to_vec()
        });
        stats
            .flat_map(|stat| {
                [u32::try_from(stat.len()).unwrap().to_le_bytes().to_vec(), stat].concat()
            })
            .collect()
    }

    #[test]
    fn names_by_directories() {
        let data = framed(&[("a", DIRECTORY), ("a/x", 0o644), ("a/y", 0o644), ("e", DIRECTORY)]);
        let listed = names(&data).unwrap();
        let listed: Vec<(&str, String)> =
            listed.iter().map(|(path, names)| (path.as_str(), names.join(" "))).collect();
        assert_eq!(
            listed,
            [("/", "a e".to_owned()), ("/a", "x y".to_owned()), ("/e", String::new())]
        );
        assert_eq!(names(&[]).unwrap().len(), 1);
        for broken in [&data[..data.len() - 1], &data[..2], &[255; 9], &[1, 0, 0, 0, 255]] {
            assert_eq!(names(broken), None, "{broken:?}");
        }
    }
}
