//! Looks at paths of an image before anything of the build runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aliasfront_compiler::alias::elf::HEADER_LENGTH;
use aliasfront_compiler::question::{Entry, Probe, Probed};
use aliasfront_compiler::{Error, image::gopath};
use buildkit_proto::client::RpcError;
use buildkit_proto::gateway::{FileRange, ReadDirRequest, ReadFileRequest, StatFileRequest};
use buildkit_proto::{fs, pb};
use prost::Message as _;
use tokio::sync::OnceCell;

use crate::engine::{Engine, Ref, Solve};
use crate::failure::Failure;

/// What operating systems say of a path below a file.
const NOT_A_DIRECTORY: &str = "not a directory";

/// An image that is solved once, however many ask for it.
type Solved = Arc<OnceCell<Result<Ref, Failure>>>;

/// The images that are looked at, each solved once for all its paths.
#[derive(Debug, Clone, Default)]
pub struct Images {
    solved: Arc<Mutex<HashMap<Vec<u8>, Solved>>>,
}

impl Images {
    /// The image of a definition.
    async fn open(&self, engine: &Engine, definition: &[u8]) -> Result<Ref, Failure> {
        let cell = {
            let mut solved = self.solved.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(solved.entry(definition.to_vec()).or_default())
        };
        let solve = async {
            let definition = pb::Definition::decode(definition)
                .map_err(|error| Error::new(format!("the probe cannot be decoded: {error}")))?;
            engine.solve(Solve { definition, ..Solve::default() }).await
        };
        cell.get_or_init(|| solve).await.clone()
    }
}

/// Looks at a path: three requests at the most.
///
/// # Errors
///
/// The image cannot be loaded, or a request fails otherwise than for want of the path.
pub async fn look(engine: &Engine, probe: &Probe) -> Result<Probed, Failure> {
    let reference = engine.images.open(engine, &probe.definition).await?.unwrap_or_default();
    let failed =
        |error: RpcError| Failure::request(&error, &format!("failed to look at {}", probe.path));
    let directory = gopath::dir(&probe.path);
    if probe.path.contains(['*', '?', '[']) {
        let pattern = gopath::base(&probe.path);
        return match list(engine, &reference, &directory, pattern).await.map_err(failed)? {
            Some(entries) if !entries.is_empty() => Ok(Probed::Found(
                entries
                    .into_iter()
                    .map(|stat| Entry {
                        path: gopath::join(&[&directory, &stat.path]),
                        mode: stat.mode,
                        header: Vec::new(),
                    })
                    .collect(),
            )),
            _ => missing(engine, &reference, directory).await.map_err(failed),
        };
    }
    let stat = StatFileRequest {
        r#ref: reference.clone(),
        path: probe.path.clone(),
        ..StatFileRequest::default()
    };
    let stat = match engine.gateway().stat_file(stat).await {
        Ok(response) => response.stat.unwrap_or_default(),
        Err(error) if is_absent(&error) => {
            return missing(engine, &reference, directory).await.map_err(failed);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut entry = Entry { path: probe.path.clone(), mode: stat.mode, header: Vec::new() };
    if probe.header && entry.is_regular() && stat.size > 0 {
        let request = ReadFileRequest {
            r#ref: reference,
            file_path: probe.path.clone(),
            range: Some(FileRange { offset: 0, length: HEADER_LENGTH }),
            ..ReadFileRequest::default()
        };
        entry.header = engine.gateway().read_file(request).await.map_err(failed)?.data;
    }
    Ok(Probed::Found(vec![entry]))
}

/// What the directory has instead, or the root where there is no such directory.
///
/// An image with layers has something in its root. Where the engine shows nothing there, it does not
/// show files of images, and nothing is known of the path.
async fn missing(engine: &Engine, reference: &str, directory: String) -> Result<Probed, RpcError> {
    for directory in [directory, "/".to_owned()] {
        let entries = list(engine, reference, &directory, "").await?.unwrap_or_default();
        if !entries.is_empty() {
            let names = entries.into_iter().map(|entry| entry.path).collect();
            return Ok(Probed::Missing { directory, names });
        }
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

/// Whether a path is not there, also where something above it is a file.
fn is_absent(error: &RpcError) -> bool {
    error.is_not_found() || error.message().contains(NOT_A_DIRECTORY)
}
