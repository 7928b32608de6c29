//! Finds the build context and reads the Dockerfile.

use std::sync::Arc;

use aliasfront_compiler::context::MainContext;
use aliasfront_compiler::context::main::{
    Address, HTTP_FILENAME, Location, NO_DOCKERFILE, ignore_name, lower_case,
};
use aliasfront_compiler::emit::context::{dockerfile_definition, remote_definition};
use aliasfront_compiler::{Entry, Error, SourceFile};
use aliasfront_gotext::path;
use buildkit_llb::Definition;
use buildkit_proto::gateway::FileRange;
use buildkit_proto::{caps, pb};

use crate::engine::{Engine, Ref, Solve};
use crate::failure::Failure;

/// What is read of a downloaded context to tell an archive from a Dockerfile, in bytes.
const HEADER_LENGTH: i64 = 1024;
/// The input that is the build context, where the client sends one.
const CONTEXT_INPUT: &str = "context";

/// Finds the context and reads the Dockerfile.
///
/// # Errors
///
/// There is none, or it cannot be had.
pub(crate) async fn read(engine: &Engine, location: Location) -> Result<Entry, Failure> {
    let mut filename = location.filename.clone();
    let mut dockerfile: Option<Definition> = None;
    let context = match &location.address {
        Address::Git(git) => {
            // Older engines check out with the time of day, and refuse to be told otherwise.
            let mut git = git.clone();
            git.commit_time &= engine.llb_caps.has(caps::SOURCE_GIT_MTIME);
            let context = MainContext::Git(git);
            dockerfile = Some(remote_definition(&context, &engine.platform)?);
            context
        }
        Address::Http(url) => {
            let archive = is_archive_at(engine, url).await?;
            if !archive {
                HTTP_FILENAME.clone_into(&mut filename);
            }
            let context = MainContext::Http { url: url.clone(), archive };
            dockerfile = Some(remote_definition(&context, &engine.platform)?);
            context
        }
        Address::Local => {
            let inputs = engine.inputs().await?;
            let input = inputs.get(&location.dockerfile_local);
            if let Some(input) = input.filter(|_| !location.force_local_dockerfile) {
                dockerfile = Some(imported(engine, input)?);
            }
            match inputs.get(CONTEXT_INPUT) {
                Some(input) => MainContext::Input(Box::new(input.clone())),
                None => MainContext::Local { local: location.context_local.clone() },
            }
        }
    };
    let subdirectory =
        location.subdirectory.clone().filter(|_| !matches!(context, MainContext::Local { .. }));
    let definition = match dockerfile.filter(|_| !location.force_local_dockerfile) {
        Some(definition) => definition,
        None => local_definition(engine, &location, &filename),
    };
    let reference = engine
        .solve(Solve::lazy(&definition))
        .await
        .map_err(|failure| failure.context("failed to resolve dockerfile"))?;
    // At once: until both are there, nothing else can start.
    let (data, ignore_file) = tokio::join!(
        read_dockerfile(engine, &reference, &filename),
        ignore_file(engine, &reference, &filename),
    );
    let (data, ignore_file) = (data?, ignore_file?);
    Ok(Entry {
        source: SourceFile { filename, data: data.into(), definition: Some(definition) },
        ignore_file,
        context: Arc::new(context),
        subdirectory,
    })
}

/// The definition of a frontend input, as this crate's graph reads and writes it.
fn imported(engine: &Engine, input: &pb::Definition) -> Result<Definition, Failure> {
    let context = MainContext::Input(Box::new(input.clone()));
    Ok(remote_definition(&context, &engine.platform)?)
}

/// The local source that has the Dockerfile and what lies beside it.
fn local_definition(engine: &Engine, location: &Location, filename: &str) -> Definition {
    let local = &location.dockerfile_local;
    let session = engine.environment.opts.get(&format!("local-sessionid:{local}"));
    let session = session.unwrap_or(&engine.environment.session);
    dockerfile_definition(local, session, filename, &engine.platform)
}

