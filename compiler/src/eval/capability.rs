//! What instructions need that not every engine can do.
//!
//! Where an older form does the same, that form is emitted instead: `COPY --link` without merging,
//! mounts without a size that was only a default. What is left is an error here rather than wrong
//! files: an engine skips what it does not know of a copy, and then copies what was to be left out,
//! or takes all permissions away.

use buildkit_dockerfile::instruction::Security;
use buildkit_proto::apicaps::{CapError, CapSet};
use buildkit_proto::caps;

use super::copy::Request;
use super::step::{Mode, MountStepKind, RunStep};
use crate::context::RootSource;
use crate::error::{Error, ErrorKind};
use aliasfront_image::git::GitRef;

/// A capability that engines announce since BuildKit 0.17, the version that brought symbolic modes.
/// The capability of these themselves is announced by no engine.
const WITNESS_OF_SYMBOLIC_MODES: &str = caps::EXEC_VALID_EXIT_CODE;

/// Fails where the engine lacks `cap`, which `feature` needs.
fn need(engine: &CapSet, cap: &str, feature: &str, hint: &str) -> Result<(), Error> {
    engine.supports(cap).map_err(|error| lacking(&error, feature, hint))
}

/// The error of `feature` on an engine that cannot do it.
fn lacking(error: &CapError, feature: &str, hint: &str) -> Error {
    Error::new(format!("{feature}: {error}")).hint(hint).kind(ErrorKind::Engine)
}

const UPDATE: &str = "build with a newer BuildKit, or without it";

/// What `COPY` and `ADD` need.
pub(super) fn check_copy(
    engine: &CapSet,
    request: &Request<'_>,
    mode: Option<&Mode>,
) -> Result<(), Error> {
    let keyword = request.keyword;
    if let Some(Mode::Symbolic(mode)) = mode
        && !engine.has(WITNESS_OF_SYMBOLIC_MODES)
    {
        let error = CapError::Unsupported { id: caps::FILE_COPY_MODE_STRING_FORMAT.to_owned() };
        let hint = "build with a newer BuildKit, or write the mode as an octal number";
        return Err(lacking(&error, &format!("{keyword} --chmod={mode}"), hint));
    }
    let filters = [(!request.exclude.is_empty(), "exclude"), (request.parents, "parents")];
    for (_, flag) in filters.into_iter().filter(|(set, _)| *set) {
        let cap = caps::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS;
        need(engine, cap, &format!("{keyword} --{flag}"), UPDATE)?;
    }
    Ok(())
}

/// What a git repository needs, as `what` names it.
pub(super) fn check_git(
    engine: &CapSet,
    what: &str,
    reference: &GitRef,
    has_checksum: bool,
) -> Result<(), Error> {
    for (needed, cap, feature) in [
        (!reference.subdir.is_empty(), caps::SOURCE_GIT_SUBDIR, "directory"),
        (has_checksum, caps::SOURCE_GIT_CHECKSUM, "checksum"),
        (reference.submodules == Some(false), caps::SOURCE_GIT_SKIP_SUBMODULES, "submodules=false"),
        (!reference.mtime.is_empty(), caps::SOURCE_GIT_MTIME, "mtime"),
        (reference.fetch_by_commit, caps::SOURCE_GIT_FETCH_BY_COMMIT, "fetch-by-commit"),
    ] {
        if needed {
            need(engine, cap, &format!("{what} with {feature}"), UPDATE)?;
        }
    }
    Ok(())
}

/// What the files that a stage starts from need.
pub(super) fn check_root(engine: &CapSet, source: &RootSource) -> Result<(), Error> {
    match source {
        RootSource::Git(git) => {
            let reference = &git.reference;
            check_git(engine, "git context", reference, !reference.checksum.is_empty())
        }
        RootSource::Layout { .. } => {
            need(engine, caps::SOURCE_OCI_LAYOUT, "oci-layout context", UPDATE)
        }
        RootSource::Scratch
        | RootSource::Image { .. }
        | RootSource::Local { .. }
        | RootSource::Laid(_)
        | RootSource::Http { .. }
        | RootSource::Input(_) => Ok(()),
    }
}

/// What a command needs.
pub(super) fn check_run(engine: &CapSet, run: &RunStep) -> Result<(), Error> {
    if run.security == Some(Security::Insecure) {
        need(engine, caps::EXEC_META_SECURITY, "RUN --security=insecure", UPDATE)?;
    }
    if run.secrets.iter().any(|secret| secret.env.is_some()) {
        need(
            engine,
            caps::EXEC_SECRET_ENV,
            "RUN --mount=type=secret with env",
            "build with a newer BuildKit, or read the secret from a file",
        )?;
    }
    if run.mounts.iter().any(|mount| matches!(mount.kind, MountStepKind::Tmpfs(size) if size > 0)) {
        let feature = "RUN --mount=type=tmpfs with size";
        need(engine, caps::EXEC_MOUNT_TMPFS_SIZE, feature, UPDATE)?;
    }
    Ok(())
}

/// What devices need that a command cannot do without. Others are left out.
pub(super) fn check_device(engine: &CapSet, name: &str) -> Result<(), Error> {
    let hint = "build with a newer BuildKit, or do not require the device";
    need(engine, caps::EXEC_META_CDI, &format!("RUN --device={name}"), hint)
}
