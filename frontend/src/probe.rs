//! Looks at paths of an image before anything of the build runs.

use std::sync::Arc;

use aliasfront_compiler::alias::elf::HEADER_LENGTH;
use aliasfront_compiler::question::{Entry, Header, Probe, Probed};
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
    let entries = entries
        .into_iter()
        .map(|stat| Entry { path: path::join(&[&probe.path, &stat.path]), mode: stat.mode });
    Ok(Probed::Found(entries.collect()))
}

/// Looks at a path.
async fn look_at(engine: &Engine, reference: &str, probe: &Probe) -> Result<Probed, RpcError> {
    let request = StatFileRequest {
        r#ref: reference.to_owned(),
        path: probe.path.clone(),
        ..StatFileRequest::default()
    };
    match engine.gateway().stat_file(request).await {
        Ok(response) => {
            let mode = response.stat.unwrap_or_default().mode;
            Ok(Probed::Found(vec![Entry { path: probe.path.clone(), mode }]))
        }
        Err(error) if is_absent(&error) => {
            missing(engine, reference, probe, path::dir(&probe.path)).await
        }
        Err(error) => Err(error),
    }
}

/// Reads the first bytes of a regular file.
///
/// # Errors
///
/// The image cannot be loaded, or the file cannot be read.
pub(crate) async fn read_header(engine: &Engine, header: &Header) -> Result<Vec<u8>, Failure> {
    let reference = engine.open(&header.tree).await?.unwrap_or_default();
    let request = ReadFileRequest {
        r#ref: reference,
        file_path: header.path.clone(),
        range: Some(FileRange { offset: 0, length: HEADER_LENGTH }),
        ..ReadFileRequest::default()
    };
    let response = engine.gateway().read_file(request).await;
    let failed =
        |error| Failure::request(&error, &format!("failed to read the start of {}", header.path));
    response.map(|response| response.data).map_err(failed)
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
