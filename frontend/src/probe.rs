//! Looks at paths of an image before a step takes from it.

use std::sync::Arc;

use aliasfront_compiler::question::{Bytes, Entry, Probe, Probed, Stat};
use aliasfront_gotext::path;
use buildkit_proto::client::RpcError;
use buildkit_proto::fs;
use buildkit_proto::gateway::{FileRange, ReadDirRequest, ReadFileRequest, StatFileRequest};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::listings::Listing;
use crate::wording::is_absent;

const ROOT: &str = "/";

/// Looks at a path: three requests at the most.
///
/// # Errors
///
/// The image cannot be loaded, or a request fails otherwise than for want of the path.
pub(crate) async fn look(engine: &Engine, probe: &Probe) -> Result<Probed, Failure> {
    let reference = engine.open(&probe.tree).await?.unwrap_or_default();
    let looked = match &probe.pattern {
        Some(pattern) => look_for(engine, &reference, probe, pattern).await,
        None => look_at(engine, &reference, probe).await,
    };
    looked.map_err(|error| Failure::request(&error, &format!("failed to look at {}", probe.path)))
}

/// Looks for what a pattern matches in a directory.
async fn look_for(
    engine: &Engine,
    reference: &str,
    probe: &Probe,
    pattern: &str,
) -> Result<Probed, RpcError> {
    let entries = list(engine, reference, &probe.path, pattern).await?.unwrap_or_default();
    if entries.is_empty() {
        return missing(engine, reference, probe, probe.path.clone()).await;
    }
    let entries = entries.into_iter().map(|stat| Entry {
        path: path::join(&[&probe.path, &stat.path]),
        mode: stat.mode,
        link: stat.linkname,
    });
    Ok(Probed::Found(entries.collect()))
}

/// Looks at a path.
async fn look_at(engine: &Engine, reference: &str, probe: &Probe) -> Result<Probed, RpcError> {
    match entry(engine, reference, &probe.path).await? {
        Some(entry) => Ok(Probed::Found(vec![entry])),
        None => missing(engine, reference, probe, path::dir(&probe.path)).await,
    }
}

/// What is at a path; `None` where nothing is. Links are followed by the engine, which takes the image's root for the
/// root of all.
async fn entry(engine: &Engine, reference: &str, path: &str) -> Result<Option<Entry>, RpcError> {
    let request = StatFileRequest {
        r#ref: reference.to_owned(),
        path: path.to_owned(),
        ..StatFileRequest::default()
    };
    match engine.gateway().stat_file(request).await {
        Ok(response) => {
            let mode = response.stat.unwrap_or_default().mode;
            Ok(Some(Entry { path: path.to_owned(), mode, ..Entry::default() }))
        }
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks whether there is something at a path: one request.
///
/// # Errors
///
/// The image cannot be loaded, or the request fails otherwise than for want of the path.
pub(crate) async fn stat(engine: &Engine, stat: &Stat) -> Result<Option<Entry>, Failure> {
    let reference = engine.open(&stat.tree).await?.unwrap_or_default();
    let failed = |error| Failure::request(&error, &format!("failed to look at {}", stat.path));
    entry(engine, &reference, &stat.path).await.map_err(failed)
}

/// Reads a part of a regular file.
///
/// # Errors
///
/// The image cannot be loaded, or the file cannot be read.
pub(crate) async fn read(engine: &Engine, bytes: &Bytes) -> Result<Arc<[u8]>, Failure> {
    let reference = engine.open(&bytes.tree).await?.unwrap_or_default();
    // What is beyond the numbers of the protocol is beyond the end of any file.
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let request = ReadFileRequest {
        r#ref: reference,
        file_path: bytes.path.clone(),
        range: Some(FileRange { offset: number(bytes.offset), length: number(bytes.length) }),
        ..ReadFileRequest::default()
    };
    let response = engine.gateway().read_file(request).await;
    let failed = |error| Failure::request(&error, &format!("failed to read {}", bytes.path));
    response.map(|response| response.data.into()).map_err(failed)
}

/// What the directory has instead, or the root where there is no such directory.
///
/// Every tree has a root. Where the engine shows none, it does not show files of images, and nothing
/// is known of the path.
async fn missing(
    engine: &Engine,
    reference: &str,
    probe: &Probe,
    directory: String,
) -> Result<Probed, RpcError> {
    if !probe.tree.whole {
        return Ok(Probed::Missing { directory, names: Arc::default(), link: None });
    }
    let mut link = None;
    for directory in [directory.as_str(), ROOT] {
        let entries = list(engine, reference, directory, "");
        let listing = engine.listings.of(reference, directory, entries).await?;
        let Some(Listing { names, links }) = listing else { continue };
        if path::join(&[directory, path::base(&probe.path)]) == probe.path {
            // A link that is there leads to nothing.
            link = links.get(path::base(&probe.path)).cloned();
        }
        return Ok(Probed::Missing { directory: directory.to_owned(), names, link });
    }
    Ok(Probed::Unreadable)
}

/// The entries of a directory; `None` where it is not there.
async fn list(
    engine: &Engine,
    reference: &str,
    directory: &str,
    pattern: &str,
) -> Result<Option<Vec<fs::Stat>>, RpcError> {
    let request = ReadDirRequest {
        r#ref: reference.to_owned(),
        dir_path: directory.to_owned(),
        include_pattern: pattern.to_owned(),
        ..ReadDirRequest::default()
    };
    match engine.gateway().read_dir(request).await {
        Ok(response) => Ok(Some(response.entries)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
