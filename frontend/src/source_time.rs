//! The time of a source: of a commit, of a download, or of the newest file of an archive.

use aliasfront_compiler::Error;
use aliasfront_compiler::question::Source;
use aliasfront_compiler::wire::PlatformExt as _;
use buildkit_llb::{Graph, Source as LlbSource, VertexOptions};

use crate::engine::{Engine, Solve};
use crate::failure::Failure;
use crate::source_meta;

/// The attribute that says what a download is stored as.
const FILENAME: &str = "http.filename";

/// Finds the time of a source, in seconds since 1970.
///
/// # Errors
///
/// The engine does not answer, or the commit has no time.
pub(crate) async fn find(
    engine: &Engine,
    source: &Source,
    log_name: &str,
) -> Result<Option<i64>, Failure> {
    let Some(response) = source_meta::ask(engine, source, log_name).await? else {
        return Ok(None);
    };
    if let Some(commit) = response.git.map(|git| git.commit_object).filter(|c| !c.is_empty()) {
        return commit_time(&commit)
            .map(Some)
            .ok_or_else(|| Error::new(format!("{log_name}: the commit has no committer")).into());
    }
    if let Some(time) = response.http.and_then(|http| http.last_modified) {
        return Ok(Some(time.seconds));
    }
    let Some(filename) = source.attributes.get(FILENAME).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let mut graph = Graph::new(engine.platform.to_pb());
    let source = LlbSource::raw(source.identifier.clone(), source.attributes.clone());
    let output = graph.add(source, VertexOptions::named(log_name));
    let reference = engine.solve(Solve::lazy(&graph.definition(output))).await?;
    let data = engine.read_file(&reference, filename, None).await;
    let data = data.map_err(|error| Failure::request(&error, log_name))?;
    Ok(newest_in_tar(&data.unwrap_or_default()))
}

/// When a commit was made: the number before the time zone in the line of its committer.
fn commit_time(object: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(object);
    let mut header = text.lines().take_while(|line| !line.is_empty());
    let committer = header.find_map(|line| line.strip_prefix("committer "))?;
    let after_mail = committer.rsplit_once('>')?.1;
    after_mail.split_whitespace().next()?.parse().ok()
}

/// The time of the newest regular file of an archive; `None` where it is no plain archive.
fn newest_in_tar(archive: &[u8]) -> Option<i64> {
    const BLOCK: usize = 512;
    let mut newest = None;
    let mut rest = archive;
    while let Some(header) = rest.get(..BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let size = usize::try_from(octal(header.get(124..136)?)?).ok()?;
        if matches!(header[156], b'0' | 0) {
            newest = newest.max(octal(&header[136..148]));
        }
        let blocks = size.div_ceil(BLOCK).checked_add(1)?;
        rest = rest.get(blocks.checked_mul(BLOCK)?..)?;
    }
    newest
}

fn octal(field: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(field).ok()?;
    i64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committer_says_when() {
        let commit = b"tree 1\nauthor A <a@b> 1 +0000\ncommitter C > D <c@d> 1700000000 +0100\n\ncommitter X <x> 9 +0\n";
        assert_eq!(commit_time(commit), Some(1_700_000_000));
        assert_eq!(commit_time(b"tree 1\n\ncommitter X <x> 9 +0\n"), None);
        assert_eq!(commit_time(b""), None);
    }

    fn entry(kind: u8, size: usize, time: i64) -> Vec<u8> {
        let mut block = vec![0_u8; 512 + size.div_ceil(512) * 512];
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[136..147].copy_from_slice(format!("{time:011o}").as_bytes());
        block[156] = kind;
        block[0] = b'f';
        block
    }

    #[test]
    fn the_newest_regular_file_counts() {
        let archive = [entry(b'0', 700, 5), entry(b'5', 0, 99), entry(b'0', 1, 7), vec![0; 1024]];
        assert_eq!(newest_in_tar(&archive.concat()), Some(7));
        assert_eq!(newest_in_tar(b"FROM alpine"), None);
        assert_eq!(newest_in_tar(&entry(b'0', 700, 5)[..600]), None);
    }
}