async fn read_dockerfile(
    engine: &Engine,
    reference: &Ref,
    filename: &str,
) -> Result<Vec<u8>, Failure> {
    let what = "failed to read dockerfile";
    let mut missing: Option<Failure> = None;
    for name in [Some(filename.to_owned()), lower_case(filename)].into_iter().flatten() {
        match engine.read_existing_file(reference, &name, None).await {
            Ok(data) => return Ok(data),
            // In the engine's words, where they name the file, and with its code: clients know them from the reference.
            Err(error) if error.is_not_found() => {
                missing.get_or_insert_with(|| {
                    let named = error.message().contains(path::base(filename));
                    let failure = if named {
                        Failure::verbatim(&error)
                    } else {
                        Failure::request(&error, what)
                    };
                    failure.hint(NO_DOCKERFILE)
                });
            }
            Err(error) => return Err(engine.unreadable(reference, &name, what, &error).await),
        }
    }
    Err(missing.unwrap_or_else(|| Error::new(what).into()))
}

/// The ignore file that goes with this Dockerfile only. An empty one counts as none.
async fn ignore_file(
    engine: &Engine,
    reference: &Ref,
    filename: &str,
) -> Result<Option<(String, Arc<[u8]>)>, Failure> {
    let name = ignore_name(filename);
    let data = match engine.read_ignore_file(reference, &name).await {
        Ok(data) => data,
        Err(error) => {
            let what = format!("failed to read {name}");
            return Err(engine.unreadable(reference, &name, &what, &error).await);
        }
    };
    Ok(data.filter(|data| !data.is_empty()).map(|data| (name, data.into())))
}

/// Whether the file at `url` is an archive rather than a Dockerfile.
async fn is_archive_at(engine: &Engine, url: &str) -> Result<bool, Failure> {
    let context = MainContext::Http { url: url.to_owned(), archive: false };
    let definition = remote_definition(&context, &engine.platform)?;
    let reference = engine
        .solve(Solve::lazy(&definition))
        .await
        .map_err(|failure| failure.context("failed to resolve httpcontext"))?;
    let range = FileRange { offset: 0, length: HEADER_LENGTH };
    let what = "failed to read downloaded context";
    match engine.read_file(&reference, HTTP_FILENAME, Some(range)).await {
        Ok(Some(header)) => Ok(is_archive(&header)),
        Ok(None) => Err(Error::new(format!("{what}: {HTTP_FILENAME} is not there")).into()),
        Err(error) => Err(Failure::request(&error, what)),
    }
}

/// Whether a file that starts so is an archive that the engine unpacks.
fn is_archive(header: &[u8]) -> bool {
    const BZIP2: &[u8] = b"BZh";
    const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];
    const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0x00];
    [BZIP2, GZIP, XZ].iter().any(|magic| header.starts_with(magic)) || is_tar_header(header)
}

/// Whether these bytes are the header of a tar archive: its checksum says so, in every variant.
fn is_tar_header(header: &[u8]) -> bool {
    const LENGTH: usize = 512;
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = header.get(..LENGTH) else { return false };
    let digits: String = header[CHECKSUM]
        .iter()
        .map(|byte| char::from(*byte))
        .filter(char::is_ascii_digit)
        .collect();
    let Ok(recorded) = u32::from_str_radix(&digits, 8) else { return false };
    let sum = header
        .iter()
        .enumerate()
        .map(|(index, byte)| u32::from(if CHECKSUM.contains(&index) { b' ' } else { *byte }));
    recorded == sum.sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_their_first_bytes() {
        let mut tar = vec![0_u8; 1024];
        tar[..1].copy_from_slice(b"a");
        let sum = u32::from(b'a') + 8 * u32::from(b' ');
        tar[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar[155] = b' ';
        for (header, archive) in [
            (tar.as_slice(), true),
            (&[0x1f, 0x8b, 0x08, 0][..], true),
            (b"BZh9", true),
            (b"FROM alpine\n", false),
            (b"", false),
            (&[0_u8; 1024], false),
        ] {
            assert_eq!(is_archive(header), archive, "{:?}", &header[..header.len().min(8)]);
        }
    }
}
